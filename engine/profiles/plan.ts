import type { Identity } from '../events/types';
import { identityLimit, identityRank, type IdentityOptions } from './identity';
import { areApart, newPerson, type IdentitySet, type KnownPeople, type Owners, type Person } from './people';

/** An identity that was given and not attached, or that belongs to somebody who could not be merged. */
export interface LeftIdentity {
	/** Index of the set. */
	index: number;
	kind: string;
	/** limit: the profile would have too many of the kind. conflict: it is another person's, who has another user id. apart: one whom somebody unmerged from this one. */
	reason: 'limit' | 'conflict' | 'apart';
}

export interface Plan {
	people: Array<Person | null>;
	born: Person[];
	links: Array<{ identity: Identity; person: Person }>;
	left: LeftIdentity[];
	/** The answer depends on identities that are not counted yet. */
	unsure: boolean;
}

export interface PlanOptions extends IdentityOptions {
	create: boolean;
	/** Whether several profiles found by one set become one; else only the first is taken, and the others stay. */
	merge: boolean;
	/** Whether the identities of the profiles that were there before are counted. */
	counted: boolean;
}

/** Who is who after these sets, one after the other, in memory. Every outcome is the same however the sets are cut into batches. */
export function decide(sets: readonly IdentitySet[], known: KnownPeople, options: PlanOptions): Plan {
	const plan: Plan = { people: [], born: [], links: [], left: [], unsure: false };
	for (let index = 0; index < sets.length; index += 1) {
		const set = sets[index] as IdentitySet;
		const person = new SetDecision(set, index, known, plan, options).decide();
		plan.people.push(person ?? null);
		if (plan.unsure) break;
	}
	return plan;
}

/** The profile that stands for a person by now. */
export function rootOf(person: Person): Person {
	let root = person;
	while (root.into !== null) root = root.into;
	return root;
}

class SetDecision {
	private readonly identities: readonly Identity[];
	private readonly userId: string | undefined;
	private readonly owners: Owners;

	constructor(private readonly set: IdentitySet, private readonly index: number, private readonly known: KnownPeople, private readonly plan: Plan, private readonly options: PlanOptions) {
		this.owners = known.owners;
		this.identities = set.identities.length > 1 ? [...set.identities].sort((a, b) => identityRank(a.kind) - identityRank(b.kind)) : set.identities;
		this.userId = this.identities[0]?.kind === 'user_id' ? this.identities[0].value : undefined;
	}

	decide(): Person | undefined {
		const { profileId } = this.set;
		let person = profileId === undefined ? this.found() : this.known.byGivenId.get(profileId);
		if (person === undefined && (profileId !== undefined || !this.options.create)) return undefined;
		person = person === undefined ? this.bear() : rootOf(person);
		if (person === undefined || !this.options.create) return person;
		if (this.identities.length === 1 && profileId === undefined && this.ownerOf(this.identities[0] as Identity) === person) return person;
		if (this.options.merge) for (const identity of this.identities) person = this.unite(person, identity);
		for (const identity of this.identities) this.attach(person, identity);
		return person;
	}

	private ownerOf({ kind, value }: Identity): Person | undefined {
		const owner = this.owners.get(kind)?.get(value);
		return owner === undefined ? undefined : rootOf(owner);
	}

	/** The first known identity decides; a set with a user id never lands on a profile with another one. */
	private found(): Person | undefined {
		for (const identity of this.identities) {
			const person = this.ownerOf(identity);
			if (person === undefined) continue;
			if (this.userId === undefined || person.userId === undefined || person.userId === this.userId) return person;
		}
		return undefined;
	}

	private bear(): Person | undefined {
		if (this.identities.length === 0) return undefined;
		const person = newPerson(null);
		this.plan.born.push(person);
		return person;
	}

	/** One person with whoever else has this identity, unless they have another user id, were unmerged or would pass a limit. Answers with who stays. */
	private unite(person: Person, identity: Identity): Person {
		const other = this.ownerOf(identity);
		if (other === undefined || other === person) return person;
		if (this.isUnsure(person) || this.isUnsure(other)) return person;
		const userId = person.userId ?? this.userId;
		if (userId !== undefined && other.userId !== undefined && other.userId !== userId) return this.leave(identity, 'conflict', person);
		if (areApart(person, other)) return this.leave(identity, 'apart', person);
		for (const [kind, count] of other.counts) {
			if (count + (person.counts.get(kind) ?? 0) > identityLimit(kind, this.options)) return this.leave(identity, 'limit', person);
		}
		return absorb(person, other, identity.kind);
	}

	private attach(person: Person, identity: Identity): void {
		const ofKind = this.owners.get(identity.kind);
		if (ofKind === undefined || ofKind.has(identity.value)) return;
		if (this.isUnsure(person)) return;
		const { previousId } = this.set;
		if (identity.kind === 'user_id' && person.userId !== undefined) return void this.leave(identity, 'conflict', person);
		if (identity.kind === 'anonymous_id' && identity.value === previousId && this.owners.get('user_id')?.has(previousId) === true) return void this.leave(identity, 'conflict', person);
		const count = (person.counts.get(identity.kind) ?? 0) + 1;
		if (count > identityLimit(identity.kind, this.options)) return void this.leave(identity, 'limit', person);
		if (identity.kind === 'user_id') person.userId = identity.value;
		person.counts.set(identity.kind, count);
		ofKind.set(identity.value, person);
		this.plan.links.push({ identity, person });
	}

	/** What concerns profiles that were there before the batch is decided only when their identities are counted. */
	private isUnsure(person: Person): boolean {
		if (this.options.counted || person.id === null) return false;
		this.plan.unsure = true;
		return true;
	}

	private leave({ kind }: Identity, reason: LeftIdentity['reason'], person: Person): Person {
		this.plan.left.push({ index: this.index, kind, reason });
		return person;
	}
}

/** Who has a user id stays, else the older; of two made just now the first. */
function absorb(one: Person, other: Person, via: string): Person {
	const stays = staysBefore(one, other) ? one : other;
	const goes = stays === one ? other : one;
	goes.into = stays;
	stays.userId ??= goes.userId;
	for (const [kind, count] of goes.counts) stays.counts.set(kind, (stays.counts.get(kind) ?? 0) + count);
	for (const id of goes.apart) stays.apart.add(id);
	stays.absorbed.push({ person: goes, via }, ...goes.absorbed);
	return stays;
}

function staysBefore(one: Person, other: Person): boolean {
	if ((one.userId === undefined) !== (other.userId === undefined)) return one.userId !== undefined;
	if (one.id === null || other.id === null) return one.id !== null || other.id === null;
	return one.id < other.id;
}
