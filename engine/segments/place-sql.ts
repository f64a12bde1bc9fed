import { sql, type RawBuilder } from 'kysely';

import type { Dialect } from '../store';
import { happened, type Asked } from './event-sql';
import type { NearRule } from './types';

/** Mean radius of the earth in km (IUGG). */
const EARTH_KM = 6371.0088;

const LATITUDES = ['lat', 'latitude'];
const LONGITUDES = ['lon', 'lng', 'longitude'];
/** Of the attribute that says where people are, also where it does not: `lat` and `lon` standing alone do, as for Profile: Get. */
const HOME = 'location';

/** Attributes that a place is read from, the first parts of their paths. */
export function placeAttributes(attribute: string): string[] {
	return [attribute.split('.')[0] ?? '', ...(attribute === HOME ? [...LATITUDES, ...LONGITUDES] : [])];
}

/** Great-circle distance by the haversine formula, on a sphere (within 0.5 % of the true one). */
export function nearSql(asked: Asked, rule: NearRule): RawBuilder<boolean> {
	const { near } = rule;
	if (near.event !== undefined) return sql<boolean>`exists (select 1 ${nearbyEvents(asked, rule)})`;
	const { dialect, alias } = asked;
	const attribute = near.attribute ?? '';
	const at = (path: readonly string[], otherwise: RawBuilder<boolean>) =>
		sql<boolean>`exists (select 1 from (select ${coordinates(dialect, sql.ref(`${alias}.attributes`), path)}) as place where ${isNear(dialect, near, otherwise)})`;
	return at(attribute.split('.'), attribute === HOME ? at([], NOWHERE) : NOWHERE);
}

/** `from` and `where` of the events that happened there: place.occurred_at. */
export function nearbyEvents(asked: Asked, { near }: NearRule): RawBuilder<unknown> {
	const { dialect } = asked;
	const match = { event: near.event ?? '', ...(near.withinSeconds === undefined ? {} : { withinSeconds: near.withinSeconds }) };
	const path = near.property === undefined ? [] : near.property.split('.');
	return sql`from (select happened.occurred_at, ${coordinates(dialect, sql.ref('happened.properties'), path)} from event happened where ${happened(asked, match)}) as place
		where ${isNear(dialect, near, NOWHERE)}`;
}

/** As readLocation (profiles/place.ts). */
function coordinates(dialect: Dialect, column: RawBuilder<unknown>, path: readonly string[]): RawBuilder<unknown> {
	const first = (names: readonly string[], axis: 'lat' | 'lon') => {
		const numbers = names.map((name) => dialect.jsonNumber(column, [...path, name]));
		return sql`coalesce(${sql.join(path.length === 0 ? numbers : [...numbers, dialect.textDegrees(dialect.jsonText(column, path), axis)])})`;
	};
	return sql`${first(LATITUDES, 'lat')} as lat, ${first(LONGITUDES, 'lon')} as lon`;
}

const NOWHERE = sql<boolean>`false`;

/** otherwise: of what is no place. */
function isNear(dialect: Dialect, { lat, lon, km }: NearRule['near'], otherwise: RawBuilder<boolean>): RawBuilder<boolean> {
	const real = (value: number) => sql<number>`cast(${value} as ${sql.raw(dialect.types.real)})`;
	const half = (a: RawBuilder<unknown>, b: RawBuilder<unknown>) => sql`power(sin(radians(${a} - ${b}) / 2), 2)`;
	const haversine = sql`${half(sql.ref('place.lat'), real(lat))} + cos(radians(place.lat)) * ${real(Math.cos((lat * Math.PI) / 180))} * ${half(sql.ref('place.lon'), real(lon))}`;
	// The case keeps what is no place away from the formula; rounding may lift the sum above 1, for which there is no arc.
	return sql<boolean>`case when place.lat between -90 and 90 and place.lon between -180 and 180
		then ${real(2 * EARTH_KM)} * asin(sqrt(${sql.raw(dialect.name === 'sqlite' ? 'min' : 'least')}(1.0, ${haversine}))) <= ${real(km)} else ${otherwise} end`;
}
