import { createHmac } from 'node:crypto';

import type { BestChannelRequest, BestChannelResult } from '../../../engine/messages/types';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Person, Walk } from '../journeys/walk';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { KEY, PostOffice, type Sent } from '../reports/post-office';
import { SmsGateway } from './sms-gateway';

const TWILIO = 'token-of-the-account';

describe.each(DATABASES)('one channel after the other, on %s', (kind) => {
	let post: PostOffice;
	let gateway: SmsGateway;
	beforeEach(async () => {
		post = await PostOffice.open(kind, { postmark: { callbackKey: KEY }, twilio: { authToken: TWILIO } });
		gateway = await SmsGateway.open();
		await post.publish({ exits: { consents: [{ channel: 'push', state: 'unsubscribed' }] }, onFailure: 'retry' } as never);
	});
	afterEach(async () => {
		const found = await protocolViolations(post.world.engine.store, [], { entryEvent: 'Signed Up', atRest: false });
		await post.close();
		await gateway.close();
		expect(found).toEqual({});
	});

	const best = () => post.world.walk.step('best', 'bestChannel');
	const sms = () => post.world.walk.step('sms', 'sms');
	const request = (more: Partial<BestChannelRequest> = {}): BestChannelRequest => ({
		step: best(), channels: [{ channel: 'email' }, { channel: 'sms' }], purpose: 'transactional', topic: '', order: 'given', engagedWithinMs: 90 * DAY_MS, deliveryWithinMs: 30 * MINUTE_MS, unknown: 'asSent', ...more,
	});

	interface Went { email: Person[]; sms: Person[]; reached: Person[]; notReached: Person[]; results: BestChannelResult[] }
	async function choose(people: readonly Person[], more: Partial<BestChannelRequest> = {}, back?: string, walk: Walk = post.world.walk): Promise<Went> {
		const results = await walk.engine.messages.bestChannel(request(more), people.map(({ stamp, json }, index) => ({ index, stamp, item: json, ...(back === undefined ? {} : { back }) })));
		const by = (is: (result: BestChannelResult) => boolean) => results.flatMap((result): Person[] => {
			const person = people[result.index];
			return is(result) && person !== undefined && result.stamp !== undefined ? [{ ...person, stamp: result.stamp }] : [];
		});
		return { email: by(({ outcome, channel }) => outcome === 'channel' && channel === 'email'), sms: by(({ outcome, channel }) => outcome === 'channel' && channel === 'sms'), reached: by(({ outcome }) => outcome === 'reached'), notReached: by(({ outcome }) => outcome === 'notReached'), results };
	}
	const outcomes = ({ results }: Went) => results.map(({ outcome, channel }) => (channel === null ? outcome : `${outcome} ${channel}`));

	async function people(count: number): Promise<number[]> {
		const { profiles } = await post.world.engine.profiles.upsert(Array.from({ length: count }, (_, n) => ({
			identities: [{ kind: 'email', value: `p${n}@customer.example` }, { kind: 'user_id', value: `u${n}` }, { kind: 'phone', value: `+49151123456${String(70 + n)}` }], attributes: { number: n },
		})), { source: 'test' });
		return profiles.map(Number);
	}
	async function enter(...profiles: number[]): Promise<Leg> {
		await post.world.track('Signed Up', profiles);
		return await post.world.walk.start(post.trigger());
	}
	const mail = async (persons: readonly Person[], more = {}) => {
		const { sent, notSent, results } = await post.world.walk.email(post.email(), persons, post.mail({ purpose: 'transactional', ...more }));
		return { back: [...sent, ...notSent], results };
	};
	const text = async (persons: readonly Person[]) => {
		const { sent, notSent } = await post.world.walk.sms(sms(), persons, gateway.sms());
		return [...sent, ...notSent];
	};
	const ledger = async () => await post.world.rows<Sent & { channel: string; state: string }>('select id, profile, provider_id, channel, state from message order by reserved_at, channel, profile');
	async function newest(channel: string): Promise<Sent> {
		const found = (await ledger()).filter((one) => one.channel === channel).at(-1);
		if (found === undefined) throw new Error(`There is no message by ${channel}.`);
		return found;
	}
	/** As Twilio calls and signs: https://www.twilio.com/docs/usage/security */
	async function tellText(message: Sent, status: string): Promise<void> {
		const form = { MessageSid: message.provider_id, MessageStatus: status, To: '+4915112345670' };
		const url = `https://links.shop.example/callbacks/twilio?m=${message.id}`;
		const signed = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1)).reduce((whole, [name, value]) => whole + name + value, url);
		const answer = await fetch(`${post.url}/callbacks/twilio?m=${message.id}`, { method: 'POST', headers: { 'x-twilio-signature': createHmac('sha1', TWILIO).update(signed).digest('base64') }, body: new URLSearchParams(form) });
		expect(answer.status).toBeLessThan(300);
	}
	/** One person is out by email and waits for its delivery. */
	async function waiting(more: Partial<BestChannelRequest> = {}): Promise<{ profile: number; message: Sent }> {
		const [profile = 0] = await people(1);
		const leg = await enter(profile);
		const { back } = await mail((await choose(leg.people, more)).email);
		expect(outcomes(await choose(back, more))).toEqual(['parked email']);
		await post.world.walk.settle(leg);
		return { profile, message: await newest('email') };
	}
	const resume = async () => await post.world.walk.start(best());

	it('passes over a channel without consent and says why; whom none reaches goes on at once', async () => {
		const [ann = 0, bea = 0] = await people(2);
		await post.world.engine.consent.set([
			{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' }, { profile: ann, channel: 'sms', topic: '', state: 'subscribed', source: 'form' },
			{ profile: bea, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' },
		]);
		const leg = await enter(ann, bea);

		const went = await choose(leg.people, { purpose: 'marketing' });

		const [first, second] = went.results;
		expect(outcomes(went).sort()).toEqual(['channel sms', 'notReached']);
		expect([first, second].find((one) => one?.channel === 'sms')?.passed).toEqual([{ channel: 'email', reason: expect.stringContaining('unsubscribed') as string }]);
		expect([first, second].find((one) => one?.channel === null)?.passed.map(({ channel }) => channel)).toEqual(['email', 'sms']);
	});

	it('a delivery that is told ends the wait at once, by Reached', async () => {
		const { message } = await waiting();
		expect((await resume()).people).toEqual([]);

		await post.tell(post.delivery(message));
		const leg = await resume();
		const went = await choose(leg.people);

		expect(outcomes(went)).toEqual(['reached email']);
		await post.world.walk.settle(leg);
		expect(await post.world.enrollments()).toMatchObject([{ state: 'completed' }]);
	});

	it.each([['their answer', {}], ['their machine\'s answer', { 'Auto-Submitted': 'auto-replied' }]])('%s ends it as well: what is answered has arrived', async (_whose, headers) => {
		const { message } = await waiting();
		const address = 'p0@customer.example';
		const named = Object.entries({ 'Message-ID': '<reply-1@mail.example>', 'In-Reply-To': `<${message.provider_id}@mtasv.net>`, ...headers }).map(([Name, Value]) => ({ Name, Value }));

		await post.tell({ From: address, FromFull: { Email: address }, ToFull: [], Subject: 'Re: Hello', MessageID: 'in-1', TextBody: 'Yes', Headers: named });

		expect(outcomes(await choose((await resume()).people))).toEqual(['reached email']);
	});

	it('no delivery within 30 minutes: the next channel, and not a millisecond before; a delivery told later changes nothing', async () => {
		const { message } = await waiting();
		post.world.clock.advance(30 * MINUTE_MS - 1);
		expect((await resume()).people).toEqual([]);
		post.world.clock.advance(1);

		const leg = await resume();
		const went = await choose(leg.people);
		const back = await text(went.sms);
		await post.tell(post.delivery(message));
		const after = await choose(back);
		await post.world.walk.settle(leg);
		await tellText(await newest('sms'), 'delivered');
		const end = await resume();

		expect(went.results).toMatchObject([{ outcome: 'channel', channel: 'sms', passed: [{ channel: 'email', reason: 'not told to have arrived within 30 minutes' }] }]);
		expect(outcomes(after)).toEqual(['parked sms']);
		expect(outcomes(await choose(end.people))).toEqual(['reached sms']);
		expect((await ledger()).map(({ channel, state }) => [channel, state])).toEqual([['email', 'sent'], ['sms', 'sent']]);
	});

	it('a bounce leads to the next channel at once; when none is left, to Not Reached', async () => {
		const { message } = await waiting();

		await post.tell(post.bounce(message));
		const leg = await resume();
		const went = await choose(leg.people);
		gateway.answerWith({ status: 400, json: { code: 21211, message: 'Invalid To' } });
		const end = await choose(await text(went.sms));

		expect(went.results).toMatchObject([{ outcome: 'channel', channel: 'sms', passed: [{ channel: 'email', reason: 'the message came back' }] }]);
		expect(outcomes(end)).toEqual(['notReached']);
		expect(end.results[0]?.passed.map(({ channel }) => channel)).toEqual(['email', 'sms']);
	});

	it('what the service refuses goes to the next channel without a wait, also where nobody waits for deliveries', async () => {
		const [ann = 0] = await people(1);
		post.service.answer = () => ({ status: 422, json: { ErrorCode: 406, Message: 'Inactive recipient' } });
		const leg = await enter(ann);

		const { back } = await mail((await choose(leg.people, { deliveryWithinMs: null })).email);
		const went = await choose(back, { deliveryWithinMs: null });
		const end = await choose(await text(went.sms), { deliveryWithinMs: null });

		expect([outcomes(went), outcomes(end)]).toEqual([['channel sms'], ['reached sms']]);
	});

	it('a mail server that speaks SMTP tells nothing later: what it took counts as delivered', async () => {
		const [ann = 0] = await people(1);
		const leg = await enter(ann);
		const { back } = await mail((await choose(leg.people)).email);
		await post.world.change("update message set provider = 'smtp'");

		expect(outcomes(await choose(back))).toEqual(['reached email']);
	});

	it.each([['asSent', 'parked email'], ['next', 'channel sms']] as const)('an unknown message where it is to be taken %s: %s', async (unknown, expected) => {
		const [ann = 0] = await people(1);
		const leg = await enter(ann);
		const { email } = await choose(leg.people, { unknown });
		post.service.answer = () => 'drop';
		const { back } = await mail(email);
		expect((await ledger()).map(({ state }) => state)).toEqual(['unknown']);

		expect(outcomes(await choose(back, { unknown }))).toEqual([expected]);
		if (unknown === 'asSent') {
			await post.world.walk.settle(leg);
			post.world.clock.advance(30 * MINUTE_MS);
			expect(outcomes(await choose((await resume()).people, { unknown }))).toEqual(['channel sms']);
		}
	});

	it('whom a sender holds stays there: no other channel meanwhile, and their way back is known days later', async () => {
		await post.world.engine.settings.set({ quietHours: { from: '00:00', to: '23:59' }, guardedPurposes: 'all' });
		const [ann = 0] = await people(1);
		const leg = await enter(ann);
		const { results } = await mail((await choose(leg.people)).email);
		await post.world.walk.settle(leg);
		expect(results).toMatchObject([{ outcome: 'parked' }]);
		post.world.clock.advance(DAY_MS);
		expect((await resume()).people).toEqual([]);
		await post.world.engine.settings.set({ quietHours: null });

		const held = await post.world.walk.start(post.email());
		const { back } = await mail(held.people);
		const went = await choose(back);
		await post.world.walk.settle(held);
		await post.tell(post.bounce(await newest('email')));

		expect(outcomes(went)).toEqual(['parked email']);
		expect(outcomes(await choose((await resume()).people))).toEqual(['channel sms']);
	});

	it('the channel first by which people click, open and answer; machines do not count, and equals stay in the order given', async () => {
		const [ann = 0, bea = 0, cyd = 0] = await people(3);
		await post.world.track('SMS Link Clicked', [ann]);
		await post.world.track('Email Opened', [bea]);
		await post.world.track('Email Opened', [cyd], { properties: { machine: true } });
		await post.world.track('SMS Replied', [cyd]);
		const leg = await enter(ann, bea, cyd);
		const engaged = { order: 'engaged' as const };

		const went = await choose(leg.people, engaged);

		const first = new Map(went.results.map((result) => [leg.people[result.index]?.stamp.profile, result.channel]));
		expect([ann, bea, cyd].map((profile) => first.get(profile))).toEqual(['sms', 'email', 'sms']);
		expect(outcomes(await choose((await enter(...(await people(5)).slice(3))).people, engaged))).toEqual(['channel email', 'channel email']);
	});

	it('clicks of long ago do not make a channel the preferred one', async () => {
		const [ann = 0] = await people(1);
		await post.world.track('SMS Link Clicked', [ann]);
		post.world.clock.advance(91 * DAY_MS);

		expect(outcomes(await choose((await enter(ann)).people, { order: 'engaged' }))).toEqual(['channel email']);
	});

	it('keeps the order that was chosen when the person came, whatever they click meanwhile (rule 12)', async () => {
		const [ann = 0] = await people(1);
		await post.world.track('SMS Link Clicked', [ann]);
		const three = { order: 'engaged' as const, channels: [{ channel: 'onsite' }, { channel: 'email' }, { channel: 'sms' }], deliveryWithinMs: null };
		const leg = await enter(ann);
		const went = await choose(leg.people, three);
		gateway.answerWith({ status: 400, json: { code: 21211, message: 'Invalid To' } });
		const back = await text(went.sms);
		for (let n = 0; n < 3; n += 1) await post.world.track('Email Link Clicked', [ann]);

		expect(outcomes(went)).toEqual(['channel sms']);
		expect(outcomes(await choose(back, three))).toEqual(['channel onsite']);
	});

	it('takes the same way after a crash, whatever consent and settings say by then, and sends nothing twice (rule 12)', async () => {
		const [ann = 0] = await people(1);
		const dead = await enter(ann);
		const before = await choose(dead.people);
		await mail(before.email);
		await post.world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' }]);
		post.world.clock.advance(MINUTE_MS);

		const replay = await post.world.walk.start(post.trigger());
		const again = await choose(replay.people, { channels: [{ channel: 'sms' }, { channel: 'email' }] });
		const { back, results } = await mail(again.email);
		const parked = await choose(back);
		expect(outcomes(await choose(back))).toEqual(['parked email']);

		expect(outcomes(again)).toEqual(['channel email']);
		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(outcomes(parked)).toEqual(['parked email']);
		expect(post.service.calls).toHaveLength(1);
		expect(await post.world.rows('select step from token t join step s on s.place = t.place order by step')).toEqual([{ step: 'best' }, { step: 'trigger' }]);
	});

	it('of two processes only the one that holds the person moves them on (rule 7)', async () => {
		await post.world.engine.journeys.markLeader();
		await waiting();
		await post.world.upFor(30);
		const slow = await post.world.walk.start(best(), { leaseMs: 1_000 });
		post.world.clock.advance(MINUTE_MS);
		const { walk } = await post.world.another();
		const taken = await walk.start(best());

		const went = await choose(taken.people, {}, undefined, walk);
		const stale = await choose(slow.people);

		expect([taken.people.length, slow.people.length]).toEqual([1, 1]);
		expect(outcomes(went)).toEqual(['channel sms']);
		expect(outcomes(stale)).toEqual(['dropped']);
	});

	it('n8n was down when somebody\'s time came: ten minutes more, in which the service tells again what nobody answered', async () => {
		await post.world.engine.journeys.markLeader();
		const { message } = await waiting();
		post.world.clock.advance(45 * MINUTE_MS);
		await post.world.engine.journeys.markLeader();

		const up = await resume();
		expect(outcomes(await choose(up.people))).toEqual(['parked email']);
		await post.world.walk.settle(up);
		await post.world.upFor(9);
		expect((await resume()).people).toEqual([]);
		await post.tell(post.delivery(message));

		expect(outcomes(await choose((await resume()).people))).toEqual(['reached email']);
	});

	it('and when nothing is told then, the next channel', async () => {
		await post.world.engine.journeys.markLeader();
		await waiting();
		post.world.clock.advance(45 * MINUTE_MS);
		await post.world.engine.journeys.markLeader();
		const up = await resume();
		await choose(up.people);
		await post.world.walk.settle(up);

		await post.world.upFor(10);

		expect(outcomes(await choose((await resume()).people))).toEqual(['channel sms']);
	});

	it('who leaves the journey while waiting is gone, and no other channel is tried', async () => {
		const { profile } = await waiting();

		await post.world.engine.journeys.exitPeople({ workflow: 'wf', people: [profile], reason: 'by hand' });
		post.world.clock.advance(HOUR_MS);

		expect((await resume()).people).toEqual([]);
		expect(await post.world.enrollments()).toMatchObject([{ state: 'exited' }]);
	});

	it('who comes again by a loop of the canvas is chosen for anew', async () => {
		const [ann = 0] = await people(1);
		const off = { deliveryWithinMs: null };
		const leg = await enter(ann);
		const { back } = await mail((await choose(leg.people, off)).email);
		const { reached } = await choose(back, off);
		const [round = []] = await post.world.walk.route(post.world.walk.step('around', 'branch'), reached);

		expect(outcomes(await choose(round, off))).toEqual(['channel email']);
		expect(await post.world.rows('select outcome from channel_choice order by outcome')).toHaveLength(2);
	});

	it('who comes back a second time by another line goes nowhere; who comes back without a message goes to the next channel', async () => {
		const [ann = 0] = await people(1);
		const leg = await enter(ann);
		const went = await choose(leg.people);
		const { back } = await mail(went.email);

		const straight = await choose(went.email, {}, 'email');
		const second = await choose(back, {}, 'email');

		expect(outcomes(straight)).toEqual(['channel sms']);
		expect(straight.results[0]?.passed).toEqual([{ channel: 'email', reason: 'no message was sent behind this output' }]);
		expect(outcomes(second)).toEqual(['dropped']);
	});

	it('who was moved by hand to a sender behind an output has tried that channel', async () => {
		const [ann = 0] = await people(1);
		const leg = await enter(ann);
		const { back } = await mail(leg.people);
		await post.world.change("update message set state = 'failed', reason = 'refused'");

		expect(outcomes(await choose(back, {}, 'email'))).toEqual(['channel sms']);
	});

	it('who was put here by hand begins with the first channel, and is counted once', async () => {
		const [ann = 0] = await people(1);
		const leg = await enter(ann);
		await post.world.walk.park(post.world.walk.step('wait', 'wait'), leg.people, HOUR_MS);
		await post.world.walk.settle(leg);
		await choose([]);
		await post.world.engine.journeys.beat(best());
		await post.world.change("insert into passage (workflow, step, output, people) values ('wf', 'best', 'entered', 4)");

		expect(await post.world.engine.journeys.move({ workflow: 'wf', step: 'wait', to: 'best' })).toMatchObject({ moved: 1 });
		const moved = await resume();

		expect(outcomes(await choose(moved.people))).toEqual(['channel email']);
		expect((await post.world.engine.journeys.status({ workflow: 'wf' }))[0]?.steps.find(({ step }) => step === 'best')).toMatchObject({ entered: 5, passed: { email: 1 } });
	});

	it('the wait of a test person goes by their clock', async () => {
		const [ann = 0] = await people(1);
		const leg = await enter(ann);
		await post.world.change('update enrollment set time_scale = 0.01');
		const { back } = await mail((await choose(leg.people)).email);

		await choose(back);

		expect((await post.world.tokens()).find(({ step }) => step === 'best')?.due_at).toBe(post.world.clock.nowMs() + 18_000);
	});

	it('tells what it would choose without storing anything, for whoever is known and for whoever is not', async () => {
		const [ann = 0] = await people(1);
		await post.world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' }]);

		const answers = await post.world.engine.messages.tryBestChannel(request({ purpose: 'marketing' }), [{ profile: ann }, { profile: null }, { profile: null, without: ['email'] }]);

		expect(answers.map(({ channel }) => channel)).toEqual([null, 'email', 'sms']);
		expect(answers[0]?.passed.map(({ channel }) => channel)).toEqual(['email', 'sms']);
		expect(await post.world.rows('select id from channel_choice')).toEqual([]);
	});

	it('leaves to Journey Direct Mail where its people live: its panel may take the address from anywhere', async () => {
		const leg = await enter(...(await people(1)));

		expect(outcomes(await choose(leg.people, { channels: [{ channel: 'directmail' }, { channel: 'sms' }] }))).toEqual(['channel directmail']);
	});

	it.each([
		['no channel', { channels: [] }, 'needs one channel'], ['four', { channels: ['email', 'sms', 'push', 'chat'].map((channel) => ({ channel })) }, 'needs one channel'],
		['one twice', { channels: [{ channel: 'email' }, { channel: 'email' }] }, 'twice'], ['one that there is not', { channels: [{ channel: 'pigeon' }] }, 'there is not'],
		['a wait that never ends', { deliveryWithinMs: Infinity }, '31 days'], ['a look at everything', { order: 'engaged' as const, engagedWithinMs: 0 }, 'two years'],
	])('refuses %s', async (_what, more, words) => {
		await expect(choose([], more)).rejects.toThrow(words);
	});
});
