import { EngineError, isJsonObject } from '../kernel';
import type { AttributionModel, AttributionSettings, NamedConversion } from './types';

export const ATTRIBUTION_MODELS: readonly AttributionModel[] = ['last', 'first', 'linear', 'position', 'timeDecay'];

/** A week behind a click is what Meta counts by default, too, and Klaviyo (5 days) is near. Opens count for nothing until somebody says so: mail programs that nobody knows for machines open as well. */
export const DEFAULT_ATTRIBUTION: AttributionSettings = { model: 'last', clickDays: 7, openDays: 0, sentDays: 0, halfLifeDays: 7, onlyMarketing: false };

const MOST_DAYS = 365;
const MOST_CONVERSIONS = 50;
const LONGEST = 200;
const DAYS = ['clickDays', 'openDays', 'sentDays'] as const;

/** What is given, over the defaults. Throws BAD_INPUT. */
export function checkAttribution(value: unknown): AttributionSettings {
	return checkRules(value, DEFAULT_ATTRIBUTION, (must) => refuse('attribution', must));
}

/** How credit is given: what is said, over `base`. `no` is told what must be. */
export function checkRules(value: unknown, base: AttributionSettings, no: (must: string) => never): AttributionSettings {
	if (!isJsonObject(value)) no('must be an object such as {"model": "last", "clickDays": 7}.');
	const unknown = Object.keys(value).find((key) => !Object.hasOwn(DEFAULT_ATTRIBUTION, key));
	if (unknown !== undefined) no(`has no "${unknown.slice(0, 40)}"; it may have ${Object.keys(DEFAULT_ATTRIBUTION).join(', ')}.`);
	const { model, halfLifeDays, onlyMarketing } = value;
	const rules = { ...base };
	if (model !== undefined) rules.model = ATTRIBUTION_MODELS.find((known) => known === model) ?? no(`must have as "model" one of ${ATTRIBUTION_MODELS.join(', ')}.`);
	for (const name of DAYS) {
		if (value[name] !== undefined) rules[name] = days(value[name], (number) => number >= 0) ?? no(`must have a number of days from 0 to ${MOST_DAYS} as "${name}"; 0 means that this is no touch.`);
	}
	if (halfLifeDays !== undefined) rules.halfLifeDays = days(halfLifeDays, (number) => number > 0) ?? no(`must have a number of days above 0 and up to ${MOST_DAYS} as "halfLifeDays".`);
	if (onlyMarketing !== undefined) rules.onlyMarketing = typeof onlyMarketing === 'boolean' ? onlyMarketing : no('must have true or false as "onlyMarketing".');
	if (DAYS.every((name) => rules[name] === 0)) no('counts neither clicks nor opens nor what was sent, so that nothing could be credited; give one of the windows more than 0 days.');
	return rules;
}

function days(value: unknown, fits: (number: number) => boolean): number | null {
	return typeof value === 'number' && Number.isFinite(value) && fits(value) && value <= MOST_DAYS ? value : null;
}

/** Throws BAD_INPUT. */
export function checkConversions(value: unknown): NamedConversion[] {
	if (!Array.isArray(value) || value.length > MOST_CONVERSIONS) refuse('conversions', `must be a list of at most ${MOST_CONVERSIONS} conversions such as {"name": "Orders", "event": "Order Completed", "value": "total"}.`);
	const conversions = value.map((entry) => {
		if (!isJsonObject(entry)) refuse('conversions', 'must be a list of conversions such as {"name": "Orders", "event": "Order Completed"}; one of its entries is no object.');
		return { name: name(entry.name ?? entry.event, 'a name for every conversion'), ...checkConvertingEvent(entry, (must) => refuse('conversions', must)) };
	});
	const names = conversions.map((conversion) => conversion.name.toLowerCase());
	if (new Set(names).size < names.length) refuse('conversions', 'names the same conversion twice; keep one of them.');
	return conversions;
}

/** The event of a conversion and where in it value, currency and order stand. */
export function checkConvertingEvent(entry: Readonly<Record<string, unknown>>, no: (must: string) => never): Omit<NamedConversion, 'name'> {
	const event = textIn(entry.event) ?? no('must have the name of an event for every conversion, for example "Order Completed".');
	const [value, currency, order, refund] = (['value', 'currency', 'order', 'refund'] as const).map((key) => {
		const given = entry[key];
		return given === undefined || given === null || given === '' ? undefined : (textIn(given) ?? no(`must have as "${key}" of a conversion a text, without control characters and of at most ${LONGEST} characters.`));
	});
	if (order?.split('.').some((part, n) => part === '' || (n > 0 && /^-?\d+$/.test(part)))) no('has as "order" no path of a property; write a name, or names with dots between them, for example order_id.');
	if (refund !== undefined && order === undefined) no('has a refund without an order: name the property in which both have the number of the order, for example "order": "order_id".');
	if (refund === event) no('has the same event as conversion and as refund; an event with a negative value is a refund already.');
	return { event, ...(value === undefined ? {} : { value }), ...(currency === undefined ? {} : { currency }), ...(order === undefined ? {} : { order }), ...(refund === undefined ? {} : { refund }) };
}

function name(value: unknown, what: string): string {
	return textIn(value) ?? refuse('conversions', `must have ${what}.`);
}

function textIn(value: unknown): string | null {
	if (typeof value !== 'string') return null;
	const text = value.trim();
	return text === '' || text.length > LONGEST || /[\p{Cc}\ud800-\udfff]/u.test(text) ? null : text;
}

function refuse(setting: string, must: string): never {
	throw new EngineError('BAD_INPUT', `Setting "${setting}" ${must}`, { setting });
}
