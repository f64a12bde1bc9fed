import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { transformFileSync } from '@swc/core';

const ROOT = resolve(__dirname, '../..');
const FILES = ['test/crash/child.ts', 'test/crash/scenario.ts', 'test/crash/player.ts', 'test/crash/story.ts', 'test/crash/surroundings.ts', 'test/engine/journeys/walk.ts'];

/** Compiles the engine as it stands, and the child, into a folder of their own: dist/ may be older than the sources. */
export function compileChild(): { program: string; remove(): void } {
	const folder = mkdtempSync(join(tmpdir(), 'journeys-crash-'));
	symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
	for (const file of [...sources(join(ROOT, 'engine')), ...FILES.map((name) => join(ROOT, name))]) {
		const { code } = transformFileSync(file, { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } });
		const made = join(folder, relative(ROOT, file).replace(/\.ts$/, '.js'));
		mkdirSync(dirname(made), { recursive: true });
		writeFileSync(made, code);
	}
	return { program: join(folder, 'test/crash/child.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function sources(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
		.map((entry) => join(entry.parentPath, entry.name));
}
