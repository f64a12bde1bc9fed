import { sql } from 'kysely';

import type { CatalogEntry } from '../events/types';
import { isJsonObject, type JsonObject } from '../kernel';
import type { Reader, Tx } from '../store';

type Kind = 'attribute' | 'event' | 'property';
const TYPES = ['text', 'number', 'boolean', 'list', 'object'] as const;
/** A sender that puts ids into names would fill the dropdowns and this memory; beyond this, names are stored but not listed. */
const MOST_NAMES = 5000;
const MOST_PROPERTIES = 1000;
const DEEPEST_PATH = 3;

interface Sighting {
	kind: Kind;
	name: string;
	property: string;
	type: string;
}

/**
 * What names and types have been seen, for dropdowns. Kept in memory too, so that known names cost no statement;
 * a name enters the memory only when the transaction that wrote it has been committed.
 */
export class Catalog {
	private readonly names = new Map<string, Map<string, number>>();

	/** Looks at one batch; `write` stores what is new. */
	look(): CatalogLook {
		return new CatalogLook(this.names);
	}

	async entries(reader: Reader, kind: 'attribute' | 'property', name?: string): Promise<CatalogEntry[]> {
		const column = kind === 'attribute' ? sql.ref('name') : sql.ref('property');
		const rows = await reader.all(
			sql<{ name: string; type: string }>`select ${column} as name, type from catalog
				where kind = ${kind} and ${name === undefined ? sql`true` : sql`name = ${name}`} order by 1, 2 limit ${sql.lit(MOST_NAMES * TYPES.length)}`,
		);
		const entries = new Map<string, CatalogEntry>();
		for (const row of rows) {
			const entry = entries.get(row.name);
			if (entry === undefined) entries.set(row.name, { name: row.name, types: row.type === '' ? [] : [row.type] });
			else if (row.type !== '') entry.types.push(row.type);
		}
		// Sorted here: databases sort text by their own locale.
		return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
	}
}

class CatalogLook {
	private readonly fresh = new Map<string, Sighting>();

	constructor(private readonly names: Map<string, Map<string, number>>) {}

	event(name: string, properties: JsonObject): void {
		const known = this.names.get(name);
		if (known === undefined && !this.fresh.has(`event ${name}`)) {
			if (this.names.size >= MOST_NAMES) return;
			this.fresh.set(`event ${name}`, { kind: 'event', name, property: '', type: '' });
		}
		this.walk('property', name, known, '', properties, 1);
	}

	attributes(attributes: JsonObject): void {
		this.walk('attribute', '', this.names.get(''), '', attributes, 1);
	}

	async write(tx: Tx): Promise<void> {
		if (this.fresh.size === 0) return;
		const fresh = [...this.fresh].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sighting]) => sighting);
		const rows = fresh.map(({ kind, name, property, type }) => (kind === 'attribute' ? { kind, name: property, property: '', type } : { kind, name, property, type }));
		await tx.run(
			sql`insert into catalog (kind, name, property, type, seen_at) select r.kind, r.name, r.property, r.type, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
				from ${tx.dialect.rows(rows, { kind: 'text', name: 'text', property: 'text', type: 'text' }, 'r')} where true on conflict do nothing`,
		);
		tx.afterCommit(() => {
			for (const { name, property, type } of fresh) {
				let known = this.names.get(name);
				if (known === undefined) this.names.set(name, (known = new Map()));
				if (type !== '') known.set(property, (known.get(property) ?? 0) | bit(type));
			}
		});
	}

	private walk(kind: Kind, name: string, known: Map<string, number> | undefined, prefix: string, values: JsonObject, depth: number): void {
		for (const key in values) {
			const value = values[key];
			if (value === null || value === undefined) continue;
			const path = prefix === '' ? key : `${prefix}.${key}`;
			const type = typeOf(value);
			const seen = known?.get(path) ?? 0;
			if ((seen & bit(type)) === 0 && (seen !== 0 || (known?.size ?? 0) + this.fresh.size < MOST_PROPERTIES)) {
				this.fresh.set(`${kind} ${name}\0${path}\0${type}`, { kind, name, property: path, type });
			}
			if (type === 'object' && isJsonObject(value) && depth < DEEPEST_PATH) this.walk(kind, name, known, path, value, depth + 1);
		}
	}
}

function bit(type: string): number {
	return 1 << TYPES.indexOf(type as (typeof TYPES)[number]);
}

function typeOf(value: unknown): (typeof TYPES)[number] {
	switch (typeof value) {
		case 'number': return 'number';
		case 'boolean': return 'boolean';
		case 'object': return Array.isArray(value) ? 'list' : value instanceof Date ? 'text' : 'object';
		default: return 'text';
	}
}
