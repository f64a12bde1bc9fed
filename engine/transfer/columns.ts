import { isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import { cleanText, normaliseIdentity } from '../profiles';
import { checkHeader } from './header';
import { emptyRecord, type ImportRecord, type NotTaken } from './record';
import type { RecordProof } from './proof';
import type { ColumnUse, SourceRow } from './types';
import { asText, bare, consentState, moment, suppressionReason, typed } from './values';

/**
 * Headers that name an identity when written alone, in lower case without separators. Others that end in "id" (company_id,
 * plan_id) stay attributes: as identities they would make one person of everybody who shares one.
 */
const IDENTITY_HEADERS: Readonly<Record<string, string>> = {
	userid: 'user_id', anonymousid: 'anonymous_id', email: 'email', emailaddress: 'email', phone: 'phone', phonenumber: 'phone', device: 'device', devicetoken: 'device',
};
const EVENT_HEADERS: Readonly<Record<string, 'name' | 'timestamp' | 'messageId' | 'source'>> = {
	event: 'name', eventname: 'name', timestamp: 'timestamp', time: 'timestamp', occurredat: 'timestamp', messageid: 'messageId', eventid: 'messageId',
};
/** Kept for the life of an import: an NDJSON file may name its keys anew in every line. */
const MOST_KNOWN = 5000;

type Use =
	| { kind: 'identity'; identity: string }
	| { kind: 'both'; identity: 'email' | 'phone' }
	| { kind: 'attribute'; attribute: string }
	| { kind: 'property'; property: string }
	| { kind: 'consent'; channel: string; topic: string }
	| { kind: 'proof'; part: keyof RecordProof; channel: string; topic: string }
	| { kind: 'suppression'; channel: string }
	| { kind: 'event'; part: 'name' | 'timestamp' | 'messageId' | 'source' }
	| { kind: 'skip' };

export interface ColumnOptions {
	about: 'profiles' | 'events';
	/** What the caller said; wins. */
	given: Readonly<Record<string, ColumnUse>>;
	/** What the preset says, by header in lower case. */
	preset: Readonly<Record<string, ColumnUse>>;
	/** Values of CSV are all text: numbers and booleans are found by their looks. */
	textual: boolean;
	/** What shops put before ids and phone numbers, so that spreadsheets keep them as text. */
	dropApostrophes?: boolean;
	/** Events: the name of those whose row gives none. */
	event?: string;
}

/** A number as people write it; whether it is one shows with the country, which the settings know. */
const PHONE = /^[+(]?\d[\d\s().\/-]{4,}$/;

/** What the columns of a file mean: rows in, records out. */
export class Columns {
	private readonly uses = new Map<string, Use>();

	private readonly given: ReadonlyMap<string, ColumnUse>;

	constructor(private readonly options: ColumnOptions) {
		// Headers are trimmed when they are read; keys of NDJSON are what they are.
		this.given = new Map(Object.entries(options.given).map(([name, use]) => [options.textual ? name.trim() : name, use]));
	}

	/** Checks the header of a CSV file. Throws BAD_INPUT when it cannot be used. */
	check(header: readonly string[]): void {
		const uses = header.map((name) => this.useOf(name));
		const missing: Array<'who' | 'what' | 'when'> = uses.some((use) => identityOf(use) !== null) ? [] : ['who'];
		const has = (part: string): boolean => uses.some((use) => use.kind === 'event' && use.part === part);
		if (this.options.about === 'events' && !has('name') && this.options.event === undefined) missing.push('what');
		if (this.options.about === 'events' && !has('timestamp')) missing.push('when');
		checkHeader(header, [...this.given.keys()], missing);
	}

	/** Whether these cells can be somebody's row, by what they say of who it is. */
	identifies(values: JsonObject): boolean {
		const identities = Object.entries(values).flatMap(([name, value]) => {
			const kind = identityOf(this.useOf(name));
			return kind === null ? [] : [{ kind, text: this.plain(value) }];
		});
		return identities.length > 0 && identities.every(({ kind, text }) => (kind === 'phone' ? PHONE.test(asText(text)) : normaliseIdentity(kind, text).ok));
	}

	private plain(value: JsonValue): JsonValue {
		return this.options.dropApostrophes === true && typeof value === 'string' ? bare(value) : value;
	}

	read(row: SourceRow): ImportRecord | NotTaken {
		const record = emptyRecord(row.line);
		const event: { name?: string; messageId?: string; timestamp?: string | number; source?: string } = {};
		const properties: Array<[string, JsonValue]> = [];
		const attributes: Array<[string, JsonValue]> = [];
		const proofs = new Map<string, RecordProof>();
		for (const [name, given] of Object.entries(row.values)) {
			if (given === null && this.options.textual) continue;
			const use = this.useOf(name);
			if (use.kind === 'skip') continue;
			const value = this.plain(given);
			switch (use.kind) {
				case 'identity':
					if (asText(value) !== '') record.identities.push({ kind: use.identity, value: asText(value) });
					break;
				case 'both':
					if (asText(value) !== '') {
						record.identities.push({ kind: use.identity, value: asText(value) });
						attributes.push([use.identity, use.identity === 'email' ? asText(value).toLowerCase() : asText(value)]);
					}
					break;
				case 'attribute':
					attributes.push([use.attribute, this.valueOf(value)]);
					break;
				case 'property':
					properties.push([use.property, this.valueOf(value)]);
					break;
				case 'consent': {
					const state = consentState(value);
					if (state === null) {
						if (asText(value) === '') break;
						return { refused: `The column "${cleanText(name).slice(0, 60)}" is no state of consent: write subscribed, unsubscribed, pending, yes or no.` };
					}
					record.consents.push({ channel: use.channel, topic: use.topic, state });
					break;
				}
				case 'proof':
					proofs.set(keyOf(use), { ...proofs.get(keyOf(use)), [use.part]: value });
					break;
				case 'suppression': {
					const reason = suppressionReason(value);
					if (reason !== null) record.suppressions.push({ channel: use.channel, reason });
					break;
				}
				case 'event':
					if (use.part === 'timestamp') event.timestamp = moment(value);
					else if (asText(value) !== '') event[use.part] = asText(value);
			}
		}
		for (const consent of record.consents) {
			const proof = proofs.get(keyOf(consent));
			if (proof !== undefined) consent.proof = proof;
		}
		record.attributes = Object.fromEntries(attributes) as JsonObject;
		if (this.options.about === 'events') {
			record.events.push({
				name: event.name ?? '', messageId: event.messageId ?? null, timestamp: event.timestamp, properties: Object.fromEntries(properties) as JsonObject,
				...(event.source === undefined ? {} : { source: event.source }),
			});
		}
		return record;
	}

	private valueOf(value: JsonValue): JsonValue {
		return this.options.textual && typeof value === 'string' ? typed(value) : value;
	}

	private useOf(name: string): Use {
		let use = this.uses.get(name);
		if (use !== undefined) return use;
		use = useOf(name, this.given.get(name) ?? own(this.options.preset, name.trim().toLowerCase()), this.options.about);
		if (this.uses.size < MOST_KNOWN) this.uses.set(name, use);
		return use;
	}
}

/** The kind of identity that a column of this use gives; null: none. */
function identityOf(use: Use): string | null {
	if (use.kind === 'identity' || use.kind === 'both') return use.identity;
	return use.kind === 'attribute' && (use.attribute === 'email' || use.attribute === 'phone') ? use.attribute : null;
}

function keyOf({ channel, topic }: { channel: string; topic: string }): string {
	return JSON.stringify([channel, topic.trim().toLowerCase()]);
}

/** A column may be called "constructor". */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
	return Object.hasOwn(table, key) ? table[key] : undefined;
}

function useOf(name: string, given: ColumnUse | undefined, about: 'profiles' | 'events'): Use {
	if (given === 'skip' || (given === undefined && name === '')) return { kind: 'skip' };
	if (isJsonObject(given)) {
		if ('identity' in given) return { kind: 'identity', identity: given.identity };
		if ('attribute' in given) return { kind: 'attribute', attribute: given.attribute };
		if ('property' in given) return { kind: 'property', property: given.property };
		if ('consent' in given) return { kind: 'consent', channel: given.consent, topic: given.topic ?? '' };
		if ('proof' in given) return { kind: 'proof', part: given.proof, channel: given.channel, topic: given.topic ?? '' };
		return 'suppression' in given ? { kind: 'suppression', channel: given.suppression } : { kind: 'event', part: given.event };
	}
	const bare = name.toLowerCase().replace(/[\s_-]/g, '');
	const identity = own(IDENTITY_HEADERS, bare);
	if (about === 'events') {
		const part = own(EVENT_HEADERS, bare);
		if (part !== undefined) return { kind: 'event', part };
		return identity === undefined ? { kind: 'property', property: name.replace(/^properties\./, '') } : { kind: 'identity', identity };
	}
	if (identity === 'email' || identity === 'phone') return { kind: 'both', identity };
	return identity === undefined ? { kind: 'attribute', attribute: name } : { kind: 'identity', identity };
}
