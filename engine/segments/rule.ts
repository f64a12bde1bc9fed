import { EngineError } from '../kernel';
import { checkCondition } from './conditions';
import { placeAttributes } from './place-sql';
import type {
	AnniversaryRule, AttributeRule, BucketRule, Condition, ConsentRule, DoNotSellRule, EventRule, GradeRule, GroupRule, ListMemberRule, MessageRule, NearRule,
	RandomRule, ScoreRule, SegmentMemberRule, SegmentRule, StageRule,
} from './types';

const DEEPEST = 20;
const MOST_CONDITIONS = 200;

/** What a rule looks at: only changes of these can change its members; `timed` rules change with time alone, too. */
export interface RuleReach {
	events: ReadonlySet<string>;
	/** First part of each path. */
	attributes: ReadonlySet<string>;
	segments: ReadonlySet<string>;
	lists: ReadonlySet<string>;
	/** Score models; '' for stages. */
	scores: ReadonlySet<string>;
	/** Consent to a channel, or do-not-sell. */
	consents: boolean;
	messages: boolean;
	groups: boolean;
	timed: boolean;
	/** Asks since when somebody is in a journey. */
	enrollment: boolean;
}

export type RuleShape =
	| { kind: 'all' | 'any' | 'none'; rules: SegmentRule[] }
	| { kind: 'attribute'; rule: AttributeRule }
	| { kind: 'event'; rule: EventRule }
	| { kind: 'segment'; rule: SegmentMemberRule }
	| { kind: 'list'; rule: ListMemberRule }
	| { kind: 'score'; rule: ScoreRule }
	| { kind: 'grade'; rule: GradeRule }
	| { kind: 'bucket'; rule: BucketRule }
	| { kind: 'stage'; rule: StageRule }
	| { kind: 'consent'; rule: ConsentRule }
	| { kind: 'doNotSell'; rule: DoNotSellRule }
	| { kind: 'message'; rule: MessageRule }
	| { kind: 'near'; rule: NearRule }
	| { kind: 'anniversary'; rule: AnniversaryRule }
	| { kind: 'random'; rule: RandomRule }
	| { kind: 'group'; rule: GroupRule };

export type ConditionShape = Exclude<RuleShape, { rules: SegmentRule[] }>;

/** The keys that say what a condition is about, each with the others that may stand beside it. */
const CONDITION_KEYS: Record<ConditionShape['kind'], readonly string[]> = {
	attribute: ['operator', 'value'],
	event: ['filters', 'count', 'sum', 'min', 'max', 'average', 'first', 'last', 'withinSeconds', 'between', 'sinceEnrollment'],
	segment: [], list: [], stage: [], near: [], random: [], group: [],
	score: ['operator', 'value'], grade: ['in'], bucket: ['in'], consent: ['topic', 'state'], doNotSell: [],
	message: ['channel', 'workflow', 'step', 'count', 'withinSeconds', 'sinceEnrollment'],
	anniversary: ['inDays', 'forDays', 'zone'],
};
const KINDS = ['all', 'any', 'none', ...Object.keys(CONDITION_KEYS)] as Array<RuleShape['kind']>;

/** Which form a rule has. Throws RULE_INVALID when it has none, more than one, or a key that means nothing there. */
export function shapeOf(rule: SegmentRule): RuleShape {
	if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) throw invalid('A segment rule is an object.');
	const forms = KINDS.filter((form) => Object.hasOwn(rule, form));
	const [kind] = forms;
	if (forms.length !== 1 || kind === undefined) throw invalid(`A segment rule has exactly one of: ${KINDS.join(', ')}. The first three hold lists of rules.`);
	const group = kind === 'all' || kind === 'any' || kind === 'none';
	// A key that is passed over in silence ("withinSecond") would take in the wrong people.
	const allowed = group ? [] : CONDITION_KEYS[kind];
	const stray = Object.keys(rule).find((key) => key !== kind && !allowed.includes(key) && (rule as unknown as Record<string, unknown>)[key] !== undefined);
	if (stray !== undefined) throw invalid(`"${stray.slice(0, 60)}" means nothing beside "${kind}" in a segment rule${allowed.length > 0 ? `; it takes: ${allowed.join(', ')}` : ''}.`);
	if (!group) return { kind, rule } as ConditionShape;
	const rules = (rule as unknown as Record<string, unknown>)[kind];
	if (!Array.isArray(rules)) throw invalid(`"${kind}" in a segment rule is a list of rules.`);
	return { kind, rules: rules as SegmentRule[] };
}

