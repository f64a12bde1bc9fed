import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { GUARDED } from '../../../nodes/ProfileEngine/guarded';
import { callTool } from './agent';
import { TOUR } from './tour';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

const in_ = (operations: Record<string, readonly string[]> | undefined) => Object.entries(operations ?? {}).flatMap(([resource, names]) => names.map((name) => `${resource}: ${name}`));
const SWITCHED = in_(GUARDED.switched);
const FILES = in_(GUARDED.files);

describe('Profile Engine as the tool of an AI agent', () => {
	it.each(Object.entries(TOUR).filter(([pair]) => !FILES.includes(pair)))('answers %s as the node does', async (pair, stop) => {
		const [resource, operation] = pair.split(': ');
		await stop.before?.(world);

		const called = await callTool(new ProfileEngine(), { resource, operation, agentMayDoThis: true, ...stop.parameters?.(world) });

		expect(called).toMatchObject({ tool: expect.stringMatching(/^[A-Z].* in Profile Engine$/) as string, answer: expect.anything() as object });
		expect('answer' in called && called.answer[0]).toMatchObject(stop.shows);
	});

	it.each(SWITCHED)('refuses %s until whoever builds the workflow allows it', async (pair) => {
		const [resource, operation] = pair.split(': ');
		const stop = TOUR[pair];
		await stop?.before?.(world);
		const before = await traces();

		const refused = await callTool(new ProfileEngine(), { resource, operation, ...stop?.parameters?.(world) });
		const talkedInto = await callTool(new ProfileEngine(), { resource, operation, ...stop?.parameters?.(world), agentMayDoThis: "={{ $fromAI('allowed', '', 'boolean') }}" }, { allowed: true });

		expect(refused).toEqual({ error: expect.stringContaining('The agent is not allowed to do this') as string });
		expect(talkedInto).toEqual({ error: expect.stringContaining("'Let the Agent Do This'") as string });
		expect(await traces()).toEqual(before);
	});

	it.each(FILES)('says of %s that an agent has no files', async (pair) => {
		const [resource, operation] = pair.split(': ');

		expect(await callTool(new ProfileEngine(), { resource, operation })).toEqual({ error: expect.stringContaining('Agents can neither give nor take files') as string });
	});

	it('reads what the model says by $fromAI, in plain fields, lists of names and JSON alike', async () => {
		const added = await callTool(
			new ProfileEngine(),
			{ resource: 'list', operation: 'add', list: { __rl: true, mode: 'name', value: "={{ $fromAI('list', 'Name of the list', 'string') }}" }, identifyBy: 'email', identityValue: "={{ $fromAI('email', 'Whose', 'string') }}" },
			{ list: 'Press', email: 'ben@example.com' },
		);
		const counted = await callTool(
			new ProfileEngine(),
			{ resource: 'segment', operation: 'count', ruleFrom: 'json', ruleJson: "={{ $fromAI('rule', 'A segment rule', 'json') }}" },
			{ rule: { attribute: 'plan', operator: 'equals', value: 'free' } },
		);

		expect(added).toMatchObject({ answer: [{ profileId: world.ben }] });
		expect(counted).toMatchObject({ answer: [{ count: 2 }] });
	});

	it('tells the agent what to do about a wrong input', async () => {
		const nobody = await callTool(new ProfileEngine(), { resource: 'profile', operation: 'get', identifyBy: 'email', identityValue: 'nobody@example.com' });

		expect(nobody).toEqual({ error: expect.stringMatching(/No profile has this email.*Check the value/s) as string });
	});

	/** What guarded operations leave behind. */
	async function traces(): Promise<object> {
		const { engine } = world;
		return {
			audit: (await engine.privacy.audit({ limit: 1000 })).entries.length,
			settings: (await engine.settings.get()).version,
			segments: await engine.segments.list(),
			lists: await engine.lists.list(),
			models: await engine.scores.models(),
			stages: await engine.scores.stages(),
			ada: await engine.profiles.get({ kind: 'email', value: 'ada@example.com' }),
			types: await engine.profiles.declaredTypes(),
			suppressed: await engine.suppression.list({ limit: 100 }),
		};
	}
});

describe('Journey Control as the tool of an AI agent', () => {
	it('may stop all sending, and let it go on only where that is allowed', async () => {
		const stopped = await callTool(new JourneyControl(), { resource: 'sending', operation: 'stop', reason: 'Complaints' });
		const refused = await callTool(new JourneyControl(), { resource: 'sending', operation: 'resume' });

		expect(stopped).toMatchObject({ answer: [{ stopped: true }] });
		expect(refused).toEqual({ error: expect.stringContaining('not allowed') as string });
		expect((await world.engine.journeys.sendingStopped()).stopped).toBe(true);
		expect(await callTool(new JourneyControl(), { resource: 'sending', operation: 'resume', agentMayDoThis: true })).toMatchObject({ answer: [{ stopped: false }] });
	});
});
