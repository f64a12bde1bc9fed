import { sql } from 'kysely';

import type { Query } from '../../../engine/store';
import { testStore } from '../databases';

/**
 * begin, renew and settle must cost what their batch costs. With a partial index that SQLite could not match to their condition
 * each read all tokens: with 20,000 people parked a settle took 23 ms instead of 9, and it grows with every person parked.
 * PostgreSQL proves more about partial indexes and chooses by size, so an empty database shows nothing there.
 */
describe('the tokens of a lease on sqlite', () => {
	const conditions: Record<string, Query<{ detail: string }>> = {
		'begin and settle': sql<{ detail: string }>`explain query plan select id from token where nonce = ${'n'} and state = 'claimed'`,
		renew: sql<{ detail: string }>`explain query plan update token set lease_until = 1 where nonce = ${'n'} and state = 'claimed' and lease_until < 1`,
	};

	it.each(Object.keys(conditions))('are found by index for %s, however many people are parked', async (name) => {
		const { store, close } = await testStore('sqlite');

		const plan = await store.read((reader) => reader.all(conditions[name] as Query<{ detail: string }>));

		expect(plan.map((row) => row.detail)).toEqual([expect.stringContaining('USING INDEX token_lease (nonce=?)')]);
		await close();
	});
});
