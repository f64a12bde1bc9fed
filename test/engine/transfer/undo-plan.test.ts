import { sql } from 'kysely';

import { consentKeeper } from '../../../engine/consent';
import { auditIn, auditKeeper } from '../../../engine/privacy';
import { profilesKeeper } from '../../../engine/profiles';
import { segmentsKeeper } from '../../../engine/segments';
import type { Query, Store, Tx } from '../../../engine/store';
import { importKeeper } from '../../../engine/transfer';
import { undoImport } from '../../../engine/transfer/undo';
import { imported, openWorld } from './fixture';

/**
 * Tables that grow with the people, read from end to end for each batch, would make an undo of a million take days. Aliases stand for their
 * tables, so whatever is not known to be small counts: lists that are bound, what was just gathered, segments and the imports themselves.
 */
const SMALL = /VIRTUAL TABLE|^SCAN (import|s|segment|touched|as|CONSTANT ROW)\b/;

it.each(['first', 'second'])('no statement of an undo reads a whole table of people: the %s of two imports that say the same', async (which) => {
	const world = await openWorld('sqlite');
	await imported(world.transfer, 'email,plan\nold@x.org,free\n');
	const line = (email: string, crm: string, state: string): string => `${JSON.stringify({
		identities: [{ kind: 'email', value: email }, { kind: 'crm', value: crm }], attributes: { plan: 'pro' }, doNotSell: true, maxPerWeek: 1,
		consents: [{ channel: 'email', topic: '', state }], suppressions: [{ channel: 'email', reason: 'manual' }],
	})}\n`;
	const reports: string[] = [];
	for (let n = 0; n < 2; n += 1) {
		reports.push((await imported(world.transfer, line('old@x.org', 'c1', 'subscribed') + line('new@x.org', 'c2', 'unsubscribed'))).importId);
		await imported(world.transfer, 'email,event,timestamp,messageId\nold@x.org,Bought,2026-01-01T00:00:00Z,m1\n', { about: 'events' });
		world.clock.advance(60_000);
	}
	const [events = ''] = (await world.transfer.imports()).filter(({ about }) => about === 'events').map(({ importId }) => importId);
	const scans: string[] = [];
	const watched = (tx: Tx): Tx => {
		const look = <Answer>(run: (query: Query<never>) => Promise<Answer>) => async (query: Query<never>): Promise<Answer> => {
			const plan = await tx.all(sql<{ detail: string }>`explain query plan ${query as never}`);
			scans.push(...plan.flatMap(({ detail }) => (detail.startsWith('SCAN') && !SMALL.test(detail) ? [detail] : [])));
			return await run(query);
		};
		return { ...tx, all: look(tx.all), first: look(tx.first), run: look(tx.run) } as Tx;
	};
	const store: Store = { ...world.store, tx: (name, work) => world.store.tx(name, (tx) => work(watched(tx))) };

	const parts = { store, segments: world.segments, consent: world.consent, keepers: () => [consentKeeper, segmentsKeeper, importKeeper, auditKeeper, profilesKeeper], audit: auditIn };
	const undone = await undoImport(parts, reports[which === 'first' ? 0 : 1] ?? '', 'test');
	const eventsToo = await undoImport(parts, events, 'test');
	const rest = await undoImport(parts, reports[which === 'first' ? 1 : 0] ?? '', 'test');

	expect([undone, eventsToo, rest]).toMatchObject([{ removed: 0, doNotSellReverted: 0 }, { eventsKept: 1 }, { removed: 1, consentsReverted: 2, suppressionsRemoved: 2, doNotSellReverted: 2, preferencesReverted: 2 }]);
	expect(scans).toEqual([]);
	await world.close();
});
