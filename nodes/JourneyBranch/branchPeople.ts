import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { BranchPerson, BranchRule, Engine, Identity, VisitResult } from '../../engine';
import { canonicalJson } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem, toNodeError } from '../shared/errors';
import { readIdentity, settingReader } from '../shared/fields';
import { outputsWith } from '../shared/outputs';
import { settingsOf } from '../shared/settings';
import { stamped } from '../shared/stamp';
import { callEngine, groupBy, openStep, type Contact, type OutsideItem } from '../shared/step';
import { drawnRules, holdsForItem, readRules, varyByPerson, type DrawnRule } from './rules';

/** What is asked for one item: the rules, and the answers to those on the item. */
interface Question {
	rules: BranchRule[];
	given: boolean[];
}

type Ask = (itemIndex: number) => Question;

/** A person outside a journey, or of a manual run: looked at, nothing is stored. */
interface Candidate extends OutsideItem {
	profile: number | null;
	manual: boolean;
}

export async function branchPeople(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'branch');
	const drawn = drawnOf(this);
	const outputs = outputsWith(drawn.length + 1, opened.failed);
	const ask = asking(this, drawn);
	if (opened.kind === 'manual') {
		const engine = await getEngine(this);
		await look(this, engine, outputs, await named(this, engine, outputs, drawn, opened.items, true), ask);
		return outputs;
	}
	const { engine, ref, contacts } = opened;
	const { read, failed } = settingsOf(this, contacts, ask);
	outputs[0]?.push(...failed);
	for (const { key: rules, items } of groupBy(read, ({ setting }) => setting.rules, canonicalJson)) {
		const results = await callEngine(this, () => engine.journeys.branch(ref, items.map(({ contact: { index, stamp }, setting: { given } }) => ({ index, stamp, given })), rules));
		passByName(outputs, items.map(({ contact }) => contact), results, rules);
	}
	await look(this, engine, outputs, await named(this, engine, outputs, drawn, opened.outside.map((one) => ({ ...one, profile: null })), false), ask);
	return outputs;
}

function drawnOf(context: IExecuteFunctions): DrawnRule[] {
	try {
		return drawnRules(context);
	} catch (error) {
		throw toNodeError(context.getNode(), error, 0);
	}
}

/** Rules on the person are read once a batch unless an expression makes them; those on the item for each item. */
function asking(context: IExecuteFunctions, drawn: readonly DrawnRule[]): Ask {
	const read = (index: number): BranchRule[] => readRules(context, drawn, (name, fallback) => context.getNodeParameter(name, index, fallback));
	let once: BranchRule[] | undefined;
	const rulesOf = varyByPerson(context) ? read : (index: number) => (once ??= read(index));
	const onItem = drawn.filter(({ ofItem }) => ofItem);
	return (index) => ({
		rules: rulesOf(index),
		given: onItem.map((rule) => holdsForItem(rule, context.getNodeParameter(`${rule.path}.conditions`, index, {}), index)),
	});
}

/** Where somebody leaves whose way was remembered: by the rule's name, which may stand in another place by now. A rule that was removed leaves by Remainder. */
function passByName(outputs: INodeExecutionData[][], contacts: Contact[], results: VisitResult[], rules: readonly BranchRule[]): void {
	const byIndex = new Map(contacts.map((contact) => [contact.index, contact]));
	for (const { index, alive, stamp, output, name } of results) {
		const contact = byIndex.get(index);
		if (!contact || !alive) continue;
		const place = name === rules[output]?.name ? output : rules.findIndex((rule) => rule.name === name);
		outputs[place < 0 ? rules.length : place]?.push(stamped(contact.item, index, stamp));
	}
}

/** Who these items are: whom the trigger acts as, or whom the identity under Options finds. Without a rule on the person nobody need be known. */
async function named(
	context: IExecuteFunctions, engine: Engine, outputs: INodeExecutionData[][], drawn: readonly DrawnRule[], items: ReadonlyArray<OutsideItem & { profile: number | null }>, manual: boolean,
): Promise<Candidate[]> {
	const read = settingReader(context, ['options'], (index) => identityOf(context, index));
	const unknown: Array<{ index: number; identity: Identity }> = [];
	const known = new Map<number, number | null>();
	for (const { index, profile } of items) {
		try {
			const identity = profile === null ? read(index) : null;
			if (identity !== null) unknown.push({ index, identity });
			else if (profile !== null || drawn.every(({ ofItem }) => ofItem)) known.set(index, profile);
			else throw nobody(context, index, manual);
		} catch (error) {
			outputs[0]?.push(failItem(context, error, index));
		}
	}
	const found = unknown.length === 0 ? [] : await callEngine(context, () => engine.scores.find(unknown.map(({ identity }) => identity)));
	for (const [n, { index }] of unknown.entries()) known.set(index, found[n] ?? null);
	return items.flatMap(({ index, item }) => (known.has(index) ? [{ index, item, profile: known.get(index) ?? null, manual }] : []));
}

async function look(context: IExecuteFunctions, engine: Engine, outputs: INodeExecutionData[][], candidates: Candidate[], ask: Ask): Promise<void> {
	const asked: Array<{ candidate: Candidate; question: Question }> = [];
	for (const candidate of candidates) {
		try {
			asked.push({ candidate, question: ask(candidate.index) });
		} catch (error) {
			outputs[0]?.push(failItem(context, error, candidate.index));
		}
	}
	for (const { key: rules, items } of groupBy(asked, ({ question }) => question.rules, canonicalJson)) {
		const people = items.map(({ candidate: { profile }, question: { given } }): BranchPerson => ({ profile, given }));
		const places = await callEngine(context, () => engine.journeys.tryBranch(rules, people));
		for (const [n, { candidate: { index, item, profile, manual } }] of items.entries()) {
			outputs[places[n] ?? rules.length]?.push(manual ? stamped(item, index, { manual: true, profile }) : { ...item, pairedItem: { item: index } });
		}
	}
}

function nobody(context: IExecuteFunctions, itemIndex: number, manual: boolean): NodeOperationError {
	return new NodeOperationError(context.getNode(), 'This item names no person to look at', {
		itemIndex,
		description: manual
			? 'Run the workflow from its Journey Trigger, or set Identity Value under Options.'
			: 'Outside a journey, set Identity Kind and Identity Value under Options, for example email and the field that holds the address.',
	});
}

function identityOf(context: IExecuteFunctions, index: number): Identity | null {
	const options = context.getNodeParameter('options', index, {}) as { identityKind?: unknown; identityValue?: unknown };
	return readIdentity(options.identityKind ?? 'email', options.identityValue);
}
