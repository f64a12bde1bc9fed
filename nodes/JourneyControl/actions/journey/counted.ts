import { ApplicationError } from 'n8n-workflow';

import type { Engine, SegmentRule } from '../../../../engine';
import { isEngineError } from '../../../../engine';

/** The rule's number of people; a text says what is wrong with it. */
export async function counted(engine: Engine, rule: SegmentRule): Promise<number | string> {
	return await engine.segments.count({ rule }).catch((error: unknown) => {
		if (isEngineError(error) && (error.code === 'RULE_INVALID' || error.code === 'NOT_FOUND')) return error.message;
		return Promise.reject(error instanceof Error ? error : new ApplicationError(String(error)));
	});
}
