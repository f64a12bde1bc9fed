import { JourneyAlertTrigger } from '../../../nodes/JourneyAlertTrigger/JourneyAlertTrigger.node';
import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';

const HOUR_MS = 3_600_000;

describe('Journey Alert Trigger', () => {
	let world: World;
	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeyAlertTrigger`]: new JourneyAlertTrigger(), [`${PREFIX}journeyControl`]: new JourneyControl() });
	});
	afterEach(() => world.close());

	const ops = (parameters: object = {}, more: Partial<Canvas> = {}): Canvas => ({ id: 'ops', nodes: [{ name: 'Alert', type: `${PREFIX}journeyAlertTrigger`, parameters: parameters as never }], edges: [], ...more });
	const journey = (limit: number, id = 'welcome'): Canvas => ({
		id,
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', options: { alerts: { values: { entriesPerHour: limit } } } } },
			{ name: 'Through', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Through' } },
		],
		edges: [['Start', 'Through']],
	});
	const emails = (count: number) => Array.from({ length: count }, (_none, n) => `p${n}@example.com`);
	const look = async () => {
		for (let n = 0; n < 20; n += 1) await world.engine.tick();
	};
	const waiting = async () => (await world.rows()).alert_delivery;

	it('starts one execution an alert, with a sentence and the numbers; an approval behind it lets the journey go on', async () => {
		const n8n = await world.publish(ops({}, {
			nodes: [{ name: 'Alert', type: `${PREFIX}journeyAlertTrigger` }, { name: 'Resume', type: `${PREFIX}journeyControl`, parameters: { resource: 'journey', operation: 'resume', scope: 'id', workflowId: 'welcome' } }],
			edges: [['Alert', 'Resume']],
		}));
		await world.publish(journey(5));
		await world.happens('Signed Up', emails(6));
		await look();
		await eventually(() => n8n.runs.length === 1 && !n8n.isRunning);
		await eventually(async () => (await waiting()) === 0);
		await look();

		const [run] = n8n.runs;
		expect(run === undefined ? undefined : outputOf(run, 'Alert').map(({ json }) => json)).toMatchObject([{
			news: 'raised', kind: 'entries', journey: { name: 'A journey', workflow: 'welcome', step: 'id-Start' }, number: 6, limit: 5, paused: true, overAt: null,
			reason: '"A journey": 6 people entered within an hour; the limit is 5. It paused itself: nobody in it goes on or is sent anything. Look at what it sends and to whom, then let it go on with Journey Control: Resume.',
		}]);
		expect(run === undefined ? '' : Object.keys(outputOf(run, 'Alert')[0]?.json ?? {})).not.toContain('_alert');
		expect(n8n.runs).toHaveLength(1);
		expect(await world.engine.journeys.status({ workflow: 'welcome' })).toMatchObject([{ paused: null }]);
	});

	it('tells the end too where it is asked to, and only the chosen kinds', async () => {
		const n8n = await world.publish(ops({ kinds: ['entries'], resolved: true }));
		await world.publish(journey(5));
		await world.engine.journeys.stopSending('by hand');
		await world.happens('Signed Up', emails(6));
		await look();
		await eventually(() => n8n.runs.length === 1);
		world.clock.advance(3 * HOUR_MS);
		await look();
		await eventually(() => n8n.runs.length === 2);

		expect(n8n.runs.map((run) => outputOf(run, 'Alert').map(({ json }) => [json.kind, json.news]))).toEqual([[['entries', 'raised']], [['entries', 'resolved']]]);
	});

	it('tells of the chosen journeys only, and of what concerns all of them in any case', async () => {
		const journeys = { journey: [{ workflow: { __rl: true, mode: 'list', value: 'welcome' } }, { workflow: { __rl: true, mode: 'id', value: 'gone' } }] };
		const n8n = await world.publish(ops({ journeys, kinds: ['entries', 'sendingStopped'] }));
		await world.publish(journey(5));
		await world.publish(journey(5, 'spring'));
		await world.happens('Signed Up', emails(6));
		await world.engine.journeys.stopSending('by hand');
		await look();
		await eventually(async () => (await waiting()) === 0);

		expect((await world.engine.alerts.list({})).map((alert) => [alert.kind, alert.journey?.workflow]).sort()).toEqual([['entries', 'spring'], ['entries', 'welcome'], ['sendingStopped', undefined]]);
		expect(n8n.runs.flatMap((run) => outputOf(run, 'Alert')).map(({ json }) => [json.kind, (json.journey as { workflow: string } | null)?.workflow]).sort()).toEqual([['entries', 'welcome'], ['sendingStopped', undefined]]);
		const manual = await world.draw(ops({ kinds: ['entries'], journeys: { journey: [{ workflow: 'spring' }] } })).execute('Alert', [{ json: {} }], 'manual');
		expect(outputOf(manual, 'Alert')[0]?.json).toMatchObject({ kind: 'entries', journey: { workflow: 'spring' } });
	});

	it.each<[object, string]>([[{}, 'all alerts'], [{ kinds: ['held'] }, '1 kind of alert'], [{ kinds: ['held', 'stalled'] }, '2 kinds of alert']])('says on the canvas how many kinds start it: %j', (parameters, said) => {
		expect(world.draw(ops(parameters)).subtitleOf('Alert')).toBe(said);
	});

	it('an execution whose alert is in other hands by now drops it', async () => {
		await world.engine.alerts.listen({ workflow: 'ops', step: 'id-Alert' }, { kinds: [], workflows: [], resolved: false });
		await world.engine.journeys.stopSending('by hand');
		await look();
		const late = await world.engine.alerts.next({ workflow: 'ops', step: 'id-Alert' }, { leaseMs: 1000 });
		world.clock.advance(2000);
		const now = await world.engine.alerts.next({ workflow: 'ops', step: 'id-Alert' }, { leaseMs: 1000 });
		const runOf = async ({ nonce, news }: typeof late) => await world.draw(ops()).execute('Alert', news.map(({ delivery, alert }) => ({ json: { ...alert, _alert: { delivery, nonce } } as never })));

		expect(outputOf(await runOf(late), 'Alert')).toEqual([]);
		expect(outputOf(await runOf(now), 'Alert').map(({ json }) => json.kind)).toEqual(['sendingStopped']);
	});

	it('shows a sample in the editor, the newest real alert once there is one, and stores nothing', async () => {
		const made = await world.draw(ops()).execute('Alert', [{ json: {} }], 'manual');
		await world.engine.journeys.stopSending('by hand');
		await look();
		const before = await world.rows();
		const real = await world.draw(ops()).execute('Alert', [{ json: {} }], 'manual');

		expect([errorOf(made), errorOf(real)]).toEqual([undefined, undefined]);
		expect([made, real].map((run) => outputOf(run, 'Alert')[0]?.json)).toMatchObject([{ kind: 'complaints', paused: true, journey: { name: 'Welcome Series' } }, { kind: 'sendingStopped', journey: null, news: 'raised' }]);
		expect(await world.rows()).toEqual(before);
	});

	it.each<[string, object, string]>([
		['a kind that there is not', { kinds: ['moods'] }, 'Kinds has an alert that there is not'],
		['an entry that names no journey', { journeys: { journey: [{ workflow: { __rl: true, mode: 'list', value: '' } }] } }, 'Only Journeys has an entry without a journey'],
	])('is not published with %s', async (_what, parameters, message) => {
		await expect(world.publish(ops(parameters))).rejects.toThrow(message);
	});
});
