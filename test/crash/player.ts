import type { LocalEngine } from '../../engine/engine';
import type { ExecutionOutcome, StepRef } from '../../engine/journeys/types';
import { Walk, type Leg, type Person } from '../engine/journeys/walk';
import { mailOf, numberOf, type ScenarioOptions, type Story } from './story';

export const LEASE_MS = 30_000;

/** A step whose people are served, and what an execution does with them; without an outcome it ended well. */
export interface Served {
	step: StepRef;
	run(leg: Leg): Promise<ExecutionOutcome | void>;
}

/** Plays n8n in a story: claims, runs and settles what is due at its steps, and notes who passed which of them. */
export abstract class Player implements Story {
	protected readonly walk: Walk;
	protected abstract readonly served: readonly Served[];

	constructor(protected readonly engine: LocalEngine, protected readonly options: ScenarioOptions) {
		this.walk = new Walk(engine);
	}

	abstract register(): Promise<void>;
	abstract outside(hour: number): Promise<void>;

	async pump(): Promise<void> {
		for (let moved = true; moved;) {
			moved = false;
			for (const { step, run } of this.served) {
				const leg = await this.walk.start(step, { limit: 20, leaseMs: LEASE_MS, steps: this.served.map((one) => one.step.step) });
				if (leg.people.length === 0) continue;
				moved = true;
				await this.play(leg, run);
			}
		}
		await this.engine.tick();
	}

	/** One execution, behind its receipt. */
	protected async play(leg: Leg, run: Served['run']): Promise<void> {
		await this.walk.settle(leg, (await run(leg)) ?? { kind: 'success' });
	}

	protected step(name: string, type: string): StepRef {
		return this.walk.step(name, type);
	}

	protected async route(name: string, people: Person[]): Promise<Person[]> {
		const [passed = []] = await this.walk.route(this.step(name, 'wait'), people);
		this.note(name, passed, 'passed');
		return passed;
	}

	protected async park(name: string, people: Person[], delayMs: number): Promise<void> {
		if (people.length > 0) this.note(name, await this.walk.park(this.step(name, 'wait'), people, delayMs), 'parked');
	}

	protected async email(name: string, people: Person[], next: (sent: Person[]) => Promise<void>): Promise<void> {
		if (people.length === 0) return;
		const { sent, notSent } = await this.walk.email(this.step(name, 'email'), people, mailOf(name, this.options.smtpPort));
		this.note(name, sent, 'sent');
		this.note(name, notSent, 'not sent');
		await next(sent);
	}

	protected note(step: string, people: readonly Person[], outcome: string): void {
		if (people.length > 0) this.options.passed(people.map((person) => ({ person: numberOf(person), token: person.stamp.token, step, trail: person.stamp.trail, outcome })));
	}
}
