import { sql } from 'kysely';

import type { TrackingMessage } from '../../../engine/events';
import type { Store } from '../../../engine/store';
import { DATABASES } from '../databases';
import { gapsInNumbers } from '../events/fixture';
import { answered, configured, post, startParts, storedEvents, type Parts } from './parts';

const MESSAGES = 1200;

/** More than two batches of 500; the one that the database refuses is in the second. */
function largeBatch(): object[] {
	return Array.from({ length: MESSAGES }, (_none, n) =>
		n % 4 === 0
			? { type: 'identify', userId: `u${n % 60}`, messageId: `i${n}`, traits: { email: `p${n % 60}@customer.example` } }
			: { type: 'track', userId: `u${n % 60}`, messageId: `m${n}`, event: n === 701 ? 'Refused' : 'Viewed' },
	);
}

const TRACKS = MESSAGES * 0.75;

/** From now on the database itself refuses events of this name, as it would for a full disk. */
async function refuse(store: Store): Promise<void> {
	await store.tx('refuse', (tx) => tx.run(tx.dialect.name === 'sqlite'
		? sql.raw("create trigger refused before insert on event when new.name = 'Refused' begin select raise(abort, 'refused'); end")
		: sql.raw("alter table event add constraint refused check (name <> 'Refused')")));
}

async function accept(store: Store): Promise<void> {
	await store.tx('accept', (tx) => tx.run(sql.raw(tx.dialect.name === 'sqlite' ? 'drop trigger refused' : 'alter table event drop constraint refused')));
}

async function count(store: Store, table: string): Promise<number> {
	return await store.read(async (reader) => Number((await reader.first(sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`))?.n));
}

describe.each(DATABASES)('a large request on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	it('of which the database refuses a part stores nothing at all and asks the sender to come again', async () => {
		await refuse(parts.store);

		const response = await parts.collector.handle(post('batch', { batch: largeBatch() }));

		expect([response.status, answered(response).code, response.headers['retry-after']]).toEqual([503, 'not_stored', '5']);
		for (const table of ['event', 'profile', 'identity', 'identified']) expect([table, await count(parts.store, table)]).toEqual([table, 0]);
	});

	it('that failed stores each message once when it is sent again, however often', async () => {
		await refuse(parts.store);
		const failed = await parts.collector.handle(post('batch', { batch: largeBatch() }));
		await accept(parts.store);

		const answers = [];
		for (let turn = 0; turn < 2; turn += 1) answers.push(await parts.collector.handle(post('batch', { batch: largeBatch() })));

		expect([failed, ...answers].map(({ status }) => status)).toEqual([503, 200, 200]);
		expect(answers.map(answered)).toEqual([{ success: true }, { success: true }]);
		expect(await storedEvents(parts.store)).toHaveLength(TRACKS);
		expect(await count(parts.store, 'profile')).toBe(60);
		expect(await count(parts.store, 'identified')).toBe(MESSAGES - TRACKS);
		expect(await parts.store.read((reader) => reader.all(gapsInNumbers))).toEqual([]);
	});
});

describe.each(DATABASES)('a call of more messages than fit into one transaction on %s', (kind) => {
	it('is refused as a whole, with how many fit; as many as fit are taken', async () => {
		const parts = await startParts(kind);
		const messages = (length: number): TrackingMessage[] => Array.from({ length }, (_none, n) => ({ type: 'track', event: 'Viewed', userId: `u${n % 50}`, messageId: `m${n}` }));

		const refused = parts.events.ingest(messages(20_001), { source: 'shop' });

		await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: 'A call takes at most 20000 messages; this one has 20001. Send them in several calls.' });
		expect([await count(parts.store, 'event'), await count(parts.store, 'profile')]).toEqual([0, 0]);
		await expect(parts.events.ingest(messages(20_000), { source: 'shop' })).resolves.toMatchObject({ accepted: 20_000, duplicates: 0, rejected: [] });
		await parts.close();
	});
});
