import type { EventRule, MessageRule, NearRule, SegmentRule } from '../../../engine';
import { EngineError } from '../../../engine';
import { toMs } from './duration';
import { readCondition, readEventMatch } from './filter';
import { nameIn } from './locator';

type Raw = Record<string, unknown>;

/** How each kind of condition of the builder reads as the engine's. They throw BAD_INPUT for what is missing; the engine checks the rest. */
export const conditionReaders: Record<string, (raw: Raw) => SegmentRule> = {
	attribute: (raw) => {
		const attribute = named(raw.attribute, 'A condition names no attribute. Choose one, or remove the condition.');
		return { attribute, ...readCondition(attribute, raw) };
	},
	event: readEvent,
	segment: (raw) => ({ segment: named(raw.segment, 'A condition names no segment. Choose one, or remove the condition.') }),
	list: (raw) => ({ list: named(raw.list, 'A condition names no list. Choose one, or remove the condition.') }),
	score: (raw) => ({ score: model(raw), operator: order(raw), value: number(raw.points, 'Points') }),
	grade: (raw) => ({ grade: model(raw), in: names(raw.in, 'grade') }),
	bucket: (raw) => ({ bucket: model(raw), in: names(raw.in, 'bucket') }),
	stage: (raw) => ({ stage: { in: names(raw.in, 'stage') } }),
	consent: (raw) => {
		const topic = nameIn(raw.topic);
		const state = (raw.state ?? 'subscribed') as 'subscribed' | 'unsubscribed' | 'pending' | 'none';
		return { consent: named(raw.channel ?? 'email', 'A condition on consent names no channel. Enter one, for example email.'), ...(topic === '' ? {} : { topic }), state };
	},
	doNotSell: (raw) => {
		// n8n does not save what has its default; an expression that gives nothing is no answer.
		const said = Object.hasOwn(raw, 'said') ? raw.said : 'no';
		if (said === 'yes' || said === 'no') return { doNotSell: said === 'yes' };
		throw new EngineError('BAD_INPUT', 'A condition on Do Not Sell says neither yes nor no. Choose one, or check the expression.');
	},
	message: readMessage,
	near: readNear,
	anniversary: (raw) => {
		const anniversary = named(raw.attribute, 'A condition on an anniversary names no attribute. Choose one, or remove the condition.');
		const zone = nameIn(raw.zone);
		return { anniversary, inDays: number(raw.inDays ?? 0, 'Days Before'), forDays: number(raw.forDays ?? 1, 'For Days'), ...(zone === '' || zone === 'UTC' ? {} : { zone }) };
	},
	random: (raw) => ({ random: { percent: number(raw.percent ?? 50, 'Percent'), salt: named(raw.salt ?? 'draw', 'A random part has no name of the draw. Enter any text.') } }),
	group: (raw) => {
		const attribute = named(raw.attribute, 'A condition on a group names no attribute. Choose one, or remove the condition.');
		return { group: { attribute, ...readCondition(attribute, raw) } };
	},
};

function named(value: unknown, message: string): string {
	const name = nameIn(value);
	if (name === '') throw new EngineError('BAD_INPUT', message);
	return name;
}

function model(raw: Raw): string {
	return named(raw.model, 'A condition names no score model. Choose one, or remove the condition.');
}

function order(raw: Raw): 'equals' | 'notEquals' | 'greater' | 'greaterOrEqual' | 'less' | 'lessOrEqual' {
	return (raw.measured ?? 'greaterOrEqual') as 'greaterOrEqual';
}

function number(value: unknown, label: string): number {
	const result = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof result === 'number' && Number.isFinite(result)) return result;
	throw new EngineError('BAD_INPUT', `"${label}" of a condition is not a number. Enter one, or check the expression.`);
}

function names(value: unknown, what: string): string[] {
	const list = (Array.isArray(value) ? value : nameIn(value).split(',')).map((one) => String(one).trim()).filter((one) => one !== '');
	if (list.length > 0) return list;
	throw new EngineError('BAD_INPUT', `A condition names no ${what}. Enter one or several, separated by commas.`);
}

