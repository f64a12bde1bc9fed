import { spawn } from 'node:child_process';

/**
 * Runs a command and lives exactly as long: `node leash.mjs COMMAND ARGS…`, started as the leader of a process group with a
 * pipe as its standard input. When the pipe closes, whoever held the other end is gone, however it died (a SIGKILL runs no
 * exit handler), and the whole group is ended. Signals to the group reach the command directly.
 */
const [command, ...args] = process.argv.slice(2);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
	process.stderr.write(`${error.message}\n`);
	process.exit(127);
});
child.on('exit', (code, signal) => process.exit(signal ? 128 : code));

process.stdin.on('error', endGroup).on('end', endGroup).resume();

function endGroup() {
	process.kill(-process.pid, 'SIGTERM');
	setTimeout(() => process.kill(-process.pid, 'SIGKILL'), 10_000).unref();
}
