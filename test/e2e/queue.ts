import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { layPack } from '../../demo/lay-pack.mjs';
import { answers, freePort, startGroup, waitUntil, type Group } from '../../demo/processes.mjs';
import { n8nEnvironment, n8nProgram } from '../../demo/start-n8n.mjs';
import { node24 } from '../../scripts/setup/places.mjs';
import { findRedis } from '../../scripts/setup/redis.mjs';
import { postgresUrl } from '../engine/postgres-server';
import { N8N_ENVIRONMENT, Stand, WRITE_KEY, type StandOptions } from './stand';

const UP_WITHIN_MS = 180_000;

/**
 * One n8n in queue mode as its documentation sets it up: a main process, a worker and a webhook process, each with a user folder of its own and the pack
 * in it, as on three machines; Redis between them, n8n's tables and the journeys' in two databases of one PostgreSQL.
 */
export class QueueMode {
	private workers = 1;

	private constructor(readonly stand: Stand, readonly databaseUrl: string, private readonly others: OtherProcesses, public worker: Group, private readonly webhookUrl: string) {}

	static async up(options: Pick<StandOptions, 'adapt'> = {}): Promise<QueueMode> {
		const own = await freshDatabase('queue_of_n8n');
		const journeys = await freshDatabase('queue_of_journeys');
		const redis = await startRedis();
		const env = {
			EXECUTIONS_MODE: 'queue', N8N_ENCRYPTION_KEY: 'one-key-of-the-three-processes', JOURNEYS_DATABASE_URL: journeys.href,
			DB_TYPE: 'postgresdb', DB_POSTGRESDB_HOST: own.hostname, DB_POSTGRESDB_PORT: own.port, DB_POSTGRESDB_DATABASE: own.pathname.slice(1), DB_POSTGRESDB_USER: own.username, DB_POSTGRESDB_PASSWORD: own.password,
			QUEUE_BULL_REDIS_HOST: '127.0.0.1', QUEUE_BULL_REDIS_PORT: String(redis),
			// That a worker died is noticed sooner than by the defaults of 60 and 30 s.
			QUEUE_WORKER_LOCK_DURATION: '20000', QUEUE_WORKER_LOCK_RENEW_TIME: '5000', QUEUE_WORKER_STALLED_INTERVAL: '5000',
		};
		const started: { others?: OtherProcesses; worker?: Group; webhookUrl?: string } = {};
		const stand = await Stand.up({
			...options, env,
			beside: async (made) => {
				started.others = new OtherProcesses(made, { ...N8N_ENVIRONMENT, ...env });
				started.worker = await started.others.worker('worker');
				started.webhookUrl = await started.others.webhook('webhook');
			},
		});
		const { others, worker, webhookUrl } = started;
		if (others === undefined || worker === undefined || webhookUrl === undefined) throw new Error('The worker and the webhook process were not started.');
		return new QueueMode(stand, journeys.href, others, worker, webhookUrl);
	}

	async down(): Promise<void> {
		await this.stand.down();
	}

	/** In place of one that died, with an empty folder: as an orchestrator starts another container. */
	async startWorker(): Promise<void> {
		this.workers += 1;
		this.worker = await this.others.worker(`worker-${this.workers}`);
	}

	/** One of Segment's calls, to the webhook process. Throws when it is not taken. */
	async send(route: 'track' | 'batch', body: object): Promise<void> {
		const authorization = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`;
		const response = await fetch(`${this.webhookUrl}/webhook/journeys/v1/${route}`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) });
		if (!response.ok) throw new Error(`The webhook process answered ${route} with ${response.status}: ${await response.text()}`);
	}
}

/** What an installation has beside the main process. */
class OtherProcesses {
	constructor(private readonly made: { home: string; tarball: string }, private readonly env: Record<string, string>) {}

	async worker(name: string): Promise<Group> {
		const port = await freePort();
		return await this.start(name, ['worker', '--concurrency=5'], port, { QUEUE_HEALTH_CHECK_ACTIVE: 'true', QUEUE_HEALTH_CHECK_PORT: String(port) });
	}

	async webhook(name: string): Promise<string> {
		const port = await freePort();
		await this.start(name, ['webhook'], port, {});
		return `http://127.0.0.1:${port}`;
	}

	private async start(name: string, command: string[], port: number, more: Record<string, string>): Promise<Group> {
		const userFolder = join(this.made.home, name);
		await layPack({ userFolder, tarball: this.made.tarball });
		const env = await n8nEnvironment({ userFolder, port, env: { ...this.env, ...more } });
		const group = startGroup(node24, [n8nProgram, ...command], { cwd: userFolder, env, logFile: join(userFolder, 'n8n.log') });
		await waitUntil(`n8n's process ${name} starts`, async () => await answers(`http://127.0.0.1:${port}/healthz/readiness`), { timeoutMs: UP_WITHIN_MS, group });
		return group;
	}
}

/** Its address. The server is that of the whole run: what an earlier test left there is dropped. */
async function freshDatabase(name: string): Promise<URL> {
	const url = new URL(await postgresUrl());
	const client = new Client({ connectionString: url.href });
	await client.connect();
	await client.query(`drop database if exists ${name} with (force)`);
	await client.query(`create database ${name}`);
	await client.end();
	url.pathname = `/${name}`;
	return url;
}

/** Keeps nothing on disk; ends with us. Answers with its port. */
async function startRedis(): Promise<number> {
	const program = findRedis();
	if (program === undefined) throw new Error('Redis is missing: install it, or set REDIS_SERVER_PATH. `npm run e2e` does so by itself.');
	const folder = mkdtempSync(join(tmpdir(), 'journeys-redis-'));
	const port = await freePort();
	const group = startGroup(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder], { cwd: folder, env: process.env, logFile: join(folder, 'redis.log') });
	void group.exited.then(() => rmSync(folder, { recursive: true, force: true }));
	await waitUntil('Redis starts', async () => await pong(port), { timeoutMs: UP_WITHIN_MS, group });
	return port;
}

async function pong(port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
		socket.once('data', (answer) => {
			resolve(answer.toString().startsWith('+PONG'));
			socket.destroy();
		});
		socket.once('error', () => resolve(false));
	});
}
