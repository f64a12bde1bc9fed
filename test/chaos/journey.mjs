/** Where people come to wait for their order, and what it is called. */
export const ORDER_STEP = 'chaos-order';
/** Who comes here did not order in time. */
export const AFTER_TIME_OUT = 'chaos-mail-three';
export const EVENTS = { entry: 'Chaos Began', order: 'Chaos Ordered' };
export const WORKFLOW = 'chaos-journey';

/** The waits in days of the virtual clock. The order's is long: it must outlast several restarts of n8n on a slow machine. */
const DAYS = { first: 1, aside: 2, order: 20, last: 1 };

const ours = (id, type, name, x, y, parameters) => ({ id: `chaos-${id}`, name, type: `n8n-nodes-journeys.${type}`, typeVersion: 1, position: [x, y], parameters });
const named = (value) => ({ __rl: true, mode: 'name', value });

/** `subject`: the same in two variants, so that whoever got both got a mail twice. */
function mail(id, name, x, y, subject = name) {
	return ours(id, 'journeyEmail', name, x, y, {
		purpose: 'marketing', topic: '', fromName: 'Chaos', fromAddress: 'chaos@example.com', contentSource: 'html', subject: `${subject} {{ profile.user_id }}`, preheader: '',
		html: `<p>${name} for {{ profile.email }}</p><p><a href="{{ links.unsubscribeUrl }}">Unsubscribe</a></p>`, options: {},
	});
}

/**
 * Three mails, waits for a time and for an event, a fork, a filter, a split, a Code node and an HTTP Request that replaces the JSON and has
 * effects elsewhere. Every way through it is decided by who the person is, so that two runs can be compared person by person: a split
 * draws by the profile's number, and an import numbers its rows in their order.
 *
 *   Began -> Mail One -> First Wait -> Paying? -in-> Service -> Split -long-> Mail Two ------> Order? -ordered-> Ordered
 *                     \                       \-out-> Note --/      \-short-> Mail Two Short --/     \-timed out-> Mail Three -> Last Wait -> Gave Up (exit)
 *                      -> Wait Aside -> Aside
 * @param {{ serviceUrl: string, daySeconds: number }} options
 */
export function chaosJourney({ serviceUrl, daySeconds }) {
	const paying = ['plus', 'pro'].map((value) => ({ attribute: named('plan'), operator: 'equals', value }));
	const batch = { batchSize: 50 };
	const nodes = [
		ours('trigger', 'journeyTrigger', 'Began', 0, 0, {
			entry: 'event', event: named(EVENTS.entry), reEntry: 'never', exitOnEvent: false, fields: 'plan', carryEvent: false,
			// Stopped again and again, n8n fails executions by itself ("Timeout waiting for lock SqliteWriteConnectionMutex"), the same person's more than three times.
			options: { journeyName: 'Chaos', onFailure: 'retry', retries: 20, virtualDaySeconds: daySeconds, ...batch },
		}),
		mail('mail-one', 'Mail One', 220, 0),
		ours('first-wait', 'journeyWait', 'First Wait', 440, 0, { amount: DAYS.first, unit: 'days', options: batch }),
		ours('aside-wait', 'journeyWait', 'Wait Aside', 440, 200, { amount: DAYS.aside, unit: 'days', options: batch }),
		ours('aside', 'journeyGoal', 'Aside', 660, 200, { goal: 'Aside', value: '', currency: '' }),
		ours('paying', 'segmentFilter', 'Paying?', 660, 0, { by: 'rule', combineGroups: 'all', rule: { group: [{ combine: 'any', conditions: { attribute: paying } }] }, options: {} }),
		{
			id: 'chaos-service', name: 'Service', type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2, position: [880, -100],
			parameters: { method: 'POST', url: serviceUrl, sendBody: true, specifyBody: 'json', jsonBody: '={{ { "profile": $json.profileId } }}', options: {} },
		},
		{
			id: 'chaos-note', name: 'Note', type: 'n8n-nodes-base.code', typeVersion: 2, position: [880, 100],
			parameters: { mode: 'runOnceForEachItem', language: 'javaScript', jsCode: 'return { json: { noted: true } };' },
		},
		ours('split', 'journeySplit', 'Split', 1100, 0, {
			mode: 'percentages', paths: { path: [{ name: 'long', percent: 60 }, { name: 'short', percent: 40 }] }, unit: 'person', options: { salt: 'chaos' },
		}),
		mail('mail-two', 'Mail Two', 1320, -100),
		mail('mail-two-short', 'Mail Two Short', 1320, 100, 'Mail Two'),
		ours('order', 'journeyWaitForEvent', 'Order?', 1540, 0, { event: named(EVENTS.order), eventFilters: {}, timeout: DAYS.order, timeoutUnit: 'days', options: batch }),
		ours('ordered', 'journeyGoal', 'Ordered', 1760, -100, { goal: 'Ordered', value: '', currency: '' }),
		mail('mail-three', 'Mail Three', 1760, 100),
		ours('last-wait', 'journeyWait', 'Last Wait', 1980, 100, { amount: DAYS.last, unit: 'days', options: batch }),
		ours('gave-up', 'journeyExit', 'Gave Up', 2200, 100, { reason: 'gave up' }),
	];
	const to = (...names) => names.map((node) => ({ node, type: 'main', index: 0 }));
	const connections = {
		Began: { main: [to('Mail One')] },
		'Mail One': { main: [to('First Wait', 'Wait Aside'), to('First Wait')] },
		'First Wait': { main: [to('Paying?')] },
		'Wait Aside': { main: [to('Aside')] },
		'Paying?': { main: [to('Service'), to('Note')] },
		Service: { main: [to('Split')] },
		Note: { main: [to('Split')] },
		Split: { main: [to('Mail Two'), to('Mail Two Short')] },
		'Mail Two': { main: [to('Order?'), to('Order?')] },
		'Mail Two Short': { main: [to('Order?'), to('Order?')] },
		'Order?': { main: [to('Ordered'), to('Mail Three')] },
		'Mail Three': { main: [to('Last Wait'), to('Last Wait')] },
		'Last Wait': { main: [to('Gave Up')] },
	};
	return { id: WORKFLOW, name: 'Chaos', nodes, connections, settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none', saveDataErrorExecution: 'all' } };
}
