import { createHmac } from 'node:crypto';

/** Mails as people, mail programs and servers write them; lines end as on the wire. */
export const mail = (headers: Record<string, string>, body: string): string => [...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n').replace(/\r?\n/g, '\r\n');

export interface Of {
	from: string;
	to: string;
	/** Of the mail that is answered. */
	answered?: string;
	id?: string;
}

export const reply = ({ from, to, answered, id = 'reply-1@mail.example' }: Of, body = 'Yes, please!\n\nOn Mon, 2 Mar 2026 at 10:00, The Shop <news@shop.example> wrote:\n> Hello', more: Record<string, string> = {}): string =>
	mail({ From: `Ann <${from}>`, To: to, Subject: 'Re: Hello', 'Message-ID': `<${id}>`, ...(answered === undefined ? {} : { 'In-Reply-To': `<${answered}>`, References: `<other@elsewhere.example> <${answered}>` }), 'MIME-Version': '1.0', 'Content-Type': 'text/plain; charset=utf-8', ...more }, body);

/** After the example of RFC 3464, appendix E. */
export const bounce = ({ from, to, answered, id = 'dsn-1@mx.example' }: Of, { recipient, action = 'failed', status, diagnostic }: { recipient: string; action?: string; status: string; diagnostic: string }): string =>
	mail({ From: `Mail Delivery Subsystem <${from}>`, To: to, Subject: 'Returned mail', 'Message-ID': `<${id}>`, 'Return-Path': '<>', 'Auto-Submitted': 'auto-replied', 'MIME-Version': '1.0', 'Content-Type': 'multipart/report; report-type=delivery-status; boundary="b1"' }, [
		'--b1', 'Content-Type: text/plain', '', 'Your mail could not be delivered.', '',
		'--b1', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example', '', `Final-Recipient: rfc822; ${recipient}`, `Action: ${action}`, `Status: ${status}`, `Diagnostic-Code: smtp; ${diagnostic}`, '',
		'--b1', 'Content-Type: message/rfc822', '', 'From: The Shop <news@shop.example>', `To: ${recipient}`, ...(answered === undefined ? [] : [`Message-ID: <${answered}>`]), 'Subject: Hello', '', 'Hi there', '--b1--', '',
	].join('\n'));

/** After the example of RFC 5965, appendix B. */
export const feedback = ({ from, to, answered, id = 'arf-1@provider.example' }: Of, type: string, recipient: string): string =>
	mail({ From: `<${from}>`, To: to, Subject: 'FW: Hello', 'Message-ID': `<${id}>`, 'MIME-Version': '1.0', 'Content-Type': 'multipart/report; report-type=feedback-report; boundary="b1"' }, [
		'--b1', 'Content-Type: text/plain', '', 'This is an email abuse report.', '',
		'--b1', 'Content-Type: message/feedback-report', '', `Feedback-Type: ${type}`, 'User-Agent: SomeGenerator/1.0', 'Version: 1', `Original-Rcpt-To: <${recipient}>`, '',
		'--b1', 'Content-Type: text/rfc822-headers', '', 'From: The Shop <news@shop.example>', ...(answered === undefined ? [] : [`Message-ID: <${answered}>`]), 'Subject: Hello', '', '--b1--', '',
	].join('\n'));

/** As Mailgun signs what a route posts. */
export function mailgunSigned(key: string, nowMs: number, token = 'a'.repeat(50)): Record<string, string> {
	const timestamp = String(Math.floor(nowMs / 1000));
	return { timestamp, token, signature: createHmac('sha256', key).update(timestamp + token).digest('hex') };
}
