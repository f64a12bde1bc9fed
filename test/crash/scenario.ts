import type { LocalEngine } from '../../engine/engine';
import type { TrackingMessage } from '../../engine/events/types';
import type { BestChannelRequest, GateAnswer, GateItem, GateRequest, GateTurn } from '../../engine/messages/types';
import type { Leg, Person } from '../engine/journeys/walk';
import { Player, type Served } from './player';
import { ENTRY_EVENT, mailOf, numberOf, type ScenarioOptions } from './story';

const HOUR_MS = 3_600_000;
/** Longer than any way but that of who waits to the end of days. */
const LIMIT_MS = 24 * HOUR_MS;
/** Of mailOf. */
const CONNECTIONS = 5;

export const HOURS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.25, 2.5, 2.75, 3, 3.25, 4, 5.5, 6.5, 7.25, 8, 8.5, 9, 11, 11.5, 12, 14, 30];

/**
 * A journey with every kind of step: trigger -> welcome mail -> wait for the click or six hours;
 * clicked: filter, those with the plan pro reach a goal and fork: an offer three hours later, and a turn at a throttle; both paths meet at a join,
 * behind which another node tells them something; the others wait two hours;
 * timed out: a reminder, two hours, and every second person leaves by an exit, and a tenth waits until the time limit. An order is a goal and ends it for everyone at once.
 * Beside it three short ones, in the second of which everybody is written to by the channel that reaches them, that people come into by name, by a date of theirs and by a broadcast. From the first somebody moves half of them on by
 * hand, and takes the other half out.
 */
export class Scenario extends Player {
	protected readonly served: readonly Served[];

	constructor(engine: LocalEngine, options: ScenarioOptions) {
		super(engine, options);
		const mail = (name: string, next: (people: Person[]) => Promise<void>) => ({ step: this.step(name, 'email'), run: async ({ people }: Leg) => this.email(name, people, next) });
		this.served = [
			{ step: this.step('trigger', 'trigger'), run: async ({ people }) => this.email('welcome', await this.route('trigger', people), (sent) => this.awaitClick(sent)) },
			{ step: this.step('click', 'waitForEvent'), run: (leg) => this.afterClick(leg.people) },
			{ step: this.step('offer-wait', 'wait'), run: async ({ people }) => this.email('offer', await this.route('offer-wait', people), (sent) => this.arrive('offer', sent)) },
			{ step: this.step('slow', 'throttle'), run: async ({ people }) => this.arrive('slow', await this.route('slow', people)) },
			{ step: this.step('meet', 'join'), run: (leg) => this.afterMeeting(leg.people) },
			{ step: this.step('tell', 'anyChannel'), run: (leg) => this.tell(leg.people) },
			{ step: this.step('last-wait', 'wait'), run: async ({ people }) => this.leave(await this.route('last-wait', people)) },
			mail('welcome', (sent) => this.awaitClick(sent)),
			mail('reminder', (sent) => this.park('last-wait', sent, 2 * HOUR_MS)),
			mail('offer', (sent) => this.arrive('offer', sent)),
			{ step: this.step('gift', 'trigger'), run: async ({ people }) => this.park('wrap', await this.route('gift', people), 1_000 * HOUR_MS) },
			{ step: this.step('renewal', 'trigger'), run: async ({ people }) => this.best(await this.route('renewal', people)) },
			{ step: this.step('renewed', 'email'), run: async ({ people }) => this.renew(people) },
			...[this.step('ribbon', 'wait'), this.step('broadcast', 'trigger')].map((step) => ({ step, run: async ({ people }: Leg) => void (await this.route(step.step, people)) })),
		];
	}

	async register(): Promise<void> {
		await this.engine.collector.configure({ writeKeys: { key: 'site' }, publicUrl: 'https://n8n.example/webhook/journeys', port: null, workflow: 'collector' });
		await this.walk.register(this.step('trigger', 'trigger'), {
			entry: { kind: 'event', match: { event: ENTRY_EVENT } }, reEntry: 'never', exitOn: { event: 'Ordered' }, fields: ['number'], onFailure: 'retry',
			exits: { afterMs: LIMIT_MS }, goals: [{ name: 'Ordered', match: { event: 'Ordered' }, withinMs: LIMIT_MS }],
		});
		await this.walk.register(this.step('gift', 'trigger'), { entry: { kind: 'enroll' }, fields: ['number'] });
		await this.engine.journeys.beat(this.step('ribbon', 'wait'));
		await this.walk.register(this.step('renewal', 'trigger'), { entry: { kind: 'date', attribute: 'renews', yearly: true, offsetDays: 0, at: '12:30' }, fields: ['number'] });
		await this.walk.register(this.step('broadcast', 'trigger'), {
			entry: { kind: 'schedule', when: { at: '2026-03-02T13:30:00Z' }, people: { rule: { attribute: 'number', operator: 'less', value: 20 } }, localTime: false }, fields: ['number'],
		});
	}

