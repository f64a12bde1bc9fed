import type { SourceRow } from './types';

/** Where a reader puts what it has read. `take` answers when there is room for more: that is the back-pressure. */
export interface RowSink {
	take(row: SourceRow): Promise<void>;
	reject(line: number, reason: string): void;
}

/** Text in, rows out; one a format. */
export interface RowReader {
	feed(text: string): Promise<void>;
	end(): Promise<void>;
	/** Lets go of everything; nothing is read any more. */
	abandon(): void;
}

/** A row is one person or event; nothing honest is longer, and one that is would be held in memory whole. */
export const LONGEST_ROW = 128 * 1024;
/**
 * Characters of a row of an own export, and of any file's first line. It holds all of one person: up to 256 KB of attributes as JSON, whose quotes CSV doubles,
 * identities, consents and what an export only tells. What an export writes an import takes.
 */
export const LONGEST_OWN_ROW = 2 * 1024 * 1024;
/** Columns of an own CSV file: one for each attribute that anybody has. As many as a spreadsheet has (Excel). */
export const MOST_OWN_COLUMNS = 16_384;

export const NOT_UNICODE = 'The row is not valid in this encoding. Save the file as "CSV UTF-8", or name its encoding in the options.';
