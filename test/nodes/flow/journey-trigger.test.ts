import type { INodeParameters } from 'n8n-workflow';

import type { JourneyConfig } from '../../../engine';
import { readConfig } from '../../../nodes/JourneyTrigger/config';
import { JourneyTrigger } from '../../../nodes/JourneyTrigger/JourneyTrigger.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { outputOf } from '../harness/n8n';

const DAY_MS = 86_400_000;
const named = (value: string) => ({ __rl: true, mode: 'list', value });

let world: World;
beforeEach(async () => {
	world = await createWorld();
});
afterEach(async () => await world.close());

/** As the published trigger reads its panel, in n8n's own engine: defaults that n8n does not save included. */
function configOf(parameters: INodeParameters): JourneyConfig {
	const n8n = world.draw({ nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters }], edges: [] });
	return readConfig('A journey', (name, fallback) => n8n.triggerParameter('Start', name, fallback));
}

describe('every way into a journey', () => {
	it.each<[string, INodeParameters, JourneyConfig['entry']]>([
		['does something', { event: named('Booked'), eventKey: named('booking_id') }, { kind: 'event', match: { event: 'Booked' }, key: 'booking_id' }],
		['enters a segment', { entry: 'segment', segment: named('VIP') }, { kind: 'segment', segment: 'VIP' }],
		['leaves a segment', { entry: 'segmentLeft', segment: named('VIP') }, { kind: 'segment', segment: 'VIP', change: 'left' }],
		['changes an attribute', { entry: 'attribute', attribute: named('plan') }, { kind: 'attribute', attribute: 'plan' }],
		['changes an attribute between chosen values', { entry: 'attribute', attribute: named('plan'), attributeChange: { from: { operator: 'in', value: named('free, old') }, to: { value: named('pro') } } }, { kind: 'attribute', attribute: 'plan', from: { operator: 'in', value: ['free, old'] }, to: { operator: 'equals', value: 'pro' } }],
		['changes an attribute from and to', { entry: 'attribute', attribute: named('plan'), attributeChange: { from: { operator: 'in', value: 'free, trial' }, to: { value: 'pro' } } }, { kind: 'attribute', attribute: 'plan', from: { operator: 'in', value: ['free', 'trial'] }, to: { operator: 'equals', value: 'pro' } }],
		['says yes', { entry: 'consent' }, { kind: 'consent', channel: 'email', state: 'subscribed' }],
		['says no to a topic', { entry: 'consent', consentChannel: 'sms', consentTopic: named('news'), consentState: 'unsubscribed' }, { kind: 'consent', channel: 'sms', topic: 'news', state: 'unsubscribed' }],
		['reaches a score', { entry: 'score', scoreModel: named('Leads') }, { kind: 'score', model: 'Leads', bucket: 'hot' }],
		['reaches a stage', { entry: 'stage', stage: named('customer') }, { kind: 'stage', stage: 'customer' }],
		['answers any message', { entry: 'message', messageHappened: 'replied' }, { kind: 'message', happened: 'replied' }],
		['clicks any message', { entry: 'message' }, { kind: 'message', happened: 'clicked' }],
		['does not open one in time', { entry: 'message', messageHappened: 'notOpened', messageStep: named('w1/n1'), messageChannel: 'email' }, { kind: 'message', happened: 'notOpened', workflow: 'w1', step: 'n1', channel: 'email', withinMs: 3 * DAY_MS }],
		['has a birthday', { entry: 'date', dateAttribute: named('birthday'), dateYearly: true }, { kind: 'date', attribute: 'birthday', yearly: true, offsetDays: 0, at: '09:00' }],
		['has a renewal to come', { entry: 'date', dateAttribute: named('renews_on'), dateWhen: 'before', dateDays: 14, dateAt: '7:30' }, { kind: 'date', attribute: 'renews_on', yearly: false, offsetDays: -14, at: '07:30' }],
		['is picked once', { entry: 'schedule', schedulePeople: { people: { segment: named('Readers') } }, scheduleAt: '2026-12-01T09:00:00', scheduleZone: 'Europe/Berlin', scheduleRate: 500 }, { kind: 'schedule', when: { at: '2026-12-01T09:00:00' }, zone: 'Europe/Berlin', people: { name: 'Readers' }, localTime: false, ratePerMinute: 500 }],
		['is picked each week where they are', { entry: 'schedule', schedulePeople: { people: { by: 'json', ruleJson: '{ "attribute": "plan", "operator": "exists" }' } }, scheduleWhen: 'cron', scheduleLocalTime: true }, { kind: 'schedule', when: { cron: '0 9 * * 1' }, people: { rule: { attribute: 'plan', operator: 'exists' } }, localTime: true }],
		['comes near', { entry: 'area', areaLat: 52.52, areaLon: 13.4, areaKm: 0.5, areaAttribute: named('location') }, { kind: 'area', lat: 52.52, lon: 13.4, km: 0.5, attribute: 'location' }],
		['comes near by an event', { entry: 'area', areaOf: 'event', areaEvent: named('Moved'), areaProperty: named('position') }, { kind: 'area', lat: 0, lon: 0, km: 1, event: 'Moved', property: 'position' }],
		['is enrolled', { entry: 'enroll' }, { kind: 'enroll' }],
	])('%s', (_name, parameters, entry) => {
		expect(configOf(parameters).entry).toEqual(entry);
	});

	it('says on the canvas who starts, in n8n\'s own expressions', () => {
		const says = (parameters: INodeParameters): string => {
			const n8n = world.draw({ nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters }], edges: [] });
			return n8n.subtitleOf('Start');
		};

		expect(new JourneyTrigger().description.subtitle?.slice(3, -2)).not.toContain('}}');
		expect([
			says({}), says({ event: named('Booked'), exitOnEvent: true, exitEvent: named('Cancelled') }), says({ entry: 'segment', segment: named('VIP') }), says({ entry: 'segmentLeft', segment: 'VIP' }),
			says({ entry: 'attribute', attribute: named('plan') }), says({ entry: 'consent' }), says({ entry: 'consent', consentState: 'unsubscribed', consentTopic: named('news') }),
			says({ entry: 'score', scoreModel: named('Leads') }), says({ entry: 'stage', stage: named('customer') }), says({ entry: 'message', messageHappened: 'notOpened' }), says({ entry: 'message' }),
			says({ entry: 'date', dateAttribute: named('birthday'), dateYearly: true }), says({ entry: 'date', dateAttribute: named('renews_on'), dateWhen: 'before', dateDays: 14 }),
			says({ entry: 'schedule', scheduleAt: '2026-12-01T09:00:00' }), says({ entry: 'schedule', scheduleWhen: 'cron' }), says({ entry: 'area', areaKm: 2 }), says({ entry: 'enroll' }),
		]).toEqual([
			'on an event', 'Booked, until Cancelled', 'enters VIP', 'leaves VIP',
			'plan changes', 'yes to email', 'no to news by email',
			'becomes hot', 'reaches customer', 'message not opened in time', 'message clicked',
			'on birthday, each year', '14 days before renews_on',
			'once, 2026-12-01 09:00', 'on schedule 0 9 * * 1', 'comes within 2 km', 'enrolled by Journey Control',
		]);
	});
});

