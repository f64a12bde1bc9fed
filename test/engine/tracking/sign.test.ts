import fc from 'fast-check';

import { EngineError } from '../../../engine/kernel';
import { signToken, verifyToken, type TokenPayload } from '../../../engine/tracking';

const SECRET = 'a secret of enough bytes';

const messageId = fc.oneof(fc.base64String({ minLength: 1, maxLength: 30 }), fc.string({ minLength: 1 }));
const payload: fc.Arbitrary<TokenPayload> = fc.oneof(
	messageId.map((m) => ({ k: 'o' as const, m })),
	messageId.map((m) => ({ k: 'u' as const, m })),
	messageId.map((m) => ({ k: 's' as const, m })),
	messageId.map((m) => ({ k: 'n' as const, m })),
	fc.record({ k: fc.constant('c' as const), m: messageId, u: fc.webUrl({ withQueryParameters: true, withFragments: true }), l: fc.nat() }),
);

describe('Tokens of tracking links', () => {
	it('give back what was signed', () => {
		fc.assert(fc.property(payload, (given) => {
			expect(verifyToken(signToken(given, SECRET), SECRET)).toEqual(given);
		}));
	});

	it('are refused after any change of one character', () => {
		fc.assert(fc.property(payload, fc.nat(), fc.constantFrom(...'ABCXYZabcxyz0189-_.=+/ ~é'), fc.constantFrom('replace', 'insert', 'remove'), (given, at, character, change) => {
			const token = signToken(given, SECRET);
			const position = at % token.length;
			const rest = token.slice(change === 'insert' ? position : position + 1);
			const changed = token.slice(0, position) + (change === 'remove' ? '' : character) + rest;
			fc.pre(changed !== token);

			expect(verifyToken(changed, SECRET)).toBeNull();
		}), { numRuns: 2_000 });
	});

	it('are refused at every position of one token, for every character a link can hold', () => {
		const token = signToken({ k: 'u', m: 'ZGVmZ2hpamtsbW5vcHFy' }, SECRET);
		const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~';

		const accepted: string[] = [];
		for (let at = 0; at < token.length; at++) {
			for (const character of characters) {
				const changed = token.slice(0, at) + character + token.slice(at + 1);
				if (changed !== token && verifyToken(changed, SECRET)) accepted.push(changed);
			}
		}

		expect(accepted).toEqual([]);
	});

	it('are refused under another secret', () => {
		const token = signToken({ k: 'o', m: 'x' }, SECRET);

		expect(verifyToken(token, 'another secret, long enough')).toBeNull();
	});

	it('answer null to whatever else is put into a link', () => {
		fc.assert(fc.property(fc.string(), (text) => {
			expect(verifyToken(text, SECRET)).toBeNull();
		}));
		expect(verifyToken('', SECRET)).toBeNull();
		expect(verifyToken('1..', SECRET)).toBeNull();
		expect(verifyToken('x'.repeat(100_000), SECRET)).toBeNull();
	});

	it('hold only characters that a URL keeps as they are', () => {
		fc.assert(fc.property(payload, (given) => {
			const token = signToken(given, SECRET);
			expect(encodeURIComponent(token)).toBe(token);
		}));
	});

	it('are short: an open takes about 65 characters', () => {
		expect(signToken({ k: 'o', m: 'ZGVmZ2hpamtsbW5vcHFyc2' }, SECRET).length).toBeLessThan(70);
	});

	it('lead nowhere but to web addresses, even with the right secret', () => {
		const sign = () => signToken({ k: 'c', m: 'x', u: 'javascript:alert(1)', l: 0 }, SECRET);

		expect(sign).toThrow(EngineError);
		expect(sign).toThrow(/http or https/);
	});

	it('need a secret of 16 bytes', () => {
		expect(() => signToken({ k: 'o', m: 'x' }, 'short')).toThrow(/at least 16 bytes/);
	});
});
