import { unsubscribeHeaders } from '../../../engine/tracking';

describe('The headers for unsubscribing', () => {
	it('name the address and the one-click POST of RFC 8058', () => {
		expect(unsubscribeHeaders('https://t.example/u?t=1.a.b')).toEqual({
			'List-Unsubscribe': '<https://t.example/u?t=1.a.b>',
			'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
		});
	});

	it.each(['out@example.com', 'mailto:out@example.com'])('name a mailbox too: %s', (mailbox) => {
		expect(unsubscribeHeaders('https://t.example/u', mailbox)['List-Unsubscribe']).toBe('<https://t.example/u>, <mailto:out@example.com>');
	});

	it.each(['https://t.example/u\r\nBcc: x@y.example', 'https://t.example/>, <x', 'javascript:0', 'https://t.example/a b', ''])('refuse %j', (url) => {
		expect(() => unsubscribeHeaders(url)).toThrow(/unsubscribe link/);
	});

	it('refuse a mailbox that would begin another header', () => {
		expect(() => unsubscribeHeaders('https://t.example/u', 'a@b.example>\r\nBcc: <x@y.example')).toThrow(/mail address/);
	});
});
