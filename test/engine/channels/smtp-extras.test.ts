import { createSmtpProvider, type EmailAttachment, type OutgoingEmail } from '../../../engine/channels';
import { email, scriptedServer, smtpServer, usual } from './servers';

const pdf: EmailAttachment = { fileName: 'Rechnung März.pdf', contentType: 'application/pdf', content: new Uint8Array([37, 80, 68, 70, 0, 255]) };
const logo: EmailAttachment = { fileName: 'logo.png', contentType: 'image/png', content: new Uint8Array([137, 80, 78, 71]), contentId: 'logo' };

async function sent(given: Partial<OutgoingEmail>) {
	const server = await smtpServer();
	const smtp = createSmtpProvider(server.config);
	try {
		return { outcome: await smtp.send(email(given)), received: server.received };
	} finally {
		await smtp.close();
		await server.close();
	}
}

describe('Files of a mail over SMTP', () => {
	it('arrive byte by byte, a file to save and an image inside the mail', async () => {
		const { received } = await sent({ html: '<img src="cid:logo">', attachments: [pdf, logo] });

		const raw = received[0]?.raw ?? '';
		expect(raw).toMatch(/Content-Type: application\/pdf;[\s\S]*?filename\*0\*=utf-8''Rechnung%20M%C3%A4rz\.pdf[\s\S]*?\r\n\r\nJVBERgD\/\r\n/);
		expect(raw).toMatch(/Content-Type: image\/png; name=logo\.png\r\n(?:[\w-]+: .*\r\n|\s.*\r\n)*?Content-ID: <logo>\r\n/i);
		expect(raw).toMatch(/Content-Disposition: inline; filename=logo\.png/);
		expect(raw).toContain('multipart/related');
	});

	it('begin no header of their own by their name, type or cid', async () => {
		const { received } = await sent({ attachments: [{ ...logo, fileName: 'a\r\nX-A: 1', contentType: 'image/png\r\nX-B: 1', contentId: 'x>\r\nX-C: 1' }] });

		for (const name of ['X-A', 'X-B', 'X-C']) expect(received[0]?.raw).not.toMatch(new RegExp(`^${name}`, 'm'));
	});

	it('are taken as bytes only, out of whatever memory they stand in', async () => {
		const pool = Buffer.from('secret of somebody else|hello|more secrets');

		const { received } = await sent({ attachments: [{ fileName: 'a.txt', contentType: 'text/plain', content: new Uint8Array(pool.buffer, pool.byteOffset + 24, 5) }] });

		expect(received[0]?.raw).toContain(`\r\n\r\n${Buffer.from('hello').toString('base64')}\r\n`);
	});
});

describe('Copies of a mail over SMTP', () => {
	const copies = { cc: ['boss@shop.example', 'team@shop.example'], bcc: ['archive@shop.example'] };

	it('leave in an envelope of their own; CC is seen in all of them and BCC in none', async () => {
		const { outcome, received } = await sent(copies);

		expect(outcome).not.toHaveProperty('note');
		expect(received.map(({ to }) => to)).toEqual([['ann.marsh@customer.example'], ['boss@shop.example', 'team@shop.example', 'archive@shop.example']]);
		for (const { raw } of received) {
			expect(raw).toMatch(/^To: ann\.marsh@customer\.example\r$/m);
			expect(raw).toMatch(/^Cc: boss@shop\.example, team@shop\.example\r$/m);
			expect(raw).not.toMatch(/archive@/);
		}
	});

	it.each([[451, 'transient'], [550, 'permanent']] as const)('do not leave while the person is refused with %s, or every try would bring them another', async (reply, kind) => {
		const lines: string[] = [];
		const server = await scriptedServer((line, socket) => {
			if (/^RCPT/.test(line ?? '')) lines.push(line ?? '');
			if (/^RCPT TO:<ann/.test(line ?? '')) socket.write(`${reply} no\r\n`);
			else usual(line, socket);
		});
		const smtp = createSmtpProvider(server.config);

		expect((await smtp.send(email(copies))).kind).toBe(kind);
		expect(lines).toHaveLength(1);
		await smtp.close();
		await server.close();
	});

	it('that are refused, or whose connection breaks, do not make the person\'s mail fail: it is accepted, with a note that names nobody', async () => {
		let ends = 0;
		const refusing = await scriptedServer((line, socket) => (/^RCPT TO:<(boss|arch)/.test(line ?? '') ? void socket.write('550 5.1.1 no boss@shop.example\r\n') : usual(line, socket)));
		const breaking = await scriptedServer((line, socket) => (line === '.' && ++ends === 2 ? void socket.destroy() : usual(line, socket)));
		const notes: unknown[] = [];
		for (const server of [refusing, breaking]) {
			const smtp = createSmtpProvider(server.config);
			notes.push(await smtp.send(email(copies)));
			await smtp.close();
			await server.close();
		}

		expect(notes).toMatchObject([{ kind: 'accepted', note: '2 of 3 copies (CC, BCC) refused by the mail server' }, { kind: 'accepted', note: 'The copies (CC, BCC) may not have left.' }]);
	});
});
