import { sql } from 'kysely';

import type { LocalEngine } from '../../engine/engine';
import { resume } from '../../engine/journeys/admission/resume';
import type { ExecutionOutcome, JourneyConfig, StepRef } from '../../engine/journeys/types';
import type { Leg, Person } from '../engine/journeys/walk';
import { LEASE_MS, Player, type Served } from './player';
import { ENTRY_EVENT, numberOf, type ScenarioOptions } from './story';

const HOUR_MS = 3_600_000;
const LIST = 'vip';
const SEGMENT = 'Recent';
/** Whoever pauses a journey of twenty people has them moved in several transactions. */
const RESUME_SLICE = 5;
const ALERTS = { workflow: 'alerts', step: 'listener' };

export const HOURS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 4.5, 5, 5.5, 6, 7, 8, 9, 10, 12, 15, 17, 22, 25, 29, 30];

/**
 * What happens around the life of a token: a rate and a pause, a split, a join that needs fewer paths, a failure and its repetition, a stop of all sending, an edited time
 * limit, alerts that are told, an approval with one answer for several, and every way in that is not an event or a name: a list, a stage, a segment that time ends, a mail that nobody opens, a broadcast by
 * local time. Two people are made one and two again, one is erased.
 *
 * People 0 to 19 sign up. Even: a letter, a nap of two hours that fails until hour five, a second mail. Odd: a join that waits for its other path.
 */
export class Surroundings extends Player {
	protected readonly served: readonly Served[];

	constructor(engine: LocalEngine, options: ScenarioOptions) {
		super(engine, options);
		const passes = (name: string) => ({ step: this.trigger(name), run: async ({ people }: Leg) => void (await this.route(name, people)) });
		this.served = [
			{ step: this.trigger('begin'), run: ({ people }) => this.begin(people) },
			{ step: this.trigger('trial'), run: ({ people }) => this.split(people) },
			{ step: this.step('letter', 'email'), run: ({ people }) => this.email('letter', people, (sent) => this.park('nap', sent, 2 * HOUR_MS)) },
			{ step: this.step('nap', 'wait'), run: ({ people }) => this.afterNap(people) },
			{ step: this.step('second', 'email'), run: ({ people }) => this.email('second', people, async () => undefined) },
			{ step: this.step('both', 'join'), run: async ({ people }) => void (await this.route('both', people)) },
			{ step: this.trigger('visit'), run: async ({ people }) => this.park('stay', await this.route('visit', people), 8 * HOUR_MS) },
			{ step: this.step('stay', 'wait'), run: async ({ people }) => void (await this.route('stay', people)) },
			{ step: this.trigger('asked'), run: ({ people }) => this.askThem(people) },
			...['unopened', 'listed', 'staged', 'faded', 'locals'].map(passes),
		];
	}

	private trigger(name: string): StepRef {
		return this.step(name, 'trigger');
	}

	private hour(): number {
		return (this.options.clock.nowMs() - this.options.startMs) / HOUR_MS;
	}

