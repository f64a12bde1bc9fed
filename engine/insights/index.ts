import { explain, type ExplainDeps } from './explain';
import { startTest, type TestDeps } from './test-run';
import { timeline } from './timeline';
import type { InsightsApi } from './types';

export type * from './types';

/** What can be said about people in journeys from all that is recorded, and tests of journeys with test people. */
export function createInsights(deps: ExplainDeps & TestDeps): InsightsApi {
	return {
		explain: (request) => explain(deps, request),
		startTest: (request) => startTest(deps, request),
		timeline: (request) => timeline(deps.store, request),
	};
}
