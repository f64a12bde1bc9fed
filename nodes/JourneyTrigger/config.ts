import type { JourneyConfig, ReEntry } from '../../engine';
import { EngineError } from '../../engine';
import { entriesIn, insideLocator, toMs } from '../shared/fields';
import { readAlerts } from './alerts';
import { readPeople } from './peopleField';
import { readEntry, wholeNumber, type Read } from './readEntry';
import { readLeaving } from './readLeaving';

const RE_ENTRIES: readonly ReEntry[] = ['never', 'afterLeaving', 'anyTime'];

/** A day in fewer seconds than this would let a wait of minutes end before its pump has polled once. */
const SHORTEST_DAY_SECONDS = 1;
const MOST_RETRIES = 20;
const MOST_PEOPLE = 1_000_000;

interface Options {
	journeyName?: unknown;
	onFailure?: unknown;
	retries?: unknown;
	virtualDaySeconds?: unknown;
	timeLimit?: unknown;
	minGap?: unknown;
	holdoutPercent?: unknown;
	entryRate?: unknown;
	entryCap?: unknown;
	alerts?: unknown;
}

/** The node's settings as the engine's. `read` gives a parameter or the fallback. Throws BAD_INPUT. */
export function readConfig(workflowName: string, read: Read): JourneyConfig {
	const options = read('options', {}) as Options;
	const reEntry = read('reEntry', 'afterLeaving') as ReEntry;
	if (!RE_ENTRIES.includes(reEntry)) throw new EngineError('BAD_INPUT', 'Enter Again is not one of Never, After Leaving, Any Time. Choose one.');
	const name = typeof options.journeyName === 'string' ? options.journeyName.trim() : '';
	const entry = readEntry(read);
	const audience = entry.kind === 'schedule' ? null : readPeople(read('audience', {}));
	return {
		name: name === '' ? workflowName : name,
		entry,
		reEntry,
		...(audience === null ? {} : { audience }),
		...readLeaving(read, entry, timeIn(options.timeLimit, 'Time Limit')),
		fields: namesIn(insideLocator(read('fields', ''))),
		carryEvent: read('carryEvent', true) === true,
		...readOptions(options, reEntry),
	};
}

function readOptions(options: Options, reEntry: ReEntry): Pick<JourneyConfig, 'onFailure' | 'retries' | 'virtualDaySeconds' | 'minGapMs' | 'holdout' | 'entryRate' | 'entryCap' | 'alerts'> {
	const daySeconds = virtualDay(options.virtualDaySeconds);
	const minGapMs = timeIn(options.minGap, 'Minimum Gap');
	if (minGapMs !== null && reEntry !== 'anyTime') throw new EngineError('BAD_INPUT', 'Minimum Gap says how soon a person may enter again, which only Enter Again: Any Time asks for. Choose that, or remove Minimum Gap.');
	const percent = holdoutOf(options.holdoutPercent);
	const [entryRate, entryCap] = [peopleIn(options.entryRate, 'Entry Rate'), peopleIn(options.entryCap, 'Entry Cap')];
	const alerts = readAlerts(options.alerts);
	const retrying = options.onFailure === 'retry';
	return {
		...(daySeconds === null ? {} : { virtualDaySeconds: daySeconds }),
		...(minGapMs === null ? {} : { minGapMs }),
		...(percent === null ? {} : { holdout: { percent } }),
		...(entryRate === null ? {} : { entryRate }),
		...(entryCap === null ? {} : { entryCap }),
		...(alerts === null ? {} : { alerts }),
		onFailure: retrying ? 'retry' : 'hold',
		...(retrying && options.retries !== undefined ? { retries: wholeNumber(options.retries, 'Retries', { least: 0, most: MOST_RETRIES }) } : {}),
	};
}

/** null: the option was not added. */
function timeIn(value: unknown, label: string): number | null {
	const [raw] = entriesIn(value, 'time');
	return raw === undefined ? null : toMs(raw.amount, raw.unit ?? 'days', `"${label}"`);
}

const PER_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

function peopleIn(value: unknown, label: string): { people: number; perMs: number } | null {
	const [raw] = entriesIn(value, 'limit');
	if (raw === undefined) return null;
	const people = wholeNumber(raw.people, `People of ${label}`, { least: 1, most: MOST_PEOPLE });
	const per = String(raw.per ?? 'minute');
	if (!Object.hasOwn(PER_MS, per)) throw new EngineError('BAD_INPUT', `"Each" of ${label} is not minute, hour or day. Choose one.`);
	return { people, perMs: PER_MS[per as keyof typeof PER_MS] };
}

function holdoutOf(value: unknown): number | null {
	if (value === undefined || value === null || value === '' || Number(value) === 0) return null;
	const percent = Number(value);
	if (Number.isFinite(percent) && percent > 0 && percent <= 100) return percent;
	throw new EngineError('BAD_INPUT', '"Holdout (%)" is no number from 0 to 100. Enter how many of 100 people get nothing, or 0 for none.');
}

function virtualDay(value: unknown): number | null {
	if (value === undefined || value === null || value === '' || value === 0) return null;
	const seconds = Number(value);
	if (Number.isFinite(seconds) && seconds >= SHORTEST_DAY_SECONDS && seconds <= 86_400) return seconds;
	throw new EngineError('BAD_INPUT', '"Test People: Seconds a Day" is not a number from 1 to 86,400. Enter for example 10, or 0 for real time.');
}

function namesIn(value: unknown): string[] {
	const parts = Array.isArray(value) ? value : String(value ?? '').split(',');
	return [...new Set(parts.map((part) => String(part).trim()).filter((part) => part !== ''))];
}
