import { sql } from 'kysely';

import type { ProviderSettings } from '../channels/types';
import type { LiveTemplate } from '../content';
import type { Surroundings } from '../templates';
import type { Reader, Tx } from '../store';
import type { MessageChannel, Sending } from './channel';
import type { Addressed } from './guards';
import type { MessagesDeps } from './index';
import type { AnySendItem, MadeOf, SendRequest } from './types';
import { contentOf } from './content';
import { inAllVariants, readyVariants, variantOf, type ReadyVariants } from './variants';

/** What a batch is made of: the step's own content, or the published version of a template, taken once for all of the batch. */
export type Made<Request> = { request: Request; template: LiveTemplate | null; variants: ReadyVariants | null } | { missing: string };

type AnyRequest = SendRequest<unknown, ProviderSettings>;

/** The request with its content, and with what surrounds it: blocks, brand, zone, currency. */
export async function madeOf<Request extends AnyRequest>(deps: Pick<MessagesDeps, 'store' | 'content'>, channel: string, given: MadeOf<Request>): Promise<Made<Request>> {
	return await deps.store.read(async (reader): Promise<Made<Request>> => {
		if (!('template' in given) || given.template === undefined) return await withVariants(reader, deps, channel, await surround(reader, deps, given as Request), null);
		const template = await deps.content.template(reader, channel, given.template);
		if ('missing' in template) return { missing: template.missing };
		const { template: _key, ...rest } = given;
		return await withVariants(reader, deps, channel, { ...rest, ...(await instead(reader, deps, rest)), content: template.contentFor(null).content } as unknown as Request, template);
	});
}

async function withVariants<Request extends AnyRequest>(reader: Reader, deps: Pick<MessagesDeps, 'content'>, channel: string, request: Request, template: LiveTemplate | null): Promise<Made<Request>> {
	const variants = request.variants === undefined ? null : await readyVariants(reader, deps, channel, request.variants, request.content);
	return variants !== null && 'missing' in variants ? variants : { request, template, variants };
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

/** Each gets their variant of what is sent, templates in their language; the ledger says which it was. In the transaction that decides to attempt. Answers with the messages that are made of a template. */
export async function chooseContents<Request extends AnyRequest, Message>(tx: Tx, { request, template, variants }: Pick<Sending<Request, Message>, 'request' | 'template' | 'variants'>, going: readonly Addressed[]): Promise<Set<string>> {
	if ((template === null && variants === null) || going.length === 0) return new Set();
	const rows = going.flatMap((person) => {
		const { content, live, language } = contentFor({ request, template, variants }, person);
		person.work.item = { ...person.work.item, content };
		return live === null || language === null ? [] : [{ id: person.work.message, template: live.id, version: live.version, language }];
	});
	if (rows.length > 0) {
		await tx.run(sql`update message set template = r.template, template_version = r.version, language = r.language
			from ${tx.dialect.rows(rows, { id: 'text', template: 'integer', version: 'integer', language: 'text' }, 'r')} where message.id = r.id`);
	}
	return new Set(rows.map(({ id }) => id));
}

/** Their variant of what is sent, in their language. `live`, `language`: of the template that it is made of. */
export function contentFor({ request, template, variants }: { request: { content: unknown }; template: LiveTemplate | null; variants: ReadyVariants | null }, { work: { item }, language }: Pick<Addressed, 'work' | 'language'>): { content: unknown; live: LiveTemplate | null; language: string | null } {
	const variant = variantOf(variants, item);
	const live = variant?.template ?? template;
	const chosen = live?.contentFor(language);
	const content = chosen?.content ?? contentOf(request, item);
	return { content: variant?.over(content) ?? content, live, language: chosen?.language ?? null };
}

/** Messages that were made of a template once, and whose content stands in the step now. */
export async function forgetTemplates(tx: Tx, messages: readonly string[]): Promise<void> {
	if (messages.length === 0) return;
	await tx.run(sql`update message set template = null, template_version = null, language = null where ${tx.dialect.anyOf(sql`id`, messages)} and template is not null`);
}

/** The same of all languages and variants that the message may be in: who gets which is known only later. One array a content. */
export function textsInAllLanguages<Request extends AnyRequest, Message>({ channel, request, template, variants }: Pick<Sending<Request, Message>, 'channel' | 'request' | 'template' | 'variants'>): (item: AnySendItem) => readonly string[] {
	const known = new Map<unknown, readonly string[]>();
	return (item) => {
		const contents = template?.contents() ?? (variants === null ? null : [contentOf(request, item)]);
		const texts = known.get(item.content) ?? (contents === null ? [item] : inAllVariants(variants, contents).map((content) => ({ ...item, content }))).flatMap((one) => textsWithBlocks(channel, request, one));
		known.set(item.content, texts);
		return texts;
	};
}

/** All texts of one person's message, those of the blocks in it too. */
export function textsWithBlocks<Request extends AnyRequest, Message>(channel: MessageChannel<Request, Message>, request: Request, item: AnySendItem): string[] {
	const { around } = (item.content ?? request.content ?? {}) as { around?: Surroundings };
	return [...channel.texts(request, item), ...Object.values(around?.blocks ?? {}).map(({ source }) => source)];
}
