import { sql } from 'kysely';

import type { CatalogEntry, EventCatalogEntry } from '../events/types';
import { isJsonObject, iso, type JsonObject } from '../kernel';
import type { Reader, Store, Tx } from '../store';

/** 'group': an attribute of groups (accounts). */
type Kind = 'attribute' | 'event' | 'group' | 'property';
const TYPES = ['text', 'number', 'boolean', 'list', 'object'] as const;
/** A sender that puts ids into names would fill the dropdowns and this memory; beyond this, names are stored but not listed. */
const MOST_NAMES = 5000;
const MOST_PROPERTIES = 1000;
const DEEPEST_PATH = 3;
/** As conditions take it (events/filters.ts). PostgreSQL's index would refuse a name of some kilobytes, and with it the batch that has one. */
const LONGEST_PATH = 500;
/** Rows a statement of a flush. */
const FLUSH_ROWS = 2000;

/** A row of the catalogue, with how often it was seen since the last flush. */
interface Sighting {
	kind: Kind;
	/** Of the event; '' for attributes of people and groups. */
	name: string;
	property: string;
	type: string;
	pending: number;
}

/** What is known of one event, or of the attributes of people or of groups. */
interface Known {
	itself: Sighting | undefined;
	/** By path, then in the order of TYPES. */
	properties: Map<string, Array<Sighting | undefined>>;
}

interface Memory {
	events: Map<string, Known>;
	attribute: Known;
	group: Known;
}

/**
 * What names and types have been seen, and how often, for dropdowns. Kept in memory too, so that known names cost no statement;
 * a name enters the memory only when the transaction that wrote it has been committed. Counts are added up in memory and written
 * by flush(): a row update an event would cost more than the event. A crash loses the counts of the last second, never a name.
 */
export class Catalog {
	private readonly memory: Memory = { events: new Map(), attribute: newlyKnown(), group: newlyKnown() };
	private uncounted: Sighting[] = [];

	/** Looks at one batch; `write` stores what is new. */
	look(): CatalogLook {
		return new CatalogLook(this.memory, (sightings) => this.count(sightings));
	}

	/** Writes the counts since the last flush; at most one statement for 2,000 names and properties. */
	async flush(store: Store): Promise<void> {
		while (this.uncounted.length > 0) {
			const counted = this.uncounted.splice(0, FLUSH_ROWS).map((sighting) => ({ sighting, count: sighting.pending }));
			for (const { sighting } of counted) sighting.pending = 0;
			try {
				await store.tx('catalog', (tx) => addCounts(tx, counted));
			} catch (error) {
				for (const { sighting, count } of counted) this.add(sighting, count);
				throw error;
			}
		}
	}

	async entries(reader: Reader, kind: Exclude<Kind, 'event'>, name?: string): Promise<CatalogEntry[]> {
		const column = kind === 'property' ? sql.ref('property') : sql.ref('name');
		const rows = await reader.all(
			sql<{ name: string; type: string; count: number; last_at: number | null }>`select ${column} as name, type, count, last_at from catalog
				where kind = ${kind} and ${name === undefined ? sql`true` : sql`name = ${name}`} order by 1, 2 limit ${sql.lit(MOST_NAMES * TYPES.length)}`,
		);
		const entries = new Map<string, CatalogEntry & { lastAtMs: number }>();
		for (const row of rows) {
			let entry = entries.get(row.name);
			if (entry === undefined) entries.set(row.name, (entry = { name: row.name, types: [], lastAtMs: 0 }));
			if (row.type !== '') entry.types.push(row.type);
			if (row.last_at === null) continue;
			entry.counts = { ...entry.counts, [row.type]: row.count };
			entry.lastAtMs = Math.max(entry.lastAtMs, row.last_at);
			entry.lastSeenAt = iso(entry.lastAtMs);
		}
		// Sorted here: databases sort text by their own locale.
		return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ lastAtMs: _last, ...entry }) => entry);
	}

	/** Names of events seen, sorted by code point. */
	async events(reader: Reader): Promise<EventCatalogEntry[]> {
		const rows = await reader.all(
			sql<{ name: string; seen_at: number; count: number; last_at: number | null }>`select name, seen_at, count, last_at from catalog
				where kind = 'event' order by name limit ${sql.lit(MOST_NAMES)}`,
		);
		return rows
			.map(({ name, seen_at, count, last_at }) => ({ name, count, firstSeenAt: iso(seen_at), lastSeenAt: iso(last_at ?? seen_at) }))
			.sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	private count(sightings: readonly Sighting[]): void {
		for (const sighting of sightings) this.add(sighting, 1);
	}

	private add(sighting: Sighting, count: number): void {
		if (sighting.pending === 0 && count > 0) this.uncounted.push(sighting);
		sighting.pending += count;
	}
}

class CatalogLook {
	private readonly fresh = new Map<string, Sighting>();
	private readonly seen: Sighting[] = [];

	constructor(private readonly memory: Memory, private readonly count: (sightings: readonly Sighting[]) => void) {}

