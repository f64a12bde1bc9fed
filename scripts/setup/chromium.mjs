import { findOnPath, provideFromDebian } from './debian.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium on this machine (CHROMIUM_PATH, else the PATH), or undefined. */
export function findChromium() {
	return process.env.CHROMIUM_PATH || findOnPath(NAMES);
}

/** Finds Chromium or, as root on a machine with apt-get (as CI is), installs it. Returns its path. */
export async function provideChromium() {
	return await provideFromDebian({
		title: 'Chromium for the end-to-end tests', package: 'chromium', find: findChromium,
		otherwise: 'The end-to-end tests need Chromium: install it (Debian: sudo apt-get install chromium), or set CHROMIUM_PATH to a Chrome or Chromium.',
	});
}
