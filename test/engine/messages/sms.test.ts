import { DATABASES } from '../databases';
import type { World } from '../journeys/world';
import type { SmsGateway } from './sms-gateway';
import { BERLIN, SEOUL, SmsStage } from './sms-stage';

describe.each(DATABASES)('text messages, on %s', (kind) => {
	let stage: SmsStage;
	let world: World;
	let gateway: SmsGateway;
	beforeEach(async () => {
		stage = await SmsStage.open(kind);
		({ world, gateway } = stage);
	});
	afterEach(() => stage.close());

	it('whose making throws because of what the caller gave are held, and nobody is lost', async () => {
		const leg = await stage.enter(await stage.person(BERLIN), await stage.person('+15005550009'));

		// What no step gives, but a caller of the engine may: no table of senders by country.
		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms({ senders: { default: '+15005550006', byCountry: null as never } }));

		expect(results).toMatchObject([1, 2].map(() => ({ outcome: 'parked', reason: expect.stringContaining('could not be made for this person') as string })));
		expect(gateway.sent).toEqual([]);
	});

	it('go to the person\'s phone number, rendered for each, and stand in the ledger as sent by SMS', async () => {
		const leg = await stage.enter(await stage.person(BERLIN, { number: 1, firstName: 'Anna' }));

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: 'Hello {{ profile.firstName }}, we write to {{ profile.phone }}', mediaUrls: ['https://cdn.example/{{ profile.number }}.jpg', ''] } }));

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(gateway.sent).toEqual([{ to: BERLIN, from: '+15005550006', text: `Hello Anna, we write to ${BERLIN}`, media: ['https://cdn.example/1.jpg'], callback: null }]);
		expect(await stage.ledger()).toEqual([{ channel: 'sms', state: 'sent', guard: null, reason: null, provider: 'twilio', provider_id: 'SM00000000000000000000000000000000' }]);
	});

	it('are sent once, however often the leg is run again', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));
		await world.walk.sms(stage.step(), leg.people, gateway.sms());

		const again = await world.walk.sms(stage.step(), leg.people, gateway.sms());

		expect(again.results).toMatchObject([{ outcome: 'sent' }]);
		expect(gateway.sent).toHaveLength(1);
	});

	it('carry the hint how to leave only as marketing, and tracked links only when asked', async () => {
		await stage.isReachable();
		const id = await stage.person(BERLIN);
		await stage.wants(id);
		const leg = await stage.enter(id);
		const content = { text: 'See https://shop.example/sale. Leave: {{ links.unsubscribeUrl }}' };

		const first = await world.walk.sms(stage.step('a'), leg.people, stage.marketing({ content, unsubscribeHint: 'Reply STOP to opt out', trackClicks: true }));
		await world.walk.sms(stage.step('b'), first.sent, gateway.sms({ content, unsubscribeHint: 'Reply STOP to opt out' }));

		const [tracked, plain] = gateway.sent;
		expect(tracked?.text).toMatch(/^See https:\/\/shop\.example\/j\/click\?t=[\w.-]+\. Leave: https:\/\/shop\.example\/j\/unsubscribe\?t=[\w.-]+\nReply STOP to opt out$/);
		expect(plain?.text).toMatch(/^See https:\/\/shop\.example\/sale\. Leave: https:\/\/shop\.example\/j\/unsubscribe\?t=[\w.-]+$/);
		expect(tracked?.callback).toBe(`https://shop.example/j/callbacks/twilio?message=${first.results[0]?.message}`);
	});

	it('a click in one is recorded like a click in a mail, and its unsubscribe link leaves SMS', async () => {
		await stage.isReachable();
		const id = await stage.person(BERLIN);
		await stage.wants(id);
		const leg = await stage.enter(id);
		const { results } = await world.walk.sms(stage.step(), leg.people, stage.marketing({ content: { text: 'https://shop.example/sale {{ links.unsubscribeUrl }}' }, trackClicks: true }));
		const [click = '', unsubscribe = ''] = gateway.sent[0]?.text.split(' ') ?? [];
		const visit = (url: string, method: string) => world.engine.collector.handle({ route: new URL(url).pathname.replace('/j/', ''), method, query: Object.fromEntries(new URL(url).searchParams), headers: { 'user-agent': 'Mozilla/5.0 (iPhone)' }, body: new Uint8Array(), ip: '192.0.2.1' });

		world.clock.advance(5_000);
		const answer = await visit(click, 'GET');
		world.clock.advance(3_000);
		await world.engine.tick();
		await visit(unsubscribe, 'POST');

		expect(answer).toMatchObject({ status: 302, headers: { location: 'https://shop.example/sale' } });
		expect(await world.rows(`select clicks from message where id = '${results[0]?.message}'`)).toEqual([{ clicks: 1 }]);
		expect(await world.rows(`select state from consent where profile = ${id} and channel = 'sms' and topic = ''`)).toEqual([{ state: 'unsubscribed' }]);
	});

	it('curly quotes are sent as GSM has them when smart encoding is on', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));
		const content = { text: 'It’s “new” – look…' };

		const first = await world.walk.sms(stage.step('a'), leg.people, gateway.sms({ content, smartEncoding: true }));
		await world.walk.sms(stage.step('b'), first.sent, gateway.sms({ content }));

		expect(gateway.sent.map(({ text }) => text)).toEqual(['It\'s "new" - look...', content.text]);
	});

	it('are held back by the switch that stops all sending', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));
		await world.engine.journeys.stopSending('a check');

		await world.walk.sms(stage.step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		const stopped = [...gateway.sent];
		await world.engine.journeys.resumeSending();
		const later = await world.walk.start(stage.step());
		await world.walk.sms(stage.step(), later.people, gateway.sms());

		expect(stopped).toEqual([]);
		expect(gateway.sent).toHaveLength(1);
	});

	it('outside a journey go to the number that was given, which finds the person or makes them', async () => {
		const items = [BERLIN, 'not a number'].map((phone, index) => ({ index, contact: { phone, key: `k${index}` }, item: {} }));

		const sent = await world.engine.messages.sendSms({ ...gateway.sms(), step: stage.step(), items: items.slice(0, 1) });
		await world.engine.messages.sendSms({ ...gateway.sms(), step: stage.step(), items: items.slice(0, 1) });

		expect(sent).toMatchObject([{ outcome: 'sent', profile: (await world.engine.profiles.get({ kind: 'phone', value: BERLIN }))?.id }]);
		expect(gateway.sent.map(({ to }) => to)).toEqual([BERLIN]);
		await expect(world.engine.messages.sendSms({ ...gateway.sms(), step: stage.step(), items })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('no usable contact phone') as string, details: { item: 1 } });
		await expect(world.engine.messages.sendSms({ ...gateway.sms(), step: stage.step(), items: [{ index: 0, item: {} }] })).rejects.toMatchObject({ code: 'NOT_IN_JOURNEY', message: expect.stringContaining('Contact Phone') as string });
	});

	it('a text that is empty for one person holds that one and sends the others theirs', async () => {
		const leg = await stage.enter(await stage.person(BERLIN, { word: 'Hi' }), await stage.person(SEOUL));

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: '{{ profile.word }}' } }));

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'sent']);
		expect(gateway.sent).toHaveLength(1);
	});

	it.each(['javascript:alert(1)', 'cdn.example/2.jpg', 'https://'])('whose media has no web address for their person (%s) are held until it is corrected; everybody else gets theirs', async (picture) => {
		const [right, wrong] = [await stage.person(BERLIN, { picture: 'https://cdn.example/1.jpg' }), await stage.person('+15005550009', { picture })];
		const leg = await stage.enter(right, wrong);

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: 'Hello', mediaUrls: ['{{ profile.picture }}'] } }));

		expect(results.map(({ profile, outcome, reason }) => [profile, outcome, reason])).toEqual([[right, 'sent', null], [wrong, 'parked', expect.stringMatching(/^A media URL is no http or https address.*Retry Held\.$/)]]);
		expect(gateway.sent).toMatchObject([{ to: BERLIN, media: ['https://cdn.example/1.jpg'] }]);
		expect((await world.tokens()).flatMap(({ state }) => (state === 'held' ? [state] : []))).toEqual(['held']);
	});

	it('what is wrong with the text for everyone is said before anything is reserved', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));

		await expect(world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: 'Hello {% if %}' } }))).rejects.toMatchObject({ code: 'TEMPLATE_INVALID', message: expect.stringMatching(/^Text, line 1/) as string });
		await expect(world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: '  ' } }))).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
		expect(await stage.ledger()).toEqual([]);
	});

	it('a double opt-in can be confirmed by the link in one', async () => {
		await stage.isReachable();
		const id = await stage.person(BERLIN);
		await world.engine.consent.request([{ whose: { profileId: id }, channel: 'sms', topic: '', source: 'form', textVersion: '1' }]);
		const leg = await stage.enter(id);

		await world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: 'Yes? {{ links.confirmUrl }}' } }));

		expect(gateway.sent[0]?.text).toMatch(/^Yes\? https:\/\/shop\.example\/j\/confirm\?t=/);
	});

	it('a preview renders as a person, counts segments and cost, and reaches nobody but the test recipient', async () => {
		const id = await stage.person(BERLIN, { firstName: 'Änna' });
		const making = { content: { text: 'Hello {{ profile.firstName }} €' }, purpose: 'marketing' as const, senders: { default: 'SHOP', byCountry: { KR: '0212345678' } }, trackClicks: false, unsubscribeHint: 'STOP' };

		const shown = await world.engine.messages.previewSms({ ...making, profileId: id, item: {}, prices: { DE: '0.075', '*': '0.1' } });
		const long = await world.engine.messages.previewSms({ ...making, content: { text: `${'я'.repeat(71)}` }, profileId: id, item: {}, prices: { '*': '0.1' }, testRecipient: SEOUL, provider: gateway.config });

		expect(shown).toEqual({ text: 'Hello Änna €\nSTOP', mediaUrls: [], encoding: 'GSM-7', segments: 1, characters: 18, country: 'DE', from: 'SHOP', cost: '0.075', profile: id, sentTo: null, trouble: null });
		expect(long).toMatchObject({ encoding: 'UCS-2', segments: 2, cost: '0.2', sentTo: SEOUL });
		expect(gateway.sent).toMatchObject([{ to: SEOUL, from: '0212345678' }]);
		expect(await stage.ledger()).toEqual([]);
	});

	it.each<[string, string, string, string | null, string | null]>([
		['there is no sender for the number', 'Hello', '+82 10 1234 5678', 'KR', 'There is no sender for numbers in KR'],
		['there is no text for them', '{{ profile.word }}', '+49 151 12345678', 'DE', 'The text is empty for this person'],
		['nothing does', 'Hello', '+49 151 12345678', 'DE', null],
		['they are named by what is no number', 'Hello', 'somebody@customer.example', null, null],
	])('a preview as somebody unknown says what would keep it from leaving: %s', async (_what, text, value, country, trouble) => {
		const shown = await world.engine.messages.previewSms({
			content: { text }, purpose: 'transactional', senders: { default: '', byCountry: { DE: 'SHOP' } }, trackClicks: false, profileId: { unknown: { kind: value.startsWith('+') ? 'phone' : 'email', value } }, item: {},
		});

		expect(shown).toMatchObject({ profile: null, country, from: country === 'DE' ? 'SHOP' : null, trouble: trouble === null ? null : expect.stringContaining(trouble) as string });
	});
});
