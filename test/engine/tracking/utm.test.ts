import fc from 'fast-check';

import { withUtm } from '../../../engine/tracking/utm';

const UTM = { source: 'newsletter', medium: 'email', campaign: 'Spring & Co', content: '', term: ' ' };
const ADDED = 'utm_source=newsletter&utm_medium=email&utm_campaign=Spring%20%26%20Co';

it.each([
	['https://shop.example', `https://shop.example?${ADDED}`],
	['https://shop.example/a', `https://shop.example/a?${ADDED}`],
	['https://shop.example/a?', `https://shop.example/a?${ADDED}`],
	['https://shop.example/a?x=1', `https://shop.example/a?x=1&${ADDED}`],
	['https://shop.example/a?x=1&', `https://shop.example/a?x=1&${ADDED}`],
	['https://shop.example/a?x=%20+ä&sig=a/b==', `https://shop.example/a?x=%20+ä&sig=a/b==&${ADDED}`],
	['https://shop.example/a#size', `https://shop.example/a?${ADDED}#size`],
	['https://shop.example/a?x=1#/route?y=2', `https://shop.example/a?x=1&${ADDED}#/route?y=2`],
	['https://shop.example/?utm_source=own', 'https://shop.example/?utm_source=own&utm_medium=email&utm_campaign=Spring%20%26%20Co'],
	['https://shop.example/?UTM_Source=own', 'https://shop.example/?UTM_Source=own&utm_medium=email&utm_campaign=Spring%20%26%20Co'],
	['https://shop.example/?%zz=1', `https://shop.example/?%zz=1&${ADDED}`],
])('%s', (url, expected) => {
	expect(withUtm(url, UTM)).toBe(expected);
});

it('adds nothing where all is there or nothing is given', () => {
	const whole = withUtm('https://shop.example/', UTM);
	expect(withUtm(whole, UTM)).toBe(whole);
	expect(withUtm('https://shop.example/', {})).toBe('https://shop.example/');
});

it('changes nothing else of any address', () => {
	fc.assert(fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
		const [before, after] = [new URL(url), new URL(withUtm(url, UTM))];
		expect([after.origin, after.pathname, after.hash]).toEqual([before.origin, before.pathname, before.hash]);
		expect(after.searchParams.get('utm_campaign')).toBe('Spring & Co');
		expect(after.search.startsWith(before.search)).toBe(true);
	}));
});
