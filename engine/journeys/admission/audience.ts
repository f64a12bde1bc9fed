import { isEngineError } from '../../kernel';
import { askTotals } from '../../scores';
import { evaluateChanging } from '../../segments';
import type { RuleSource } from '../../segments/types';
import type { Tx } from '../../store';
import { noteProblem } from '../step';

/**
 * Who of these people is in the journey's audience, as this transaction has left them so far; one look for all. null: it cannot be asked,
 * because what it names is gone. That keeps people out and is said at the step: it must not fail the events of everybody else.
 */
export async function insideAudience(tx: Tx, journey: { workflow: string; step: string }, audience: RuleSource, profiles: readonly number[]): Promise<Set<number> | null> {
	try {
		const inside = await evaluateChanging(tx, askTotals, audience, profiles);
		await noteProblem(tx, journey, null);
		return inside;
	} catch (error) {
		if (!isEngineError(error) || (error.code !== 'NOT_FOUND' && error.code !== 'RULE_INVALID')) throw error;
		await noteProblem(tx, journey, `The audience cannot be asked, so nobody enters. ${error.message}`);
		return null;
	}
}
