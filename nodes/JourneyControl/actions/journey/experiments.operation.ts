import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, ExperimentMetric, ExperimentStatus } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { scopeFields, workflowOf } from '../scope';
import { percent } from './rows';

const displayOptions = { show: { resource: ['journey'], operation: ['experiments'] } };

export const description: INodeProperties[] = [...scopeFields(displayOptions, { all: true })];

/** One item a path of every published Journey Split. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = workflowOf(this, index);
		return (await engine.experiments.status(workflow === undefined ? {} : { workflow })).flatMap(pathRows);
	});
}

function pathRows(experiment: ExperimentStatus): IDataObject[] {
	const { stepName, mode, metric, winner, maturing, since, round, workflow, step } = experiment;
	return experiment.paths.map((path) => ({
		step: stepName,
		path: path.name,
		mode,
		metric: metric === null ? '' : inWords(metric),
		people: path.people,
		matured: path.matured,
		conversions: path.conversions,
		// All in percent. The interval holds at every look at once.
		rate: path.rate === null ? null : percent(path.rate),
		rateFrom: percent(path.interval[0]),
		rateTo: percent(path.interval[1]),
		getsNow: percent(path.allocation),
		probabilityBest: percent(path.probabilityBest),
		lift: path.lift === null ? null : percent(path.lift),
		evidence: path.evidence,
		needed: path.needed,
		winner: winner?.name === path.name,
		winnerSince: winner?.name === path.name ? winner.since : null,
		stillMaturing: maturing,
		since,
		round,
		workflowId: workflow,
		stepId: step,
	}));
}

function inWords(metric: ExperimentMetric): string {
	if (metric.kind === 'goal') return `goal "${metric.goal}"`;
	return metric.kind === 'message' ? `message ${metric.happened}` : `event "${metric.match.event}"`;
}
