import { identityLimit, type IdentityOptions } from '../../../engine/profiles';

/** Whose a message is, as the test knows it: kind and value. */
export type Known = readonly [kind: string, value: string];

interface Somebody {
	/** Order of birth. */
	born: number;
	userId: string | null;
	identities: Map<string, string>;
	marks: number[];
}

const RANK: Record<string, number> = { user_id: 0, email: 1, phone: 2, anonymous_id: 4 };

/**
 * Who is who, worked out one message after the other with nothing but lists: the rules as the design states them, written for the
 * test and not for speed. The engine must come to the same people, however the messages are batched.
 */
export class PeopleModel {
	private people: Somebody[] = [];
	private births = 0;

	constructor(private readonly options: IdentityOptions) {}

	/** A message; its mark is left with whose it is. */
	take(given: readonly Known[], mark: number | null, formerId?: string): void {
		const known = [...given].sort(([a], [b]) => (RANK[a] ?? 3) - (RANK[b] ?? 3));
		const userId = known.find(([kind]) => kind === 'user_id')?.[1] ?? null;
		let person: Somebody | undefined;
		for (const identity of known) {
			const owner = this.owner(identity);
			if (owner !== undefined && (userId === null || owner.userId === null || owner.userId === userId)) {
				person = owner;
				break;
			}
		}
		if (person === undefined) this.people.push((person = { born: (this.births += 1), userId: null, identities: new Map(), marks: [] }));
		for (const identity of known) {
			const other = this.owner(identity);
			if (other !== undefined && other !== person && this.mayJoin(person, other, userId)) person = this.join(person, other);
		}
		for (const [kind, value] of known) {
			if (this.owner([kind, value]) !== undefined) continue;
			if (kind === 'user_id' && person.userId !== null) continue;
			if (kind === 'anonymous_id' && value === formerId && this.owner(['user_id', value]) !== undefined) continue;
			if (this.count(person, kind) >= identityLimit(kind, this.options)) continue;
			person.identities.set(`${kind} ${value}`, kind);
			if (kind === 'user_id') person.userId = value;
		}
		if (mark !== null) person.marks.push(mark);
	}

	/** Every person as a text: identities and marks, sorted. */
	groups(): string[] {
		return this.people.map(({ identities, marks }) => JSON.stringify([[...identities.keys()].sort(), [...marks].sort((a, b) => a - b)])).sort();
	}

	private owner([kind, value]: Known): Somebody | undefined {
		return this.people.find((person) => person.identities.has(`${kind} ${value}`));
	}

	private count(person: Somebody, kind: string): number {
		return [...person.identities.values()].filter((one) => one === kind).length;
	}

	private mayJoin(person: Somebody, other: Somebody, userId: string | null): boolean {
		const mine = person.userId ?? userId;
		if (mine !== null && other.userId !== null && mine !== other.userId) return false;
		return [...new Set([...person.identities.values(), ...other.identities.values()])].every((kind) => this.count(other, kind) === 0
			|| this.count(person, kind) + this.count(other, kind) <= identityLimit(kind, this.options));
	}

	private join(one: Somebody, other: Somebody): Somebody {
		const stays = (one.userId === null) !== (other.userId === null) ? (one.userId === null ? other : one) : one.born < other.born ? one : other;
		const goes = stays === one ? other : one;
		for (const [key, kind] of goes.identities) stays.identities.set(key, kind);
		stays.userId ??= goes.userId;
		stays.marks.push(...goes.marks);
		this.people = this.people.filter((person) => person !== goes);
		return stays;
	}
}
