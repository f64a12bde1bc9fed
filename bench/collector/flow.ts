export const WRITE_KEY = 'wk_bench_collector';

/** A workflow with just the collector, behind n8n's own webhook. */
export function collectorWorkflow(): object {
	return {
		id: 'collector-bench',
		name: 'Collector benchmark',
		active: false,
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				id: 'collector-bench-trigger', name: 'Journey Collector Trigger', type: 'n8n-nodes-journeys.journeyCollectorTrigger', typeVersion: 1,
				position: [0, 0], webhookId: 'collector-bench', parameters: { pathPrefix: 'bench-events' },
				credentials: { journeyCollectorApi: { id: 'collector-bench-keys', name: 'Write keys' } },
			},
		],
		connections: {},
	};
}
