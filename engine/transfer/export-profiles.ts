import { sql, type RawBuilder } from 'kysely';

import { ADDRESSED_BY, addressKindsOf, sharableSql, suppressedOf } from '../consent';
import type { Identity } from '../events/types';
import { EngineError, type JsonObject } from '../kernel';
import { storedObject } from '../profiles';
import type { Reader, Store } from '../store';
import { cell, identityCell, textCell, valueCell } from './csv-cells';
import type { Export } from './exports';
import { factsOf, noFacts, type Facts, type ScoresOf } from './export-facts';
import { DO_NOT_SELL, FACTS, OWN_PROFILE, PREFIX, TEST } from './own';
import { LONGEST_OWN_ROW, MOST_OWN_COLUMNS } from './rows';
import type { ExportOptions } from './types';

const ROWS = 1000;
/** People a look at what columns there are; small, since SQLite answers nobody else meanwhile. */
const SCAN = 5000;

interface Row {
	id: number;
	is_test: number;
	attributes: unknown;
	created_at: number;
	updated_at: number;
}

interface Whole {
	row: Row;
	attributes: JsonObject;
	identities: Identity[];
	/** at, source: when and where it was given, also where that was before it came here. */
	consents: Array<{ channel: string; topic: string; state: string; at: string; source: string; textVersion: string | null; ip: string | null }>;
	suppressions: Array<{ channel: string; address: string; reason: string }>;
	doNotSell: boolean;
	facts: Facts;
}

interface StoredConsent {
	profile: number;
	channel: string;
	topic: string;
	state: string;
	at: number;
	source: string;
	textVersion: string | null;
	ip: string | null;
}

/** People by id, up to the newest there is now: who comes later is left out, who goes meanwhile is missing, nobody comes twice. Throws NOT_FOUND, and BAD_INPUT for a CSV file of more columns than an import takes. */
export async function openProfileExport(store: Store, scores: ScoresOf, options: ExportOptions): Promise<Export> {
	const scope = await store.read((reader) => scopeOf(reader, options));
	const lastId = await store.read(async (reader) => (await reader.first(sql<{ id: number | null }>`select max(id) as id from profile`))?.id ?? 0);
	const columns = options.format === 'csv' ? await columnsOf(store, scope, lastId) : null;
	let after = 0;
	let head = columns === null ? '' : headerLine(columns);
	return {
		next: async () => {
			const people = await store.read((reader) => page(reader, scores, scope, after, lastId));
			after = people.at(-1)?.row.id ?? after;
			const text = head + people.map((one) => (columns === null ? jsonLine(one) : csvLine(one, columns))).join('');
			head = '';
			return { text, rows: people.length, done: people.length < ROWS };
		},
	};
}

interface Scope {
	/** The people with ids in (after, upTo] whom an export is about, as `from` and `where` of a statement; their profile is `p`. */
	people(after: number, upTo: number): RawBuilder<unknown>;
	/** Their id, by which they come without being sorted. */
	by: RawBuilder<unknown>;
}

async function scopeOf(reader: Reader, options: ExportOptions): Promise<Scope> {
	const members = await membersOf(reader, options);
	const who = options.sharableOnly === true ? sharableSql(sql.ref('p.id')) : sql<boolean>`true`;
	// By the members, not by everybody: of ten among millions, one statement would read them all.
	if (members === null) return { people: (after, upTo) => sql`profile p where p.id > ${after} and p.id <= ${upTo} and ${who}`, by: sql.ref('p.id') };
	return {
		people: (after, upTo) => sql`segment_member m cross join profile p where m.segment = ${members} and m.profile > ${after} and m.profile <= ${upTo} and p.id = m.profile and ${who}`,
		by: sql.ref('m.profile'),
	};
}

