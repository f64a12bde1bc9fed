import { sql } from 'kysely';

import { emailProvider } from '../channels/email';
import { PREVIEW_LINKS } from '../content';
import { fromJsonColumn } from '../journeys';
import { EngineError, randomId, type JsonObject } from '../kernel';
import { compileEmailCached, type RenderScope } from '../templates';
import { spokenLanguage } from '../preferences';
import { normaliseIdentity } from '../profiles';
import type { AddressKind } from './addressed';
import { blocksOf, previewContent } from './content-facts';
import { troubleWith, withBytes } from './extras';
import type { MessagesDeps } from './index';
import type { MadeOf, PreviewPerson, PreviewRequest, SendVariants } from './types';
import { readyVariants } from './variants';

/** Renders as a chosen profile; reads only. Mails testRecipient when given, and nobody else. Throws TEMPLATE_INVALID, PROVIDER_FAILED, NOT_FOUND. */
export async function preview(deps: MessagesDeps, given: MadeOf<PreviewRequest>): Promise<{ subject: string; html: string; text: string; profile: number | null; sentTo: string | null; trouble: string | null }> {
	const person = await chosenProfile(deps, given.profileId, 'email');
	const request = await previewOf(deps, 'email', given, person);
	const { subject, preheader = '', body } = request.content;
	const compiled = await compileEmailCached(request.content);
	const rendered = await compiled.render({
		profile: person === null ? {} : { ...person.attributes, id: person.id, ...(person.address === null ? {} : { email: person.address }) },
		journey: request.journey, event: eventOf(request.item), item: request.item, links: PREVIEW_LINKS, ...(await previewed(deps, [subject, preheader, body.source, ...blocksOf(request.content)], person?.id ?? null)),
	});
	const shown = { subject: rendered.subject, html: rendered.html, text: rendered.text, profile: person?.id ?? null, trouble: troubleWith(request.extras ?? {}, request.files ?? []) };
	if (request.testRecipient === undefined || request.testRecipient === '' || request.provider === undefined) return { ...shown, sentTo: null };
	const attachments = (request.extras?.attachments ?? []).map((file) => withBytes(request.files ?? [], file));
	const outcome = await emailProvider(request.provider).send({
		id: randomId(deps.random), to: request.testRecipient, from: request.from, subject: `[Test] ${rendered.subject}`, html: rendered.html, text: rendered.text,
		headers: request.extras?.headers ?? {},
		...(attachments.length === 0 ? {} : { attachments }),
	});
	if (outcome.kind !== 'accepted') throw new EngineError('PROVIDER_FAILED', `The test mail was not sent: ${outcome.reason}`);
	return { ...shown, sentTo: request.testRecipient };
}

/** With the content that this person would get, of the variant that is looked at. Throws NOT_FOUND where its template is not published. */
export async function previewOf<Request extends { content: unknown }>(deps: Pick<MessagesDeps, 'store' | 'content'>, channel: string, given: MadeOf<Request>, person: { attributes: JsonObject; language: string | null } | null): Promise<Request & { journey: { name: string; variant?: string } }> {
	const language = person === null ? null : (person.language ?? spokenLanguage(person.attributes));
	return await deps.store.read(async (reader) => {
		const { template: key, variants, variant = '', ...rest } = given as { template?: string; variants?: SendVariants; variant?: string; content?: unknown; from?: unknown };
		const template = key === undefined ? null : found(await deps.content.template(reader, channel, key));
		const base: unknown = template === null ? await deps.content.around(reader, rest.content) : template.contentFor(language).content;
		const ready = variants === undefined ? undefined : found(await readyVariants(reader, deps, channel, variants, base)).byName.get(variant);
		const content = ready === undefined ? base : ready.over(ready.template?.contentFor(language).content ?? base);
		const sender = ready?.parts.senderName === undefined || typeof rest.from !== 'object' ? {} : { from: { ...rest.from, name: ready.parts.senderName } };
		return { ...rest, ...sender, content, journey: { name: 'Preview', ...(ready === undefined ? {} : { variant }) } } as unknown as Request & { journey: { name: string; variant?: string } };
	});
}

function found<Found extends object>(template: Found | { missing: string }): Found {
	if ('missing' in template) throw new EngineError('NOT_FOUND', `${template.missing}. Publish it with Journey Content, or choose another one.`);
	return template;
}

/** Images, samples of coupons and products, where the texts ask for them. */
export async function previewed({ store, settings, products }: Pick<MessagesDeps, 'store' | 'settings' | 'products'>, texts: readonly string[], profile: number | null): Promise<Pick<RenderScope, 'library' | 'products'>> {
	const address = await settings.trackingAddress();
	return await store.read((reader) => previewContent(reader, { products, address }, texts, profile));
}

export function eventOf(item: JsonObject): JsonObject | null {
	const { event } = item;
	return typeof event === 'object' && event !== null && !Array.isArray(event) ? event : null;
}

interface Shown {
	/** null: nobody is known by it. */
	id: number | null;
	attributes: JsonObject;
	address: string | null;
	language: string | null;
}

/** With the newest address of the kind; of somebody unknown nothing but the one they were named by. Throws NOT_FOUND. */
export async function chosenProfile(deps: MessagesDeps, id: PreviewPerson, kind: AddressKind): Promise<Shown | null> {
	if (typeof id === 'object' && id !== null) return await unknownPerson(deps, id.unknown, kind);
	const row = await deps.store.read((reader) => reader.first<{ id: number; attributes: JsonObject | string; address: string | null; language: string | null }>(
		sql<{ id: number; attributes: JsonObject | string; address: string | null; language: string | null }>`select p.id, p.attributes, (select pr.language from preference pr where pr.profile = p.id) as language,
				(select i.value from identity i where i.profile = p.id and i.kind = ${kind} order by i.created_at desc, i.value limit 1) as address
			from profile p ${id === null ? sql`order by p.is_test desc, p.id desc` : sql`where p.id = coalesce((select a.profile from profile_alias a where a.id = ${id}), ${id})`} limit 1`,
	));
	if (row === undefined) {
		if (id === null) return null;
		throw new EngineError('NOT_FOUND', `There is no profile ${id} to render this message as. Choose another one in Journey Trigger.`);
	}
	return { id: row.id, attributes: fromJsonColumn<JsonObject>(row.attributes), address: row.address, language: row.language };
}

async function unknownPerson({ settings }: MessagesDeps, { kind, value }: { kind: string; value: string }, asked: AddressKind): Promise<Shown> {
	const { defaultCountry } = await settings.current();
	const found = kind === asked ? normaliseIdentity(kind, value, defaultCountry === null ? {} : { defaultCountry }) : null;
	return { id: null, attributes: {}, address: found?.ok === true ? found.identity.value : null, language: null };
}
