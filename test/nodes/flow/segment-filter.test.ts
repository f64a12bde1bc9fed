import { sql } from 'kysely';
import { LoadOptionsContext } from 'n8n-core';

import { SegmentFilter } from '../../../nodes/SegmentFilter/SegmentFilter.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';

let world: World;
beforeEach(async () => {
	world = await createWorld();
	await world.engine.segments.save({ name: 'VIP', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
	await world.engine.lists.create('Press');
});
afterEach(async () => await world.close());

const byName = (name: string) => ({ mode: 'name', value: name, __rl: true });
const journey = (parameters: object): Canvas => ({
	nodes: [
		{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } },
		{ name: 'Is VIP', type: `${PREFIX}segmentFilter`, parameters: parameters as never },
	],
	edges: [['Start', 'Is VIP']],
});
const refusal = (name: string) => world.engine.segments.delete(name).then(() => null, (error: Error) => error.message);

describe('A Segment Filter of a published workflow', () => {
	it('keeps the segment and the lists it asks for from being deleted or renamed, until nobody has published it for a while', async () => {
		await world.publish(journey({ by: 'saved', segment: byName('VIP') }));
		await world.publish({ ...journey({ by: 'json', ruleJson: '{ "any": [ { "list": "Press" } ] }' }), id: 'workflow-2' });

		expect(await refusal('VIP')).toBe('The segment "VIP" is used by the step "Is VIP" of the workflow workflow-1. Change it first.');
		await expect(world.engine.segments.rename('VIP', 'Best')).rejects.toMatchObject({ code: 'CONFLICT' });
		await expect(world.engine.lists.delete('Press')).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('workflow-2') as string });
		for (let minute = 0; minute < 12; minute += 1) {
			world.clock.advance(60_000);
			await world.engine.journeys.markLeader();
		}

		expect(await refusal('VIP')).toBeNull();
	});

	it('shows in its panel what the rule says, for how many people it holds and some of them, or what is wrong with it', async () => {
		await world.engine.profiles.upsert(['pro', 'free', 'pro'].map((plan, n) => ({ identities: [{ kind: 'email', value: `p${n}@example.com` }], attributes: { plan } })), { source: 'test' });
		const lines = async (parameters: object): Promise<string[]> => {
			const n8n = world.draw(journey(parameters));
			const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed('Is VIP'), { currentNodeParameters: parameters } as never, 'parameters.rulePreview');
			return (await new SegmentFilter().methods.listSearch.previewRule.call(context)).results.map(({ name }) => name);
		};
		const rule = (operator: string) => ({ group: [{ combine: 'all', conditions: { attribute: [{ attribute: byName('plan'), operator, value: byName('pro') }] } }] });

		const shown = await lines({ by: 'rule', combineGroups: 'all', rule: rule('equals') });

		expect(shown.slice(0, 2)).toEqual(['People whose plan is "pro".', '2 people now']);
		expect(shown.slice(2)).toEqual([expect.stringMatching(/^Profile \d+: plan pro$/), expect.stringMatching(/^Profile \d+: plan pro$/)]);
		expect(await lines({ by: 'json', ruleJson: '{ "segment": "Nope" }' })).toEqual([expect.stringContaining('"Nope", which does not exist')]);
		expect(await lines({ by: 'rule', combineGroups: 'all', rule: {} })).toEqual([expect.stringContaining('Add a condition under Rule')]);
	});

	it('is not published with a segment that does not exist', async () => {
		await expect(world.publish(journey({ by: 'saved', segment: byName('VIPs') }))).rejects.toThrow('There is no segment "VIPs"');
	});

	it('holds people, with the error, whose segment is gone because only an expression named it; nobody goes on', async () => {
		const n8n = await world.publish(journey({ by: 'saved', segment: '={{ "V" + "IP" }}' }));
		await world.engine.segments.delete('VIP');

		const [profile] = await world.happens('Signed Up', ['ada@example.com']);
		const people = async () => await world.engine.journeys.people({ workflow: 'workflow-1' });
		await eventually(async () => (await people())[0]?.state === 'held');

		expect(n8n.runs.flatMap((run) => [...outputOf(run, 'Is VIP', 0), ...outputOf(run, 'Is VIP', 1)])).toEqual([]);
		expect(await people()).toMatchObject([{ profile, state: 'held', reason: expect.stringContaining('There is no segment "VIP"') as string }]);
	});

	it('sends people on by the rule while the segment is still being built', async () => {
		const people = Array.from({ length: 3 }, (_none, n) => ({ identities: [{ kind: 'email', value: `p${n}@example.com` }], attributes: { plan: n === 1 ? 'free' : 'pro' } }));
		await world.engine.profiles.upsert(people, { source: 'test' });
		// As a process leaves it that died before the first slice.
		await world.engine.store.tx('half', async (tx) => {
			await tx.run(sql`insert into segment_build (segment, next_id, last_id, first_build, start_journeys, done, people, touched_at) select id, 1, 9, 1, 0, 0, 9, ${tx.nowMs} from segment where name = 'VIP'`);
			await tx.run(sql`delete from segment_member`);
		});
		const n8n = await world.publish(journey({ by: 'rule', rule: { group: [{ combine: 'all', conditions: { segment: [{ segment: byName('VIP') }] } }] } }));

		await world.happens('Signed Up', ['p0@example.com', 'p1@example.com', 'p2@example.com']);
		await eventually(async () => (await world.engine.journeys.status())[0]?.completed === 3);

		expect([0, 1].map((output) => n8n.runs.flatMap((run) => outputOf(run, 'Is VIP', output)).length)).toEqual([2, 1]);
	});
});
