import { idOf, mail, named, SETTINGS, step, to, type Drawing } from './drawing';

export const WORKFLOW = 'e2e-two-processes';
export const ENTRY = 'Two Began';

/**
 * A fork whose paths meet again, a split, turns, and a gate around somebody else's service: what is shared by everybody is shared by
 * both processes too.
 *
 *   Began -> Greeting -> Short Wait --> Meet -> Split -a-> Turns -> Tell -Done-> Told
 *                    \-> Long Wait --/             \-b--/       \-Send-> Service -> (back)
 */
export function meetingJourney({ serviceUrl, daySeconds }: { serviceUrl: string; daySeconds: number }): Drawing {
	const nodes = [
		step('journeyTrigger', 'Began', 0, 0, { entry: 'event', event: named(ENTRY), reEntry: 'never', exitOnEvent: false, fields: '', carryEvent: false, options: { journeyName: 'Two Processes', onFailure: 'retry', virtualDaySeconds: daySeconds, batchSize: 10 } }),
		mail('Greeting', 200, 0),
		step('journeyWait', 'Short Wait', 400, -100, { amount: 1, unit: 'days', options: { batchSize: 10 } }),
		step('journeyWait', 'Long Wait', 400, 100, { amount: 2, unit: 'days', options: { batchSize: 10 } }),
		step('journeyJoin', 'Meet', 600, 0, { continueWhen: 'all', timeout: 60, timeoutUnit: 'days', options: { batchSize: 10 } }),
		step('journeySplit', 'Split', 800, 0, { mode: 'percentages', paths: { path: [{ name: 'a', percent: 50 }, { name: 'b', percent: 50 }] }, unit: 'person', options: {} }),
		step('journeyThrottle', 'Turns', 1_000, 0, { people: 1_200, per: 'minute', options: { batchSize: 10 } }),
		step('journeyAnyChannel', 'Tell', 1_200, 0, { channel: 'chat', service: 'Somebody', purpose: 'transactional', address: '', options: { answerWithinMinutes: 1, batchSize: 10 } }),
		{
			id: idOf('Service'), name: 'Service', type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2, position: [1_200, 200] as [number, number],
			parameters: { method: 'POST', url: serviceUrl, sendBody: true, specifyBody: 'json', jsonBody: '={{ { "profile": $json.profileId } }}', options: {} },
		},
		step('journeyGoal', 'Told', 1_400, 0, { goal: 'Told', value: '', currency: '' }),
	];
	const connections: Drawing['connections'] = {
		Began: { main: [to('Greeting')] },
		Greeting: { main: [to('Short Wait', 'Long Wait')] },
		'Short Wait': { main: [to('Meet')] },
		'Long Wait': { main: [to('Meet')] },
		Meet: { main: [to('Split'), to('Split')] },
		Split: { main: [to('Turns'), to('Turns')] },
		Turns: { main: [to('Tell')] },
		Tell: { main: [to('Told'), to('Service')] },
		Service: { main: [to('Tell')] },
	};
	return { id: WORKFLOW, name: 'Two Processes', nodes, connections, settings: SETTINGS };
}
