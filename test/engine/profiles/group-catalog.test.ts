import type { JsonObject } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

describe.each(DATABASES)('the catalogue of group attributes on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const known = async (from = world.engine) => Object.fromEntries((await from.groups.attributes()).map(({ name, types }) => [name, types]));

	it('has what group calls, updates and operations have told, nested names too, with their types, apart from what people have', async () => {
		await world.engine.events.ingest([
			{ type: 'group', userId: 'ann', groupId: 'acme', traits: { industry: 'Toys', address: { city: 'Bern' }, tags: ['vip'] } },
			{ type: 'group', userId: 'bob', groupId: 'beta', traits: { industry: 7, closed: false, gone: null } },
			{ type: 'identify', userId: 'ann', traits: { plan: 'pro' } },
		], { source: 's' });
		await world.engine.groups.upsert([{ key: 'acme', attributes: { seats: 5 }, operations: [{ attribute: 'orders', operation: 'increment', value: 2 }, { attribute: 'old', operation: 'unset' }] }]);

		expect(await known()).toEqual({ address: ['object'], 'address.city': ['text'], closed: ['boolean'], industry: ['number', 'text'], orders: ['number'], seats: ['number'], tags: ['list'] });
		expect((await world.engine.groups.attributes())[0]).toEqual({ name: 'address', types: ['object'] });
		expect((await world.engine.profiles.attributes()).map(({ name }) => name)).toEqual(['plan']);
	});

	it('keeps a name when the group that had it is deleted, and learns nothing from a call that was taken back', async () => {
		await world.engine.groups.upsert([{ key: 'acme', attributes: { seats: 5 } }]);
		await world.engine.groups.delete('acme');

		const taken = world.engine.events.ingest([{ type: 'group', userId: 'ann', groupId: 'acme', traits: { industry: 'Toys' } }, { type: 'track', userId: 'ann', event: 'x' }], { source: '' });

		await expect(taken).rejects.toMatchObject({ code: 'BAD_INPUT' });
		expect(await known()).toEqual({ seats: ['number'] });
	});

	it('costs no statement for names that are known', async () => {
		await world.engine.groups.upsert([{ key: 'acme', attributes: { seats: 5 } }]);
		await world.change('delete from catalog');

		await world.engine.groups.upsert([{ key: 'beta', attributes: { seats: 6, size: 1 } }]);

		expect(await known()).toEqual({ size: ['number'] });
	});

	it('is filled with what the groups of an older database have', async () => {
		const attributes: JsonObject[] = [{ seats: 5, closed: true, tags: ['a'], address: { geo: { lat: 1.5, deep: { er: 1 } }, city: null } }, { seats: 'many', address: { geo: { lat: 2 } } }, {}];
		await world.engine.groups.upsert(attributes.map((one, n) => ({ key: `g${n}`, attributes: one })));
		const told = await known();
		await world.change('delete from catalog');
		await world.change('delete from schema_version where version = 32');

		const { engine } = await world.another();

		expect(told).toMatchObject({ seats: ['number', 'text'], closed: ['boolean'], 'address.geo.lat': ['number'], 'address.geo.deep': ['object'] });
		expect(await known(engine)).toEqual(told);
	});

	it('leaves out a name too long for a condition, within another one, and takes the batch that has it', async () => {
		const letters = Array.from({ length: 9_000 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * 7_919) % 20_000))).join('');

		const report = await world.engine.events.ingest([
			{ type: 'group', userId: 'ann', groupId: 'acme', traits: { x: { [letters]: 1 } } }, { type: 'identify', userId: 'ann', traits: { y: { [letters]: 1 } } }, { type: 'track', userId: 'ann', event: 'Seen', properties: { z: { [letters]: 1 } } },
		], { source: 's' });

		expect(report).toMatchObject({ accepted: 3, rejected: [] });
		expect(await known()).toEqual({ x: ['object'] });
		expect((await world.engine.events.properties('Seen')).map(({ name }) => name)).toEqual(['z']);
	});
});
