import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { getEngine } from '../shared/engine';
import { toNodeError } from '../shared/errors';
import { outputsWith } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { stamped } from '../shared/stamp';
import { callEngine, openStep, stepRef, visitsOf } from '../shared/step';
import { readSetting, type Setting } from './config';

export async function splitPeople(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'split');
	const { config, pathField } = settingOf(this);
	const outputs = outputsWith(config.paths.length, opened.failed);
	const shown = (name: string | undefined): IDataObject => (pathField === '' || name === undefined ? {} : { [pathField]: name });
	if (opened.kind === 'manual') {
		const engine = await getEngine(this);
		const ways = await callEngine(this, () => engine.experiments.preview(stepRef(this, 'split'), opened.items.map(({ profile }) => profile), config));
		for (const [n, { index, item, profile }] of opened.items.entries()) outputs[ways[n]?.output ?? 0]?.push(stamped(item, index, { manual: true, profile }, shown(ways[n]?.name)));
		return outputs;
	}
	const { engine, ref, contacts, outside } = opened;
	outputs[0]?.push(...refuseOutside(this, outside));
	if (contacts.length === 0) return outputs;
	const byIndex = new Map(contacts.map((contact) => [contact.index, contact]));
	for (const { index, alive, stamp, output, name } of await callEngine(this, () => engine.experiments.split(ref, visitsOf(contacts), config))) {
		const contact = byIndex.get(index);
		if (contact && alive) outputs[output]?.push(stamped(contact.item, index, stamp, shown(name)));
	}
	return outputs;
}

function settingOf(context: IExecuteFunctions): Setting {
	try {
		return readSetting(context, (name, fallback) => context.getNodeParameter(name, 0, fallback));
	} catch (error) {
		throw toNodeError(context.getNode(), error, 0);
	}
}
