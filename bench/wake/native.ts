import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemClock } from '../../engine';
import { contact, NATIVE } from './flows';

/** n8n looks every 60 s for waits that end within 70 s and sets a timer for each (wait-tracker, 2.41.1). */
const NOTICED_MS = 65_000;
/** At once, as many as n8n takes without its webhooks timing out. */
const AT_ONCE = 8;
const LONGEST_MS = 600_000;

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

/** Executions of the native flow in n8n's database, by state; n8n deletes each that ends well. */
export class Executions {
	private readonly database: DatabaseSync;

	constructor(file: string) {
		this.database = new DatabaseSync(file, { timeout: 5_000 });
	}

	/** `states` as n8n names them: 'new', 'running', 'waiting', 'error', 'crashed'. */
	count(states: string[]): number {
		const row = this.database.prepare(`select count(*) as n from execution_entity where workflowId = ? and deletedAt is null and status in (${states.map(() => '?').join()})`).get(NATIVE.id, ...states);
		return Number(row?.n ?? 0);
	}

	async allWaiting(executions: number): Promise<void> {
		await until('all contacts wait in the database of n8n', () => this.count(['waiting']) === executions);
	}

	/** Moves the end of all waits to one moment, as on our side, and answers with it: late enough for n8n to notice. */
	endWaitsTogether(): number {
		const dueMs = systemClock.nowMs() + NOTICED_MS;
		const asN8nWritesIt = new Date(dueMs).toISOString().replace('T', ' ').replace('Z', '');
		this.database.prepare(`update execution_entity set waitTill = ? where workflowId = ? and status = 'waiting'`).run(asN8nWritesIt, NATIVE.id);
		return dueMs;
	}

	close(): void {
		this.database.close();
	}
}

/** The time from dueMs until none of the executions is left. */
export async function resumeEach(all: Executions, dueMs: number, meter: () => number | null): Promise<{ wallMs: number; cpuMs: number | null }> {
	await sleep(dueMs - systemClock.nowMs() - 50);
	const cpuBefore = meter();
	await until('all executions have resumed', () => all.count(['new', 'running', 'waiting']) === 0);
	const wallMs = systemClock.nowMs() - dueMs;
	const cpuAfter = meter();
	const failed = all.count(['error', 'crashed', 'canceled']);
	if (failed > 0) throw new Error(`${failed} executions of the baseline failed.`);
	return { wallMs, cpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore };
}

async function until(what: string, check: () => boolean): Promise<void> {
	const deadline = performance.now() + LONGEST_MS;
	while (!check()) {
		if (performance.now() > deadline) throw new Error(`Waited ${LONGEST_MS / 1000} s until ${what}.`);
		await sleep(50);
	}
}
