import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';

import { keywordOf } from '../../../../engine/channels';
import { costInMillionths, isPrice, smartEncoded, smsCost, smsSegments, takesSender } from '../../../../engine/channels/sms';
import type { HttpSmsConfig, SmsConfig } from '../../../../engine/channels/types';

describe('segments of a text message', () => {
	it.each<[string, string, [string, number, number]]>([
		['nothing', '', ['GSM-7', 1, 0]],
		['160 characters of GSM-7', 'a'.repeat(160), ['GSM-7', 1, 160]],
		['161 of them', 'a'.repeat(161), ['GSM-7', 2, 161]],
		['306, the most that two segments hold', 'a'.repeat(306), ['GSM-7', 2, 306]],
		['307', 'a'.repeat(307), ['GSM-7', 3, 307]],
		['characters of the extension table, two places each', '€'.repeat(80), ['GSM-7', 1, 160]],
		['an extension character that would be torn apart between two segments', `${'a'.repeat(152)}€${'a'.repeat(152)}`, ['GSM-7', 3, 306]],
		['umlauts and Greek capitals, which GSM-7 has', 'ÜnitéΔΦΓ', ['GSM-7', 1, 8]],
		['a cedilla in small, which it has not', 'ç', ['UCS-2', 1, 1]],
		['70 Cyrillic letters', 'я'.repeat(70), ['UCS-2', 1, 70]],
		['71', 'я'.repeat(71), ['UCS-2', 2, 71]],
		['134, the most that two segments hold', 'я'.repeat(134), ['UCS-2', 2, 134]],
		['135', 'я'.repeat(135), ['UCS-2', 3, 135]],
		['35 emojis, two places each', '😀'.repeat(35), ['UCS-2', 1, 35]],
		['36', '😀'.repeat(36), ['UCS-2', 2, 36]],
		['a line break of Windows, which is one character', 'a\r\nb', ['GSM-7', 1, 3]],
		['nothing', '', ['GSM-7', 1, 0]],
	])('of %s', (_what, text, [encoding, segments, characters]) => {
		expect(smsSegments(text)).toEqual({ encoding, segments, characters });
	});

	it('fewer after smart encoding, which leaves alone what has no stand-in', () => {
		const curly = `It’s “${'a'.repeat(100)}” – and…`;

		expect(smsSegments(curly)).toMatchObject({ encoding: 'UCS-2', segments: 2 });
		expect(smsSegments(smartEncoded(curly))).toMatchObject({ encoding: 'GSM-7', segments: 1 });
		expect(smartEncoded('Привет, “мир” 😀')).toBe('Привет, "мир" 😀');
	});
});

describe('the cost of a text message', () => {
	it('is the price of the country by the segments, in decimals', () => {
		const prices = { DE: '0.075', US: '0.0079', KR: '20', '*': '0.1' };

		expect([smsCost(3, 'DE', prices), smsCost(10, 'US', prices), smsCost(3, 'KR', prices), smsCost(10, 'FR', prices), smsCost(7, null, prices)]).toEqual(['0.225', '0.079', '60', '1', '0.7']);
		expect(smsCost(1, 'FR', { DE: '1' })).toBeNull();
	});

	it('is kept to the millionth, the half of which counts as one', () => {
		expect(['0.0755', '0.0000004', '0.0000005', '0.0000014', '12', null].map(costInMillionths)).toEqual([75_500, 0, 1, 1, 12_000_000, null]);
	});

	it('knows a price when it sees one', () => {
		expect(['0.0075', '12', '0', '1.', '.5', '-1', '1e3', '0,1', ''].map(isPrice)).toEqual([true, true, true, false, false, false, false, false, false]);
	});
});

describe('the sender that the step names', () => {
	const own: HttpSmsConfig = { kind: 'http', service: 'Acme SMS', method: 'POST', url: 'https://sms.acme.example/send', headers: {}, bodyType: 'form', body: '', acceptedStatus: '200', acceptedText: '', idPath: '', testUrl: '' };
	it.each<[string, SmsConfig, boolean]>([
		['by a service of the list', { kind: 'plivo', authId: 'MA1', authToken: 'secret' }, true],
		['in the body', { ...own, body: 'from={{from}}' }, true],
		['in the address', { ...own, url: `${own.url}?from={{ from }}` }, true],
		['in a header', { ...own, headers: { 'x-from': '{{from}}' } }, true],
		['nowhere', { ...own, body: 'to={{to}}' }, false],
	])('is heard: %s', (_where, config, isHeard) => {
		expect(takesSender(config)).toBe(isHeard);
	});
});

describe('words that mean stop, start or help', () => {
	it.each([
		['STOP', 'stop'], ['stop', 'stop'], [' Stop! ', 'stop'], ['"STOP"', 'stop'], ['Stop all', 'stop'], ['STOPALL', 'stop'], ['unsubscribe.', 'stop'], ['END', 'stop'], ['Cancel', 'stop'], ['QUIT', 'stop'],
		['ARRÊT', 'stop'], ['arret', 'stop'], ['PARAR', 'stop'], ['Baja', 'stop'], ['ALTO', 'stop'], ['Stopp', 'stop'], ['Abmelden', 'stop'], ['СТОП', 'stop'], ['停止', 'stop'], ['退订', 'stop'], ['TD', 'stop'],
		['수신거부', 'stop'], ['수신 거부', 'stop'], ['ＳＴＯＰ', 'stop'], ['RET', 'stop'], ['رجاء توقف', null], ['توقف', 'stop'],
		['START', 'start'], ['Unstop', 'start'], ['再開', 'start'], ['ALTA', 'start'], ['yes', null],
		['HELP', 'help'], ['info', 'help'], ['Hilfe?', 'help'], ['AIDE', 'help'], ['ayuda', 'help'], ['Aiuto!', 'help'], ['도움말', 'help'],
		['Stop sending this to my old number', null], ['please stop', null], ['Don\'t stop', null], ['the end', null], ['', null], ['👍', null], [`stop${'!'.repeat(50)}`, null],
		[`STOP${' '.repeat(156)}`, 'stop'], ['STOP STOP', 'stop'], ['Stop!! Stop!!', 'stop'], ['stop, unsubscribe', 'stop'], ['СТОП стоп', 'stop'], ['수신거부 해지', 'stop'], ['start stop', null], ['stop start', null], ['start start', null], ['stop help', null], ['stop it', null],
	])('%s: %s', (text, meaning) => {
		expect(keywordOf(text)).toBe(meaning);
	});
});

