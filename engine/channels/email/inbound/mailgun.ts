import { listOf, textOf } from '../../callbacks/reading';
import type { MailForm } from './form';
import { readMime } from './mime';
import type { InboundMail } from './types';

/**
 * Mailgun's routes with forward() to an address of ours (https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http): parsed, in UTF-8,
 * or whole in `body-mime` where the address ends in "mime". null: it is no mail.
 */
export async function mailgunMail(form: MailForm): Promise<InboundMail | null> {
	const about = { recipients: [form.textOf('recipient')], returnPath: form.textOf('sender') === '' ? null : form.textOf('sender'), fallbackId: form.textOf('token') };
	const raw = form.bytesOf('body-mime');
	if (raw.length > 0) return await readMime(raw, about);
	const headers = headersOf(form.textOf('message-headers'));
	if (headers.length === 0) return null;
	const own = form.textOf('stripped-text');
	return { ...about, headers, text: form.textOf('body-plain'), html: form.textOf('body-html'), own: own === '' ? null : own, parts: form.parts };
}

/** JSON: a list of pairs. */
function headersOf(text: string): InboundMail['headers'] {
	try {
		return listOf(JSON.parse(text)).map(listOf).flatMap(([name, value]) => (textOf(name) === null ? [] : [{ name: String(name), value: String(value) }]));
	} catch {
		return [];
	}
}
