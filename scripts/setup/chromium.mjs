import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, step } from './progress.mjs';
import { quietly } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium on this machine (CHROMIUM_PATH, else the PATH), or undefined. */
export function findChromium() {
	if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
	return NAMES.flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file) {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** Finds Chromium or, as root on a machine with apt-get (as CI is), installs it. Returns its path. */
export async function provideChromium() {
	await step('Chromium for the end-to-end tests', install, { done: () => findChromium() !== undefined, why: 'found' });
	return findChromium();
}

async function install() {
	const canInstall = process.getuid?.() === 0 && (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, 'apt-get')));
	if (!canInstall) {
		throw new SetupError('The end-to-end tests need Chromium: install it (Debian: sudo apt-get install chromium), or set CHROMIUM_PATH to a Chrome or Chromium.');
	}
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	await quietly('apt-update', 'apt-get', ['update'], { env });
	await quietly('apt-chromium', 'apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
	if (!findChromium()) throw new SetupError('apt-get installed chromium, yet it is not on the PATH. Set CHROMIUM_PATH.');
}
