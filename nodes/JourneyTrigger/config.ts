import type { JourneyConfig, ReEntry } from '../../engine';
import { EngineError } from '../../engine';
import { nameIn, readEventMatch } from '../shared/fields';

const RE_ENTRIES: readonly ReEntry[] = ['never', 'afterLeaving', 'anyTime'];

/** A day in fewer seconds than this would let a wait of minutes end before its pump has polled once. */
const SHORTEST_DAY_SECONDS = 1;

/** The node's settings as the engine's. `read` gives a parameter or the fallback. Throws BAD_INPUT. */
export function readConfig(workflowName: string, read: (name: string, fallback: unknown) => unknown): JourneyConfig {
	const options = read('options', {}) as { journeyName?: unknown; onFailure?: unknown; virtualDaySeconds?: unknown };
	const reEntry = read('reEntry', 'afterLeaving') as ReEntry;
	if (!RE_ENTRIES.includes(reEntry)) throw new EngineError('BAD_INPUT', 'Enter Again is not one of Never, After Leaving, Any Time. Choose one.');
	const name = typeof options.journeyName === 'string' ? options.journeyName.trim() : '';
	const daySeconds = virtualDay(options.virtualDaySeconds);
	return {
		name: name === '' ? workflowName : name,
		entry: readEntry(read),
		reEntry,
		...(read('exitOnEvent', false) === true
			? { exitOn: readEventMatch(read('exitEvent', ''), read('exitFilters', {}), 'Exit Event') }
			: {}),
		fields: namesIn(read('fields', '')),
		carryEvent: read('carryEvent', true) === true,
		...(daySeconds === null ? {} : { virtualDaySeconds: daySeconds }),
		onFailure: options.onFailure === 'retry' ? 'retry' : 'hold',
	};
}

function readEntry(read: (name: string, fallback: unknown) => unknown): JourneyConfig['entry'] {
	if (read('entry', 'event') === 'score') return readScoreEntry(read);
	if (read('entry', 'event') === 'stage') {
		const stage = nameIn(read('stage', ''));
		if (stage === '') throw new EngineError('BAD_INPUT', 'Stage is empty. Choose one from the list, or type its name under By Name.');
		return { kind: 'stage', stage };
	}
	const change = read('entry', 'event');
	if (change !== 'segment' && change !== 'segmentLeft') {
		return { kind: 'event', match: readEventMatch(read('event', ''), read('eventFilters', {})) };
	}
	const segment = nameIn(read('segment', ''));
	if (segment === '') throw new EngineError('BAD_INPUT', 'Segment is empty. Choose one from the list, or type its name under By Name.');
	return { kind: 'segment', segment, ...(change === 'segmentLeft' ? { change: 'left' } : {}) };
}

function readScoreEntry(read: (name: string, fallback: unknown) => unknown): JourneyConfig['entry'] {
	const model = nameIn(read('scoreModel', ''));
	if (model === '') throw new EngineError('BAD_INPUT', 'Score Model is empty. Choose one from the list, or type its name under By Name.');
	const level = nameIn(read('scoreBecomes', 'hot'));
	if (level === '') throw new EngineError('BAD_INPUT', '"Becomes" is empty. Enter the bucket or grade that starts the journey, for example hot.');
	return read('scoreLevel', 'bucket') === 'grade' ? { kind: 'score', model, grade: level } : { kind: 'score', model, bucket: level };
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
