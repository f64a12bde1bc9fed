import { executeFilter, isFilterValue, NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { BranchRule, MessageRule, RuleSource } from '../../engine';
import { EngineError, isEngineError } from '../../engine';
import { toNodeError } from '../shared/errors';
import { entriesIn, messageStepIn, readBy, varyByItem } from '../shared/fields';
import { outputsOf } from './outputs';

/** What the output of the others is called; the engine counts and remembers it by this name as well. */
export const REMAINDER = 'Remainder';

type Context = IExecuteFunctions | ITriggerFunctions;
export type Parameter = (name: string, fallback: unknown) => unknown;

/** A rule of the panel, before its values are read. */
export interface DrawnRule {
	name: string;
	/** Asks for something in the item. */
	ofItem: boolean;
	/** Path of its parameters. */
	path: string;
}

/** The rules as they are drawn. Throws BAD_INPUT when outputs could not be told apart. */
export function drawnRules(context: Context): DrawnRule[] {
	const { parameters } = context.getNode();
	const rules = entriesIn(parameters.rules, 'rule');
	const names = outputsOf(parameters as Parameters<typeof outputsOf>[0]).slice(0, -1).map(({ displayName }) => displayName);
	if (rules.length === 0) throw new EngineError('BAD_INPUT', 'There is no rule, so everybody would leave by Remainder. Add one under Rules.');
	for (const name of names) {
		if (name.toLowerCase() === REMAINDER.toLowerCase()) throw new EngineError('BAD_INPUT', `No rule can be called "${name}": that is the output of everybody else. Choose another Output Name.`);
		if (names.filter((other) => other === name).length > 1) throw new EngineError('BAD_INPUT', `Two rules are called "${name}". Give each an Output Name of its own: people are remembered by it.`);
	}
	return rules.map(({ by }, n) => ({ name: names[n] ?? '', ofItem: by === 'item', path: `rules.rule[${n}]` }));
}

/** Whether a rule on the person holds an expression; those on the item always may. */
export function varyByPerson(context: Context): boolean {
	const node = context.getNode();
	const rules = entriesIn(node.parameters.rules, 'rule').filter(({ by }) => by !== 'item').map((rule) => ({ ...rule, conditions: undefined }));
	return varyByItem({ getNode: () => ({ ...node, parameters: { rules: rules as never } }) }, ['rules']);
}

/** The rules as the engine's, in their order. Throws where something is missing, naming the rule. */
export function readRules(context: Context, drawn: readonly DrawnRule[], parameter: Parameter): BranchRule[] {
	return drawn.map(({ name, ofItem, path }) => {
		const own: Parameter = (field, fallback) => parameter(`${path}.${field}`, fallback);
		try {
			return { name, by: ofItem ? null : own('by', 'rule') === 'message' ? readMessage(context, own) : readBy(own) };
		} catch (error) {
			throw isEngineError(error) ? new NodeOperationError(context.getNode(), `Rule "${name}": ${error.message}`) : toNodeError(context.getNode(), error);
		}
	});
}

/** Only messages of this run: a click in the mail of an earlier one is not meant. */
function readMessage(context: Context, own: Parameter): RuleSource {
	const step = messageStepIn(context, own('messageStep', ''));
	const rule: MessageRule = {
		message: own('happened', 'clicked') as MessageRule['message'], workflow: String(context.getWorkflow().id), ...(step === '' ? {} : { step }), sinceEnrollment: true,
	};
	return { rule: own('never', false) === true ? { none: [rule] } : rule };
}

/**
 * Whether the conditions hold for the item, whose expressions are worked out already. n8n's own `extractValue: true` finds no field whose
 * neighbours say whether it is shown, once it stands inside a list. Throws BAD_INPUT without a condition: that would hold for everyone.
 */
export function holdsForItem({ name }: DrawnRule, conditions: unknown, itemIndex: number): boolean {
	if (!isFilterValue(conditions as never)) throw new EngineError('BAD_INPUT', `Rule "${name}" has no condition. Add one under Conditions, or remove the rule.`);
	const filter = conditions as unknown as Parameters<typeof executeFilter>[0];
	if (filter.conditions.length === 0) throw new EngineError('BAD_INPUT', `Rule "${name}" has no condition. Add one under Conditions, or remove the rule.`);
	return executeFilter(filter, { itemIndex });
}
