import { sql } from 'kysely';

import type { LocalEngine } from '../../../engine/engine';
import type { Query, Tx } from '../../../engine/store';
import { DATABASES } from '../databases';
import { openEngine } from '../transfer/fixture';

/** Erases within one transaction; answers with how many statements each keeper took, and which tables they read from end to end. */
async function erased(engine: LocalEngine, profiles: readonly number[]): Promise<{ statements: Record<string, number>; scans: string[] }> {
	const statements: Record<string, number> = {};
	const scans: string[] = [];
	await engine.store.tx('erased', async (tx) => {
		for (const keeper of engine.keepers) {
			statements[keeper.name] = 0;
			const watched = <Answer>(run: (query: Query<never>) => Promise<Answer>) => async (query: Query<never>): Promise<Answer> => {
				statements[keeper.name] = (statements[keeper.name] ?? 0) + 1;
				if (tx.dialect.name === 'sqlite') {
					const plan = await tx.all(sql<{ detail: string }>`explain query plan ${query as never}`);
					scans.push(...plan.flatMap(({ detail }) => (/^SCAN (?!json_each|CONSTANT|segment USING)/.test(detail) ? [`${keeper.name}: ${detail}`] : [])));
				}
				return await run(query);
			};
			await keeper.eraseAll({ ...tx, all: watched(tx.all), first: watched(tx.first), run: watched(tx.run) } as Tx, profiles);
		}
	});
	return { statements, scans };
}

describe.each(DATABASES)('erasing many people at once on %s', (kind) => {
	it('takes as many statements as erasing one, none of which reads a whole table, and leaves the others alone', async () => {
		const { engine, close } = await openEngine(kind);
		await engine.journeys.register({ workflow: 'w', step: 's', name: 'Start', type: 'trigger' }, {
			name: 'J', entry: { kind: 'event', match: { event: 'Bought' } }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold',
		});
		const { profiles } = await engine.profiles.upsert(Array.from({ length: 120 }, (_none, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }], attributes: { n } })), { source: 'test' });
		await engine.events.ingest(Array.from({ length: 120 }, (_none, n) => ({ type: 'track' as const, event: 'Bought', userId: `u${n}` })), { source: 'shop' });
		await engine.lists.create('VIP');
		await engine.lists.add('VIP', Array.from({ length: 120 }, (_none, n) => ({ kind: 'user_id', value: `u${n}` })));
		const ids = profiles.map(Number);

		const one = await erased(engine, ids.slice(0, 1));
		const many = await erased(engine, ids.slice(1, 101));

		expect(many.statements).toEqual(one.statements);
		expect([...one.scans, ...many.scans]).toEqual([]);
		expect(await engine.profiles.count()).toBe(19);
		expect((await engine.journeys.status())[0]).toMatchObject({ entered: 120, active: 19 });
		expect(await engine.profiles.get({ kind: 'user_id', value: 'u110' })).toMatchObject({ attributes: { n: 110 }, events: [{ name: 'Bought' }] });
		expect(await engine.store.read((reader) => reader.all(sql`select count(*) as n from segment_member`))).toEqual([{ n: 19 }]);
		await close();
	});
});