	event(name: string, properties: JsonObject): void {
		const { events } = this.memory;
		const known = events.get(name);
		if (known?.itself !== undefined) {
			this.seen.push(known.itself);
		} else if (!this.note(`event ${name}`, { kind: 'event', name, property: '', type: '' }, events.size < MOST_NAMES)) {
			return;
		}
		this.walk('property', name, known, '', properties, 1);
	}

	attributes(attributes: JsonObject): void {
		this.walk('attribute', '', this.memory.attribute, '', attributes, 1);
	}

	/** Attributes of a group (account). */
	group(attributes: JsonObject): void {
		this.walk('group', '', this.memory.group, '', attributes, 1);
	}

	async write(tx: Tx): Promise<void> {
		if (this.fresh.size > 0) await this.writeFresh(tx);
		// A transaction that is taken back, or tried again, has counted nothing.
		tx.afterCommit(() => this.count(this.seen));
	}

	private async writeFresh(tx: Tx): Promise<void> {
		const fresh = [...this.fresh].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sighting]) => sighting);
		await tx.run(
			sql`insert into catalog (kind, name, property, type, seen_at) select r.kind, r.name, r.property, r.type, ${now(tx)}
				from ${tx.dialect.rows(fresh.map(rowOf), { kind: 'text', name: 'text', property: 'text', type: 'text' }, 'r')} where true on conflict do nothing`,
		);
		tx.afterCommit(() => {
			for (const sighting of fresh) {
				const known = this.knownOf(sighting);
				if (sighting.kind === 'event') known.itself = sighting;
				else remember(known.properties, sighting);
			}
		});
	}

	private knownOf({ kind, name }: Sighting): Known {
		if (kind === 'attribute' || kind === 'group') return this.memory[kind];
		const { events } = this.memory;
		let known = events.get(name);
		if (known === undefined) events.set(name, (known = newlyKnown()));
		return known;
	}

	private walk(kind: Kind, name: string, known: Known | undefined, prefix: string, values: JsonObject, depth: number): void {
		for (const key in values) {
			const value = values[key];
			if (value === null || value === undefined) continue;
			const path = prefix === '' ? key : `${prefix}.${key}`;
			if (path.length > LONGEST_PATH) continue;
			const type = typeOf(value);
			const types = known?.properties.get(path);
			const sighting = types?.[TYPES.indexOf(type)];
			if (sighting === undefined) {
				this.note(`${kind} ${name}\0${path}\0${type}`, { kind, name, property: path, type }, types !== undefined || (known?.properties.size ?? 0) + this.fresh.size < MOST_PROPERTIES);
			} else if (kind === 'property') {
				this.seen.push(sighting);
			}
			if (type === 'object' && isJsonObject(value) && depth < DEEPEST_PATH) this.walk(kind, name, known, path, value, depth + 1);
		}
	}

	/** Something not seen before by this process. false: there is no room for it. */
	private note(key: string, sighting: Omit<Sighting, 'pending'>, room: boolean): boolean {
		let noted = this.fresh.get(key);
		if (noted === undefined) {
			if (!room) return false;
			this.fresh.set(key, (noted = { ...sighting, pending: 0 }));
		}
		if (sighting.kind === 'event' || sighting.kind === 'property') this.seen.push(noted);
		return true;
	}
}

async function addCounts(tx: Tx, counted: ReadonlyArray<{ sighting: Sighting; count: number }>): Promise<void> {
	// By key: two transactions at once may each have met a new name, and one statement may not touch a row twice.
	const rows = new Map<string, ReturnType<typeof rowOf> & { count: number }>();
	for (const { sighting, count } of counted) {
		const row = { ...rowOf(sighting), count };
		const key = JSON.stringify(rowOf(sighting));
		rows.set(key, { ...row, count: count + (rows.get(key)?.count ?? 0) });
	}
	// Sorted: two processes lock the rows in the same order.
	const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
	await tx.run(sql`insert into catalog (kind, name, property, type, seen_at, count, last_at)
		select r.kind, r.name, r.property, r.type, ${now(tx)}, r.count, ${now(tx)}
		from ${tx.dialect.rows(sorted, { kind: 'text', name: 'text', property: 'text', type: 'text', count: 'integer' }, 'r')} where true
		on conflict (kind, name, property, type) do update set count = catalog.count + excluded.count, last_at = excluded.last_at`);
}

function newlyKnown(): Known {
	return { itself: undefined, properties: new Map() };
}

function remember(properties: Known['properties'], sighting: Sighting): void {
	let types = properties.get(sighting.property);
	if (types === undefined) properties.set(sighting.property, (types = []));
	types[TYPES.indexOf(sighting.type as (typeof TYPES)[number])] = sighting;
}

/** An attribute's row has its path as the name. */
function rowOf({ kind, name, property, type }: Omit<Sighting, 'pending'>): { kind: Kind; name: string; property: string; type: string } {
	return kind === 'attribute' || kind === 'group' ? { kind, name: property, property: '', type } : { kind, name, property, type };
}

function now(tx: Tx) {
	return sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
}

function typeOf(value: unknown): (typeof TYPES)[number] {
	switch (typeof value) {
		case 'number': return 'number';
		case 'boolean': return 'boolean';
		case 'object': return Array.isArray(value) ? 'list' : value instanceof Date ? 'text' : 'object';
		default: return 'text';
	}
}
