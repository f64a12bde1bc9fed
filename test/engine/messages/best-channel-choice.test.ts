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

	const chosenFirst = async (profile: number, channels: string[]) => {
		const [answer] = await stage.post.world.engine.messages.tryBestChannel(stage.request({ order: 'engaged', channels: channels.map((channel) => ({ channel })) }), [{ profile }]);
		return [...(answer?.passed.map(({ channel }) => channel) ?? []), answer?.channel][0];
	};

	it('several looks at one message count once, imported ones not at all, nor what two channels tell alike or being shown a message on a page', async () => {
		const { world } = stage.post;
		const [ann = 0, bea = 0, cyd = 0, dan = 0] = await stage.people(4);
		for (let n = 0; n < 3; n += 1) {
			await world.track('SMS Link Clicked', [ann]);
			await world.track('SMS Replied', [bea]);
			await world.track('On-Site Shown', [cyd]);
			await world.track('Push Notification Tapped', [dan]);
		}
		await world.change(`update event set message = 'one' where profile = ${ann}`);
		await world.change(`update event set historical = 2 where profile = ${bea}`);
		for (let n = 0; n < 2; n += 1) await world.track('Email Link Clicked', [ann]);

		expect(await chosenFirst(ann, ['sms', 'email'])).toBe('email');
		expect(await chosenFirst(bea, ['email', 'sms'])).toBe('email');
		expect(await chosenFirst(cyd, ['email', 'onsite'])).toBe('email');
		expect(await chosenFirst(dan, ['email', 'webpush', 'push'])).toBe('email');
		expect(await chosenFirst(dan, ['email', 'push'])).toBe('push');
	});

	it('a cap that is reached does not speak against a channel: the sender holds or skips', async () => {
		await stage.post.world.engine.settings.set({ caps: [{ channel: 'email', max: 1, perSeconds: 86_400 }], guardedPurposes: 'all' });
		const { back } = await stage.mail((await stage.enter(...(await stage.people(1)))).people);

		expect(outcomes(await stage.choose(back))).toEqual(['channel email']);
	});

	it('asks for the consent of the topic', async () => {
		const [ann = 0] = await stage.people(1);
		await stage.post.world.engine.consent.set([{ profile: ann, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'form' }, { profile: ann, channel: 'sms', topic: '', state: 'subscribed', source: 'form' }]);
		const { people } = await stage.enter(ann);

		expect(outcomes(await stage.choose(people, { purpose: 'marketing', topic: 'News' }))).toEqual(['channel sms']);
	});

	it('outside of a journey whoever comes back is judged by the ledger\'s word of a message of theirs, and never goes out by the same channel again', async () => {
		const { engine } = stage.post.world;
		const { message: ofJourney, profile } = await stage.waiting();
		const row = (index: number) => ({ index, item: {}, contact: { email: 'p0@customer.example', key: `k${index}` } });
		const [sent, same] = await engine.messages.sendEmail({ ...stage.post.mail({ purpose: 'transactional' }), step: stage.post.email(), items: [row(0), row(1)] });
		const after = async (message: string | null, workflow = 'wf') => {
			const asked = stage.request();
			return (await engine.messages.tryBestChannel({ ...asked, step: { ...asked.step, workflow } }, [{ profile, after: { channel: 'email', message } }]))[0];
		};
		const reached = { reached: true, channel: 'email', passed: [] };
		const onward = { reached: false, channel: 'sms', passed: [{ channel: 'email', reason: 'no message was sent behind this output' }] };

		expect([sent?.outcome, same?.outcome]).toEqual(['sent', 'alreadySent']);
		expect([await after(String(sent?.message)), await after(String(same?.message))]).toEqual([reached, reached]);
		expect([await after(ofJourney.id), await after(String(sent?.message), 'another'), await after(null)]).toEqual([onward, onward, onward]);
	});
});
