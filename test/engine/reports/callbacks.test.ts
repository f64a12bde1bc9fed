import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import jwt from 'jsonwebtoken';

import { createConsent } from '../../../engine/consent';
import { createEngine } from '../../../engine/engine';
import { createEvents } from '../../../engine/events';
import { systemRandom, type Log } from '../../../engine/kernel';
import { createReports } from '../../../engine/reports';
import { createSegments } from '../../../engine/segments';
import { createSettings } from '../../../engine/settings';
import { DATABASES } from '../databases';
import { counting } from '../events/fixture';
import { addressOf, basic, KEY, PostOffice, type Sent } from './post-office';

describe.each(DATABASES)('callbacks of delivery services at the own listener, on %s', (kind) => {
	let post: PostOffice;
	beforeEach(async () => {
		post = await PostOffice.open(kind);
		await post.publish();
	});
	afterEach(() => post.close());

	const ANYBODY: Sent = { id: 'none', profile: 1, provider_id: 'pm-none' };
	const oneSent = async () => ((await post.send(await post.world.people(1))).sent as [Sent])[0];
	const call = async (path: string, init: RequestInit = {}) => await fetch(`${post.url}${path}`, { method: 'POST', body: '{}', ...init });

	it.each([
		['the password of HTTP Basic', '', { authorization: basic(KEY) }],
		['a password behind colons of its own', '', { authorization: basic(KEY, 'anybody') }],
		['a bearer token', '', { authorization: `Bearer ${KEY}` }],
		['a header of its own', '', { 'x-callback-key': KEY }],
		['the query', `?key=${KEY}`, {}],
	])('are taken by their key as %s, whatever stands before the path', async (_how, query, headers) => {
		const message = await oneSent();

		const answer = await call(`/some/proxy/callbacks/postmark${query}`, { headers: headers as Record<string, string>, body: JSON.stringify(post.delivery(message)) });

		expect([answer.status, await answer.text(), await post.names()]).toEqual([200, '', ['Email Delivered']]);
	});

	it.each([
		['no key', '', {}],
		['another key', '', { authorization: basic(`${KEY}x`) }],
		['the key as the user', '', { authorization: basic('', KEY) }],
		['half a key in the query', `?key=${KEY.slice(0, 10)}`, {}],
	])('with %s are refused, and store nothing', async (_how, query, headers) => {
		const message = await oneSent();

		const answer = await call(`/callbacks/postmark${query}`, { headers: headers as Record<string, string>, body: JSON.stringify(post.delivery(message)) });

		expect([answer.status, await post.names()]).toEqual([401, []]);
	});

	it('are known by name, are to be chosen, and come by POST', async () => {
		const headers = { authorization: basic(KEY) };
		const statuses = [];
		for (const [path, init] of [
			['/callbacks/nobody', { headers }], ['/callbacks/toString', { headers }], ['/callbacks/', { headers }], ['/callbacks/postmark', { method: 'PUT', headers }], ['/callbacks/postmark', { headers, body: '{' }], ['/callbacks/postmark', { headers, body: '[1]' }],
		] as Array<[string, RequestInit]>) statuses.push((await call(path, init)).status);
		await post.world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: 0, host: '127.0.0.1' });
		const unchosen = await post.world.engine.collector.handle({ method: 'POST', route: 'callbacks/postmark', query: { key: KEY }, headers: {}, body: Buffer.from('{}') });

		expect(statuses).toEqual([404, 404, 404, 405, 400, 400]);
		expect([unchosen.status, String(unchosen.body)]).toEqual([404, expect.stringContaining('not chosen')]);
	});

	it('by GET change nothing', async () => {
		const message = await oneSent();

		const answer = await fetch(`${post.url}/callbacks/postmark?key=${KEY}&RecordType=Delivery&MessageID=${message.provider_id}`);

		expect([answer.status, await post.names()]).toEqual([200, []]);
	});

	it('of events that nobody knows are taken, so that they do not come again', async () => {
		expect((await post.tell([{ RecordType: 'Something New', MessageID: 'x' }, post.delivery(ANYBODY), { ...post.bounce(ANYBODY), Type: 'AutoResponder' }])).status).toBe(200);
		expect(await post.names()).toEqual([]);
	});

	it('come again when the database fails: 503 with when', async () => {
		const message = await oneSent();
		await post.world.change('alter table message rename to message_away');

		const failed = await post.tell(post.delivery(message));
		await post.world.change('alter table message_away rename to message');
		const again = await post.tell(post.delivery(message));

		expect([failed.status, failed.headers.get('retry-after'), again.status, await post.names()]).toEqual([503, '30', 200, ['Email Delivered']]);
	});

	it('of a thousand events are one transaction; those that come at once share one', async () => {
		const { of, people } = await thousandSent();
		const commits = () => post.world.points.filter((point) => point === 'delivery-reports:after-commit').length;
		const { handle } = post.world.engine.collector;

		const answer = await post.tell(people.map((profile) => post.delivery(of(profile))));
		const together = commits();
		const many = await Promise.all(people.slice(0, 60).map((profile) => handle({ method: 'POST', route: 'callbacks/postmark', query: { key: KEY }, headers: {}, body: Buffer.from(JSON.stringify(post.open(of(profile)))), callback: { workflow: 'collector', secrets: { postmark: { callbackKey: KEY } }, base: null } })));

		expect([answer.status, together, new Set(many.map(({ status }) => status))]).toEqual([200, 1, new Set([200])]);
		expect(commits() - together).toBeLessThan(10);
		expect((await post.world.rows<{ n: number }>('select count(*) as n from message where delivered_at is not null')).map(({ n }) => Number(n))).toEqual([1_000]);
		expect((await post.world.rows<{ name: string; n: number }>('select name, count(*) as n from event group by name order by name')).map(({ name, n }) => [name, Number(n)])).toEqual([['Email Delivered', 1_000], ['Email Opened', 60]]);
	});

	it('cost as many statements for 400 reports of every kind as for 40', async () => {
		const { of, people } = await thousandSent();
		const { store, statements } = counting(post.world.engine.store);
		const settings = createSettings({ store, random: systemRandom });
		const segments = createSegments({ store, reactions: { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }), segmentsLeft: async () => ({ entered: 0 }) } });
		const events = createEvents({ store, segments, reactions: { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }), segmentsLeft: async () => ({ entered: 0 }) } });
		const consent = createConsent({ store, settings, events, segments });
		const reports = createReports({ store, settings, events, consent, segments, audit: async () => undefined, identityOptions: async () => ({}) });
		await settings.signingSecret();
		const kinds = ['delivered', 'bounced', 'complained', 'opened', 'clicked', 'unsubscribed', 'replied', 'failed'] as const;
		const costOf = async (from: number, count: number): Promise<number> => {
			const before = statements();
			const taken = await reports.take(people.slice(from, from + count).map((profile, n) => ({
				kind: kinds[n % kinds.length] ?? 'delivered', message: of(profile).id, providerId: null, address: addressOf(of(profile)), atMs: null, id: `${profile}`, provider: 'postmark', channel: 'email', bounce: { type: 'hard', category: 'x' },
			})));
			expect(taken).toEqual({ taken: count, repeated: 0, unknown: 0 });
			return statements() - before;
		};

		const [warm, few, many] = [await costOf(0, 40), await costOf(40, 40), await costOf(80, 400)];

		expect(many).toBe(few);
		expect(warm).toBeGreaterThan(10);
	});

	async function thousandSent(): Promise<{ people: number[]; of(profile: number): Sent }> {
		const people = (await post.world.engine.profiles.upsert(Array.from({ length: 1_000 }, (_, n) => ({ identities: [{ kind: 'email', value: `p${n}@customer.example` }] })), { source: 'test' })).profiles.map(Number);
		await post.world.change(`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, provider, provider_id, reserved_at, attempted_at)
			select 'm' || id, '', 'email', 'm' || id, '', 'wf', id, 'email', 'marketing', '', 'sent', 'postmark', 'pm-' || id, 0, 0 from profile`);
		return { people, of: (profile) => ({ id: `m${profile}`, profile, provider_id: `pm-${profile}` }) };
	}

	it('may be larger than a batch of events, up to 16 MB', async () => {
		const large = { ...post.delivery(ANYBODY), Padding: 'x'.repeat(5_000_000) };
		const tooLarge = { ...large, Padding: 'x'.repeat(16_800_000) };

		expect([(await post.tell(large)).status, (await post.tell(tooLarge)).status, (await post.tell(ANYBODY, { 'content-type': 'application/json' })).status]).toEqual([200, 400, 401]);
		expect((await call('/track', { body: JSON.stringify({ Padding: 'x'.repeat(600_000) }) })).status).toBe(400);
		expect((await call('/callbacks/postmark', { headers: { authorization: basic(KEY) }, body: new Uint8Array(gzipSync('{}')) })).status).toBe(400);
	});

	it('leave their key neither in the database nor in the log, which names a refused provider once a minute and nobody else', async () => {
		const lines: string[] = [];
		const line: Log['info'] = (message, facts) => void lines.push(`${message} ${JSON.stringify(facts ?? {})}`);
		const another = await createEngine({ database: post.world.database, log: { info: line, warn: line, error: line } });
		const { port } = await another.collector.configure({ workflow: 'second', writeKeys: { other: 'shop' }, publicUrl: 'https://links.shop.example', port: 0, host: '127.0.0.1', callbacks: { postmark: { callbackKey: KEY } } });
		const url = `http://127.0.0.1:${port}/callbacks/postmark`;
		for (let n = 0; n < 50; n += 1) await fetch(url, { method: 'POST', headers: { authorization: basic(`wrong-${n}`) }, body: JSON.stringify(post.bounce(ANYBODY)) });
		await fetch(`${url}?key=${KEY}`, { method: 'POST', body: JSON.stringify(post.bounce(ANYBODY)) });
		await another.close();

		const refused = lines.filter((one) => one.includes('was refused'));
		expect(refused).toHaveLength(1);
		expect(refused[0]).toContain('"provider":"postmark"');
		expect(lines.join('\n')).not.toMatch(new RegExp(`${KEY}|${addressOf(ANYBODY)}|wrong-`));
		expect(JSON.stringify(await post.world.rows('select * from setting')).includes(KEY)).toBe(false);
	});

	it('of two collectors with their own credentials are each taken', async () => {
		await post.world.engine.collector.configure({ workflow: 'second', writeKeys: { other: 'shop' }, publicUrl: 'https://two.shop.example', port: null, callbacks: { postmark: { callbackKey: 'the-other-account' } } });
		const message = await oneSent();

		const statuses = [await post.tell(post.delivery(message), { authorization: basic('the-other-account') }), await post.tell(post.open(message))].map(({ status }) => status);
		await post.world.engine.collector.remove('second');
		statuses.push((await post.tell(post.delivery(message), { authorization: basic('the-other-account') })).status);

		expect(statuses).toEqual([200, 200, 401]);
	});
});

