import type { AttributeTest, JourneyEntry } from '../../engine';
import { EngineError } from '../../engine';
import { entriesIn, nameIn, readCondition, readEventMatch, toMs } from '../shared/fields';
import { readPeople } from './peopleField';

export type Read = (name: string, fallback: unknown) => unknown;

/** What brings people in, as the engine's. Throws BAD_INPUT for what is missing or could never be meant, with the name of the field. */
export function readEntry(read: Read): JourneyEntry {
	const entry = String(read('entry', 'event'));
	const reader = Object.hasOwn(READERS, entry) ? READERS[entry] : undefined;
	if (reader !== undefined) return reader(read);
	throw new EngineError('BAD_INPUT', '"Start When a Person" has a value that this version does not know. Choose one from its list.');
}

const READERS: Record<string, (read: Read) => JourneyEntry> = {
	event: (read) => {
		const key = nameIn(read('eventKey', ''));
		return { kind: 'event', match: readEventMatch(read('event', ''), read('eventFilters', {})), ...(key === '' ? {} : { key }) };
	},
	segment: (read) => ({ kind: 'segment', segment: chosen(read, 'segment', 'Segment') }),
	segmentLeft: (read) => ({ kind: 'segment', segment: chosen(read, 'segment', 'Segment'), change: 'left' }),
	attribute: readAttribute,
	consent: (read) => {
		const topic = nameIn(read('consentTopic', ''));
		const state = oneOf(read('consentState', 'subscribed'), ['subscribed', 'unsubscribed', 'pending'] as const, 'Says');
		return { kind: 'consent', channel: chosen(read, 'consentChannel', 'Channel', 'email'), ...(topic === '' ? {} : { topic }), state };
	},
	score: (read) => {
		const model = chosen(read, 'scoreModel', 'Score Model');
		const level = nameIn(read('scoreBecomes', 'hot'));
		if (level === '') throw new EngineError('BAD_INPUT', '"Becomes" is empty. Enter the bucket or grade that starts the journey, for example hot.');
		return read('scoreLevel', 'bucket') === 'grade' ? { kind: 'score', model, grade: level } : { kind: 'score', model, bucket: level };
	},
	stage: (read) => ({ kind: 'stage', stage: chosen(read, 'stage', 'Stage') }),
	message: readMessage,
	date: readDate,
	schedule: readSchedule,
	area: readArea,
	enroll: () => ({ kind: 'enroll' }),
};

