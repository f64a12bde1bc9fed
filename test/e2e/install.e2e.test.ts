import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { layPack, packPack } from '../../demo/lay-pack.mjs';
import { setUpOwner, type Session } from '../../demo/n8n-rest.mjs';
import { startN8n, type RunningN8n } from '../../demo/start-n8n.mjs';
import { N8N_ENVIRONMENT } from './stand';

interface NodeType {
	name: string;
	iconUrl?: string | { light: string; dark: string };
}

const manifest = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
	name: string;
	dependencies: Record<string, string>;
	n8n: { nodes: string[]; credentials: string[] };
};

/** 'dist/nodes/JourneyWait/JourneyWait.node.js' -> 'journeyWait'. */
const typeName = (file: string) => {
	const name = file.split('/').at(-1)?.split('.')[0] ?? '';
	return name.charAt(0).toLowerCase() + name.slice(1);
};

describe('The package, installed by the community route into an empty n8n', () => {
	let userFolder: string;
	let laid: string;
	let n8n: RunningN8n;
	let session: Session;

	beforeAll(async () => {
		userFolder = mkdtempSync(join(tmpdir(), 'journeys-e2e-install-'));
		laid = (await layPack({ userFolder, tarball: await packPack() })).folder;
		n8n = await startN8n({ userFolder, env: { ...N8N_ENVIRONMENT, N8N_LOG_FORMAT: 'json' } });
		session = await setUpOwner(n8n);
	});

	afterAll(async () => {
		await n8n?.stop();
		rmSync(userFolder, { recursive: true, force: true });
	});

	test('installs what it depends on and nothing of n8n or of its own development', () => {
		const installed = readdirSync(join(laid, 'node_modules'));

		expect(Object.keys(manifest.dependencies).filter((name) => !existsSync(join(laid, 'node_modules', name)))).toEqual([]);
		expect(installed).not.toEqual(expect.arrayContaining(['n8n-workflow']));
		expect(installed).not.toEqual(expect.arrayContaining(['typescript']));
		expect(['test', 'engine', 'nodes', 'demo'].filter((folder) => existsSync(join(laid, folder)))).toEqual([]);
	});

	test('shows all of its nodes, each with the pictures it names', async () => {
		const types = await listed<NodeType>('nodes');
		const ours = types.filter(({ name }) => name.startsWith(`${manifest.name}.`));

		expect([...new Set(ours.map(({ name }) => name.split('.')[1]))].sort()).toEqual(
			expect.arrayContaining(manifest.n8n.nodes.map(typeName).sort()),
		);
		for (const { name, iconUrl } of ours) {
			expect(typeof iconUrl === 'object' ? Object.keys(iconUrl).sort() : `${name}: ${iconUrl}`).toEqual(['dark', 'light']);
			for (const address of Object.values(iconUrl ?? {})) {
				const picture = await fetch(`${n8n.url}/${address}`);
				expect(`${name} ${picture.status} ${picture.headers.get('content-type')}`).toBe(`${name} 200 image/svg+xml`);
			}
		}
	});

	test('shows all of its credentials', async () => {
		const names = (await listed<{ name: string }>('credentials')).map(({ name }) => name);

		expect(names).toEqual(expect.arrayContaining(manifest.n8n.credentials.map(typeName)));
	});

	test('leaves no error in the log of n8n', () => {
		const lines = n8n.log().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { level: string; message: string });

		expect(lines.length).toBeGreaterThan(0);
		expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(N8N_ITSELF);
		expect(n8n.log()).not.toMatch(new RegExp(`(warn|error).*${manifest.name}`, 'i'));
	});

	async function listed<Type>(kind: 'nodes' | 'credentials'): Promise<Type[]> {
		const response = await fetch(`${n8n.url}/types/${kind}.json`, { headers: { cookie: session.cookie } });
		expect(response.status).toBe(200);
		return (await response.json()) as Type[];
	}
});

/** What an n8n without any package logs as errors on such a machine: nothing. */
const N8N_ITSELF: string[] = [];
