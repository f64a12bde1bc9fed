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

/** null: the body is no form, or a broken one. */
export async function readForm({ headers, body }: Pick<CallbackRequest, 'headers' | 'body'>): Promise<MailForm | null> {
	const type = headers['content-type'] ?? '';
	if (/^application\/x-www-form-urlencoded\b/i.test(type)) return formOf(formIn({ body }), 'utf8');
	if (!/^multipart\/form-data\b/i.test(type)) return null;
	try {
		// Each byte as a letter of its own, so that the parser cannot spoil what is no UTF-8.
		const letters = Buffer.from(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'utf8');
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
