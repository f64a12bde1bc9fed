import { join } from 'node:path';

import type { INode, INodeParameters } from 'n8n-workflow';

import '../harness/environment';
import { databaseOf, markerFileOf, urlOf } from '../../../nodes/shared/database';
import type { EngineContext } from '../../../nodes/shared/engine';

/** What databaseOf sees of a node: itself, its workflow, and the decrypted credential. */
function contextOf(nodes: Array<Partial<INode>>, credential: INodeParameters = {}): EngineContext {
	const complete = nodes.map((node, place) => ({ id: String(place), name: `Node ${place}`, typeVersion: 1, position: [0, 0], parameters: {}, ...node }));
	const context = {
		getNode: () => complete[0],
		getCredentials: async () => credential,
		workflow: { nodes: Object.fromEntries(complete.map((node) => [node.name, node])) },
	};
	return context as unknown as EngineContext;
}

const wait = { type: 'n8n-nodes-journeys.journeyWait' };
const withCredential = { ...wait, credentials: { journeysDatabaseApi: { id: '7', name: 'Journeys' } } };

describe('the database of the journeys', () => {
	it('is an embedded file in the user folder of n8n when nothing is set', async () => {
		expect(await databaseOf(contextOf([wait]), { N8N_USER_FOLDER: '/data' })).toEqual({
			kind: 'sqlite',
			file: join('/data', '.n8n', 'journeys', 'journeys.sqlite'),
		});
	});

	it('is the one in JOURNEYS_DATABASE_URL before all others', async () => {
		const env = { JOURNEYS_DATABASE_URL: 'postgres://u:p@db:5432/journeys', EXECUTIONS_MODE: 'queue' };

		expect(await databaseOf(contextOf([withCredential, wait]), env)).toEqual({ kind: 'postgres', url: 'postgres://u:p@db:5432/journeys' });
	});

	it('is that of the credential where one is chosen', async () => {
		const credential = { connectBy: 'url', connectionUrl: 'postgres://u:p@db/journeys' };

		expect(await databaseOf(contextOf([withCredential], credential), {})).toEqual({ kind: 'postgres', url: 'postgres://u:p@db/journeys' });
	});

	it('is refused in queue mode without PostgreSQL, with what to set', async () => {
		await expect(databaseOf(contextOf([wait]), { EXECUTIONS_MODE: 'queue' })).rejects.toMatchObject({
			code: 'BAD_INPUT',
			message: expect.stringContaining('Set JOURNEYS_DATABASE_URL'),
		});
	});

	it('is refused when two nodes of a workflow use different ones, since people would get lost between them', async () => {
		const nodes = [{ ...withCredential, name: 'Wait' }, { ...wait, name: 'Mail' }];

		await expect(databaseOf(contextOf(nodes), {})).rejects.toThrow('"Wait" and "Mail" use different databases');
	});

	it('is refused when the address is not one of PostgreSQL, without repeating it', async () => {
		const refusal = databaseOf(contextOf([wait]), { JOURNEYS_DATABASE_URL: 'mysql://root:secret@db' });

		await expect(refusal).rejects.toThrow('not a PostgreSQL URL');
		await expect(refusal).rejects.not.toThrow('secret');
	});

	it('keeps special characters of separate fields', () => {
		const url = new URL(urlOf({ connectBy: 'fields', host: 'db.example.com', port: 5433, database: 'my journeys', user: 'a@b', password: 'p/w:d?#%', ssl: 'no-verify' }));

		expect(decodeURIComponent(url.username)).toBe('a@b');
		expect(decodeURIComponent(url.password)).toBe('p/w:d?#%');
		expect(decodeURIComponent(url.pathname)).toBe('/my journeys');
		expect([url.hostname, url.port, url.searchParams.get('sslmode')]).toEqual(['db.example.com', '5433', 'no-verify']);
	});

	it('is remembered by a file in the user folder of n8n, outside of the embedded one\'s folder, one a database, whoever signs in there', () => {
		const env = { N8N_USER_FOLDER: '/data' };
		const postgres = (url: string) => markerFileOf({ kind: 'postgres', url }, env);

		expect(markerFileOf({ kind: 'sqlite', file: '/data/.n8n/journeys/journeys.sqlite' }, env)).toBe(join('/data', '.n8n', 'journeys-marker-embedded.json'));
		expect(postgres('postgres://u:p@db:5432/journeys')).toBe(postgres('postgres://other:secret@db:5432/journeys'));
		expect(postgres('postgres://u:p@db:5432/journeys')).toMatch(/^\/data\/\.n8n\/journeys-marker-[0-9a-f]{16}\.json$/);
		expect(new Set([postgres('postgres://u@db/journeys'), postgres('postgres://u@db2/journeys'), postgres('postgres://u@db/others')]).size).toBe(3);
	});
});
