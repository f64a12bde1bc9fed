import type { INodeParameters, INodeType } from 'n8n-workflow';

import { JourneyAlertTrigger } from '../../../nodes/JourneyAlertTrigger/JourneyAlertTrigger.node';
import { JourneySplit } from '../../../nodes/JourneySplit/JourneySplit.node';
import { JourneyTrigger } from '../../../nodes/JourneyTrigger/JourneyTrigger.node';
import { JourneyWaitForEvent } from '../../../nodes/JourneyWaitForEvent/JourneyWaitForEvent.node';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { SegmentFilter } from '../../../nodes/SegmentFilter/SegmentFilter.node';
import { readSegmentRule } from '../../../nodes/shared/fields/rule';
import { errorOf, outputOf } from '../harness/n8n';
import { callTool } from './agent';
import { Desk, SUBJECT } from './desk';
import { inRule, listsAt, named, offered } from './dropdown';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

describe('The dropdowns of what has come in', () => {
	it('offer names and values of groups where groups are meant, and those of people elsewhere', async () => {
		await world.engine.groups.upsert([{ key: 'beta', attributes: { industry: 'Cars', plan: 'gold', tags: ['b2b', 'eu'] } }]);
		const asked = (kind: 'group' | 'attribute', attribute: string) => offered('searchValues', `rule.group[0].conditions.${kind}[0].value`, inRule({ [kind]: [{ attribute: named(attribute) }] }));

		expect(await offered('searchGroupAttributes', 'rule.group[0].conditions.group[0].attribute', inRule({ group: [{}] }))).toEqual(['industry', 'plan', 'tags']);
		expect(await asked('group', 'industry')).toEqual(['Cars', 'Toys']);
		expect(await asked('group', 'tags')).toEqual(['b2b', 'eu']);
		expect([await asked('group', 'plan'), (await asked('attribute', 'plan')).sort()]).toEqual([['gold'], ['free', 'pro']]);
	});

	it('offer keys of groups, those that contain what is searched for', async () => {
		await world.engine.groups.upsert([{ key: 'Beta Ltd' }, { key: 'gamma' }]);

		expect(await offered('searchAccounts', 'groupKey', {})).toEqual(['Beta Ltd', 'acme', 'gamma']);
		expect(await offered('searchAccounts', 'groupKey', {}, 'LTD')).toEqual(['Beta Ltd']);
	});

	it('offer the values of what stands beside or above: of a score rule, of an entry, of an exit, of a goal', async () => {
		const order = { event: named('Order Completed'), filters: { filter: [{ path: named('currency') }] } };

		expect((await offered('searchValues', 'rules.attribute[0].value', { rules: { attribute: [{ attribute: named('plan') }] } })).sort()).toEqual(['free', 'pro']);
		expect(await offered('searchValues', 'rules.event[0].filters.filter[0].value', { rules: { event: [order] } })).toEqual(['EUR']);
		expect((await offered('searchValues', 'attributeChange.to.value', { attribute: named('plan'), attributeChange: { to: {} } }, 'PR'))).toEqual(['pro']);
		expect(await offered('searchValues', 'eventFilters.filter[0].value', { event: named('Page Viewed'), eventFilters: { filter: [{ path: named('path') }] } })).toEqual(['/pricing']);
		expect(await offered('searchValues', 'exitFilters.filter[0].value', { event: named('Page Viewed'), exitEvent: named('Order Completed'), exitFilters: { filter: [{ path: named('order_id') }] } })).toEqual(['77']);
		expect(await offered('searchValues', 'goals.goal[0].filters.filter[0].value', { goals: { goal: [order] } })).toEqual(['EUR']);
		expect(await offered('searchValues', 'eventFilters.filter[0].value', { eventFilters: { filter: [{ path: named('path') }] } })).toEqual([]);
	});

	it('find a value behind the hundred most frequent', async () => {
		await world.engine.profiles.upsert(Array.from({ length: 240 }, (_, n) => ({ identities: [{ kind: 'user_id', value: `m${n}` }], attributes: { mentor: n < 239 ? `Mentor ${Math.floor(n / 2)}` : 'Zoë' } })), { source: 'test' });
		const inCondition = inRule({ attribute: [{ attribute: named('mentor') }] });

		expect(await offered('searchValues', 'rule.group[0].conditions.attribute[0].value', inCondition)).not.toContain('Zoë');
		expect(await offered('searchValues', 'rule.group[0].conditions.attribute[0].value', inCondition, 'ZO')).toEqual(['Zoë']);
	});

	it('offer for an event to be told those from outside only, and for what travels no part of an attribute', async () => {
		expect(await offered('searchEvents', 'event', {})).toContain('Email Opened');
		expect(await offered('searchEventsFromOutside', 'event', {})).toEqual(['Order Completed', 'Page Viewed']);
		expect(await offered('searchAttributes', 'attribute', {}, 'addr')).toEqual(['address', 'address.city']);
		expect(await offered('searchTopAttributes', 'fields', {}, 'addr')).toEqual(['address']);
	});

	it('offer for the column of a file what it may become by its use', async () => {
		await world.engine.settings.set({ topics: [{ key: 'news', name: 'News' }] }, { by: 'test' });
		const column = (use: string, options: INodeParameters = {}) => offered('searchColumnNames', 'columns.values[0].name', { columns: { values: [{ header: 'x', use }] }, options });

		expect(await column('attribute')).toContain('address.city');
		expect(await column('identity')).toEqual(['anonymous_id', 'email', 'phone', 'user_id']);
		expect(await column('property', { event: named('Page Viewed') })).toEqual(['path']);
		expect((await column('consent')).filter((name) => name.startsWith('sms'))).toEqual(['sms', 'sms:news']);
		expect(await column('suppression')).not.toContain('sms:news');
		expect(await column('skip')).toEqual([]);
	});

	it('offer where events and consents came from, but neither the engine\'s own sources nor other nodes', async () => {
		await world.engine.events.ingest([{ type: 'track', userId: 'ada', event: 'Called' }], { source: 'crm' });
		await world.engine.events.ingest([{ type: 'track', profileId: world.ada, event: 'Email Opened' }], { source: 'tracking', own: true });
		await new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters: { resource: 'consent', operation: 'set', identityValue: 'ben@example.com' } }).run([{}]);

		expect(await offered('searchSources', 'options.source', {})).toEqual(['crm', 'site']);
		expect(await offered('searchConsentSources', 'options.source', {})).toEqual(['form']);
		expect(await world.engine.consent.sources()).toHaveLength(2);
	});

	it('offer as moves back between stages those of the same panel first', async () => {
		const stages = { stages: { stage: [{ name: 'trial' }, { name: 'lead' }, { name: '' }] } };

		expect(await offered('searchStages', 'moves.move[0].from', stages)).toEqual(['trial', 'lead', 'subscriber', 'MQL', 'SQL', 'customer', 'evangelist']);
		expect(await offered('searchStages', 'stage', stages)).toEqual(['subscriber', 'lead', 'MQL', 'SQL', 'customer', 'evangelist']);
	});

	it('offer the goals that somebody has reached', async () => {
		const entry = { kind: 'event' as const, match: { event: 'Signed Up' } };
		await world.engine.journeys.register({ workflow: 'w1', step: 'start', name: 'Start', type: 'trigger' }, { name: 'Welcome', entry, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold', goals: [{ name: 'First Order', match: { event: 'Paid' }, withinMs: 60_000 }, { name: 'Never', match: { event: 'Nothing' }, withinMs: 60_000 }] });
		await world.engine.events.ingest([{ type: 'track', userId: 'ada', event: 'Signed Up' }], { source: 's' });
		await world.engine.events.ingest([{ type: 'track', userId: 'ada', event: 'Paid' }], { source: 's' });

		expect(await offered('searchGoals', 'goal', {})).toEqual(['First Order']);
	});

	const profileEngine = new ProfileEngine();
	const trigger = new JourneyTrigger();
	const places: Array<[INodeType, string, string[], string]> = [
		[profileEngine, 'profile: get', ['options', 'locationEvent'], 'searchEvents'],
		[profileEngine, 'profile: get', ['options', 'locationProperty'], 'searchEventProperties'],
		[profileEngine, 'profile: upsert', ['attributeOperations', 'attribute'], 'searchAttributes'],
		[profileEngine, 'profile: upsert', ['attributesFields', 'name'], 'searchAttributes'],
		[profileEngine, 'profile: upsert', ['options', 'source'], 'searchSources'],
		[profileEngine, 'profile: import', ['columns', 'name'], 'searchColumnNames'],
		[profileEngine, 'profile: import', ['options', 'source'], 'searchSources'],
		[profileEngine, 'event: import', ['options', 'event'], 'searchEvents'],
		[profileEngine, 'event: import', ['columns', 'name'], 'searchColumnNames'],
		[profileEngine, 'event: track', ['event'], 'searchEventsFromOutside'],
		[profileEngine, 'event: track', ['propertiesFields', 'name'], 'searchEventProperties'],
		[profileEngine, 'event: track', ['options', 'source'], 'searchSources'],
		[profileEngine, 'event: getMany', ['filters', 'value'], 'searchValues'],
		[profileEngine, 'group: upsert', ['attributeOperations', 'attribute'], 'searchGroupAttributes'],
		[profileEngine, 'group: upsert', ['attributesFields', 'name'], 'searchGroupAttributes'],
		...['upsert', 'get', 'delete', 'members', 'addMembers', 'removeMembers'].map((operation): [INodeType, string, string[], string] => [profileEngine, `group: ${operation}`, ['groupKey'], 'searchAccounts']),
		[profileEngine, 'scoreModel: save', ['modelName'], 'searchScoreModels'],
		[profileEngine, 'scoreModel: save', ['rules', 'value'], 'searchValues'],
		[profileEngine, 'scoreModel: save', ['rules', 'filters', 'value'], 'searchValues'],
		[profileEngine, 'segment: save', ['segmentName'], 'searchSegments'],
		[profileEngine, 'stage: define', ['moves', 'from'], 'searchStages'],
		[profileEngine, 'stage: define', ['moves', 'to'], 'searchStages'],
		[profileEngine, 'consent: set', ['options', 'source'], 'searchConsentSources'],
		[profileEngine, 'consent: doNotSell', ['source'], 'searchConsentSources'],
		[trigger, '', ['eventFilters', 'value'], 'searchValues'],
		[trigger, '', ['exitFilters', 'value'], 'searchValues'],
		[trigger, '', ['goals', 'filters', 'value'], 'searchValues'],
		[trigger, '', ['attributeChange', 'value'], 'searchValues'],
		[trigger, '', ['fields'], 'searchTopAttributes'],
		[new JourneyWaitForEvent(), '', ['eventFilters', 'value'], 'searchValues'],
		[new JourneySplit(), '', ['goal'], 'searchGoals'],
		[new JourneySplit(), '', ['filters', 'value'], 'searchValues'],
		[new JourneyAlertTrigger(), '', ['journeys', 'workflow'], 'searchWorkflows'],
	];
	it.each(places.map(([node, operation, place, list]) => ({ where: `${node.description.displayName} ${operation}: ${place.join(', ')}`, node, operation, place, list })))('stand where a name was plain text in $where', ({ node, operation, place, list }) => {
		expect(listsAt(node, operation, ...place)).toEqual([list]);
		expect(Object.keys((node.methods as { listSearch?: object } | undefined)?.listSearch ?? {})).toContain(list);
	});

	it('offer names and values in the rule builder for groups as for people', () => {
		const rule = new SegmentFilter();

		expect(listsAt(rule, '', 'rule', 'conditions', 'attribute')).toEqual(['searchAttributes', 'searchGroupAttributes']);
		expect(listsAt(rule, '', 'rule', 'conditions', 'value')).toEqual(['searchValues']);
	});
});

