import { sql } from 'kysely';

import { hashId } from '../kernel';
import type { Tx } from '../store';

/**
 * What the earlier rows of a dry run would have made, as hashes in a table, so that its report is that of the import and memory stays
 * flat whatever the file's size. A dry run stores nothing else, and this is dropped at its end.
 */
export class Seen {
	private readonly known = new Set<string>();
	private readonly fresh = new Set<string>();

	constructor(private readonly importId: string) {}

	/** Looks up the keys that `has` will be asked for. */
	async load(tx: Tx, keys: readonly string[]): Promise<void> {
		if (keys.length === 0) return;
		const hashes = [...new Set(keys.map((key) => this.hash(key)))];
		const rows = await tx.all(sql<{ hash: string }>`select hash from import_seen where import = ${this.importId} and ${tx.dialect.anyOf(sql.ref('hash'), hashes)}`);
		for (const { hash } of rows) this.known.add(hash);
	}

	has(key: string): boolean {
		const hash = this.hash(key);
		return this.known.has(hash) || this.fresh.has(hash);
	}

	add(key: string): void {
		this.fresh.add(this.hash(key));
	}

	async write(tx: Tx): Promise<void> {
		const rows = [...this.fresh].sort().map((hash) => ({ hash }));
		if (rows.length === 0) return;
		await tx.run(sql`insert into import_seen (import, hash) select ${this.importId}, r.hash from ${tx.dialect.rows(rows, { hash: 'text' }, 'r')} where true on conflict do nothing`);
	}

	private hash(key: string): string {
		return hashId('seen', this.importId, key);
	}
}

/** Drops what a dry run remembered. */
export async function forgetSeen(tx: Tx, importId: string): Promise<void> {
	await tx.run(sql`delete from import_seen where import = ${importId}`);
}
