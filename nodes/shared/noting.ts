import type { IExecuteFunctions } from 'n8n-workflow';

import type { CallingExecution, Engine } from '../../engine';
import { executionsOf } from './execution';
import { PEOPLE } from './people';

/** Beyond it the engine names nobody of an execution any more (engine/privacy/note-execution.ts). */
const MOST_NAMED = 100;

type Method = (...args: unknown[]) => Promise<unknown>;
type Read = (answer: unknown) => ReadonlyArray<number | null> | null;

/** An engine that notes, before it answers, which people the calling execution has by its answer. */
export interface NotingEngine {
	engine: Engine;
	/** Notes what the calls since then have gathered; only where `gather` was asked for. */
	flush(): Promise<void>;
}

/**
 * What comes out of the engine in an execution is kept by n8n, and an erasure has to say where. gather: notes are written by flush(), one for many calls;
 * else with each call, which is one a batch.
 */
export function noting(engine: Engine, context: IExecuteFunctions, { gather = false } = {}): NotingEngine {
	const notes = new Notes(engine, executionsOf(context));
	const domains = new Map<string, unknown>();
	const noted = new Proxy(engine, {
		get: (target, name) => {
			const domain: unknown = Reflect.get(target, name);
			if (typeof name !== 'string' || !Object.hasOwn(PEOPLE, name)) return typeof domain === 'function' ? (domain as Method).bind(target) : domain;
			const known = domains.get(name) ?? domainOf(domain as object, PEOPLE[name as keyof typeof PEOPLE] as unknown as Record<string, Read>, notes, gather);
			domains.set(name, known);
			return known;
		},
	});
	return { engine: noted, flush: () => notes.write() };
}

function domainOf(domain: object, reads: Record<string, Read>, notes: Notes, gather: boolean): object {
	return new Proxy(domain, {
		get: (target, name) => {
			const method: unknown = Reflect.get(target, name);
			const read = typeof name === 'string' && Object.hasOwn(reads, name) ? reads[name] : undefined;
			if (typeof method !== 'function' || read === undefined) return method;
			return async (...args: unknown[]) => {
				const answer = await (method as Method).apply(target, args);
				notes.add(read(answer));
				if (!gather) await notes.write();
				return answer;
			};
		},
	});
}

class Notes {
	private readonly people = new Set<number>();
	private readonly noted = new Set<number>();
	private anybody = false;
	private anybodyNoted = false;

	constructor(private readonly engine: Engine, private readonly executions: CallingExecution[]) {}

	add(people: ReadonlyArray<number | null> | null): void {
		if (people === null) this.anybody = true;
		else for (const profile of people) if (profile !== null && !this.noted.has(profile) && this.people.size <= MOST_NAMED) this.people.add(profile);
		if (this.people.size + this.noted.size > MOST_NAMED) this.anybody = true;
	}

	async write(): Promise<void> {
		if (this.executions.length === 0 || this.anybodyNoted || (!this.anybody && this.people.size === 0)) return;
		const people = this.anybody ? null : [...this.people];
		this.people.clear();
		this.anybodyNoted = this.anybody;
		for (const profile of people ?? []) this.noted.add(profile);
		await this.engine.privacy.noteExecutions(this.executions, people);
	}
}
