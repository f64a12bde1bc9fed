import type { Email, Attachment } from 'postal-mime';

import { LONGEST_TEXT, REPORT_PARTS, type InboundMail } from './types';

/** A mail nests this deep at most, and has so many bytes of headers: beyond it nobody wrote it. */
const LIMITS = { maxNestingDepth: 32, maxHeadersSize: 256 * 1024, forceRfc822Attachments: true } as const;

/** Who knows the envelope and an id says so; a mailbox has put them into the headers, where it has. */
export type Envelope = Partial<Pick<InboundMail, 'recipients' | 'returnPath' | 'fallbackId' | 'own'>>;

/** A raw mail (RFC 5322 with MIME). null: it cannot be read. Files are not kept. */
export async function readMime(raw: Uint8Array | string, envelope: Envelope = {}): Promise<InboundMail | null> {
	const { default: PostalMime } = await import('postal-mime');
	let mail: Email;
	try {
		mail = await PostalMime.parse(raw, LIMITS);
	} catch {
		return null;
	}
	const headers = mail.headers.map(({ originalKey, value }) => ({ name: originalKey, value }));
	return {
		headers, text: (mail.text ?? '').slice(0, LONGEST_TEXT), html: (mail.html ?? '').slice(0, LONGEST_TEXT), parts: mail.attachments.flatMap(partOf),
		recipients: envelope.recipients ?? [], returnPath: envelope.returnPath ?? null, fallbackId: envelope.fallbackId ?? '', own: envelope.own ?? null,
	};
}

function partOf({ mimeType, content }: Attachment): InboundMail['parts'][number][] {
	if (!REPORT_PARTS.has(mimeType)) return [];
	const text = typeof content === 'string' ? content : Buffer.from(content as Uint8Array).toString('utf8');
	return [{ type: mimeType, text: text.slice(0, LONGEST_TEXT) }];
}

/** A block of headers alone, as some services give them. */
export async function readHeaders(block: string): Promise<InboundMail['headers']> {
	return (await readMime(`${block.trimEnd()}\r\n\r\n`))?.headers ?? [];
}
