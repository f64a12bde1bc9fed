import { randomBytes } from 'node:crypto';

import { DATABASES } from '../databases';
import type { Leg, Sms } from '../journeys/walk';
import { World } from '../journeys/world';
import { SmsGateway } from './sms-gateway';

const BERLIN = '+4915112345678';
const SEOUL = '+821012345678';
const source = { source: 'test' };

describe.each(DATABASES)('text messages, on %s', (kind) => {
	let world: World;
	let gateway: SmsGateway;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name = 'sms') => world.walk.step(name, 'sms');

	beforeEach(async () => {
		gateway = await SmsGateway.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [] });
	});
	afterEach(async () => {
		await world.close();
		await gateway.close();
	});

	async function person(phone: string | null, attributes: Record<string, string | number> = {}): Promise<number> {
		const identities = [{ kind: 'user_id', value: `u${phone ?? 'none'}` }, ...(phone === null ? [] : [{ kind: 'phone', value: phone }])];
		const { profiles } = await world.engine.profiles.upsert([{ identities, attributes }], source);
		const [id] = profiles;
		return Number(id);
	}

	async function wants(profile: number): Promise<void> {
		await world.engine.consent.set([{ profile, channel: 'sms', topic: '', state: 'subscribed', source: 'form' }]);
	}

	async function enter(...profiles: number[]): Promise<Leg> {
		await world.track('Signed Up', profiles);
		return await world.walk.start(trigger());
	}

	async function isReachable(): Promise<void> {
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
	}

	const marketing = (given: Partial<Sms> = {}) => gateway.sms({ purpose: 'marketing', ...given });
	const ledger = () => world.rows<{ channel: string; state: string; guard: string | null; reason: string | null; provider: string | null; provider_id: string | null }>('select channel, state, guard, reason, provider, provider_id from message order by reserved_at, id');

	it('whose making throws because of what the caller gave are held, and nobody is lost', async () => {
		const leg = await enter(await person(BERLIN), await person('+15005550009'));

		// What no step gives, but a caller of the engine may: no table of senders by country.
		const { results } = await world.walk.sms(step(), leg.people, gateway.sms({ senders: { default: '+15005550006', byCountry: null as never } }));

		expect(results).toMatchObject([1, 2].map(() => ({ outcome: 'parked', reason: expect.stringContaining('could not be made for this person') as string })));
		expect(gateway.sent).toEqual([]);
	});

	it('go to the person\'s phone number, rendered for each, and stand in the ledger as sent by SMS', async () => {
		const leg = await enter(await person(BERLIN, { number: 1, firstName: 'Anna' }));

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms({ content: { text: 'Hello {{ profile.firstName }}, we write to {{ profile.phone }}', mediaUrls: ['https://cdn.example/{{ profile.number }}.jpg', ''] } }));

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(gateway.sent).toEqual([{ to: BERLIN, from: '+15005550006', text: `Hello Anna, we write to ${BERLIN}`, media: ['https://cdn.example/1.jpg'], callback: null }]);
		expect(await ledger()).toEqual([{ channel: 'sms', state: 'sent', guard: null, reason: null, provider: 'twilio', provider_id: 'SM00000000000000000000000000000000' }]);
	});

	it.each(['javascript:alert(1)', 'cdn.example/2.jpg', 'https://'])('whose media has no web address for their person (%s) are held until it is corrected; everybody else gets theirs', async (picture) => {
		const [right, wrong] = [await person(BERLIN, { picture: 'https://cdn.example/1.jpg' }), await person('+15005550009', { picture })];
		const leg = await enter(right, wrong);

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms({ content: { text: 'Hello', mediaUrls: ['{{ profile.picture }}'] } }));

		expect(results.map(({ profile, outcome, reason }) => [profile, outcome, reason])).toEqual([[right, 'sent', null], [wrong, 'parked', expect.stringMatching(/^A media URL is no http or https address.*Retry Held\.$/)]]);
		expect(gateway.sent).toMatchObject([{ to: BERLIN, media: ['https://cdn.example/1.jpg'] }]);
		expect((await world.tokens()).flatMap(({ state }) => (state === 'held' ? [state] : []))).toEqual(['held']);
	});

	it('keep in the ledger how many segments they had and what they cost by the prices of the step, of which a step has the sum of what left', async () => {
		const [german, korean, wrong, lost] = [await person(BERLIN, { text: 'x'.repeat(161) }), await person(SEOUL, { text: '안녕' }), await person('+14155551001', { text: 'Hi' }), await person('+14155551002', { text: 'Hi' })];
		gateway.answerWith((to) => (to === '+14155551001' ? { status: 400, json: { code: 21211, message: 'Invalid' } } : to === '+14155551002' ? { status: 500, json: {} } : { status: 201, json: { sid: `SM${to}` } }));
		const leg = await enter(german, korean, wrong, lost);

		await world.walk.sms(step(), leg.people, gateway.sms({ content: { text: '{{ profile.text }}' }, prices: { DE: '0.0755', US: '0.01' } }));

		const lines = await world.engine.messages.list({});
		expect(Object.fromEntries(lines.map(({ profile, state, segments, cost }) => [profile, [state, segments, cost]]))).toEqual({
			[german]: ['sent', 2, '0.151'], [korean]: ['sent', 1, null], [wrong]: ['failed', 1, '0.01'], [lost]: ['unknown', 1, '0.01'],
		});
		const [status] = await world.engine.journeys.status({});
		expect(status?.steps.find((one) => one.step === 'sms')?.messages).toMatchObject({ sent: 2, failed: 1, unknown: 1, segments: 4, cost: '0.161' });
	});

	it('add up to their cost in a currency of small units, too', async () => {
		const leg = await enter(await person(BERLIN), await person(SEOUL));
		await world.walk.sms(step(), leg.people, gateway.sms({ prices: { '*': '900' } }));
		await world.change('update message set cost = 9000000000000001');

		const [status] = await world.engine.journeys.status({});

		expect(status?.steps.find((one) => one.step === 'sms')?.messages).toMatchObject({ sent: 2, cost: '18000000000.000002' });
	});

	it('have no cost without prices, and are counted once that were tried twice', async () => {
		const leg = await enter(await person(BERLIN));
		gateway.answerWith({ status: 429, json: {}, headers: { 'retry-after': '1' } });
		await world.walk.sms(step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		const waiting = (await world.engine.journeys.status({}))[0]?.steps.find((one) => one.step === 'sms')?.messages;
		gateway.answerWith({ status: 201, json: { sid: 'SM1' } });
		world.clock.advance(1_000);
		const again = await world.walk.start(step());

		await world.walk.sms(step(), again.people, gateway.sms({ content: { text: 'x'.repeat(400) } }));

		expect(waiting).toMatchObject({ deferred: 1, segments: 0, cost: null });
		expect(await world.engine.messages.list({})).toMatchObject([{ state: 'sent', segments: 3, cost: null }]);
	});

	it('are sent once, however often the leg is run again', async () => {
		const leg = await enter(await person(BERLIN));
		await world.walk.sms(step(), leg.people, gateway.sms());

		const again = await world.walk.sms(step(), leg.people, gateway.sms());

		expect(again.results).toMatchObject([{ outcome: 'sent' }]);
		expect(gateway.sent).toHaveLength(1);
	});

	it('come again when the service says, but never at once, however often it says 0', async () => {
		const leg = await enter(await person(BERLIN));
		gateway.answerWith({ status: 429, json: {}, headers: { 'retry-after': '0' } });
		await world.walk.sms(step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		const pauses: number[] = [];
		for (let n = 0; n < 9; n += 1) {
			const [row] = await world.rows<{ deferred_until: number }>('select deferred_until from message');
			pauses.push(Number(row?.deferred_until) - world.clock.nowMs());
			world.clock.advance(pauses.at(-1) ?? 0);
			const again = await world.walk.start(step());
			await world.walk.sms(step(), again.people, gateway.sms());
			await world.walk.settle(again);
		}

		expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
		expect(gateway.sent).toHaveLength(10);
	});

	it('of marketing need an explicit yes for SMS: silence is a no, and a yes for mail is none', async () => {
		await isReachable();
		const [silent, willing] = [await person(BERLIN), await person(SEOUL)];
		await world.engine.consent.set([{ profile: silent, channel: 'email', topic: '', state: 'subscribed', source: 'form' }]);
		await wants(willing);
		const leg = await enter(silent, willing);

		const { results } = await world.walk.sms(step(), leg.people, marketing());

		expect(gateway.sent.map(({ to }) => to)).toEqual([SEOUL]);
		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'skipped']);
		expect((await ledger()).find(({ state }) => state === 'skipped')).toMatchObject({ guard: 'consent', reason: expect.stringMatching(/^no consent/) as string });
	});

	it('of marketing wait while nobody could answer STOP, since no address for callbacks is known', async () => {
		const willing = await person(BERLIN);
		await wants(willing);
		const leg = await enter(willing);

		const { results } = await world.walk.sms(step(), leg.people, marketing());

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('sends marketing messages, but no address') as string }]);
		expect(gateway.sent).toEqual([]);
	});

	it.each<[string, string | null, Record<string, string>, string]>([
		['has none', null, {}, 'no phone number'],
		['has emptied theirs', BERLIN, { phone: '' }, 'no phone number'],
		['wrote none into it', BERLIN, { phone: 'call me' }, 'no phone number'],
	])('go to nobody who %s', async (_who, phone, attributes, reason) => {
		const leg = await enter(await person(phone, attributes));

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms());

		expect(results).toMatchObject([{ outcome: 'skipped', reason }]);
		expect(gateway.sent).toEqual([]);
	});

	it('never go to a number that belongs to another profile, nor to one that the settings block', async () => {
		await person(SEOUL);
		const [confused, blocked, named] = [await person(BERLIN), await person('+4915100000000'), await person('+4915100000001', { phone: '+49 151 00000001' })];
		// As an import of old days left it: the attribute names a number that is another person's identity.
		await world.change(`update profile set attributes = '{"phone":"${SEOUL}"}' where id = ${confused}`);
		await world.engine.settings.set({ blockedIdentities: { phone: ['+49 151 00000000', '+4915100000001'] } });
		const leg = await enter(confused, blocked, named);

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms());

		expect(results.map(({ reason }) => reason).sort()).toEqual([
			'the phone number belongs to another profile', ...[blocked, named].map(() => 'the phone number is one that the settings block (Blocked Identities): it is nobody\'s in particular'),
		]);
		expect(gateway.sent).toEqual([]);
	});

	it('go to the number in the attribute as people write it, by the default country, and not to an older one', async () => {
		await world.engine.settings.set({ defaultCountry: 'DE' });
		const id = await person('+4930111111');
		await world.engine.profiles.upsert([{ profileId: id, attributes: { phone: '0151 12345678' }, identities: [{ kind: 'phone', value: '0151 12345678' }] }], source);
		const leg = await enter(id);

		await world.walk.sms(step(), leg.people, gateway.sms());

		expect(gateway.sent.map(({ to }) => to)).toEqual([BERLIN]);
	});

	it('never go to a suppressed number', async () => {
		await world.engine.suppression.add([{ channel: 'sms', address: '+49 1511 2345678', reason: 'complaint' }]);
		const leg = await enter(await person(BERLIN));

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms());

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'suppressed: complaint' }]);
	});

	it('are capped by their own channel: a cap on SMS leaves mail alone, and counts SMS only', async () => {
		await isReachable();
		await world.engine.settings.set({ caps: [{ channel: 'sms', max: 1, perSeconds: 86_400 }] });
		const id = await person(BERLIN);
		await wants(id);
		const leg = await enter(id);

		const first = await world.walk.sms(step('a'), leg.people, marketing());
		const second = await world.walk.sms(step('b'), first.sent, marketing());

		expect(second.results).toMatchObject([{ outcome: 'skipped', reason: 'frequency cap: 1 marketing message in 24 hours by sms' }]);
		expect(await world.engine.messages.foresee({ profiles: [id], channel: 'email', purpose: 'marketing', topic: '' })).toMatchObject([{ guard: 'address', reason: 'no email address' }]);
		expect(await world.engine.messages.foresee({ profiles: [id], channel: 'sms', purpose: 'marketing', topic: '' })).toMatchObject([{ verdict: 'skip', guard: 'frequency cap' }]);
	});

	it('wait for the morning where the number is, when nothing else tells where the person is', async () => {
		await isReachable();
		await world.engine.settings.set({ zone: 'UTC', quietHours: { from: '21:00', to: '08:00' } });
		// 10:00 UTC: 11 o'clock in Berlin, 19 in Seoul; three hours later it is 22 there.
		world.clock.set(Date.parse('2026-03-02T13:00:00Z'));
		const [berlin, seoul] = [await person(BERLIN), await person(SEOUL)];
		await Promise.all([wants(berlin), wants(seoul)]);
		const leg = await enter(berlin, seoul);

		const { results } = await world.walk.sms(step(), leg.people, marketing());

		expect(gateway.sent.map(({ to }) => to)).toEqual([BERLIN]);
		expect(results.find(({ outcome }) => outcome === 'parked')).toMatchObject({ reason: 'quiet hours 21:00 to 08:00 in Asia/Seoul' });
	});

	it('come from the sender of the number\'s country, else from the default; where there is none the person is held', async () => {
		const [berlin, seoul, york] = [await person(BERLIN), await person(SEOUL), await person('+12125550123')];
		const leg = await enter(berlin, seoul, york);

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms({ senders: { default: '', byCountry: { DE: 'SHOP', US: '+15005550006' } } }));

		expect(gateway.sent.map(({ to, from }) => `${to} ${from}`).sort()).toEqual(['+12125550123 +15005550006', `${BERLIN} SHOP`]);
		expect(results.find(({ outcome }) => outcome === 'parked')).toMatchObject({ reason: expect.stringContaining('no sender for numbers in KR') as string });
	});

	it('carry the hint how to leave only as marketing, and tracked links only when asked', async () => {
		await isReachable();
		const id = await person(BERLIN);
		await wants(id);
		const leg = await enter(id);
		const content = { text: 'See https://shop.example/sale. Leave: {{ links.unsubscribeUrl }}' };

		const first = await world.walk.sms(step('a'), leg.people, marketing({ content, unsubscribeHint: 'Reply STOP to opt out', trackClicks: true }));
		await world.walk.sms(step('b'), first.sent, gateway.sms({ content, unsubscribeHint: 'Reply STOP to opt out' }));

		const [tracked, plain] = gateway.sent;
		expect(tracked?.text).toMatch(/^See https:\/\/shop\.example\/j\/click\?t=[\w.-]+\. Leave: https:\/\/shop\.example\/j\/unsubscribe\?t=[\w.-]+\nReply STOP to opt out$/);
		expect(plain?.text).toMatch(/^See https:\/\/shop\.example\/sale\. Leave: https:\/\/shop\.example\/j\/unsubscribe\?t=[\w.-]+$/);
		expect(tracked?.callback).toBe(`https://shop.example/j/callbacks/twilio?message=${first.results[0]?.message}`);
	});

	it('a click in one is recorded like a click in a mail, and its unsubscribe link leaves SMS', async () => {
		await isReachable();
		const id = await person(BERLIN);
		await wants(id);
		const leg = await enter(id);
		const { results } = await world.walk.sms(step(), leg.people, marketing({ content: { text: 'https://shop.example/sale {{ links.unsubscribeUrl }}' }, trackClicks: true }));
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
		const leg = await enter(await person(BERLIN));
		const content = { text: 'It’s “new” – look…' };

		const first = await world.walk.sms(step('a'), leg.people, gateway.sms({ content, smartEncoding: true }));
		await world.walk.sms(step('b'), first.sent, gateway.sms({ content }));

		expect(gateway.sent.map(({ text }) => text)).toEqual(['It\'s "new" - look...', content.text]);
	});

	it('that the service refuses fail with the reason, without the number; one that is lost is unknown and never sent again', async () => {
		const [refused, lost] = [await person(BERLIN), await person(SEOUL)];
		gateway.answerWith((to) => (to === SEOUL ? 'drop' : { status: 400, json: { code: 21610, message: `Attempt to send to unsubscribed recipient ${to}`, status: 400 } }));
		const leg = await enter(refused, lost);

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms());
		await world.walk.sms(step(), leg.people, gateway.sms());

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'unknown']);
		const reasons = (await ledger()).map(({ reason }) => reason ?? '').join(' | ');
		expect(reasons).toContain('answered STOP');
		expect(reasons).not.toMatch(/4915112345678|821012345678/);
		expect(gateway.sent).toHaveLength(2);
	});

	it('are sent, and so are the others of their batch, where an answer has an id that no index holds', async () => {
		const [long, usual] = [await person(BERLIN), await person(SEOUL)];
		const id = randomBytes(9_000).toString('base64url');
		gateway.answerWith((to) => ({ status: 201, json: { sid: to === SEOUL ? 'SM1' : id } }));
		const leg = await enter(long, usual);

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms());

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect((await world.rows<{ provider_id: string | null }>('select provider_id from message order by profile')).map(({ provider_id }) => provider_id)).toEqual([null, 'SM1']);
	});

	it('that the service refuses for somebody who has answered STOP take SMS away from them at once, and from nobody else', async () => {
		await isReachable();
		const [left, stays] = [await person(BERLIN), await person(SEOUL)];
		await Promise.all([wants(left), wants(stays)]);
		gateway.answerWith((to) => (to === SEOUL ? { status: 400, json: { code: 21612, message: 'No way', status: 400 } } : { status: 400, json: { code: 21610, message: 'Attempt to send to unsubscribed recipient', status: 400 } }));
		const leg = await enter(left, stays);

		const { results, notSent } = await world.walk.sms(step('a'), leg.people, marketing());
		world.clock.advance(60_000);
		const again = await world.walk.sms(step('b'), notSent, gateway.sms());

		expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
		expect(again.results.map(({ outcome }) => outcome)).toEqual(['skipped', 'failed']);
		expect(gateway.sent.map(({ to }) => to).sort()).toEqual([BERLIN, SEOUL, SEOUL]);
		expect(await world.rows("select profile, state, source from consent where channel = 'sms' and topic = '' order by profile")).toEqual([{ profile: left, state: 'unsubscribed', source: 'twilio' }, { profile: stays, state: 'subscribed', source: 'form' }]);
		const history = await world.rows<{ seen: string | { message: string } }>(`select seen from consent_history where profile = ${left} and state = 'unsubscribed'`);
		expect(history.map(({ seen }) => (typeof seen === 'string' ? (JSON.parse(seen) as { message: string }) : seen))).toEqual([{ message: results.find(({ profile }) => profile === left)?.message }]);
		expect(await world.engine.messages.foresee({ profiles: [left], channel: 'sms', purpose: 'marketing', topic: '' })).toMatchObject([{ verdict: 'skip', guard: 'consent' }]);
		expect(await world.engine.suppression.list()).toEqual([]);
	});

	it('that the service refuses for somebody who has answered STOP end journeys that people leave by it, once however many texts say so', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime', exits: { consent: [{ channel: 'sms' }] } });
		const id = await person(BERLIN);
		gateway.answerWith({ status: 400, json: { code: 21610, message: 'Attempt to send to unsubscribed recipient', status: 400 } });
		const legs = [await enter(id), await enter(id)];

		const sends = await Promise.all(legs.map(async (leg, n) => await world.walk.sms(step(`s${n}`), leg.people, gateway.sms())));

		expect(sends.flatMap(({ results }) => results.map(({ outcome }) => outcome)).sort()).not.toContain('sent');
		expect(await world.rows('select state from enrollment where ended_at is null')).toEqual([]);
		expect(await world.rows(`select state, source from consent_history where profile = ${id}`)).toEqual([{ state: 'unsubscribed', source: 'twilio' }]);
	});

	it('wait when the service takes no more, and are sent when it does', async () => {
		const leg = await enter(await person(BERLIN));
		gateway.answerWith({ status: 429, json: { code: 20429, message: 'Too Many Requests', status: 429 }, headers: { 'retry-after': '120' } });
		const { results } = await world.walk.sms(step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		gateway.answerWith({ status: 201, json: { sid: 'SM1' } });
		world.clock.advance(119_000);
		const early = await world.walk.start(step());
		world.clock.advance(1_000);
		const later = await world.walk.start(step());

		const again = await world.walk.sms(step(), later.people, gateway.sms());

		expect(results).toMatchObject([{ outcome: 'parked' }]);
		expect(early.people).toEqual([]);
		expect(again.results).toMatchObject([{ outcome: 'sent' }]);
	});

	it('are held back by the switch that stops all sending', async () => {
		const leg = await enter(await person(BERLIN));
		await world.engine.journeys.stopSending('a check');

		await world.walk.sms(step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		const stopped = [...gateway.sent];
		await world.engine.journeys.resumeSending();
		const later = await world.walk.start(step());
		await world.walk.sms(step(), later.people, gateway.sms());

		expect(stopped).toEqual([]);
		expect(gateway.sent).toHaveLength(1);
	});

	it('outside a journey go to the number that was given, which finds the person or makes them', async () => {
		const items = [BERLIN, 'not a number'].map((phone, index) => ({ index, contact: { phone, key: `k${index}` }, item: {} }));

		const sent = await world.engine.messages.sendSms({ ...gateway.sms(), step: step(), items: items.slice(0, 1) });
		await world.engine.messages.sendSms({ ...gateway.sms(), step: step(), items: items.slice(0, 1) });

		expect(sent).toMatchObject([{ outcome: 'sent', profile: (await world.engine.profiles.get({ kind: 'phone', value: BERLIN }))?.id }]);
		expect(gateway.sent.map(({ to }) => to)).toEqual([BERLIN]);
		await expect(world.engine.messages.sendSms({ ...gateway.sms(), step: step(), items })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('no usable contact phone') as string, details: { item: 1 } });
		await expect(world.engine.messages.sendSms({ ...gateway.sms(), step: step(), items: [{ index: 0, item: {} }] })).rejects.toMatchObject({ code: 'NOT_IN_JOURNEY', message: expect.stringContaining('Contact Phone') as string });
	});

	it('a text that is empty for one person holds that one and sends the others theirs', async () => {
		const leg = await enter(await person(BERLIN, { word: 'Hi' }), await person(SEOUL));

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms({ content: { text: '{{ profile.word }}' } }));

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'sent']);
		expect(gateway.sent).toHaveLength(1);
	});

	it('what is wrong with the text for everyone is said before anything is reserved', async () => {
		const leg = await enter(await person(BERLIN));

		await expect(world.walk.sms(step(), leg.people, gateway.sms({ content: { text: 'Hello {% if %}' } }))).rejects.toMatchObject({ code: 'TEMPLATE_INVALID', message: expect.stringMatching(/^Text, line 1/) as string });
		await expect(world.walk.sms(step(), leg.people, gateway.sms({ content: { text: '  ' } }))).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
		expect(await ledger()).toEqual([]);
	});

	it('a double opt-in can be confirmed by the link in one', async () => {
		await isReachable();
		const id = await person(BERLIN);
		await world.engine.consent.request([{ whose: { profileId: id }, channel: 'sms', topic: '', source: 'form', textVersion: '1' }]);
		const leg = await enter(id);

		await world.walk.sms(step(), leg.people, gateway.sms({ content: { text: 'Yes? {{ links.confirmUrl }}' } }));

		expect(gateway.sent[0]?.text).toMatch(/^Yes\? https:\/\/shop\.example\/j\/confirm\?t=/);
	});

	it('a preview renders as a person, counts segments and cost, and reaches nobody but the test recipient', async () => {
		const id = await person(BERLIN, { firstName: 'Änna' });
		const making = { content: { text: 'Hello {{ profile.firstName }} €' }, purpose: 'marketing' as const, senders: { default: 'SHOP', byCountry: { KR: '0212345678' } }, trackClicks: false, unsubscribeHint: 'STOP' };

		const shown = await world.engine.messages.previewSms({ ...making, profileId: id, item: {}, prices: { DE: '0.075', '*': '0.1' } });
		const long = await world.engine.messages.previewSms({ ...making, content: { text: `${'я'.repeat(71)}` }, profileId: id, item: {}, prices: { '*': '0.1' }, testRecipient: SEOUL, provider: gateway.config });

		expect(shown).toEqual({ text: 'Hello Änna €\nSTOP', mediaUrls: [], encoding: 'GSM-7', segments: 1, characters: 18, country: 'DE', from: 'SHOP', cost: '0.075', profile: id, sentTo: null, trouble: null });
		expect(long).toMatchObject({ encoding: 'UCS-2', segments: 2, cost: '0.2', sentTo: SEOUL });
		expect(gateway.sent).toMatchObject([{ to: SEOUL, from: '0212345678' }]);
		expect(await ledger()).toEqual([]);
	});
});