	async outside(hour: number): Promise<void> {
		const numbers = Array.from({ length: this.options.people }, (_, n) => n);
		if (hour === 0) for (const half of [numbers.filter((n) => n % 2 === 0), numbers.filter((n) => n % 2 === 1)]) await this.ingest(half.flatMap(signUp));
		// Nobody is due in between: what is paused is the same in every life, wherever it was cut.
		if (hour === 0.25) await this.engine.journeys.pause({ workflow: 'wf' }, 'a look at the mail');
		if (hour === 0.5) await this.engine.journeys.resume({ workflow: 'wf' });
		if (hour === 0) await this.enroll(numbers.filter((n) => n % 4 === 0));
		if (hour === 1) await this.ingest(numbers.filter((n) => n % 10 === 4).map((n) => ({ ...track(n, 'Ordered') })));
		if (hour === 2) await this.ingest(numbers.filter((n) => n % 3 === 0).map((n) => track(n, 'Email Link Clicked')));
		if (hour === 3) await this.optOut(numbers.filter((n) => n % 7 === 1 || n === 6));
		if (hour === 3.25) {
			await this.engine.journeys.move({ workflow: 'wf', step: 'wrap', to: 'ribbon', people: await this.idsOf(numbers.filter((n) => n % 8 === 0)) });
			await this.engine.journeys.exitPeople({ workflow: 'wf', step: 'wrap', people: await this.idsOf(numbers.filter((n) => n % 8 === 4)), reason: 'out of ribbon' });
		}
	}

	private async awaitClick(people: Person[]): Promise<void> {
		await this.walk.park(this.step('click', 'waitForEvent'), people, 6 * HOUR_MS, { event: 'Email Link Clicked' });
	}

