import type { EngineApi } from '../../../../engine/api';
import type { StepRef, WaitUntil } from '../../../../engine/journeys/types';
import type { GateItem, GateRequest } from '../../../../engine/messages/types';
import type { Mailbox } from '../../messages/mailbox';
import { outputsOf, Walk, type Leg, type Person } from '../walk';
import { HOUR_MS, MINUTE_MS } from '../world';

/*
 * The workflow that all stories play: several triggers, a fork into a path with a wait and a mail and one with a throttle and a gate, which meet
 * at a join; behind it a mail and a wait. A leg is a generator that stands still between two calls of the engine: whatever else a story
 * tells comes in between, and a leg that is dropped is an execution that died there.
 */

export const TRIGGERS = ['signed', 'daily', 'birthday', 'enrolled', 'silent', 'gold'] as const;
export type TriggerName = (typeof TRIGGERS)[number];

export interface GivenOut {
	message: string;
	enrollment: number;
	profile: number;
}

/** What the people of a trigger await on the first path. */
const AWAITED: Record<TriggerName, WaitUntil> = {
	signed: { event: 'Clicked' },
	daily: { kind: 'segment', segment: 'Gold', change: 'entered' },
	birthday: { kind: 'attribute', attribute: 'appointment', missing: 'wait' },
	enrolled: { kind: 'consent', channel: 'sms', state: 'subscribed' },
	silent: { kind: 'time', at: '15:00' },
	gold: { kind: 'best' },
};

export class Canvas {
	readonly walk: Walk;
	constructor(readonly engine: Pick<EngineApi, 'journeys' | 'messages'>, private readonly mailbox: Mailbox, private readonly givenOut: (out: GivenOut) => void) {
		this.walk = new Walk(engine);
	}

	step(name: string): StepRef {
		return this.walk.step(name, TYPES[name] ?? 'trigger');
	}

	/** One execution at this step; null: nobody was due. */
	async begin(name: string, limit: number, leaseMs: number): Promise<AsyncGenerator<void, void> | null> {
		const { nonce, people } = await this.walk.claim(this.step(name), { limit, leaseMs });
		return people.length === 0 ? null : this.leg(name, nonce, people);
	}

	private async *leg(name: string, nonce: string, claimed: readonly Person[]): AsyncGenerator<void, void> {
		yield;
		const leg = await this.walk.begin(nonce, claimed, { steps: Object.keys(TYPES) });
		yield;
		if ((TRIGGERS as readonly string[]).includes(name)) yield* this.fork(name as TriggerName, leg);
		else if (name.startsWith('wait ')) yield* this.firstMail(await this.passed(name, leg.people));
		else if (name === 'first mail') yield* this.firstMail(leg.people);
		else if (name === 'throttle') await this.engine.messages.gateEnter(this.step('gate'), itemsOf(await this.passed(name, leg.people)));
		else if (name === 'gate') yield* this.gate(leg.people);
		else if (name === 'join') yield* this.lastMail(await this.passed(name, leg.people));
		else if (name === 'last mail') yield* this.lastMail(leg.people);
		else if (name === 'last wait') await this.passed(name, leg.people);
		yield;
		await this.walk.settle(leg);
	}

	/** Who came out of a wait, of whatever output; a step remembers it. */
	private async passed(name: string, people: readonly Person[]): Promise<Person[]> {
		if (people.length === 0) return [];
		return (await this.walk.route(this.step(name), people, ({ outcome }) => (outcome === 'timeout' ? 1 : 0))).flat();
	}

	private async *fork(trigger: TriggerName, { people }: Leg): AsyncGenerator<void, void> {
		if (people.length === 0) return;
		const until = AWAITED[trigger];
		const delayMs = 'event' in until || ['segment', 'consent', 'message'].includes(until.kind) ? 30 * HOUR_MS : null;
		await this.walk.wait(this.step(`wait ${trigger}`), people, { until, delayMs });
		yield;
		await this.walk.throttle(this.step('throttle'), people, { people: 3, perMs: 10 * MINUTE_MS });
	}

	private async *firstMail(people: readonly Person[]): AsyncGenerator<void, void> {
		if (people.length === 0) return;
		const { sent, notSent } = await this.walk.email(this.step('first mail'), people, this.mailbox.mail({ purpose: 'marketing' }));
		yield;
		const on = [...sent, ...notSent];
		if (on.length > 0) await this.walk.join(this.step('join'), on, 'mail', { timeoutMs: 50 * HOUR_MS });
	}

	private async *lastMail(people: readonly Person[]): AsyncGenerator<void, void> {
		if (people.length === 0) return;
		const { sent, notSent } = await this.walk.email(this.step('last mail'), people, this.mailbox.mail({ purpose: 'marketing' }));
		yield;
		const on = [...sent, ...notSent];
		if (on.length > 0) await this.walk.wait(this.step('last wait'), on, { until: { kind: 'message', happened: 'opened' }, delayMs: 24 * HOUR_MS });
	}

	private async *gate(people: readonly Person[]): AsyncGenerator<void, void> {
		if (people.length === 0) return;
		const items = itemsOf(people);
		const request: GateRequest = { step: this.step('gate'), channel: 'chat', service: 'Slack', purpose: 'marketing', topic: '', answerWithinMs: 10 * MINUTE_MS };
		const opened = await this.engine.messages.gateOpen(request, items);
		const left = opened.filter(({ stamp, outcome }) => stamp !== undefined && outcome !== 'ready');
		const queue = opened.filter(({ outcome }) => outcome === 'ready').map(({ index }) => items[index] as GateItem);
		yield;
		let turn = await this.engine.messages.gateTurn(request, { answer: null, queue });
		for (;;) {
			left.push(...turn.results.filter(({ stamp }) => stamp !== undefined));
			const { out } = turn;
			if (out === null) break;
			const item = items[out.index] as GateItem;
			this.givenOut({ message: out.message, enrollment: item.stamp.enrollment, profile: item.stamp.profile });
			yield;
			turn = await this.engine.messages.gateTurn(request, {
				answer: { item, message: out.message, nonce: out.nonce, failed: item.stamp.enrollment % 5 === 0 ? 'no such user' : null }, queue: queue.slice(queue.indexOf(item) + 1),
			});
		}
		yield;
		const on = new Set(await this.engine.messages.gateLeave(this.step('gate'), items.filter(({ index }) => left.some((result) => result.index === index))));
		yield;
		const going = outputsOf(people, left.filter(({ index }) => on.has(index)).map(({ index, stamp }) => ({ index, alive: true, stamp: stamp ?? (people[index] as Person).stamp, output: 0 }))).flat();
		if (going.length > 0) await this.walk.join(this.step('join'), going, 'gate', { timeoutMs: 50 * HOUR_MS });
	}
}

export const TYPES: Record<string, string> = {
	...Object.fromEntries(TRIGGERS.map((name) => [name, 'trigger'])),
	'wait signed': 'waitForEvent', 'wait daily': 'waitForEvent', 'wait birthday': 'wait', 'wait enrolled': 'waitForEvent', 'wait silent': 'wait', 'wait gold': 'wait',
	'first mail': 'email', throttle: 'throttle', gate: 'anyChannel', join: 'join', 'last mail': 'email', 'last wait': 'waitForEvent',
};

function itemsOf(people: readonly Person[]): GateItem[] {
	return people.map(({ stamp, json }, index) => ({ index, stamp, item: { ...json } }));
}
