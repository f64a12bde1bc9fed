import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { getEngine } from '../shared/engine';
import { readIdentity } from '../shared/fields';
import { outputsWith, passOn } from '../shared/outputs';
import { serveStep } from '../shared/serve';
import { STAMP_KEY } from '../shared/stamp';
import { callEngine, openStep } from '../shared/step';
import { readConfig } from './config';

const TYPE = 'trigger';

/** Tells the engine what starts the journey, and brings in the people for whom it did. */
export async function serve(this: ITriggerFunctions): Promise<ITriggerResponse> {
	const name = this.getWorkflow().name ?? this.getNode().name;
	return await serveStep(this, TYPE, async (engine, step) => {
		await engine.journeys.register(step, readConfig(name, (parameter, fallback) => this.getNodeParameter(parameter, fallback)));
	});
}

export async function enter(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, TYPE);
	// Without a stamp nobody entered: the editor, or `n8n execute` on the command line.
	if (opened.kind === 'manual' || opened.contacts.length === 0) {
		return opened.kind === 'journey' && opened.resumed ? outputsWith(1, opened.failed) : [[await sampleOf(this)]];
	}
	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(1, opened.failed);
	const items = contacts.map(({ index, stamp }) => ({ index, stamp, output: 0 }));
	passOn(outputs, contacts, await callEngine(this, () => engine.journeys.route(ref, items)));
	return outputs;
}

/** What an item of this journey looks like for a chosen person. Reads only. */
async function sampleOf(context: IExecuteFunctions): Promise<INodeExecutionData> {
	const engine = await getEngine(context);
	const sample = await callEngine(context, async () => {
		const name = context.getWorkflow().name ?? context.getNode().name;
		const config = readConfig(name, (parameter, fallback) => context.getNodeParameter(parameter, 0, fallback));
		return await engine.journeys.sample(config, identityOf(context));
	});
	if (sample) return { json: { ...sample.json, [STAMP_KEY]: { manual: true, profile: sample.profile } }, pairedItem: { item: 0 } };
	throw new NodeOperationError(context.getNode(), 'There is nobody to act as', {
		itemIndex: 0,
		description:
			context.getNodeParameter('actAs', 0, 'newest') === 'identity'
				? 'No profile has this identity. Check kind and value, or choose Newest Test Person.'
				: 'No profile is flagged as a test person yet. Make one with Profile Engine (Profile: Create or Update, with Test People turned on), or choose Person by Identity.',
	});
}

function identityOf(context: IExecuteFunctions): ReturnType<typeof readIdentity> {
	if (context.getNodeParameter('actAs', 0, 'newest') !== 'identity') return null;
	const identity = readIdentity(context.getNodeParameter('identityKind', 0, 'email'), context.getNodeParameter('identityValue', 0, ''));
	if (identity) return identity;
	throw new NodeOperationError(context.getNode(), 'Identity Value is empty', {
		itemIndex: 0,
		description: 'Enter whom to act as in the manual run, or choose Newest Test Person.',
	});
}
