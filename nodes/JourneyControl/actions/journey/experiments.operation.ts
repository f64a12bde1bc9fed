import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, ExperimentMetric, ExperimentStatus, PathStatus } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { scopeFields, workflowOf } from '../scope';
import { percent } from './rows';

const displayOptions = { show: { resource: ['journey'], operation: ['experiments'] } };

export const description: INodeProperties[] = [...scopeFields(displayOptions, { all: true })];

/** One item a path of every published Journey Split, and a variant of every sender with variants; of several factors also one an alternative. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = workflowOf(this, index);
		return (await engine.experiments.status(workflow === undefined ? {} : { workflow })).flatMap((experiment) => [...experiment.paths.map((path) => pathRow(experiment, path)), ...factorRows(experiment)]);
	});
}

const NO_MESSAGES = { sent: null, delivered: null, opened: null, clicked: null, unsubscribed: null, complained: null };

/** Every row has the same columns. */
function pathRow(experiment: ExperimentStatus, path: PathStatus): IDataObject {
	const { winner } = experiment;
	return {
		...measured(experiment, path),
		factor: '',
		people: path.people,
		...(path.messages ?? NO_MESSAGES),
		getsNow: percent(path.allocation),
		probabilityBest: percent(path.probabilityBest),
		lift: path.lift === null ? null : percent(path.lift),
		winner: winner?.name === path.name,
		winnerSince: winner?.name === path.name ? winner.since : null,
	};
}

/** Whatever the other factors were; of people and messages the combinations tell. */
function factorRows(experiment: ExperimentStatus): IDataObject[] {
	return (experiment.factors ?? []).flatMap(({ name: factor, alternatives, winner }) => alternatives.map((alternative) => ({
		...measured(experiment, alternative),
		factor,
		people: null,
		...NO_MESSAGES,
		getsNow: null,
		probabilityBest: null,
		lift: null,
		winner: winner?.name === alternative.name,
		winnerSince: winner?.name === alternative.name ? winner.since : null,
	})));
}

function measured({ stepName, mode, metric, maturing, since, round, workflow, step }: ExperimentStatus, path: NonNullable<ExperimentStatus['factors']>[number]['alternatives'][number]): IDataObject {
	return {
		step: stepName,
		path: path.name,
		mode,
		metric: metric === null ? '' : inWords(metric),
		matured: path.matured,
		conversions: path.conversions,
		// All in percent. The interval holds at every look at once.
		rate: path.rate === null ? null : percent(path.rate),
		rateFrom: percent(path.interval[0]),
		rateTo: percent(path.interval[1]),
		evidence: path.evidence,
		needed: path.needed,
		// More people leave or complain after it than after another: it never wins.
		harmful: path.harmful ?? false,
		stillMaturing: maturing,
		since,
		round,
		workflowId: workflow,
		stepId: step,
	};
}

function inWords(metric: ExperimentMetric): string {
	if (metric.kind === 'goal') return `goal "${metric.goal}"`;
	if (metric.kind === 'own') return metric.happened === 'converted' && metric.goal !== undefined ? `converted: goal "${metric.goal}"` : metric.happened;
	return metric.kind === 'message' ? `message ${metric.happened}` : `event "${metric.match.event}"`;
}
