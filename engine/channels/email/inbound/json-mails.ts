import { fieldsOf, listOf, textOf, type Fields } from '../../callbacks/reading';
import { readMime } from './mime';
import { LONGEST_TEXT, type InboundMail, type MailHeader } from './types';

/*
 * Services that give a mail as JSON. What they took out of the headers is put back, so that one rule reads all of them.
 */

/** https://postmarkapp.com/developer/webhooks/inbound-webhook; `RawEmail` where "Include raw email content in JSON payload" is on. */
export async function postmarkMail(event: Fields): Promise<InboundMail | null> {
	const recipients = [textOf(event.OriginalRecipient), ...listOf(event.ToFull).map((to) => textOf(fieldsOf(to).Email))].filter((address) => address !== null);
	const about = { recipients, fallbackId: textOf(event.MessageID) ?? '', own: textOf(event.StrippedTextReply) };
	const raw = textOf(event.RawEmail);
	if (raw !== null) return await readMime(raw, about);
	return {
		...about, headers: withBasics(namedValues(event.Headers, 'Name', 'Value'), { From: textOf(fieldsOf(event.FromFull).Email) ?? textOf(event.From), Subject: textOf(event.Subject), Date: textOf(event.Date) }),
		text: longText(event.TextBody), html: longText(event.HtmlBody), parts: attached(event.Attachments, 'ContentType', 'Content'), returnPath: null,
	};
}

/** https://developers.brevo.com/docs/inbound-parse-webhooks: one of `items`. */
export function brevoMail(item: Fields): InboundMail {
	const headers = Object.entries(fieldsOf(item.Headers)).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => ({ name, value: String(one) })));
	const addresses = (list: unknown): string[] => listOf(list).map((one) => textOf(fieldsOf(one).Address) ?? textOf(one)).filter((address) => address !== null);
	const replied = textOf(item.InReplyTo);
	return {
		headers: withBasics(headers, {
			From: textOf(fieldsOf(item.From).Address), Subject: textOf(item.Subject), Date: textOf(item.SentAtDate), 'Message-ID': bracketed(item.MessageId), 'In-Reply-To': replied === null ? null : bracketed(replied),
		}),
		text: longText(item.RawTextBody), html: longText(item.RawHtmlBody), own: null, parts: [], recipients: [...addresses(item.Recipients), ...addresses(item.To), ...addresses(item.Cc)], returnPath: null,
		fallbackId: listOf(item.Uuid).map(textOf)[0] ?? '',
	};
}

/** https://developers.sparkpost.com/api/relay-webhooks/: one `relay_message`. */
export async function sparkPostMail(message: Fields): Promise<InboundMail | null> {
	const content = fieldsOf(message.content);
	const raw = textOf(content.email_rfc822);
	if (raw === null) return null;
	const recipient = textOf(message.rcpt_to);
	return await readMime(content.email_rfc822_is_base64 === true ? Buffer.from(raw, 'base64') : raw, { recipients: recipient === null ? [] : [recipient], returnPath: typeof message.msg_from === 'string' ? message.msg_from : null });
}

/**
 * What SES publishes to a topic (https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html): `content` of an SNS action, as UTF-8 or
 * base64; of other actions (S3, Lambda) the headers alone.
 */
export async function sesMail(event: Fields): Promise<InboundMail | null> {
	const mail = fieldsOf(event.mail);
	const recipients = listOf(fieldsOf(event.receipt).recipients).map(textOf).filter((address) => address !== null);
	const about = { recipients, returnPath: typeof mail.source === 'string' ? mail.source : null, fallbackId: textOf(mail.messageId) ?? '' };
	const content = textOf(event.content);
	// Every mail begins with a header, which has a colon; base64 has none.
	if (content !== null) return await readMime(content.includes(':') ? content : Buffer.from(content, 'base64'), about);
	const headers = namedValues(mail.headers, 'name', 'value');
	return headers.length === 0 ? null : { ...about, headers, text: '', html: '', parts: [] };
}

/** https://resend.com/docs/api-reference/emails/retrieve-received-email. */
export function resendMail(mail: Fields): InboundMail {
	const headers = Array.isArray(mail.headers) ? namedValues(mail.headers, 'name', 'value') : Object.entries(fieldsOf(mail.headers)).map(([name, value]) => ({ name, value: String(value) }));
	const recipients = [mail.to, mail.cc, mail.bcc].flatMap(listOf).map(textOf).filter((address) => address !== null);
	return {
		headers: withBasics(headers, { From: textOf(mail.from), Subject: textOf(mail.subject), Date: textOf(mail.created_at), 'Message-ID': bracketed(mail.message_id) }),
		text: longText(mail.text), html: longText(mail.html), parts: [], recipients, returnPath: null, fallbackId: textOf(mail.id) ?? '',
	};
}

function namedValues(list: unknown, name: string, value: string): MailHeader[] {
	return listOf(list).map(fieldsOf).flatMap((one) => (textOf(one[name]) === null ? [] : [{ name: String(one[name]), value: String(one[value] ?? '') }]));
}

function withBasics(headers: readonly MailHeader[], basics: Readonly<Record<string, string | null>>): MailHeader[] {
	const given = new Set(headers.map(({ name }) => name.toLowerCase()));
	return [...headers, ...Object.entries(basics).flatMap(([name, value]) => (value === null || given.has(name.toLowerCase()) ? [] : [{ name, value }]))];
}

function bracketed(id: unknown): string | null {
	const text = textOf(id);
	return text === null ? null : `<${text.replace(/^<|>$/g, '')}>`;
}

function longText(value: unknown): string {
	return (textOf(value) ?? '').slice(0, LONGEST_TEXT);
}

function attached(list: unknown, type: string, content: string): InboundMail['parts'] {
	return listOf(list).map(fieldsOf).flatMap((file) => {
		const mime = (textOf(file[type]) ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
		return /^(message|text)\//.test(mime) ? [{ type: mime, text: Buffer.from(textOf(file[content]) ?? '', 'base64').toString('utf8').slice(0, LONGEST_TEXT) }] : [];
	});
}
