import { sql } from 'kysely';

import { consentKeeper, createConsent, type ConsentState } from '../../../engine/consent';
import { preferencesKeeper } from '../../../engine/preferences';
import type { JsonValue } from '../../../engine/kernel';
import type { Store } from '../../../engine/store';
import { DATABASES, testStore } from '../databases';
import { withProfiles } from './people';

const MERGE = { into: 1, from: 2, eventNoOffset: 0, lastEventNo: 0 };

async function states(store: Store, profile: number): Promise<Record<string, string>> {
	const rows = await store.read((reader) => reader.all<{ channel: string; topic: string; state: string }>(sql<{ channel: string; topic: string; state: string }>`select channel, topic, state from consent where profile = ${profile}`));
	return Object.fromEntries(rows.map((row) => [`${row.channel}/${row.topic}`, row.state]));
}

const merge = (store: Store): Promise<JsonValue> => store.tx('merge', (tx) => consentKeeper.merge(tx, MERGE));
/** As it comes back from the database. */
const unmerge = (store: Store, undo: JsonValue): Promise<void> => store.tx('unmerge', (tx) => consentKeeper.unmerge(tx, MERGE, JSON.parse(JSON.stringify(undo)) as JsonValue));

/** into, from -> merged. */
const STRICTEST: Array<[ConsentState, ConsentState, ConsentState]> = (['none', 'subscribed', 'pending', 'unsubscribed'] as const).flatMap((a, i, all) =>
	all.map((b, j): [ConsentState, ConsentState, ConsentState] => [a, b, all[Math.max(i, j)] ?? 'none']));

