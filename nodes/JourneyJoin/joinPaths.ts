import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { settingReader, toMs } from '../shared/fields';
import { passManually } from '../shared/manual';
import type { ManualItem } from '../shared/manual';
import { outputsWith, passOn } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { settingsOf } from '../shared/settings';
import { outcomeOf } from '../shared/stamp';
import { callEngine, groupBy, openStep, visitsOf } from '../shared/step';
import { joinsAhead, needOf, pathOf } from './paths';

const JOINED = 0;
const TIMED_OUT = 1;

export async function joinPaths(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'join');
	const timeoutOf = settingReader(this, ['timeout', 'timeoutUnit'], (index) =>
		toMs(this.getNodeParameter('timeout', index), this.getNodeParameter('timeoutUnit', index), 'Wait at Most'),
	);
	if (opened.kind === 'manual') {
		const output = this.getNodeParameter('manualOutput', 0, 'joined') === 'timedOut' ? TIMED_OUT : JOINED;
		return passManually(this, { ...opened, items: firstOfEach(this, opened.items) }, 2, output, timeoutOf);
	}

	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(2, [...opened.failed, ...refuseOutside(this, opened.outside)]);
	if (opened.resumed) {
		const items = contacts.map(({ index, stamp, item }) => ({ index, stamp, output: outcomeOf(item.json) === 'timeout' ? TIMED_OUT : JOINED }));
		passOn(outputs, contacts, await callEngine(this, () => engine.journeys.route(ref, items)));
		return outputs;
	}
	if (contacts.length === 0) return outputs;
	const { read, failed } = settingsOf(this, contacts, timeoutOf);
	outputs[JOINED]?.push(...failed);
	const about = { step: ref, path: pathOf(this), needed: needOf(this).needed, ahead: joinsAhead(this) };
	for (const group of groupBy(read, ({ setting }) => setting, String)) {
		const items = visitsOf(group.items.map(({ contact }) => contact));
		await callEngine(this, () => engine.journeys.join({ ...about, items, timeoutMs: group.key }));
	}
	return outputs;
}

/** n8n calls this node once for each line: in the editor a person goes on from the first, as one. */
function firstOfEach(context: IExecuteFunctions, items: ManualItem[]): ManualItem[] {
	const seen = context.getContext('node') as { passed?: Array<number | null> };
	const passed = (seen.passed ??= []);
	const fresh = items.filter(({ profile }) => !passed.includes(profile));
	seen.passed = [...passed, ...fresh.map(({ profile }) => profile)];
	return fresh;
}
