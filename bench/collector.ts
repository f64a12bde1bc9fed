import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEngine, type Engine } from '../engine';
import type { BenchResult } from './ingest';
import { collectorWorkflow, WRITE_KEY } from './collector/flow';
import type { LoadResult, LoadTask } from './collector/load';
import { startN8n } from './wake/n8n';

/** The webhook route is measured in a real n8n. */
export const needsN8n = true;

const CONNECTIONS = 64;
const ROUNDS = 3;
const PORT_WAIT_MS = 30_000;

/**
 * One event a request over keep-alive connections from a process of its own, on the own listener in the engine's thread, against
 * (1) a bare node:http server in a process of its own that parses the JSON and inserts a row of the same size into SQLite, all that
 * arrived in one turn of its event loop in one transaction, each answered after the commit: the fastest honest way to do it, and
 * (2) n8n's webhook route of the same node.
 * Options: events (60,000), webhook (300: requests through n8n; 0: not measured), connections (64).
 */
export default async function collector(options: Record<string, string> = {}): Promise<BenchResult> {
	const events = Number(options.events ?? 60_000);
	const webhookEvents = Number(options.webhook ?? 300);
	const connections = Number(options.connections ?? CONNECTIONS);
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-collector-'));
	try {
		const rounds: Array<{ ours: number; baseline: number; ratio: number; p99: number }> = [];
		for (let round = 0; round < ROUNDS; round += 1) {
			const baseline = await throughBareServer(join(folder, `bare-${round}.sqlite`), events, connections);
			const ours = await throughListener(join(folder, `ours-${round}.sqlite`), events, connections);
			rounds.push({ ours: ours.perSecond, baseline: baseline.perSecond, ratio: Number((ours.perSecond / baseline.perSecond).toFixed(3)), p99: ours.p99Ms });
		}
		rounds.sort((a, b) => a.ratio - b.ratio);
		const middle = rounds[Math.floor(ROUNDS / 2)] ?? { ours: 0, baseline: 0, ratio: 0, p99: 0 };
		const webhook = webhookEvents === 0 ? null : await throughWebhook(webhookEvents);
		return {
			bench: 'collector', unit: 'requests/s', ours: middle.ours, baseline: middle.baseline, ratio: middle.ratio,
			details: {
				events, connections, rounds: rounds.map(({ ratio }) => ratio).join(' '), 'answer p99 (ms)': middle.p99,
				...(webhook === null ? {} : { 'n8n webhook (requests/s)': webhook.perSecond, 'own listener is faster (times)': Number((middle.ours / webhook.perSecond).toFixed(0)) }),
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function throughBareServer(file: string, events: number, connections: number): Promise<LoadResult> {
	const server = fork(join(__dirname, 'collector', 'bare-server.js'), [file]);
	try {
		const { port } = await messageOf<{ port: number }>(server);
		return await load({ url: `http://127.0.0.1:${port}/v1/track`, events, connections, warmUp: 2_000 });
	} finally {
		server.kill();
	}
}

async function throughListener(file: string, events: number, connections: number): Promise<LoadResult> {
	const engine: Engine = await startEngine({ database: { kind: 'sqlite', file } });
	try {
		const { port } = await engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'bench' }, publicUrl: 'http://127.0.0.1', port: 0, host: '127.0.0.1', workflow: 'bench' });
		const result = await load({ url: `http://127.0.0.1:${port}/v1/track`, events, connections, warmUp: 2_000 });
		const profiles = (await engine.health()).profiles;
		if (profiles === 0) throw new Error('Nothing was stored.');
		return result;
	} finally {
		await engine.close();
	}
}

async function throughWebhook(events: number): Promise<LoadResult> {
	const n8n = await startN8n();
	try {
		await n8n.publish(collectorWorkflow(), [{ name: 'Write keys', type: 'journeyCollectorApi', data: { writeKeys: { keys: [{ source: 'bench', writeKey: WRITE_KEY }] } } }]);
		const url = `${n8n.url}/webhook/bench-events/v1/track`;
		await answers(url);
		return await load({ url, events, connections: 8, warmUp: 20 });
	} finally {
		await n8n.stop();
	}
}

/** n8n opens the route a moment after publishing. */
async function answers(url: string): Promise<void> {
	const deadline = performance.now() + PORT_WAIT_MS;
	while ((await fetch(url, { method: 'POST', body: '{}' })).status === 404) {
		if (performance.now() > deadline) throw new Error(`${url} was not opened by n8n.`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

async function load(task: LoadTask): Promise<LoadResult> {
	const child = fork(join(__dirname, 'collector', 'load.js'), [JSON.stringify(task)]);
	const result = await messageOf<LoadResult>(child);
	if (result.failed > 0) throw new Error(`${result.failed} of ${task.events} requests failed: ${result.firstFailure}`);
	return result;
}

async function messageOf<Message>(child: ChildProcess): Promise<Message> {
	return await new Promise((resolve, reject) => {
		child.once('message', (message) => resolve(message as Message));
		child.once('exit', (code) => reject(new Error(`A process of the benchmark ended (${String(code)}).`)));
	});
}