describe('what else a Journey Trigger sets', () => {
	it('is read as the engine wants it', () => {
		const config = configOf({
			event: named('Signed Up'), reEntry: 'anyTime',
			audience: { people: { by: 'rule', rule: { group: [{ combine: 'all', conditions: { attribute: [{ attribute: named('country'), operator: 'equals', value: { __rl: true, mode: 'name', value: 'DE' } }] } }] } } },
			exits: { segment: [{ segment: named('Customers') }, { segment: named('Trial'), change: 'left' }], consent: [{}, { channel: 'sms', topic: named('offers') }] },
			goals: { goal: [{ name: 'First Order', event: named('Order'), filters: { filter: [{ path: named('total'), operator: 'greater', value: '10' }] }, valueProperty: named('total'), currencyProperty: named('currency'), exit: true }, { name: 'Visit', event: named('Viewed'), within: 2, withinUnit: 'hours' }] },
			options: {
				timeLimit: { time: { amount: 30, unit: 'days' } }, minGap: { time: { amount: 1, unit: 'weeks' } }, holdoutPercent: 5, entryRate: { limit: { people: 100, per: 'minute' } }, entryCap: { limit: { people: 5000, per: 'day' } }, alerts: { values: { brakeOn: ['failures'], complaintsPercent: 0.1 } },
				onFailure: 'retry', retries: 5,
			},
		});

		expect(config).toEqual({
			name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime', fields: [], carryEvent: true,
			audience: { rule: { all: [{ attribute: 'country', operator: 'equals', value: 'DE' }] } },
			exits: { segments: [{ segment: 'Customers', change: 'entered' }, { segment: 'Trial', change: 'left' }], consent: [{ channel: 'email' }, { channel: 'sms', topic: 'offers' }], afterMs: 30 * DAY_MS },
			goals: [
				{ name: 'First Order', match: { event: 'Order', filters: [{ path: 'total', operator: 'greater', value: 10 }] }, withinMs: 7 * DAY_MS, valueProperty: 'total', currencyProperty: 'currency', exit: true },
				{ name: 'Visit', match: { event: 'Viewed' }, withinMs: 7_200_000 },
			],
			minGapMs: 7 * DAY_MS, holdout: { percent: 5 }, entryRate: { people: 100, perMs: 60_000 }, entryCap: { people: 5000, perMs: DAY_MS },
			alerts: { limits: { bounces: 5, complaints: 0.1, entries: 0, failures: 20, unsubscribes: 5 }, atLeast: 50, learn: true, brake: ['failures'] }, onFailure: 'retry', retries: 5,
		});
	});

	it('are fields by name: one chosen, or several typed', () => {
		const fieldsOf = (fields: INodeParameters[string]) => configOf({ event: named('Signed Up'), fields }).fields;

		expect([fieldsOf(named('plan')), fieldsOf({ __rl: true, mode: 'name', value: 'plan, city' }), fieldsOf('plan, city'), fieldsOf(['plan', 'city']), fieldsOf('')]).toEqual([['plan'], ['plan', 'city'], ['plan', 'city'], ['plan', 'city'], []]);
	});

	it('is nothing where nothing was set: a workflow of before means what it meant', () => {
		expect(configOf({ entry: 'event', event: named('Product Added'), reEntry: 'afterLeaving', exitOnEvent: true, exitEvent: named('Order Completed'), fields: 'first_name', carryEvent: true, options: { journeyName: 'Abandoned Cart', virtualDaySeconds: 30 } })).toEqual({
			name: 'Abandoned Cart', entry: { kind: 'event', match: { event: 'Product Added' } }, reEntry: 'afterLeaving', exitOn: { event: 'Order Completed' }, fields: ['first_name'], carryEvent: true, virtualDaySeconds: 30, onFailure: 'hold',
		});
	});

	it('may hold out everybody, as the engine does, to rehearse a journey', async () => {
		const parameters: INodeParameters = { event: named('Signed Up'), options: { holdoutPercent: 100 } };

		await world.publish({ nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters }], edges: [] });

		expect(configOf(parameters).holdout).toEqual({ percent: 100 });
	});

	it.each<[INodeParameters, string]>([
		[{ entry: 'attribute' }, 'Attribute is empty'],
		[{ entry: 'date', dateAttribute: named('x'), dateAt: '25:00' }, '"At" is no time of the day'],
		[{ entry: 'date', dateAttribute: named('x'), dateWhen: 'after', dateDays: 0 }, '"Days" is no whole number from 1'],
		[{ entry: 'schedule', scheduleAt: '2026-12-01T09:00:00' }, 'Nothing says who is picked'],
		[{ entry: 'schedule', schedulePeople: { people: { segment: named('R') } } }, '"At" is no date and time'],
		[{ entry: 'schedule', schedulePeople: { people: { segment: named('R') } }, scheduleWhen: 'cron', scheduleCron: 'each monday' }, 'has not five parts'],
		[{ entry: 'area', areaLat: 91, areaAttribute: named('x') }, '"Latitude" is no number from -90 to 90'],
		[{ entry: 'message', messageStep: named('a/b/c') }, 'Message Step is neither'],
		[{ event: named('A'), options: { minGap: { time: { amount: 1, unit: 'days' } } } }, 'only Enter Again: Any Time asks for'],
		[{ event: named('A'), options: { holdoutPercent: 100.01 } }, '"Holdout (%)" is no number from 0 to 100'],
		[{ event: named('A'), options: { entryRate: { limit: { people: 0, per: 'minute' } } } }, '"People of Entry Rate" is no whole number'],
		[{ event: named('A'), options: { onFailure: 'retry', retries: 21 } }, '"Retries" is no whole number from 0 to 20'],
		[{ event: named('A'), options: { timeLimit: { time: { amount: -1, unit: 'days' } } } }, '"Time Limit" is not a number above 0'],
		[{ event: named('A'), exits: { segment: [{}] } }, 'An exit names no segment or list'],
		[{ entry: 'segment', segment: named('VIP'), exits: { segment: [{ segment: named('VIP') }] } }, 'would leave at the moment they start'],
		[{ event: named('A'), goals: { goal: [{ name: '', event: named('B') }] } }, 'A goal has no name'],
		[{ event: named('A'), goals: { goal: [{ name: 'G' }] } }, 'The event of the goal "G" is empty'],
		[{ event: named('A'), goals: { goal: [{ name: 'G', event: named('B') }, { name: 'G', event: named('C') }] } }, 'Two goals are called "G"'],
		[{ event: named('A'), goals: { goal: [{ name: 'G', event: named('B'), currencyProperty: named('currency') }] } }, 'has a currency and no value'],
	])('%j cannot be published, and the error says what to do', async (parameters, message) => {
		const published = world.publish({ nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters }], edges: [] });

		await expect(published).rejects.toMatchObject({ name: 'NodeOperationError', message: expect.stringContaining(message) as string });
	});
});

