/** The two workflows of the benchmark: the same flow with Journey Wait and with n8n's own Wait, and the same settings. */

export const OURS = { id: 'wake-bench-ours', event: 'Wake Bench', wait: 'wake-bench-wait' };
export const NATIVE = { id: 'wake-bench-native', path: 'wake-bench' };

/** n8n keeps no successful execution on either side: a journey's history is the engine's, and the native side saves the writes too. */
const settings = { executionOrder: 'v1', saveDataSuccessExecution: 'none', saveDataErrorExecution: 'all', saveManualExecutions: false };

/** The same Edit Fields on both sides: it sets a text, fixed or an expression of the contact's data. */
function greet(x: number, expression: boolean) {
	return {
		id: `greet-${x}`, name: 'Greet', type: 'n8n-nodes-base.set', typeVersion: 3.4, position: [x, 0],
		parameters: {
			mode: 'manual', includeOtherFields: true, options: {},
			assignments: { assignments: [{ id: 'greeting', name: 'greeting', type: 'string', value: expression ? '=Hello {{ $json.first_name }}' : 'Hello' }] },
		},
	};
}

function chain(names: string[]) {
	return Object.fromEntries(names.slice(0, -1).map((name, index) => [name, { main: [[{ node: names[index + 1], type: 'main', index: 0 }]] }]));
}

/** Journey Trigger -> Journey Wait -> Edit Fields -> Journey Goal. */
export function journeyFlow(batchSize: number, expression: boolean) {
	const ours = (id: string, name: string, type: string, x: number, parameters: object) =>
		({ id, name, type: `n8n-nodes-journeys.${type}`, typeVersion: 1, position: [x, 0], parameters });
	return {
		id: OURS.id, name: 'Wake benchmark: Journey Wait', settings,
		nodes: [
			ours('wake-bench-trigger', 'Start', 'journeyTrigger', 0, {
				entry: 'event', event: { __rl: true, mode: 'name', value: OURS.event }, reEntry: 'afterLeaving', fields: 'first_name, plan', carryEvent: true, options: { batchSize },
			}),
			ours(OURS.wait, 'Pause', 'journeyWait', 240, { amount: 30, unit: 'days', options: { batchSize } }),
			greet(480, expression),
			ours('wake-bench-goal', 'Woken', 'journeyGoal', 720, { goal: 'Woken' }),
		],
		connections: chain(['Start', 'Pause', 'Greet', 'Woken']),
	};
}

/** Webhook -> Wait -> Edit Fields. */
export function nativeFlow(expression: boolean) {
	return {
		id: NATIVE.id, name: "Wake benchmark: n8n's Wait", settings,
		nodes: [
			{
				id: 'wake-bench-webhook', name: 'Start', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: NATIVE.path,
				parameters: { httpMethod: 'POST', path: NATIVE.path, responseMode: 'onReceived', options: {} },
			},
			{
				id: 'wake-bench-native-wait', name: 'Pause', type: 'n8n-nodes-base.wait', typeVersion: 1.1, position: [240, 0],
				parameters: { resume: 'timeInterval', amount: 30, unit: 'days' }, webhookId: 'wake-bench-native-wait',
			},
			greet(480, expression),
		],
		connections: chain(['Start', 'Pause', 'Greet']),
	};
}

/** One contact's data: on both sides of the same size. */
export function contact(n: number) {
	return {
		first_name: `Person ${n}`, plan: ['free', 'plus', 'business'][n % 3] ?? 'free', city: `City ${n % 90}`,
		event: { sku: `sku-${n % 400}`, name: `A nice product, number ${n % 400}`, price: (n % 500) / 10, currency: 'EUR', quantity: 1 + (n % 3) },
	};
}
