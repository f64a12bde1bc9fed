import { NodeOperationError } from 'n8n-workflow';
import type { IBinaryData, IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, MailboxMail } from '../../../../engine';
import { errorItem, failItem, toNodeError } from '../../../shared/errors';

const displayOptions = { show: { resource: ['event'], operation: ['trackReply'] } };

export const description: INodeProperties[] = [
	{
		displayName:
			'For mails of a mailbox: put this behind an Email Trigger (IMAP) with the format Resolved, which also tells bounces, or Simple. Answers, words to leave, out-of-office mails, bounces and complaints are recorded for the mail that they name. Mails that come through a delivery service need no workflow: see Journey Collector Trigger.',
		name: 'replyNotice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	{
		displayName: 'Binary Field',
		name: 'rawField',
		type: 'string',
		default: '',
		displayOptions,
		placeholder: 'e.g. data',
		description: 'Name of the binary field that holds the whole mail (.eml), as other nodes give it. Empty: the item is what Email Trigger (IMAP) gives.',
	},
];

/** Attached reports of mail servers and providers; other files are left. */
const REPORT_TYPE = /^(message\/|text\/rfc822-headers)/;
const LARGEST_CALL = 200;

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const out: INodeExecutionData[] = [];
	const read: Array<{ index: number; mail: MailboxMail }> = [];
	for (let index = 0; index < this.getInputData().length; index += 1) {
		try {
			read.push({ index, mail: await mailOf(this, index) });
		} catch (error) {
			out.push(failItem(this, error, index));
		}
	}
	for (let from = 0; from < read.length; from += LARGEST_CALL) {
		const part = read.slice(from, from + LARGEST_CALL);
		try {
			const taken = await engine.collector.takeMails(part.map(({ mail }) => mail));
			part.forEach(({ index }, n) => out.push({ json: { kind: taken[n]?.kind ?? null, outcome: taken[n]?.outcome ?? 'unknown' }, pairedItem: { item: index } }));
		} catch (error) {
			if (!this.continueOnFail()) throw toNodeError(this.getNode(), error);
			for (const { index } of part) out.push(errorItem(toNodeError(this.getNode(), error, index), index));
		}
	}
	return out.sort((a, b) => indexOf(a) - indexOf(b));
}

function indexOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}

async function mailOf(context: IExecuteFunctions, index: number): Promise<MailboxMail> {
	const field = String(context.getNodeParameter('rawField', index, '')).trim();
	if (field !== '') return { raw: await context.helpers.getBinaryDataBuffer(index, field) };
	const { json, binary = {} } = context.getInputData()[index] ?? { json: {} };
	const headers = headersOf(json);
	if (headers.length === 0) {
		throw new NodeOperationError(context.getNode(), 'The item is no mail with its headers', {
			itemIndex: index,
			description: "Choose the format Resolved or Simple in Email Trigger (IMAP): with RAW it leaves out the headers. Or name the binary field that holds the whole mail in 'Binary Field'.",
		});
	}
	return { headers, text: textOf(json.text ?? json.textPlain), html: textOf(json.html ?? json.textHtml), parts: await partsOf(context, index, binary) };
}

/** Resolved: `headers`, each as its whole line. Simple: some beside the text, the others in `metadata`. */
function headersOf(json: IDataObject): Array<{ name: string; value: string }> {
	const given = Object.entries({ ...objectOf(json.metadata), ...objectOf(json.headers) }).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => ({ name, value: withoutName(name, textOf(one)) })));
	const known = new Set(given.map(({ name }) => name.toLowerCase()));
	if (known.size === 0) return [];
	return [...given, ...['from', 'to', 'cc', 'subject', 'date'].filter((name) => !known.has(name) && typeof json[name] === 'string').map((name) => ({ name, value: textOf(json[name]) }))];
}

function withoutName(name: string, line: string): string {
	return line.slice(0, name.length + 1).toLowerCase() === `${name.toLowerCase()}:` ? line.slice(name.length + 1).trim() : line;
}

async function partsOf(context: IExecuteFunctions, index: number, binary: Record<string, IBinaryData>): Promise<Array<{ type: string; text: string }>> {
	const reports = Object.entries(binary).filter(([, { mimeType }]) => REPORT_TYPE.test(mimeType));
	return await Promise.all(reports.map(async ([name, { mimeType }]) => ({ type: mimeType.split(';')[0]?.trim().toLowerCase() ?? '', text: (await context.helpers.getBinaryDataBuffer(index, name)).toString('utf8') })));
}

function objectOf(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
