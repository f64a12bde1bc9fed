import '../harness/environment';

import { LoadOptionsContext } from 'n8n-core';
import type { ILoadOptionsFunctions, INodeListSearchResult, INodeParameters, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

import type { JourneyConfig } from '../../../engine';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { listSearch } from '../../../nodes/shared/fields';
import { SUBJECT, Desk } from './desk';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

/** What the dropdown at that place of the panel offers, as the editor asks for it. */
async function offered(method: keyof typeof listSearch, path: string, parameters: INodeParameters, filter?: string): Promise<string[]> {
	const { n8n } = new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters });
	const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed(SUBJECT), { currentNodeParameters: parameters } as unknown as IWorkflowExecuteAdditionalData, `parameters.${path}`);
	const { results } = (await listSearch[method].call(context as unknown as ILoadOptionsFunctions, filter)) as INodeListSearchResult;
	return results.map(({ value }) => String(value));
}

const named = (value: string) => ({ __rl: true, mode: 'list', value });
const inRule = (conditions: INodeParameters): INodeParameters => ({ rule: { group: [{ combine: 'all', conditions }] } });

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
