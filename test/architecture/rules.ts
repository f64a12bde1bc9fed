import * as ts from 'typescript';

import { importsOf, parsed, type Import, type Sources } from './imports';

/** The house of DESIGN.md: kernel <- store <- domains <- engine.ts <- thread <- index.ts <- nodes. */
type Floor = 'kernel' | 'store' | 'domain' | 'api' | 'root' | 'thread' | 'door' | 'nodes';

const MAY_IMPORT: Record<Floor, readonly Floor[]> = {
	kernel: ['kernel'],
	store: ['kernel', 'store'],
	domain: ['kernel', 'store', 'domain'],
	// api.ts only names the domains' types; engine.ts and thread implement it.
	api: ['kernel', 'domain'],
	root: ['kernel', 'store', 'domain', 'api'],
	thread: ['kernel', 'store', 'domain', 'api', 'root', 'thread'],
	door: ['kernel', 'store', 'domain', 'api', 'root', 'thread'],
	nodes: ['nodes', 'door'],
};

const LONGEST_FILE = 400;
const VAGUE = /(?:^|[-.])(?:utils?|helpers?|lib|common|misc|managers?)$/i;
const DATABASES = /^(?:kysely|pg|node:sqlite|sqlite)(?:\/|$)/;

/** Every breach, as `file: what is wrong`. */
export function breaches(sources: Sources): string[] {
	const found: string[] = [];
	for (const path of sources.keys()) {
		found.push(...nameBreaches(path), ...sizeBreaches(path, sources), ...sourceOfTimeBreaches(path, sources));
		for (const imported of importsOf(path, sources)) {
			const breach = importBreach(path, imported);
			if (breach !== null) found.push(`${path}: ${breach}`);
		}
	}
	return [...found, ...folderCycles(sources)];
}

function floorOf(path: string): Floor | null {
	if (/^(?:nodes|credentials)\//.test(path)) return 'nodes';
	const [, first = '', rest] = /^engine\/([^/]+)(\/.*)?$/.exec(path) ?? [];
	if (first === '') return null;
	if (rest === undefined) return first === 'index.ts' ? 'door' : first === 'api.ts' ? 'api' : 'root';
	return first === 'kernel' || first === 'store' || first === 'thread' ? first : 'domain';
}

function folderOf(path: string): string {
	return path.split('/').slice(0, 2).join('/');
}

function importBreach(path: string, { specifier, file, typeOnly }: Import): string | null {
	const floor = floorOf(path);
	if (floor === null) return null;
	if (file === null) return packageBreach(path, floor, specifier);
	const target = floorOf(file);
	if (target === null) return floor === 'nodes' ? null : `imports ${file}, which is outside the engine`;
	if (floor === 'nodes' && target !== 'nodes' && target !== 'door') {
		// Beside the door only the contract's types, which load nothing.
		return typeOnly && /\/(?:api|types)\.ts$/.test(file) ? null : `imports ${file}: nodes come in through engine/index.ts`;
	}
	if (!MAY_IMPORT[floor].includes(target)) return `imports ${file}: ${floor} may import only ${MAY_IMPORT[floor].join(', ')}`;
	if (path.startsWith('engine/channels/') && target === 'store') return `imports ${file}: channels know no store`;
	if (target === 'domain' && folderOf(path) !== folderOf(file) && !isDoor(file)) return `imports ${file}: a domain is used through its index.ts or types.ts`;
	return null;
}

function packageBreach(path: string, floor: Floor, specifier: string): string | null {
	if (floor === 'nodes') return DATABASES.test(specifier) ? `imports ${specifier}: nodes hold no SQL` : null;
	if (/^@?n8n(?:-|\/|$)/.test(specifier)) return `imports ${specifier}: the engine knows nothing of n8n`;
	return path.startsWith('engine/channels/') && DATABASES.test(specifier) ? `imports ${specifier}: channels know no store` : null;
}

/** A domain's index.ts or types.ts; a channel is a domain of its own below channels/. */
function isDoor(file: string): boolean {
	return /^engine\/(?:channels\/[^/]+|[^/]+)\/(?:index|types)\.ts$/.test(file);
}

function nameBreaches(path: string): string[] {
	const vague = path.replace(/(?:\.[a-z]+)+$/, '').split('/').find((part) => VAGUE.test(part));
	return vague === undefined ? [] : [`${path}: "${vague}" says nothing; name it for a verb or noun of the domain`];
}

function sizeBreaches(path: string, sources: Sources): string[] {
	const lines = (sources.get(path) ?? '').trimEnd().split('\n').length;
	return lines > LONGEST_FILE ? [`${path}: ${lines} lines; split it (at most ${LONGEST_FILE})`] : [];
}

/** Time and chance are injected: Date.now, new Date() and Math.random belong to the kernel alone. */
function sourceOfTimeBreaches(path: string, sources: Sources): string[] {
	if (!path.startsWith('engine/') || floorOf(path) === 'kernel') return [];
	const found: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isPropertyAccessExpression(node)) {
			const text = `${node.expression.getText()}.${node.name.text}`;
			if (/^(?:globalThis\.)?(?:Date\.now|Math\.random|performance\.now)$/.test(text)) found.push(`${path}: ${text}; take the injected clock or random source`);
		}
		const bareDate = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'Date';
		if (bareDate && (ts.isCallExpression(node) || (node.arguments ?? []).length === 0)) found.push(`${path}: the current Date; take the injected clock`);
		ts.forEachChild(node, visit);
	};
	visit(parsed(path, sources.get(path) ?? ''));
	return found;
}

/** Folders of the engine that load each other in a circle; types alone load nothing. */
function folderCycles(sources: Sources): string[] {
	const loads = new Map<string, Set<string>>();
	for (const path of sources.keys()) {
		if (!/^engine\/[^/]+\//.test(path)) continue;
		for (const { file, typeOnly } of importsOf(path, sources)) {
			if (file === null || typeOnly || !/^engine\/[^/]+\//.test(file) || folderOf(file) === folderOf(path)) continue;
			loads.set(folderOf(path), (loads.get(folderOf(path)) ?? new Set()).add(folderOf(file)));
		}
	}
	const cycles = new Set<string>();
	const walk = (way: string[]): void => {
		for (const next of loads.get(way.at(-1) ?? '') ?? []) {
			if (next === way[0]) cycles.add([...way].sort().join(', '));
			else if (!way.includes(next)) walk([...way, next]);
		}
	};
	for (const folder of loads.keys()) walk([folder]);
	return [...cycles].map((folders) => `${folders}: these folders load each other in a circle`);
}
