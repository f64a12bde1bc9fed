import { iso } from '../kernel';
import { dayAt } from '../kernel/local-time';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { nameGroups, stepId, stepsCalled } from './names';
import { convertingOf, refused, rulesOf, stretchOf } from './question';
import type { Reached } from './reached';
import { Tally } from './tally';
import { COLUMNS, type Touch } from './touches';
import type { AttributionDimension, ConversionQuery, ConversionReport } from './types';
import { walk } from './walk';

const DEFAULT_DAYS = 30;
/** More than anybody reads, and some ten megabytes. */
const MOST_GROUPS = 10_000;

/** Credits added up; `touch`: one of the group's. */
export interface Group {
	tally: Tally;
	touch: Touch;
	day: string;
}

export interface AttributionDeps {
	store: Store;
	settings: Pick<Settings, 'current'>;
}

/** Which messages get credit for conversions. See AttributionApi. */
export async function conversions({ store, settings }: AttributionDeps, query: ConversionQuery): Promise<ConversionReport> {
	const values = await settings.current();
	const nowMs = await store.read((reader) => Promise.resolve(reader.nowMs));
	const by = dimensionsOf(query.by ?? ['journey', 'step']);
	const rules = rulesOf(query.rules, values.attribution);
	const stretch = stretchOf(query, nowMs, DEFAULT_DAYS);
	const wanted = await askedFor(store, query);
	const days = by.includes('day') ? daysOf(values.zone) : () => '';
	const groups = new Map<string, Group>();
	const [total, elsewhere, notAttributed] = [new Tally(), new Tally(), new Tally()];
	let refunded = 0;

	await walk(store, { converting: convertingOf(query.conversion, values), rules, stretch, currency: values.currency }, (conversion, credits) => {
		if (conversion.refunded) {
			refunded += 1;
			return;
		}
		total.addWhole(conversion);
		if (credits.length === 0) notAttributed.addWhole(conversion);
		for (const { touch, credit, value } of credits) {
			if (wanted(touch)) groupOf(groups, by, touch, conversion, days).tally.add(conversion, credit, value);
			else elsewhere.add(conversion, credit, value);
		}
	});
	const found = [...groups.values()].filter(({ tally }) => tally.credit > 0n).sort((a, b) => (a.tally.credit === b.tally.credit ? order(a, b) : a.tally.credit > b.tally.credit ? -1 : 1));
	return {
		since: iso(stretch.since) ?? '', until: iso(stretch.until) ?? '', rules, total: total.figures(),
		groups: await store.read((reader) => nameGroups(reader, by, found)), elsewhere: elsewhere.figures(), notAttributed: notAttributed.figures(), refunded,
	};
}

function dimensionsOf(by: readonly AttributionDimension[]): AttributionDimension[] {
	const known = [...Object.keys(COLUMNS), 'day'];
	const unknown = by.find((dimension) => !known.includes(dimension));
	if (unknown !== undefined) throw refused(`cannot be grouped by "${String(unknown).slice(0, 40)}"; use ${known.join(', ')}`);
	return [...new Set(by)];
}

/** Whether a touch is of what was asked for. A step is named, or given by its id. */
async function askedFor(store: Store, { workflow, step, channel }: ConversionQuery): Promise<(touch: Touch) => boolean> {
	const steps = step === undefined ? null : new Set(await store.read((reader) => stepsCalled(reader, step)));
	return (touch) => (workflow === undefined || touch.workflow === workflow) && (channel === undefined || touch.channel === channel) && (steps === null || steps.has(stepId(touch)));
}

function groupOf(groups: Map<string, Group>, by: readonly AttributionDimension[], touch: Touch, { at }: Reached, days: (atMs: number) => string): Group {
	const day = days(at);
	const key = JSON.stringify(by.map((dimension) => (dimension === 'day' ? day : COLUMNS[dimension].map((column) => touch[column]))));
	const known = groups.get(key);
	if (known !== undefined) return known;
	if (groups.size >= MOST_GROUPS) throw refused(`comes to more than ${MOST_GROUPS.toLocaleString('en')} groups; group by less, or ask for a shorter time`);
	const group = { tally: new Tally(), touch, day };
	groups.set(key, group);
	return group;
}

function order(a: Group, b: Group): number {
	const key = ({ touch, day }: Group) => [day, touch.workflow, touch.step, touch.channel, touch.topic].join('\0');
	return key(a) < key(b) ? -1 : 1;
}

/** Offsets of zones are multiples of this: within it there is one day. */
const QUARTER_MS = 900_000;
const MOST_KEPT = 10_000;

/** Asking luxon for each conversion would take longer than the rest. */
function daysOf(zone: string): (atMs: number) => string {
	const kept = new Map<number, string>();
	return (atMs) => {
		const quarter = Math.floor(atMs / QUARTER_MS);
		const known = kept.get(quarter);
		if (known !== undefined) return known;
		const { year, month, day } = dayAt(atMs, zone);
		const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
		if (kept.size >= MOST_KEPT) kept.clear();
		kept.set(quarter, text);
		return text;
	};
}
