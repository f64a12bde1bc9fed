import { fieldsOf, listOf, textOf } from '../../callbacks/reading';
import type { MailForm } from './form';
import { readHeaders, readMime } from './mime';
import type { InboundMail } from './types';

/**
 * SendGrid's Inbound Parse (https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook): the mail in parts, or whole in
 * `email` where "POST the raw, full MIME message" is on. `envelope` and `charsets` are JSON. null: it is no mail.
 */
export async function sendGridMail(form: MailForm): Promise<InboundMail | null> {
	const envelope = jsonOf(form.textOf('envelope'));
	const about = { recipients: listOf(envelope.to).map(textOf).filter((address) => address !== null), returnPath: typeof envelope.from === 'string' ? envelope.from : null };
	const raw = form.bytesOf('email');
	if (raw.length > 0) return await readMime(raw, about);
	const headers = form.textOf('headers');
	if (headers === '') return null;
	const charsets = jsonOf(form.textOf('charsets'));
	const decoded = (name: string): string => decode(form.bytesOf(name), textOf(charsets[name]) ?? 'utf-8');
	return { ...about, headers: await readHeaders(headers), text: decoded('text'), html: decoded('html'), parts: form.parts, fallbackId: '' };
}

function jsonOf(text: string): Record<string, unknown> {
	try {
		return fieldsOf(JSON.parse(text));
	} catch {
		return {};
	}
}

function decode(bytes: Uint8Array, charset: string): string {
	try {
		return new TextDecoder(charset).decode(bytes);
	} catch {
		return new TextDecoder().decode(bytes);
	}
}
