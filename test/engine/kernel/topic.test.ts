import { isTopic, normaliseTopic } from '../../../engine/kernel';

describe('a topic', () => {
	it('is the same however it is written, and normalising it again changes nothing, for every letter with every accent', () => {
		const accents = ['', '\u0300', '\u0301', '\u0304', '\u0307', '\u0308', '\u030c', '\u0327', '\u0345'];
		const unstable: string[] = [];
		for (let code = 0x20; code < 0x1_ffff; code += 1) {
			if (code >= 0xd800 && code <= 0xdfff) continue;
			for (const accent of accents) {
				const once = normaliseTopic(String.fromCodePoint(code) + accent);
				if (normaliseTopic(once) !== once) unstable.push(code.toString(16) + accent);
			}
		}

		expect(unstable).toEqual([]);
		expect(normaliseTopic(' NEWS\u0301 ')).toBe(normaliseTopic('new\u015b'));
	});

	it.each([['', true], ['x'.repeat(200), true], ['x'.repeat(201), false], ['a\0b', false], ['\ud800', false], [7, false]])('%j is one: %s', (topic, is) => {
		expect(isTopic(topic)).toBe(is);
	});
});