describe('a text of plain letters, which is counted without the library', () => {
	const gsm = [...Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).filter((one) => one !== '`'), '\n', ...'äöüÄÖÜßéèñ', ...'€[]{}€€€'];
	const byLibrary = (text: string) => {
		const by = new SegmentedMessage(text);
		return { encoding: by.encodingName, segments: by.segmentsCount, characters: by.numberOfCharacters };
	};

	it.each([['GSM-7', gsm], ['UCS-2', [...gsm, ...'çőŽαωЖяёひカ漢字한국어']]])('of %s has as many segments and characters, and the same encoding, as the library finds, and stays as it is', (_what, letters) => {
		fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...letters), maxLength: 500, size: 'max' }), (text) => {
			expect(smsSegments(text)).toEqual(byLibrary(text));
			expect(smartEncoded(text)).toBe(new SegmentedMessage(text, 'auto', true).graphemes.join(''));
		}), { numRuns: 100 });
	});

	it.each(['x', 'ü', '€', 'я', '한', 'ü한'])('of %s is counted right on both sides of each limit', (letter) => {
		for (const length of [1, 67, 70, 71, 80, 81, 134, 135, 153, 154, 160, 161, 201, 202, 306, 307, 459, 460]) {
			const text = letter.repeat(length).slice(0, length);
			expect(smsSegments(text)).toEqual(byLibrary(text));
		}
	});

	it('is each of its letters: none of them is one of another encoding, counts twice, joins with another or is written otherwise', () => {
		const codes = [...Array(0x0590).keys(), ...Array.from({ length: 0x1000 }, (_, n) => 0x3000 + n), ...Array.from({ length: 900 }, (_, n) => 0x4000 + n * 53)].filter((code) => code > 0 && code !== 13 && !(code >= 0xd800 && code <= 0xdfff));
		const wrong = codes.filter((code) => {
			const text = `x${String.fromCharCode(code).repeat(2)}한y`;
			const alone = String.fromCharCode(code).repeat(2);
			return [text, alone].some((one) => JSON.stringify(smsSegments(one)) !== JSON.stringify(byLibrary(one)) || smartEncoded(one) !== new SegmentedMessage(one, 'auto', true).graphemes.join(''));
		});

		expect(wrong).toEqual([]);
	});
});

describe('a text beyond GSM-7, which is counted without the library where each letter stands alone', () => {
	const ranges: Array<[number, number]> = [[0x20, 0x7e], [0xa0, 0x02ff], [0x0300, 0x0310], [0x0391, 0x03ce], [0x0400, 0x0530], [0x0600, 0x0620], [0x0e31, 0x0e40], [0x1100, 0x11ff], [0x2000, 0x2070], [0x20a0, 0x20ff], [0x3000, 0x30ff], [0x4e00, 0x4e40], [0xac00, 0xac40], [0xd790, 0xd7c0], [0x1f1e6, 0x1f1ff], [0x1f600, 0x1f610]];
	const letter = fc.constantFrom(...ranges).chain(([from, to]) => fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code)));
	const alone = fc.constantFrom('я', '할', '인', '特', '価', 'カ', 'ー', '–', '“', '€', 'é', 'ç', '[', 'a', '\n');

	it.each([['of any letters', letter], ['of letters that stand alone', alone]] as const)('%s has as many segments and characters as the library finds, and its stand-ins', (_what, unit) => {
		fc.assert(fc.property(fc.string({ unit, maxLength: 200 }), (text) => {
			const by = new SegmentedMessage(text);
			expect(smsSegments(text)).toEqual({ encoding: by.encodingName, segments: by.segmentsCount, characters: by.numberOfCharacters });
			expect(smartEncoded(text)).toBe(new SegmentedMessage(text, 'auto', true).graphemes.join(''));
		}), { numRuns: 150 });
	});

	it('finds each letter that stands alone as the library does', () => {
		for (const [from, to] of [[0xa1, 0xac], [0xae, 0x02ff], [0x0391, 0x03ce], [0x0400, 0x0482], [0x048a, 0x0523], [0x2010, 0x2027], [0x2030, 0x205e], [0x20a0, 0x20b9], [0x3001, 0x3029], [0x3041, 0x3096], [0x30a0, 0x30ff]] as const) {
			const text = Array.from({ length: to - from + 1 }, (_, n) => String.fromCharCode(from + n)).join('');
			const by = new SegmentedMessage(text);
			expect(smsSegments(text)).toEqual({ encoding: by.encodingName, segments: by.segmentsCount, characters: by.numberOfCharacters });
			for (const one of text) expect([one, smsSegments(one).encoding]).toEqual([one, new SegmentedMessage(one).encodingName]);
		}
	});
});
