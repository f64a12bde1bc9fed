import { DATABASES } from '../databases';
import type { Person } from '../journeys/walk';
import { MINUTE_MS, type World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';
import type { SmsGateway } from '../messages/sms-gateway';
import { SmsStage } from '../messages/sms-stage';
import type { MadeOf, SendResult, SmsSendRequest } from '../../../engine';

describe.each(DATABASES)('Messages made of a template, on %s', (kind) => {
	let stage: SmsStage;
	let world: World;
	let gateway: SmsGateway;
	beforeEach(async () => {
		stage = await SmsStage.open(kind);
		({ world, gateway } = stage);
		await world.engine.settings.set({ currency: 'EUR' });
	});
	afterEach(() => stage.close());

	async function person(n: number, attributes: Record<string, string> = {}): Promise<number> {
		const identities = [{ kind: 'user_id', value: `u${n}` }, { kind: 'phone', value: `+1500555001${n}` }, { kind: 'email', value: `u${n}@example.com` }];
		return Number((await world.engine.profiles.upsert([{ identities, attributes: { name: `P${n}`, ...attributes } }], { source: 'test' })).profiles[0]);
	}

	async function sendTo(people: readonly Person[], key = 'hello'): Promise<SendResult[]> {
		const { content: _own, ...sms } = gateway.sms();
		const request: MadeOf<SmsSendRequest> = { ...sms, template: key, step: stage.step(), items: people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) };
		return await world.engine.messages.sendSms(request);
	}

	async function published(language: string, text: string, key = 'hello'): Promise<void> {
		await world.engine.templates.save({ key, channel: 'sms', language, content: { text } });
		await world.engine.templates.publish(key);
	}

	const ledger = async () => (await world.engine.messages.list({})).map(({ state, reason, template }) => ({ state, reason, template }));

	it('go to each in their own language, which the ledger keeps with template and version', async () => {
		await published('en', 'Hello {{ profile.name }}, {{ 2.5 | money }}');
		await published('de', 'Hallo {{ profile.name }}, {{ 2.5 | money }}');
		const chosen = await person(2, { language: 'en' });
		await world.engine.preferences.set([{ whose: { profileId: chosen }, language: 'de', source: 'test' }]);
		const leg = await stage.enter(await person(1, { locale: 'de-AT' }), chosen, await person(3, { locale: 'fr' }));

		const results = await sendTo(leg.people);

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect(gateway.sent.map(({ text }) => text.replace(/\u00a0/g, ' ')).sort()).toEqual(['Hallo P1, € 2,50', 'Hallo P2, 2,50 €', 'Hello P3, €2.50']);
		const languages = Object.fromEntries((await world.engine.messages.list({})).map(({ profile, template }) => [profile, template]));
		expect(languages[chosen]).toEqual({ key: 'hello', name: 'hello', version: 2, language: 'de' });
		expect(Object.values(languages).map((template) => template?.language).sort()).toEqual(['de', 'de', 'en']);
	});

	it('are those of the version that is published when the batch is sent', async () => {
		await published('en', 'One');
		const first = await stage.enter(await person(1));
		await sendTo(first.people);
		await world.engine.templates.save({ key: 'hello', content: { text: 'A draft' } });
		const second = await stage.enter(await person(2));
		await sendTo(second.people);
		await published('en', 'Two');
		await world.engine.templates.publish('hello', { version: 1 });
		const third = await stage.enter(await person(3));
		await sendTo(third.people);

		expect(gateway.sent.map(({ text }) => text)).toEqual(['One', 'One', 'One']);
		expect((await ledger()).map(({ template }) => template?.version)).toEqual([1, 1, 1]);
	});

	it.each<[string, () => Promise<unknown>, string]>([
		['was taken back', async () => await world.engine.templates.unpublish('hello'), 'The template "hello" is not published'],
		['was deleted', async () => await world.engine.templates.delete('hello'), 'There is no template "hello"'],
	])('wait while their template %s, and are sent when there is one: nobody is lost and nothing sent twice', async (_what, take, why) => {
		await published('en', 'Hello {{ profile.name }}');
		const leg = await stage.enter(await person(1), await person(2));
		await take();

		const results = await sendTo(leg.people);
		await world.walk.settle(leg);

		expect(results).toMatchObject([1, 2].map(() => ({ outcome: 'parked', reason: expect.stringMatching(`^${why}, so "The sms" sends nothing\\. Publish it`) as string })));
		expect(gateway.sent).toEqual([]);
		await published('en', 'Hello again {{ profile.name }}');
		world.clock.advance(60 * MINUTE_MS);
		const later = await world.walk.start(stage.step());
		expect((await sendTo(later.people)).map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(gateway.sent.map(({ text }) => text).sort()).toEqual(['Hello again P1', 'Hello again P2']);
	});

	it('outside a journey nobody waits: the sender says what to do, and nothing is reserved', async () => {
		const { content: _own, ...sms } = gateway.sms();

		await expect(world.engine.messages.sendSms({ ...sms, template: 'hello', step: stage.step(), items: [{ index: 0, item: {}, contact: { phone: '+15005550010', key: 'k' } }] })).rejects.toThrow('There is no template "hello", so "The sms" sends nothing');
		expect(await ledger()).toEqual([]);
	});

	it('outside a journey are two where a block, or the person\'s own language, says two things', async () => {
		await world.engine.blocks.save({ key: 'order', content: { format: 'text', source: 'Order {{ item.order }}' } });
		await world.engine.blocks.publish('order');
		await published('en', "Thank you. {% render 'order' %}");
		await published('de', 'Danke.', 'thanks');
		await world.engine.templates.save({ key: 'thanks', channel: 'sms', language: 'fr', content: { text: 'Merci, {{ item.order }}.' } });
		await world.engine.templates.publish('thanks');
		await person(1, { locale: 'fr' });
		const { content: _own, ...sms } = gateway.sms();
		const items = (of: string) => ['7', '8', '8'].map((order, index) => ({ index, item: { order }, contact: { phone: '+15005550011', key: `${of} ${index}` } }));

		const byBlock = await world.engine.messages.sendSms({ ...sms, template: 'hello', step: stage.step(), items: items('a') });
		const byLanguage = await world.engine.messages.sendSms({ ...sms, template: 'thanks', step: world.walk.step('thanks', 'sms'), items: items('b') });

		expect([byBlock, byLanguage].map((results) => results.map(({ outcome }) => outcome))).toEqual([1, 2].map(() => ['sent', 'sent', 'alreadySent']));
		expect(gateway.sent.map(({ text }) => text).sort()).toEqual(['Merci, 7.', 'Merci, 8.', 'Thank you. Order 7', 'Thank you. Order 8']);
	});

	it('are none of another channel', async () => {
		await world.engine.templates.save({ key: 'mail', channel: 'email', content: { subject: 'x', body: { kind: 'html', source: 'x' } } });
		await world.engine.templates.publish('mail');
		const leg = await stage.enter(await person(1));

		expect(await sendTo(leg.people, 'mail')).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('is one of the channel email') as string }]);
	});

	it('whose template fails for one person hold that one, name the line, and send the others', async () => {
		await published('en', "Hello\n{{ profile.at | date: 'long', zone: profile.zone }}");
		const leg = await stage.enter(await person(1, { at: '2026-01-01T00:00:00Z', zone: 'Nowhere/Ann' }), await person(2, { at: '2026-01-01T00:00:00Z', zone: 'UTC' }));

		const results = await sendTo(leg.people);

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'sent']);
		expect(results.find(({ outcome }) => outcome === 'parked')?.reason).toMatch(/Text, line 2: (?!.*Nowhere)/);
	});

	it('ask for an open double opt-in where a block shows its link', async () => {
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		await world.engine.blocks.save({ key: 'confirm', content: { format: 'text', source: '{{ links.confirmUrl }}' } });
		await world.engine.blocks.publish('confirm');
		await published('en', "Please confirm: {% render 'confirm' %}");
		const leg = await stage.enter(await person(1));

		expect(await sendTo(leg.people)).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('has no open request for consent') as string }]);
		expect(gateway.sent).toEqual([]);
	});

	it('carry the token that starts a chat where a block shows it', async () => {
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		await world.engine.blocks.save({ key: 'chat', content: { format: 'text', source: 'start={{ links.chatStart }}.' } });
		await world.engine.blocks.publish('chat');
		await published('en', "Chat with us: {% render 'chat' %}");
		const leg = await stage.enter(await person(1));

		await sendTo(leg.people);

		expect(gateway.sent[0]?.text).toMatch(/start=[\w-]{20,}\.$/);
	});

	it('of a step with content of its own show blocks and brand as they are now, and no template', async () => {
		const mailbox = await Mailbox.open();
		await world.engine.brand.set({ name: 'Shop' });
		await world.engine.blocks.save({ key: 'sign', content: { format: 'html', source: '<i>{{ brand.name }}</i>' } });
		await world.engine.blocks.publish('sign');
		const leg = await stage.enter(await person(1));

		await world.walk.email(world.walk.step('mail', 'email'), leg.people, mailbox.mail({ content: { subject: 'Hi', body: { kind: 'html', source: "<p>{% render 'sign' %}</p>" } } }));
		await mailbox.close();

		expect(mailbox.accepted[0]?.raw).toContain('<i>Shop</i>');
		expect(await ledger()).toMatchObject([{ state: 'sent', template: null }]);
	});

	it('stand in the copy of somebody\'s data with what they were made of', async () => {
		await published('en', 'Hello');
		const id = await person(1);
		const leg = await stage.enter(id);
		await sendTo(leg.people);

		const copy = await world.engine.privacy.exportPerson({ profileId: id }, { source: 'test' });

		expect(JSON.stringify(copy)).toMatch(/"template":"hello"/);
		expect(JSON.stringify(copy)).toMatch(/"templateVersion":1/);
	});

	it('are previewed as somebody gets them, and say when there is nothing to show', async () => {
		await published('en', 'Hello');
		await published('de', 'Hallo {{ profile.name }}');
		const { content: _own, ...sms } = gateway.sms();
		const asked = { ...sms, profileId: await person(1, { locale: 'de' }), item: {} };

		expect(await world.engine.messages.previewSms({ ...asked, template: 'hello' })).toMatchObject({ text: 'Hallo P1' });
		await expect(world.engine.messages.previewSms({ ...asked, template: 'gone' })).rejects.toThrow('There is no template "gone"');
	});
});
