import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { passManually } from '../shared/manual';
import { outputsWith, passOn } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { callEngine, openStep, visitsOf } from '../shared/step';
import { toNodeError } from '../shared/errors';
import { limitOf } from './fields';

export async function throttle(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'throttle');
	if (opened.kind === 'manual') return passManually(this, opened, 1, 0, () => limitOf(this));

	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(1, [...opened.failed, ...refuseOutside(this, opened.outside)]);
	if (opened.resumed) {
		const items = contacts.map(({ index, stamp }) => ({ index, stamp, output: 0 }));
		passOn(outputs, contacts, await callEngine(this, () => engine.journeys.route(ref, items)));
		return outputs;
	}
	if (contacts.length === 0) return outputs;
	const limit = readLimit(this);
	await callEngine(this, () => engine.journeys.throttle(ref, visitsOf(contacts), limit));
	return outputs;
}

function readLimit(context: IExecuteFunctions): ReturnType<typeof limitOf> {
	try {
		return limitOf(context);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}
