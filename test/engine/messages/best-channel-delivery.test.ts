import { DATABASES } from '../databases';
import { DAY_MS, MINUTE_MS } from '../journeys/world';
import { ChannelStage, outcomes } from './channel-stage';

describe.each(DATABASES)('whether a channel has reached the person, on %s', (kind) => {
	let stage: ChannelStage;
	beforeEach(async () => {
		stage = await ChannelStage.open(kind);
	});
	afterEach(async () => {
		await stage.close();
	});

	it('a delivery that is told ends the wait at once, by Reached', async () => {
		const { message } = await stage.waiting();
		expect((await stage.resume()).people).toEqual([]);

		await stage.post.tell(stage.post.delivery(message));
		const leg = await stage.resume();
		const went = await stage.choose(leg.people);

		expect(outcomes(went)).toEqual(['reached email']);
		await stage.post.world.walk.settle(leg);
		expect(await stage.post.world.enrollments()).toMatchObject([{ state: 'completed' }]);
	});

	it.each([['their answer', {}], ['their machine\'s answer', { 'Auto-Submitted': 'auto-replied' }]])('%s ends it as well: what is answered has arrived', async (_whose, headers) => {
		const { message } = await stage.waiting();
		const address = 'p0@customer.example';
		const named = Object.entries({ 'Message-ID': '<reply-1@mail.example>', 'In-Reply-To': `<${message.provider_id}@mtasv.net>`, ...headers }).map(([Name, Value]) => ({ Name, Value }));

		await stage.post.tell({ From: address, FromFull: { Email: address }, ToFull: [], Subject: 'Re: Hello', MessageID: 'in-1', TextBody: 'Yes', Headers: named });

		expect(outcomes(await stage.choose((await stage.resume()).people))).toEqual(['reached email']);
	});

	it('no delivery within 30 minutes: the next channel, and not a millisecond before; a delivery told later changes nothing', async () => {
		const { message } = await stage.waiting();
		stage.post.world.clock.advance(30 * MINUTE_MS - 1);
		expect((await stage.resume()).people).toEqual([]);
		stage.post.world.clock.advance(1);

		const leg = await stage.resume();
		const went = await stage.choose(leg.people);
		const back = await stage.text(went.sms);
		await stage.post.tell(stage.post.delivery(message));
		const after = await stage.choose(back);
		await stage.post.world.walk.settle(leg);
		await stage.tellText(await stage.newest('sms'), 'delivered');
		const end = await stage.resume();

		expect(went.results).toMatchObject([{ outcome: 'channel', channel: 'sms', passed: [{ channel: 'email', reason: 'not told to have arrived within 30 minutes' }] }]);
		expect(outcomes(after)).toEqual(['parked sms']);
		expect(outcomes(await stage.choose(end.people))).toEqual(['reached sms']);
		expect((await stage.ledger()).map(({ channel, state }) => [channel, state])).toEqual([['email', 'sent'], ['sms', 'sent']]);
	});

	it('a bounce leads to the next channel at once; when none is left, to Not Reached', async () => {
		const { message } = await stage.waiting();

		await stage.post.tell(stage.post.bounce(message));
		const leg = await stage.resume();
		const went = await stage.choose(leg.people);
		stage.gateway.answerWith({ status: 400, json: { code: 21211, message: 'Invalid To' } });
		const end = await stage.choose(await stage.text(went.sms));

		expect(went.results).toMatchObject([{ outcome: 'channel', channel: 'sms', passed: [{ channel: 'email', reason: 'the message came back' }] }]);
		expect(outcomes(end)).toEqual(['notReached']);
		expect(end.results[0]?.passed.map(({ channel }) => channel)).toEqual(['email', 'sms']);
	});

	it('what the service refuses goes to the next channel without a wait, also where nobody waits for deliveries', async () => {
		const [ann = 0] = await stage.people(1);
		stage.post.service.answer = () => ({ status: 422, json: { ErrorCode: 406, Message: 'Inactive recipient' } });
		const leg = await stage.enter(ann);

		const { back } = await stage.mail((await stage.choose(leg.people, { deliveryWithinMs: null })).email);
		const went = await stage.choose(back, { deliveryWithinMs: null });
		const end = await stage.choose(await stage.text(went.sms), { deliveryWithinMs: null });

		expect([outcomes(went), outcomes(end)]).toEqual([['channel sms'], ['reached sms']]);
	});

	it('a mail server that speaks SMTP tells nothing later: what it took counts as delivered', async () => {
		const [ann = 0] = await stage.people(1);
		const leg = await stage.enter(ann);
		const { back } = await stage.mail((await stage.choose(leg.people)).email);
		await stage.post.world.change("update message set provider = 'smtp'");

		expect(outcomes(await stage.choose(back))).toEqual(['reached email']);
	});

	it.each([['asSent', 'parked email'], ['next', 'channel sms']] as const)('an unknown message where it is to be taken %s: %s', async (unknown, expected) => {
		const [ann = 0] = await stage.people(1);
		const leg = await stage.enter(ann);
		const { email } = await stage.choose(leg.people, { unknown });
		stage.post.service.answer = () => 'drop';
		const { back } = await stage.mail(email);
		expect((await stage.ledger()).map(({ state }) => state)).toEqual(['unknown']);

		expect(outcomes(await stage.choose(back, { unknown }))).toEqual([expected]);
		if (unknown === 'asSent') {
			await stage.post.world.walk.settle(leg);
			stage.post.world.clock.advance(30 * MINUTE_MS);
			expect(outcomes(await stage.choose((await stage.resume()).people, { unknown }))).toEqual(['channel sms']);
		}
	});

	it('whom a sender holds stays there: no other channel meanwhile, and their way back is known days later', async () => {
		await stage.post.world.engine.settings.set({ quietHours: { from: '00:00', to: '23:59' }, guardedPurposes: 'all' });
		const [ann = 0] = await stage.people(1);
		const leg = await stage.enter(ann);
		const { results } = await stage.mail((await stage.choose(leg.people)).email);
		await stage.post.world.walk.settle(leg);
		expect(results).toMatchObject([{ outcome: 'parked' }]);
		stage.post.world.clock.advance(DAY_MS);
		expect((await stage.resume()).people).toEqual([]);
		await stage.post.world.engine.settings.set({ quietHours: null });

		const held = await stage.post.world.walk.start(stage.post.email());
		const { back } = await stage.mail(held.people);
		const went = await stage.choose(back);
		await stage.post.world.walk.settle(held);
		await stage.post.tell(stage.post.bounce(await stage.newest('email')));

		expect(outcomes(went)).toEqual(['parked email']);
		expect(outcomes(await stage.choose((await stage.resume()).people))).toEqual(['channel sms']);
	});

	it('n8n was down when somebody\'s time came: ten minutes more, in which the service tells again what nobody answered', async () => {
		await stage.post.world.engine.journeys.markLeader();
		const { message } = await stage.waiting();
		stage.post.world.clock.advance(45 * MINUTE_MS);
		await stage.post.world.engine.journeys.markLeader();

		const up = await stage.resume();
		expect(outcomes(await stage.choose(up.people))).toEqual(['parked email']);
		await stage.post.world.walk.settle(up);
		await stage.post.world.upFor(9);
		expect((await stage.resume()).people).toEqual([]);
		await stage.post.tell(stage.post.delivery(message));

		expect(outcomes(await stage.choose((await stage.resume()).people))).toEqual(['reached email']);
	});

	it('and when nothing is told then, the next channel', async () => {
		await stage.post.world.engine.journeys.markLeader();
		await stage.waiting();
		stage.post.world.clock.advance(45 * MINUTE_MS);
		await stage.post.world.engine.journeys.markLeader();
		const up = await stage.resume();
		await stage.choose(up.people);
		await stage.post.world.walk.settle(up);

		await stage.post.world.upFor(10);

		expect(outcomes(await stage.choose((await stage.resume()).people))).toEqual(['channel sms']);
	});

	it('the wait of a test person goes by their clock', async () => {
		const [ann = 0] = await stage.people(1);
		const leg = await stage.enter(ann);
		await stage.post.world.change('update enrollment set time_scale = 0.01');
		const { back } = await stage.mail((await stage.choose(leg.people)).email);

		await stage.choose(back);

		expect((await stage.post.world.tokens()).find(({ step }) => step === 'best')?.due_at).toBe(stage.post.world.clock.nowMs() + 18_000);
	});

	it.each([['waits for deliveries', {}], ['takes what was sent as delivered', { deliveryWithinMs: null }]])('whom the sender skips goes to the next channel at once where the step %s', async (_how, more) => {
		const [ann = 0] = await stage.people(1);
		const { email } = await stage.choose((await stage.enter(ann)).people, more);
		await stage.post.world.engine.suppression.add([{ channel: 'email', address: 'p0@customer.example', reason: 'manual' }]);
		const { back, results } = await stage.mail(email);

		const went = await stage.choose(back, more);

		expect(results).toMatchObject([{ outcome: 'skipped' }]);
		expect(went.results).toMatchObject([{ outcome: 'channel', channel: 'sms', passed: [{ channel: 'email', reason: 'suppressed: manual' }] }]);
	});

	it('whom the sender holds out went on as if they had the message: no other channel', async () => {
		const [ann = 0] = await stage.people(1);
		const { email } = await stage.choose((await stage.enter(ann)).people);
		await stage.post.world.change('update enrollment set holdout = 1');
		const { back, results } = await stage.mail(email, { purpose: 'marketing' });

		expect(results).toMatchObject([{ outcome: 'heldOut' }]);
		expect(outcomes(await stage.choose(back))).toEqual(['reached email']);
	});

	it('an unknown message of a mail server is waited for as one that was sent by a service which tells', async () => {
		const [ann = 0] = await stage.people(1);
		const { email } = await stage.choose((await stage.enter(ann)).people);
		stage.post.service.answer = () => 'drop';
		const { back } = await stage.mail(email);
		await stage.post.world.change("update message set provider = 'smtp'");

		expect(outcomes(await stage.choose(back))).toEqual(['parked email']);
	});

	it('of what other nodes have sent nobody hears: it counts as delivered, whatever their service is called', async () => {
		const [ann = 0] = await stage.people(1);
		const { back } = await stage.mail((await stage.choose((await stage.enter(ann)).people)).email);
		await stage.post.world.engine.journeys.beat({ ...stage.post.email(), type: 'anyChannel' });
		await stage.post.world.change("update step set type = 'anyChannel' where step = 'email'");

		expect(outcomes(await stage.choose(back))).toEqual(['reached email']);
	});

	it('a message on the site is waited for until it is shown', async () => {
		const first = { channels: [{ channel: 'onsite' }, { channel: 'sms' }] };
		const leg = await stage.enter(...(await stage.people(1)));
		const went = await stage.choose(leg.people, first);
		const [person] = leg.people;
		const stamp = went.results[0]?.stamp;
		if (person === undefined || stamp === undefined) throw new Error('Nobody went out.');
		const [sent] = await stage.post.world.engine.messages.sendOnSite({
			purpose: 'transactional', topic: '', provider: { kind: 'onSite' }, step: stage.post.world.walk.step('site', 'onSite'), items: [{ index: 0, stamp, item: person.json }], content: { headline: 'Hello', text: 'There', buttons: [] },
			showing: { kind: 'banner', slot: '', anyBrowser: false, recall: true, priority: 50, mostShows: 3, gapHours: 1, expiresAfterHours: 24, rules: { trigger: { on: 'load' }, urls: [], notUrls: [] }, style: { accent: '', theme: 'auto', position: 'top' } },
		});
		if (sent?.stamp === undefined) throw new Error('Nothing was sent.');

		expect(sent.outcome).toBe('sent');
		expect(outcomes(await stage.choose([{ ...person, stamp: sent.stamp }], first))).toEqual(['parked onsite']);
	});

	it.each(['opened_at = 1', 'clicked_at = 1', 'complained_at = 1', 'machine_opens = 1', 'machine_clicks = 1'])('a message that was looked at has arrived, whoever or whatever looked (%s)', async (looked) => {
		await stage.waiting();
		await stage.post.world.change(`update message set ${looked}`);
		stage.post.world.clock.advance(30 * MINUTE_MS);

		expect(outcomes(await stage.choose((await stage.resume()).people))).toEqual(['reached email']);
	});
});
