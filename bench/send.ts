import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createTransport } from 'nodemailer';

import { createEngine, type LocalEngine } from '../engine/engine';
import type { EmailSendRequest, SmtpConfig, StepRef } from '../engine';
import { compileEmail } from '../engine/templates';
import { DEFAULT_MJML, DEFAULT_SUBJECT } from '../nodes/JourneyEmail/defaultTemplate';
import type { BenchResult } from './ingest';

const BATCH = 500;
const CONNECTIONS = 5;
const TRIGGER: StepRef = { workflow: 'wf', step: 'trigger', name: 'Trigger', type: 'trigger' };
const EMAIL: StepRef = { workflow: 'wf', step: 'email', name: 'Mail', type: 'email' };
/** What the ratio is held against, and how much the heap may grow from the first tenth of the mails to the end. */
const LIMITS = { ratio: 0.8, growthMb: 30 };

/**
 * Mails a second through the whole of Journey Email's engine call (reserve, guards, attempt, MJML and Liquid for each person, signed links, pixel, List-Unsubscribe, SMTP,
 * ledger), people entering a journey, against bare nodemailer with a pool of as many connections sending one ready-made mail of the same size. Both into the same sink, a
 * process of its own, in turns. Fails below LIMITS.
 *
 * Options: mails (2,000 a round), rounds (9), flat (0; 100,000: so many mails in one go, whose heap is looked at).
 */
