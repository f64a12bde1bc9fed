import { sql } from 'kysely';

import { createEvents, type TrackingMessage } from '../../../engine/events';
import { createSegments } from '../../../engine/segments';
import { DATABASES } from '../databases';
import { HOUR_MS, World } from '../journeys/world';
import { basic, WRITE_KEY } from './parts';

/** Global Privacy Control: whoever hears 200 has been kept out of what is shared, before any journey could share it. */
describe.each(DATABASES)('the privacy signal of browsers on %s', (kind) => {
	let world: World;
	let address: string;
	beforeEach(async () => {
		world = await World.open(kind);
		const { port } = await world.engine.collector.configure({
			writeKeys: { [WRITE_KEY]: 'shop' }, publicUrl: 'https://t.example.com', port: 0, host: '127.0.0.1', workflow: 'collector',
		});
		address = `http://127.0.0.1:${port}/v1/batch`;
	});
	afterEach(() => world.close());

	const send = async (batch: Array<Partial<TrackingMessage> & { context?: object }>, headers: Record<string, string> = {}) =>
		(await fetch(address, { method: 'POST', headers: { authorization: basic(WRITE_KEY), ...headers }, body: JSON.stringify({ batch }) })).status;
	const kept = async () =>
		await world.rows<{ value: string; active: number }>("select i.value, d.active from do_not_sell d join identity i on i.profile = d.profile where i.kind = 'user_id' order by 1");
	const stored = async () => (await world.rows<{ n: number }>('select count(*) as n from event'))[0]?.n;

	it('is stored together with the events or not at all, so that what is sent again after a 503 is stored once', async () => {
		await world.engine.store.tx('break', (tx) => tx.run(sql`alter table do_not_sell rename to do_not_sell_gone`));
		const batch = [{ type: 'track' as const, userId: 'u1', event: 'Viewed' }, { type: 'identify' as const, userId: 'u1', traits: { plan: 'pro' } }];

		const refused = await send(batch, { 'sec-gpc': '1' });
		const afterwards = [await stored(), await world.engine.profiles.count()];
		await world.engine.store.tx('mend', (tx) => tx.run(sql`alter table do_not_sell_gone rename to do_not_sell`));
		const taken = await send(batch, { 'sec-gpc': '1' });

		expect([refused, afterwards, taken]).toEqual([503, [0, 0], 200]);
		expect([await stored(), await kept()]).toEqual([1, [{ value: 'u1', active: 1 }]]);
	});

	it('holds before a journey hears of the events', async () => {
		const order: string[] = [];
		const { store } = world.engine;
		const reactions = {
			eventsStored: async () => {
				order.push('journeys hear');
				return { entered: 0 };
			},
			segmentsEntered: async () => ({ entered: 0 }),
			segmentsLeft: async () => ({ entered: 0 }),
		};
		const events = createEvents({
			store, reactions, segments: createSegments({ store, reactions }), privacySignal: async (_tx, people) => {
				order.push(`do not sell ${people.length}`);
				return new Set(people);
			},
		});

		await events.ingest([{ type: 'track', userId: 'u1', event: 'A', gpc: true }, { type: 'track', userId: 'u1', event: 'B', gpc: true }, { type: 'track', userId: 'u2', event: 'A' }], { source: 'shop' });

		expect(order).toEqual(['do not sell 1', 'journeys hear']);
	});

	it('is heeded when a message is a repeat, and undone by none that comes without it', async () => {
		const message = { type: 'track' as const, userId: 'u1', event: 'Viewed', messageId: 'm1' };
		await send([message]);

		await send([message], { 'sec-gpc': '1' });
		const first = await kept();
		world.clock.advance(HOUR_MS);
		await send([{ ...message, messageId: 'm2' }]);

		expect([first, await kept(), await stored()]).toEqual([[{ value: 'u1', active: 1 }], [{ value: 'u1', active: 1 }], 2]);
	});

	it('marks nobody whose message was refused', async () => {
		await send([{ type: 'track', userId: '0', event: 'Viewed', context: { gpc: true } }, { type: 'track', userId: 'u2', event: 'Viewed' }]);

		expect(await kept()).toEqual([]);
	});
});
