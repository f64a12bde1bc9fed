import { IANAZone } from 'luxon';

import { checkEventMatch, checkPropertyFilter } from '../events';
import { EngineError } from '../kernel';
import { readBetween } from './between';
import type { ConditionShape } from './rule';
import { MESSAGE_STATES, type EventCount, type EventRule, type Measure, type NearRule } from './types';

const LONGEST_WINDOW_SECONDS = 100 * 366 * 24 * 60 * 60;
const LARGEST_COUNT = 100_000;
const LONGEST_NAME = 200;
const MOST_CHOICES = 100;
const ORDER = ['equals', 'notEquals', 'greater', 'greaterOrEqual', 'less', 'lessOrEqual'];
const MEASURES = ['sum', 'min', 'max', 'average'] as const;
const EDGES = ['first', 'last'] as const;
/** As a property that reads as a number: dialect.ts. */
const DECIMAL = /^[-+]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})$/;

/** Checks one condition by itself. Throws RULE_INVALID with what to do. */
export function checkCondition(shape: ConditionShape): void {
	switch (shape.kind) {
		case 'attribute': return checkPropertyFilter({ path: shape.rule.attribute, operator: shape.rule.operator, ...valueOf(shape.rule) });
		case 'event': return checkEvent(shape.rule);
		case 'segment': return checkName(shape.rule.segment, 'the segment of a condition');
		case 'list': return checkName(shape.rule.list, 'the list of a condition');
		case 'score':
			checkName(shape.rule.score, 'the score model of a condition');
			if (!ORDER.includes(shape.rule.operator)) throw invalid(`The condition on the score "${shape.rule.score}" needs an operator: ${ORDER.join(', ')}.`);
			if (!isNumber(shape.rule.value)) throw invalid(`The condition on the score "${shape.rule.score}" needs a number to compare with.`);
			return;
		case 'grade':
			checkName(shape.rule.grade, 'the score model of a condition');
			return checkChoices(shape.rule.in, `The grades of "${shape.rule.grade}"`);
		case 'bucket':
			checkName(shape.rule.bucket, 'the score model of a condition');
			return checkChoices(shape.rule.in, `The buckets of "${shape.rule.bucket}"`);
		case 'stage':
			checkKeys(shape.rule.stage, 'stage', ['in']);
			return checkChoices(shape.rule.stage.in, 'The stages of a condition');
		case 'consent':
			checkName(shape.rule.consent, 'the channel of a condition on consent');
			if (!['subscribed', 'unsubscribed', 'pending', 'none'].includes(shape.rule.state)) throw invalid(`The condition on consent for "${shape.rule.consent}" needs a state: subscribed, unsubscribed, pending or none.`);
			if (shape.rule.topic !== undefined && typeof shape.rule.topic !== 'string') throw invalid(`The topic in the condition on consent for "${shape.rule.consent}" is not a text.`);
			return;
		case 'doNotSell':
			// Nothing that only stands for one of the two: either may have been meant.
			if (typeof shape.rule.doNotSell !== 'boolean') throw invalid('"doNotSell" of a condition is true (people who asked not to be sold or shared) or false (everybody else).');
			return;
		case 'message': {
			const { message, channel, workflow, step, count, withinSeconds, sinceEnrollment } = shape.rule;
			if (!MESSAGE_STATES.includes(message)) throw invalid(`A condition on messages says what became of them: ${MESSAGE_STATES.join(', ')}.`);
			for (const [name, given] of Object.entries({ channel, workflow, step })) if (given !== undefined) checkName(given, `"${name}" of a condition on messages`);
			if (step !== undefined && workflow === undefined) throw invalid('"step" of a condition on messages needs "workflow" beside it: node ids repeat among workflows.');
			if (sinceEnrollment !== undefined && sinceEnrollment !== true) throw invalid('"sinceEnrollment" of a condition on messages is true, or left out.');
			checkCount(count, `messages ${message}`);
			return checkWindow(withinSeconds, `messages ${message}`);
		}
		case 'near': return checkNear(shape.rule.near);
		case 'anniversary': {
			const { anniversary, inDays = 0, forDays = 1, zone = 'UTC' } = shape.rule;
			checkPropertyFilter({ path: anniversary, operator: 'exists' });
			if (!Number.isInteger(inDays) || Math.abs(inDays) > 182) throw invalid(`"inDays" of the anniversary of "${anniversary}" is a whole number from -182 to 182.`);
			if (!Number.isInteger(forDays) || forDays < 1 || forDays > 182) throw invalid(`"forDays" of the anniversary of "${anniversary}" is a whole number from 1 to 182.`);
			if (typeof zone !== 'string' || !IANAZone.isValidZone(zone)) throw invalid(`"${String(zone).slice(0, 60)}" is not a time zone: write one such as Europe/Berlin, or UTC.`);
			return;
		}
		case 'random': {
			checkKeys(shape.rule.random, 'random', ['percent', 'salt']);
			const { percent, salt } = shape.rule.random;
			if (!isNumber(percent) || percent < 0 || percent > 100 || Math.abs(percent * 100 - Math.round(percent * 100)) > 1e-6) throw invalid('"percent" of a random part is a number from 0 to 100, with at most two digits after the point.');
			return checkName(salt, 'the salt of a random part');
		}
		case 'group': {
			checkKeys(shape.rule.group, 'group', ['attribute', 'operator', 'value']);
			const { attribute, operator } = shape.rule.group;
			return checkPropertyFilter({ path: attribute, operator, ...valueOf(shape.rule.group) });
		}
	}
}

