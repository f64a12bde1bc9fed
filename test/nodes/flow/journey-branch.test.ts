import { sql } from 'kysely';
import { LoadOptionsContext } from 'n8n-core';

import { journeyId } from '../../../engine/journeys';
import { JourneyBranch } from '../../../nodes/JourneyBranch/JourneyBranch.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';

let world: World;
beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyBranch`]: new JourneyBranch(), [`${PREFIX}journeyEmail`]: new JourneyEmail() });
});
afterEach(async () => await world.close());

const byName = (name: string) => ({ mode: 'name', value: name, __rl: true });
const attribute = (name: string, value: string) => ({ group: [{ combine: 'all', conditions: { attribute: [{ attribute: byName(name), operator: 'equals', value: byName(value) }] } }] });
const own = (name: string, path: string, value: string) => ({ name, by: 'rule', combineGroups: 'all', rule: attribute(path, value) });
const onItem = (name: string, field: string, value: string) => ({
	name, by: 'item',
	conditions: { options: { caseSensitive: true, leftValue: '', typeValidation: 'loose', version: 2 }, combinator: 'and', conditions: [{ id: '1', leftValue: `={{ $json.${field} }}`, rightValue: value, operator: { type: 'string', operation: 'equals' } }] },
});
const branch = (rules: object[], more: object = {}) => ({ name: 'Branch', type: `${PREFIX}journeyBranch`, parameters: { rules: { rule: rules }, ...more } as never });
const journey = (rules: object[]): Canvas => ({
	nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'plan, city' } }, branch(rules)],
	edges: [['Start', 'Branch']],
});
const outside = (rules: object[], more: object = {}): Canvas => ({ nodes: [{ name: 'Start', type: 'n8n-nodes-base.start' }, branch(rules, more)], edges: [['Start', 'Branch']] });
const people = async (...attributes: object[]) => {
	const { profiles } = await world.engine.profiles.upsert(attributes.map((one, n) => ({ identities: [{ kind: 'email', value: `p${n}@example.com` }], attributes: one as never })), { source: 'test' });
	return profiles.map(Number);
};
const emails = (count: number) => Array.from({ length: count }, (_none, n) => `p${n}@example.com`);

/** The trigger's stamp on people who are under way, so that the same execution can be run twice. */
async function claimed(count: number): Promise<Array<{ json: { _journey: object } }>> {
	const step = { workflow: 'workflow-1', step: 'id-Start', name: 'Start', type: 'trigger' };
	await world.engine.journeys.register(step, { name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });
	await world.happens('Signed Up', emails(count));
	const { items, nonce } = await world.engine.journeys.claim(step, { limit: count, leaseMs: 60_000 });
	await world.engine.journeys.begin({ nonce, workflow: 'workflow-1', steps: ['id-Branch'], foreignEffects: false });
	return items.map(({ stamp }) => ({ json: { _journey: { ...stamp } } }));
}

describe('Journey Branch', () => {
	it('has an output for each rule, by its name, and Remainder, as the editor draws it', () => {
		const n8n = world.draw(journey([own('Pro', 'plan', 'pro'), { name: '', by: 'saved' }]));

		const drawn = n8n.workflow.expression.getSimpleParameterValue(n8n.nodeNamed('Branch'), String(new JourneyBranch().description.outputs), 'internal', {}) as unknown;

		expect(drawn).toEqual(['Pro', 'Rule 2', 'Remainder'].map((displayName) => ({ type: 'main', displayName })));
	});

	it('sends each person out by the first rule that holds, else by Remainder, whatever kind of rule it is', async () => {
		await people({ plan: 'pro', city: 'Berlin' }, { plan: 'free', city: 'Berlin' }, { plan: 'free', city: 'Rome' }, { plan: 'basic', city: 'Oslo' }, { plan: 'vip', city: 'Paris' });
		await world.engine.segments.save({ name: 'Romans', rule: { attribute: 'city', operator: 'equals', value: 'Rome' } });
		const n8n = await world.publish(journey([
			own('Pro', 'plan', 'pro'), onItem('In Berlin', 'city', 'Berlin'), { name: 'Romans', by: 'saved', segment: byName('Romans') },
			{ name: 'JSON', by: 'json', ruleJson: '{ "attribute": "plan", "operator": "equals", "value": "vip" }' }, own('Never', 'plan', 'pro'),
		]));

		await world.happens('Signed Up', emails(5));
		await eventually(async () => (await world.engine.journeys.status())[0]?.completed === 5);

		const plans = (output: number) => n8n.runs.flatMap((run) => outputOf(run, 'Branch', output)).map(({ json }) => `${String(json.plan)} ${String(json.city)}`);
		expect([0, 1, 2, 3, 4, 5].map(plans)).toEqual([['pro Berlin'], ['free Berlin'], ['free Rome'], ['vip Paris'], [], ['basic Oslo']]);
		expect((await world.engine.journeys.status())[0]?.steps.find(({ name }) => name === 'Branch')?.passed).toEqual({ Pro: 1, 'In Berlin': 1, Romans: 1, JSON: 1, Remainder: 1 });
	});

	it('sends a replay the way that was taken first, also when the rules stand in another order by then', async () => {
		await people({ plan: 'pro' }, { plan: 'free' });
		const given = await claimed(2);
		const run = async (rules: object[]) => await world.draw(outside(rules)).execute('Start', given);
		const pro = own('Pro', 'plan', 'pro');
		const free = own('Free', 'plan', 'free');

		const first = await run([pro, free]);
		await people({ plan: 'free' }, { plan: 'free' });
		const again = await run([pro, free]);
		const moved = await run([free, pro]);
		const removed = await run([free]);

		const counts = (of: Awaited<ReturnType<typeof run>>, outputs: number) => Array.from({ length: outputs }, (_none, output) => outputOf(of, 'Branch', output).length);
		expect([errorOf(first), errorOf(again), errorOf(moved), errorOf(removed)]).toEqual([undefined, undefined, undefined, undefined]);
		expect([counts(first, 3), counts(again, 3), counts(moved, 3), counts(removed, 2)]).toEqual([[1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 1]]);
		const trails = (of: Awaited<ReturnType<typeof run>>, output: number) => (outputOf(of, 'Branch', output)[0]?.json._journey as { trail: string }).trail;
		expect([trails(again, 0), trails(moved, 1), trails(removed, 1)]).toEqual([trails(first, 0), trails(first, 0), trails(first, 0)]);
	});

	it('asks for a message of this very run by the name of its node, and not for that of an earlier one', async () => {
		await people({}, {}, {});
		const given = await claimed(3);
		const canvas = (rules: object[]): Canvas => ({ ...outside(rules), nodes: [...outside(rules).nodes, { name: 'First Mail', type: `${PREFIX}journeyEmail` }] });
		const [one, other] = given.map(({ json }) => json._journey as { enrollment: number; profile: number });
		const message = (id: string, whose: { profile: number }, enrollment: number, clicked: boolean) => world.engine.store.tx('test', async (tx) => {
			await tx.run(sql`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, reserved_at, clicked_at)
				values (${id}, ${id}, 'id-First Mail', '', '', ${enrollment}, 'workflow-1', ${whose.profile}, 'email', 'marketing', '', 'sent', 1, ${clicked ? 2 : null})`);
		});
		await message('of this run', one as { profile: number }, Number(one?.enrollment), true);
		await message('of an earlier run', other as { profile: number }, 999, true);
		const rule = (messageStep: string, more: object = {}) => ({ name: 'Clicked', by: 'message', happened: 'clicked', messageStep: byName(messageStep), never: false, ...more });

		const run = await world.draw(canvas([rule('First Mail')])).execute('Start', given);
		const opposite = await world.draw(canvas([rule('id-First Mail', { never: true })])).execute('Start', given.map((item) => ({ ...item })));
		const missing = await world.draw(canvas([rule('Second Mail')])).execute('Start', given);

		const profiles = (of: typeof run, output: number) => outputOf(of, 'Branch', output).map(({ json }) => (json._journey as { profile: number }).profile);
		expect([profiles(run, 0), profiles(run, 1).length]).toEqual([[one?.profile], 2]);
		// Remembered: the same step at the same place of the way.
		expect(profiles(opposite, 0)).toEqual([one?.profile]);
		expect(errorOf(missing)?.message).toContain('Rule "Clicked": There is no node "Second Mail" in this workflow');
	});

	it('asks the engine once for a batch, however many rules there are', async () => {
		await people(...Array.from({ length: 20 }, (_none, n) => ({ plan: `p${n % 5}` })));
		const given = await claimed(20);
		const branchCalls = jest.spyOn(world.engine.journeys, 'branch');

		const run = await world.draw(outside(Array.from({ length: 5 }, (_none, n) => own(`R${n}`, 'plan', `p${n}`)))).execute('Start', given);

		expect(branchCalls).toHaveBeenCalledTimes(1);
		expect([0, 1, 2, 3, 4, 5].map((output) => outputOf(run, 'Branch', output).length)).toEqual([4, 4, 4, 4, 4, 0]);
	});

	it('keeps what its rules ask for from being deleted while it is published', async () => {
		await world.engine.segments.save({ name: 'VIP', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		await world.engine.lists.create('Press');
		await world.publish(journey([{ name: 'A', by: 'saved', segment: byName('VIP') }, { name: 'B', by: 'saved', segment: byName('Press') }, onItem('C', 'city', 'Berlin')]));

		await expect(world.engine.segments.delete('VIP')).rejects.toThrow('used by the step "Branch" of the workflow workflow-1');
		await expect(world.engine.lists.delete('Press')).rejects.toMatchObject({ code: 'CONFLICT' });
		await expect(world.publish({ ...journey([{ name: 'A', by: 'saved', segment: byName('Nope') }]), id: 'workflow-2' })).rejects.toThrow('There is no segment "Nope"');
	});

	it('runs in the editor as the person the trigger acts as, and stores nothing', async () => {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }], attributes: { plan: 'pro' } }], { source: 'test', test: true });
		const before = await world.rows();

		const run = await world.draw(journey([{ name: 'Clicked', by: 'message', happened: 'clicked', never: false }, own('Pro', 'plan', 'pro')])).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, 'Branch', 1)).toMatchObject([{ json: { _journey: { manual: true, profile: profiles[0] } } }]);
		expect(await world.rows()).toEqual(before);
	});

	it('works on items of no journey: by identity for rules on people, without one for rules on the item', async () => {
		await people({ plan: 'pro' });
		const identity = { options: { identityKind: 'email', identityValue: '={{ $json.mail }}' } };
		const items = ['p0@example.com', 'nobody@example.com'].map((mail) => ({ json: { mail, city: mail.startsWith('p0') ? 'Rome' : 'Oslo' } }));

		const known = await world.draw(outside([own('Pro', 'plan', 'pro'), onItem('Oslo', 'city', 'Oslo')], identity)).execute('Start', items);
		const anyone = await world.draw(outside([onItem('Oslo', 'city', 'Oslo')])).execute('Start', items);
		const nobody = await world.draw(outside([own('Pro', 'plan', 'pro')])).execute('Start', items);

		expect(errorOf(known)).toBeUndefined();
		expect([0, 1, 2].map((output) => outputOf(known, 'Branch', output).map(({ json }) => json.mail))).toEqual([['p0@example.com'], ['nobody@example.com'], []]);
		expect(outputOf(anyone, 'Branch', 0)).toEqual([{ json: items[1]?.json, pairedItem: { item: 1 } }]);
		expect(errorOf(nobody)?.message).toBe('This item names no person to look at');
	});

	it('shows what a rule says in the panel of that rule', async () => {
		await people({ plan: 'pro' }, { plan: 'free' });
		const parameters = { rules: { rule: [own('Free', 'plan', 'free'), own('Pro', 'plan', 'pro')] } };
		const n8n = world.draw(outside(parameters.rules.rule));
		const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed('Branch'), { currentNodeParameters: parameters } as never, 'parameters.rules.rule[1].rulePreview');

		const { results } = await new JourneyBranch().methods.listSearch.previewRule.call(context);

		expect(results.map(({ name }) => name).slice(0, 2)).toEqual(['People whose plan is "pro".', '1 person now']);
	});

	it('offers the steps that send of the workflow that is being edited', async () => {
		await world.engine.store.tx('test', async (tx) => {
			for (const [workflow, step, name, type] of [['workflow-1', 'a', 'Welcome', 'email'], ['workflow-1', 'b', 'Wait', 'wait'], ['workflow-2', 'c', 'Other', 'email']]) {
				await tx.run(sql`insert into step (workflow, step, name, type, seen_at) values (${workflow}, ${step}, ${name}, ${type}, 1)`);
				await tx.run(sql`insert into journey (id, workflow, step, name, config, entry_kind, entry_name, beat_at, created_at) values (${journeyId({ workflow: workflow ?? '', step: step ?? '' })}, ${workflow}, ${step}, 'J', '{}', 'event', 'x', 1, 1)`);
			}
		});
		const n8n = world.draw(outside([]));
		const context = (additional: object) => new LoadOptionsContext(n8n.workflow, n8n.nodeNamed('Branch'), { currentNodeParameters: {}, ...additional } as never, 'parameters.rules.rule[0].messageStep');
		const list = new JourneyBranch().methods.listSearch.searchMessageSteps;

		expect((await list.call(context({ workflowId: 'workflow-1' }))).results).toEqual([{ name: 'Welcome', value: 'a' }]);
		expect((await list.call(context({}))).results.map(({ name }) => name)).toEqual(['Other', 'Welcome']);
	});

	it.each<[string, object[], string]>([
		['there is no rule', [], 'There is no rule'],
		['two rules have the same name', [own('A', 'a', 'b'), own('A', 'a', 'c')], 'Two rules are called "A"'],
		['a rule is called Remainder', [own('remainder', 'a', 'b')], 'that is the output of everybody else'],
		['a rule is empty', [{ name: 'A', by: 'rule', combineGroups: 'all', rule: {} }], 'Rule "A": The rule has no condition'],
		['a rule on the item is empty', [{ name: 'A', by: 'item', conditions: {} }], 'Rule "A" has no condition'],
		['a segment does not exist', [{ name: 'A', by: 'saved', segment: byName('Nope') }], 'There is no segment "Nope"'],
	])('says what to do when %s', async (_what, rules, message) => {
		const run = await world.draw(outside(rules, { options: { identityKind: 'email', identityValue: 'p0@example.com' } })).execute('Start', [{ json: {} }]);

		expect(errorOf(run)?.message).toContain(message);
	});
});