	private async afterClick(people: Person[]): Promise<void> {
		const [continued, timedOut] = await this.walk.resume(this.step('click', 'waitForEvent'), people);
		this.note('click', continued, 'continued');
		this.note('click', timedOut, 'timed out');
		const [pro, others] = await this.walk.filter(this.step('pro', 'filter'), continued, { rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		this.note('pro', pro, 'in');
		this.note('pro', others, 'out');
		// From here on the live answer is another one: only what is remembered sends a replay the same way.
		await this.engine.profiles.upsert(pro.map(({ stamp }) => ({ profileId: stamp.profile, attributes: { plan: 'lapsed' } })), { source: 'site' });
		this.note('goal', await this.walk.goal(this.step('goal', 'goal'), pro, { name: 'Engaged', value: '5.00', currency: 'EUR' }), 'reached');
		await this.park('offer-wait', pro, 3 * HOUR_MS);
		if (pro.length > 0) await this.walk.throttle(this.step('slow', 'throttle'), pro, { people: 2, perMs: HOUR_MS });
		await this.park('last-wait', others, 2 * HOUR_MS);
		await this.email('reminder', timedOut, (sent) => this.park('last-wait', sent, 2 * HOUR_MS));
	}

	private async arrive(path: string, people: Person[]): Promise<void> {
		if (people.length > 0) await this.walk.join(this.step('meet', 'join'), people, path);
	}

	/** Whose offer was not sent, for want of consent, comes by one path only: as soon as nothing else of the run is under way. */
	private async afterMeeting(people: Person[]): Promise<void> {
		const [met, alone] = await this.walk.resume(this.step('meet', 'join'), people);
		this.note('meet', met, 'met');
		this.note('meet', alone, 'alone');
		const both = [...met, ...alone];
		if (both.length > 0) await this.engine.messages.gateEnter(this.step('tell', 'anyChannel'), both.map(({ stamp, json }, index) => ({ index, stamp, item: json })));
	}

	/** The loop of a Journey Any Channel: one out, its answer, the next. */
	private async tell(people: Person[]): Promise<void> {
		if (people.length === 0) return;
		const { messages } = this.engine;
		const request: GateRequest = { step: this.step('tell', 'anyChannel'), channel: 'chat', service: 'test', purpose: 'transactional', topic: '', answerWithinMs: 5 * 60_000 };
		const items = people.map(({ stamp, json }, index): GateItem => ({ index, stamp, item: json }));
		const results = await messages.gateOpen(request, items);
		let queue = items.filter(({ index }) => results[index]?.outcome === 'ready');
		let answer: GateAnswer | null = null;
		while (answer !== null || queue.length > 0) {
			const { results: ended, out }: GateTurn = await messages.gateTurn(request, { answer, queue });
			results.push(...ended);
			queue = out === null ? [] : queue.slice(queue.findIndex(({ index }) => index === out.index) + 1);
			const item = out === null ? undefined : items[out.index];
			answer = out === null || item === undefined ? null : { item, message: out.message, nonce: out.nonce, failed: null };
		}
		const told = new Set(results.filter(({ outcome }) => outcome === 'sent' || outcome === 'unknown').map(({ index }) => index));
		const left = await messages.gateLeave(request.step, items.filter(({ index }) => told.has(index)));
		this.note('tell', left.flatMap((index) => people[index] ?? []), 'told');
	}

	/** The loop of a Journey Best Channel: past the channel for which nobody has an address, out by mail, and back with what became of it. No cap is asked: who came first would be another one after a crash. */
	private async best(people: Person[]): Promise<void> {
		if (people.length === 0) return;
		const request: BestChannelRequest = { step: this.step('best', 'bestChannel'), channels: [{ channel: 'sms' }, { channel: 'email' }], purpose: 'transactional', topic: '', order: 'given', engagedWithinMs: LIMIT_MS, deliveryWithinMs: null, unknown: 'asSent' };
		const results = await this.engine.messages.bestChannel(request, people.map(({ stamp, json }, index) => ({ index, stamp, item: json })));
		const of = (is: string) => results.flatMap(({ index, outcome, stamp }) => (outcome === is && stamp !== undefined && people[index] !== undefined ? [{ ...people[index], stamp }] : []));
		for (const is of ['channel', 'reached', 'notReached']) this.note('best', of(is), is);
		await this.renew(of('channel'));
	}

	private async renew(people: Person[]): Promise<void> {
		// No more at a time than the connections: of more it would not be known after a crash.
		for (let from = 0; from < people.length; from += CONNECTIONS) await this.renewSome(people.slice(from, from + CONNECTIONS));
	}

	private async renewSome(people: Person[]): Promise<void> {
		const { sent, notSent } = await this.walk.email(this.step('renewed', 'email'), people, { ...mailOf('renewed', this.options.smtpPort), purpose: 'transactional', topic: '' });
		await this.best([...sent, ...notSent]);
	}

	private async leave(people: Person[]): Promise<void> {
		await this.walk.exit(this.step('exit', 'exit'), people.filter((person) => numberOf(person) % 2 === 0), 'Not a fit');
		await this.park('for-ever', people.filter((person) => numberOf(person) % 10 === 9), 1_000 * HOUR_MS);
	}

	private async ingest(batch: TrackingMessage[]): Promise<void> {
		const { rejected } = await this.engine.events.ingest(batch, { source: 'site', own: true });
		if (rejected.length > 0) throw new Error(`Refused: ${rejected[0]?.reason}`);
	}

	private async enroll(numbers: number[]): Promise<void> {
		const people = numbers.map((n) => ({ kind: 'user_id', value: `u${n}`, data: { gift: n } }));
		const answers = await this.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'gift' }, people, requestId: 'gifts' });
		const refused = answers.find(({ outcome }) => outcome === 'refused');
		if (refused !== undefined) throw new Error(`Refused: ${refused.reason}`);
	}

	private async idsOf(numbers: number[]): Promise<number[]> {
		const found = await Promise.all(numbers.map((n) => this.engine.profiles.get({ kind: 'user_id', value: `u${n}` })));
		return found.flatMap((profile) => (profile === null ? [] : [profile.id]));
	}

	private async optOut(numbers: number[]): Promise<void> {
		const found = await Promise.all(numbers.map((n) => this.engine.profiles.get({ kind: 'user_id', value: `u${n}` })));
		// A second time would move the moment of the opt-out, and so hide an attempt after it from the check.
		const fresh = found.flatMap((profile) => (profile === null || profile.consents.length > 0 ? [] : [profile.id]));
		if (fresh.length > 0) await this.engine.consent.set(fresh.map((profile) => ({ profile, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'one-click' })));
	}
}

function signUp(n: number): TrackingMessage[] {
	return [
		{ type: 'identify', userId: `u${n}`, messageId: `identify-${n}`, traits: { email: `p${n}@customer.example`, number: n, plan: n % 2 === 0 ? 'pro' : 'free', ...(n % 3 === 0 ? { renews: '2020-03-02' } : {}) } },
		track(n, ENTRY_EVENT),
	];
}

function track(n: number, event: string): TrackingMessage {
	return { type: 'track', event, userId: `u${n}`, messageId: `${event}-${n}` };
}