	async register(): Promise<void> {
		const { collector, lists, segments, scores, journeys, experiments, alerts } = this.engine;
		await collector.configure({ writeKeys: { key: 'site' }, publicUrl: 'https://n8n.example/webhook/journeys', port: null, workflow: 'collector' });
		if ((await lists.get(LIST)) === null) await lists.create(LIST);
		// Saved again, it would begin anew, and whoever time takes out of it meanwhile would start nothing.
		if ((await segments.get(SEGMENT)) === null) await segments.save({ name: SEGMENT, rule: { event: ENTRY_EVENT, withinSeconds: 10_800 }, wait: true });
		await scores.defineStages({ stages: [{ name: 'lead' }, { name: 'customer' }] });
		await this.publish('begin', { entry: { kind: 'event', match: { event: ENTRY_EVENT } }, reEntry: 'never', entryRate: { people: 4, perMs: HOUR_MS / 6 }, exits: { afterMs: (this.hour() < 6 ? 40 : 20) * HOUR_MS } });
		await this.publish('trial', { entry: { kind: 'event', match: { event: ENTRY_EVENT } }, reEntry: 'never' });
		await this.publish('visit', { entry: { kind: 'enroll' } });
		await this.publish('asked', { entry: { kind: 'enroll' } });
		await this.publish('unopened', { entry: { kind: 'message', happened: 'notOpened', workflow: 'wf', step: 'letter', withinMs: 2 * HOUR_MS } });
		await this.publish('listed', { entry: { kind: 'segment', segment: LIST } });
		await this.publish('staged', { entry: { kind: 'stage', stage: 'customer' } });
		await this.publish('faded', { entry: { kind: 'segment', segment: SEGMENT, change: 'left' } });
		await this.publish('locals', { entry: { kind: 'schedule', when: { at: '2026-03-03T08:00' }, people: { rule: { attribute: 'number', operator: 'less', value: 6 } }, localTime: true } });
		await experiments.register(this.step('split', 'split'), SPLIT);
		await journeys.setNeeded(this.step('both', 'join'), this.hour() < 4 ? 2 : 1);
		await journeys.setThrottle(this.step('turns', 'throttle'), { people: 10, perMs: HOUR_MS });
		await journeys.noteDrawing({ workflow: 'wf', steps: [{ step: 'nap', name: 'Nap', to: ['second'], sends: false }, { step: 'second', name: 'Second', to: [], sends: true }] });
		await journeys.asks(this.step('sieve', 'filter'), { rule: { list: LIST } });
		await alerts.listen(ALERTS, { kinds: [], workflows: [], resolved: true });
	}

	private async publish(name: string, config: Partial<JourneyConfig> & Pick<JourneyConfig, 'entry'>): Promise<void> {
		await this.walk.register(this.trigger(name), { fields: ['number'], ...config });
	}

	async outside(hour: number): Promise<void> {
		const { events, journeys, lists, scores, profiles, privacy, experiments, alerts } = this.engine;
		const numbers = Array.from({ length: 20 }, (_, n) => n);
		if (hour === 0) {
			const { rejected } = await events.ingest(numbers.flatMap(signUp), { source: 'site', own: true });
			if (rejected.length > 0) throw new Error(`Refused: ${rejected[0]?.reason}`);
			await journeys.pause({ workflow: 'wf', journeyStep: 'begin' }, 'a wrong price');
		}
		if (hour === 0.5) await resume(this.engine.store, { workflow: 'wf', journeyStep: 'begin' }, { slice: RESUME_SLICE });
		if (hour === 1) await this.meetVisitors();
		if (hour === 2) await lists.add(LIST, numbers.slice(0, 5).map(user));
		if (hour === 2) await scores.setStages(numbers.slice(5, 10).map((n) => ({ whose: user(n), stage: 'customer' })), { who: 'sales' });
		const isOne = (await profiles.get(VISITOR))?.id === (await profiles.get(user(22)))?.id;
		if (hour === 3 && !isOne) await profiles.merge(user(22), VISITOR);
		if (hour === 4) await journeys.setNeeded(this.step('both', 'join'), 1);
		if (hour === 4.5) await journeys.stopSending('a look at the mail');
		if (hour === 5) await journeys.retryHeld({ workflow: 'wf' });
		if (hour === 5.5) await journeys.resumeSending();
		if (hour === 6) await privacy.erasePerson(user(23), { source: 'api' });
		if (hour === 6) await this.publish('begin', { entry: { kind: 'event', match: { event: ENTRY_EVENT } }, reEntry: 'never', entryRate: { people: 4, perMs: HOUR_MS / 6 }, exits: { afterMs: 20 * HOUR_MS } });
		if (hour === 8) await journeys.enroll({ journey: { workflow: 'wf', step: 'asked' }, people: numbers.slice(10, 13).map(user), requestId: 'questions' });
		if (hour === 9) await this.oneAnswer();
		if (hour === 7 && isOne) await profiles.unmerge(user(22));
		if (hour === 10) await journeys.retryHeld({ workflow: 'wf' });
		if (hour === 10) await experiments.restart({ workflow: 'wf', step: 'split' });
		await alerts.look();
	}

