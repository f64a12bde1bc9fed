import type { Email, Attachment } from 'postal-mime';

import { LONGEST_TEXT, REPORT_PARTS, type InboundMail } from './types';

/** A mail nests this deep at most, and has so many bytes of headers: beyond it nobody wrote it. */
const LIMITS = { maxNestingDepth: 32, maxHeadersSize: 256 * 1024, forceRfc822Attachments: true } as const;

/** What a person or a mail server writes stands at the beginning, before their files, and takes so much at most; a line takes the parser as long as 100 letters. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_LINES = 50_000;

/** Who knows the envelope and an id says so; a mailbox has put them into the headers, where it has. */
export type Envelope = Partial<Pick<InboundMail, 'recipients' | 'returnPath' | 'fallbackId' | 'own'>>;

/** A raw mail (RFC 5322 with MIME), of a large one the beginning. null: it cannot be read. Files are not kept. */
export async function readMime(raw: Uint8Array | string, envelope: Envelope = {}): Promise<InboundMail | null> {
	const { default: PostalMime } = await import('postal-mime');
	let mail: Email;
	try {
		mail = await PostalMime.parse(beginningOf(raw), LIMITS);
	} catch {
		return null;
	}
	const headers = mail.headers.map(({ originalKey, value }) => ({ name: originalKey, value }));
	return {
		headers, text: (mail.text ?? '').slice(0, LONGEST_TEXT), html: (mail.html ?? '').slice(0, LONGEST_TEXT), parts: mail.attachments.flatMap(partOf),
		recipients: envelope.recipients ?? [], returnPath: envelope.returnPath ?? null, fallbackId: envelope.fallbackId ?? '', own: envelope.own ?? null,
	};
}

function beginningOf(raw: Uint8Array | string): Uint8Array {
	const bytes = (typeof raw === 'string' ? Buffer.from(raw.slice(0, MOST_BYTES)) : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)).subarray(0, MOST_BYTES);
	let end = 0;
	for (let lines = 0; lines < MOST_LINES; lines += 1) {
		const next = bytes.indexOf(0x0a, end);
		if (next < 0) return bytes;
		end = next + 1;
	}
	return bytes.subarray(0, end);
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
