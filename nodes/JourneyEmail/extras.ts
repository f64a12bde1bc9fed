import { createHash } from 'node:crypto';

import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { MailExtras, MailFile, SendItem } from '../../engine';
import { endsHere } from '../shared/together';

const FIELDS = ['attachments', 'inlineImages', 'cc', 'bcc', 'headers'] as const;
type Field = (typeof FIELDS)[number];

interface Pairs {
	values?: Array<{ name?: unknown; value?: unknown }>;
}

/** The files of one call. What several items carry is read and handed over once, told by n8n's id of it, else by its bytes. */
class Files {
	readonly contents: Uint8Array[] = [];
	bytes = 0;
	private readonly known = new Map<string, number>();

	constructor(private readonly context: IExecuteFunctions) {}

	async add(index: number, property: string, { id, mimeType, fileName, fileExtension }: IBinaryData): Promise<MailFile> {
		const file = this.known.get(id ?? '') ?? (await this.read(index, property, id));
		return { file, contentType: mimeType, fileName: fileName ?? `${property}${fileExtension === undefined ? '' : `.${fileExtension}`}` };
	}

	private async read(index: number, property: string, id: string | undefined): Promise<number> {
		const content = await this.context.helpers.getBinaryDataBuffer(index, property);
		const hash = createHash('sha256').update(content).digest('base64');
		const file = this.known.get(hash) ?? this.contents.push(content) - 1;
		if (!this.known.has(hash)) this.bytes += content.byteLength;
		this.known.set(hash, file);
		if (id !== undefined) this.known.set(id, file);
		return file;
	}
}

/** Reads what each mail carries besides its content; a field without an expression is read once. */
export class ExtrasReader {
	private readonly shared = new Map<Field, unknown>();
	private readonly perItem: Field[] = [];

	constructor(private readonly context: IExecuteFunctions) {
		const given = (context.getNode().parameters.options ?? {}) as Partial<Record<Field, unknown>>;
		for (const field of FIELDS) {
			if (given[field] === undefined) continue;
			if (JSON.stringify(given[field]).includes('"=')) this.perItem.push(field);
			else this.shared.set(field, this.read(field, 0));
		}
	}

	/** One item with a file list of its own, for a manual run. */
	async single(index: number, item: INodeExecutionData): Promise<{ extras?: MailExtras; files?: Uint8Array[] }> {
		const files = new Files(this.context);
		const extras = await this.of(index, item, files);
		return extras === undefined ? {} : { extras, ...(files.contents.length === 0 ? {} : { files: files.contents }) };
	}

	/** The items in calls of at most MOST_BYTES_A_CALL (or one item), each with its files. */
	async *calls(items: readonly SendItem[]): AsyncGenerator<{ items: SendItem[]; files: Uint8Array[] }> {
		if (this.shared.size === 0 && this.perItem.length === 0) return yield { items: [...items], files: [] };
		const input = this.context.getInputData();
		let call: SendItem[] = [];
		let files = new Files(this.context);
		for (const [n, item] of items.entries()) {
			const extras = await this.of(item.index, input[item.index], files);
			call.push({ ...item, ...(extras === undefined ? {} : { extras }) });
			if (!endsHere(files.bytes, item, items[n + 1])) continue;
			yield { items: call, files: files.contents };
			[call, files] = [[], new Files(this.context)];
		}
		if (call.length > 0) yield { items: call, files: files.contents };
	}

	private async of(index: number, item: INodeExecutionData, files: Files): Promise<MailExtras | undefined> {
		const read = (field: Field) => (this.perItem.includes(field) ? this.read(field, index) : this.shared.get(field));
		const extras: MailExtras = { cc: names(read('cc')), bcc: names(read('bcc')), headers: headersOf(read('headers')), ...(await this.filesOf(index, item, files, read)) };
		const carried = Object.entries(extras).filter(([, value]) => Object.keys(value as object).length > 0);
		return carried.length === 0 ? undefined : (Object.fromEntries(carried) as MailExtras);
	}

	private async filesOf(index: number, item: INodeExecutionData, files: Files, read: (field: Field) => unknown): Promise<Pick<MailExtras, 'attachments' | 'missingFiles'>> {
		const wanted = [
			...names(read('attachments')).map((property) => ({ property, contentId: undefined })),
			...pairs(read('inlineImages')).map(({ name, value }) => ({ property: name, contentId: value === '' ? name : value })),
		];
		const missingFiles = wanted.flatMap(({ property }) => (item.binary?.[property] === undefined ? [property] : []));
		const attachments: MailFile[] = [];
		for (const { property, contentId } of missingFiles.length > 0 ? [] : wanted) {
			const file = await files.add(index, property, item.binary?.[property] as IBinaryData);
			attachments.push({ ...file, ...(contentId === undefined ? {} : { contentId }) });
		}
		return { attachments, missingFiles };
	}

	private read(field: Field, index: number): unknown {
		return this.context.getNodeParameter(`options.${field}`, index, '');
	}
}

/** 'a, b' or a list of an expression. */
function names(value: unknown): string[] {
	const list = Array.isArray(value) ? value : String(value ?? '').split(/[,;\n]/);
	return list.map((one) => String(one ?? '').trim()).filter((one) => one !== '');
}

function pairs(value: unknown): Array<{ name: string; value: string }> {
	const list = typeof value === 'object' && value !== null ? ((value as Pairs).values ?? []) : [];
	return list.map((one) => ({ name: String(one.name ?? '').trim(), value: String(one.value ?? '').trim() })).filter(({ name }) => name !== '');
}

function headersOf(value: unknown): Record<string, string> {
	return Object.fromEntries(pairs(value).filter((one) => one.value !== '').map((one) => [one.name, one.value]));
}
