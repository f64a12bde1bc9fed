import type { GateItem, GateRequest, GateTurn } from '../../../engine/messages/types';
import { DATABASES } from '../databases';
import { closeSignUps, openSignUps } from '../journeys/sign-ups';
import type { Leg, Person, Walk } from '../journeys/walk';
import { MINUTE_MS, type World } from '../journeys/world';

describe.each(DATABASES)('the gate around other nodes on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await openSignUps(kind);
	});
	afterEach(() => closeSignUps(world));

	const trigger = () => world.walk.step('trigger', 'trigger');
	const gate = () => world.walk.step('gate', 'anyChannel');
	const request = (more: Partial<GateRequest> = {}): GateRequest => ({ step: gate(), channel: 'chat', service: 'Slack', purpose: 'transactional', topic: '', answerWithinMs: 10 * MINUTE_MS, ...more });
	const itemsOf = (people: readonly Person[]): GateItem[] => people.map(({ stamp, json }, index) => ({ index, stamp, item: { ...json } }));
	const states = async () => (await world.messages()).map(({ state }) => state);

	/** People at the gate, in an execution of their own that has begun. */
	async function atGate(count: number): Promise<Leg> {
		await world.track('Signed Up', await world.people(count));
		const leg = await world.walk.start(trigger());
		await world.engine.messages.gateEnter(gate(), itemsOf(leg.people).map((item) => ({ ...item, item: { ...item.item, word: `w${String(item.item.number)}` } })));
		await world.walk.settle(leg);
		return await world.walk.start(gate());
	}

	async function turn(leg: Leg, from: number, answer: { to: GateTurn['out']; failed?: string } | null = null, more: Partial<GateRequest> = {}, walk: Walk = world.walk): Promise<GateTurn> {
		const items = itemsOf(leg.people);
		const was = answer?.to ?? null;
		return await walk.engine.messages.gateTurn(request(more), {
			answer: was === null ? null : { item: items[was.index] as GateItem, message: was.message, nonce: was.nonce, failed: answer?.failed ?? null }, queue: items.slice(from),
		});
	}

	it('parks everybody who comes, with what is on their item, once however often they come', async () => {
		await world.track('Signed Up', await world.people(2));
		const first = await world.walk.start(trigger());
		await world.engine.messages.gateEnter(gate(), itemsOf(first.people).map((item) => ({ ...item, item: { ...item.item, _journey: { old: 1 }, word: 'kept' } })));
		world.clock.advance(MINUTE_MS + 1);
		const replay = await world.walk.start(trigger());
		expect(await world.engine.messages.gateEnter(gate(), itemsOf(replay.people))).toEqual([{ index: 0, parked: true }, { index: 1, parked: true }]);
		await world.walk.settle(replay);

		const leg = await world.walk.start(gate());

		expect(leg.people.map(({ json }) => json)).toMatchObject([{ word: 'kept' }, { word: 'kept' }]);
		expect(leg.people.some(({ json }) => '_journey' in json)).toBe(false);
	});

	it('gives out one, whose attempt is in the ledger by then, and the next after the answer (rule 14)', async () => {
		const leg = await atGate(2);
		expect((await world.engine.messages.gateOpen(request(), itemsOf(leg.people))).map(({ outcome }) => outcome)).toEqual(['ready', 'ready']);
		expect(await states()).toEqual(['reserved', 'reserved']);

		const one = await turn(leg, 0);
		expect(one).toMatchObject({ results: [], out: { index: 0 } });
		expect((await states()).sort()).toEqual(['attempting', 'reserved']);
		const two = await turn(leg, 1, { to: one.out });
		expect(two).toMatchObject({ results: [{ index: 0, outcome: 'sent' }], out: { index: 1 } });
		expect((await states()).sort()).toEqual(['attempting', 'sent']);
		const end = await turn(leg, 2, { to: two.out, failed: 'no such user' });
		expect(end).toMatchObject({ results: [{ index: 1, outcome: 'failed', reason: 'no such user' }], out: null });

		expect(await world.engine.messages.gateLeave(gate(), itemsOf(leg.people))).toEqual([0, 1]);
		expect(await world.walk.settle(leg)).toMatchObject({ settled: 2, released: 0 });
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
		expect(await world.rows('select channel, provider from message order by state')).toEqual([{ channel: 'chat', provider: 'Slack' }, { channel: 'chat', provider: 'Slack' }]);
	});

	it('starts no journey for those who have not opened in time: whether they have is told of no message that other nodes send', async () => {
		await world.walk.register(world.walk.step('silent', 'trigger'), { entry: { kind: 'message', happened: 'notOpened', withinMs: MINUTE_MS } });
		const leg = await atGate(1);
		await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		const one = await turn(leg, 0);
		await turn(leg, 1, { to: one.out });
		world.clock.advance(2 * MINUTE_MS);
		await world.engine.tick();

		expect(await states()).toEqual(['sent']);
		expect(await world.rows(`select id from enrollment where journey = '${world.journey('silent')}'`)).toEqual([]);
	});

	it('asks the guards again before each turn: who has said no meanwhile is not given out (rule 14)', async () => {
		const leg = await atGate(2);
		await world.engine.messages.gateOpen(request({ purpose: 'marketing' }), itemsOf(leg.people));
		await world.engine.consent.set([{ profile: Number(leg.people[0]?.stamp.profile), channel: 'chat', topic: '', state: 'unsubscribed', source: 'test' }]);

		expect(await turn(leg, 0, null, { purpose: 'marketing' })).toMatchObject({ results: [{ index: 0, outcome: 'skipped', reason: 'no consent: unsubscribed from chat' }], out: { index: 1 } });
	});

	it('gives out nobody any more once the journey has paused itself: the one that is out is answered, the others wait and have their turn after the resume, once', async () => {
		const leg = await atGate(3);
		await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		const one = await turn(leg, 0);
		await world.engine.journeys.pause({ workflow: 'wf' }, 'complaints', { by: 'alert' });

		const end = await turn(leg, 1, { to: one.out });
		await world.engine.messages.gateLeave(gate(), itemsOf(leg.people));
		await world.walk.settle(leg);
		const paused = [await states(), (await world.walk.claim(gate())).people.length];
		await world.engine.journeys.resume({ workflow: 'wf' });
		world.clock.advance(MINUTE_MS);
		const again = await world.walk.start(gate());
		await world.engine.messages.gateOpen(request(), itemsOf(again.people));
		const two = await turn(again, 0);
		const three = await turn(again, 1, { to: two.out });
		await turn(again, 2, { to: three.out });

		expect(end).toMatchObject({ results: [{ index: 0, outcome: 'sent' }, { index: 1, outcome: 'parked' }, { index: 2, outcome: 'parked' }], out: null });
		expect([paused[0], paused[1]]).toEqual([expect.arrayContaining(['sent', 'deferred', 'deferred']), 0]);
		expect(again.people.map(({ stamp }) => stamp.profile).sort()).toEqual(leg.people.slice(1).map(({ stamp }) => stamp.profile).sort());
		expect((await world.messages()).map(({ state, attempts }) => [state, attempts])).toEqual([['sent', 1], ['sent', 1], ['sent', 1]]);
	});

	it('never gives out again who was out when the process died: unknown after the deadline, while the others have their turn (rule 15)', async () => {
		const died = await atGate(3);
		await world.engine.messages.gateOpen(request(), itemsOf(died.people));
		const first = await turn(died, 0);
		world.clock.advance(MINUTE_MS + 1);

		const leg = await world.walk.start(gate());
		const outOf = leg.people.findIndex(({ stamp }) => stamp.token === died.people[0]?.stamp.token);
		const opened = await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		expect(opened.map(({ outcome }, n) => [n === outOf, outcome])).toEqual(opened.map((_one, n) => [n === outOf, n === outOf ? 'parked' : 'ready']));
		const ready = leg.people.filter((_one, n) => n !== outOf);
		const rest: Leg = { ...leg, people: ready };
		const one = await turn(rest, 0);
		const two = await turn(rest, 1, { to: one.out });
		expect((await turn(rest, 2, { to: two.out })).results).toMatchObject([{ outcome: 'sent' }]);
		await world.engine.messages.gateLeave(gate(), itemsOf(ready));
		await world.walk.settle(leg);

		expect((await world.walk.start(gate())).people).toEqual([]);
		world.clock.advance(10 * MINUTE_MS);
		const late = await world.walk.start(gate());
		expect(await world.engine.messages.gateOpen(request(), itemsOf(late.people))).toMatchObject([{ outcome: 'unknown', message: first.out?.message }]);
		expect(late.people[0]?.json).toMatchObject({ word: expect.stringMatching(/^w\d$/) as string });
		await world.engine.messages.gateLeave(gate(), itemsOf(late.people));
		await world.walk.settle(late);
		expect((await states()).sort()).toEqual(['sent', 'sent', 'unknown']);
		expect((await world.enrollments()).every(({ state }) => state === 'completed')).toBe(true);
	});

	it('gives back who has not left when an execution ends in the middle of the loop; what was decided stays decided', async () => {
		const leg = await atGate(3);
		await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		const one = await turn(leg, 0);
		await turn(leg, 1, { to: one.out });

		expect(await world.walk.settle(leg)).toMatchObject({ settled: 0, released: 3 });

		const again = await world.walk.start(gate());
		const opened = await world.engine.messages.gateOpen(request(), itemsOf(again.people));
		expect(opened.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'ready', 'sent']);
		expect((await world.messages()).filter(({ attempts }) => Number(attempts) > 1)).toEqual([]);
	});

	it('lets nobody end whose execution waited in the loop and died then: whoever has not left comes again (rule 11)', async () => {
		const leg = await atGate(3);
		await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		const one = await turn(leg, 0);
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + MINUTE_MS });
		world.clock.advance(MINUTE_MS);
		await turn(leg, 1, { to: one.out });
		world.clock.advance(7 * 60 * MINUTE_MS);

		const again = await world.walk.start(gate());

		// The third had no turn behind the wait: nobody knows whether they may come back yet.
		expect(again.people.map(({ stamp }) => stamp.token).sort()).toEqual(leg.people.slice(0, 2).map(({ stamp }) => stamp.token).sort());
		expect((await world.tokens()).map(({ state }) => state).sort()).toEqual(['claimed', 'claimed', 'held']);
		expect(await world.rows('select nonce from lease')).toEqual([{ nonce: again.nonce }]);
		const opened = await world.engine.messages.gateOpen(request(), itemsOf(again.people));
		expect(opened.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'unknown']);
		expect(await world.engine.messages.gateLeave(gate(), itemsOf(again.people))).toEqual([0, 1]);
	});

	it('gives nobody out again whom an edit has brought back, where a run comes by it once', async () => {
		const leg = await atGate(1);
		const once = request({ once: true });
		await world.engine.messages.gateOpen(once, itemsOf(leg.people));
		const { out } = await turn(leg, 0, null, { once: true });
		await turn(leg, 1, { to: out }, { once: true });
		const wait = world.walk.step('wait', 'wait');
		await world.walk.park(wait, leg.people.map((person) => ({ ...person, stamp: { ...person.stamp, trail: 'behind the gate' } })), MINUTE_MS);
		await world.engine.messages.gateLeave(gate(), itemsOf(leg.people));
		await world.walk.settle(leg);
		world.clock.advance(MINUTE_MS);

		const behind = await world.walk.start(wait);
		await world.engine.messages.gateEnter(gate(), itemsOf(behind.people));
		await world.walk.settle(behind);
		const again = await world.walk.start(gate());
		const opened = await world.engine.messages.gateOpen(once, itemsOf(again.people));

		expect(opened).toMatchObject([{ outcome: 'alreadySent', reason: expect.stringContaining('has this message in this run already') as string }]);
		expect(await world.engine.messages.gateLeave(gate(), itemsOf(again.people))).toEqual([0]);
		expect(await world.walk.settle(again)).toMatchObject({ settled: 1, released: 0 });
		expect((await states()).sort()).toEqual(['sent', 'skipped']);
	});

	it('asks and counts for the channel as it is now, when that was changed while people waited', async () => {
		const leg = await atGate(1);
		await world.engine.journeys.stopSending('a look at the text');
		await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		await world.walk.settle(leg);
		await world.engine.journeys.resumeSending();

		const later = await world.walk.start(gate());
		expect(await turn(later, 0, null, { channel: 'sms' })).toMatchObject({ out: { index: 0 } });

		expect(await world.rows('select channel, state from message')).toEqual([{ channel: 'sms', state: 'attempting' }]);
	});

	it.each([['email', 'Dead@Example.com'], ['chat', 'U0DEAD']])('sends nothing by %s to an address on the suppression list, though the person has another', async (channel, address) => {
		const leg = await atGate(1);
		await world.engine.suppression.add([{ channel, address, reason: 'hard-bounce', source: 'test' }]);
		const items = itemsOf(leg.people).map((item) => ({ ...item, address }));

		expect(await world.engine.messages.gateOpen(request({ channel }), items)).toMatchObject([{ outcome: 'skipped', reason: 'suppressed: hard-bounce' }]);
	});

	it('lets nobody out whom another process has claimed since, and records a slow answer without moving anybody (rules 7, 15)', async () => {
		const slow = await atGate(1);
		await world.engine.messages.gateOpen(request(), itemsOf(slow.people));
		const out = await turn(slow, 0);
		world.clock.advance(11 * MINUTE_MS);
		const other = await world.another();
		const leg = await other.walk.start(gate());
		expect(await other.engine.messages.gateOpen(request(), itemsOf(leg.people))).toMatchObject([{ outcome: 'unknown' }]);

		expect(await turn(slow, 0)).toMatchObject({ results: [{ outcome: 'dropped' }], out: null });
		expect(await turn(slow, 1, { to: out.out })).toMatchObject({ results: [{ outcome: 'dropped' }], out: null });

		expect(await states()).toEqual(['sent']);
		expect(await world.engine.messages.gateLeave(gate(), itemsOf(slow.people))).toEqual([]);
		expect(await other.engine.messages.gateLeave(gate(), itemsOf(leg.people))).toEqual([0]);
	});

	it('ends with the run: of somebody who has left meanwhile only the ledger hears (rule 20)', async () => {
		const leg = await atGate(2);
		await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		const one = await turn(leg, 0);
		await world.walk.exit(world.walk.step('exit', 'exit'), leg.people, 'Enough');

		const next = await turn(leg, 1, { to: one.out });

		expect(next).toMatchObject({ results: [{ index: 0, outcome: 'dropped' }, { index: 1, outcome: 'dropped' }], out: null });
		expect((await states()).sort()).toEqual(['sent', 'skipped']);
		expect(await world.engine.messages.gateLeave(gate(), itemsOf(leg.people))).toEqual([]);
	});

	it('follows people through a merge, and says nothing of somebody who is erased while their message is out', async () => {
		const leg = await atGate(2);
		await world.engine.messages.gateOpen(request(), itemsOf(leg.people));
		const { profiles: [guest] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'browser' }] }], { source: 'test' });
		const one = await turn(leg, 0);
		await world.engine.profiles.merge({ profileId: Number(guest) }, { profileId: Number(leg.people[0]?.stamp.profile) });

		const survivor = await world.engine.profiles.get({ kind: 'anonymous_id', value: 'browser' });

		const two = await turn(leg, 1, { to: one.out });
		expect(two).toMatchObject({ results: [{ index: 0, outcome: 'sent', profile: survivor?.id }], out: { index: 1 } });
		await world.engine.privacy.erasePerson({ profileId: Number(leg.people[1]?.stamp.profile) }, { source: 'test' });
		const end = await turn(leg, 2, { to: two.out, failed: 'person@example.com is unknown' });

		expect(end).toMatchObject({ results: [{ index: 1, outcome: 'dropped' }], out: null });
		expect((await world.messages()).find(({ profile }) => Number(profile) === 0)).toMatchObject({ state: 'failed', reason: 'erased' });
		expect(await world.engine.messages.gateLeave(gate(), itemsOf(leg.people))).toEqual([0]);
	});

	it('counts for the caps of its channel: two journeys never send one person more than they allow', async () => {
		await world.engine.settings.set({ caps: [{ channel: 'chat', max: 1, perSeconds: 3600 }], quietHours: null });
		const [person = 0] = await world.people(1);
		await world.track('Signed Up', [person]);
		await world.track('Signed Up', [person]);
		const leg = await world.walk.start(trigger());
		await world.engine.messages.gateEnter(gate(), itemsOf(leg.people));
		await world.walk.settle(leg);
		const both = await world.walk.start(gate());
		expect(both.people).toHaveLength(2);
		await world.engine.messages.gateOpen(request({ purpose: 'marketing' }), itemsOf(both.people));

		const one = await turn(both, 0, null, { purpose: 'marketing' });
		const two = one.out === null ? one : await turn(both, 1, { to: one.out }, { purpose: 'marketing' });

		expect([one.out === null, two.out]).toEqual([false, null]);
		expect((await states()).sort()).toEqual(['sent', 'skipped']);
	});

	it('refuses what it could not keep', async () => {
		await expect(world.engine.messages.gateOpen(request({ channel: 'pigeon' }), [])).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.engine.messages.gateOpen(request({ purpose: 'Marketing' as never }), [])).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('Choose a Purpose') as string });
		await expect(world.engine.messages.gateOpen(request({ answerWithinMs: 5 }), [])).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.engine.messages.gateTurn(request({ topic: 'x'.repeat(300) }), { answer: null, queue: [] })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});
});
