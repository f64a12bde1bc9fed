import { EngineError, isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import { emptyRecord, type ImportRecord, type NotTaken } from './record';
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
}

/** What the columns of a file mean: rows in, records out. */
export class Columns {
	private readonly uses = new Map<string, Use>();

	constructor(private readonly options: ColumnOptions) {}

	/** Checks the header of a CSV file. Throws BAD_INPUT when it cannot be used. */
	check(header: readonly string[]): void {
		const missing = Object.keys(this.options.given).find((name) => !header.includes(name));
		if (missing !== undefined) throw new EngineError('BAD_INPUT', `The CSV file has no column "${missing.slice(0, 60)}". Its columns: ${header.slice(0, 30).join(', ')}.`);
		const kinds = new Set(header.map((name) => this.useOf(name).kind));
		if (!kinds.has('identity') && !kinds.has('both')) {
			throw new EngineError('BAD_INPUT', 'No column of the CSV file says who the rows are about. Name one "email", "user_id" or "phone", or say which column is an identity; a missing header line also looks like this.');
		}
	}

	read(row: SourceRow): ImportRecord | NotTaken {
		const record = emptyRecord(row.line);
		const event: { name?: string; messageId?: string; timestamp?: string | number; source?: string } = {};
		const properties: Array<[string, JsonValue]> = [];
		const attributes: Array<[string, JsonValue]> = [];
		for (const [name, given] of Object.entries(row.values)) {
			if (given === null && this.options.textual) continue;
			const use = this.useOf(name);
			if (use.kind === 'skip') continue;
			const value = this.options.dropApostrophes === true && typeof given === 'string' ? bare(given) : given;
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
						return { refused: `The column "${name.slice(0, 60)}" is no state of consent: write subscribed, unsubscribed, pending, yes or no.` };
					}
					record.consents.push({ channel: use.channel, topic: use.topic, state });
					break;
				}
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
		const { given, preset } = this.options;
		use = useOf(name, own(given, name) ?? own(preset, name.trim().toLowerCase()), this.options.about);
		if (this.uses.size < MOST_KNOWN) this.uses.set(name, use);
		return use;
	}
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
