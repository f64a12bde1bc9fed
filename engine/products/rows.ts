/** One row of a feed, by fieldName. */
export type FeedRow = Readonly<Record<string, string>>;

export interface FeedSink {
	/** `line`: where it begins, from 1. Answers when there is room for more. */
	row(line: number, values: FeedRow): Promise<void> | void;
	reject(line: number, reason: string): void;
	/** The text ends in the middle of what begins there. Called at the end. */
	cut(line: number, reason: string): void;
}

/** A feed's text in any pieces. Throws BAD_INPUT for what is no feed at all. */
export interface FeedReader {
	feed(text: string): Promise<void>;
	end(): Promise<void>;
}

/** Characters of a row; what is longer is no product. */
export const LONGEST_ROW = 256 * 1024;
