import type { EventsQuery, EventView, TrackingMessage } from '../../../engine/events';
import { DATABASES, TEST_START_MS } from '../databases';
import { openWorld, type World } from './fixture';

const HOUR_MS = 3_600_000;
const track = (event: string, more: Partial<TrackingMessage> = {}): TrackingMessage => ({ type: 'track', userId: 'u1', event, ...more });

describe.each(DATABASES)('listing events on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await openWorld(kind);
		await world.events.ingest([
			track('Order', { properties: { total: 10 }, timestamp: TEST_START_MS - HOUR_MS, messageId: 'm1' }), track('View', { timestamp: TEST_START_MS - 3 * HOUR_MS }),
			track('Order', { properties: { total: 30 }, timestamp: TEST_START_MS - 2 * HOUR_MS }), track('Order', { userId: 'u2', properties: { total: 50 } }), track('Order', { timestamp: TEST_START_MS - 2 * HOUR_MS, properties: { total: 40 } }),
		], { source: 'shop' });
	});
	afterEach(() => world.close());

	const totals = async (query: EventsQuery) => (await world.events.list(query)).events.map(({ name, properties }) => properties.total ?? name);
	async function pages(query: EventsQuery): Promise<EventView[][]> {
		const all: EventView[][] = [];
		let after: string | undefined;
		do {
			const page = await world.events.list({ ...query, ...(after === undefined ? {} : { after }) });
			all.push(page.events);
			after = page.next ?? undefined;
		} while (after !== undefined);
		return all;
	}

	it('gives those of a person by identity or id, the latest first', async () => {
		expect(await totals({ identity: { kind: 'user_id', value: ' u1 ' } })).toEqual([10, 40, 30, 'View']);
		expect(await totals({ profileId: 1 })).toEqual([10, 40, 30, 'View']);
		expect(await totals({ identity: { kind: 'user_id', value: 'nobody' } })).toEqual([]);
		const { events } = await world.events.list({ profileId: 1, limit: 1 });
		expect(events).toEqual([{
			id: 1, profileId: 1, name: 'Order', properties: { total: 10 }, occurredAt: '2026-03-02T08:00:00.000Z', receivedAt: '2026-03-02T09:00:00.000Z', source: 'shop', messageId: 'm1', historical: false,
		}]);
	});

	it('gives those of everybody by name, conditions on properties, and time', async () => {
		expect(await totals({ name: 'Order' })).toEqual([40, 50, 30, 10]);
		expect(await totals({ name: 'Order', filters: [{ path: 'total', operator: 'greater', value: 20 }], to: '2026-03-02T09:00:00Z' })).toEqual([40, 30]);
		expect(await totals({ from: TEST_START_MS - HOUR_MS, to: TEST_START_MS })).toEqual([10]);
	});

	it.each<[string, EventsQuery]>([['of a person', { profileId: 1 }], ['of everybody', {}], ['of everybody by name', { name: 'Order' }]])('pages %s without leaving out or repeating one', async (_what, query) => {
		const whole = (await world.events.list(query)).events.map(({ id }) => id);

		for (const limit of [1, 2, 3]) expect((await pages({ ...query, limit })).flat().map(({ id }) => id)).toEqual(whole);
	});

	it('refuses what it cannot understand', async () => {
		for (const query of [{ limit: 1001 }, { after: 'x' }, { profileId: 1, after: '5' }, { from: 'yesterday' }, { identity: { kind: 'email', value: 'no address' } }] as EventsQuery[]) {
			await expect(world.events.list(query)).rejects.toMatchObject({ code: 'BAD_INPUT' });
		}
		await expect(world.events.list({ filters: [{ path: '', operator: 'exists' }] })).rejects.toMatchObject({ code: 'RULE_INVALID' });
	});
});
