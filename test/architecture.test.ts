import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { breaches } from './architecture/rules';

const ROOT = join(__dirname, '..');
const FOLDERS = ['engine', 'nodes', 'credentials'];

function house(): Map<string, string> {
	const paths = FOLDERS.flatMap((folder) =>
		readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
			.map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
			.filter((path) => path.endsWith('.ts')),
	);
	return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

/** The breaches of a small house made of these files. */
function breachesIn(files: Record<string, string>): string[] {
	return breaches(new Map(Object.entries(files)));
}

describe('the house', () => {
	it('keeps its arrows, names and sizes', () => {
		const files = house();

		expect(files.size).toBeGreaterThan(50);
		expect(breaches(files)).toEqual([]);
	});
});

describe('the checker of the house', () => {
	it('finds nothing wrong with arrows that run down, through doors', () => {
		expect(breachesIn({
			'engine/kernel/index.ts': "export * from './clock';",
			'engine/kernel/clock.ts': 'export const now = (): number => Date.now();',
			'engine/store/index.ts': "import { now } from '../kernel'; import { sql } from 'kysely'; export const x = [now, sql];",
			'engine/events/index.ts': "import { x } from '../store'; export const e = x; export const at = new Date(0);",
			'engine/events/types.ts': 'export type E = 1;',
			'engine/segments/index.ts': "import { e } from '../events'; import type { E } from '../events/types'; export const s: [unknown, E?] = [e];",
			'engine/channels/email/index.ts': 'export const send = 1;',
			'engine/messages/index.ts': "import { send } from '../channels/email'; export const m = send;",
			'engine/engine.ts': "import { s } from './segments'; import { m } from './messages'; export const all = [s, m];",
			'engine/thread/worker.ts': "import { all } from '../engine'; void all;",
			'engine/index.ts': "export { all } from './engine';",
			'nodes/Wait/Wait.node.ts': "import { all } from '../../engine'; import type { E } from '../../engine/events/types'; import { NodeOperationError } from 'n8n-workflow'; export const w: [unknown, E?] = [[all, NodeOperationError]];",
		})).toEqual([]);
	});

	it.each<[string, string, string, RegExp]>([
		['the kernel imports the store', 'engine/kernel/clock.ts', "import '../store';", /kernel may import only/],
		['the store imports a domain', 'engine/store/index.ts', "import type { E } from '../events';", /store may import only/],
		['a domain imports the composition root', 'engine/events/ingest.ts', "import '../engine';", /domain may import only/],
		['a domain imports the thread', 'engine/events/ingest.ts', "import '../thread';", /domain may import only/],
		['a domain looks inside another one', 'engine/segments/index.ts', "import { x } from '../events/ingest';", /through its index.ts or types.ts/],
		['the composition root looks inside a domain', 'engine/engine.ts', "export { x } from './events/ingest';", /through its index.ts or types.ts/],
		['a channel knows the store', 'engine/channels/email/smtp.ts', "import type { Store } from '../../store';", /channels know no store/],
		['a channel speaks SQL', 'engine/channels/email/smtp.ts', "import { sql } from 'kysely';", /channels know no store/],
		['the engine imports n8n', 'engine/events/ingest.ts', "import { NodeOperationError } from 'n8n-workflow';", /nothing of n8n/],
		['the engine imports n8n on demand', 'engine/events/ingest.ts', "const core = await import('n8n-core');", /nothing of n8n/],
		['the engine imports a node', 'engine/events/ingest.ts', "import '../../nodes/Wait/Wait.node';", /may import only/],
		['the engine leaves its house', 'engine/events/ingest.ts', "import '../../test/engine/databases';", /outside the engine/],
		['a node looks inside the engine', 'nodes/Wait/Wait.node.ts', "import type { X } from '../../engine/events';", /come in through/],
		['a node imports values from a contract', 'nodes/Wait/Wait.node.ts', "import { X } from '../../engine/events/types';", /come in through/],
		['a node imports the kernel', 'nodes/Wait/Wait.node.ts', "import { EngineError } from '../../engine/kernel';", /come in through/],
		['a node loads the engine by require', 'nodes/Wait/Wait.node.ts', "const { x } = require('../../engine/events');", /come in through/],
		['a node imports values of the contract', 'nodes/Wait/Wait.node.ts', "import { x } from '../../engine/api';", /come in through/],
		['a node holds SQL', 'nodes/Wait/Wait.node.ts', "import { sql } from 'kysely';", /nodes hold no SQL/],
		['a credential holds SQL', 'credentials/A.credentials.ts', "import { Client } from 'pg';", /nodes hold no SQL/],
		['a file is named utils', 'engine/events/utils.ts', '', /says nothing/],
		['a file is named for being common', 'nodes/shared/pump-helpers.ts', '', /says nothing/],
		['a folder is named lib', 'engine/lib/parse.ts', '', /says nothing/],
		['a file has more than 400 lines', 'nodes/Wait/long.ts', 'void 0;\n'.repeat(401), /401 lines/],
		['the engine reads the clock', 'engine/events/ingest.ts', 'const at = Date.now();', /injected clock/],
		['the engine passes the clock on', 'engine/events/ingest.ts', 'const clock = Date.now;', /injected clock/],
		['the engine makes the current date', 'engine/events/ingest.ts', 'const at = new Date();', /injected clock/],
		['the engine makes the current date without brackets', 'engine/events/ingest.ts', 'const at = new Date;', /injected clock/],
		['the engine rolls dice', 'engine/thread/host.ts', 'const n = Math.random();', /injected clock or random/],
	])('reports that %s', (_what, path, text, message) => {
		const others = {
			'engine/kernel/index.ts': '', 'engine/store/index.ts': '', 'engine/events/index.ts': '', 'engine/events/ingest.ts': '', 'engine/events/types.ts': '',
			'engine/engine.ts': '', 'engine/api.ts': '', 'engine/thread/index.ts': '', 'engine/index.ts': '', 'nodes/Wait/Wait.node.ts': '',
		};

		const found = breachesIn({ ...others, [path]: text });

		expect(found).toHaveLength(1);
		expect(found[0]).toMatch(message);
		expect(found[0]).toContain(path);
	});

	it('reports folders that load each other in a circle, but not for types', () => {
		const circle = (typeOnly: string) => ({
			'engine/a/index.ts': "import { b } from '../b'; export const a = b;",
			'engine/b/index.ts': "import { c } from '../c'; export const b = c;",
			'engine/c/index.ts': `import ${typeOnly} { a } from '../a'; export const c = 1;`,
		});

		expect(breachesIn(circle(''))).toEqual(['engine/a, engine/b, engine/c: these folders load each other in a circle']);
		expect(breachesIn(circle('type'))).toEqual([]);
	});
});
