import type { JourneyConfig } from '../../../engine';
import { conditionKinds } from '../../../nodes/shared/fields/ruleConditions';
import { readSegmentRule } from '../../../nodes/shared/fields/rule';
import { inRule, named, offered } from './dropdown';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

describe('The dropdowns of the panels', () => {
	it('offer the buckets of the chosen score model, or its grades where those are asked for', async () => {
		expect(await offered('searchLevels', 'scoreBecomes', { scoreModel: named('Leads'), scoreLevel: 'bucket' })).toEqual(['cold', 'warm', 'hot']);
		expect(await offered('searchLevels', 'scoreBecomes', { scoreModel: named('Leads'), scoreLevel: 'grade' })).toEqual(['A', 'B', 'C', 'D', 'F']);
		expect(await offered('searchLevels', 'rule.group[0].conditions.bucket[0].in', inRule({ bucket: [{ model: named('Leads') }] }), 'WAR')).toEqual(['warm']);
		expect(await offered('searchLevels', 'rule.group[0].conditions.grade[0].in', inRule({ grade: [{ model: named('Leads') }] }))).toEqual(['A', 'B', 'C', 'D', 'F']);
	});

	it('offer nothing while no score model is chosen, or one that is gone', async () => {
		expect(await offered('searchLevels', 'scoreBecomes', { scoreModel: named('') })).toEqual([]);
		expect(await offered('searchLevels', 'scoreBecomes', { scoreModel: named('Gone') })).toEqual([]);
	});

	it('offer the topics of the settings, by key', async () => {
		await world.engine.settings.set({ topics: [{ key: 'newsletter', name: 'News' }, { key: 'offers', name: 'Offers' }] }, { by: 'test' });

		expect(await offered('searchTopics', 'topic', {})).toEqual(['newsletter', 'offers']);
		expect(await offered('searchTopics', 'rule.group[0].conditions.consent[0].topic', inRule({ consent: [{}] }), 'off')).toEqual(['offers']);
	});

	it('offer workflows by name, their steps that send once one is chosen, and values for what the first or last event has', async () => {
		for (const workflow of ['wf1', 'wf2']) {
			const entry = { kind: 'event' as const, match: { event: 'Signed Up' } };
			await world.engine.journeys.register({ workflow, step: 'start', name: 'Start', type: 'trigger' }, { name: `Journey ${workflow}`, entry, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold' });
			await world.engine.journeys.beat({ workflow, step: `mail of ${workflow}`, name: 'Mail', type: 'email' });
		}
		await world.engine.events.ingest([{ type: 'track', userId: 'u', event: 'Bought', properties: { shop: 'Bern' } }], { source: 't' });

		const step = 'rule.group[0].conditions.message[0].step';
		expect(await offered('searchWorkflows', 'rule.group[0].conditions.message[0].workflow', inRule({ message: [{}] }), 'wf')).toEqual(['wf1', 'wf2']);
		expect(await offered('searchWorkflows', 'journeys.journey[0].workflow', {}, 'journey WF2')).toEqual(['wf2']);
		expect(await offered('searchMessageSteps', step, inRule({ message: [{ workflow: named('wf2') }] }))).toEqual(['mail of wf2']);
		expect(await offered('searchMessageSteps', step, inRule({ message: [{}] }))).toEqual([]);
		expect(await offered('searchValues', 'rule.group[0].conditions.event[0].value', inRule({ event: [{ event: named('Bought'), happened: 'last', path: named('shop') }] }))).toEqual(['Bern']);
	});

	it('mean in a rule what the same text means', () => {
		const rule = (as: (value: string) => string | ReturnType<typeof named>) => readSegmentRule('all', { group: [{ combine: 'all', conditions: {
			message: [{ message: 'clicked', workflow: as('wf1'), step: as('mail') }], event: [{ event: named('Bought'), happened: 'last', path: named('shop'), operator: 'equals', value: as('Bern') }, { event: named('Bought'), happened: 'sum', path: named('total'), measured: 'greater', value: as('49.90') }],
		} }] });

		const fields = ['message', 'event'].flatMap((kind) => conditionKinds.find((one) => one.name === kind)?.values ?? []).filter(({ name }) => ['workflow', 'step', 'value'].includes(name));
		expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual(['workflow resourceLocator', 'step resourceLocator', 'value resourceLocator']);
		expect(rule(named)).toEqual(rule((text) => text));
		expect(JSON.stringify(rule(named))).toContain('"workflow":"wf1","step":"mail"');
	});

	it('offer the properties of the event that tells the location, and nothing before one is chosen', async () => {
		await world.engine.events.ingest([{ type: 'track', userId: 'u', event: 'Store Visited', properties: { shop: 'x', floor: 1 } }], { source: 't' });

		expect(await offered('searchEventProperties', 'options.locationProperty', { options: { locationEvent: named('Store Visited') } })).toEqual(['floor', 'shop']);
		expect(await offered('searchEventProperties', 'options.locationProperty', { options: { locationProperty: named('location') } })).toEqual([]);
	});

	it('offer stages in their own order, and attributes and values that were seen', async () => {
		expect(await offered('searchStages', 'stage', {})).toEqual(['subscriber', 'lead', 'MQL', 'SQL', 'customer', 'evangelist']);
		expect(await offered('searchAttributes', 'attributeName', {}, 'pla')).toEqual(['plan']);
		expect((await offered('searchValues', 'rule.group[0].conditions.attribute[0].value', inRule({ attribute: [{ attribute: named('plan') }] }))).sort()).toEqual(['free', 'pro']);
	});

	it('offer the properties of the event that stands beside them: that of a goal, of an area, of an exit', async () => {
		const goals = { goals: { goal: [{ event: named('Page Viewed') }, { event: named('Order Completed') }] } };

		expect(await offered('searchEventProperties', 'goals.goal[1].valueProperty', goals)).toEqual(['currency', 'order_id', 'total']);
		expect(await offered('searchEventProperties', 'goals.goal[0].filters.filter[0].path', goals)).toEqual(['path']);
		expect(await offered('searchEventProperties', 'areaProperty', { event: named('Order Completed'), areaEvent: named('Page Viewed') })).toEqual(['path']);
		expect(await offered('searchEventProperties', 'eventKey', { event: named('Page Viewed') })).toEqual(['path']);
	});

	it('offer the steps of all journeys that send, each with its journey', async () => {
		const journey: JourneyConfig = { name: 'Welcome', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' };
		await world.engine.journeys.register({ workflow: 'w1', step: 'start', name: 'Start', type: 'trigger' }, journey);
		await world.engine.journeys.beat({ workflow: 'w1', step: 'mail', name: 'Hello', type: 'email' });
		await world.engine.journeys.beat({ workflow: 'w1', step: 'pause', name: 'Pause', type: 'wait' });

		expect(await offered('searchAllMessageSteps', 'messageStep', {})).toEqual(['w1/mail']);
	});
});
