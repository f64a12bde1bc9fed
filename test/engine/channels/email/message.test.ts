import { createSmtpProvider } from '../../../../engine/channels';
import { mimeOf } from '../../../../engine/channels/email/mime';
import { email, smtpServer } from '../servers';
import { BYTES, fullEmail, headerLines, partOf, UNSUBSCRIBE } from './samples';

async function overSmtp(given = fullEmail()) {
	const server = await smtpServer();
	const provider = createSmtpProvider(server.config);
	const outcome = await provider.send(given);
	await provider.close();
	await server.close();
	return { outcome, received: server.received };
}

describe('A mail with everything', () => {
	it('goes to each recipient once, and whoever is in BCC stands in no header', async () => {
		const { outcome, received } = await overSmtp();

		expect(outcome.kind).toBe('accepted');
		// Copies in an envelope of their own, once the person's mail is taken.
		expect(received.map(({ to }) => to)).toEqual([['ann.marsh@customer.example'], ['copy@partner.example', 'archive@shop.example']]);
		expect(headerLines(received[1]!.raw, 'Bcc')).toEqual([]);
		const { raw } = received[0]!;
		expect(headerLines(raw, 'To')).toEqual(['To: ann.marsh@customer.example']);
		expect(headerLines(raw, 'Cc')).toEqual(['Cc: copy@partner.example']);
		expect(raw).not.toMatch(/^Bcc:/im);
		expect(raw).not.toContain('archive@shop.example');
	});

	it('carries files byte by byte, and images where the HTML wants them', async () => {
		const { raw } = (await overSmtp()).received[0]!;

		expect(partOf(raw, 'application/pdf')).toEqual(Buffer.from(BYTES));
		expect(raw).toMatch(/Content-Disposition: attachment;\s+filename\*/);
		expect(partOf(raw, 'Content-ID: <logo>')).toEqual(Buffer.from(BYTES.subarray(0, 20)));
		expect(raw).toMatch(/Content-Disposition: inline; filename=logo\.png/);
	});

	it.each([['cc', 'permanent'], ['bcc', 'permanent'], ['replyTo', 'account']] as const)('goes to nobody when %s is not an address', async (field, kind) => {
		const wrong = 'x@a.example, y@b.example';

		const { outcome, received } = await overSmtp(fullEmail({ [field]: field === 'replyTo' ? wrong : [wrong] }));

		expect(outcome).toMatchObject({ kind, reason: expect.stringContaining('Correct it in the step') });
		expect(received).toEqual([]);
	});
});

describe('The same mail ready-made', () => {
	it('is what SMTP would have handed over', async () => {
		const raw = (await mimeOf(fullEmail())).toString();

		expect(raw).not.toMatch(/[^\r]\n/);
		expect(headerLines(raw, 'Message-ID')).toEqual(['Message-ID: <bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>']);
		expect(headerLines(raw, 'Reply-To')).toEqual(['Reply-To: help@shop.example']);
		expect(headerLines(raw, 'Subject')).toEqual(['Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe=2C_Ann?=']);
		expect(headerLines(raw, 'List-Unsubscribe')).toEqual([`List-Unsubscribe: ${UNSUBSCRIBE}`]);
		expect(headerLines(raw, 'List-Unsubscribe-Post')).toEqual(['List-Unsubscribe-Post: List-Unsubscribe=One-Click']);
		expect(headerLines(raw, 'X-Ref')).toEqual(['X-Ref: =?UTF-8?Q?=C3=96l_X-Evil=3A_1?=']);
		expect(raw).not.toMatch(/^(Bcc|X-Evil):|text\/evil|all@other/im);
		expect(partOf(raw, 'application/pdf')).toEqual(Buffer.from(BYTES));
	});

	it('has its domains in ASCII', async () => {
		const raw = (await mimeOf(email({ to: 'ann@grüße.example', from: { address: 'news@läden.example' }, cc: ['bob@grüße.example'] }))).toString();

		expect(headerLines(raw, 'To')).toEqual(['To: ann@xn--gre-6ka8l.example']);
		expect(headerLines(raw, 'Cc')).toEqual(['Cc: bob@xn--gre-6ka8l.example']);
		expect(headerLines(raw, 'Message-ID')).toEqual(['Message-ID: <bXNnLWlkLTEyMzQ1Njc4OQ@xn--lden-loa.example>']);
	});
});