	/** One who is known by two ids, and one who is to be forgotten: a repetition of the call must not bring them back. */
	private async meetVisitors(): Promise<void> {
		const forgotten = this.hour() >= 6;
		await this.engine.profiles.upsert([
			{ identities: [user(22)] }, { identities: [VISITOR], attributes: { number: 122 } }, ...(forgotten ? [] : [{ identities: [user(23)], attributes: { number: 23 } }]),
		], { source: 'shop' });
		await this.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'visit' }, people: [VISITOR, ...(forgotten ? [] : [user(23)])], requestId: 'visits' });
	}

	override async pump(): Promise<void> {
		for (const { step } of this.served) await this.engine.journeys.beat(step);
		await super.pump();
		await this.tell();
	}

	protected override async play(leg: Leg, run: Served['run']): Promise<void> {
		await this.engine.journeys.renew(leg.nonce, LEASE_MS);
		await super.play(leg, run);
	}

	private async tell(): Promise<void> {
		const { nonce, news } = await this.engine.alerts.next(ALERTS, { leaseMs: LEASE_MS });
		if (news.length === 0) return;
		await this.engine.alerts.renew(nonce, LEASE_MS);
		await this.engine.alerts.settle(nonce, true);
	}

	private async begin(people: Person[]): Promise<void> {
		const all = await this.route('begin', people);
		await this.email('letter', all.filter((person) => numberOf(person) % 2 === 0), (sent) => this.park('nap', sent, 2 * HOUR_MS));
		const odd = all.filter((person) => numberOf(person) % 2 === 1);
		if (odd.length > 0) await this.walk.join(this.step('both', 'join'), odd, 'left');
		await this.park('other', odd, 1_000 * HOUR_MS);
	}

	/** Which path it is hangs on the person's id, which a crash may have changed; that it stays the same does not. */
	private async split(people: Person[]): Promise<void> {
		const results = await this.engine.experiments.split(this.step('split', 'split'), people.map(({ stamp }, index) => ({ index, stamp })), SPLIT);
		for (const { index, alive, name } of results) if (alive) this.note('split', people.slice(index, index + 1), name ?? '');
	}

	private async afterNap(people: Person[]): Promise<ExecutionOutcome | void> {
		if (this.hour() < 5) return { kind: 'failed', reason: 'the service is down' };
		await this.email('second', await this.route('nap', people), async () => undefined);
	}

	/** In an approval until hour nine. */
	private async askThem(people: Person[]): Promise<ExecutionOutcome | void> {
		if (this.hour() < 9) return { kind: 'waiting', untilMs: null };
		await this.route('asked', people);
	}

	/** One answer for all of them: a step behind the approval comes to an error, of which n8n says nothing. They are held, and go on when that is repeated. */
	private async oneAnswer(): Promise<void> {
		const away = await this.engine.store.read((reader) => reader.all(sql<{ nonce: string }>`select distinct nonce from token where state = 'away'`));
		for (const { nonce } of away) await this.engine.journeys.breakOff({ nonce, workflow: 'wf', reason: 'whose answer it is cannot be told' });
	}
}

const SPLIT = { mode: 'experiment' as const, paths: [{ name: 'a' }, { name: 'b' }], unit: 'person' as const, metric: { kind: 'event' as const, match: { event: 'Ordered' } }, windowMs: HOUR_MS };
const VISITOR = { kind: 'crm', value: 'c22' };
const user = (n: number) => ({ kind: 'user_id', value: `u${n}` });

function signUp(n: number) {
	return [
		{ type: 'identify' as const, userId: `u${n}`, messageId: `identify-${n}`, traits: { email: `p${n}@customer.example`, number: n, timezone: n % 2 === 0 ? 'Europe/Berlin' : 'America/New_York' } },
		{ type: 'track' as const, event: ENTRY_EVENT, userId: `u${n}`, messageId: `${ENTRY_EVENT}-${n}` },
	];
}
