/** What is held in memory over one stream: MB after a collection, at each tenth of it. */
export interface Held {
	first: number;
	highest: number;
	last: number;
	looks: number;
}

/**
 * Looks at what this process holds in memory while streams run: the heap, and what buffers hold beside it. A stream that keeps its rows holds more at its end
 * than after its first tenth. The database's own cache is memory of the operating system's, bounded by SQLite, and not counted.
 */
export class MemoryWatch {
	private readonly streams = new Map<string, number[]>();

	/** Throws when no collection can be asked for: what is not collected yet would look like what is held. */
	constructor() {
		if (globalThis.gc === undefined) throw new Error('Run it with --expose-gc: without a collection, memory says nothing.');
	}

	look(stream: string): void {
		// Twice: what a finalizer lets go of in the first is collected in the second.
		globalThis.gc?.();
		globalThis.gc?.();
		const { heapUsed, external } = process.memoryUsage();
		const held = Math.round(((heapUsed + external) / 1024 / 1024) * 10) / 10;
		this.streams.set(stream, [...(this.streams.get(stream) ?? []), held]);
	}

	held(): Record<string, Held> {
		return Object.fromEntries([...this.streams].map(([stream, looks]) => [stream, { first: looks[0] ?? 0, highest: Math.max(...looks), last: looks.at(-1) ?? 0, looks: looks.length }]));
	}

	/** Streams that held more by `mb` than at the first look. */
	grown(mb: number): string[] {
		return Object.entries(this.held()).filter(([, { first, highest }]) => highest > first + mb).map(([stream, { first, highest }]) => `${stream} from ${first} to ${highest} MB`);
	}
}
