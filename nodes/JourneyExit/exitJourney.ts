import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { EngineError } from '../../engine';
import { settingReader } from '../shared/fields';
import { passManually } from '../shared/manual';
import { refuseOutside } from '../shared/outside';
import { settingsOf } from '../shared/settings';
import { callEngine, openStep } from '../shared/step';

export async function exitJourney(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'exit');
	const reasonOf = settingReader(this, ['reason'], (index) => {
		const reason = String(this.getNodeParameter('reason', index, '') ?? '').trim();
		if (reason === '') throw new EngineError('BAD_INPUT', 'Reason is empty. Say why people leave the journey here, for example "bought meanwhile".');
		return reason;
	});
	if (opened.kind === 'manual') {
		passManually(this, opened, 1, 0, reasonOf);
		return [];
	}
	refuseOutside(this, opened.outside);
	const { read } = settingsOf(this, opened.contacts, reasonOf);
	const items = read.map(({ contact: { index, stamp }, setting: reason }) => ({ index, stamp, reason }));
	if (items.length > 0) await callEngine(this, () => opened.engine.journeys.exit(opened.ref, items));
	return [];
}
