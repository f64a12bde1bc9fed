import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemClock } from '../../engine';
import { contact, NATIVE } from './flows';

/** n8n looks every 60 s for waits that end within 70 s and sets a timer for each (wait-tracker, 2.41.1). */
const NOTICED_MS = 65_000;
/** At once, as many as n8n takes without its webhooks timing out. */
const AT_ONCE = 8;
const LONGEST_MS = 300_000;
/** Beyond the timeout of n8n's write lock. */
const STALLED_MS = 70_000;

/** Starts one execution a contact; each waits for days, in n8n's database. Not measured. */
export async function parkEach(url: string, executions: number): Promise<void> {
	let next = 0;
	async function sender(): Promise<void> {
		for (let n = next++; n < executions; n = next++) {
			const response = await fetch(`${url}/webhook/${NATIVE.path}`, {
				method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(contact(n)),
			});
			await response.arrayBuffer();
			if (!response.ok) throw new Error(`n8n's webhook answered ${response.status}.`);
		}
	}
	await Promise.all(Array.from({ length: AT_ONCE }, sender));
}

/** Executions of the native flow in n8n's database. */
export class Executions {
	private readonly database: DatabaseSync;

	constructor(file: string) {
		this.database = new DatabaseSync(file, { timeout: 5_000 });
	}

	/** Started and waiting in the database. */
	waiting(): number {
		return this.count(`status = 'waiting' and deletedAt is null`);
	}

	/** Ended well, in all rounds: n8n deletes such an execution at once, and the row a while later. */
	ended(): number {
		return this.count('deletedAt is not null');
	}

	async allWaiting(executions: number): Promise<void> {
		await until('all contacts wait in the database of n8n', () => this.waiting() === executions);
	}

	/** Moves the end of all waits to one moment, as on our side, and answers with it: late enough for n8n to notice. */
	endWaitsTogether(): number {
		const dueMs = systemClock.nowMs() + NOTICED_MS;
		const asN8nWritesIt = new Date(dueMs).toISOString().replace('T', ' ').replace('Z', '');
		this.database.prepare(`update execution_entity set waitTill = ? where workflowId = ? and status = 'waiting'`).run(asN8nWritesIt, NATIVE.id);
		return dueMs;
	}

	private count(condition: string): number {
		return Number(this.database.prepare(`select count(*) as n from execution_entity where workflowId = ? and ${condition}`).get(NATIVE.id)?.n ?? 0);
	}

	close(): void {
		this.database.close();
	}
}

/**
 * The time from dueMs until the last of the executions has ended. Where many resume at once on a busy machine, n8n may lose some
 * (its SQLite write lock times out after a minute): then it is the time until the last that did end, and contacts is their number.
 */
export async function resumeEach(all: Executions, executions: number, dueMs: number, meter: () => number | null): Promise<{ contacts: number; wallMs: number; cpuMs: number | null }> {
	await sleep(dueMs - systemClock.nowMs() - 50);
	const cpuBefore = meter();
	const before = all.ended();
	let last = { contacts: 0, atMs: dueMs, cpu: cpuBefore };
	while (last.contacts < executions && systemClock.nowMs() - last.atMs < STALLED_MS) {
		const contacts = all.ended() - before;
		if (contacts > last.contacts) last = { contacts, atMs: systemClock.nowMs(), cpu: meter() };
		await sleep(50);
	}
	if (last.contacts < executions / 2) throw new Error(`Of ${executions} executions of the baseline n8n ended only ${last.contacts}; see its log.`);
	return { contacts: last.contacts, wallMs: last.atMs - dueMs, cpuMs: cpuBefore === null || last.cpu === null ? null : last.cpu - cpuBefore };
}

async function until(what: string, check: () => boolean): Promise<void> {
	const deadline = performance.now() + LONGEST_MS;
	while (!check()) {
		if (performance.now() > deadline) throw new Error(`Waited ${LONGEST_MS / 1000} s until ${what}.`);
		await sleep(50);
	}
}
