import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './setup/places.mjs';

/**
 * package.json tells n8n which files to load; this derives the list from nodes/ and credentials/.
 * `node scripts/list-nodes.mjs` writes it, with --check it only compares (part of lint).
 */
export function listNodes() {
	const nodes = readdirSync(join(root, 'nodes'))
		.filter((name) => existsSync(join(root, 'nodes', name, `${name}.node.ts`)))
		.map((name) => `dist/nodes/${name}/${name}.node.js`);
	const credentials = readdirSync(join(root, 'credentials'))
		.filter((name) => name.endsWith('.credentials.ts'))
		.map((name) => `dist/credentials/${name.replace(/\.ts$/, '.js')}`);
	return { credentials: credentials.sort(), nodes: nodes.sort() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const file = join(root, 'package.json');
	const text = readFileSync(file, 'utf8');
	const manifest = JSON.parse(text);
	const wanted = listNodes();
	const isEqual = ['credentials', 'nodes'].every((key) => JSON.stringify(manifest.n8n[key]) === JSON.stringify(wanted[key]));
	if (process.argv.includes('--check')) {
		if (!isEqual) {
			process.stderr.write('package.json does not list the nodes and credentials that exist: run `node scripts/list-nodes.mjs`.\n');
			process.exitCode = 1;
		}
	} else if (!isEqual) {
		Object.assign(manifest.n8n, wanted);
		writeFileSync(file, JSON.stringify(manifest, null, 2) + '\n');
	}
}
