import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, Identity, RuleSource } from '../../engine';
import { canonicalJson } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { readBy, readIdentity, RULE_SETTINGS, settingReader } from '../shared/fields';
import { outputsWith, passOn } from '../shared/outputs';
import { settingsOf } from '../shared/settings';
import { stamped } from '../shared/stamp';
import { callEngine, groupBy, openStep, visitsOf } from '../shared/step';

const IN = 0;
const OUT = 1;

/** A person outside a journey, or of a manual run: checked read-only. */
interface Candidate {
	index: number;
	item: INodeExecutionData;
	profile: number | null;
	manual: boolean;
}

export async function filterBySegment(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'filter');
	const byOf = settingReader(this, RULE_SETTINGS, (index) => readBy((name, fallback) => this.getNodeParameter(name, name === 'by' ? 0 : index, fallback)));
	if (opened.kind === 'manual') {
		const outputs = outputsWith(2, opened.failed);
		const candidates = opened.items.map((one) => ({ ...one, manual: true }));
		await checkReadOnly(this, await getEngine(this), outputs, candidates, byOf);
		return outputs;
	}

	const { engine, ref, contacts } = opened;
	const outputs = outputsWith(2, opened.failed);
	const { read, failed } = settingsOf(this, contacts, byOf);
	outputs[0]?.push(...failed);
	for (const group of groupBy(read, ({ setting }) => setting, canonicalJson)) {
		const people = group.items.map(({ contact }) => contact);
		passOn(outputs, people, await callEngine(this, () => engine.journeys.filter(ref, visitsOf(people), group.key)));
	}
	const strangers = opened.outside.map((one) => ({ ...one, profile: null, manual: false }));
	await checkReadOnly(this, engine, outputs, strangers, byOf);
	return outputs;
}

async function checkReadOnly(
	context: IExecuteFunctions,
	engine: Engine,
	outputs: INodeExecutionData[][],
	candidates: Candidate[],
	byOf: (itemIndex: number) => RuleSource,
): Promise<void> {
	const checked: Array<{ candidate: Candidate; by: RuleSource; profile: number | null }> = [];
	for (const candidate of candidates) {
		try {
			checked.push({ candidate, by: byOf(candidate.index), profile: await profileOf(context, engine, candidate) });
		} catch (error) {
			outputs[0]?.push(failItem(context, error, candidate.index));
		}
	}
	for (const group of groupBy(checked, ({ by }) => by, canonicalJson)) {
		const profiles = [...new Set(group.items.flatMap(({ profile }) => (profile === null ? [] : [profile])))];
		const members = new Set(profiles.length > 0 ? await callEngine(context, () => engine.segments.evaluate(group.key, profiles)) : []);
		for (const { candidate, profile } of group.items) {
			outputs[profile !== null && members.has(profile) ? IN : OUT]?.push(shown(candidate, profile));
		}
	}
}

function shown({ index, item, manual }: Candidate, profile: number | null): INodeExecutionData {
	return manual ? stamped(item, index, { manual: true, profile }) : { ...item, pairedItem: { item: index } };
}

async function profileOf(context: IExecuteFunctions, engine: Engine, { index, profile, manual }: Candidate): Promise<number | null> {
	if (profile !== null) return profile;
	const identity = identityOf(context, index);
	if (identity) return (await engine.profiles.get(identity))?.id ?? null;
	throw new NodeOperationError(context.getNode(), 'This item names no person to check', {
		itemIndex: index,
		description: manual
			? 'Run the workflow from its Journey Trigger, or set Identity Value under Options.'
			: 'Outside a journey, set Identity Kind and Identity Value under Options, for example email and the field that holds the address.',
	});
}

function identityOf(context: IExecuteFunctions, index: number): Identity | null {
	const options = context.getNodeParameter('options', index, {}) as { identityKind?: unknown; identityValue?: unknown };
	return readIdentity(options.identityKind ?? 'email', options.identityValue);
}
