import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether `folder`/node_modules is what its package-lock.json asks for. npm writes node_modules/.package-lock.json as
 * the last act of an install, so an install that was cut short, and a lock file that changed since, both show.
 */
export function isInstalled(folder) {
	const wanted = packages(join(folder, 'package-lock.json'));
	const present = packages(join(folder, 'node_modules', '.package-lock.json'));
	if (!wanted || !present) return false;
	return Object.entries(wanted).every(([path, entry]) => {
		if (path === '' || entry.link || entry.extraneous) return true;
		// Packages for other platforms are in the lock file and rightly absent.
		if (!present[path]) return Boolean(entry.optional || entry.devOptional || entry.peer);
		return present[path].version === entry.version;
	});
}

function packages(file) {
	return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}