describe.each(DATABASES)('consent of two profiles that are one person, on %s', (kind) => {
	let store: Store;
	let close: () => Promise<void>;
	let consent: ReturnType<typeof createConsent>;
	beforeEach(async () => {
		({ store, close } = await testStore(kind));
		await withProfiles(store, [1, 2]);
		consent = createConsent({ store });
	});
	afterEach(() => close());
	const say = (profile: number, topic: string, state: ConsentState) => consent.set([{ profile, channel: 'email', topic, state, source: 'test' }]);

	it('is the strictest of both, whoever stays: none < subscribed < pending < unsubscribed', async () => {
		for (const [n, [into, from]] of STRICTEST.entries()) {
			await say(1, `t${n}`, into);
			await say(2, `t${n}`, from);
		}

		await merge(store);

		const expected = STRICTEST.flatMap(([, , merged], n) => (merged === 'none' ? [] : [[`email/t${n}`, merged]]));
		expect(await states(store, 1)).toEqual(Object.fromEntries(expected));
		expect(await states(store, 2)).toEqual({});
	});

	it('moves the history and open requests, and gives each their own back when the merge is taken back', async () => {
		await say(1, 'news', 'subscribed');
		await say(2, 'news', 'unsubscribed');
		await say(2, 'offers', 'subscribed');
		await store.tx('t', (tx) => consent.setDoNotSellIn(tx, [{ profile: 2, active: true, source: 'gpc' }]));

		const undo = await merge(store);
		const merged = { view: await consent.get({ profileId: 1 }), history: await consent.history({ profileId: 1 }) };
		await unmerge(store, undo);

		expect(merged.view).toMatchObject({ doNotSell: true });
		expect(merged.history).toHaveLength(4);
		expect([await states(store, 1), await states(store, 2)]).toEqual([{ 'email/news': 'subscribed' }, { 'email/news': 'unsubscribed', 'email/offers': 'subscribed' }]);
		expect([await consent.history({ profileId: 1 }), await consent.history({ profileId: 2 })].map((rows) => rows?.length)).toEqual([1, 3]);
		expect([(await consent.get({ profileId: 1 }))?.doNotSell, (await consent.get({ profileId: 2 }))?.doNotSell]).toEqual([false, true]);
	});

	it('keeps an opt-out since the merge with both: the mail may have gone to either', async () => {
		await say(1, 'news', 'subscribed');
		await say(2, 'news', 'subscribed');
		await say(2, 'offers', 'unsubscribed');
		const undo = await merge(store);
		await say(1, 'news', 'unsubscribed');
		await say(1, 'offers', 'subscribed');

		await unmerge(store, undo);

		expect(await states(store, 1)).toEqual({ 'email/news': 'unsubscribed', 'email/offers': 'subscribed' });
		expect(await states(store, 2)).toEqual({ 'email/news': 'unsubscribed', 'email/offers': 'unsubscribed' });
	});

	it('moves what was found suppressed as theirs, where no identity tells it, and gives it back when the merge is taken back', async () => {
		const whose = async () => await store.read((reader) => reader.all(sql`select address, profile from suppression order by address`));
		await store.tx('t', (tx) => tx.run(sql`insert into suppression (channel, address, reason, created_at, profile) values ('directmail', '1 ELM ST', 'hard-bounce', 1, 1), ('directmail', '2 ELM ST', 'hard-bounce', 1, 2)`));

		const undo = await merge(store);
		const merged = await whose();
		await unmerge(store, undo);

		expect([merged, await whose()]).toEqual([[{ address: '1 ELM ST', profile: 1 }, { address: '2 ELM ST', profile: 1 }], [{ address: '1 ELM ST', profile: 1 }, { address: '2 ELM ST', profile: 2 }]]);
	});

	it('tells all it holds of a person, and forgets all of it', async () => {
		await say(1, 'news', 'unsubscribed');
		await store.tx('t', (tx) => consent.setDoNotSellIn(tx, [{ profile: 1, active: true, source: 'gpc' }]));
		await store.tx('t', (tx) => tx.run(sql`insert into suppression (channel, address, reason, created_at) values ('email', 'p1@customer.example', 'complaint', 1)`));
		await store.tx('t', (tx) => tx.run(sql`insert into suppression (channel, address, reason, created_at, profile) values ('directmail', '1 ELM ST', 'hard-bounce', 1, 1), ('directmail', '2 ELM ST', 'hard-bounce', 1, 2)`));

		const exported = await store.read((reader) => consentKeeper.export(reader, 1));
		await store.tx('t', (tx) => consentKeeper.eraseAll(tx, [1]));

		expect(exported).toMatchObject({
			states: [{ channel: 'email', topic: 'news', state: 'unsubscribed' }], doNotSell: { active: true, source: 'gpc' },
			history: [{ kind: 'do-not-sell' }, { kind: 'consent' }], suppressed: [{ channel: 'email', address: 'p1@customer.example', reason: 'complaint' }, { channel: 'directmail', address: '1 ELM ST', reason: 'hard-bounce' }],
		});
		// Addresses that are identities go with these (privacy/erase.ts).
		expect(await store.read((reader) => reader.all(sql`select address from suppression order by address`))).toEqual([{ address: '2 ELM ST' }, { address: 'p1@customer.example' }]);
		for (const table of consentKeeper.tables.filter((name) => name !== 'suppression')) {
			expect([table, await store.read((reader) => reader.all(sql`select 1 as row from ${sql.table(table)}`))]).toEqual([table, []]);
		}
	});

	it('joins preferences to the quieter of both', async () => {
		const set = (profile: number, most: number | null, until: number | null, language: string | null) => store.tx('t', (tx) =>
			tx.run(sql`insert into preference (profile, max_per_week, paused_until, language, updated_at) values (${profile}, ${most}, ${until}, ${language}, 1)`));
		const rows = () => store.read((reader) => reader.all(sql`select profile, max_per_week, paused_until, language from preference order by profile`));
		await set(1, 3, null, null);
		await set(2, 1, 500, 'de');
		const before = await rows();

		const undo = await store.tx('t', (tx) => preferencesKeeper.merge(tx, MERGE));
		const merged = await rows();
		await store.tx('t', (tx) => preferencesKeeper.unmerge(tx, MERGE, undo));

		expect(merged).toEqual([{ profile: 1, max_per_week: 1, paused_until: 500, language: 'de' }]);
		expect(await rows()).toEqual(before);
	});
});