function valueOf<Value>(rule: { value?: Value }): { value?: Value } {
	return rule.value === undefined ? {} : { value: rule.value };
}

function checkEvent(rule: EventRule): void {
	checkEventMatch(rule);
	const { event, count, withinSeconds, between, sinceEnrollment } = rule;
	const measures = (['count', ...MEASURES, ...EDGES] as const).filter((name) => rule[name] !== undefined);
	if (measures.length > 1) throw invalid(`The condition on the event "${event}" has both ${measures.join(' and ')}; write a condition for each.`);
	const times = Object.entries({ withinSeconds, between, sinceEnrollment }).filter(([, given]) => given !== undefined).map(([name]) => name);
	if (times.length > 1) throw invalid(`The condition on the event "${event}" has both ${times.join(' and ')}; only one says when it must have happened.`);
	checkCount(count, event);
	for (const name of MEASURES) if (rule[name] !== undefined) checkMeasure(rule[name], `The ${name} in the condition on "${event}"`);
	for (const name of EDGES) {
		const edge = rule[name];
		if (edge === undefined) continue;
		checkKeys(edge, `${name}" of "${event}`, ['property', 'operator', 'value']);
		checkPropertyFilter({ path: edge.property, operator: edge.operator, ...valueOf(edge) });
	}
	checkWindow(withinSeconds, event);
	if (between !== undefined) {
		checkKeys(between, `between" of "${event}`, ['from', 'to']);
		readBetween(between, event);
	}
	if (sinceEnrollment !== undefined && sinceEnrollment !== true) throw invalid(`"sinceEnrollment" of "${event}" is true, or left out.`);
}

function checkMeasure(measure: Measure, where: string): void {
	checkKeys(measure, where, ['property', 'operator', 'value']);
	checkPropertyFilter({ path: measure.property, operator: 'exists' });
	if (!ORDER.includes(measure.operator)) throw invalid(`${where} needs an operator: ${ORDER.join(', ')}.`);
	if (!isNumber(measure.value) && !(typeof measure.value === 'string' && DECIMAL.test(measure.value))) throw invalid(`${where} needs a number to compare with, such as 100 or "49.90".`);
}

function checkCount(count: EventCount | undefined, what: string): void {
	if (count === undefined) return;
	checkKeys(count, `count" on "${what}`, ['operator', 'value']);
	if (!['atLeast', 'atMost', 'exactly'].includes(count.operator)) throw invalid(`The count on "${what}" needs an operator: atLeast, atMost or exactly.`);
	if (!Number.isInteger(count.value) || count.value < 0 || count.value > LARGEST_COUNT) throw invalid(`The count on "${what}" is a whole number from 0 to ${LARGEST_COUNT}.`);
}

function checkWindow(withinSeconds: number | undefined, what: string): void {
	if (withinSeconds === undefined) return;
	if (!(Number.isFinite(withinSeconds) && withinSeconds > 0 && withinSeconds <= LONGEST_WINDOW_SECONDS)) throw invalid(`"Within the last" on "${what}" needs a number of seconds above 0 and up to 100 years.`);
}

function checkNear(near: NearRule['near']): void {
	checkKeys(near, 'near', ['attribute', 'event', 'property', 'withinSeconds', 'lat', 'lon', 'km']);
	if ((near.attribute === undefined) === (near.event === undefined)) throw invalid('A condition on a place names an attribute or an event that holds the location, one of the two.');
	if (near.attribute !== undefined) {
		checkPropertyFilter({ path: near.attribute, operator: 'exists' });
		if (near.property !== undefined || near.withinSeconds !== undefined) throw invalid('"property" and "withinSeconds" of a condition on a place go with an event, not with an attribute.');
	} else {
		checkEventMatch({ event: near.event ?? '' });
		if (near.property !== undefined) checkPropertyFilter({ path: near.property, operator: 'exists' });
		checkWindow(near.withinSeconds, near.event ?? '');
	}
	if (!isNumber(near.lat) || Math.abs(near.lat) > 90) throw invalid('"lat" of a condition on a place is a number from -90 to 90.');
	if (!isNumber(near.lon) || Math.abs(near.lon) > 180) throw invalid('"lon" of a condition on a place is a number from -180 to 180.');
	if (!isNumber(near.km) || near.km <= 0 || near.km > 20_100) throw invalid('"km" of a condition on a place is a number above 0 and up to 20,100.');
}

function checkKeys(value: unknown, where: string, keys: readonly string[]): void {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`"${where}" in a segment rule is an object with ${keys.join(', ')}.`);
	const stray = Object.keys(value).find((key) => !keys.includes(key));
	if (stray !== undefined) throw invalid(`"${stray.slice(0, 60)}" means nothing in "${where}" of a segment rule; it takes: ${keys.join(', ')}.`);
}

function checkName(name: unknown, what: string): void {
	if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME || name.includes('\0')) throw invalid(`Write ${what} as a text of 1 to ${LONGEST_NAME} characters.`);
}

function checkChoices(list: unknown, what: string): void {
	if (!Array.isArray(list) || list.length === 0 || list.length > MOST_CHOICES) throw invalid(`${what} ("in") are a list of 1 to ${MOST_CHOICES} names.`);
	for (const one of list) checkName(one, `each of "in"`);
}

function isNumber(value: unknown): value is number {
	return typeof value === 'number' && Number.isFinite(value);
}

function invalid(message: string): EngineError {
	return new EngineError('RULE_INVALID', message);
}
