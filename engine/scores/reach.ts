import type { ProfileChange, RuleReach } from '../segments';

/** Everything that any of these rules looks at. */
export function joinedReach(reaches: readonly RuleReach[]): RuleReach {
	const names = (pick: (reach: RuleReach) => ReadonlySet<string>): Set<string> => new Set(reaches.flatMap((reach) => [...pick(reach)]));
	const any = (pick: (reach: RuleReach) => boolean): boolean => reaches.some(pick);
	return {
		events: names((reach) => reach.events), attributes: names((reach) => reach.attributes), segments: names((reach) => reach.segments),
		lists: names((reach) => reach.lists), scores: names((reach) => reach.scores), consents: any((reach) => reach.consents),
		messages: any((reach) => reach.messages), groups: any((reach) => reach.groups), timed: any((reach) => reach.timed), enrollment: any((reach) => reach.enrollment),
	};
}

/** ScoredPerson answer to such rules a change may have changed. */
export function concernedBy(reach: RuleReach, change: ProfileChange): number[] {
	const people = new Set([...change.created, ...(change.looked ?? [])]);
	const named: Array<[ReadonlySet<string>, ReadonlyMap<string, ReadonlySet<number>> | undefined]> = [
		[reach.events, change.events], [reach.attributes, change.attributes], [reach.lists, change.lists], [reach.scores, change.scores],
	];
	for (const [names, changed] of named) {
		if (changed === undefined || changed.size === 0) continue;
		for (const name of names) for (const profile of changed.get(name) ?? []) people.add(profile);
	}
	if (reach.consents) for (const profile of change.consents ?? []) people.add(profile);
	if (reach.messages) for (const profile of change.messages ?? []) people.add(profile);
	if (reach.groups) for (const profile of change.groups ?? []) people.add(profile);
	return [...people];
}

/** Nobody at all. */
export function isEmpty(change: ProfileChange): boolean {
	return [change.created, change.events, change.attributes, change.looked, change.scores, change.consents, change.lists, change.messages, change.groups]
		.every((set) => set === undefined || set.size === 0);
}
