import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';

/**
 * A hash over names and contents of files and folders of the project (those that are absent count as absent): what is made from
 * them is up to date while it stays the same. Contents and not times, since a checkout or a copy sets times anew.
 * @param {string[]} paths Relative to the project.
 */
export function fingerprint(paths) {
	const hash = createHash('sha256');
	for (const path of paths) add(hash, path);
	return hash.digest('hex');
}

function add(hash, path) {
	const file = join(root, path);
	hash.update(`\0${path}\0`);
	if (!existsSync(file)) return;
	if (statSync(file).isDirectory()) {
		for (const name of readdirSync(file).sort()) add(hash, join(path, name));
	} else {
		hash.update(readFileSync(file));
	}
}
