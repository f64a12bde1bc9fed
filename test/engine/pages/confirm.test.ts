import { allowed } from '../../../engine/consent';
import { DATABASES, TEST_START_MS } from '../databases';
import { request as requestTo, startParts, storedEvents, type Parts } from '../collector/parts';

const DAY_MS = 86_400_000;
const PUBLIC = { writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/j', port: null, workflow: 'collector' };

describe.each(DATABASES)('double opt-in on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await parts.collector.configure(PUBLIC);
		await parts.events.ingest([{ type: 'identify', identities: [{ kind: 'email', value: 'anna@example.com' }], traits: { language: 'de' } }], { source: 'test' });
	});
	afterEach(() => parts.close());

	const anna = { kind: 'email', value: 'anna@example.com' };
	const ask = async (topic = 'news') => await parts.consent.request([{ whose: anna, channel: 'email', topic, textVersion: 'form 3', source: 'form' }]);
	const tokenOf = async (topic?: string): Promise<string> => new URL((await ask(topic)).requests[0]?.confirmUrl ?? 'none:').searchParams.get('t') ?? '';
	const get = (t: string, method = 'GET') => parts.collector.handle(requestTo(method, 'confirm', { query: { t } }));
	const press = (t: string, body = 'do=confirm') => parts.collector.handle(requestTo('POST', 'confirm', { query: { t }, body: new Uint8Array(Buffer.from(body)) }));
	const states = async () => (await parts.consent.get(anna))?.consents.map(({ channel, topic, state, source, textVersion }) => [channel, topic, state, source, textVersion]);

	it('is pending until the button is pressed, and only then subscribed, with its proof and an event', async () => {
		const token = await tokenOf();
		const before = await states();
		const page = await get(token);
		await get(token, 'HEAD');
		await press(token, 'whatever=1');
		await parts.collector.handle(requestTo('GET', 'confirm', { query: { t: token }, body: new Uint8Array(Buffer.from('do=confirm')) }));
		const untouched = [await states(), await storedEvents(parts.store)];

		const pressed = await press(token);

		expect(before).toEqual([['email', 'news', 'pending', 'form', 'form 3']]);
		expect(untouched).toEqual([before, []]);
		expect([page.status, String(page.body).includes('name="do" value="confirm"'), String(page.body).includes('<html lang="de">')]).toEqual([200, true, true]);
		expect([pressed.status, String(pressed.body).includes('Sie sind angemeldet')]).toEqual([200, true]);
		expect(await states()).toEqual([['email', 'news', 'subscribed', 'double-opt-in', 'form 3']]);
		expect((await storedEvents(parts.store)).map(({ name, properties }) => [name, properties])).toEqual([['Subscription Confirmed', { channel: 'email', topic: 'news', textVersion: 'form 3' }]]);
		expect(parts.told.map(({ name }) => name)).toEqual(['Subscription Confirmed']);
		expect((await parts.consent.history(anna))?.[0]).toMatchObject({ state: 'subscribed', previous: 'pending', seen: { page: 'confirm', language: 'de' } });
	});

	it('confirms once: pressed twice, even at the same moment, it is one event, and later it says so kindly', async () => {
		const token = await tokenOf();

		const answers = await Promise.all([press(token), press(token)]);
		await parts.consent.setFor([{ whose: anna, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'one-click' }]);
		const again = await press(token);

		expect(answers.map(({ status }) => status)).toEqual([200, 200]);
		expect(await storedEvents(parts.store)).toHaveLength(1);
		// Two presses at once may both have seen the link open: the second finds it used under the lock.
		expect(await parts.consent.optIn.confirm(token, { language: 'de' })).toMatchObject({ kind: 'used' });
		expect(String(again.body)).toContain('Dieser Link wurde schon benutzt');
		expect(await states()).toEqual([['email', 'news', 'unsubscribed', 'one-click', null]]);
	});

	it('expires, says so, and leaves the person pending', async () => {
		const token = await tokenOf();
		parts.clock.advance(7 * DAY_MS);

		const page = await get(token);
		const pressed = await press(token);

		expect([page.status, pressed.status]).toEqual([410, 410]);
		expect(String(pressed.body)).toContain('abgelaufen');
		expect(await states()).toEqual([['email', 'news', 'pending', 'form', 'form 3']]);
	});

	it('refuses a forged link, one of another kind, and one of a person who is gone', async () => {
		const answers = [await press('forged'), await press(await parts.token({ k: 'u', m: 'm1' })), await press(await parts.token({ k: 'd', r: 'nobody' }))];

		expect(answers.map(({ status }) => status)).toEqual([400, 400, 200]);
		expect(String(answers[2]?.body)).toContain('Nothing left to change');
		expect(await states()).toEqual([]);
	});

	it('does not stop the mail of who is subscribed already: anybody can type an address into a form', async () => {
		await parts.consent.setFor([{ whose: anna, channel: 'email', topic: 'news', state: 'subscribed', source: 'import' }]);

		expect((await ask()).requests).toEqual([{ profile: 1, state: 'subscribed', confirmUrl: null, expiresAt: null }]);
		expect(await states()).toEqual([['email', 'news', 'subscribed', 'import', null]]);
	});

	it('takes nothing away from who is subscribed, be it by the whole channel or by one topic, whatever is asked for', async () => {
		const mailed = async () => await parts.store.read(async (reader) => await Promise.all(['news', 'offers'].map(async (topic) => (await allowed(reader, [1], 'email', topic, 'marketing')).get(1)?.allowed)));
		await parts.consent.setFor([{ whose: anna, channel: 'email', topic: '', state: 'subscribed', source: 'import' }]);
		const byChannel = await ask('news');
		const kept = [await mailed(), await states()];
		await parts.consent.setFor([{ whose: anna, channel: 'email', topic: '', state: 'none', source: 'test' }, { whose: anna, channel: 'email', topic: 'news', state: 'subscribed', source: 'import' }]);
		const byTopic = await ask('');
		const between = [await mailed(), await states()];

		await press(new URL(byTopic.requests[0]?.confirmUrl ?? 'none:').searchParams.get('t') ?? '');

		expect(byChannel.requests).toEqual([{ profile: 1, state: 'subscribed', confirmUrl: null, expiresAt: null }]);
		expect(kept).toEqual([[true, true], [['email', '', 'subscribed', 'import', null]]]);
		expect(byTopic.requests).toMatchObject([{ profile: 1, state: 'pending', confirmUrl: expect.any(String) as string }]);
		expect(between).toEqual([[true, true], [['email', 'news', 'subscribed', 'import', null]]]);
		expect((await states())?.map(([, topic, state]) => [topic, state])).toEqual([['', 'subscribed'], ['news', 'subscribed']]);
	});

	it('stops the marketing mail of who has said nothing until they confirm: asked and not confirmed is not mailed', async () => {
		const mailed = async (purpose: 'marketing' | 'transactional') => await parts.store.read(async (reader) => (await allowed(reader, [1], 'email', 'news', purpose)).get(1)?.allowed);
		const before = await mailed('marketing');

		const token = await tokenOf();
		const asked = [await mailed('marketing'), await mailed('transactional')];
		await press(token);

		expect([before, asked, await mailed('marketing')]).toEqual([true, [false, true], true]);
	});

	it('gives who had left everything just what they confirmed', async () => {
		await parts.settings.api.set({ topics: [{ key: 'news', name: 'News' }, { key: 'offers', name: 'Offers' }, { key: 'sms only', name: 'SMS', channels: ['sms'] }] });
		await parts.consent.setFor([{ whose: anna, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);

		await press(await tokenOf());

		expect((await states())?.map(([, topic, state]) => [topic, state])).toEqual([['', 'subscribed'], ['news', 'subscribed'], ['offers', 'unsubscribed']]);
	});

	it('asks who left the whole channel again, although they had said yes to the topic before', async () => {
		await parts.consent.setFor([{ whose: anna, channel: 'email', topic: 'news', state: 'subscribed', source: 'page' }, { whose: anna, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);

		const { requests } = await ask();
		await press(new URL(requests[0]?.confirmUrl ?? 'none:').searchParams.get('t') ?? '');

		expect(requests[0]?.state).toBe('pending');
		expect((await states())?.map(([, topic, state]) => [topic, state])).toEqual([['', 'subscribed'], ['news', 'subscribed']]);
	});

	it('leaves a "no" a "no" until it is confirmed: who types somebody\'s number into a form opens nothing', async () => {
		await parts.events.ingest([{ type: 'identify', identities: [{ kind: 'email', value: 'anna@example.com' }, { kind: 'phone', value: '+491701234567' }] }], { source: 'test' });
		await parts.consent.setFor(['sms', 'whatsapp'].map((channel) => ({ whose: anna, channel, topic: '', state: 'unsubscribed' as const, source: 'page' })));
		const orders = async () => await parts.store.read(async (reader) => await Promise.all(['sms', 'whatsapp'].map(async (channel) => (await allowed(reader, [1], channel, '', 'transactional')).get(1)?.allowed)));
		const before = await orders();

		const { requests } = await parts.consent.request(['sms', 'whatsapp'].map((channel) => ({ whose: anna, channel, topic: '', textVersion: 'form 3', source: 'form' })));
		const asked = [await orders(), (await states())?.map(([channel, , state, source]) => [channel, state, source])];
		for (const one of requests) await press(new URL(one?.confirmUrl ?? 'none:').searchParams.get('t') ?? '');

		expect(before).toEqual([false, false]);
		expect(asked).toEqual([[false, false], [['sms', 'unsubscribed', 'page'], ['whatsapp', 'unsubscribed', 'page']]]);
		expect((await states())?.map(([channel, , state]) => [channel, state])).toEqual([['sms', 'subscribed'], ['whatsapp', 'subscribed']]);
	});

	it('confirms nothing from a mailbox that is not the person\'s any more', async () => {
		const token = await tokenOf();
		await parts.events.ingest([{ type: 'identify', identities: [{ kind: 'email', value: 'anna@example.com' }, { kind: 'email', value: 'anna@new.example' }], traits: { email: 'anna@new.example' } }], { source: 'test' });

		const [page, pressed] = [await get(token), await press(token)];
		await parts.events.ingest([{ type: 'identify', identities: [{ kind: 'email', value: 'anna@example.com' }], traits: { email: 'anna@example.com' } }], { source: 'test' });
		const back = await press(token);

		expect([page.status, pressed.status, back.status]).toEqual([410, 410, 200]);
		expect((await parts.consent.history(anna))?.map(({ state }) => state)).toEqual(['subscribed', 'pending']);
	});

	it('says when the link expires, and refuses what cannot be asked', async () => {
		const { requests } = await parts.consent.request([{ whose: anna, channel: 'email', topic: '', textVersion: 'v1', source: 'form' }], { expiresInHours: 1 });

		expect(requests[0]).toMatchObject({ state: 'pending', expiresAt: new Date(TEST_START_MS + 3_600_000).toISOString() });
		const wrong = await parts.consent.request([{ channel: 'fax' }, { textVersion: '' }, {}].map((one) => ({ whose: anna, channel: 'email', topic: '', textVersion: 'v1', source: 'form', ...one })));
		expect(wrong).toMatchObject({ requests: [null, null, { profile: 1 }], rejected: [{ index: 0 }, { index: 1 }] });
		await expect(parts.consent.request([], { expiresInHours: 0 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		expect((await parts.consent.request([{ whose: { kind: 'email', value: 'x@example.com' }, channel: 'email', topic: '', textVersion: 'v1', source: 'form' }])).rejected).toEqual([{ index: 0, reason: 'No profile has this email.' }]);
	});

	it('never says that a confirmation was saved when it was not', async () => {
		const token = await tokenOf();
		await parts.store.close();

		const pressed = await press(token);

		expect(pressed.status).toBe(503);
		expect(parts.logged.join()).toContain('A confirmation could not be served');
	});
});
