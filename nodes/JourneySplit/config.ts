import type { IExecuteFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { ExperimentMetric, SplitConfig } from '../../engine';
import { EngineError } from '../../engine';
import { entriesIn, messageStepIn, nameIn, readEventMatch, toMs } from '../shared/fields';
import { outputsOf } from './outputs';

interface Options {
	floorPercent?: unknown;
	salt?: unknown;
	pathField?: unknown;
	minimumPeople?: unknown;
	riskPercent?: unknown;
}

/** How the node is set, the same for all items. */
export interface Setting {
	config: SplitConfig;
	/** '' for none. */
	pathField: string;
}

/** Throws BAD_INPUT where something is missing; the engine checks the rest. */
export function readSetting(context: IExecuteFunctions | ITriggerFunctions, read: (name: string, fallback: unknown) => unknown): Setting {
	const mode = read('mode', 'percentages') as SplitConfig['mode'];
	const options = read('options', {}) as Options;
	const names = outputsOf(context.getNode().parameters as Parameters<typeof outputsOf>[0]).map(({ displayName }) => displayName);
	const paths = entriesIn(read('paths', {}), 'path').map(({ percent }, n) => ({ name: names[n] ?? '', ...(mode === 'percentages' ? { percent: Number(percent ?? 50) } : {}) }));
	const unit = read('unit', 'person') as SplitConfig['unit'];
	const pathField = String(options.pathField ?? '').trim();
	if (mode === 'percentages') {
		const salt = String(options.salt ?? '').trim();
		return { config: { mode, paths, unit, ...(salt === '' ? {} : { salt }) }, pathField };
	}
	return {
		config: {
			mode, paths, unit, metric: readMetric(context, read), windowMs: toMs(read('window', 7), read('windowUnit', 'days'), 'Within'),
			alpha: Number(options.riskPercent ?? 5) / 100, minimumPeople: Number(options.minimumPeople ?? 100),
			...(mode === 'bandit' ? { floorPercent: Number(options.floorPercent ?? 2) } : { sendToWinner: read('sendToWinner', false) === true }),
		},
		pathField,
	};
}

function readMetric(context: IExecuteFunctions | ITriggerFunctions, read: (name: string, fallback: unknown) => unknown): ExperimentMetric {
	switch (read('metric', 'goal')) {
		case 'event': return { kind: 'event', match: readEventMatch(read('event', ''), read('filters', {}), 'Event') };
		case 'message': {
			const step = messageStepIn(context, read('messageStep', ''));
			return { kind: 'message', happened: read('happened', 'clicked') as 'opened' | 'clicked' | 'replied', ...(step === '' ? {} : { step }) };
		}
		default: {
			const goal = nameIn(read('goal', ''));
			if (goal === '') throw new EngineError('BAD_INPUT', 'Goal is empty. Enter the name that the Journey Goal has.');
			return { kind: 'goal', goal };
		}
	}
}
