import { sql } from 'kysely';

import type { ProviderSettings } from '../channels/types';
import { kindOf, type LiveTemplate } from '../content';
import { checkVariants, combinationsOf, drawVariants } from '../experiments';
import type { VariantTest } from '../experiments/types';
import { EngineError, type JsonObject } from '../kernel';
import { clockMinutes } from '../kernel/local-time';
import type { Reader, Tx } from '../store';
import type { Surroundings } from '../templates';
import type { MessagesDeps } from './index';
import type { Reserved } from './reserve';
import type { AnySendItem, SendRequest } from './types';
import type { SendVariants, VariantParts } from './variant-types';

/*
 * Variants of a sender: which of them a message is, and what it is made of then. The draw, the figures and the winner are those of experiments; it happens in the
 * transaction that reserves the message and stands in its row, so that a replay, a retry and whoever was held get the same one.
 */

type AnyRequest = SendRequest<unknown, ProviderSettings>;
type Content = object & { around?: Surroundings };

/** One combination, ready to be sent. */
export interface ReadyVariant {
	parts: Omit<VariantParts, 'template' | 'content'>;
	/** In place of what the step is made of. */
	template: LiveTemplate | null;
	/** The content with what the variant changes; the same object for the same content, by which what is compiled is found. */
	over(content: unknown): object;
}

export interface ReadyVariants {
	test: VariantTest;
	byName: ReadonlyMap<string, ReadyVariant>;
}

const DAY_MS = 86_400_000;

/** Throws BAD_INPUT with what to do; before anything is reserved. */
export function checkSendVariants({ step, variants, items }: Pick<AnyRequest, 'step' | 'variants' | 'items'>): void {
	if (variants === undefined) return;
	try {
		checkVariants(testOf(variants));
	} catch (error) {
		throw error instanceof EngineError ? new EngineError(error.code, `The variants of "${step.name}" cannot be sent. ${error.message} Nothing was sent.`) : error;
	}
	const times = partsOf(variants).flatMap(({ at }) => at ?? []);
	const wrong = times.find((time) => clockMinutes(time) === null);
	if (wrong !== undefined) throw new EngineError('BAD_INPUT', `"${wrong}" is no time of day. Write the variants' times of "${step.name}" as 09:00 or 18:30; nothing was sent.`);
	const outside = items.find(({ stamp }) => stamp === undefined);
	if (times.length > 0 && outside !== undefined) {
		throw new EngineError('BAD_INPUT', `Variants of "${step.name}" have a time of day, for which only people in a journey can wait. Put the node behind a Journey Trigger, or take the times out; nothing was sent.`, { item: outside.index });
	}
}

/** The guards ask one thing for the batch, by the step's own content: what they would answer otherwise for cannot be a variant of it. Throws BAD_INPUT. */
export function checkKinds(step: string, contents: readonly unknown[]): void {
	const kinds = new Set(contents.map(kindOf));
	if (kinds.size < 2) return;
	const why = kinds.has('template')
		? 'mix templates of WhatsApp, which may be sent at any time, with free-form messages, which may not. Make them all of one kind'
		: 'mix postcards and letters, which do not go to the same addresses. Make them all the piece that the step itself sends';
	throw new EngineError('BAD_INPUT', `Variants of "${step}" ${why}; nothing was sent.`);
}

function partsOf({ factors }: SendVariants): VariantParts[] {
	return factors.flatMap(({ alternatives }) => alternatives.map(({ parts }) => parts));
}

function testOf(variants: SendVariants): VariantTest {
	const factors = variants.factors.map(({ name, alternatives }) => ({ name, alternatives: alternatives.map(({ name: own, share }) => ({ name: own, ...(share === undefined ? {} : { share }) })) }));
	return { ...variants, factors, heldMs: partsOf(variants).some(({ at }) => at !== undefined) ? DAY_MS : 0 };
}

