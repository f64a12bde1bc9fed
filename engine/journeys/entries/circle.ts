import type { JsonValue } from '../../kernel';
import { readLocation } from '../../profiles';

/** Mean radius of the earth in km (IUGG), as segments measure. */
const EARTH_KM = 6371.0088;

interface Circle {
	lat: number;
	lon: number;
	km: number;
}

/** Whether a location lies within; null: it is none. Great-circle distance by the haversine formula (segments/place-sql.ts). */
export function isInside({ lat, lon, km }: Circle, value: JsonValue): boolean | null {
	const place = readLocation(value);
	if (place === null) return null;
	const half = (a: number, b: number): number => Math.sin(radians(a - b) / 2) ** 2;
	const haversine = half(place.lat, lat) + Math.cos(radians(place.lat)) * Math.cos(radians(lat)) * half(place.lon, lon);
	return 2 * EARTH_KM * Math.asin(Math.sqrt(Math.min(1, haversine))) <= km;
}

function radians(degrees: number): number {
	return (degrees * Math.PI) / 180;
}
