import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { settingReader, toMs } from '../shared/fields';
import { passManually } from '../shared/manual';
import { outputsWith, passOn } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { settingsOf } from '../shared/settings';
import { callEngine, groupBy, openStep, visitsOf } from '../shared/step';

export async function wait(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'wait');
	const durationOf = settingReader(this, ['amount', 'unit'], (index) =>
		toMs(this.getNodeParameter('amount', index), this.getNodeParameter('unit', index), 'Wait For'),
	);
	if (opened.kind === 'manual') return passManually(this, opened, 1, 0, durationOf);

	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(1, [...opened.failed, ...refuseOutside(this, opened.outside)]);
	if (opened.resumed) {
		const items = contacts.map(({ index, stamp }) => ({ index, stamp, output: 0 }));
		passOn(outputs, contacts, await callEngine(this, () => engine.journeys.route(ref, items)));
		return outputs;
	}
	const { read, failed } = settingsOf(this, contacts, durationOf);
	outputs[0]?.push(...failed);
	for (const group of groupBy(read, ({ setting }) => setting, String)) {
		const items = visitsOf(group.items.map(({ contact }) => contact));
		await callEngine(this, () => engine.journeys.park({ step: ref, items, delayMs: group.key }));
	}
	return outputs;
}
