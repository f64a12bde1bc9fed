import { sql } from 'kysely';

import { consentBlocksSql, createConsent, type ConsentChange } from '../../../engine/consent';
import type { Store } from '../../../engine/store';
import { DATABASES, TEST_START_MS, testStore } from '../databases';

async function withProfiles(store: Store, ids: number[]): Promise<void> {
	await store.tx('seed', async (tx) => {
		for (const id of ids) await tx.run(sql`insert into profile (id, created_at, updated_at, attributes) values (${id}, 0, 0, ${tx.dialect.json({})})`);
	});
}

const change = (profile: number, topic: string, state: ConsentChange['state']): ConsentChange => ({ profile, channel: 'email', topic, state, source: 'node' });

async function blocked(store: Store, topic: string): Promise<number[]> {
	const rows = await store.read((reader) => reader.all<{ id: number }>(sql<{ id: number }>`select p.id from profile p
		where ${consentBlocksSql(reader.dialect, { channel: 'email', topicRef: sql`cast(${topic} as text)`, profileRef: sql`p.id` })} order by p.id`));
	return rows.map((row) => row.id);
}

describe.each(DATABASES)('consent on %s', (kind) => {
	it('blocks a topic for who left it or the channel, or has not confirmed, and nobody else', async () => {
		const { store, close } = await testStore(kind);
		const consent = createConsent({ store });
		await withProfiles(store, [1, 2, 3, 4, 5, 6]);

		await consent.set([
			change(1, '', 'unsubscribed'), change(1, 'news', 'subscribed'),
			change(2, 'news', 'unsubscribed'),
			change(3, 'news', 'pending'),
			change(4, '', 'subscribed'),
			change(5, 'offers', 'unsubscribed'),
		]);

		expect(await blocked(store, 'news')).toEqual([1, 2, 3]);
		expect(await blocked(store, 'offers')).toEqual([1, 5]);
		expect(await blocked(store, '')).toEqual([1]);
		await close();
	});

	it('does not block e-mail for an opt-out of another channel', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1]);

		await createConsent({ store }).set([{ ...change(1, '', 'unsubscribed'), channel: 'sms' }]);

		expect(await blocked(store, '')).toEqual([]);
		await close();
	});

	it('keeps the last of several changes in one call, and the newest of several calls', async () => {
		const { store, close } = await testStore(kind);
		const consent = createConsent({ store });
		await withProfiles(store, [1, 2]);

		await consent.set([change(1, '', 'subscribed'), change(1, '', 'unsubscribed'), change(2, '', 'unsubscribed')]);
		await consent.set([change(2, '', 'subscribed')]);

		expect(await blocked(store, '')).toEqual([1]);
		const rows = await store.read((reader) => reader.all(sql`select profile, state, source, changed_at from consent order by profile`));
		expect(rows).toEqual([
			{ profile: 1, state: 'unsubscribed', source: 'node', changed_at: TEST_START_MS },
			{ profile: 2, state: 'subscribed', source: 'node', changed_at: TEST_START_MS },
		]);
		await close();
	});

	it('refuses the whole call when a profile does not exist, and says which', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1]);

		const refused = createConsent({ store }).set([change(1, '', 'unsubscribed'), change(77, '', 'unsubscribed')]);

		await expect(refused).rejects.toMatchObject({ code: 'NOT_FOUND', details: { profile: 77 } });
		expect(await blocked(store, '')).toEqual([]);
		await close();
	});

	it('tells a caller inside a transaction who is gone, and stores the others', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1]);

		const result = await store.tx('t', (tx) => createConsent({ store }).setIn(tx, [change(77, '', 'unsubscribed'), change(1, '', 'unsubscribed')]));

		expect(result).toEqual({ missing: [77] });
		expect(await blocked(store, '')).toEqual([1]);
		await close();
	});

	it.each([
		[{ state: 'maybe' }, /subscribed, unsubscribed, pending or none/],
		[{ channel: '' }, /channel/],
		[{ profile: NaN }, /profile id/],
	])('refuses %j', async (wrong, message) => {
		const { store, close } = await testStore(kind);

		const refused = createConsent({ store }).set([{ ...change(1, '', 'subscribed'), ...wrong } as ConsentChange]);

		await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(message) as string });
		await close();
	});
});
