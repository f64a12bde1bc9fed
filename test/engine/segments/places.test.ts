import type { JsonObject, JsonValue } from '../../../engine/kernel';
import type { SegmentRule } from '../../../engine/segments';
import { DATABASES } from '../databases';
import { openWorld } from '../events/fixture';

const BERLIN = { lat: 52.52, lon: 13.4, km: 5 };
/** Forms that senders write a location in, and whether it is that of Berlin, another one, or none. */
const FORMS: Array<[what: string, value: JsonValue, where: 'Berlin' | 'elsewhere' | 'nowhere']> = [
	['lat and lon', { lat: 52.52, lon: 13.4 }, 'Berlin'], ['latitude and lng as texts', { latitude: '52.52', lng: ' 13.4' }, 'Berlin'], ['longitude where lon is unreadable', { lat: 52.52, lon: 'x', longitude: 13.4 }, 'Berlin'],
	['a text', '52.52, 13.4', 'Berlin'], ['a text without the space', '52.52,13.4', 'Berlin'], ['a padded text', '\t52.52 ,  13.40\n', 'Berlin'], ['a text of another place', '-33.87, 151.21', 'elsewhere'], ['the text the other way round', '13.4, 52.52', 'elsewhere'],
	['a text off the globe', '95, 13.4', 'nowhere'], ['a text of one number', '52.52', 'nowhere'], ['a text of three', '52.52, 13.4, 7', 'nowhere'], ['a text with a word', '52.52, east', 'nowhere'], ['a comma for the decimals', '52,52, 13,4', 'nowhere'],
	['em spaces', '52.52,\u200313.4', 'nowhere'], ['digits without end', `52.${'5'.repeat(60)}, 13.4`, 'nowhere'], ['a hexadecimal number', { lat: '0x34', lon: 13.4 }, 'nowhere'], ['a list', [52.52, 13.4], 'nowhere'], ['nothing', null, 'nowhere'],
];

describe.each(DATABASES)('a condition on a place on %s', (kind) => {
	it('reads the forms that Profile: Get reads, of an attribute and of an event', async () => {
		const world = await openWorld(kind);
		const who = (n: number): { kind: string; value: string } => ({ kind: 'user_id', value: `u${n}` });
		await world.events.ingest(FORMS.flatMap(([, value], n) => [
			{ type: 'identify' as const, userId: `u${n}`, traits: { location: value, home: value } as JsonObject }, { type: 'track' as const, userId: `v${n}`, event: 'Visited', properties: { place: value } as JsonObject },
		]), { source: 't' });
		const near = async (rule: SegmentRule) => (await world.segments.evaluate({ rule }, Array.from({ length: 2 * FORMS.length }, (_none, n) => n + 1)));

		const [location, home, visited] = [await near({ near: { attribute: 'location', ...BERLIN } }), await near({ near: { attribute: 'home', ...BERLIN } }), await near({ near: { event: 'Visited', property: 'place', ...BERLIN } })];

		for (const [n, [what, , where]] of FORMS.entries()) {
			const [person, visitor] = [await world.profiles.get(who(n)), await world.profiles.get({ kind: 'user_id', value: `v${n}` }, { location: { event: 'Visited', property: 'place' } })];
			const [id, other] = [person?.id ?? 0, visitor?.id ?? 0];
			const told = (at: unknown): string => (at === null ? 'nowhere' : Math.abs((at as { lat: number }).lat - BERLIN.lat) < 0.01 ? 'Berlin' : 'elsewhere');
			expect({ what, shown: told(person?.location), visited: told(visitor?.location) }).toEqual({ what, shown: where, visited: where });
			expect({ what, location: location.includes(id), home: home.includes(id), visited: visited.includes(other) }).toEqual({ what, location: where === 'Berlin', home: where === 'Berlin', visited: where === 'Berlin' });
		}
		await world.close();
	});

	it('on the attribute location goes by lat and lon standing alone where location says nothing, and follows them', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Here', rule: { near: { attribute: 'location', ...BERLIN } }, wait: true });
		await world.segments.save({ name: 'Home', rule: { near: { attribute: 'home', ...BERLIN } }, wait: true });
		const identify = async (userId: string, traits: JsonObject) => await world.events.ingest([{ type: 'identify', userId, traits }], { source: 't' });
		const members = async (name: string) => (await world.segments.members(name)).map(({ profile }) => profile);

		await identify('a', { lat: 52.52, lon: 13.4 });
		await identify('b', { latitude: '52.52', longitude: '13.4', location: 'Berlin' });
		await identify('c', { lat: 52.52, lon: 13.4, location: { lat: -33.87, lon: 151.21 } });
		await identify('d', { lat: 52.52 });
		const first = await members('Here');
		await identify('a', { lat: 48.1 });
		await identify('c', { location: null });
		await identify('d', { lng: 13.4 });

		expect(first).toEqual([1, 2]);
		expect(await members('Here')).toEqual([2, 3, 4]);
		expect(await members('Home')).toEqual([]);
		expect(await Promise.all(['a', 'b', 'c', 'd'].map(async (value) => (await world.profiles.get({ kind: 'user_id', value }))?.location))).toEqual([
			{ lat: 48.1, lon: 13.4 }, { lat: 52.52, lon: 13.4 }, { lat: 52.52, lon: 13.4 }, { lat: 52.52, lon: 13.4 },
		]);
		await world.close();
	});
});