/** null: everybody. A segment that is being built is not exported: some of its members are missing, or belong to the rule of before. */
async function membersOf(reader: Reader, { segment, list }: ExportOptions): Promise<number | null> {
	const name = segment ?? list;
	if (name === undefined || name === '') return null;
	const kind = segment === undefined ? 'list' : 'rule';
	const row = await reader.first(sql<{ id: number; rule: unknown }>`select id, rule from segment where name = ${name} and kind = ${kind}`);
	if (row === undefined) throw new EngineError('NOT_FOUND', `There is no ${segment === undefined ? 'list' : 'segment'} "${name.slice(0, 200)}". Choose one that exists.`);
	const goesByOthers = JSON.stringify(storedObject(row.rule)).includes('"segment":');
	const building = await reader.first(sql`select 1 as one from segment_build where ${goesByOthers ? sql`true` : sql`segment = ${row.id}`} limit 1`);
	if (kind === 'rule' && building !== undefined) throw new EngineError('CONFLICT', `The segment "${name.slice(0, 200)}", or one that it goes by, is still being built, so its members are not all known. Export it when it is ready (Profile Engine: Segment: Get).`);
	return row.id;
}

async function page(reader: Reader, scores: ScoresOf, scope: Scope, after: number, lastId: number): Promise<Whole[]> {
	const rows = await reader.all(
		sql<Row>`select p.id, p.is_test, p.attributes, p.created_at, p.updated_at from ${scope.people(after, lastId)} order by ${scope.by} limit ${sql.lit(ROWS)}`,
	);
	const people = new Map(rows.map((row): [number, Whole] => [row.id, { row, attributes: storedObject(row.attributes), identities: [], consents: [], suppressions: [], doNotSell: false, facts: noFacts() }]));
	const ids = [...people.keys()];
	if (ids.length === 0) return [];
	for (const [id, facts] of await factsOf(reader, scores, ids)) Object.assign(people.get(id) ?? {}, { facts });
	const mine = reader.dialect.anyOf(sql.ref('profile'), ids);
	for (const one of await reader.all(sql<Identity & { profile: number }>`select profile, kind, value from identity where ${mine} order by profile, kind, created_at, value`)) {
		people.get(one.profile)?.identities.push({ kind: one.kind, value: one.value });
	}
	for (const { profile, at, textVersion, ...one } of await reader.all(sql<StoredConsent>`select profile, channel, topic, state, coalesce(given_at, changed_at) as at, coalesce(given_source, source) as source,
		text_version as "textVersion", ip from consent where ${mine} order by profile, channel, topic`)) {
		people.get(profile)?.consents.push({ channel: one.channel, topic: one.topic, state: one.state, at: new Date(at).toISOString(), source: one.source, textVersion, ip: one.ip });
	}
	for (const { profile } of await reader.all(sql<{ profile: number }>`select profile from do_not_sell where active = 1 and ${mine}`)) {
		const one = people.get(profile);
		if (one !== undefined) one.doNotSell = true;
	}
	for (const [channel, kind] of ADDRESSED_BY) {
		const owned = [...people.values()].flatMap((one) => one.identities.filter((identity) => identity.kind === kind).map(({ value }) => ({ one, value })));
		const found = await suppressedOf(reader, channel, owned.map(({ value }) => value));
		for (const { one, value } of owned) {
			const reason = found.get(value);
			if (reason !== undefined) one.suppressions.push({ channel, address: value, reason });
		}
	}
	return [...people.values()];
}

/** U+FFFD as an escape: reading it back, a raw one would look like the wrong encoding. */
function jsonLine({ row, facts, ...whole }: Whole): string {
	const line = { id: row.id, test: row.is_test === 1, createdAt: new Date(row.created_at).toISOString(), updatedAt: new Date(row.updated_at).toISOString(), ...whole, ...facts };
	return `${JSON.stringify(line).replaceAll('\uFFFD', '\\ufffd')}\n`;
}

const SUPPRESSION_CHANNELS = [...new Set(ADDRESSED_BY.map(([channel]) => channel))];

interface CsvColumns {
	kinds: string[];
	attributes: string[];
	/** Channel and topic. */
	consents: Array<[string, string]>;
}

