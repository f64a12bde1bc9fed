import { holdsMore } from '../../../kernel';
import { formIn } from '../../callbacks/reading';
import type { CallbackRequest } from '../../callbacks/types';
import { REPORT_PARTS, type MailPart } from './types';

/** A form that a service posts a mail with. */
export interface MailForm {
	/** As bytes stand for them: of a charset that is not UTF-8 they are still whole. */
	bytesOf(name: string): Buffer;
	/** As UTF-8; '' is none. */
	textOf(name: string): string;
	/** Attached reports; files of people are left. */
	parts: MailPart[];
}

const URLENCODED = /^application\/x-www-form-urlencoded\b/i;
const MULTIPART = /^multipart\/form-data\b/i;

/** By what the call says of itself; nothing is read. */
export function saysForm({ headers }: Pick<CallbackRequest, 'headers'>): boolean {
	const type = headers['content-type'] ?? '';
	return URLENCODED.test(type) || MULTIPART.test(type);
}

/** null: the body is no form, a broken one, or one of more fields than any service posts. */
export async function readForm({ headers, body }: Pick<CallbackRequest, 'headers' | 'body'>): Promise<MailForm | null> {
	const type = headers['content-type'] ?? '';
	if (URLENCODED.test(type)) return formOf(formIn({ body }), 'utf8');
	if (!MULTIPART.test(type)) return null;
	const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
	const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type)?.slice(1).find((one) => one !== undefined);
	if (boundary === undefined || holdsMore(bytes, `--${boundary}`)) return null;
	try {
		// Each byte as a letter of its own, so that the parser cannot spoil what is no UTF-8.
		const letters = Buffer.from(bytes.toString('latin1'), 'utf8');
		const data = await new Response(letters, { headers: { 'content-type': type } }).formData();
		return { ...formOf(data, 'latin1'), parts: await partsOf(data) };
	} catch {
		return null;
	}
}

function formOf(fields: { get(name: string): unknown }, encoding: 'utf8' | 'latin1'): MailForm {
	const bytesOf = (name: string): Buffer => {
		const value = fields.get(name);
		return Buffer.from(typeof value === 'string' ? value : '', encoding);
	};
	return { bytesOf, textOf: (name) => bytesOf(name).toString('utf8'), parts: [] };
}

async function partsOf(data: FormData): Promise<MailPart[]> {
	const files = [...data.values()].filter((value) => typeof value !== 'string').filter(({ type }) => REPORT_PARTS.has(type.toLowerCase()));
	return await Promise.all(files.map(async (file) => ({ type: file.type.toLowerCase(), text: Buffer.from(await file.text(), 'latin1').toString('utf8') })));
}
