import fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';

import type { OutgoingEmail } from '../../../../engine/channels/types';
import { mimeOf } from '../../../../engine/channels/email/mime';
import { smtpMessage } from '../../../../engine/channels/email/smtp-message';
import { email } from '../servers';

/** As nodemailer itself streams it, with the two things that differ from mail to mail made alike. */
async function streamed(given: OutgoingEmail): Promise<string> {
	return alike(await new MailComposer({ ...smtpMessage(given), newline: 'win' }).compile().build());
}

/** Where a soft line break stands is left to whoever writes it. */
function alike(mail: Buffer): string {
	const text = mail.toString('latin1').replace(/^Date: .*$/m, 'Date: then').replace(/=\r\n/g, '');
	const boundary = /boundary="([^"]+)"/.exec(text)?.[1];
	return boundary === undefined ? text : text.replaceAll(boundary, 'boundary');
}

const PIECES = ['Grüße an Ann', '안녕하세요', '👩‍👩‍👧', ' ', '  \t', '\n', '\r\n', '\n\n', '.', '..', '=', '=3D', '<a href="https://shop.example/?a=1&b=2">', 'x'.repeat(90), 'é'.repeat(50), 'From ', '--', '\u0000', '\u2028', 'word '.repeat(30)];
const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(''));

describe('A mail made ready at once', () => {
	it('is what nodemailer streams, whatever its texts are', async () => {
		await fc.assert(fc.asyncProperty(fc.record({ subject: text, text, html: text }), async (texts) => {
			const given = email(texts);

			const mail = await mimeOf(given);

			expect(alike(mail)).toBe(await streamed(given));
			expect(mail.toString('latin1')).not.toMatch(/^[^\r\n]{999}/m);
			expect(mail.toString('latin1')).not.toMatch(/[^\r]\n/);
		}), { numRuns: 500 });
	});

	it.each([
		['in Latin letters, which goes as it is', { text: 'Hello Ann', html: '<p>Hello Ann</p>' }],
		['mostly beyond them, which goes in base64', { text: '안녕하세요 '.repeat(60), html: `<p>${'안녕하세요 '.repeat(60)}</p>` }],
		['of one long line', { text: 'long '.repeat(400), html: `<p>${'long '.repeat(400)}</p>` }],
		['longer than one of its pieces', { text: 'Zeile für Zeile\n'.repeat(20_000), html: '<p>Zeile für Zeile</p>\n'.repeat(20_000) }],
	])('is what nodemailer streams with a text %s', async (_what, texts) => {
		const given = email(texts);

		expect(alike(await mimeOf(given))).toBe(await streamed(given));
	});
});