describe('What was chosen from a list', () => {
	const run = async (parameters: INodeParameters, item = {}) => {
		const done = await new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters }).run([item]);
		expect(errorOf(done)).toBeUndefined();
		return outputOf(done, SUBJECT).map(({ json }) => json);
	};
	/** As a workflow holds it that was made before there was a list, and as the editor saves it now. */
	const ways: Array<[string, (value: string) => string | ReturnType<typeof named>]> = [['a list', (value) => named(value)], ['a field', (value) => named(value, 'name')], ['plain text', (value) => value]];

	it.each(ways)('is stored alike from %s: attributes, properties, groups, sources', async (_way, as) => {
		const person = { identityValue: 'ada@example.com' };

		await run({ resource: 'profile', operation: 'upsert', ...person, attributesFields: { values: [{ name: as('seats'), value: '={{ 5 }}' }] } });
		await run({ resource: 'event', operation: 'track', ...person, event: as('Called'), propertiesFields: { values: [{ name: as('line'), value: 'hotline' }] }, options: { source: as('crm') } });
		await run({ resource: 'group', operation: 'upsert', groupKey: as('acme'), attributesFields: { values: [{ name: as('size'), value: '={{ 7 }}' }] }, attributeOperations: { values: [{ attribute: as('orders'), change: 'increment', value: '={{ 2 }}' }] } });
		await run({ resource: 'consent', operation: 'doNotSell', ...person, source: as('hotline') });
		await run({ resource: 'consent', operation: 'set', ...person, state: 'unsubscribed', options: { source: as('hotline') } });

		expect((await world.engine.profiles.get({ kind: 'user_id', value: 'ada' }))?.attributes).toMatchObject({ seats: 5 });
		expect((await world.engine.events.list({ name: 'Called' })).events).toMatchObject([{ properties: { line: 'hotline' }, source: 'crm' }]);
		expect(await world.engine.groups.get('acme')).toMatchObject({ attributes: { industry: 'Toys', size: 7, orders: 2 } });
		expect((await world.engine.consent.history({ kind: 'user_id', value: 'ada' }))?.slice(0, 2).map(({ source }) => source)).toEqual(['hotline', 'hotline']);
	});

	it.each(ways)('is meant alike from %s: segments, score models, stages', async (_way, as) => {
		const [saved] = await run({ resource: 'segment', operation: 'save', segmentName: as('Toys'), ...inRule({ group: [{ attribute: as('industry'), operator: 'equals', value: as('Toys') }] }) });
		const [model] = await run({ resource: 'scoreModel', operation: 'save', modelName: as('Fit'), rules: { attribute: [{ name: 'Pro', points: 5, group: 'fit', attribute: as('plan'), operator: 'equals', value: as('pro') }], event: [{ name: 'Paid', points: 5, group: 'engagement', event: as('Order Completed'), filters: { filter: [{ path: as('currency'), operator: 'equals', value: as('EUR') }] } }] } });
		await run({ resource: 'stage', operation: 'define', stages: { stage: [{ name: 'lead' }, { name: 'customer' }] }, moves: { move: [{ from: as('customer'), to: as('lead') }] } });

		expect(saved).toMatchObject({ name: 'Toys', members: 1, rule: { all: [{ group: { attribute: 'industry', operator: 'equals', value: 'Toys' } }] } });
		expect(model).toMatchObject({ name: 'Fit', rules: [{ when: { attribute: 'plan', operator: 'equals', value: 'pro' } }, { when: { event: 'Order Completed', filters: [{ path: 'currency', operator: 'equals', value: 'EUR' }] } }] });
		expect((await world.engine.scores.stages()).alsoAllowed).toEqual([{ from: 'customer', to: 'lead' }]);
	});

	it('is one value where several may be typed, commas and all', () => {
		const read = (value: string | ReturnType<typeof named>) => readSegmentRule('all', inRule({ attribute: [{ attribute: named('city'), operator: 'in', value }] }).rule);

		expect(read(named('Bern, CH'))).toEqual({ all: [{ attribute: 'city', operator: 'in', value: ['Bern, CH'] }] });
		expect(read(named('Bern, Basel', 'name'))).toEqual(read('Bern, Basel'));
	});

	it('may be the words of an agent, or an expression of each item', async () => {
		const called = await callTool(
			new ProfileEngine(),
			{ resource: 'group', operation: 'upsert', groupKey: named("={{ $fromAI('key', 'Key of the group', 'string') }}", 'name'), attributesFields: { values: [{ name: named("={{ $fromAI('name', 'Attribute', 'string') }}", 'name'), value: "={{ $fromAI('value', 'Value', 'string') }}" }] } },
			{ key: 'acme', name: 'industry', value: 'Games' },
		);
		await run({ resource: 'event', operation: 'track', identityValue: '={{ $json.email }}', event: named('={{ $json.what }}', 'name') }, { email: 'ben@example.com', what: 'Rang' });

		expect(called).toMatchObject({ answer: [{ groupKey: 'acme' }] });
		expect((await world.engine.groups.get('acme'))?.attributes).toEqual({ industry: 'Games' });
		expect((await world.engine.events.list({ name: 'Rang' })).events).toMatchObject([{ profileId: world.ben }]);
	});
});
