import { sql } from 'kysely';

import type { Identity } from '../events/types';
import { iso, type JsonObject, type JsonValue } from '../kernel';
import type { PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';
import { readHistory } from './history';
import { suppressedAddresses } from './suppressed-of';
import { suppressErasedIn } from './suppression';
import type { SuppressionEntry } from './types';

interface Row {
	channel: string;
	topic: string;
	state: string;
	source: string;
	changed_at: number;
	/** Absent in what a merge noted before there was one. */
	given_at?: number | null;
	given_source?: string | null;
	text_version: string | null;
	ip: string | null;
}

interface Sale {
	active: number;
	source: string;
	changed_at: number;
}

/** What a merge wrote and what it wrote it from. */
interface Undo {
	into: Row[];
	from: Row[];
	intoSale: Sale | null;
	fromSale: Sale | null;
	history: number[];
	requests: string[];
	/** Absent in what a merge noted before there were any. */
	addresses?: SuppressionEntry[];
}

/** Strictest last. */
const STRICTNESS = ['subscribed', 'pending', 'unsubscribed'];

const saidAt = (row: Row): number => row.given_at ?? row.changed_at;

function stricter(a: Row, b: Row): Row {
	const difference = STRICTNESS.indexOf(a.state) - STRICTNESS.indexOf(b.state);
	// Of two alike the older one: the person has thought so since then.
	return difference > 0 || (difference === 0 && saidAt(a) <= saidAt(b)) ? a : b;
}

const keyOf = (row: Row): string => JSON.stringify([row.channel, row.topic]);

/** Consent, its history, open double opt-ins and do-not-sell. The strictest wins in a merge, and what grew stricter since stays with both when it is taken back. */
export const consentKeeper: PersonKeeper = {
	name: 'consent',
	tables: ['consent', 'consent_history', 'consent_request', 'do_not_sell', 'suppression'],
	merge: async (tx, { into, from }) => {
		const undo: Undo = {
			into: await statesOf(tx, into), from: await statesOf(tx, from), intoSale: await saleOf(tx, into), fromSale: await saleOf(tx, from),
			history: (await tx.all(sql<{ id: number }>`select id from consent_history where profile = ${from} order by id`)).map((row) => row.id),
			requests: (await tx.all(sql<{ id: string }>`select id from consent_request where profile = ${from} order by id`)).map((row) => row.id),
			addresses: await postalOf(tx, [from]),
		};
		await replaceStates(tx, into, [...strictestOf(undo).values()]);
		await replaceStates(tx, from, []);
		await replaceSale(tx, into, strictestSale(undo.intoSale, undo.fromSale));
		await replaceSale(tx, from, null);
		await tx.run(sql`update consent_history set profile = ${into} where profile = ${from}`);
		await tx.run(sql`update consent_request set profile = ${into} where profile = ${from}`);
		await tx.run(sql`update suppression set profile = ${into} where profile = ${from}`);
		return undo as unknown as JsonValue;
	},
	unmerge: async (tx, { into, from }, given) => {
		const undo = given as unknown as Undo;
		const merged = strictestOf(undo);
		const now = new Map((await statesOf(tx, into)).map((row) => [keyOf(row), row]));
		const changed = [...now.values()].filter((row) => !same(row, merged.get(keyOf(row))));
		const touched = new Set(changed.map(keyOf));
		// What somebody set to none since the merge was theirs to forget; it comes back for neither.
		for (const key of merged.keys()) if (!now.has(key)) touched.add(key);
		const backInto = new Map(undo.into.filter((row) => !touched.has(keyOf(row))).map((row) => [keyOf(row), row]));
		const backFrom = new Map(undo.from.filter((row) => now.has(keyOf(row))).map((row) => [keyOf(row), row]));
		for (const row of changed) {
			backInto.set(keyOf(row), row);
			// The mail that they opted out by may have gone to either of the two.
			if (row.state === 'subscribed') continue;
			const own = backFrom.get(keyOf(row));
			backFrom.set(keyOf(row), own === undefined ? row : stricter(own, row));
		}
		await replaceStates(tx, into, [...backInto.values()]);
		await replaceStates(tx, from, [...backFrom.values()]);
		const sale = await saleOf(tx, into);
		const mergedSale = strictestSale(undo.intoSale, undo.fromSale);
		const saleChanged = sale !== null && (sale.active !== mergedSale?.active || sale.changed_at !== mergedSale.changed_at);
		await replaceSale(tx, into, saleChanged ? sale : undo.intoSale);
		await replaceSale(tx, from, saleChanged && sale.active === 1 ? sale : undo.fromSale);
		await tx.run(sql`update consent_history set profile = ${from} where profile = ${into} and ${tx.dialect.anyOf(sql`id`, undo.history)}`);
		await tx.run(sql`update consent_request set profile = ${from} where profile = ${into} and ${tx.dialect.anyOf(sql`id`, undo.requests)}`);
		if (undo.addresses !== undefined && undo.addresses.length > 0) await tx.run(sql`update suppression set profile = ${from} where profile = ${into}
			and (channel, address) in (select r.channel, r.address from ${tx.dialect.rows(undo.addresses, { channel: 'text', address: 'text' }, 'r')})`);
	},
	export: async (reader, profile) => {
		const states = await statesOf(reader, profile);
		const sale = await saleOf(reader, profile);
		const requests = await reader.all(sql<{ channel: string; topic: string; text_version: string; source: string; address: string | null; requested_at: number; expires_at: number; confirmed_at: number | null }>`
			select channel, topic, text_version, source, address, requested_at, expires_at, confirmed_at from consent_request where profile = ${profile} order by requested_at, id`);
		return {
			states: states.map((row) => ({ channel: row.channel, topic: row.topic, state: row.state, source: row.source, at: iso(row.changed_at), givenAt: iso(row.given_at), givenSource: row.given_source ?? null, textVersion: row.text_version, ip: row.ip })),
			doNotSell: sale === null ? null : { active: sale.active === 1, source: sale.source, at: iso(sale.changed_at) },
			requests: requests.map((row) => ({
				channel: row.channel, topic: row.topic, textVersion: row.text_version, source: row.source, address: row.address, requestedAt: iso(row.requested_at), expiresAt: iso(row.expires_at),
				confirmedAt: iso(row.confirmed_at),
			})),
			history: (await readHistory(reader, profile, { limit: null })).map(({ id: _id, ...entry }) => entry),
			suppressed: [
				...(await suppressedAddresses(reader, await reader.all(sql<Identity>`select kind, value from identity where profile = ${profile} order by kind, value`))),
				...(await postalSaid(reader, profile)),
			],
		};
	},
	eraseAll: async (tx, profiles) => {
		await suppressErasedIn(tx, await postalOf(tx, profiles));
		for (const table of ['consent', 'consent_history', 'consent_request', 'do_not_sell']) await tx.run(sql`delete from ${sql.table(table)} where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};

/** What stands on the list as theirs, which no identity of theirs tells. */
async function postalOf(reader: Reader, profiles: readonly number[]): Promise<SuppressionEntry[]> {
	return await reader.all(sql<SuppressionEntry>`select channel, address from suppression where ${reader.dialect.anyOf(sql.ref('profile'), profiles)} order by channel, address`);
}

interface Postal extends SuppressionEntry {
	reason: string;
	source: string;
	created_at: number;
	confirmed_at: number | null;
}

async function postalSaid(reader: Reader, profile: number): Promise<JsonObject[]> {
	const rows = await reader.all(sql<Postal>`select channel, address, reason, source, created_at, confirmed_at from suppression where profile = ${profile} order by channel, address`);
	return rows.map(({ channel, address, reason, source, created_at, confirmed_at }) => ({ channel, address, reason, source, at: iso(created_at), confirmedAt: iso(confirmed_at) }));
}

function strictestOf({ into, from }: Undo): Map<string, Row> {
	const merged = new Map(into.map((row) => [keyOf(row), row]));
	for (const row of from) {
		const other = merged.get(keyOf(row));
		merged.set(keyOf(row), other === undefined ? row : stricter(other, row));
	}
	return merged;
}

function strictestSale(a: Sale | null, b: Sale | null): Sale | null {
	if (a === null || b === null) return a ?? b;
	return a.active === b.active ? (a.changed_at <= b.changed_at ? a : b) : a.active === 1 ? a : b;
}

function same(a: Row, b: Row | undefined): boolean {
	return b !== undefined && a.state === b.state && a.source === b.source && a.changed_at === b.changed_at && a.text_version === b.text_version;
}

async function statesOf(reader: Reader, profile: number): Promise<Row[]> {
	return await reader.all(sql<Row>`select channel, topic, state, source, changed_at, given_at, given_source, text_version, ip from consent where profile = ${profile} order by channel, topic`);
}

async function saleOf(reader: Reader, profile: number): Promise<Sale | null> {
	return (await reader.first(sql<Sale>`select active, source, changed_at from do_not_sell where profile = ${profile}`)) ?? null;
}

async function replaceStates(tx: Tx, profile: number, rows: readonly Row[]): Promise<void> {
	await tx.run(sql`delete from consent where profile = ${profile}`);
	if (rows.length === 0) return;
	const shape = { channel: 'text', topic: 'text', state: 'text', source: 'text', changed_at: 'integer', given_at: 'integer', given_source: 'text', text_version: 'text', ip: 'text' } as const;
	await tx.run(sql`insert into consent (profile, channel, topic, state, source, changed_at, given_at, given_source, text_version, ip)
		select cast(${profile} as ${sql.raw(tx.dialect.types.int)}), channel, topic, state, source, changed_at, given_at, given_source, text_version, ip from ${tx.dialect.rows(rows, shape, 'given')}`);
}

async function replaceSale(tx: Tx, profile: number, sale: Sale | null): Promise<void> {
	await tx.run(sql`delete from do_not_sell where profile = ${profile}`);
	if (sale !== null) await tx.run(sql`insert into do_not_sell (profile, active, source, changed_at) values (${profile}, ${sale.active}, ${sale.source}, ${sale.changed_at})`);
}