export default async function send(options: Record<string, string> = {}): Promise<BenchResult & { failed?: string }> {
	const mails = Math.ceil(Number(options.mails ?? 2_000) / BATCH) * BATCH;
	const rounds = Number(options.rounds ?? 9);
	const flat = Math.ceil(Number(options.flat ?? 0) / BATCH) * BATCH;
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-send-'));
	const { child, port } = await openSink();
	const engine = await createEngine({ database: { kind: 'sqlite', file: join(folder, 'send.sqlite') } });
	try {
		const ours = await senderOf(engine, port);
		const bare = await bareSender(port);
		await speed(ours, BATCH);
		await speed(bare, BATCH);
		const results: Array<{ ours: number; baseline: number; ratio: number }> = [];
		for (let round = 0; round < rounds; round += 1) {
			const [own, base] = [await speed(ours, mails), await speed(bare, mails)];
			results.push({ ours: Math.round(own), baseline: Math.round(base), ratio: Number((own / base).toFixed(3)) });
		}
		const growth = flat === 0 ? null : await growthOf(ours, flat);
		bare.close();
		results.sort((a, b) => a.ratio - b.ratio);
		const middle = results[Math.floor(rounds / 2)] ?? { ours: 0, baseline: 0, ratio: 0 };
		const wrong = [
			...(middle.ratio < LIMITS.ratio ? [`the ratio is ${middle.ratio}, below ${LIMITS.ratio}`] : []),
			...(growth !== null && growth > LIMITS.growthMb ? [`the heap grew by ${growth} MB, more than ${LIMITS.growthMb}`] : []),
		];
		return {
			bench: 'send', unit: 'mails/s', ...middle,
			details: { mails, connections: CONNECTIONS, rounds: results.map(({ ratio }) => ratio).join(' '), database: 'node:sqlite, WAL, synchronous=full', 'ratio needed': LIMITS.ratio, ...(growth === null ? {} : { [`heap grown over ${flat} mails`]: `${growth} MB` }) },
			...(wrong.length === 0 ? {} : { failed: wrong.join('; ') }),
		};
	} finally {
		await engine.close();
		child.disconnect();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A side of the comparison: `prepare` is outside of the time. */
interface Side {
	prepare(mails: number): Promise<() => Promise<void>>;
}

async function speed(side: Side, mails: number): Promise<number> {
	const work = await side.prepare(mails);
	const startedMs = performance.now();
	await work();
	return (mails / (performance.now() - startedMs)) * 1000;
}

/** MB of heap in use at the end over that after a tenth, both after a collection. */
async function growthOf(side: Side, mails: number): Promise<number> {
	let before = 0;
	for (let done = 0; done < mails; done += BATCH) {
		if (done >= mails / 10 && before === 0) before = heapMb();
		await speed(side, BATCH);
	}
	return Number((heapMb() - before).toFixed(1));
}

function heapMb(): number {
	globalThis.gc?.();
	return process.memoryUsage().heapUsed / 1024 / 1024;
}

async function openSink(): Promise<{ child: ChildProcess; port: number }> {
	const child = fork(join(__dirname, 'send', 'sink.js'), { stdio: 'inherit' });
	const port = await new Promise<number>((resolve) => child.once('message', (message) => resolve((message as { port: number }).port)));
	return { child, port };
}

/** People enter a journey and are claimed outside of the time; only the call of the node is in it, as in n8n the rest is n8n's. */
async function senderOf(engine: LocalEngine, port: number): Promise<Side> {
	const provider: SmtpConfig = { kind: 'smtp', host: '127.0.0.1', port, secure: false, requireTls: false, connections: CONNECTIONS };
	await engine.collector.configure({ writeKeys: { wk_bench_1234: 'bench' }, publicUrl: 'https://n8n.example.com/webhook/journeys', port: null, workflow: 'collector' });
	await engine.settings.set({ caps: [], quietHours: null });
	await engine.journeys.register(TRIGGER, { name: 'Bench', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold' });
	const base: Omit<EmailSendRequest, 'items'> = {
		step: EMAIL, purpose: 'marketing', topic: 'news', from: { name: 'Shop', address: 'shop@example.com' }, provider, trackOpens: true, trackClicks: true,
		content: { subject: DEFAULT_SUBJECT, body: { kind: 'mjml', source: DEFAULT_MJML } },
	};
	let next = 0;
	async function batch(): Promise<() => Promise<void>> {
		const people = Array.from({ length: BATCH }, () => next++);
		await engine.events.ingest(people.map((n) => ({ type: 'track', event: 'Signed Up', userId: `u${n}`, identities: [{ kind: 'email', value: `p${n}@customer.example` }] })), { source: 'bench' });
		const { nonce, items } = await engine.journeys.claim(TRIGGER, { limit: BATCH, leaseMs: 600_000 });
		await engine.journeys.begin({ nonce, workflow: 'wf', steps: [TRIGGER.step, EMAIL.step], foreignEffects: false });
		return async () => {
			const results = await engine.messages.sendEmail({ ...base, items: items.map(({ stamp }, index) => ({ index, stamp, item: {} })) });
			const wrong = results.find(({ outcome }) => outcome !== 'sent');
			if (results.length !== BATCH || wrong !== undefined) throw new Error(`Not everybody got a mail: ${wrong?.reason ?? results.length}`);
			await engine.journeys.settle(nonce, { kind: 'success' });
		};
	}
	return {
		prepare: async (mails) => {
			const batches: Array<() => Promise<void>> = [];
			for (let done = 0; done < mails; done += BATCH) batches.push(await batch());
			return async () => {
				for (const one of batches) await one();
			};
		},
	};
}

async function bareSender(port: number): Promise<Side & { close(): void }> {
	const { html, text, subject } = await (await compileEmail({ subject: DEFAULT_SUBJECT, body: { kind: 'mjml', source: DEFAULT_MJML } })).render({ profile: { firstName: 'Ann', email: 'ann@example.com' }, journey: {}, event: null, item: {}, links: { unsubscribeUrl: `https://n8n.example.com/webhook/journeys/unsubscribe?t=${'x'.repeat(80)}` } });
	const transport = createTransport({ pool: true, host: '127.0.0.1', port, secure: false, ignoreTLS: true, maxConnections: CONNECTIONS, maxMessages: Infinity });
	let next = 0;
	return {
		prepare: async (mails) => async () => {
			await Promise.all(Array.from({ length: mails }, () => transport.sendMail({ from: { name: 'Shop', address: 'shop@example.com' }, to: `p${next++}@customer.example`, subject, html, text })));
		},
		close: () => transport.close(),
	};
}
