import { DatabaseSync } from 'node:sqlite';

/**
 * The journeys' database of a running n8n, read beside its engine: what is really stored, not what the product says of it.
 * Read-only, so that no test can mend what it is to judge.
 */
export class JourneysDatabase {
	private readonly database: DatabaseSync;

	constructor(file: string) {
		this.database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
	}

	close(): void {
		if (this.database.isOpen) this.database.close();
	}

	rows<Row extends object>(query: string, ...values: Array<string | number>): Row[] {
		// Plain objects: SQLite's have no prototype, which a comparison with literals does not take for equal.
		return this.database.prepare(query).all(...values).map((row) => ({ ...row }) as Row);
	}

	count(query: string, ...values: Array<string | number>): number {
		const [row] = this.rows<{ n: number }>(`select count(*) as n from (${query})`, ...values);
		return row?.n ?? 0;
	}

	/** Rows of every table in which people, their ways and their mails are kept. */
	rowCounts(): Record<string, number> {
		return Object.fromEntries(PEOPLES_TABLES.map((table) => [table, this.count(`select 1 from ${table}`)]));
	}
}

/** Not `step` and `journey` (a pump's beat writes there), nor `setting` and `schema_version`. */
const PEOPLES_TABLES = [
	'profile', 'identity', 'event', 'identified', 'segment', 'segment_member', 'consent', 'suppression',
	'enrollment', 'token', 'watch', 'lease', 'memo', 'passage', 'refusal', 'goal', 'message',
] as const;
