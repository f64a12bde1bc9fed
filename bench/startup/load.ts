import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * A process of its own: loads n8n-workflow, then the given files as n8n's loader does (require, then the class is made), and
 * prints what the files added. Arguments: a folder to resolve from, then files. Needs --expose-gc.
 */
export interface Loaded {
	ms: number;
	/** Resident memory of the process and its heap after a collection. */
	rssBytes: number;
	heapBytes: number;
	/** Modules that came in, ours and others. */
	modules: number;
	/** Packages of node_modules among them. */
	packages: string[];
}

const [folder = '.', ...files] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));

load('n8n-workflow');
const before = Object.keys(load.cache).length;
const memoryBefore = memory();
const startedMs = performance.now();
for (const file of files) {
	// n8n names the class after its file.
	const className = /([^/\\]+?)\.(?:node|credentials)\.js$/.exec(file)?.[1] ?? '';
	const exported = load(file) as Record<string, new () => unknown>;
	const Class = exported[className];
	if (Class === undefined) throw new Error(`${file} exports no class ${className}.`);
	new Class();
}
const ms = performance.now() - startedMs;
const memoryAfter = memory();
const added = Object.keys(load.cache).slice(before);
const result: Loaded = {
	ms,
	rssBytes: memoryAfter.rss - memoryBefore.rss,
	heapBytes: memoryAfter.heapUsed - memoryBefore.heapUsed,
	modules: added.length,
	packages: [...new Set(added.map((name) => /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(name)?.[1] ?? '').filter((name) => name !== ''))].sort(),
};
process.stdout.write(JSON.stringify(result));

function memory(): NodeJS.MemoryUsage {
	globalThis.gc?.();
	return process.memoryUsage();
}
