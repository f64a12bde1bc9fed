import { countryOf, locationOf, readLocation, zoneOf } from '../../../engine/profiles';
import type { JsonObject } from '../../../engine/kernel';

describe('the zone of a person', () => {
	it.each<[string, JsonObject, string]>([
		['their own', { timezone: 'Asia/Seoul', country: 'DE' }, 'Asia/Seoul'], ['their country\'s, by code', { country: 'de' }, 'Europe/Berlin'], ['their country\'s, by name', { country: 'South Korea' }, 'Asia/Seoul'],
		['their address\'s', { address: { country: 'AT' } }, 'Europe/Vienna'], ['their phone\'s', { phone: '+81 3 1234 5678' }, 'Asia/Tokyo'],
		['the fallback, where the country has several', { country: 'US' }, 'UTC'], ['the fallback, for what is no zone', { timezone: 'Mars/Olympus' }, 'UTC'], ['the fallback, for an offset', { timezone: '+02:00' }, 'UTC'], ['the fallback, for nothing', {}, 'UTC'],
	])('is %s', (_what, attributes, zone) => {
		expect(zoneOf({ attributes }, 'UTC')).toBe(zone);
	});

	it('comes from a phone that is not an attribute too', () => {
		expect(zoneOf({ attributes: {}, phone: '+41446681800' }, 'UTC')).toBe('Europe/Zurich');
		expect(zoneOf({ attributes: { phone: '044 668 18 00' }, phone: '+41446681800' }, 'UTC')).toBe('Europe/Zurich');
	});
});

describe('the country of a person', () => {
	it.each<[JsonObject, string | null]>([
		[{ country: 'UK' }, 'GB'], [{ country_code: 'fr' }, 'FR'], [{ country: 'Nowhere', phone: '+12125550123' }, 'US'], [{ phone: '+44 20 7946 0958' }, 'GB'], [{ phone: 'call me' }, null], [{ country: '' }, null],
	])('of %j is %s', (attributes, country) => {
		expect(countryOf({ attributes })).toBe(country);
	});
});

describe('a location', () => {
	it.each<[JsonObject, { lat: number; lon: number } | null]>([
		[{ location: { lat: 1, lon: 2 } }, { lat: 1, lon: 2 }], [{ latitude: '52.5', longitude: '13.4' }, { lat: 52.5, lon: 13.4 }], [{ location: { lat: 100, lon: 2 } }, null], [{ lat: 1 }, null],
	])('of %j is %j', (attributes, location) => {
		expect(locationOf(attributes)).toEqual(location);
	});

	it('is none of an empty text', () => {
		expect(readLocation({ lat: '', lon: '' })).toBeNull();
	});
});
