import { sql } from 'kysely';

import { consentKeeper } from '../../../engine/consent';
import { auditIn, auditKeeper } from '../../../engine/privacy';
import { profilesKeeper } from '../../../engine/profiles';
import { segmentsKeeper } from '../../../engine/segments';
import type { Query, Store, Tx } from '../../../engine/store';
import { importKeeper } from '../../../engine/transfer';
import { undoImport } from '../../../engine/transfer/undo';
import { imported, openWorld } from './fixture';

/** Tables that grow with the people: read from end to end for each batch, an undo of a million would take days. */
const LARGE = /^SCAN (profile|identity|event|consent|consent_history|suppression|segment_member|segment_recheck|message|token|enrollment|goal|audit|import_\w+|score\w*|stage|preference)\b/;

it('no statement of an undo reads a whole table of people', async () => {
	const world = await openWorld('sqlite');
	await imported(world.transfer, 'email,plan\nold@x.org,free\n');
	const { importId } = await imported(world.transfer, 'email,crm,plan,news,bad\nold@x.org,c1,pro,yes,\nnew@x.org,c2,pro,no,bounce\n', { columns: { crm: { identity: 'crm' }, news: { consent: 'email' }, bad: { suppression: 'email' } } });
	const scans: string[] = [];
	const watched = (tx: Tx): Tx => {
		const look = <Answer>(run: (query: Query<never>) => Promise<Answer>) => async (query: Query<never>): Promise<Answer> => {
			const plan = await tx.all(sql<{ detail: string }>`explain query plan ${query as never}`);
			scans.push(...plan.flatMap(({ detail }) => (LARGE.test(detail) ? [detail] : [])));
			return await run(query);
		};
		return { ...tx, all: look(tx.all), first: look(tx.first), run: look(tx.run) } as Tx;
	};
	const store: Store = { ...world.store, tx: (name, work) => world.store.tx(name, (tx) => work(watched(tx))) };

	const undone = await undoImport({ store, segments: world.segments, consent: world.consent, keepers: () => [consentKeeper, segmentsKeeper, importKeeper, auditKeeper, profilesKeeper], audit: auditIn }, importId, 'test');

	expect(undone).toMatchObject({ removed: 1, reverted: 1, consentsReverted: 2, suppressionsRemoved: 1 });
	expect(scans).toEqual([]);
	await world.close();
});
