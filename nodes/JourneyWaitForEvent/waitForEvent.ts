import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { EventMatch } from '../../engine';
import { canonicalJson } from '../../engine';
import { readEventMatch, settingReader, toMs } from '../shared/fields';
import { passManually } from '../shared/manual';
import { outputsWith, passOn } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { settingsOf } from '../shared/settings';
import { outcomeOf } from '../shared/stamp';
import { callEngine, groupBy, openStep, visitsOf } from '../shared/step';

const CONTINUED = 0;
const TIMED_OUT = 1;

interface Awaited {
	until: EventMatch;
	delayMs: number;
}

export async function waitForEvent(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'waitForEvent');
	const awaitedBy = settingReader(this, ['event', 'eventFilters', 'timeout', 'timeoutUnit'], (index): Awaited => ({
		until: readEventMatch(this.getNodeParameter('event', index), this.getNodeParameter('eventFilters', index, {})),
		delayMs: toMs(this.getNodeParameter('timeout', index), this.getNodeParameter('timeoutUnit', index), 'Wait at Most'),
	}));
	if (opened.kind === 'manual') {
		const output = this.getNodeParameter('manualOutput', 0, 'continued') === 'timedOut' ? TIMED_OUT : CONTINUED;
		return passManually(this, opened, 2, output, awaitedBy);
	}

	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(2, [...opened.failed, ...refuseOutside(this, opened.outside)]);
	if (opened.resumed) {
		const items = contacts.map(({ index, stamp, item }) => ({
			index,
			stamp,
			output: outcomeOf(item.json) === 'event' ? CONTINUED : TIMED_OUT,
		}));
		passOn(outputs, contacts, await callEngine(this, () => engine.journeys.route(ref, items)));
		return outputs;
	}
	const { read, failed } = settingsOf(this, contacts, awaitedBy);
	outputs[0]?.push(...failed);
	for (const group of groupBy(read, ({ setting }) => setting, canonicalJson)) {
		const items = visitsOf(group.items.map(({ contact }) => contact));
		await callEngine(this, () => engine.journeys.park({ step: ref, items, ...group.key }));
	}
	return outputs;
}
