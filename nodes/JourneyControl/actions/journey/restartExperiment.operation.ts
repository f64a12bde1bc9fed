import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { oneWorkflowOf, scopeFields } from '../scope';
import { stepField } from './stepField';

const displayOptions = { show: { resource: ['journey'], operation: ['restartExperiment'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Begins a new round: what was counted so far and a winner that was found no longer count, and nobody keeps a path or a variant. This cannot be taken back.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...scopeFields(displayOptions, { all: false }),
	{ ...stepField(displayOptions, 'The Journey Split, or the sender with variants', { required: true }), typeOptions: { loadOptionsMethod: 'getSplits', loadOptionsDependsOn: ['scope', 'journey', 'workflowId'] } },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = oneWorkflowOf(this, index);
		const given = String(this.getNodeParameter('step', index, '') ?? '').trim();
		const splits = await engine.experiments.status({ workflow });
		const split = splits.find(({ step }) => step === given) ?? splits.find(({ stepName }) => stepName === given);
		if (split === undefined) {
			throw new NodeOperationError(this.getNode(), given === '' ? 'No Journey Split and no sender with variants is chosen' : `No published Journey Split and no sender with variants of this workflow is named "${given}"`, {
				itemIndex: index,
				description: "Choose one under 'Step'. A split is known once its workflow was published, a sender with variants once it has sent.",
			});
		}
		await engine.experiments.restart(split);
		const [now] = await engine.experiments.status({ workflow, step: split.step });
		return [{ workflowId: workflow, stepId: split.step, step: split.stepName, round: now?.round ?? null, since: now?.since ?? null }];
	});
}
