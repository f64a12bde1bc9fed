import { sql, type RawBuilder } from 'kysely';

import { heardByWaits, reactions } from '../../../../engine/journeys';
import type { WaitUntil } from '../../../../engine/journeys/types';
import type { SegmentTracker } from '../../../../engine/segments';
import type { Query, Tx } from '../../../../engine/store';
import { HOUR_MS, World } from '../world';

/** The same transaction, which notes every statement that would read all tokens or all events. */
function watching(tx: Tx, scans: string[]): Tx {
	const explained = async (query: Query): Promise<void> => {
		const plan = await tx.all(sql<{ detail: string }>`explain query plan ${query as RawBuilder<unknown>}`);
		scans.push(...plan.map(({ detail }) => detail).filter((detail) => /SCAN (token|p|ev|m|c)\b/.test(detail)));
	};
	return {
		...tx,
		dialect: tx.dialect,
		nowMs: tx.nowMs,
		all: async <Row>(query: Query<Row>) => (await explained(query), await tx.all(query)),
		run: async (query) => (await explained(query), await tx.run(query)),
	};
}

/** With a million parked, one statement that cannot use the index costs what all of them do. PostgreSQL chooses by size, so an empty database shows nothing there. */
it('what people who wait are found by on sqlite is always an index', async () => {
	const world = await World.open('sqlite');
	const trigger = world.walk.step('trigger', 'trigger');
	await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
	await world.engine.segments.save({ name: 'VIP', rule: { attribute: 'plan', operator: 'equals', value: 'gold' }, wait: true });
	const people = await world.people(3, { attributes: { renewal: '2026-05-01' } });
	await world.track('Signed Up', people);
	const leg = await world.walk.start(trigger);
	const waits: WaitUntil[] = [
		{ kind: 'segment', segment: 'VIP', change: 'entered' }, { kind: 'segment', segment: 'VIP', change: 'entered', already: false }, { kind: 'consent', channel: 'sms', state: 'subscribed' },
		{ kind: 'message', happened: 'opened' }, { kind: 'message', happened: 'delivered', already: false }, { kind: 'attribute', attribute: 'renewal' },
	];
	for (const [n, until] of waits.entries()) await world.walk.wait(world.walk.step(`wait ${n}`, 'wait'), leg.people, { until, delayMs: HOUR_MS });
	const nothing: SegmentTracker = { refresh: async () => await Promise.resolve({ entered: [], left: [], journeyEntries: 0 }), recheckDue: async () => await Promise.resolve(0) };
	const [segment] = await world.rows<{ id: number }>(`select id from segment where name = 'VIP'`);
	const scans: string[] = [];

	await world.engine.store.tx('test', async (plain) => {
		const tx = watching(plain, scans);
		const whom = new Set(people);
		const tracker = heardByWaits(nothing, async () => await Promise.resolve('UTC'));
		await tracker.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map([['renewal', whom]]), consents: whom, messages: whom, looked: whom, historical: false });
		await reactions.segmentsEntered(tx, people.map((profile) => ({ segment: Number(segment?.id), profile, historical: true })));
	});

	expect(scans).toEqual([]);
	expect((await world.tokens()).filter(({ step, outcome }) => (step === 'wait 0' || step === 'wait 1') && outcome === 'event')).toHaveLength(6);
	await world.close();
});
