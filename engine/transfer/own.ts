import { EngineError, isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import type { ImportedPreference } from './batch-preferences';
import { checkHeader } from './header';
import { emptyRecord, type ImportRecord, type NotTaken } from './record';
import type { ColumnUse, SourceRow } from './types';
import { asText, consentState, parsed, suppressionReason, typed } from './values';

/**
 * The engine's own exports: what they look like, and reading them back without losing anything that an import sets.
 *
 * NDJSON  profile: {id, test, doNotSell, identities: [{kind, value}], attributes: {…}, consents: [{channel, topic, state, at, source, textVersion, ip}], suppressions: [{channel, address, reason}],
 *                   maxPerWeek, pausedUntil; and to be read only: groups, lists, segments, stage, scores}
 *         event:   {id, event, timestamp, messageId, source, identities: [{kind, value}], properties: {…}}
 * CSV     journeys_id (of a person) or journeys_event_id first; it marks the file as one of these. Identities are columns `id:<kind>`
 *         (several of one kind as a JSON list), consents `consent:<channel>[:<topic>]` with what proves them, as JSON, in `consent-proof:…`, suppressions `suppression:<channel>` (of somebody with
 *         several addresses a JSON list of {address, reason}), what else is known `journeys_<fact>`, attributes plain
 *         columns, with `attribute:` in front where their name would look like one of the others; properties one column of JSON.
 *         A cell that starts with an apostrophe is the text after it: that keeps formulas from being formulas, and '007' or 'true' text.
 */
export const OWN_PROFILE = 'journeys_id';
export const OWN_EVENT = 'journeys_event_id';
export const TEST = 'journeys_test';
export const DO_NOT_SELL = 'journeys_do_not_sell';
/** Column -> key of the NDJSON line. The first two come back with an import. */
export const FACTS = {
	journeys_max_per_week: 'maxPerWeek', journeys_paused_until: 'pausedUntil', journeys_groups: 'groups', journeys_lists: 'lists', journeys_segments: 'segments',
	journeys_stage: 'stage', journeys_scores: 'scores',
} as const;
export const PREFIX = { identity: 'id:', consent: 'consent:', proof: 'consent-proof:', suppression: 'suppression:', attribute: 'attribute:' } as const;
const MOST_A_WEEK = 100;
const EVENT_COLUMNS = ['event', 'timestamp', 'messageId', 'source'] as const;

export function isOwnHeader(header: readonly string[]): boolean {
	return header[0] === OWN_PROFILE || header[0] === OWN_EVENT;
}

/** Whether an NDJSON line is one of ours, not a flat list of columns. One of whose keys the caller says what it is for is not. */
export function isOwnLine(values: JsonObject, given: Readonly<Record<string, ColumnUse>>): boolean {
	if (Object.entries(given).some(([name, use]) => use !== 'skip' && Object.hasOwn(values, name))) return false;
	return Array.isArray(values.identities) || isJsonObject(values.attributes) || (typeof values.event === 'string' && isJsonObject(values.properties));
}

/** Columns of one of our CSV files that the caller wants to leave out. What they are for is known, so nothing else can be said of them. Throws BAD_INPUT. */
export function columnsLeftOut(header: readonly string[], given: Readonly<Record<string, ColumnUse>>): ReadonlySet<string> {
	const named = new Map(Object.entries(given).map(([name, use]) => [name.trim(), use]));
	checkHeader(header.map(textOf), [...named.keys()], []);
	if ([...named.values()].some((use) => use !== 'skip')) {
		throw new EngineError('BAD_INPUT', `This is a file that the engine has exported, so it is known what each column is for: under Columns some can only be left out. To read it as any other file, rename its column "${header[0] ?? ''}".`);
	}
	return new Set(header.filter((name) => named.has(textOf(name))));
}

export function without(row: SourceRow, names: ReadonlySet<string>): SourceRow {
	return names.size === 0 ? row : { ...row, values: Object.fromEntries(Object.entries(row.values).filter(([name]) => !names.has(name))) };
}

/** Whether these cells can be a row of our CSV by themselves. Rows that somebody has added have no number. */
export function mayBeOwnRow(values: JsonObject): boolean {
	return /^\d*$/.test(asText(values[OWN_PROFILE] ?? values[OWN_EVENT]));
}

/** A row of our CSV as the NDJSON line it stands for. */
export function fromOwnCsv(row: SourceRow, about: 'profiles' | 'events'): SourceRow {
	const identities: JsonObject[] = [];
	const consents: JsonObject[] = [];
	const proofs = new Map<string, JsonObject>();
	const suppressions: JsonObject[] = [];
	const attributes: Array<[string, JsonValue]> = [];
	const rest: Array<[string, JsonValue]> = [];
	for (const [header, cell] of Object.entries(row.values)) {
		const name = textOf(header);
		const text = typeof cell === 'string' ? cell : '';
		const value = ownValue(text);
		if (name === OWN_PROFILE || name === OWN_EVENT) continue;
		if (name.startsWith(PREFIX.identity)) {
			for (const one of Array.isArray(value) ? value : [textOf(text)]) identities.push({ kind: name.slice(PREFIX.identity.length), value: one });
		} else if (about === 'events') {
			if (name === 'properties') rest.push(['properties', value]);
			else if ((EVENT_COLUMNS as readonly string[]).includes(name)) rest.push([name, textOf(text)]);
		} else if (name === TEST) rest.push(['test', value]);
		else if (name === DO_NOT_SELL) rest.push(['doNotSell', value]);
		else if (Object.hasOwn(FACTS, name)) rest.push([FACTS[name as keyof typeof FACTS], value]);
		else if (name.startsWith(PREFIX.consent)) {
			const [channel = '', ...topic] = name.slice(PREFIX.consent.length).split(':');
			consents.push({ channel, topic: topic.join(':'), state: text });
		} else if (name.startsWith(PREFIX.proof)) {
			if (isJsonObject(value)) proofs.set(name.slice(PREFIX.proof.length), value);
		} else if (name.startsWith(PREFIX.suppression)) {
			const channel = name.slice(PREFIX.suppression.length);
			suppressions.push(...(Array.isArray(value) ? value.filter(isJsonObject).map((entry) => ({ ...entry, channel })) : [{ channel, reason: text }]));
		} else attributes.push([name.startsWith(PREFIX.attribute) ? name.slice(PREFIX.attribute.length) : name, value]);
	}
	for (const consent of consents) Object.assign(consent, proofs.get([consent.channel, consent.topic].filter((part) => part !== '').join(':')), { ...consent });
	return { line: row.line, values: { identities, consents, suppressions, attributes: Object.fromEntries(attributes) as JsonObject, ...(Object.fromEntries(rest) as JsonObject) } };
}

function textOf(cell: string): string {
	return cell.startsWith("'") ? cell.slice(1) : cell;
}

function ownValue(cell: string): JsonValue {
	if (cell.startsWith("'")) return cell.slice(1);
	return /^[[{]/.test(cell) ? (parsed(cell) ?? cell) : typed(cell);
}

export function readOwn(row: SourceRow, about: 'profiles' | 'events'): ImportRecord | NotTaken {
	const { values } = row;
	const record = emptyRecord(row.line);
	if (values.identities !== undefined && !Array.isArray(values.identities)) return { refused: '"identities" is not a list of { kind, value }.' };
	for (const identity of values.identities ?? []) {
		if (!isJsonObject(identity) || typeof identity.kind !== 'string') return { refused: '"identities" is not a list of { kind, value }.' };
		record.identities.push({ kind: identity.kind, value: asText(identity.value) });
	}
	for (const [key, kind] of [['userId', 'user_id'], ['anonymousId', 'anonymous_id'], ['email', 'email'], ['phone', 'phone']] as const) {
		if (asText(values[key]) !== '') record.identities.push({ kind, value: asText(values[key]) });
	}
	if (about === 'events') {
		const source = asText(values.source);
		record.events.push({
			name: asText(values.event), messageId: ownMessageId(asText(values.messageId), source), properties: isJsonObject(values.properties) ? values.properties : {},
			timestamp: typeof values.timestamp === 'number' ? values.timestamp : asText(values.timestamp) || undefined, ...(source === '' ? {} : { source }),
		});
		return record;
	}
	if (values.attributes !== undefined && !isJsonObject(values.attributes)) return { refused: '"attributes" is not an object of names and values.' };
	record.attributes = values.attributes ?? {};
	record.test = values.test === true;
	record.doNotSell = values.doNotSell === true;
	const preference = preferenceIn(values);
	if (preference === null) return { refused: '"maxPerWeek" is a whole number from 1 to 100 and "pausedUntil" a time in ISO 8601 (2026-03-02T09:00:00Z).' };
	if (preference.max_per_week !== null || preference.paused_until !== null) record.preference = preference;
	for (const consent of Array.isArray(values.consents) ? values.consents : []) {
		const state = isJsonObject(consent) ? consentState(consent.state) : null;
		if (state === null || !isJsonObject(consent) || typeof consent.channel !== 'string') return { refused: '"consents" is not a list of { channel, topic, state }.' };
		const { at, source, textVersion, ip } = consent;
		record.consents.push({ channel: consent.channel, topic: asText(consent.topic), state, proof: { at, source, textVersion, ip } });
	}
	for (const entry of Array.isArray(values.suppressions) ? values.suppressions : []) {
		if (!isJsonObject(entry) || typeof entry.channel !== 'string') return { refused: '"suppressions" is not a list of { channel, address, reason }.' };
		const address = asText(entry.address);
		record.suppressions.push({ channel: entry.channel, reason: suppressionReason(entry.reason) ?? 'manual', ...(address === '' ? {} : { address }) });
	}
	return record;
}

/** null: what is given cannot be one. */
function preferenceIn({ maxPerWeek = null, pausedUntil = null }: JsonObject): ImportedPreference | null {
	const most = maxPerWeek === null ? null : Number(maxPerWeek);
	const until = pausedUntil === null ? null : Date.parse(asText(pausedUntil));
	if (most !== null && !(Number.isInteger(most) && most >= 1 && most <= MOST_A_WEEK)) return null;
	return until !== null && Number.isNaN(until) ? null : { max_per_week: most, paused_until: until };
}

/** Stored as `source:id`; imported again under the same source it is the same event. */
function ownMessageId(messageId: string, source: string): string | null {
	if (messageId === '') return null;
	return source !== '' && messageId.startsWith(`${source}:`) ? messageId.slice(source.length + 1) : messageId;
}
