import { runInNewContext } from 'node:vm';

import { createSmtpProvider } from '../../../engine/channels';
import { saysNoSuchMailbox } from '../../../engine/channels/email/dead-address';
import { mailReports, readMime } from '../../../engine/channels/email/inbound';
import { email, scriptedServer, usual } from './servers';

/** As big services and common servers word them, each as its whole reply. */
const DEAD = [
	'550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the recipient\'s email address for typos or\r\n550 5.1.1 unnecessary spaces.',
	'550 5.1.1 <ann.marsh@customer.example>: Recipient address rejected: User unknown in virtual mailbox table',
	'550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann.marsh@customer.example not found by SMTP address lookup',
	'550 5.1.2 Bad destination system address',
	'553 5.1.3 Invalid address syntax',
	'550 5.1.6 Mailbox has moved',
	'550 No such user here',
	'550 <ann.marsh@customer.example>: User unknown',
	'551 user does not exist',
	'553 sorry, no mailbox here by that name',
	'550 5.5.0 Requested action not taken: mailbox unavailable, no such recipient',
	'550 5.0.0 ann.marsh@customer.example... User unknown',
];

const ALIVE = [
	'550 5.7.1 Message rejected as spam by Content Filtering',
	'550 5.7.1 Unable to deliver to unknown user: blocked',
	'554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using a blocklist',
	'550 5.2.1 The email account that you tried to reach is disabled',
	'552 5.2.2 The email account that you tried to reach is over quota',
	'550 5.2.2 mailbox full',
	'550 5.3.4 Message too big for system',
	'550 5.1.8 Sender address rejected: Domain not found',
	'550 5.1.1 Recipient rejected: sender reputation too low',
	'550 Mailbox unavailable',
	'550 Access denied, user unknown to our policy',
	'550 rejected',
	'553 5.7.1 Sender is not allowed, no such user',
	'550 5.1.0 Address rejected',
	'450 4.1.1 User unknown in local recipient table',
	'554 5.7.1 <ann.marsh@customer.example>: Relay access denied',
];

async function outcomeOf(reply: string, at: RegExp = /^RCPT/) {
	const server = await scriptedServer((line, socket) => (at.test(line ?? '') ? socket.write(`${reply}\r\n`) : usual(line, socket)));
	const smtp = createSmtpProvider(server.config);
	try {
		return await smtp.send(email());
	} finally {
		await smtp.close();
		await server.close();
	}
}

describe('An address that nobody is at', () => {
	it.each(DEAD)('is told by %j', async (reply) => {
		expect(await outcomeOf(reply)).toMatchObject({ kind: 'permanent', deadAddress: true });
	});

	it.each(ALIVE)('is not told by %j: the address may work', async (reply) => {
		expect(await outcomeOf(reply)).not.toHaveProperty('deadAddress');
	});

	it.each([['DATA', 'permanent', /^DATA$/], ['the message', 'permanent', /^\.$/], ['MAIL FROM', 'account', /^MAIL/]] as const)('is told by the reply to RCPT TO alone: that to %s may be about something else', async (_title, kind, at) => {
		const outcome = await outcomeOf('550 5.1.1 user unknown', at);

		expect(outcome).toMatchObject({ kind });
		expect(outcome).not.toHaveProperty('deadAddress');
	});

	it('is not told by what the address itself is called', async () => {
		const server = await scriptedServer((line, socket) => (/^RCPT/.test(line ?? '') ? socket.write('550 5.1.1 <spam@customer.example> unknown\r\n') : usual(line, socket)));
		const smtp = createSmtpProvider(server.config);

		expect(await smtp.send(email({ to: 'spam@customer.example' }))).toMatchObject({ deadAddress: true });
		await smtp.close();
		await server.close();
	});

	it('is looked for once in each word, however long: anybody can send a report of a mail server', async () => {
		const report = ['From: MAILER-DAEMON@mx.example', 'Content-Type: multipart/report; boundary=b', '', '--b', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example', '',
			'Final-Recipient: rfc822; ann@customer.example', 'Action: failed', 'Status: 5.0.0', `Diagnostic-Code: smtp; 550 ${'x'.repeat(250_000)} user unknown`, '', '--b--', ''].join('\r\n');
		const mail = await readMime(Buffer.from(report));
		const reply = `550 ${'x'.repeat(4_000_000)} user unknown`;

		// Some milliseconds; read anew from each letter, hours.
		expect(runInNewContext('says()', { says: () => saysNoSuchMailbox(550, reply) }, { timeout: 30_000 })).toBe(true);
		expect(mail === null ? [] : await mailReports(mail)).toEqual([expect.objectContaining({ kind: 'bounced', address: 'ann@customer.example' })]);
	});
});
