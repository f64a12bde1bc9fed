import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, step } from './progress.mjs';
import { quietly } from './run.mjs';

/** Path of the first of these programs on the PATH, or undefined. */
export function findOnPath(names) {
	return names.flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file) {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/**
 * A program that is no npm package: found, or installed from the distribution by root on a machine with apt-get (as CI is).
 * @param {object} wanted
 * @param {string} wanted.title What the step is called.
 * @param {string} wanted.package Of Debian.
 * @param {() => string | undefined} wanted.find
 * @param {string} wanted.otherwise What a person does where nothing can be installed.
 * @returns {Promise<string>} Its path.
 */
export async function provideFromDebian({ title, package: name, find, otherwise }) {
	await step(title, () => install(name, otherwise), { done: () => find() !== undefined, why: 'found' });
	const path = find();
	if (path === undefined) throw new SetupError(`apt-get installed ${name}, yet it is not on the PATH. ${otherwise}`);
	return path;
}

async function install(name, otherwise) {
	const canInstall = process.getuid?.() === 0 && findOnPath(['apt-get']) !== undefined;
	if (!canInstall) throw new SetupError(otherwise);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	await quietly('apt-update', 'apt-get', ['update'], { env });
	await quietly(`apt-${name}`, 'apt-get', ['install', '-y', '--no-install-recommends', name], { env });
}
