import { DATABASES } from '../databases';
import { HOUR_MS, MINUTE_MS } from '../journeys/world';
import { ChannelStage, outcomes } from './channel-stage';

describe.each(DATABASES)('one visit of one channel after the other, on %s', (kind) => {
	let stage: ChannelStage;
	beforeEach(async () => {
		stage = await ChannelStage.open(kind);
	});
	afterEach(async () => {
		await stage.close();
	});

	it('takes the same way after a crash, whatever consent and settings say by then, and sends nothing twice (rule 12)', async () => {
		const [ann = 0] = await stage.people(1);
		const dead = await stage.enter(ann);
		const before = await stage.choose(dead.people);
		await stage.mail(before.email);
		await stage.post.world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' }]);
		stage.post.world.clock.advance(MINUTE_MS);

		const replay = await stage.post.world.walk.start(stage.post.trigger());
		const again = await stage.choose(replay.people, { channels: [{ channel: 'sms' }, { channel: 'email' }] });
		const { back, results } = await stage.mail(again.email);
		const parked = await stage.choose(back);
		expect(outcomes(await stage.choose(back))).toEqual(['parked email']);

		expect(outcomes(again)).toEqual(['channel email']);
		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(outcomes(parked)).toEqual(['parked email']);
		expect(stage.post.service.calls).toHaveLength(1);
		expect(await stage.post.world.rows('select step from token t join step s on s.place = t.place order by step')).toEqual([{ step: 'best' }, { step: 'trigger' }]);
	});

	it('whose replay takes another way than before is given out by no channel (rule 12)', async () => {
		const dead = await stage.enter(...(await stage.people(1)));
		await stage.mail(dead.people);
		stage.post.world.clock.advance(MINUTE_MS);

		const replay = await stage.post.world.walk.start(stage.post.trigger(), { steps: ['email', 'best'] });

		expect(replay.people).toHaveLength(1);
		expect(outcomes(await stage.choose(replay.people))).toEqual(['dropped']);
	});

	it('of two processes only the one that holds the person moves them on (rule 7)', async () => {
		await stage.post.world.engine.journeys.markLeader();
		await stage.waiting();
		await stage.post.world.upFor(30);
		const slow = await stage.post.world.walk.start(stage.best(), { leaseMs: 1_000 });
		stage.post.world.clock.advance(MINUTE_MS);
		const { walk } = await stage.post.world.another();
		const taken = await walk.start(stage.best());

		const went = await stage.choose(taken.people, {}, undefined, walk);
		const stale = await stage.choose(slow.people);

		expect([taken.people.length, slow.people.length]).toEqual([1, 1]);
		expect(outcomes(went)).toEqual(['channel sms']);
		expect(outcomes(stale)).toEqual(['dropped']);
	});

	it('who leaves the journey while waiting is gone, and no other channel is tried', async () => {
		const { profile } = await stage.waiting();

		await stage.post.world.engine.journeys.exitPeople({ workflow: 'wf', people: [profile], reason: 'by hand' });
		stage.post.world.clock.advance(HOUR_MS);

		expect((await stage.resume()).people).toEqual([]);
		expect(await stage.post.world.enrollments()).toMatchObject([{ state: 'exited' }]);
	});

	it('who comes again by a loop of the canvas is chosen for anew', async () => {
		const [ann = 0] = await stage.people(1);
		const off = { deliveryWithinMs: null };
		const leg = await stage.enter(ann);
		const { back } = await stage.mail((await stage.choose(leg.people, off)).email);
		const { reached } = await stage.choose(back, off);
		const [round = []] = await stage.post.world.walk.route(stage.post.world.walk.step('around', 'branch'), reached);

		expect(outcomes(await stage.choose(round, off))).toEqual(['channel email']);
		expect(await stage.post.world.rows('select outcome from channel_choice order by outcome')).toHaveLength(2);
	});

	it('who comes back a second time by another line goes nowhere; who comes back without a message goes to the next channel', async () => {
		const [ann = 0] = await stage.people(1);
		const leg = await stage.enter(ann);
		const went = await stage.choose(leg.people);
		const { back } = await stage.mail(went.email);

		const straight = await stage.choose(went.email, {}, 'email');
		const second = await stage.choose(back, {}, 'email');

		expect(outcomes(straight)).toEqual(['channel sms']);
		expect(straight.results[0]?.passed).toEqual([{ channel: 'email', reason: 'no message was sent behind this output' }]);
		expect(outcomes(second)).toEqual(['dropped']);
	});

	it('who was moved by hand to a sender behind an output has tried that channel', async () => {
		const [ann = 0] = await stage.people(1);
		const leg = await stage.enter(ann);
		const { back } = await stage.mail(leg.people);
		await stage.post.world.change("update message set state = 'failed', reason = 'refused'");

		expect(outcomes(await stage.choose(back, {}, 'email'))).toEqual(['channel sms']);
	});

	it('who was put here by hand begins with the first channel, and is counted once', async () => {
		const [ann = 0] = await stage.people(1);
		const leg = await stage.enter(ann);
		await stage.post.world.walk.park(stage.post.world.walk.step('wait', 'wait'), leg.people, HOUR_MS);
		await stage.post.world.walk.settle(leg);
		await stage.choose([]);
		await stage.post.world.engine.journeys.beat(stage.best());
		await stage.post.world.change("insert into passage (workflow, step, output, people) values ('wf', 'best', 'entered', 4)");

		expect(await stage.post.world.engine.journeys.move({ workflow: 'wf', step: 'wait', to: 'best' })).toMatchObject({ moved: 1 });
		const moved = await stage.resume();

		expect(outcomes(await stage.choose(moved.people))).toEqual(['channel email']);
		expect((await stage.post.world.engine.journeys.status({ workflow: 'wf' }))[0]?.steps.find(({ step }) => step === 'best')).toMatchObject({ entered: 5, passed: { email: 1 } });
	});

	it('who was reached goes nowhere by a second line', async () => {
		const off = { deliveryWithinMs: null };
		const { email } = await stage.choose((await stage.enter(...(await stage.people(1)))).people, off);
		const { back } = await stage.mail(email);

		expect(outcomes(await stage.choose(back, off))).toEqual(['reached email']);
		expect(outcomes(await stage.choose(email, off, 'email'))).toEqual(['dropped']);
	});

	it('of two items of one person in one call the first goes on, and one visit is recorded', async () => {
		const leg = await stage.enter(...(await stage.people(1)));
		const [person] = leg.people;

		expect(outcomes(await stage.choose(person === undefined ? [] : [person, person]))).toEqual(['channel email', 'dropped']);
		expect(await stage.post.world.rows('select outcome from channel_choice')).toHaveLength(1);
	});

	it('in a batch each goes by what became of their own message', async () => {
		const leg = await stage.enter(...(await stage.people(3)));
		const refused = Number(leg.people[1]?.stamp.profile);
		stage.post.service.answer = ({ json }) => ({ status: 200, json: [json].flat().map((one) => ((one as { To: string }).To.startsWith('p1@') ? { ErrorCode: 406, Message: 'Inactive recipient' } : { To: (one as { To: string }).To, SubmittedAt: '2026-03-02T09:00:00Z', MessageID: `pm-${(one as { To: string }).To}`, ErrorCode: 0, Message: 'OK' })) });
		const { back } = await stage.mail((await stage.choose(leg.people)).email);
		const { results } = await stage.choose(back);

		const way = new Map(results.map(({ index, outcome, channel }) => [back[index]?.stamp.profile, `${outcome} ${channel}`]));
		expect([...way]).toHaveLength(3);
		for (const [profile, went] of way) expect(went).toBe(profile === refused ? 'channel sms' : 'parked email');
	});

	it('who was moved by hand to a sender waits for that message and is reached by it: it is not sent again', async () => {
		const leg = await stage.enter(...(await stage.people(1)));
		const { back } = await stage.mail(leg.people);
		const parked = await stage.choose(back, {}, 'email');
		await stage.post.world.walk.settle(leg);
		await stage.post.tell(stage.post.delivery(await stage.newest('email')));

		expect(outcomes(parked)).toEqual(['parked email']);
		expect(outcomes(await stage.choose((await stage.resume()).people))).toEqual(['reached email']);
	});

	it('a channel that was taken out while somebody was on their way to it is tried no more', async () => {
		const { email } = await stage.choose((await stage.enter(...(await stage.people(1)))).people);

		const went = await stage.choose(email, { channels: [{ channel: 'email' }, { channel: 'directmail' }] }, 'email');

		expect(outcomes(went)).toEqual(['notReached']);
		expect(went.results[0]?.passed).toEqual([{ channel: 'email', reason: 'no message was sent behind this output' }, { channel: 'sms', reason: 'this step has the channel no more' }]);
	});

	it('goes with the person: to whom they are merged, back to them when that is undone, and with them when they are erased', async () => {
		const { engine } = stage.post.world;
		const { profile } = await stage.waiting();
		const whose = async () => (await stage.post.world.rows<{ profile: number }>('select profile from channel_choice')).map((row) => Number(row.profile));
		const other = Number((await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'other@customer.example' }] }], { source: 'test' })).profiles[0]);

		await engine.profiles.merge({ profileId: other }, { profileId: profile }, { keep: 'one' });
		const after = await whose();
		await engine.profiles.unmerge({ profileId: other });

		expect(after).toEqual([other]);
		expect(await whose()).toEqual([profile]);
		await engine.privacy.erasePerson({ profileId: profile }, { source: 'test' });
		expect(await whose()).toEqual([]);
	});
});
