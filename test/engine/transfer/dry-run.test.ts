import { sql } from 'kysely';

import type { LocalEngine } from '../../../engine/engine';
import type { ImportOptions, ImportReport } from '../../../engine/transfer';
import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const PEOPLE = 700;

/** Two batches, with people, orders, consents and addresses that come again in the second. */
function file(): string {
	const line = (n: number, m: number): object => ({
		identities: [{ kind: 'email', value: `p${n}@x.org` }, { kind: 'crm', value: `c${m}` }], attributes: { n: m },
		consents: [{ channel: 'email', topic: '', state: n % 2 === 0 ? 'unsubscribed' : 'subscribed' }], suppressions: n % 7 === 0 ? [{ channel: 'email', address: `p${n}@x.org`, reason: 'manual' }] : [],
	});
	const lines = Array.from({ length: PEOPLE }, (_none, n) => line(n, n));
	return [...lines, ...Array.from({ length: 100 }, (_none, n) => line(n, n)), { email: 'nobody' }, ...lines.slice(0, 20)].map((one) => JSON.stringify(one)).join('\n');
}

async function tables(engine: LocalEngine): Promise<Array<{ name: string; n: number }>> {
	const names = ['profile', 'identity', 'event', 'consent', 'suppression', 'import_person', 'import_event', 'import_consent', 'import_suppression', 'import_seen', 'catalog', 'consent_history'];
	return await engine.store.read(async (reader) => {
		const counts = [];
		for (const name of names) counts.push({ name, n: (await reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`))?.n ?? -1 });
		return counts;
	});
}

const bare = ({ importId: _id, dryRun: _dry, ...report }: ImportReport) => report;

describe.each(DATABASES)('a dry run on %s', (kind) => {
	it.each<[string, () => string, Partial<ImportOptions>]>([
		['people', file, {}], ['new people only', file, { mode: 'create' }], ['known people only', file, { mode: 'update' }],
		['events', () => [...Array.from({ length: 600 }, (_none, n) => `e${n}@x.org,Bought,2026-01-01T00:00:00Z,m${n}`), ...Array.from({ length: 50 }, (_none, n) => `e${n}@x.org,Bought,2026-01-01T00:00:00Z,m${n}`)].reduce((all, row) => `${all}${row}\n`, 'email,event,timestamp,messageId\n'), { about: 'events' }],
	])('of %s stores nothing and gives the report of the import', async (_what, text, options) => {
		const { engine, close } = await openEngine(kind);
		await imported(engine.transfer, 'email,plan\np1@x.org,pro\ne1@x.org,pro\n');
		await engine.tick();
		const before = await tables(engine);

		const dry = await imported(engine.transfer, text(), { ...options, dryRun: true });
		const between = await tables(engine);
		const real = await imported(engine.transfer, text(), options);

		expect(dry.dryRun).toBe(true);
		expect(bare(dry)).toEqual(bare(real));
		expect(between).toEqual(before);
		expect(await engine.transfer.importProgress(dry.importId)).toMatchObject({ state: 'done', dryRun: true });
		await expect(engine.transfer.importUndo(dry.importId, { source: 'test' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await close();
	});

	it('starts no journey and wakes nobody, even when it is to start some', async () => {
		const { engine, close } = await openEngine(kind);
		const woken: string[] = [];
		engine.onWake(({ step }) => woken.push(step));
		await engine.journeys.register({ workflow: 'w', step: 's', name: 'Start', type: 'trigger' }, {
			name: 'J', entry: { kind: 'event', match: { event: 'Bought' } }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold',
		});
		const text = 'email,event,timestamp\nada@x.org,Bought,2026-03-02T08:59:00Z\n';

		await imported(engine.transfer, text, { about: 'events', startJourneys: true, dryRun: true });
		const afterDry = [...woken];
		await imported(engine.transfer, text, { about: 'events', startJourneys: true });

		expect(afterDry).toEqual([]);
		expect((await engine.journeys.status())[0]?.entered).toBe(1);
		await close();
	});
});