function readAttribute(read: Read): JourneyEntry {
	const attribute = chosen(read, 'attribute', 'Attribute');
	const change = read('attributeChange', {});
	const test = (side: 'from' | 'to'): AttributeTest | undefined => {
		const [raw] = entriesIn(change, side);
		return raw === undefined ? undefined : readCondition(`${attribute} ${side === 'from' ? 'before' : 'then'}`, raw);
	};
	const [from, to] = [test('from'), test('to')];
	return { kind: 'attribute', attribute, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

const HAPPENED = ['delivered', 'opened', 'clicked', 'replied', 'bounced', 'notOpened', 'notClicked'] as const;

function readMessage(read: Read): JourneyEntry {
	const happened = oneOf(read('messageHappened', 'clicked'), HAPPENED, 'Message Is');
	const waits = happened === 'notOpened' || happened === 'notClicked';
	const channel = nameIn(read('messageChannel', ''));
	const [workflow = '', step = '', ...rest] = nameIn(read('messageStep', '')).split('/').map((part) => part.trim());
	if (rest.length > 0 || (workflow === '' && step !== '')) throw new EngineError('BAD_INPUT', 'Message Step is neither a workflow ID nor workflow ID/node ID. Choose the step from the list, or leave it empty for every message.');
	return {
		kind: 'message', happened, ...(workflow === '' ? {} : { workflow }), ...(step === '' ? {} : { step }), ...(channel === '' ? {} : { channel }),
		...(waits ? { withinMs: toMs(read('messageWithin', 3), read('messageWithinUnit', 'days'), '"In Time Means Within"') } : {}),
	};
}

const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)$/;
/** A century: beyond it somebody has mistaken the unit. */
const MOST_DAYS = 36_525;

function readDate(read: Read): JourneyEntry {
	const [, hour, minute] = TIME_OF_DAY.exec(String(read('dateAt', '09:00')).trim()) ?? [];
	if (hour === undefined || minute === undefined) throw new EngineError('BAD_INPUT', '"At" is no time of the day. Enter it as HH:MM, for example 09:00.');
	const when = oneOf(read('dateWhen', 'on'), ['on', 'before', 'after'] as const, 'When');
	const days = when === 'on' ? 0 : wholeNumber(read('dateDays', 1), 'Days', { least: 1, most: MOST_DAYS });
	return {
		kind: 'date', attribute: chosen(read, 'dateAttribute', 'Date Attribute'), yearly: read('dateYearly', false) === true,
		offsetDays: when === 'before' ? -days : days, at: `${hour.padStart(2, '0')}:${minute}`,
	};
}

function readSchedule(read: Read): JourneyEntry {
	const people = readPeople(read('schedulePeople', {}));
	if (people === null) throw new EngineError('BAD_INPUT', 'Nothing says who is picked on the schedule. Add a rule under People, for example a saved segment.');
	const localTime = read('scheduleLocalTime', false) === true;
	const zone = localTime ? '' : nameIn(read('scheduleZone', ''));
	const rate = wholeNumber(read('scheduleRate', 0), 'People a Minute', { least: 0, most: 10_000_000 });
	return { kind: 'schedule', when: whenOf(read), ...(zone === '' ? {} : { zone }), people, localTime, ...(rate === 0 ? {} : { ratePerMinute: rate }) };
}

function whenOf(read: Read): { at: string } | { cron: string } {
	if (oneOf(read('scheduleWhen', 'once'), ['once', 'cron'] as const, 'When') === 'cron') {
		const cron = String(read('scheduleCron', '0 9 * * 1') ?? '').trim();
		if (cron.split(/\s+/).length !== 5) throw new EngineError('BAD_INPUT', 'The cron expression has not five parts (minute, hour, day of the month, month, day of the week). Enter for example 0 9 * * 1 for each Monday at nine.');
		return { cron };
	}
	const at = String(read('scheduleAt', '') ?? '').trim();
	if (at === '' || Number.isNaN(Date.parse(at))) throw new EngineError('BAD_INPUT', '"At" is no date and time. Choose when people are to be picked.');
	return { at };
}

function readArea(read: Read): JourneyEntry {
	const place = { lat: numberOf(read('areaLat', 0), 'Latitude', -90, 90), lon: numberOf(read('areaLon', 0), 'Longitude', -180, 180), km: numberOf(read('areaKm', 1), 'Kilometers', 0.001, 20_000) };
	if (oneOf(read('areaOf', 'attribute'), ['attribute', 'event'] as const, 'Place Comes From') === 'attribute') return { kind: 'area', ...place, attribute: chosen(read, 'areaAttribute', 'Attribute') };
	const property = nameIn(read('areaProperty', ''));
	return { kind: 'area', ...place, event: chosen(read, 'areaEvent', 'Event'), ...(property === '' ? {} : { property }) };
}

function chosen(read: Read, name: string, label: string, fallback = ''): string {
	const value = nameIn(read(name, fallback));
	if (value === '') throw new EngineError('BAD_INPUT', `${label} is empty. Choose one from the list, or type its name under By Name.`);
	return value;
}

function oneOf<Value extends string>(value: unknown, values: readonly Value[], label: string): Value {
	const found = values.find((one) => one === value);
	if (found !== undefined) return found;
	throw new EngineError('BAD_INPUT', `"${label}" is none of the values there are. Choose one from its list, or check the expression.`);
}

export function wholeNumber(value: unknown, label: string, { least, most }: { least: number; most: number }): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
	throw new EngineError('BAD_INPUT', `"${label}" is no whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}. Correct it, or check the expression.`);
}

function numberOf(value: unknown, label: string, least: number, most: number): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isFinite(number) && number >= least && number <= most) return number;
	throw new EngineError('BAD_INPUT', `"${label}" is no number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}. Correct it, or check the expression.`);
}