/** Which columns the file needs, over all people of it: short looks by id, before the first line can be written. */
async function columnsOf(store: Store, scope: Scope, lastId: number): Promise<CsvColumns> {
	const kinds = new Set<string>();
	const attributes = new Set<string>();
	const consents = new Map<string, [string, string]>();
	for (let from = 0; from < lastId; from += SCAN) {
		await store.read(async (reader) => {
			const people = scope.people(from, from + SCAN);
			const keys = reader.dialect.name === 'sqlite'
				? sql<{ name: string }>`select distinct j.key as name from (select p.attributes from ${people}) as a, json_each(a.attributes) as j`
				: sql<{ name: string }>`select distinct jsonb_object_keys(a.attributes) as name from (select p.attributes from ${people}) as a`;
			for (const { name } of await reader.all(keys)) attributes.add(name);
			for (const { kind } of await reader.all(sql<{ kind: string }>`select distinct i.kind from (select p.id from ${people}) as a join identity i on i.profile = a.id`)) kinds.add(kind);
			const states = await reader.all(sql<{ channel: string; topic: string }>`select distinct c.channel, c.topic from (select p.id from ${people}) as a join consent c on c.profile = a.id`);
			for (const { channel, topic } of states) consents.set(`${channel} ${topic}`, [channel, topic]);
		});
	}
	return { kinds: [...kinds].sort(), attributes: [...attributes].sort(), consents: [...consents.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair) };
}

function headerLine({ kinds, attributes, consents }: CsvColumns): string {
	const names = [
		OWN_PROFILE, TEST, DO_NOT_SELL, ...kinds.map((kind) => PREFIX.identity + kind), ...attributes.map(attributeHeader),
		...consents.flatMap(([channel, topic]) => [PREFIX.consent, PREFIX.proof].map((prefix) => `${prefix}${channel}${topic === '' ? '' : `:${topic}`}`)), ...SUPPRESSION_CHANNELS.map((channel) => PREFIX.suppression + channel), ...Object.keys(FACTS),
	];
	const line = `${names.map(textCell).join(',')}\r\n`;
	if (names.length > MOST_OWN_COLUMNS || line.length > LONGEST_OWN_ROW) {
		throw new EngineError('BAD_INPUT', `A CSV file of these people would have ${names.length} columns, one for each attribute that any of them has; it may have ${MOST_OWN_COLUMNS}, with names of ${LONGEST_OWN_ROW / 1024 / 1024} MB. Export them as NDJSON, or fewer of them: a segment or a list.`, { columns: names.length });
	}
	return line;
}

function attributeHeader(name: string): string {
	const taken = name === OWN_PROFILE || name === TEST || name === DO_NOT_SELL || Object.hasOwn(FACTS, name) || name !== name.trim() || Object.values(PREFIX).some((prefix) => name.startsWith(prefix));
	return taken ? PREFIX.attribute + name : name;
}

function csvLine(one: Whole, columns: CsvColumns): string {
	const cells = [String(one.row.id), String(one.row.is_test === 1), String(one.doNotSell)];
	for (const kind of columns.kinds) {
		cells.push(identityCell(one.identities.filter((identity) => identity.kind === kind).map(({ value }) => value)));
	}
	for (const name of columns.attributes) cells.push(valueCell(one.attributes[name]));
	for (const [channel, topic] of columns.consents) {
		const consent = one.consents.find((given) => given.channel === channel && given.topic === topic);
		cells.push(cell(consent?.state ?? ''), consent === undefined ? '' : valueCell({ at: consent.at, source: consent.source, textVersion: consent.textVersion, ip: consent.ip }));
	}
	for (const channel of SUPPRESSION_CHANNELS) cells.push(suppressionCell(one, channel));
	for (const fact of Object.values(FACTS)) cells.push(factCell(one.facts[fact]));
	return `${cells.join(',')}\r\n`;
}

/** The reason alone where the person has one such address: then it is that one's. */
function suppressionCell({ identities, suppressions }: Whole, channel: string): string {
	const kinds = addressKindsOf(channel);
	const mine = suppressions.filter((entry) => entry.channel === channel);
	if (identities.filter(({ kind }) => kinds.includes(kind)).length === 1) return cell(mine[0]?.reason ?? '');
	return mine.length === 0 ? '' : valueCell(mine.map(({ address, reason }) => ({ address, reason })));
}

function factCell(fact: Facts[keyof Facts]): string {
	return Array.isArray(fact) && fact.length === 0 ? '' : valueCell(fact);
}
