import { sql } from 'kysely';

import { allowed, createConsent, sharableSql, type ConsentState, type Purpose } from '../../../engine/consent';
import type { Store } from '../../../engine/store';
import { DATABASES, testStore } from '../databases';
import { withProfiles } from './people';

type Row = [what: string, states: Array<[topic: string, state: ConsentState]>, channel: string, topic: string, purpose: Purpose, reason: string | null];

/** What a person said -> whether they may be written to. */
const TABLE: Row[] = [
	['nothing was said', [], 'email', 'news', 'marketing', null],
	['nothing was said, and push has the token', [], 'push', 'news', 'marketing', null],
	['nothing was said on a channel that needs a yes', [], 'sms', 'news', 'marketing', 'no consent: never subscribed to sms'],
	['nothing was said on a channel that needs a yes', [], 'whatsapp', '', 'marketing', 'no consent: never subscribed to whatsapp'],
	['yes to the channel', [['', 'subscribed']], 'sms', 'news', 'marketing', null],
	['yes to the topic', [['news', 'subscribed']], 'sms', 'news', 'marketing', null],
	['yes to another topic', [['offers', 'subscribed']], 'sms', 'news', 'marketing', 'no consent: never subscribed to sms'],
	['yes to the topic, no to the channel', [['news', 'subscribed'], ['', 'unsubscribed']], 'sms', 'news', 'marketing', 'no consent: unsubscribed from sms'],
	['yes to the topic, no to the channel', [['news', 'subscribed'], ['', 'unsubscribed']], 'email', 'news', 'marketing', 'no consent: unsubscribed from email'],
	['yes to the channel, no to the topic', [['', 'subscribed'], ['news', 'unsubscribed']], 'email', 'news', 'marketing', 'no consent: unsubscribed from the topic'],
	['yes to the channel, no to the topic', [['', 'subscribed'], ['news', 'unsubscribed']], 'email', 'offers', 'marketing', null],
	['pending', [['news', 'pending']], 'email', 'news', 'marketing', 'no consent: not confirmed yet'],
	['yes to the channel, topic pending', [['', 'subscribed'], ['news', 'pending']], 'whatsapp', 'news', 'marketing', 'no consent: not confirmed yet'],
	['the topic in other letters', [['news', 'unsubscribed']], 'email', '  NEWS ', 'marketing', 'no consent: unsubscribed from the topic'],
	['no to all of email', [['', 'unsubscribed']], 'email', '', 'transactional', null],
	['no to all of sms', [['', 'unsubscribed']], 'sms', '', 'transactional', 'no consent: unsubscribed from sms'],
	['no to a topic of sms', [['news', 'unsubscribed']], 'sms', 'news', 'transactional', null],
	['nothing was said', [], 'sms', '', 'transactional', null],
	['nothing was said', [], 'whatsapp', '', 'transactional', 'no consent: never subscribed to whatsapp'],
	['asked for it', [['orders', 'pending']], 'whatsapp', '', 'transactional', null],
	['pending', [['', 'pending']], 'email', '', 'transactional', null],
];

describe.each(DATABASES)('who may be written to, on %s', (kind) => {
	let store: Store;
	let close: () => Promise<void>;
	beforeAll(async () => {
		({ store, close } = await testStore(kind));
		await withProfiles(store, TABLE.map((_row, index) => index + 1));
	});
	afterAll(() => close());

	it.each(TABLE.map((row, index) => [index + 1, ...row] as const))('%i %s %j: %s "%s" %s -> %s', async (profile, _what, states, channel, topic, purpose, reason) => {
		await createConsent({ store }).set(states.map(([about, state]) => ({ profile, channel, topic: about, state, source: 'test' })));

		const verdicts = await store.read((reader) => allowed(reader, [profile], channel, topic, purpose));

		expect(verdicts.get(profile)).toEqual(reason === null ? { allowed: true } : { allowed: false, reason });
	});

	it('says of a batch who may and who may not in one statement, and knows nobody that is no profile', async () => {
		const statements: string[] = [];
		const verdicts = await store.read((reader) => allowed({ ...reader, all: (query) => {
			statements.push('all');
			return reader.all(query);
		} }, [1, 2, 3, 3, 4711], 'sms', 'other', 'marketing'));

		expect(statements).toHaveLength(1);
		expect([...verdicts.keys()]).toEqual([1, 2, 3, 4711]);
		expect(verdicts.get(4711)).toEqual({ allowed: false, reason: 'no such profile' });
	});
});

describe.each(DATABASES)('do not sell, on %s', (kind) => {
	it('keeps a person out of what is shared, ads included, and lets them in again', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1, 2]);
		const consent = createConsent({ store });
		const asks = async () => ({
			shared: (await store.read((reader) => reader.all(sql<{ id: number }>`select id from profile where ${sharableSql(sql`profile.id`)} order by id`))).map(({ id }) => id),
			ads: [...(await store.read((reader) => allowed(reader, [1, 2], 'ads', '', 'marketing'))).values()],
		});

		await store.tx('t', (tx) => consent.setDoNotSellIn(tx, [{ profile: 1, active: true, source: 'gpc' }]));
		const out = await asks();
		await store.tx('t', (tx) => consent.setDoNotSellIn(tx, [{ profile: 1, active: true, source: 'node' }, { profile: 1, active: false, source: 'node' }]));
		const back = await asks();
		await store.tx('t', (tx) => consent.setDoNotSellIn(tx, [{ profile: 2, active: true, source: 'gpc' }]));
		const transactional = await store.read((reader) => allowed(reader, [1, 2], 'ads', '', 'transactional'));
		await store.tx('t', (tx) => consent.setDoNotSellIn(tx, [{ profile: 2, active: false, source: 'node' }]));

		expect(out).toEqual({ shared: [2], ads: [{ allowed: false, reason: 'no consent: do not sell or share' }, { allowed: true }] });
		expect(back.shared).toEqual([1, 2]);
		expect([...transactional.values()].map((one) => one.allowed)).toEqual([true, false]);
		expect((await consent.history({ profileId: 1 }))?.map(({ kind: what, state, previous, source }) => [what, state, previous, source])).toEqual([
			['do-not-sell', 'off', 'on', 'node'], ['do-not-sell', 'on', null, 'gpc'],
		]);
		expect(await store.read((reader) => reader.all(sql`select profile from do_not_sell where active = 1`))).toEqual([]);
		await close();
	});
});
