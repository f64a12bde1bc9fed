import { sql } from 'kysely';

import { ENGAGEMENT_EVENTS, type TrackingMessage } from '../../../engine/events';
import { DATABASES } from '../databases';
import { imported, openEngine } from '../transfer/fixture';
import { allEvents, openWorld, type World } from './fixture';

const track = (event: string, more: Partial<TrackingMessage> = {}): TrackingMessage => ({ type: 'track', userId: 'u1', event, ...more });
const reason = (event: string): string => `"${event}" is written by the engine itself when it happens. Choose another name for an event of your own.`;

describe.each(DATABASES)("the engine's own events on %s", (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await openWorld(kind);
	});
	afterEach(() => world.close());

	const names = async () => (await world.rows(allEvents)).map(({ name }) => name);

	it.each(ENGAGEMENT_EVENTS)('"%s" is refused whoever hands it in, in its own transaction or in that of a caller, and makes nobody', async (event) => {
		const batch = [track(event), track(`\0 ${event}\0 `), track('Ordered', { userId: 'u2' })];

		const ingested = await world.events.ingest(batch, { source: 'tracking' });
		const within = await world.store.tx('t', (tx) => world.events.ingestIn(tx, batch, { source: 'import', historical: true }));

		expect([ingested.rejected, within.rejected]).toEqual(Array(2).fill([0, 1].map((index) => ({ index, reason: reason(event) }))));
		expect(await names()).toEqual(['Ordered', 'Ordered']);
		expect(await world.profiles.get({ kind: 'user_id', value: 'u1' })).toBeNull();
	});

	it('are written by the engine itself, tied to the message and enrollment that caused them; nobody else ties anything', async () => {
		const tied = { enrollment: 7, message: 'm1' };

		await world.events.ingest([track('Unsubscribed', tied)], { source: 'tracking', own: true });
		await world.events.ingest([track('Ordered', tied)], { source: 'shop' });

		expect(await world.rows(sql`select name, enrollment, message from event order by id`)).toEqual([
			{ name: 'Unsubscribed', enrollment: 7, message: 'm1' }, { name: 'Ordered', enrollment: null, message: null },
		]);
	});

	it('are never dropped without a word: what cannot be written takes back all that was to be written with it', async () => {
		const writing = world.store.tx('t', async (tx) => {
			await world.events.ingestIn(tx, [track('Ordered')], { source: 'shop' });
			await world.events.ingestIn(tx, [{ type: 'track', event: 'Unsubscribed', profileId: 4711 }], { source: 'tracking', own: true });
		});

		await expect(writing).rejects.toMatchObject({ code: 'INTERNAL', message: 'The engine refused its own event Unsubscribed: No profile has this profile id.' });
		expect(await names()).toEqual([]);
	});

	it.each([
		['CSV', 'email,event,timestamp\nada@x.org,Email Link Clicked,2026-02-01T10:00:00Z\nada@x.org,Ordered,2026-02-01T10:00:00Z\n', 2],
		['NDJSON', '{"email":"ada@x.org","event":"Email Link Clicked","timestamp":"2026-02-01T10:00:00Z"}\n{"email":"ada@x.org","event":"Ordered","timestamp":"2026-02-01T10:00:00Z"}\n', 1],
	])('are refused by line in a file of events in %s, and the other rows are taken', async (_format, file, line) => {
		const { engine, close } = await openEngine(kind);

		const report = await imported(engine.transfer, file, { about: 'events' });

		expect(report.rejected).toEqual([expect.objectContaining({ line, reason: reason('Email Link Clicked') })]);
		expect((await engine.events.list({ limit: 10 })).events.map(({ name }) => name)).toEqual(['Ordered']);
		await close();
	});
});
