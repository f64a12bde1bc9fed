import type { INodeParameters } from 'n8n-workflow';

import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { outputOf } from '../harness/n8n';
import type { Canvas, TestN8n } from '../harness/n8n';

let world: World;
beforeEach(async () => {
	world = await createWorld();
	await world.engine.segments.save({ name: 'Gold', rule: { attribute: 'plan', operator: 'equals', value: 'gold' }, wait: true });
});
afterEach(async () => await world.close());

const byName = (name: string) => ({ mode: 'name', value: name, __rl: true });
const journey = (parameters: INodeParameters): Canvas => ({
	nodes: [
		{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } },
		{ name: 'Wait', type: `${PREFIX}journeyWaitForEvent`, parameters: { timeout: 2, timeoutUnit: 'hours', ...parameters } },
		{ name: 'Goal', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Continued' } },
	],
	edges: [['Start', 'Wait'], ['Wait', 'Goal', 0]],
});
const status = async () => (await world.engine.journeys.status())[0];
const step = async () => (await status())?.steps.find(({ name }) => name === 'Wait');
const outcomes = (n8n: TestN8n, output: number) => n8n.runs.flatMap((run) => outputOf(run, 'Wait', output)).map(({ json }) => json.outcome);

describe('Journey Wait for Event', () => {
	it.each([
		['a segment', { waitFor: 'segment', segment: byName('Gold') }, async (profile: number) => void (await world.engine.profiles.upsert([{ profileId: profile, attributes: { plan: 'gold' } }], { source: 'test' }))],
		['leaving a segment', { waitFor: 'segment', segment: byName('Gold'), change: 'left', already: 'wait' }, async (profile: number) => {
			for (const plan of ['gold', 'basic']) await world.engine.profiles.upsert([{ profileId: profile, attributes: { plan } }], { source: 'test' });
		}],
		['a yes', { waitFor: 'consent', channel: 'sms', topic: byName('news'), consent: 'subscribed' }, async (profile: number) => void (await world.engine.consent.set([{ profile, channel: 'sms', topic: 'news', state: 'subscribed', source: 'test' }]))],
		['a no', { waitFor: 'consent', channel: 'email', consent: 'unsubscribed' }, async (profile: number) => void (await world.engine.consent.set([{ profile, channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }]))],
		['an event, as ever', { event: byName('Ordered') }, async () => void (await world.happens('Ordered', ['ada@example.com']))],
	] as Array<[string, INodeParameters, (profile: number) => Promise<void>]>)('by %s people leave by Continued, the others by Timed Out, with the outcome', async (_what, parameters, happens) => {
		const n8n = await world.publish(journey(parameters));
		const [ada = 0] = await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
		await eventually(async () => (await step())?.waiting === 2);
		await happens(ada);
		await eventually(async () => (await status())?.completed === 1);
		world.clock.advance(2 * 3_600_000);
		await eventually(async () => (await status())?.completed === 2);

		expect([outcomes(n8n, 0), outcomes(n8n, 1)]).toEqual([['event'], ['timeout']]);
		expect((await status())?.goals).toMatchObject([{ name: 'Continued', count: 1 }]);
	});

	it('waits for the message of a step by its name, and says so when there is none', async () => {
		const canvas = (messageStep: string) => journey({ waitFor: 'message', happened: 'clicked', messageStep: byName(messageStep) });
		const park = jest.spyOn(world.engine.journeys, 'park');
		await world.publish(canvas('Goal'));
		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await step())?.waiting === 1);
		expect(park.mock.calls[0]?.[0].until).toEqual({ kind: 'message', happened: 'clicked', step: 'id-Goal', already: true });

		await world.close();
		world = await createWorld();
		await world.publish(canvas('Nowhere'));
		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await status())?.steps.some(({ held }) => held === 1) === true);
		expect((await status())?.steps.map(({ problem }) => problem).find((problem) => problem !== null)).toContain('There is no node "Nowhere" in this workflow');
	});

	it('waits for an answer to a message', async () => {
		const park = jest.spyOn(world.engine.journeys, 'park');
		await world.publish(journey({ waitFor: 'message', happened: 'replied' }));
		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await step())?.waiting === 1);

		expect(park.mock.calls[0]?.[0].until).toEqual({ kind: 'message', happened: 'replied', already: true });
	});

	it('keeps the segment that it asks for from being deleted while it is published', async () => {
		await world.publish(journey({ waitFor: 'segment', segment: byName('Gold') }));

		await expect(world.engine.segments.delete('Gold')).rejects.toThrow('Gold');
	});

	it.each([
		[{ event: byName('Ordered') }, 'Ordered · 2 hours'],
		[{ waitFor: 'segment', segment: byName('Gold'), change: 'left' }, 'leaves Gold · 2 hours'],
		[{ waitFor: 'consent', channel: 'sms', consent: 'unsubscribed' }, 'no to sms · 2 hours'],
		[{ waitFor: 'message', happened: 'opened', timeout: 1 }, 'message opened · 1 hour'],
		[{ waitFor: 'message', happened: 'replied', timeout: 1 }, 'message replied · 1 hour'],
	] as Array<[INodeParameters, string]>)('says on the canvas what it waits for: %j', (parameters, text) => {
		expect(world.draw(journey(parameters)).subtitleOf('Wait')).toBe(text);
	});
});
