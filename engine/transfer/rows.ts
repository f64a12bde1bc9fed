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

export const NOT_UNICODE = 'The row is not valid in this encoding. Save the file as "CSV UTF-8", or name its encoding in the options.';
