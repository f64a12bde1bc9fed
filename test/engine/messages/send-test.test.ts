import type { TestSendRequest, TestSendResult } from '../../../engine';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { Mailbox, smtp } from './mailbox';
import { SmsGateway } from './sms-gateway';

describe.each(DATABASES)('A test send of a template, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let gateway: SmsGateway;
	let tester: number;
	let customer: number;
	let keys = 0;
	const step = () => world.walk.step('content', 'content');

	beforeEach(async () => {
		mailbox = await Mailbox.open();
		gateway = await SmsGateway.open();
		world = await World.open(kind);
		await world.engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		await world.engine.settings.set({ currency: 'EUR' });
		const add = async (name: string, phone: string, test: boolean) => Number((await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: `${name}@example.com` }, { kind: 'phone', value: phone }], attributes: { name } }], { source: 't', test })).profiles[0]);
		tester = await add('tess', '+15005550011', true);
		customer = await add('carl', '+15005550012', false);
		await world.engine.templates.save({ key: 'hello', channel: 'email', language: 'en', content: { subject: 'Hello {{ profile.name }}', body: { kind: 'html', source: "<p>Hi {{ profile.name }}, {{ profile.odd }}, {{ 2.5 | money }} <a href=\"{{ links.unsubscribeUrl }}\">out</a> <a href=\"https://shop.ch/sale\">sale</a></p>" } } });
		await world.engine.templates.saveSample('hello', 'Ann', { profile: { name: 'Ann', odd: '{{ 7 }} {% if %}' }, item: {} });
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
		await gateway.close();
	});

	async function test(to: TestSendRequest['to'], more: Partial<TestSendRequest> = {}): Promise<TestSendResult> {
		keys += 1;
		return await world.engine.messages.sendTest({ step: step(), key: `k${keys}`, as: { key: 'hello' }, to, by: { channel: 'email', provider: smtp(mailbox.port), from: { address: 'shop@example.com' } }, ...more });
	}
	const mail = () => mailbox.accepted.map(({ to, raw }) => ({ to, subject: /^Subject: (.*)$/m.exec(raw)?.[1]?.trim(), text: raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=') }));

	it('goes to a test person as the draft shows it, says so in the subject, and is in the ledger as a test of that template', async () => {
		const result = await test({ profile: tester });

		expect(result).toMatchObject({ outcome: 'sent', template: 'hello', version: null, language: 'en', channel: 'email', profile: tester });
		expect(mail()).toMatchObject([{ to: 'tess@example.com', subject: '[Test] Hello Ann' }]);
		expect(mail()[0]?.text).toContain('{{ 7 }} {% if %}');
		expect(mail()[0]?.text).toContain('unsubscribe-in-real-mails');
		expect(mail()[0]?.text).toContain('href="https://shop.ch/sale"');
		expect(await world.engine.messages.list({})).toMatchObject([{ purpose: 'test', state: 'sent', profile: tester, template: { key: 'hello', version: 0, language: 'en' } }]);
	});

	it('shows what a chosen person would see, in a version, without the mark where it is not wanted', async () => {
		await world.engine.templates.publish('hello');
		await world.engine.templates.save({ key: 'hello', content: { subject: 'Draft', body: { kind: 'text', source: 'x' } } });

		const result = await test({ profile: tester }, { as: { key: 'hello', version: 1, profileId: customer }, mark: false });

		expect(result).toMatchObject({ outcome: 'sent', version: 1 });
		expect(mail()).toMatchObject([{ to: 'tess@example.com', subject: 'Hello carl' }]);
	});

	it('goes to nobody else: not to a customer, nor to their address, unless that is on the list of the settings', async () => {
		await expect(test({ profile: customer })).rejects.toThrow(/no test person/);
		await expect(test({ address: 'carl@example.com' })).rejects.toThrow(/neither on the list/);
		await expect(test({ address: 'nobody@example.com' })).rejects.toThrow(/neither on the list/);
		expect((await test({ address: 'tess@example.com' })).outcome).toBe('sent');
		await world.engine.settings.set({ testAddresses: ['Boss@Example.com'] });
		expect((await test({ address: 'boss@example.com' })).outcome).toBe('sent');
		await expect(test({ address: 'carl@example.com' })).rejects.toThrow(/neither on the list/);
		expect(await world.engine.profiles.get({ kind: 'email', value: 'boss@example.com' })).toMatchObject({ test: true });

		expect(mail().map(({ to }) => to)).toEqual(['tess@example.com', 'boss@example.com']);
	});

	it('asks no consent and no cap and counts for none, but is kept back by suppression and by the switch', async () => {
		await world.engine.settings.set({ guardedPurposes: 'all', caps: [{ channel: 'all', max: 1, perSeconds: 86_400 }], quietHours: { from: '00:00', to: '23:59' } });
		await world.engine.consent.set([{ profile: tester, channel: 'email', topic: '', state: 'unsubscribed', source: 't' }]);
		expect([(await test({ profile: tester })).outcome, (await test({ profile: tester })).outcome]).toEqual(['sent', 'sent']);
		await world.engine.settings.set({ quietHours: null });
		expect(await world.engine.messages.foresee({ channel: 'email', purpose: 'transactional', topic: '', profiles: [tester] } as never)).toMatchObject([{ verdict: 'send' }]);

		await world.engine.journeys.stopSending('look');
		expect(await test({ profile: tester })).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('stopped') as string });
		await world.engine.journeys.resumeSending();
		await world.engine.suppression.add([{ channel: 'email', address: 'tess@example.com' }]);
		expect(await test({ profile: tester })).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('suppressed') as string });
		expect(mail()).toHaveLength(2);
	});

	it('is no message of the person for segments', async () => {
		await test({ profile: tester });

		expect(await world.engine.segments.count({ rule: { message: 'sent' } })).toBe(0);
		expect(await world.engine.messages.list({ state: 'sent' })).toHaveLength(1);
	});

	it('sends a key once, and no workflow makes its own messages tests', async () => {
		await test({ profile: tester }, { key: 'same' });
		await test({ profile: tester }, { key: 'same' });
		expect(mailbox.accepted).toHaveLength(1);

		await expect(world.engine.messages.sendEmail(mailbox.mail({ step: step(), purpose: 'test', items: [{ index: 0, item: {}, contact: { email: 'carl@example.com', key: 'x' } }] } as never) as never)).rejects.toThrow(/Choose a Purpose/);
		expect(mailbox.accepted).toHaveLength(1);
	});

	it.each(['Marketing', 'promotional', ''])('is no way around the guards: the purpose "%s" sends nothing', async (purpose) => {
		await expect(world.engine.messages.sendEmail(mailbox.mail({ step: step(), purpose, items: [{ index: 0, item: {}, contact: { email: 'carl@example.com', key: 'x' } }] } as never) as never)).rejects.toThrow(/Choose a Purpose; nothing was sent/);
		expect(mailbox.accepted).toEqual([]);
	});

	it('has its pictures, as a text message', async () => {
		await world.engine.templates.save({ key: 'mms', channel: 'sms', content: { text: 'Look', mediaUrls: ['https://cdn.example/{{ item.name }}.png'] } });
		const { provider, senders } = gateway.sms();

		await test({ profile: tester }, { as: { key: 'mms', item: { name: 'Ann' } }, by: { channel: 'sms', provider, senders } });

		expect(gateway.sent.map(({ media }) => media)).toEqual([['https://cdn.example/Ann.png']]);
	});

	it('goes by another channel, too, and says when the template is of another one', async () => {
		await world.engine.templates.save({ key: 'sms', channel: 'sms', content: { text: 'Code {{ item.code }}' } });
		const { content: _content, purpose: _purpose, topic: _topic, ...sms } = gateway.sms();

		expect(await test({ address: '+1 500 555 0011' }, { as: { key: 'sms', item: { code: '42' } }, by: { channel: 'sms', provider: sms.provider, senders: sms.senders } })).toMatchObject({ outcome: 'sent', channel: 'sms' });
		expect(gateway.sent.map(({ text }) => text)).toEqual(['[Test] Code 42']);
		await expect(test({ profile: tester }, { as: { key: 'sms' } })).rejects.toThrow(/one of the channel sms/);
	});
});