describe.each(DATABASES)('callbacks by GET, on %s', (kind) => {
	const SIGNING_KEY = 'signing-key-of-bird';
	let post: PostOffice;
	let ann: number;
	beforeEach(async () => {
		post = await PostOffice.open(kind, { postmark: { callbackKey: KEY }, bird: { signingKey: SIGNING_KEY }, http: { callbackKey: KEY } });
		ann = Number((await post.world.engine.profiles.upsert([{ identities: [{ kind: 'phone', value: '+4915112345678' }] }], { source: 'test' })).profiles[0]);
	});
	afterEach(() => post.close());

	const consents = async () => await post.world.rows<{ profile: number; channel: string; state: string; source: string }>("select profile, channel, state, source from consent where topic = ''");

	async function birdCalls(fields: Record<string, string>, key = SIGNING_KEY, method = 'GET'): Promise<number> {
		const search = `callbacks/bird?${new URLSearchParams({ id: 'bird-1', recipient: '4915112345678', ...fields })}`;
		const at = Math.floor(post.world.clock.nowMs() / 1000);
		const token = jwt.sign({ iss: 'MessageBird', nbf: at, iat: at, exp: at + 60, jti: 'j', url_hash: createHash('sha256').update(`https://links.shop.example/${search}`).digest('hex') }, key, { algorithm: 'HS256' });
		return (await fetch(`${post.url}/${search}`, { method, headers: { 'messagebird-signature-jwt': token } })).status;
	}

	it('are how Bird tells what became of a message: who has opted out there has left', async () => {
		const statuses = [await birdCalls({ status: 'delivery_failed', statusErrorCode: '103' }, 'another-key'), await birdCalls({ status: 'delivery_failed', statusErrorCode: '103' }, SIGNING_KEY, 'HEAD')];
		const before = await consents();
		statuses.push(await birdCalls({ status: 'delivery_failed', statusErrorCode: '103' }), await birdCalls({ id: 'bird-2', status: 'delivery_failed', statusErrorCode: '1' }));

		expect([statuses, before]).toEqual([[401, 405, 200, 200], []]);
		expect(await consents()).toEqual([{ profile: ann, channel: 'sms', state: 'unsubscribed', source: 'bird' }]);
		expect(await post.suppressed()).toEqual([['sms', '+4915112345678', 'hard-bounce']]);
	});

	it('are how gateways of old tell, by their key: a STOP is heard', async () => {
		const call = async (key: string) => (await fetch(`${post.url}/callbacks/http?${new URLSearchParams({ key, id: 'a1', from: '4915112345678', text: 'STOP' })}`)).status;

		expect([await call('another'), await consents(), await call(KEY)]).toEqual([401, [], 200]);
		expect(await consents()).toEqual([{ profile: ann, channel: 'sms', state: 'unsubscribed', source: 'http' }]);
	});
});
