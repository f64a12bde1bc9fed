import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { personColumns } from './person-columns';

/** Tables whose rows name a profile without being anything of the person's. */
const NOT_OF_PEOPLE = new Set<string>([]);

describe.each(DATABASES)('the schema on %s', (kind) => {
	it('holds profile ids only in tables that a keeper answers for, so that a merge, an export and an erasure miss nothing', async () => {
		const world = await World.open(kind);
		const kept = new Set(world.engine.keepers.flatMap(({ tables }) => tables));

		const columns = await world.engine.store.read((reader) => personColumns(reader));

		expect(columns.length).toBeGreaterThan(20);
		expect(columns.filter(({ table }) => !kept.has(table) && !NOT_OF_PEOPLE.has(table))).toEqual([]);
		expect(columns.map(({ table }) => table)).toEqual(expect.arrayContaining(['event', 'identity', 'token', 'enrollment', 'message', 'consent', 'segment_member', 'score']));
		await world.close();
	});

	it('has every table in the hands of one keeper, each under a name of its own', async () => {
		const world = await World.open(kind);
		const { keepers } = world.engine;

		const tables = keepers.flatMap((keeper) => keeper.tables);

		expect(new Set(tables).size).toBe(tables.length);
		expect(new Set(keepers.map(({ name }) => name)).size).toBe(keepers.length);
		await world.close();
	});
});
