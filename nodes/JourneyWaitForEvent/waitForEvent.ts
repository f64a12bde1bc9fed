import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { settingReader } from '../shared/fields';
import { passManually } from '../shared/manual';
import { outputsWith, passOn } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { parkPeople } from '../shared/park';
import { settingsOf } from '../shared/settings';
import { outcomeOf, tellOutcome } from '../shared/stamp';
import { callEngine, openStep } from '../shared/step';
import { AWAITED_SETTINGS, readAwaited } from './settings';

const CONTINUED = 0;
const TIMED_OUT = 1;

export async function waitForEvent(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'waitForEvent');
	const awaitedBy = settingReader(this, AWAITED_SETTINGS, (index) => readAwaited(this, index));
	if (opened.kind === 'manual') {
		const output = this.getNodeParameter('manualOutput', 0, 'continued') === 'timedOut' ? TIMED_OUT : CONTINUED;
		return passManually(this, opened, 2, output, awaitedBy);
	}

	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(2, [...opened.failed, ...refuseOutside(this, opened.outside)]);
	if (opened.resumed) {
		const told = contacts.map((contact) => ({ ...contact, item: tellOutcome(contact.item) }));
		const items = told.map(({ index, stamp, item }) => ({
			index,
			stamp,
			output: outcomeOf(item.json) === 'event' ? CONTINUED : TIMED_OUT,
		}));
		passOn(outputs, told, await callEngine(this, () => engine.journeys.route(ref, items)));
		return outputs;
	}
	const { read, failed } = settingsOf(this, contacts, awaitedBy);
	outputs[CONTINUED]?.push(...failed, ...(await parkPeople(this, engine, ref, read.map(({ contact, setting }) => ({ contact, setting: { shared: setting } })))));
	return outputs;
}
