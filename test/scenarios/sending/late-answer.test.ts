import { DATABASES } from '../../engine/databases';
import { HOUR_MS } from '../../engine/journeys/world';
import { eventually } from '../../nodes/harness/journey';
import { CARRIERS } from './carriers';
import { Stage } from './stage';

/** Of the provider, in real time: the answer comes after it. */
const TIMEOUT_MS = 4_000;

describe.each(DATABASES)('a service that answers after the time-out, on %s', (kind) => {
	describe.each(CARRIERS)('%s', (name, open) => {
		let stage: Stage;
		let answer: () => void = () => undefined;
		const stray: unknown[] = [];
		const note = (error: unknown) => void stray.push(error);
		beforeEach(() => void process.on('unhandledRejection', note).on('uncaughtException', note));
		afterEach(async () => {
			answer();
			process.off('unhandledRejection', note).off('uncaughtException', note);
			await stage.close();
		});

		it('has the message in its hands: it is unknown and never sent again, the late answer changes nothing and leaves nothing open, and what it tells later makes it sent', async () => {
			stage = await Stage.open(kind, open);
			const { world, carrier } = stage;
			const people = await stage.meet({ ann: {}, bea: {} });
			// What is loaded at the first send takes no time of the ones that are looked at.
			const first = await stage.enter(...people);
			await carrier.send(world.walk, stage.step('Hello'), first.people);
			await world.walk.settle(first);
			carrier.taken.length = 0;
			const pooled = await carrier.connections();
			const late = new Promise<void>((resolve) => (answer = resolve));
			// Ann's is taken and not answered; Bea's, of the same batch, is.
			carrier.beforeAnswer = async (taken) => (taken.name === 'ann' ? await late : undefined);
			const leg = await stage.enter(...people);

			const { results, sent } = await carrier.send(world.walk, stage.step(), leg.people, { timeoutMs: TIMEOUT_MS });
			const [again] = [await carrier.send(world.walk, stage.step(), leg.people, { timeoutMs: TIMEOUT_MS })];
			// n8n dies before the execution has ended; a second process takes the leg up, an hour later.
			world.clock.advance(HOUR_MS);
			const other = await world.another();
			const replay = await other.walk.start(stage.trigger());
			const replayed = await carrier.send(other.walk, stage.step(), replay.people, { timeoutMs: TIMEOUT_MS });
			answer();
			// The connection of the call that was given up is closed; Bea's goes on being used.
			await eventually(async () => (await carrier.connections()) <= pooled + 1);
			const lines = (await stage.ledger(people[0])).filter(({ step }) => step === 'News');

			const [ann, bea] = people;
			const outcomesOf = (all: typeof results) => Object.fromEntries(all.map(({ profile, outcome }) => [profile === ann ? 'ann' : 'bea', outcome]));
			expect([outcomesOf(results), outcomesOf(again.results), outcomesOf(replayed.results)]).toEqual([1, 2, 3].map(() => ({ ann: 'unknown', bea: 'sent' })));
			expect(sent.map(({ stamp }) => stamp.profile).sort()).toEqual([ann, bea].sort());
			expect(stage.arrived.sort()).toEqual(['News to ann', 'News to bea']);
			expect(lines.map(({ state, endedAt }) => [state, endedAt !== null])).toEqual([['unknown', true]]);
			expect(lines[0]?.reason).not.toContain('ann@example.com');

			const status = await carrier.tellArrived(carrier.taken.find((one) => one.name === 'ann') ?? carrier.taken[0]!, stage.call, world.clock.nowMs());
			if (name.endsWith('SMTP')) {
				world.clock.advance(10_000);
				await world.engine.tick();
			}

			expect([200, 302]).toContain(status);
			expect((await stage.ledger()).map(({ state, reason }) => [state, reason])).toEqual([1, 2, 3, 4].map(() => ['sent', null]));
			expect(stage.carrier.taken).toHaveLength(2);
			expect(stray).toEqual([]);
		});

		// A mail server says so before it has the message.
		if (!name.endsWith('SMTP')) it('has taken the message and says that it is away: who has looked at it by the next try does not get it twice', async () => {
			stage = await Stage.open(kind, open);
			const { world, carrier } = stage;
			const [ann = 0] = await stage.meet({ ann: {} });
			carrier.beforeAnswer = () => ({ status: 503, json: {}, headers: { 'retry-after': '120' } });
			const leg = await stage.enter(ann);
			const { results } = await carrier.send(world.walk, stage.step(), leg.people);
			await world.walk.settle(leg);

			world.clock.advance(60_000);
			await stage.call(carrier.taken[0]?.click ?? '', { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' } });
			world.clock.advance(60_000);
			await world.engine.tick();
			const due = await world.walk.start(stage.step());
			const later = await carrier.send(world.walk, stage.step(), due.people);

			expect([results, later.results].map((all) => all.map(({ outcome }) => outcome))).toEqual([['parked'], ['sent']]);
			expect(stage.arrived).toEqual(['News to ann']);
			expect((await stage.ledger()).map(({ state, reason, until }) => [state, reason, until])).toEqual([['sent', null, null]]);
		});

		it('and n8n has died meanwhile: the next process waits for the deadline, counts it unknown and does not send it', async () => {
			stage = await Stage.open(kind, open);
			const { world, carrier } = stage;
			const [ann = 0] = await stage.meet({ ann: {} });
			const late = new Promise<void>((resolve) => (answer = resolve));
			let arrived: () => void = () => undefined;
			const reached = new Promise<void>((resolve) => (arrived = resolve));
			carrier.beforeAnswer = async () => {
				arrived();
				await late;
			};
			const leg = await stage.enter(ann);
			const sending = carrier.send(world.walk, stage.step(), leg.people, { timeoutMs: 10_000 });
			await reached;

			// Its lease has run out, its attempt has not.
			world.clock.advance(35_000);
			const other = await world.another();
			const early = await other.walk.start(stage.trigger());
			const busy = await carrier.send(other.walk, stage.step(), early.people, { timeoutMs: 10_000 });
			await other.walk.settle(early);
			world.clock.advance(60_000);
			const due = await other.walk.start(stage.step());
			const { results } = await carrier.send(other.walk, stage.step(), due.people, { timeoutMs: 10_000 });
			const before = (await stage.ledger()).map(({ state }) => state);
			answer();
			const stale = await sending;

			expect(busy.results.map(({ outcome }) => outcome)).toEqual(['parked']);
			expect([results.map(({ outcome }) => outcome), before]).toEqual([['unknown'], ['unknown']]);
			expect(stale.results.map(({ outcome }) => outcome)).toEqual(['dropped']);
			// What the service said in the end is more certain than the deadline.
			expect((await stage.ledger()).map(({ state }) => state)).toEqual(['sent']);
			expect(stage.arrived).toEqual(['News to ann']);
			expect(stray).toEqual([]);
		});
	});
});