/** Seconds, or none for 0. */
function withinSeconds(raw: Raw, label: string): { withinSeconds?: number } {
	if (Number(raw.within ?? 0) === 0) return {};
	return { withinSeconds: Math.ceil(toMs(raw.within, raw.withinUnit ?? 'days', `"Within the Last" of ${label}`) / 1_000) };
}

function readEvent(raw: Raw): SegmentRule {
	const rule: EventRule = { ...readEventMatch(raw.event, raw.filters, 'The event of a condition'), ...when(raw) };
	const happened = String(raw.happened ?? 'atLeast');
	switch (happened) {
		case 'never': return { none: [rule] };
		case 'sum': case 'min': case 'max': case 'average': {
			const value = nameIn(raw.value);
			if (value === '' || !Number.isFinite(Number(value))) throw new EngineError('BAD_INPUT', `"Compared With" of "${rule.event}" is not a number. Enter one, for example 100 or 49.90.`);
			// As it is written: a double would not be 49.90.
			return { ...rule, [happened]: { property: property(raw, rule.event), operator: order(raw), value } };
		}
		case 'first': case 'last': return { ...rule, [happened]: { property: property(raw, rule.event), ...readCondition(property(raw, rule.event), raw) } };
		default: return { ...rule, ...counted(raw, `"${rule.event}"`) };
	}
}

function property(raw: Raw, event: string): string {
	return named(raw.path, `A condition on "${event}" names no property. Choose one.`);
}

function when(raw: Raw): Pick<EventRule, 'withinSeconds' | 'between' | 'sinceEnrollment'> {
	if (raw.when === 'sinceEnrollment') return { sinceEnrollment: true };
	if (raw.when !== 'between') return withinSeconds(raw, `"${nameIn(raw.event)}"`);
	const [from, to] = [nameIn(raw.from), nameIn(raw.to)];
	return { between: { ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) } };
}

/** "At least once" is what the engine takes without a count. */
function counted(raw: Raw, label: string): Pick<EventRule, 'count'> {
	const value = Number(raw.times ?? 1);
	if (!Number.isInteger(value) || value < 0) throw new EngineError('BAD_INPUT', `"Times" of ${label} is not a whole number. Enter how often it happened, for example 1.`);
	const { happened } = raw;
	if (happened === 'atMost' || happened === 'exactly') return { count: { operator: happened, value } };
	return value === 1 ? {} : { count: { operator: 'atLeast', value } };
}

function readMessage(raw: Raw): SegmentRule {
	const [channel, workflow, step] = [nameIn(raw.channel), nameIn(raw.workflow), nameIn(raw.step)];
	const message = (raw.message ?? 'opened') as MessageRule['message'];
	const rule: MessageRule = {
		message, ...(channel === '' ? {} : { channel }), ...(workflow === '' ? {} : { workflow }), ...(step === '' ? {} : { step }), ...(raw.thisRun === true ? { sinceEnrollment: true } : {}), ...withinSeconds(raw, 'a condition on messages'),
	};
	return raw.happened === 'never' ? { none: [rule] } : { ...rule, ...counted(raw, 'a condition on messages') };
}

function readNear(raw: Raw): SegmentRule {
	const place = { lat: number(raw.lat ?? 0, 'Latitude'), lon: number(raw.lon ?? 0, 'Longitude'), km: number(raw.km ?? 50, 'Kilometers') };
	const message = 'A condition on a place names nothing that holds the location. Choose an attribute or an event.';
	if (raw.of !== 'event') return { near: { attribute: named(raw.attribute, message), ...place } };
	const inside = nameIn(raw.property);
	const near: NearRule['near'] = { event: named(raw.event, message), ...(inside === '' ? {} : { property: inside }), ...withinSeconds(raw, 'a condition on a place'), ...place };
	return { near };
}
