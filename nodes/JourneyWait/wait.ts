import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, StepRef } from '../../engine';
import { settingReader } from '../shared/fields';
import { passManually } from '../shared/manual';
import { outputsWith, passOn } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { parkPeople } from '../shared/park';
import type { WaitSetting } from '../shared/park';
import { settingsOf } from '../shared/settings';
import { outcomeOf, tellOutcome } from '../shared/stamp';
import { callEngine, openStep } from '../shared/step';
import type { Contact } from '../shared/step';
import { outputsOf } from './outputs';
import { readWait, WAIT_SETTINGS } from './settings';

const ON_TIME = 0;
const PASSED = 1;

export async function wait(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'wait');
	const settingFor = settingReader(this, WAIT_SETTINGS, (index) => readWait(this, index));
	const outputCount = outputsOf(this.getNode().parameters).length;
	if (opened.kind === 'manual') return passManually(this, opened, outputCount, ON_TIME, settingFor);

	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(outputCount, [...opened.failed, ...refuseOutside(this, opened.outside)]);
	const waiting = opened.resumed ? await goOn(this, engine, ref, outputs, contacts) : contacts;
	if (waiting.length === 0) return outputs;
	const { read, failed } = settingsOf(this, waiting, settingFor);
	outputs[ON_TIME]?.push(...failed);
	const people = opened.resumed ? read.map(({ contact, setting }) => ({ contact, setting: nextSuchTime(setting) })) : read;
	outputs[ON_TIME]?.push(...(await parkPeople(this, engine, ref, people)));
	return outputs;
}

/** Those who came out of the park: by their outcome. Answers with those who are late and wait again. */
async function goOn(context: IExecuteFunctions, engine: Engine, step: StepRef, outputs: INodeExecutionData[][], contacts: Contact[]): Promise<Contact[]> {
	const setting = (name: string, fallback: string) => context.getNodeParameter(name, 0, fallback);
	const policies = { late: setting('ifLate', 'continue'), passed: setting('ifPassed', 'continue'), missing: setting('ifMissing', 'wait') };
	const told = contacts.map((contact) => {
		const outcome = outcomeOf(contact.item.json);
		return { contact: { ...contact, item: tellOutcome(contact.item) }, outcome, policy: outcome === 'late' || outcome === 'passed' || outcome === 'missing' ? policies[outcome] : 'continue' };
	});
	const leaving = told.filter(({ policy }) => policy === 'exit');
	const routed = told.filter(({ policy }) => policy !== 'exit' && policy !== 'next');
	if (leaving.length > 0) {
		const items = leaving.map(({ contact: { index, stamp }, outcome }) => ({ index, stamp, reason: REASONS[outcome] ?? step.name }));
		await callEngine(context, () => engine.journeys.exit(step, items));
	}
	if (routed.length > 0) {
		const items = routed.map(({ contact: { index, stamp }, policy }) => ({ index, stamp, output: policy === 'output' ? PASSED : ON_TIME }));
		passOn(outputs, routed.map(({ contact }) => contact), await callEngine(context, () => engine.journeys.route(step, items)));
	}
	return told.flatMap(({ contact, policy }) => (policy === 'next' ? [contact] : []));
}

/** As the statistics of the journey count them. */
const REASONS: Record<string, string> = { late: 'their time had come too long ago', passed: 'the date had passed', missing: 'no date to wait for' };

/** What somebody who is late waits for: the same again where it is a time of day, else the time of day at which they should have gone on. */
function nextSuchTime({ shared }: WaitSetting): WaitSetting {
	const { until } = shared;
	if (until !== undefined && 'kind' in until && (until.kind === 'time' || until.kind === 'best')) return { shared };
	return { shared: { ...shared, delayMs: 0, until: { kind: 'sameTime' } } };
}
