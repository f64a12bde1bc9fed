import { sql } from 'kysely';

import { allowed } from '../../../engine/consent';
import { DATABASES, TEST_START_MS } from '../databases';
import { request as requestTo, sentMessage, startParts, storedEvents, type Parts } from '../collector/parts';

const DAY_MS = 86_400_000;

/** A form as a browser posts it: what the page shows, with the changes of a person. */
function filledIn(html: string, change: (form: URLSearchParams) => void = () => undefined): string {
	const form = new URLSearchParams();
	const inside = html.slice(html.indexOf('class="choices"'), html.indexOf('</form>'));
	for (const [tag] of inside.matchAll(/<(?:input|button)[^>]*>/g)) {
		const field = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]?.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code))) ?? '';
		const ticked = / (checked|type="hidden"|type="submit")/.test(tag) && !tag.includes(' disabled');
		if (ticked) form.append(field('name'), field('value'));
	}
	for (const [, name = '', options = ''] of inside.matchAll(/<select id="(\w+)"[^>]*>(.*?)<\/select>/g)) form.append(name, /value="([^"]*)" selected/.exec(options)?.[1] ?? '');
	change(form);
	return form.toString();
}

const untick = (form: URLSearchParams, name: string, value: string): void => form.delete(name, value);

describe.each(DATABASES)('the preference centre on %s', (kind) => {
	let parts: Parts;
	let token: string;
	beforeEach(async () => {
		parts = await startParts(kind);
		await sentMessage(parts.store, { id: 'm1', profile: 1, topic: 'news' });
		await parts.store.tx('seed', async (tx) => {
			await tx.run(sql`insert into identity (kind, value, profile, created_at) values ('email', 'anna.smith@example.co.uk', 1, 0), ('phone', '+491701234567', 1, 0)`);
		});
		await parts.settings.api.set({ topics: [{ key: 'news', name: 'Weekly <news>', description: 'What is new' }, { key: 'offers', name: 'Offers', channels: ['email', 'sms'] }] });
		token = await parts.token({ k: 'p', m: 'm1', e: TEST_START_MS / 1000 + 90 * 86_400 });
	});
	afterEach(() => parts.close());

	const get = async (headers: Record<string, string> = {}, t = token, method = 'GET') => await parts.collector.handle(requestTo(method, 'preferences', { query: { t }, headers }));
	const post = async (body: string, headers: Record<string, string> = {}, t = token) =>
		await parts.collector.handle({ ...requestTo('POST', 'preferences', { query: { t }, headers, body: new Uint8Array(Buffer.from(body)) }), ip: '203.0.113.7' });
	const html = async (): Promise<string> => String((await get()).body);
	const states = async () => (await parts.consent.get({ profileId: 1 }))?.consents.map(({ channel, topic, state }) => [channel, topic, state]);

	it('shows what there is to choose and no more of the person than a masked address, and a look changes nothing', async () => {
		const page = await get();
		await get({}, token, 'HEAD');
		await parts.collector.handle(requestTo('GET', 'preferences', { query: { t: token }, body: new Uint8Array(Buffer.from('do=leave-all')) }));
		const text = String(page.body);

		expect(page.status).toBe(200);
		expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+=*'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/);
		expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
		expect(text).toContain('a•••@e•••.uk');
		expect(text).not.toMatch(/anna|smith|170123|<script|<news>/);
		expect(text).toContain('Weekly &#60;news&#62;');
		expect([...text.matchAll(/name="channel" value="(\w+)"( checked)?/g)].map(([, channel, on]) => [channel, on !== undefined])).toEqual([['email', true], ['sms', false]]);
		expect([await states(), await storedEvents(parts.store), await parts.consent.history({ profileId: 1 })]).toEqual([[], [], []]);
	});

	it('stores nothing when nothing was changed, however often it is saved', async () => {
		const saved = await post(filledIn(await html()));
		await post(filledIn(await html()));

		expect([saved.status, String(saved.body).includes('Your choices are saved.')]).toEqual([200, true]);
		expect([await states(), await parts.consent.history({ profileId: 1 })]).toEqual([[], []]);
	});

	it('stores each change with its proof, and tells journeys what was left', async () => {
		await parts.settings.api.set({ storeIps: true });
		const body = filledIn(await html(), (form) => {
			untick(form, 'topic', 'news');
			form.append('channel', 'sms');
			form.set('frequency', '1');
			form.set('pause', '30');
			form.set('language', 'ko');
			form.set('sale', '1');
		});

		const saved = await post(body);

		expect(await states()).toEqual([['email', 'news', 'unsubscribed'], ['sms', '', 'subscribed'], ['sms', 'news', 'unsubscribed']]);
		expect(await parts.consent.get({ profileId: 1 })).toMatchObject({ doNotSell: true, maxPerWeek: 1, language: 'ko', pausedUntil: new Date(TEST_START_MS + 30 * DAY_MS).toISOString() });
		expect(await parts.store.read((reader) => reader.all(sql`select max_per_week, paused_until, language from preference`))).toEqual([{ max_per_week: 1, paused_until: TEST_START_MS + 30 * DAY_MS, language: 'ko' }]);
		const history = await parts.consent.history({ profileId: 1 });
		expect(history?.map(({ kind: what, channel, topic, state }) => [what, channel, topic, state]).sort()).toEqual([
			['consent', 'email', 'news', 'unsubscribed'], ['consent', 'sms', '', 'subscribed'], ['consent', 'sms', 'news', 'unsubscribed'], ['do-not-sell', '', '', 'on'],
			['preference', '', 'language', 'ko'], ['preference', '', 'maxPerWeek', '1'], ['preference', '', 'pausedUntil', new Date(TEST_START_MS + 30 * DAY_MS).toISOString()],
		]);
		expect(history?.find(({ channel, topic }) => channel === 'sms' && topic === '')).toMatchObject({
			source: 'preferences', textVersion: 'preference-centre 2 en', ip: '203.0.113.7', seen: { page: 'preferences', language: 'en', message: 'm1' },
		});
		expect((await storedEvents(parts.store)).map(({ name, properties }) => [name, properties.channel, properties.topic])).toEqual([['Unsubscribed', 'sms', 'news'], ['Unsubscribed', 'email', 'news']].sort());
		expect(String(saved.body)).toContain('<html lang="ko">');
		const attributes = await parts.store.read((reader) => reader.first<{ attributes: unknown }>(sql<{ attributes: unknown }>`select attributes from profile where id = 1`));
		expect(JSON.stringify(attributes)).toContain('language');
	});

	it('lets segments look at all that was chosen at once: who leaves and asks not to be shared is never taken for one who left and may be', async () => {
		await parts.segments.save({ name: 'Shared', rule: { doNotSell: false }, wait: true });
		await parts.segments.save({ name: 'Win Back by Ads', rule: { all: [{ consent: 'email', topic: 'news', state: 'unsubscribed' }, { doNotSell: false }] }, wait: true });
		await parts.segments.save({ name: 'Write Instead', rule: { all: [{ doNotSell: true }, { none: [{ consent: 'email', topic: 'news', state: 'unsubscribed' }] }] }, wait: true });

		await post(filledIn(await html(), (form) => {
			untick(form, 'topic', 'news');
			form.set('sale', '1');
		}));

		expect(await parts.consent.get({ profileId: 1 })).toMatchObject({ doNotSell: true, consents: [{ channel: 'email', topic: 'news', state: 'unsubscribed' }, {}] });
		expect((await parts.segments.changes({})).map(({ segment, change }) => `${segment} ${change}`)).toEqual(['Shared left']);
	});

	it.each([['do-not-sell is the only thing ticked', async () => { await post(filledIn(await html(), (form) => form.set('sale', '1'))); }], ['a browser sends the privacy signal with a press on any page', async () => { await parts.preferences.heedPrivacySignal(1); }]])('takes the person out of what is shared at once when %s', async (_what, ask) => {
		await parts.segments.save({ name: 'Shared', rule: { doNotSell: false }, wait: true });
		const before = (await parts.segments.members('Shared')).length;

		await ask();

		expect([before, await parts.segments.members('Shared')]).toEqual([1, []]);
	});

	it('does not sign anybody up for text messages by way of a topic', async () => {
		await parts.consent.set([{ profile: 1, channel: 'email', topic: 'offers', state: 'unsubscribed', source: 'page' }]);

		await post(filledIn(await html(), (form) => form.append('topic', 'offers')));

		expect(await states()).toEqual([['email', 'offers', 'subscribed']]);
	});

	it('does not undo an opt-out that came after the page was opened', async () => {
		const stale = filledIn(await html(), (form) => form.set('frequency', '3'));
		await parts.tracking.unsubscribe(await parts.token({ k: 'u', m: 'm1' }), { source: 'one-click', scope: 'all' });

		await post(stale);

		expect(await states()).toEqual([['email', '', 'unsubscribed']]);
		expect(await parts.consent.get({ profileId: 1 })).toMatchObject({ maxPerWeek: 3 });
	});

	it('unsubscribes from everything by one press, and can be taken back channel by channel', async () => {
		const left = await post('do=leave-all');
		const channels = await states();
		await post(filledIn(await html(), (form) => form.append('channel', 'email')));

		expect(String(left.body)).toContain('You are unsubscribed from everything.');
		expect(channels?.map(([channel, topic, state]) => `${channel}${topic} ${state}`)).toEqual(['ads', 'chat', 'directmail', 'email', 'onsite', 'push', 'sms', 'webpush', 'whatsapp'].map((channel) => `${channel} unsubscribed`));
		expect((await storedEvents(parts.store)).map(({ name, properties }) => [name, properties.channel])).toEqual([['Unsubscribed', 'all']]);
		expect((await states())?.find(([channel]) => channel === 'email')).toEqual(['email', '', 'subscribed']);
	});

	it('shows nothing ticked after everything was left, and no channel that never reached the person', async () => {
		await post('do=leave-all');
		const page = await html();

		expect([...page.matchAll(/name="channel" value="(\w+)"/g)].map(([, channel]) => channel)).toEqual(['email', 'sms']);
		expect(page).not.toMatch(/type="checkbox"[^>]* checked/);
	});

	it('gives who had left everything the one topic they tick, by mail, and no other', async () => {
		await post('do=leave-all');

		const saved = String((await post(filledIn(await html(), (form) => form.append('topic', 'news')))).body);

		expect((await states())?.filter(([channel]) => channel === 'email')).toEqual([['email', '', 'subscribed'], ['email', 'news', 'subscribed'], ['email', 'offers', 'unsubscribed']]);
		expect((await states())?.find(([channel]) => channel === 'sms')).toEqual(['sms', '', 'unsubscribed']);
		expect([...saved.matchAll(/name="(?:topic|channel)" value="(\w+)"( checked)?/g)].filter(([, , on]) => on !== undefined).map(([, key]) => key)).toEqual(['news', 'email']);
		// A topic that was off before and stays off is nothing that anybody left just now.
		expect((await storedEvents(parts.store)).map(({ properties }) => properties.channel)).toEqual(['all']);
	});

	it('opens a channel for the topics that are ticked only: what stays unticked is not sent', async () => {
		await post('do=leave-all');

		await post(filledIn(await html(), (form) => form.append('channel', 'email')));

		expect((await states())?.filter(([channel]) => channel === 'email')).toEqual([['email', '', 'subscribed'], ['email', 'news', 'unsubscribed'], ['email', 'offers', 'unsubscribed']]);
	});

	it('says which channel a topic needs, keeps it ticked, and signs nobody up meanwhile', async () => {
		const body = filledIn(await html(), (form) => {
			untick(form, 'channel', 'email');
			form.set('frequency', '3');
		});
		await post(body);

		const answer = await post(filledIn(await html(), (form) => form.append('topic', 'offers')).replace('was=channel%3Aemail%3A0', 'was=channel%3Aemail%3A1'));

		expect(String(answer.body)).toMatch(/role="alert"[^>]*>.*Not everything could be saved.*href="#channel-email".*To receive <strong>Offers<\/strong>, also choose how: <strong>Email or Text messages \(SMS\)<\/strong>\./s);
		expect(String(answer.body)).toMatch(/value="offers" checked aria-invalid="true" aria-describedby="result"/);
		expect(await states()).toEqual([['email', '', 'unsubscribed']]);
		expect(await parts.consent.get({ profileId: 1 })).toMatchObject({ maxPerWeek: 3 });
	});

	it.each<[string, Array<[channel: string, topic: string, state: 'subscribed' | 'unsubscribed' | 'pending']>]>([
		['nothing was said', []], ['the topic was left', [['email', 'offers', 'unsubscribed']]], ['the topic waits', [['email', 'offers', 'pending']]], ['the channel was left', [['email', '', 'unsubscribed']]],
		['text messages are wanted', [['sms', '', 'subscribed'], ['email', '', 'unsubscribed']]], ['text messages about it', [['sms', 'offers', 'subscribed'], ['email', 'offers', 'unsubscribed']]],
		['text messages about another', [['sms', 'news', 'subscribed'], ['email', '', 'unsubscribed']]], ['topic yes, channel no', [['email', 'offers', 'subscribed'], ['email', '', 'unsubscribed']]],
	])('ticks a topic exactly where the guards let it through on some channel: %s', async (_what, said) => {
		await parts.consent.set(said.map(([channel, topic, state]) => ({ profile: 1, channel, topic, state, source: 'test' })));

		const heard = await parts.store.read(async (reader) => await Promise.all(['email', 'sms'].map(async (channel) => (await allowed(reader, [1], channel, 'offers', 'marketing')).get(1)?.allowed)));

		expect(/name="topic" value="offers" checked/.test(await html())).toBe(heard.includes(true));
	});

	it('heeds Global Privacy Control when something is saved, not when the page is opened', async () => {
		const page = String((await get({ 'sec-gpc': '1' })).body);
		const before = (await parts.consent.get({ profileId: 1 }))?.doNotSell;

		await post(filledIn(page), { 'sec-gpc': '1' });

		expect(page).toMatch(/name="sale" value="1" checked disabled/);
		expect([before, (await parts.consent.get({ profileId: 1 }))?.doNotSell]).toEqual([false, true]);
		expect((await parts.consent.history({ profileId: 1 }))?.[0]).toMatchObject({ kind: 'do-not-sell', source: 'gpc' });
	});

	it('ends a pause', async () => {
		await post(filledIn(await html(), (form) => form.set('pause', '7')));
		const paused = await html();
		await post(filledIn(paused, (form) => form.set('pause', '0')));

		expect(paused).toContain('Until March 9, 2026');
		expect((await parts.consent.get({ profileId: 1 }))?.pausedUntil).toBeNull();
	});

	it.each([
		['frequency', '0'], ['frequency', '1000'], ['frequency', '-1'], ['pause', '400'], ['pause', '1.5'], ['language', 'no-such-language-at-all'], ['language', '<b>'],
		['was', 'channel'], ['was', ':::'], ['was', 'topic:unknown:0'], ['was', 'channel:fax:1'],
	])('changes nothing for a field that the page does not offer: %s=%s', async (name, value) => {
		const answer = await post(filledIn(await html(), (form) => {
			form.set(name, value);
			if (name === 'was') form.append('topic', 'unknown');
		}));

		expect(answer.status).toBe(200);
		expect([await states(), await parts.consent.history({ profileId: 1 })]).toEqual([[], []]);
	});

	it('changes nothing for a POST that is none of its form', async () => {
		const answers = [await post(''), await post('List-Unsubscribe=One-Click'), await post('do=something')];

		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(await parts.consent.history({ profileId: 1 })).toEqual([]);
	});

	it('refuses forged links and links of another kind, and changes nothing by them', async () => {
		const body = filledIn(await html(), (form) => untick(form, 'topic', 'news'));
		const others = ['', 'forged', `${token}x`, await parts.token({ k: 'u', m: 'm1' }), await parts.token({ k: 'd', r: 'm1' })];

		const answers = await Promise.all(others.flatMap((t) => [get({}, t), post(body, {}, t), post('do=leave-all', {}, t)]));

		expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
		expect(await parts.consent.history({ profileId: 1 })).toEqual([]);
	});

	it('expires; then nothing changes any more, and the way to unsubscribe stays open', async () => {
		const body = filledIn(await html(), (form) => untick(form, 'topic', 'news'));
		parts.clock.advance(90 * DAY_MS);

		const [page, saved] = [await get({ 'accept-language': 'fr' }), await post(body)];
		const way = /href="unsubscribe\?t=([^"]+)"/.exec(String(page.body))?.[1] ?? '';
		const left = await parts.collector.handle(requestTo('POST', 'unsubscribe', { query: { t: way } }));

		expect([page.status, saved.status, left.status]).toEqual([410, 410, 200]);
		expect(String(page.body)).toContain('Ce lien a expiré');
		expect(await states()).toEqual([['email', 'news', 'unsubscribed']]);
	});

	it('asks for a new link in place of an expired one: by an event, once an hour, and only where a journey sends it', async () => {
		parts.clock.advance(90 * DAY_MS);
		const unserved = [await get(), await post('do=resend')];
		await parts.store.tx('journey', (tx) => tx.run(sql`insert into journey (id, workflow, step, name, config, entry_kind, entry_name, exit_name, beat_at, created_at)
			values ('j', 'wf', 'trigger', 'New link', ${tx.dialect.json({})}, 'event', 'Preference Link Requested', '', ${parts.clock.nowMs()}, 0)`));

		const page = await get();
		const head = [await get({}, token, 'HEAD'), await storedEvents(parts.store)];
		const pressed = [await post('do=resend'), await post('do=resend'), await post('do=resend', {}, await parts.token({ k: 'p', p: 1, e: 1 }))];
		const once = await storedEvents(parts.store);
		parts.clock.advance(3_600_000);
		await post('do=resend');

		expect(unserved.map(({ status, body }) => [status, String(body).includes('Send me a new link')])).toEqual([[410, false], [410, false]]);
		expect([page.status, String(page.body).includes('name="do" value="resend"'), head[1]]).toEqual([410, true, []]);
		expect(pressed.map(({ status, body }) => [status, String(body).includes('A new link is on its way'), String(body).includes('preferences?t=')])).toEqual(pressed.map(() => [200, true, false]));
		expect(once.map(({ name, profile }) => [name, profile])).toEqual([['Preference Link Requested', 1]]);
		expect(await storedEvents(parts.store)).toHaveLength(2);
		expect(await states()).toEqual([]);
	});

	it('sends no new link for one that still works, or of another kind', async () => {
		await parts.store.tx('journey', (tx) => tx.run(sql`insert into journey (id, workflow, step, name, config, entry_kind, entry_name, exit_name, beat_at, created_at)
			values ('j', 'wf', 'trigger', 'New link', ${tx.dialect.json({})}, 'event', 'Preference Link Requested', '', ${parts.clock.nowMs()}, 0)`));

		const answers = [await post('do=resend'), await post('do=resend', {}, await parts.token({ k: 'u', m: 'm1' })), await post('do=resend', {}, await parts.token({ k: 'p', p: 77, e: 1 }))];

		expect(answers.map(({ status }) => status)).toEqual([200, 400, 410]);
		expect(await storedEvents(parts.store)).toEqual([]);
	});

	it('tells an erased person that nothing is left', async () => {
		await parts.store.tx('erase', (tx) => tx.run(sql`delete from profile where id = 1`));

		const answers = [await get(), await post('do=leave-all'), await get({}, await parts.token({ k: 'p', p: 1, e: 9_999_999_999 }))];

		expect(answers.map(({ body }) => String(body).includes('Nothing left to change'))).toEqual([true, true, true]);
	});

	it('never says that choices were saved when they were not', async () => {
		const body = filledIn(await html(), (form) => untick(form, 'topic', 'news'));
		await parts.store.close();

		const answer = await post(body);

		expect(answer.status).toBe(503);
		expect(String(answer.body)).toContain('could not be saved');
		expect(parts.logged.join()).not.toMatch(/anna|example/);
	});

	it('answers other methods with 405', async () => {
		expect([(await get({}, token, 'PUT')).status, (await get({}, token, 'DELETE')).status]).toEqual([405, 405]);
	});

	it('sets preferences and makes links by identity, set-based', async () => {
		await parts.collector.configure({ writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/j', port: null, workflow: 'collector' });
		const whose = { kind: 'email', value: 'anna.smith@example.co.uk' };

		const report = await parts.preferences.set([{ whose, source: 'node', maxPerWeek: 2 }, { whose, source: 'node', language: 'de' }, { whose: { kind: 'email', value: 'x@example.com' }, source: 'node' }]);
		const [link, none] = await parts.preferences.links([whose, { profileId: 99 }], { expiresInDays: 1 });
		const page = await get({}, new URL(link?.url ?? 'none:').searchParams.get('t') ?? '');

		expect(report).toEqual({ profiles: [1, 1, null], rejected: [{ index: 2, reason: 'No profile has this email.' }] });
		expect(none).toBeNull();
		expect(String(page.body)).toContain('Höchstens 2 Nachrichten pro Woche');
		const wrong = await parts.preferences.set([{ maxPerWeek: 0 }, { pausedUntil: 'soon' }, { pauseDays: 400 }, { pauseDays: 2, pausedUntil: null }].map((one) => ({ whose, source: 'node', ...one })));
		expect(wrong).toMatchObject({ profiles: [null, null, null, null], rejected: [{ index: 0 }, { index: 1 }, { index: 2 }, { index: 3 }] });
		await parts.preferences.set([{ whose, source: 'node', pauseDays: 2 }]);
		expect(await parts.consent.get(whose)).toMatchObject({ maxPerWeek: 2, pausedUntil: new Date(TEST_START_MS + 2 * DAY_MS).toISOString() });
	});
});
