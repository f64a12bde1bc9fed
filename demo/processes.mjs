import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node24 } from '../scripts/setup/places.mjs';

/**
 * Child processes in groups of their own, so that stopping one stops all it started (n8n starts a task runner), and so that
 * a terminal's Ctrl-C reaches only us: we then end them in order. Each is on a leash (leash.mjs): it ends when we do,
 * whatever ends us.
 */
const groups = new Set();
const leash = join(dirname(fileURLToPath(import.meta.url)), 'leash.mjs');

/**
 * @typedef {object} Group
 * @property {number} pid Of the group.
 * @property {Promise<number | null>} exited Resolves with the exit code, null after a SIGKILL.
 * @property {() => boolean} isAlive
 * @property {() => string} log Everything it wrote so far.
 * @property {(timeoutMs?: number) => Promise<void>} stop SIGTERM, then SIGKILL after timeoutMs (default 10,000).
 * @property {() => Promise<void>} kill SIGKILL at once, to the whole group.
 */

/**
 * Starts `command` as the leader of a process group, its output in `logFile` (which is overwritten, or appended to).
 * @returns {Group}
 */
export function startGroup(command, args, { cwd, env, logFile, append = false }) {
	mkdirSync(dirname(logFile), { recursive: true });
	const sink = openSync(logFile, append ? 'a' : 'w');
	const child = spawn(node24, [leash, command, ...args], { cwd, env, detached: true, stdio: ['pipe', sink, sink] });
	closeSync(sink);
	child.stdin.on('error', () => {});
	let alive = true;
	const group = {
		pid: child.pid,
		exited: new Promise((resolve) => {
			child.on('error', () => resolve(null));
			child.on('exit', (code) => resolve(code));
		}).then((code) => {
			alive = false;
			groups.delete(group);
			// The leader is gone; what it left behind goes too.
			signalGroup(group.pid, 'SIGKILL');
			return code;
		}),
		isAlive: () => alive,
		log: () => readFileSync(logFile, 'utf8'),
		async stop(timeoutMs = 10_000) {
			if (alive) signalGroup(group.pid, 'SIGTERM');
			const timer = setTimeout(() => signalGroup(group.pid, 'SIGKILL'), timeoutMs);
			await group.exited;
			clearTimeout(timer);
		},
		async kill() {
			if (alive) signalGroup(group.pid, 'SIGKILL');
			await group.exited;
		},
	};
	groups.add(group);
	return group;
}

function signalGroup(pid, signal) {
	if (!pid) return;
	try {
		process.kill(-pid, signal);
	} catch {
		// The group is gone already.
	}
}

/** Stops every group that is still running, the newest first. */
export async function stopAll() {
	await Promise.all([...groups].reverse().map((group) => group.stop()));
}

/**
 * A TCP port of this machine that is free now: `preferred` when it is, else any.
 * @param {number} [preferred]
 * @returns {Promise<number>}
 */
export async function freePort(preferred = 0) {
	try {
		return await tryPort(preferred);
	} catch (error) {
		if (preferred === 0) throw error;
		return await tryPort(0);
	}
}

async function tryPort(port) {
	const server = createServer();
	return await new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', () => {
			const { port: given } = server.address();
			server.close(() => resolve(given));
		});
	});
}

/**
 * Asks `check` until it answers something truthy, and returns that. Throws after timeoutMs, or as soon as
 * `group` has ended, with the end of its log.
 * @param {string} what
 * @param {() => unknown} check
 * @param {{ timeoutMs?: number, everyMs?: number, group?: Pick<Group, 'isAlive' | 'log'> }} [options]
 */
export async function waitUntil(what, check, { timeoutMs = 60_000, everyMs = 100, group } = {}) {
	const deadline = performance.now() + timeoutMs;
	for (;;) {
		const answer = await check();
		if (answer) return answer;
		if (group && !group.isAlive()) throw new Error(`${what}: the process ended. The end of its log:\n${tail(group.log())}`);
		if (performance.now() > deadline) {
			throw new Error(`${what}: not within ${timeoutMs / 1000} s.${group ? ` The end of its log:\n${tail(group.log())}` : ''}`);
		}
		await new Promise((resolve) => setTimeout(resolve, everyMs));
	}
}

const tail = (text) => text.trimEnd().split('\n').slice(-30).join('\n');

/** Whether a GET of `url` answers 200. */
export async function answers(url) {
	try {
		return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status === 200;
	} catch {
		return false;
	}
}
