import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../scripts/setup/places.mjs';
import { SetupError } from '../scripts/setup/progress.mjs';

/** Folders in which an n8n of ours keeps its data. Two n8n on one folder would damage each other's database. */

const ownerFile = (home) => join(home, 'owner.pid');

/** Makes the folder ours until this process ends. Throws a SetupError when another live process has it. */
export function claimHome(home) {
	const owner = ownerOf(home);
	if (owner !== undefined) {
		throw new SetupError(`A demo is running already (process ${owner}) on ${home}. Stop it with Ctrl-C first; --check may run beside it.`);
	}
	mkdirSync(home, { recursive: true });
	writeFileSync(ownerFile(home), String(process.pid));
}

function ownerOf(home) {
	if (!existsSync(ownerFile(home))) return undefined;
	const pid = Number(readFileSync(ownerFile(home), 'utf8'));
	return pid !== process.pid && isAlive(pid) ? pid : undefined;
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}

/** Empties a claimed folder. */
export function emptyHome(home) {
	for (const name of readdirSync(home)) {
		if (name !== 'owner.pid') rmSync(join(home, name), { recursive: true, force: true });
	}
}

/**
 * A new folder of our own under .demo/. Those of the same kind that failed runs left behind go, so that the disk does not fill.
 * @param {string} kind For example 'check'.
 */
export function freshHome(kind) {
	mkdirSync(scratch, { recursive: true });
	for (const name of readdirSync(scratch)) {
		const old = join(scratch, name);
		if (name.startsWith(`${kind}-`) && ownerOf(old) === undefined) rmSync(old, { recursive: true, force: true });
	}
	const home = mkdtempSync(join(scratch, `${kind}-`));
	claimHome(home);
	return home;
}
