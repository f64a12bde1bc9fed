import type { JourneyConfig, JourneyEntry, JourneyExits, TriggerGoal } from '../../engine';
import { EngineError } from '../../engine';
import { entriesIn, nameIn, readEventMatch, toMs } from '../shared/fields';
import type { Read } from './readEntry';

/** What ends a run and what counts as its success, as the engine's. Throws BAD_INPUT. */
export function readLeaving(read: Read, entry: JourneyEntry, timeLimitMs: number | null): Pick<JourneyConfig, 'exitOn' | 'exits' | 'goals'> {
	const exits = readExits(read('exits', {}), entry, timeLimitMs);
	const goals = readGoals(read('goals', {}));
	return {
		...(read('exitOnEvent', false) === true ? { exitOn: readEventMatch(read('exitEvent', ''), read('exitFilters', {}), 'Exit Event') } : {}),
		...(Object.keys(exits).length === 0 ? {} : { exits }),
		...(goals.length === 0 ? {} : { goals }),
	};
}

function readExits(value: unknown, entry: JourneyEntry, timeLimitMs: number | null): JourneyExits {
	const segments = entriesIn(value, 'segment').map((raw) => {
		const segment = nameIn(raw.segment);
		if (segment === '') throw new EngineError('BAD_INPUT', 'An exit names no segment or list. Choose one, or remove the exit.');
		const change = raw.change === 'left' ? ('left' as const) : ('entered' as const);
		if (entry.kind === 'segment' && entry.segment === segment && (entry.change ?? 'entered') === change) {
			throw new EngineError('BAD_INPUT', `People would leave at the moment they start: the journey both starts and ends when somebody has ${change} "${segment}". Change one of the two.`);
		}
		return { segment, change };
	});
	const consent = entriesIn(value, 'consent').map((raw) => {
		const [channel, topic] = [nameIn(raw.channel ?? 'email'), nameIn(raw.topic)];
		if (channel === '') throw new EngineError('BAD_INPUT', 'An exit on consent names no channel. Choose one, or remove the exit.');
		return { channel, ...(topic === '' ? {} : { topic }) };
	});
	return { ...(segments.length === 0 ? {} : { segments }), ...(consent.length === 0 ? {} : { consent }), ...(timeLimitMs === null ? {} : { afterMs: timeLimitMs }) };
}

function readGoals(value: unknown): TriggerGoal[] {
	const goals = entriesIn(value, 'goal').map((raw): TriggerGoal => {
		const name = nameIn(raw.name);
		if (name === '') throw new EngineError('BAD_INPUT', 'A goal has no name. Enter one, for example First Order.');
		const [valueProperty, currencyProperty] = [nameIn(raw.valueProperty), nameIn(raw.currencyProperty)];
		if (currencyProperty !== '' && valueProperty === '') throw new EngineError('BAD_INPUT', `The goal "${name}" has a currency and no value. Choose its Value Property, or remove the Currency Property.`);
		return {
			name, match: readEventMatch(raw.event, raw.filters, `The event of the goal "${name}"`),
			withinMs: toMs(raw.within ?? 7, raw.withinUnit ?? 'days', `"Within" of the goal "${name}"`),
			...(valueProperty === '' ? {} : { valueProperty }), ...(currencyProperty === '' ? {} : { currencyProperty }), ...(raw.exit === true ? { exit: true } : {}),
		};
	});
	const twice = goals.find(({ name }, n) => goals.findIndex((other) => other.name === name) !== n);
	if (twice !== undefined) throw new EngineError('BAD_INPUT', `Two goals are called "${twice.name}". Give each a name of its own: they are counted by it.`);
	return goals;
}
