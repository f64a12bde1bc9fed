import type { JsonValue } from '../../kernel';
import type { RecordProof } from '../proof';
import type { ImportRecord, NotTaken } from '../record';
import type { ColumnUse, SourceRow } from '../types';

/** What is known of another system's export. */
export interface Preset {
	about: 'profiles' | 'events';
	/** Whose; message ids are unique per source, so that the same export again stores no order twice. */
	source: string;
	/** Headers in lower case. Those not named become attributes under their own name (profiles). */
	columns: Readonly<Record<string, ColumnUse>>;
	/** Any of these headers (lower case) shows that the file is of this kind. */
	signs: readonly string[];
	/** What to export instead, when it is not. */
	hint: string;
	/** Ids and phone numbers come with an apostrophe in front ('+4917…), so that spreadsheets keep them as text. */
	dropApostrophes?: boolean;
	/** Rows with the same key that follow each other are one row. */
	key?(row: SourceRow): string;
	/** Reads a row (with the lines that belong to it) instead of by columns. */
	read?(rows: readonly SourceRow[]): ImportRecord | NotTaken;
	/** What no single column says. `header`: of the file, in lower case. */
	finish?(record: ImportRecord, row: SourceRow, header: ReadonlySet<string>): NotTaken | undefined;
}

export const attribute = (name: string): ColumnUse => ({ attribute: name });
export const identity = (kind: string): ColumnUse => ({ identity: kind });
export const skip: ColumnUse = 'skip';
export const proof = (channel: string, part: keyof RecordProof): ColumnUse => ({ proof: part, channel });

/** The cell of a column whose header is given in lower case. */
export function cellOf(row: SourceRow, header: string): JsonValue | undefined {
	return Object.entries(row.values).find(([name]) => name.toLowerCase() === header)?.[1];
}