/** All conditions of a rule, as they stand. */
export function* conditionsOf(rule: SegmentRule): Generator<ConditionShape> {
	const shape = shapeOf(rule);
	if ('rules' in shape) for (const inner of shape.rules) yield* conditionsOf(inner);
	else yield shape;
}

/** Checks a rule by itself; whether what it refers to exists is for references.ts. Throws RULE_INVALID with what to do. */
export function checkRule(rule: SegmentRule, where: { inJourney?: boolean } = {}): RuleReach {
	checkDepth(rule, 1);
	const reach = {
		events: new Set<string>(), attributes: new Set<string>(), segments: new Set<string>(), lists: new Set<string>(), scores: new Set<string>(),
		consents: false, messages: false, groups: false, timed: false, enrollment: false,
	};
	let conditions = 0;
	for (const shape of conditionsOf(rule)) {
		conditions += 1;
		if (conditions > MOST_CONDITIONS) throw invalid(`A segment rule may have at most ${MOST_CONDITIONS} conditions.`);
		checkCondition(shape);
		follow(shape, reach);
	}
	if (reach.enrollment && where.inJourney !== true) throw invalid('"sinceEnrollment" asks since when somebody is in a journey: it works in the own rule of a Segment Filter or Journey Branch in a journey, not in a saved segment, a preview or outside a journey.');
	return reach;
}

type Growing = { -readonly [Key in keyof RuleReach]: RuleReach[Key] extends ReadonlySet<string> ? Set<string> : boolean };

function follow(shape: ConditionShape, reach: Growing): void {
	switch (shape.kind) {
		case 'attribute': reach.attributes.add(firstPart(shape.rule.attribute)); break;
		case 'event':
			reach.events.add(shape.rule.event);
			reach.timed ||= shape.rule.withinSeconds !== undefined;
			reach.enrollment ||= shape.rule.sinceEnrollment === true;
			break;
		case 'segment': reach.segments.add(shape.rule.segment); break;
		case 'list': reach.lists.add(shape.rule.list); break;
		case 'score': reach.scores.add(shape.rule.score); break;
		case 'grade': reach.scores.add(shape.rule.grade); break;
		case 'bucket': reach.scores.add(shape.rule.bucket); break;
		case 'stage': reach.scores.add(''); break;
		case 'consent': case 'doNotSell': reach.consents = true; break;
		case 'message':
			reach.messages = true;
			reach.timed ||= shape.rule.withinSeconds !== undefined;
			reach.enrollment ||= shape.rule.sinceEnrollment === true;
			break;
		case 'near':
			if (shape.rule.near.event !== undefined) reach.events.add(shape.rule.near.event);
			else for (const name of placeAttributes(shape.rule.near.attribute ?? '')) reach.attributes.add(name);
			reach.timed ||= shape.rule.near.withinSeconds !== undefined;
			break;
		case 'anniversary':
			reach.attributes.add(firstPart(shape.rule.anniversary));
			reach.timed = true;
			break;
		case 'random': break;
		case 'group': reach.groups = true; break;
	}
}

function firstPart(path: string): string {
	return path.split('.')[0] ?? '';
}

function checkDepth(rule: SegmentRule, depth: number): void {
	if (depth > DEEPEST) throw invalid(`A segment rule is nested deeper than ${DEEPEST} levels.`);
	const shape = shapeOf(rule);
	if ('rules' in shape) for (const inner of shape.rules) checkDepth(inner, depth + 1);
}

export function invalid(message: string): EngineError {
	return new EngineError('RULE_INVALID', message);
}

export type { Condition };
