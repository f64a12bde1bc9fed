import { hook, idOf, mail, named, SETTINGS, step, to, type DrawnNode, type Drawing } from './drawing';

export const WORKFLOW = 'e2e-editing';
export const EVENTS = { entry: 'Edited Began', go: 'Edited Goes On' };

/** Each lane is a wait and the mail behind it; what is done to the lane while people wait in it. */
export const LANES = ['changed', 'moved', 'renamed', 'deleted', 'behind'] as const;
export type Lane = (typeof LANES)[number];

export function wait(name: string, x: number, y: number, timeout = 30, id = idOf(name)): DrawnNode {
	return step('journeyWaitForEvent', name, x, y, { event: named(EVENTS.go), eventFilters: {}, timeout, timeoutUnit: 'days' }, id);
}

/** Began -> Hello -> Lane? -> a wait for the event and a mail for each lane -> Through (goal) */
export function firstDrawing(): Drawing {
	const rule = (lane: Lane) => ({ name: lane, by: 'rule', combineGroups: 'all', rule: { group: [{ combine: 'any', conditions: { attribute: [{ attribute: named('lane'), operator: 'equals', value: lane }] } }] } });
	const waits = LANES.map((lane) => `Wait ${lane}`);
	const mails = LANES.map((lane) => `Mail ${lane}`);
	const nodes = [
		step('journeyTrigger', 'Began', 0, 0, { entry: 'event', event: named(EVENTS.entry), reEntry: 'never', exitOnEvent: false, fields: '', carryEvent: false, options: { journeyName: 'Editing' } }),
		mail('Hello', 200, 0),
		step('journeyBranch', 'Lane', 400, 0, { rules: { rule: LANES.map(rule) }, options: {} }),
		...waits.map((name, n) => wait(name, 600, n * 200)),
		...mails.map((name, n) => mail(name, 800, n * 200)),
		step('journeyGoal', 'Through', 1_000, 0, { goal: 'Through', value: '', currency: '' }),
	];
	const connections: Drawing['connections'] = {
		Began: { main: [to('Hello')] },
		Hello: { main: [to('Lane'), to('Lane')] },
	};
	for (const [n, name] of waits.entries()) connections[name] = { main: [to(mails[n] ?? ''), to(mails[n] ?? '')] };
	for (const name of mails) connections[name] = { main: [to('Through')] };
	// Here the mail comes first.
	connections.Lane = { main: LANES.map((lane) => to(lane === 'behind' ? 'Mail behind' : `Wait ${lane}`)) };
	connections['Mail behind'] = { main: [to('Wait behind'), to('Wait behind')] };
	connections['Wait behind'] = { main: [to('Through'), to('Through')] };
	return { id: WORKFLOW, name: 'Editing', nodes, connections, settings: SETTINGS };
}

/**
 * What somebody makes of it while people wait in every lane. Changed: another limit of the wait, another subject of its mail. Moved: wait and mail
 * stand elsewhere, with a step in between. Renamed: both, and the greeting that everybody has had. Deleted: the wait is gone, its mail has nothing before it.
 * Behind: the mail that they have is put behind the wait at which they stand.
 */
export function editedDrawing(): Drawing {
	const drawing = firstDrawing();
	const place = (name: string, node: DrawnNode) => drawing.nodes.splice(drawing.nodes.findIndex((one) => one.name === name), 1, node);
	const { connections } = drawing;
	place('Wait changed', wait('Wait changed', 600, 0, 60));
	place('Mail changed', mail('Mail changed', 800, 0, 'Mail changed, in new words'));
	place('Wait moved', wait('Wait moved', 600, 1_200));
	place('Mail moved', mail('Mail moved', 1_000, 1_200));
	drawing.nodes.push(step('journeyGoal', 'In Between', 800, 1_200, { goal: 'In Between', value: '', currency: '' }));
	connections['Wait moved'] = { main: [to('In Between'), to('In Between')] };
	connections['In Between'] = { main: [to('Mail moved')] };
	place('Hello', mail('Greeting', 200, 0, 'Hello', idOf('Hello')));
	connections.Began = { main: [to('Greeting')] };
	connections.Greeting = connections.Hello ?? { main: [] };
	delete connections.Hello;
	place('Wait renamed', wait('Pause', 600, 400, 30, idOf('Wait renamed')));
	place('Mail renamed', mail('Letter', 800, 400, 'Mail renamed', idOf('Mail renamed')));
	connections.Lane = { main: [to('Wait changed'), to('Wait moved'), to('Pause'), [], to('Wait behind')] };
	connections['Wait behind'] = { main: [to('Mail behind'), to('Mail behind')] };
	connections['Mail behind'] = { main: [to('Through'), []] };
	connections.Pause = { main: [to('Letter'), to('Letter')] };
	connections.Letter = { main: [to('Through')] };
	delete connections['Wait renamed'];
	delete connections['Mail renamed'];
	drawing.nodes = drawing.nodes.filter(({ name }) => name !== 'Wait deleted');
	delete connections['Wait deleted'];
	return drawing;
}

/** Journey Control behind two webhooks: Move and Exit of the people that are sent. */
export function controls(): Drawing {
	const whom = { resource: 'journey', scope: 'id', workflowId: WORKFLOW, whom: 'people', profileIds: '={{ $json.body.profileIds }}', step: '' };
	return {
		id: 'e2e-editing-controls', name: 'Editing: controls',
		nodes: [
			hook('Move', 'journeys-e2e-move', 0), step('journeyControl', 'Move Them', 200, 0, { ...whom, operation: 'move', toStep: idOf('Wait renamed'), thereThey: 'keep' }),
			hook('Exit', 'journeys-e2e-exit', 200), step('journeyControl', 'Exit Them', 200, 200, { ...whom, operation: 'exit', reason: 'their step is gone' }),
		],
		connections: { Move: { main: [to('Move Them')] }, Exit: { main: [to('Exit Them')] } },
		settings: SETTINGS,
	};
}
