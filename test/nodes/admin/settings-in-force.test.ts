import '../harness/environment';

import { LoadOptionsContext } from 'n8n-core';
import type { ILoadOptionsFunctions, INodeProperties, INodeType, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

import { JourneyAlertTrigger } from '../../../nodes/JourneyAlertTrigger/JourneyAlertTrigger.node';
import { JourneyAnyChannel } from '../../../nodes/JourneyAnyChannel/JourneyAnyChannel.node';
import { JourneyBranch } from '../../../nodes/JourneyBranch/JourneyBranch.node';
import { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { JourneyContent } from '../../../nodes/JourneyContent/JourneyContent.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { JourneyGoal } from '../../../nodes/JourneyGoal/JourneyGoal.node';
import { JourneyTrigger } from '../../../nodes/JourneyTrigger/JourneyTrigger.node';
import { JourneyPush } from '../../../nodes/JourneyPush/JourneyPush.node';
import { JourneyWait } from '../../../nodes/JourneyWait/JourneyWait.node';
import { JourneyWebPush } from '../../../nodes/JourneyWebPush/JourneyWebPush.node';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { SegmentFilter } from '../../../nodes/SegmentFilter/SegmentFilter.node';
import { loadOptions } from '../../../nodes/shared/fields';
import { Desk, SUBJECT } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

const NODES: Record<string, INodeType> = {
	journeyAlertTrigger: new JourneyAlertTrigger(), journeyAnyChannel: new JourneyAnyChannel(), journeyBranch: new JourneyBranch(), journeyCollectorTrigger: new JourneyCollectorTrigger(), journeyContent: new JourneyContent(), journeyEmail: new JourneyEmail(),
	journeyGoal: new JourneyGoal(), journeyPush: new JourneyPush(), journeyTrigger: new JourneyTrigger(), journeyWait: new JourneyWait(), journeyWebPush: new JourneyWebPush(), profileEngine: new ProfileEngine(), segmentFilter: new SegmentFilter(),
};
const fieldsOf = ({ description }: INodeType): INodeProperties[] => description.properties.filter(({ name }) => name === 'settingsInForce');

let test: TestEngine;
beforeEach(async () => {
	test = await openTestEngine();
});
afterEach(async () => await test.close());

/** As the editor asks when a panel opens: with the node as it is drawn, without any execution. */
async function shown(type: string): Promise<Map<unknown, string>> {
	const { n8n } = new Desk({ type, node: NODES[type] ?? new JourneyWait() });
	const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed(SUBJECT), { currentNodeParameters: {} } as unknown as IWorkflowExecuteAdditionalData, 'parameters.settingsInForce');
	return new Map((await loadOptions.settingsInForce.call(context as unknown as ILoadOptionsFunctions)).map(({ name, value }) => [value, name]));
}

describe('settings in the panels of the nodes that go by them', () => {
	it('each is in one at least, so that nobody wonders what holds', async () => {
		const names = new Set(Object.values(NODES).flatMap(fieldsOf).flatMap((field) => (field.default as string[]).filter((name) => !name.includes(' '))));

		expect([...names].sort()).toEqual(Object.keys((await test.engine.settings.get()).values).sort());
	});

	it.each(Object.entries(NODES))('of %s can be loaded and not be chosen', (_type, node) => {
		expect(node.methods?.loadOptions?.settingsInForce).toBe(loadOptions.settingsInForce);
		for (const field of fieldsOf(node)) expect(field).toMatchObject({ type: 'multiOptions', noDataExpression: true, disabledOptions: { show: { '@version': [{ _cnd: { gte: 1 } }] } } });
	});

	it('are those of now each time the panel opens, under names that never change', async () => {
		const before = await shown('journeyEmail');
		await test.engine.settings.set({ quietHours: { from: '22:00', to: '06:00' }, caps: [] });
		const after = await shown('journeyEmail');

		expect([before.get('quietHours'), after.get('quietHours'), after.get('caps')]).toEqual(['Quiet hours: 21:00 to 08:00 where the person is', 'Quiet hours: 22:00 to 06:00 where the person is', 'No frequency cap']);
		for (const field of Object.values(NODES).flatMap(fieldsOf)) for (const name of field.default as string[]) expect(after.has(name)).toBe(true);
	});
});
