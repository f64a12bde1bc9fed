import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './progress.mjs';
import { logs, node24, node24Environment, root } from './places.mjs';

/** Children that are still running, so that a signal to us reaches them. */
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => {
		// A terminal's Ctrl-C reaches the children by itself; a `kill` of this process does not.
		for (const child of running) child.kill(signal);
		if (running.size === 0) process.exit(130);
	});
}

function start(command, args, options) {
	const child = spawn(command, args, options);
	running.add(child);
	const ended = new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve(signal ? 130 : code));
	}).finally(() => running.delete(child));
	return { child, ended };
}

/** Runs a command with its output on the terminal. Returns its exit code. */
export async function show(command, args, { cwd = root, env = node24Environment() } = {}) {
	return await start(command, args, { cwd, env, stdio: 'inherit' }).ended;
}

/**
 * Runs a command with its output in .demo/logs/<name>.log; throws with the last lines when it fails.
 * @returns {Promise<void>}
 */
export async function quietly(name, command, args, { cwd = root, env = process.env } = {}) {
	mkdirSync(logs, { recursive: true });
	const file = join(logs, `${name}.log`);
	const sink = createWriteStream(file);
	const { child, ended } = start(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
	child.stdout.pipe(sink, { end: false });
	child.stderr.pipe(sink, { end: false });
	const code = await ended;
	await new Promise((resolve) => sink.end(resolve));
	if (code === 0) return;
	const tail = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-40).join('\n');
	throw new SetupError(`${[command, ...args].join(' ')} failed with exit code ${code}. The end of ${file}:\n\n${tail}`);
}

/** A package's command line program, run by Node 24: `show(...withNode24('typescript/bin/tsc', '--noEmit'))`. */
export function withNode24(program, ...args) {
	return [node24, [join(root, 'node_modules', program), ...args]];
}
