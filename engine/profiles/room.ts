import type { JsonObject, JsonValue } from '../kernel';

/**
 * All attributes of one person or one group together, as JSON. Each change reads and writes the whole object: whoever knows the public
 * write key could else send new names without end, and make every call about that person slower than the one before.
 */
export const LARGEST_ATTRIBUTES_BYTES = 256 * 1024;

/** How much more may be said of somebody. Counted in memory, as changes are decided. */
export class Room {
	private bytes: number;

	constructor(attributes: Iterable<readonly [string, JsonValue]>) {
		this.bytes = 2;
		for (const [name, value] of attributes) this.bytes += bytesOf(name, value);
	}

	/** Whether the value fits in place of the old one, and takes the room if so. What is no larger than the old one always fits. */
	take(name: string, old: JsonValue | undefined, value: JsonValue | null): boolean {
		const more = (value === null ? 0 : bytesOf(name, value)) - (old === undefined ? 0 : bytesOf(name, old));
		if (more > 0 && this.bytes + more > LARGEST_ATTRIBUTES_BYTES) return false;
		this.bytes += more;
		return true;
	}
}

/** Those of the second that the first has not and that fit beside it, in their order. */
export function fittingBeside(own: JsonObject, others: JsonObject): JsonObject {
	const room = new Room(Object.entries(own));
	return Object.fromEntries(Object.entries(others).filter(([name, value]) => !Object.hasOwn(own, name) && room.take(name, undefined, value)));
}

/** Removals before the rest: what a change frees is room for what it adds. */
export function removalsFirst<Value>(changes: Iterable<[string, Value]>): Array<[string, Value]> {
	return [...changes].sort(([, a], [, b]) => Number(b === null) - Number(a === null));
}

export function leftOutForRoom(name: string, of: 'person' | 'group'): string {
	return `The attribute "${name}" was left out: the attributes of one ${of} hold at most ${LARGEST_ATTRIBUTES_BYTES / 1024} KB together. Unset some first.`;
}

function bytesOf(name: string, value: JsonValue): number {
	return Buffer.byteLength(JSON.stringify(name)) + Buffer.byteLength(JSON.stringify(value)) + 2;
}
