import type { FilterOperator, PropertyFilter } from '../events/types';

/** A segment rule, nested at will. An empty `all` holds for everyone, an empty `any` for nobody. */
export type SegmentRule =
	| { all: SegmentRule[] }
	| { any: SegmentRule[] }
	| { none: SegmentRule[] }
	| AttributeRule
	| EventRule;

export interface AttributeRule {
	/** Dotted path into the profile's attributes. */
	attribute: string;
	operator: FilterOperator;
	value?: string | number | boolean | Array<string | number>;
}

export interface EventRule {
	event: string;
	filters?: PropertyFilter[];
	/** How often: default at least once. */
	count?: { operator: 'atLeast' | 'atMost' | 'exactly'; value: number };
	/** Only events of the last so many seconds. Leaving the window takes effect to the second. */
	withinSeconds?: number;
}

export interface SegmentView {
	id: number;
	name: string;
	rule: SegmentRule;
	members: number;
	updatedAt: string;
}

export interface SegmentsApi {
	/** Creates or replaces by name; membership is built before it returns. A rebuild never drops and re-adds a member. */
	save(segment: { name: string; rule: SegmentRule }): Promise<SegmentView>;
	list(): Promise<SegmentView[]>;
	get(name: string): Promise<SegmentView | null>;
	/** Counts by a saved name or by a rule not saved. */
	count(by: { name: string } | { rule: SegmentRule }): Promise<number>;
	members(name: string, page?: { afterProfile?: number; limit?: number }): Promise<Array<{ profile: number; enteredAt: string; attributes: Record<string, unknown> }>>;
	/** Which of these profiles are in; by saved name or rule. Read-only. */
	evaluate(by: { name: string } | { rule: SegmentRule }, profiles: number[]): Promise<number[]>;
}
