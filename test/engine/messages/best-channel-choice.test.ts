import { DATABASES } from '../databases';
import { DAY_MS } from '../journeys/world';
import { ChannelStage, outcomes } from './channel-stage';

describe.each(DATABASES)('which channel is tried first, and which ones never, on %s', (kind) => {
	let stage: ChannelStage;
	beforeEach(async () => {
		stage = await ChannelStage.open(kind);
	});
	afterEach(async () => {
		await stage.close();
	});

	it('passes over a channel without consent and says why; whom none reaches goes on at once', async () => {
		const [ann = 0, bea = 0] = await stage.people(2);
		await stage.post.world.engine.consent.set([
			{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' }, { profile: ann, channel: 'sms', topic: '', state: 'subscribed', source: 'form' },
			{ profile: bea, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' },
		]);
		const leg = await stage.enter(ann, bea);

		const went = await stage.choose(leg.people, { purpose: 'marketing' });

		const [first, second] = went.results;
		expect(outcomes(went).sort()).toEqual(['channel sms', 'notReached']);
		expect([first, second].find((one) => one?.channel === 'sms')?.passed).toEqual([{ channel: 'email', reason: expect.stringContaining('unsubscribed') as string }]);
		expect([first, second].find((one) => one?.channel === null)?.passed.map(({ channel }) => channel)).toEqual(['email', 'sms']);
	});

	it('the channel first by which people click, open and answer; machines do not count, and equals stay in the order given', async () => {
		const [ann = 0, bea = 0, cyd = 0] = await stage.people(3);
		await stage.post.world.track('SMS Link Clicked', [ann]);
		await stage.post.world.track('Email Opened', [bea]);
		await stage.post.world.track('Email Opened', [cyd], { properties: { machine: true } });
		await stage.post.world.track('SMS Replied', [cyd]);
		const leg = await stage.enter(ann, bea, cyd);
		const engaged = { order: 'engaged' as const };

		const went = await stage.choose(leg.people, engaged);

		const first = new Map(went.results.map((result) => [leg.people[result.index]?.stamp.profile, result.channel]));
		expect([ann, bea, cyd].map((profile) => first.get(profile))).toEqual(['sms', 'email', 'sms']);
		expect(outcomes(await stage.choose((await stage.enter(...(await stage.people(5)).slice(3))).people, engaged))).toEqual(['channel email', 'channel email']);
	});

	it('clicks of long ago do not make a channel the preferred one', async () => {
		const [ann = 0] = await stage.people(1);
		await stage.post.world.track('SMS Link Clicked', [ann]);
		stage.post.world.clock.advance(91 * DAY_MS);

		expect(outcomes(await stage.choose((await stage.enter(ann)).people, { order: 'engaged' }))).toEqual(['channel email']);
	});

	it('keeps the order that was chosen when the person came, whatever they click meanwhile (rule 12)', async () => {
		const [ann = 0] = await stage.people(1);
		await stage.post.world.track('SMS Link Clicked', [ann]);
		const three = { order: 'engaged' as const, channels: [{ channel: 'onsite' }, { channel: 'email' }, { channel: 'sms' }], deliveryWithinMs: null };
		const leg = await stage.enter(ann);
		const went = await stage.choose(leg.people, three);
		stage.gateway.answerWith({ status: 400, json: { code: 21211, message: 'Invalid To' } });
		const back = await stage.text(went.sms);
		for (let n = 0; n < 3; n += 1) await stage.post.world.track('Email Link Clicked', [ann]);

		expect(outcomes(went)).toEqual(['channel sms']);
		expect(outcomes(await stage.choose(back, three))).toEqual(['channel onsite']);
	});

	it('tells what it would choose without storing anything, for whoever is known and for whoever is not', async () => {
		const [ann = 0] = await stage.people(1);
		await stage.post.world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'form' }]);

		const answers = await stage.post.world.engine.messages.tryBestChannel(stage.request({ purpose: 'marketing' }), [{ profile: ann }, { profile: null }, { profile: null, without: ['email'] }]);

		expect(answers.map(({ channel }) => channel)).toEqual([null, 'email', 'sms']);
		expect(answers[0]?.passed.map(({ channel }) => channel)).toEqual(['email', 'sms']);
		expect(await stage.post.world.rows('select id from channel_choice')).toEqual([]);
	});

	it('leaves to Journey Direct Mail where its people live: its panel may take the address from anywhere', async () => {
		const leg = await stage.enter(...(await stage.people(1)));

		expect(outcomes(await stage.choose(leg.people, { channels: [{ channel: 'directmail' }, { channel: 'sms' }] }))).toEqual(['channel directmail']);
	});

	it.each([
		['no channel', { channels: [] }, 'needs one channel'], ['four', { channels: ['email', 'sms', 'push', 'chat'].map((channel) => ({ channel })) }, 'needs one channel'],
		['one twice', { channels: [{ channel: 'email' }, { channel: 'email' }] }, 'twice'], ['one that there is not', { channels: [{ channel: 'pigeon' }] }, 'there is not'],
		['a wait that never ends', { deliveryWithinMs: Infinity }, '31 days'], ['a look at everything', { order: 'engaged' as const, engagedWithinMs: 0 }, 'two years'],
	])('refuses %s', async (_what, more, words) => {
		await expect(stage.choose([], more)).rejects.toThrow(words);
	});
});
