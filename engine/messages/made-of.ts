import { sql } from 'kysely';

import type { ProviderSettings } from '../channels/types';
import type { LiveTemplate } from '../content';
import type { Surroundings } from '../templates';
import type { Reader, Tx } from '../store';
import type { MessageChannel, Sending } from './channel';
import type { Addressed } from './guards';
import type { MessagesDeps } from './index';
import type { AnySendItem, MadeOf, SendRequest } from './types';

/** What a batch is made of: the step's own content, or the published version of a template, taken once for all of the batch. */
export type Made<Request> = { request: Request; template: LiveTemplate | null } | { missing: string };

type AnyRequest = SendRequest<unknown, ProviderSettings>;

/** The request with its content, and with what surrounds it: blocks, brand, zone, currency. */
export async function madeOf<Request extends AnyRequest>(deps: Pick<MessagesDeps, 'store' | 'content'>, channel: string, given: MadeOf<Request>): Promise<Made<Request>> {
	return await deps.store.read(async (reader): Promise<Made<Request>> => {
		if (!('template' in given) || given.template === undefined) return { request: await surround(reader, deps, given as Request), template: null };
		const template = await deps.content.template(reader, channel, given.template);
		if ('missing' in template) return { missing: template.missing };
		const { template: _key, ...rest } = given;
		return { request: { ...rest, ...(await instead(reader, deps, rest)), content: template.contentFor(null).content } as unknown as Request, template };
	});
}

async function surround<Request extends AnyRequest>(reader: Reader, { content }: Pick<MessagesDeps, 'content'>, request: Request): Promise<Request> {
	const known = new Map<unknown, unknown>();
	const items: AnySendItem[] = [];
	for (const item of request.items) {
		if (item.content === undefined) items.push(item);
		else {
			// Some bring the same object, by which what is compiled is found.
			const around = known.get(item.content) ?? (await content.around(reader, item.content));
			known.set(item.content, around);
			items.push({ ...item, content: around });
		}
	}
	return { ...request, ...(await instead(reader, { content }, request)), content: known.get(request.content) ?? (await content.around(reader, request.content)), items };
}

/** What of the step's own goes in place of its content, surrounded as that is. */
async function instead(reader: Reader, { content }: Pick<MessagesDeps, 'content'>, request: object): Promise<{ whenClosed?: unknown }> {
	const { whenClosed } = request as { whenClosed?: unknown };
	return whenClosed === undefined ? {} : { whenClosed: await content.around(reader, whenClosed) };
}

/** Each gets the template in their language; the ledger says which it was. In the transaction that decides to attempt. */
export async function chooseLanguages(tx: Tx, template: LiveTemplate | null, going: readonly Addressed[]): Promise<void> {
	if (template === null || going.length === 0) return;
	const rows = going.map((person) => {
		const { language, content } = template.contentFor(person.language);
		person.work.item = { ...person.work.item, content };
		return { id: person.work.message, language };
	});
	await tx.run(sql`update message set template = ${template.id}, template_version = ${template.version}, language = r.language
		from ${tx.dialect.rows(rows, { id: 'text', language: 'text' }, 'r')} where message.id = r.id`);
}

/** A message that was made of a template once, and whose step holds its own content now. */
export async function forgetTemplates(tx: Tx, template: LiveTemplate | null, messages: readonly string[]): Promise<void> {
	if (template !== null || messages.length === 0) return;
	await tx.run(sql`update message set template = null, template_version = null, language = null where ${tx.dialect.anyOf(sql`id`, messages)} and template is not null`);
}

/** The same of all languages that the message may be in: who gets which is known only at the attempt. One array a content. */
export function textsInAllLanguages<Request extends AnyRequest, Message>({ channel, request, template }: Pick<Sending<Request, Message>, 'channel' | 'request' | 'template'>): (item: AnySendItem) => readonly string[] {
	const contents = template?.contents();
	const known = new Map<unknown, readonly string[]>();
	return (item) => {
		const texts = known.get(item.content) ?? (contents?.map((content) => ({ ...item, content })) ?? [item]).flatMap((one) => textsWithBlocks(channel, request, one));
		known.set(item.content, texts);
		return texts;
	};
}

/** All texts of one person's message, those of the blocks in it too. */
export function textsWithBlocks<Request extends AnyRequest, Message>(channel: MessageChannel<Request, Message>, request: Request, item: AnySendItem): string[] {
	const { around } = (item.content ?? request.content ?? {}) as { around?: Surroundings };
	return [...channel.texts(request, item), ...Object.values(around?.blocks ?? {}).map(({ source }) => source)];
}
