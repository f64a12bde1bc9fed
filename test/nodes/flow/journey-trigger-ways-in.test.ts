import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { defaulted, giveCredentials } from '../admin/desk';
import { openInbox } from '../admin/inbox';
import type { Inbox } from '../admin/inbox';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { outputOf } from '../harness/n8n';
import type { TestN8n } from '../harness/n8n';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const named = (value: string) => ({ __rl: true, mode: 'list', value });

let world: World;
let ann: number;
let ben: number;
let inbox: Inbox | null = null;

/** Monday 2026-03-02 09:00 UTC. */
beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyEmail`]: new JourneyEmail() });
	[ann = 0, ben = 0] = (await world.engine.profiles.upsert(['ann', 'ben'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }], attributes: { plan: 'free', name } })), { source: 'test' })).profiles.map(Number);
});
afterEach(async () => {
	await world.close();
	await inbox?.close();
	inbox = null;
});

/** A journey whose one sender mails into the inbox. */
async function mailing(id: string, trigger: INodeParameters, purpose: string): Promise<TestN8n> {
	const box = (inbox ??= await openInbox());
	const n8n = world.draw({
		id, nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: trigger }, { name: 'Mail', type: `${PREFIX}journeyEmail` }, { name: 'Done', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Done' } }],
		edges: [['Start', 'Mail'], ['Mail', 'Done']],
	});
	giveCredentials(n8n, 'Mail', { journeySmtpApi: box.credential });
	n8n.nodeNamed('Mail').parameters = defaulted(new JourneyEmail(), { purpose, contentSource: 'text', subject: 'Hello', text: 'Hello' }, n8n.nodeNamed('Mail'));
	await n8n.publish();
	return n8n;
}

const publish = async (parameters: INodeParameters, id = 'ways-in'): Promise<TestN8n> =>
	await world.publish({
		id,
		nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters }, { name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 30, unit: 'days' } }],
		edges: [['Start', 'Wait']],
	});
/** The items that came out of the trigger, in order. */
const cameOut = (n8n: TestN8n): IDataObject[] => n8n.runs.flatMap((run) => outputOf(run, 'Start')).map(({ json }) => json);
const namesOf = (n8n: TestN8n): unknown[] => cameOut(n8n).map(({ profileId }) => (profileId === ann ? 'ann' : profileId === ben ? 'ben' : profileId));
const eventsOf = (n8n: TestN8n): unknown[] => cameOut(n8n).map(({ event }) => event);
const status = async () => (await world.engine.journeys.status({ workflow: 'ways-in' }))[0];
const waits = async () => (await status())?.steps.find(({ name }) => name === 'Wait')?.waiting ?? 0;
const entered = async (people: number) => await eventually(async () => (await waits()) === people);
const set = async (profileId: number, attributes: object) => await world.engine.profiles.upsert([{ profileId, attributes: attributes as never }], { source: 'test' });

/** Time as it passes, an engine's look each minute. */
async function pass(ms: number, stepMs: number = ms): Promise<void> {
	for (let passed = 0; passed < ms; passed += stepMs) {
		world.clock.advance(Math.min(stepMs, ms - passed));
		await world.engine.tick();
	}
}

describe('whoever qualifies in the way that the panel says comes out of the Journey Trigger', () => {
	it('by an event with a key: two bookings are two runs, the same booking is one', async () => {
		const n8n = await publish({ event: named('Booked'), eventFilters: { filter: [{ path: named('nights'), operator: 'greater', value: '1' }] }, eventKey: named('booking.id') });

		await world.happens('Booked', ['ann@example.com'], { booking: { id: 'A' }, nights: 2 });
		await world.happens('Booked', ['ann@example.com'], { booking: { id: 'B' }, nights: 3 });
		await world.happens('Booked', ['ann@example.com'], { booking: { id: 'B' }, nights: 4 });
		await world.happens('Booked', ['ben@example.com'], { booking: { id: 'C' }, nights: 1 });
		await entered(2);

		expect(cameOut(n8n).map(({ profileId, event }) => [profileId, (event as IDataObject).properties])).toEqual([[ann, { booking: { id: 'A' }, nights: 2 }], [ann, { booking: { id: 'B' }, nights: 3 }]]);
	});

	it('by a segment that they enter, and one that they leave; by a list', async () => {
		await world.engine.segments.save({ name: 'Pros', rule: { attribute: 'plan', operator: 'equals', value: 'pro' }, wait: true });
		await world.engine.lists.create('Press');
		const enters = await publish({ entry: 'segment', segment: named('Pros') });
		const leaves = await publish({ entry: 'segmentLeft', segment: named('Pros') }, 'leaves');
		const list = await publish({ entry: 'segment', segment: named('Press') }, 'list');

		await set(ann, { plan: 'pro' });
		await entered(1);
		await set(ann, { plan: 'free' });
		await world.engine.lists.add('Press', [{ profileId: ben }]);
		await eventually(() => leaves.runs.length + list.runs.length === 2);

		expect([namesOf(enters), namesOf(leaves), namesOf(list)]).toEqual([['ann'], ['ann'], ['ben']]);
	});

	it('by an attribute that changes from one value to another, and shows both', async () => {
		const n8n = await publish({ entry: 'attribute', attribute: named('plan'), attributeChange: { from: { operator: 'in', value: 'free, trial' }, to: { operator: 'equals', value: 'pro' } } });

		await set(ben, { plan: 'team' });
		await set(ben, { plan: 'pro' });
		await set(ann, { plan: 'pro' });
		await entered(1);

		expect(namesOf(n8n)).toEqual(['ann']);
		expect(eventsOf(n8n)).toEqual([{ name: 'Attribute Changed', properties: { attribute: 'plan', from: 'free', to: 'pro' } }]);
	});

	it('shows what brought them in only where Carry the Event is on', async () => {
		const n8n = await publish({ entry: 'attribute', attribute: named('plan'), carryEvent: false });

		await set(ann, { plan: 'pro' });
		await entered(1);

		expect(eventsOf(n8n)).toEqual([undefined]);
	});

	it('by a consent that they give or take back', async () => {
		await world.engine.settings.set({ topics: [{ key: 'news', name: 'News' }] } as never);
		const yes = await publish({ entry: 'consent', consentTopic: named('news') });
		const no = await publish({ entry: 'consent', consentState: 'unsubscribed' }, 'no');
		const say = async (profile: number, topic: string, state: 'subscribed' | 'unsubscribed') => await world.engine.consent.set([{ profile, channel: 'email', topic, state, source: 'page' }]);

		await say(ann, 'news', 'subscribed');
		await say(ben, '', 'unsubscribed');
		await entered(1);
		await eventually(() => no.runs.length === 1);

		expect([namesOf(yes), namesOf(no)]).toEqual([['ann'], ['ben']]);
		expect(eventsOf(yes)).toMatchObject([{ name: 'Consent Changed', properties: { channel: 'email', topic: 'news', to: 'subscribed' } }]);
	});

	it('by a score that becomes hot, and by a stage', async () => {
		await world.engine.scores.saveModel({ name: 'Leads', rules: [{ name: 'Ordered', group: 'engagement', points: 400, when: { event: 'Order' } }] });
		const hot = await publish({ entry: 'score', scoreModel: named('Leads') });
		const stage = await publish({ entry: 'stage', stage: named('customer') }, 'stage');

		await world.happens('Order', ['ann@example.com']);
		await world.engine.scores.setStages([{ whose: { profileId: ben }, stage: 'customer' }], { who: 'test' });
		await world.engine.tick();
		await entered(1);
		await eventually(() => stage.runs.length === 1);

		expect([namesOf(hot), namesOf(stage)]).toEqual([['ann'], ['ben']]);
	});

	it('by a message that is opened, and by one that is not within the time', async () => {
		const mails = await mailing('mails', { entry: 'enroll' }, 'transactional');
		const opened = await publish({ entry: 'message', messageHappened: 'opened', messageStep: named('mails/id-Mail') });
		const silent = await publish({ entry: 'message', messageHappened: 'notOpened', messageStep: named('mails'), messageChannel: 'email', messageWithin: 3, messageWithinUnit: 'hours' }, 'silent');
		await world.engine.journeys.enroll({ journey: { workflow: 'mails' }, people: [{ profileId: ann }, { profileId: ben }] });
		await eventually(() => inbox?.received.length === 2 && !mails.isRunning);
		const [message] = await world.engine.messages.list({ profile: ann, workflow: 'mails' });

		await world.engine.events.ingest([{ type: 'track', event: 'Email Opened', profileId: ann, message: message?.id ?? '', properties: {} }], { source: 'tracking', own: true });
		await pass(3 * HOUR_MS);
		await entered(1);
		await eventually(() => silent.runs.length === 1);
		await mails.close();

		expect([namesOf(opened), namesOf(silent)]).toEqual([['ann'], ['ben']]);
	});

	it('on each birthday at nine where they are, and some days before a date', async () => {
		await set(ann, { birthday: '1990-03-04', timezone: 'Asia/Tokyo' });
		await set(ben, { renews_on: '2026-03-06', timezone: 'UTC' });
		const birthday = await publish({ entry: 'date', dateAttribute: named('birthday'), dateYearly: true });
		const renewal = await publish({ entry: 'date', dateAttribute: named('renews_on'), dateWhen: 'before', dateDays: 2, dateAt: '7:30' }, 'renewal');
		await world.engine.tick();

		await pass(Date.parse('2026-03-04T00:00:00Z') - world.clock.nowMs() - 1, 6 * HOUR_MS);
		const before = [namesOf(birthday), namesOf(renewal)];
		await pass(1);
		await entered(1);
		const tokyo = [namesOf(birthday), namesOf(renewal)];
		await pass(7.5 * HOUR_MS, 30 * MINUTE_MS);
		await eventually(() => renewal.runs.length === 1);

		expect([before, tokyo, [namesOf(birthday), namesOf(renewal)]]).toEqual([[[], []], [['ann'], []], [['ann'], ['ben']]]);
		expect(eventsOf(birthday)).toEqual([{ name: 'Date Reached', properties: { attribute: 'birthday', day: '2026-03-04' } }]);
	});

	it('once at a time to everybody in a segment, so many a minute, and by a cron expression where they are', async () => {
		await set(ann, { timezone: 'Asia/Tokyo' });
		await set(ben, { timezone: 'UTC' });
		await world.engine.segments.save({ name: 'Readers', rule: { attribute: 'plan', operator: 'equals', value: 'free' }, wait: true });
		const once = await publish({ entry: 'schedule', schedulePeople: { people: { segment: named('Readers') } }, scheduleAt: '2026-03-02T11:00:00', scheduleZone: 'Europe/Berlin', scheduleRate: 1 });
		const local = await publish({ entry: 'schedule', schedulePeople: { people: { by: 'json', ruleJson: '{ "attribute": "plan", "operator": "exists" }' } }, scheduleWhen: 'cron', scheduleCron: '0 9 * * 2', scheduleLocalTime: true }, 'local');

		await pass(HOUR_MS - 1);
		const early = await waits();
		await pass(1);
		await entered(1);
		const first = namesOf(once);
		await pass(MINUTE_MS);
		await entered(2);
		await pass(Date.parse('2026-03-03T00:00:00Z') - world.clock.nowMs(), HOUR_MS);
		await eventually(() => local.runs.length === 1);
		const tokyo = namesOf(local);
		await pass(9 * HOUR_MS, HOUR_MS);
		await eventually(() => local.runs.length === 2);

		expect([early, first, namesOf(once), tokyo, namesOf(local)]).toEqual([0, ['ann'], ['ann', 'ben'], ['ann'], ['ann', 'ben']]);
	});

	it('when they come near, by an attribute and by an event', async () => {
		const berlin = { entry: 'area', areaLat: 52.52, areaLon: 13.4, areaKm: 5 };
		const lives = await publish({ ...berlin, areaAttribute: named('location') });
		const walks = await publish({ ...berlin, areaOf: 'event', areaEvent: named('Moved'), areaProperty: named('position') }, 'walks');

		await set(ann, { location: { lat: 48.1, lon: 11.6 } });
		await set(ann, { location: { lat: 52.53, lon: 13.41 } });
		await world.happens('Moved', ['ben@example.com'], { position: { latitude: 52.51, longitude: 13.39 } });
		await entered(1);
		await eventually(() => walks.runs.length === 1);

		expect([namesOf(lives), namesOf(walks)]).toEqual([['ann'], ['ben']]);
	});

	it('by being enrolled, with data of their own', async () => {
		const n8n = await publish({ entry: 'enroll', carryEvent: false });

		await world.engine.journeys.enroll({ journey: { workflow: 'ways-in' }, people: [{ kind: 'email', value: 'ben@example.com', data: { coupon: 'SPRING' } }] });
		await entered(1);

		expect(namesOf(n8n)).toEqual(['ben']);
		expect(eventsOf(n8n)).toEqual([{ name: 'Enrolled', properties: { coupon: 'SPRING' } }]);
	});
});

describe('who gets in as the panel says', () => {
	const signUps = async (...names: string[]) => await world.happens('Signed Up', names.map((name) => `${name}@example.com`));

	it('is only whom the audience holds for, and nobody again before the least gap is over', async () => {
		await set(ben, { plan: 'pro' });
		const rule = { group: [{ combine: 'all', conditions: { attribute: [{ attribute: named('plan'), operator: 'equals', value: { __rl: true, mode: 'name', value: 'pro' } }] } }] };
		const n8n = await publish({ event: named('Signed Up'), reEntry: 'anyTime', audience: { people: { by: 'rule', rule } }, options: { minGap: { time: { amount: 2, unit: 'hours' } } } });

		await signUps('ann', 'ben');
		await entered(1);
		await pass(2 * HOUR_MS - 1);
		await signUps('ben');
		await pass(1);
		await signUps('ben');
		await entered(2);

		expect(namesOf(n8n)).toEqual(['ben', 'ben']);
		expect((await world.engine.insights.explain({ who: { profileId: ann }, workflow: 'ways-in' })).refusals).toMatchObject([{ reason: 'is not in the audience of the journey' }]);
	});

	it('go on as fast as the entry rate allows, the others wait at the trigger', async () => {
		const n8n = await publish({ event: named('Signed Up'), options: { entryRate: { limit: { people: 2, per: 'hour' } } } });

		await signUps('ann', 'ben', 'cid', 'dot');
		await entered(1);
		await pass(HOUR_MS - 1, 29 * MINUTE_MS);
		const inAnHour = await eventually(async () => (await waits()) === 2).then(waits);
		await pass(HOUR_MS, 30 * MINUTE_MS);
		await entered(4);

		expect(inAnHour).toBe(2);
		expect(cameOut(n8n)).toHaveLength(4);
	});

	it('are all in above the entry cap, but the journey pauses and asks, and goes on when it is resumed', async () => {
		const n8n = await publish({ event: named('Signed Up'), options: { entryCap: { limit: { people: 2, per: 'hour' } } } });

		await signUps('ann', 'ben', 'cid');
		const paused = await status();
		await pass(HOUR_MS, 20 * MINUTE_MS);
		const meanwhile = cameOut(n8n).length;
		await world.engine.journeys.resume({ workflow: 'ways-in' });
		await entered(3);

		expect(paused).toMatchObject({ entered: 3, active: 3, paused: { reason: expect.stringContaining('More than 2 people entered "A journey" within an hour') as string } });
		expect(meanwhile).toBe(0);
	});

	it('walk the journey when they are held out, and are mailed nothing', async () => {
		await world.engine.collector.configure({ writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		const n8n = await mailing('ways-in', { event: named('Signed Up'), options: { holdoutPercent: 50 } }, 'marketing');

		await signUps(...Array.from({ length: 20 }, (_, n) => `p${n}`));
		await eventually(async () => (await status())?.completed === 20);
		const kept = (await world.engine.messages.list({ workflow: 'ways-in', limit: 50 })).filter(({ guard }) => guard === 'holdout').length;
		await n8n.close();

		expect(kept).toBeGreaterThan(2);
		expect(inbox?.received).toHaveLength(20 - kept);
		expect((await status())?.goals).toMatchObject([{ name: 'Done', count: 20 }]);
	});

	it('are tried again as often as the panel says when an execution fails, then held', async () => {
		const n8n = await world.publish({
			id: 'ways-in',
			nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: named('Signed Up'), options: { onFailure: 'retry', retries: 2 } } }, { name: 'Broken', type: 'n8n-nodes-base.code', parameters: { mode: 'runOnceForAllItems', jsCode: 'throw new Error("broken")' } }],
			edges: [['Start', 'Broken']],
		});

		await signUps('ann');
		for (let runs = 1; runs <= 3; runs++) {
			await eventually(() => n8n.runs.length >= runs && !n8n.isRunning);
			world.clock.advance(10 * MINUTE_MS);
		}
		await eventually(async () => (await status())?.steps.find(({ name }) => name === 'Start')?.held === 1);

		expect(n8n.runs).toHaveLength(3);
	});

	it('leave by the time limit wherever they stand', async () => {
		await publish({ event: named('Signed Up'), options: { timeLimit: { time: { amount: 2, unit: 'weeks' } } } });

		await signUps('ann');
		await entered(1);
		await pass(14 * DAY_MS);

		expect(await status()).toMatchObject({ active: 0, exited: { 'time limit': 1 } });
	});
});

describe('what only the engine can know is said when the journey is published', () => {
	const picked = { entry: 'schedule', schedulePeople: { people: { segment: named('Nobody') } }, scheduleWhen: 'cron' };

	it.each<[INodeParameters, string]>([
		[{ ...picked, scheduleCron: '99 9 * * 1' }, 'needs a cron expression of five fields'],
		[{ ...picked, scheduleZone: 'Europe/Atlantis' }, 'names "Europe/Atlantis" as its time zone'],
		[picked, '"Nobody"'],
		[{ event: named('A'), audience: { people: { segment: named('Nobody') } } }, '"Nobody"'],
		[{ event: named('A'), eventKey: named('booking..id') }, 'needs the name of a property as the key'],
		[{ entry: 'segmentLeft', segment: named('Nobody') }, 'There is no segment "Nobody"'],
		[{ entry: 'score', scoreModel: named('Nothing') }, 'Nothing'],
		[{ entry: 'stage', stage: named('Nowhere') }, 'Nowhere'],
		[{ entry: 'attribute', attribute: named('plan..x') }, 'path'],
		[{ entry: 'message', messageHappened: 'notOpened', messageWithin: 60, messageWithinUnit: 'weeks' }, 'waits for an answer longer than a year'],
		[{ entry: 'date', dateAttribute: named('a..b') }, 'path'],
		[{ entry: 'area', areaKm: 1, areaOf: 'event', areaEvent: named('Moved'), areaProperty: named('a..b') }, 'path'],
	])('%j', async (parameters, message) => {
		await expect(publish(parameters)).rejects.toMatchObject({ name: 'NodeOperationError', message: expect.stringContaining(message) as string });
		expect(await world.engine.journeys.status()).toEqual([]);
	});

	it('shows a broadcast whose time was over when it was published, and picks nobody', async () => {
		await world.engine.segments.save({ name: 'Readers', rule: { attribute: 'plan', operator: 'equals', value: 'free' }, wait: true });
		const n8n = await publish({ entry: 'schedule', schedulePeople: { people: { segment: named('Readers') } }, scheduleAt: '2026-03-01T09:00:00' });

		await pass(DAY_MS, HOUR_MS);

		expect(cameOut(n8n)).toEqual([]);
		expect((await status())?.steps[0]?.problem).toContain('it was over when the journey was published');
	});
});