/** With their published templates and what surrounds their texts; or why there is none to send. `base`: the content of the step. */
export async function readyVariants(reader: Reader, { content: live }: Pick<MessagesDeps, 'content'>, channel: string, variants: SendVariants, base: unknown): Promise<ReadyVariants | { missing: string }> {
	const ready: ReadyPart[][] = [];
	for (const { alternatives } of variants.factors) {
		const parts: ReadyPart[] = [];
		for (const { parts: { template: key, content, ...rest } } of alternatives) {
			const template = key === undefined ? null : await live.template(reader, channel, key);
			if (template !== null && 'missing' in template) return template;
			const around = content === undefined ? undefined : (await live.around(reader, { ...(base as Content), ...content }) as Content).around;
			parts.push({ parts: rest, template, content: content ?? {}, ...(around === undefined ? {} : { around }) });
		}
		ready.push(parts);
	}
	const test = testOf(variants);
	return { test, byName: new Map(combinationsOf(test.factors).map(({ label, places }) => [label, combined(places.flatMap((place, n) => ready[n]?.[place] ?? []))])) };
}

interface ReadyPart {
	parts: ReadyVariant['parts'];
	template: LiveTemplate | null;
	content: JsonObject;
	around?: Surroundings;
}

function combined(all: readonly ReadyPart[]): ReadyVariant {
	const changes = Object.assign({}, ...all.map(({ content }) => content)) as JsonObject;
	const blocks = Object.assign({}, ...all.map(({ around }) => around?.blocks)) as NonNullable<Surroundings['blocks']>;
	const brand = all.map(({ around }) => around?.brand).find((one) => one !== undefined);
	const known = new WeakMap<object, object>();
	return {
		parts: Object.assign({}, ...all.map(({ parts }) => parts)) as ReadyVariant['parts'],
		template: all.map(({ template }) => template).find((one) => one !== null) ?? null,
		over: (content) => {
			const base = content as Content;
			if (Object.keys(changes).length === 0) return base;
			const made = known.get(base) ?? { ...base, ...changes, around: { ...(brand === undefined ? {} : { brand }), ...base.around, ...(Object.keys(blocks).length === 0 ? {} : { blocks: { ...blocks, ...base.around?.blocks } }) } };
			known.set(base, made);
			return made;
		},
	};
}

/** Everybody's variant, in the transaction that reserved their messages: what a message is already, else what is drawn now. */
export async function giveVariants(tx: Tx, { step }: Pick<AnyRequest, 'step'>, variants: ReadyVariants | null, entries: readonly Reserved[]): Promise<Reserved[]> {
	const works = entries.flatMap((entry) => (entry.kind === 'work' ? [entry] : []));
	if (variants === null || works.length === 0) return [...entries];
	const { test, byName } = variants;
	const rows = await tx.all<Row>(sql<Row>`select id, profile, enrollment, state, variant from message where ${tx.dialect.anyOf(sql`id`, works.map(({ message }) => message))}`);
	const has = (row: Row): boolean => row.variant !== null && byName.has(row.variant);
	const wanting = rows.filter((row) => !has(row) && (row.state === 'reserved' || row.state === 'deferred'));
	const drawn = await drawVariants(tx, step, test, wanting.map(({ id, profile, enrollment }) => ({ message: id, profile: Number(profile), enrollment: enrollment === null ? null : Number(enrollment) })));
	if (drawn.size > 0) {
		const given = [...drawn].map(([id, variant]) => ({ id, variant }));
		await tx.run(sql`update message set variant = r.variant from ${tx.dialect.rows(given, { id: 'text', variant: 'text' }, 'r')} where message.id = r.id`);
	}
	const names = new Map(rows.map((row) => [row.id, drawn.get(row.id) ?? row.variant]));
	return entries.map((entry) => (entry.kind === 'work' ? { ...entry, item: withVariant(entry.item, variants, names.get(entry.message) ?? null) } : entry));
}

interface Row {
	id: string;
	profile: number;
	enrollment: number | null;
	state: string;
	variant: string | null;
}

export function withVariant(item: AnySendItem, { byName }: ReadyVariants, name: string | null): AnySendItem {
	const ready = name === null ? undefined : byName.get(name);
	return ready === undefined || name === null ? item : { ...item, variant: { ...ready.parts, name } };
}

/** What this person's message is made of; undefined: of what everybody's is. */
export function variantOf(variants: ReadyVariants | null, { variant }: AnySendItem): ReadyVariant | undefined {
	return variant === undefined ? undefined : variants?.byName.get(variant.name);
}

/** All that a message made of one of these may be. */
export function inAllVariants(variants: ReadyVariants | null, contents: readonly unknown[]): unknown[] {
	if (variants === null) return [...contents];
	return [...variants.byName.values()].flatMap(({ template, over }) => (template?.contents() ?? contents).map(over));
}
