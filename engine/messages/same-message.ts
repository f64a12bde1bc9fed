import { sql } from 'kysely';

import { canonicalJson, hashId, type JsonObject, type JsonValue } from '../kernel';
import type { Tx } from '../store';
import type { AnySendItem } from './types';

/** In the ledger, of a row of a sheet that is there twice. */
export const SAME = 'another item of the same batch has sent the same message to this person';

/** `item` of a template, and which of its fields, whose names are in letters of any script as Liquid reads them; none: all of them may be shown. */
const SHOWN = /\bitem\b(?:\.((?:[A-Za-z_]|[^\x00-\x7f\s])(?:[\w?-]|[^\x00-\x7f\s])*)|\[\s*(?:'([^']*)'|"([^"]*)")\s*\])?/g;

export interface OutsideRow {
	item: AnySendItem;
	profile: number;
}

/**
 * Outside a journey, which items of a batch would write to a person what an earlier one writes already: the index of each -> that of the earlier. The same row twice,
 * the same person by two of their addresses. What the message may show is compared, in whatever language and by whatever block, and what goes with it: two rows of different
 * orders are two confirmations. `textsOf` gives the same array for the same texts where it can: a newsletter is read once for all of its rows.
 */
export function sameMessages(rows: readonly OutsideRow[], textsOf: (item: AnySendItem) => readonly string[]): Map<number, number> {
	const first = new Map<string, number>();
	const same = new Map<number, number>();
	const known = new Map<readonly string[], Text>();
	const textOf = (texts: readonly string[]): Text => {
		const text = known.get(texts) ?? { id: hashId(canonicalJson([...texts])), fields: fieldsIn(texts) };
		known.set(texts, text);
		return text;
	};
	for (const { item, profile } of rows) {
		const { id, fields } = textOf(textsOf(item));
		const key = canonicalJson([profile, id, shown(item.item, fields), (item.extras ?? null) as JsonValue]);
		const earlier = first.get(key);
		if (earlier === undefined) first.set(key, item.index);
		else same.set(item.index, earlier);
	}
	return same;
}

interface Text {
	id: string;
	/** Fields of `item` that it may show, in order; null: all of them. */
	fields: readonly string[] | null;
}

function fieldsIn(texts: readonly string[]): Text['fields'] {
	const fields = new Set<string>();
	for (const text of texts) {
		for (const [, plain, single, double] of text.matchAll(SHOWN)) {
			const field = plain ?? single ?? double;
			if (field === undefined) return null;
			fields.add(field);
		}
	}
	return [...fields].sort();
}

function shown(item: JsonObject, fields: Text['fields']): JsonValue {
	return fields === null ? alike(item) : fields.map((field) => alike(item[field] ?? null));
}

/** Words with nothing in them but letters and what names have: in small letters, in capitals, or each with one. A code, a link or a file's name may mean something else in other letters. */
const PLAINLY_TYPED = /^(?:[\p{Ll}\p{Lo}\p{M}'’.-]+|[\p{Lu}\p{Lo}\p{M}'’.-]+|\p{Lu}[\p{Ll}\p{M}.]*(?:[-'’]\p{Lu}?[\p{Ll}\p{M}.]*)*)$/u;
const MAIL_ADDRESS = /^[^\s@/]+@[^\s@/]+$/;

/** In whatever letters people have typed names and mail addresses, and with whatever spaces around it. */
function alike(value: JsonValue): JsonValue {
	if (Array.isArray(value)) return value.map(alike);
	if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, alike(one)]));
	if (typeof value !== 'string') return value;
	const text = value.trim();
	return MAIL_ADDRESS.test(text) || text.split(/\s+/).every((word) => PLAINLY_TYPED.test(word)) ? text.toLowerCase() : text;
}

/** In the transaction that reserves them. */
export async function skipSame(tx: Tx, messages: readonly string[]): Promise<void> {
	if (messages.length === 0) return;
	await tx.run(sql`update message set state = 'skipped', guard = null, reason = ${SAME}, ended_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`id`, messages)} and state = 'reserved'`);
}
