import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { EngineError } from '../../engine';
import { settingReader } from '../shared/fields';
import { passManually } from '../shared/manual';
import { outputsWith, passOn } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { settingsOf } from '../shared/settings';
import { callEngine, openStep } from '../shared/step';

interface Goal {
	name: string;
	value?: string;
	currency?: string;
}

export async function reachGoal(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'goal');
	const goalOf = settingReader(this, ['goal', 'value', 'currency'], (index) =>
		readGoal(this.getNodeParameter('goal', index, ''), this.getNodeParameter('value', index, ''), this.getNodeParameter('currency', index, '')),
	);
	if (opened.kind === 'manual') return passManually(this, opened, 1, 0, goalOf);

	const outputs = outputsWith(1, [...opened.failed, ...refuseOutside(this, opened.outside)]);
	const { read, failed } = settingsOf(this, opened.contacts, goalOf);
	outputs[0]?.push(...failed);
	if (read.length === 0) return outputs;
	const items = read.map(({ contact: { index, stamp }, setting }) => ({ index, stamp, ...setting }));
	passOn(outputs, opened.contacts, await callEngine(this, () => opened.engine.journeys.goal(opened.ref, items)));
	return outputs;
}

/** Money stays decimal text: a binary fraction would lose cents in sums. */
function readGoal(goal: unknown, amount: unknown, code: unknown): Goal {
	const name = textOf(goal);
	if (name === '') throw new EngineError('BAD_INPUT', 'Goal is empty. Name what was reached, for example "First Order".');
	const value = textOf(amount);
	if (value === '') return { name };
	if (!/^-?\d{1,15}(\.\d{1,6})?$/.test(value)) {
		throw new EngineError('BAD_INPUT', 'Value is not a plain decimal number. Write it like 49.90, without a currency sign or separators for thousands.');
	}
	const currency = textOf(code).toUpperCase();
	if (currency === '') return { name, value };
	if (!/^[A-Z]{3}$/.test(currency)) {
		throw new EngineError('BAD_INPUT', 'Currency is no three-letter code. Enter for example EUR or USD, or leave it empty for the one in Profile Engine: Settings.');
	}
	return { name, value, currency };
}

function textOf(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}
