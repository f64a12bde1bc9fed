export type Level =
	/** People would be lost, stuck, or get what is another's. */
	| 'problem'
	/** Likely not what is meant. */
	| 'warning'
	/** Good to know. */
	| 'note';

/** Something that a check has to say, in the words of whoever draws journeys. */
export interface Finding {
	level: Level;
	/** Stable name of the check. */
	check: string;
	/** Name of the node; '' where it is about the whole journey. */
	node: string;
	message: string;
	/** What to do about it. */
	todo: string;
	/** How many people it is about, where that is known. */
	people?: number;
}
