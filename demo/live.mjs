/**
 * The journeys' numbers, asked from the product itself: demo/workflows/status.json answers a webhook with what
 * Journey Control says.
 *
 * @typedef {{ journey: string, workflowId: string, entered: number, active: number, completed: number, exited: number, exitReasons: string,
 *   waiting: number, due: number, held: number, stranded: number, sent: number, skipped: number, failed: number, opened: number, clicked: number,
 *   goals: Array<{ name: string, count: number, value: string, currency: string | null }>, problem: string | null, sendingStopped: boolean }} JourneyRow
 *
 * @param {{ url: string }} n8n @returns {Promise<JourneyRow[]>}
 */
export async function journeyRows(n8n) {
	const response = await fetch(`${n8n.url}/webhook/journeys-demo-status`, { signal: AbortSignal.timeout(30_000) });
	const text = await response.text();
	if (!response.ok) throw new Error(`The status webhook answered ${response.status}: ${text.slice(0, 500)}`);
	const answer = text === '' ? [] : JSON.parse(text);
	return Array.isArray(answer) ? answer.filter((row) => row.workflowId) : [];
}

/** The sums that the live line shows, over all journeys. @param {JourneyRow[]} rows */
export function totals(rows) {
	const sum = (pick) => rows.reduce((total, row) => total + pick(row), 0);
	return {
		entered: sum((row) => row.entered),
		waiting: sum((row) => row.active),
		sent: sum((row) => row.sent),
		opened: sum((row) => row.opened),
		clicked: sum((row) => row.clicked),
		completed: sum((row) => row.completed + row.exited),
		held: sum((row) => row.held),
	};
}

/** @param {ReturnType<typeof totals>} numbers */
export function liveLine({ held, ...numbers }) {
	const parts = Object.entries(numbers).map(([name, value]) => `${name} ${value}`);
	return [...parts, ...(held > 0 ? [`held ${held} (see Journey Control)`] : [])].join('   ');
}