describe('a published journey with exits and goals', () => {
	const trigger = (parameters: INodeParameters) => ({ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: named('Signed Up'), ...parameters } });
	const wait = { name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 30, unit: 'days' } };
	const status = async () => (await world.engine.journeys.status())[0];
	const waiting = async () => (await status())?.steps.find(({ name }) => name === 'Wait')?.waiting;

	it('lets people out of a wait by consent, segment, goal and time, and shows why', async () => {
		await world.engine.segments.save({ name: 'Customers', rule: { attribute: 'plan', operator: 'equals', value: 'pro' }, wait: true });
		const n8n = await world.publish({
			nodes: [trigger({ exits: { segment: [{ segment: named('Customers') }], consent: [{}] }, goals: { goal: [{ name: 'First Order', event: named('Order'), valueProperty: named('total'), exit: true }] }, options: { timeLimit: { time: { amount: 10, unit: 'days' } } } }), wait],
			edges: [['Start', 'Wait']],
		});
		const [ada, grace] = await world.happens('Signed Up', ['ada@example.com', 'grace@example.com', 'joan@example.com', 'mary@example.com']);
		await eventually(async () => (await waiting()) === 4);

		await world.engine.consent.set([{ profile: Number(ada), channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		await world.engine.profiles.upsert([{ profileId: Number(grace), attributes: { plan: 'pro' } }], { source: 'test' });
		await world.happens('Order', ['joan@example.com'], { total: '49.90' });
		world.clock.advance(10 * DAY_MS);
		await world.engine.tick();

		expect(await status()).toMatchObject({
			active: 0, exited: { 'no consent to email': 1, 'entered "Customers"': 1, 'goal: First Order': 1, 'time limit': 1 },
			goals: [{ name: 'First Order', count: 1, value: '49.90', currency: 'USD' }],
		});
		world.clock.advance(30 * DAY_MS);
		expect(n8n.runs.flatMap((run) => outputOf(run, 'Wait'))).toEqual([]);
	});

	it('tells which segment is missing when it is published', async () => {
		const published = world.publish({ nodes: [trigger({ exits: { segment: [{ segment: named('Nobody') }] } })], edges: [] });

		await expect(published).rejects.toMatchObject({ name: 'NodeOperationError', message: expect.stringContaining('There is no segment or list "Nobody"') as string });
	});
});
