import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { ICredentialDataDecryptedObject, INode } from 'n8n-workflow';

import { EngineError } from '../../engine';
import type { EngineContext } from './engine';
import { isOurs } from './family';
import { workflowNodesOf } from './runtime';

export type Database = { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string };

export const DATABASE_CREDENTIAL = 'journeysDatabaseApi';

/**
 * Which database this node's engine uses.
 * Throws BAD_INPUT when n8n runs in queue mode without PostgreSQL, or when a workflow mixes databases.
 */
export async function databaseOf(context: EngineContext, env: NodeJS.ProcessEnv = process.env): Promise<Database> {
	const url = env.JOURNEYS_DATABASE_URL?.trim();
	if (url) return postgres(url);
	refuseMixedDatabases(workflowNodesOf(context));
	if (context.getNode().credentials?.[DATABASE_CREDENTIAL]) {
		return postgres(urlOf(await context.getCredentials(DATABASE_CREDENTIAL)));
	}
	if (env.EXECUTIONS_MODE === 'queue') {
		throw new EngineError(
			'BAD_INPUT',
			'n8n runs in queue mode, where several processes share the journeys, and the embedded database serves only one. Set JOURNEYS_DATABASE_URL to a PostgreSQL database (postgres://user:password@host:5432/name) on the main process and on every worker, then restart them.',
		);
	}
	return { kind: 'sqlite', file: join(userFolder(env), 'journeys', 'journeys.sqlite') };
}

function userFolder(env: NodeJS.ProcessEnv): string {
	return join(env.N8N_USER_FOLDER ?? homedir(), '.n8n');
}

/**
 * Where this n8n remembers how far the database was: in its user folder but outside of the embedded database's own, so that
 * who puts back that folder from a backup does not put back this with it. One file an address, without user and password; a database that comes back under another address is still
 * known by its name in the file of the old one (engine/settings/marker.ts).
 */
export function markerFileOf(database: Database, env: NodeJS.ProcessEnv = process.env): string {
	let which = 'embedded';
	if (database.kind === 'postgres') {
		const { host, pathname, searchParams } = new URL(database.url);
		which = createHash('sha256').update(`${host}${pathname} ${searchParams.get('options') ?? ''}`).digest('hex').slice(0, 16);
	}
	return join(userFolder(env), `journeys-marker-${which}.json`);
}

function postgres(url: string): Database {
	if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
		throw new EngineError(
			'BAD_INPUT',
			'The address of the journeys database is not a PostgreSQL URL. Write it as postgres://user:password@host:5432/name; special characters in user and password are percent-encoded.',
		);
	}
	return { kind: 'postgres', url };
}

/** The credential's two shapes as one URL. */
export function urlOf(credential: ICredentialDataDecryptedObject): string {
	if (credential.connectBy !== 'fields') return String(credential.connectionUrl ?? '').trim();
	const url = new URL('postgres://localhost');
	url.hostname = String(credential.host ?? '');
	url.port = String(credential.port ?? 5432);
	url.pathname = `/${encodeURIComponent(String(credential.database ?? ''))}`;
	url.username = encodeURIComponent(String(credential.user ?? ''));
	url.password = encodeURIComponent(String(credential.password ?? ''));
	if (typeof credential.ssl === 'string' && credential.ssl !== 'disable') url.searchParams.set('sslmode', credential.ssl);
	return url.toString();
}

/** A contact that one node takes from one database and the next node looks for in another would be lost without a word. */
function refuseMixedDatabases(nodes: INode[]): void {
	const nodesBySetting = new Map<string, string>();
	for (const node of nodes) {
		if (!isOurs(node.type) || node.disabled) continue;
		const credential = node.credentials?.[DATABASE_CREDENTIAL];
		nodesBySetting.set(credential ? (credential.id ?? credential.name) : '', node.name);
	}
	if (nodesBySetting.size < 2) return;
	const [one, other] = [...nodesBySetting.values()];
	throw new EngineError(
		'BAD_INPUT',
		`"${one}" and "${other}" use different databases. Choose the same Journeys Database credential in every journey node of this workflow, or in none, or set JOURNEYS_DATABASE_URL for the whole n8n.`,
	);
}
