import type { INode } from 'n8n-workflow';

import { TestN8n } from '../harness/n8n';
import type { Edge, NodeSpec } from '../harness/n8n';
import { flowNodes, PREFIX } from '../harness/journey';
import { JourneyAnyChannel } from '../../../nodes/JourneyAnyChannel/JourneyAnyChannel.node';
import { foreignEffectsAfter } from '../../../nodes/shared/effects';
import { foreignWaitsAfter } from '../../../nodes/shared/foreignWaits';
import { setsPairs } from '../../../nodes/shared/pairing';

const node = (type: string, parameters: INode['parameters'] = {}, more: Partial<INode> = {}): INode => ({
	id: 'id', name: 'Node', type, typeVersion: 1, position: [0, 0], parameters, ...more,
});

describe('what a node says about pairs', () => {
	it.each<[string, INode]>([
		['Edit Fields', node('n8n-nodes-base.set')],
		['HTTP Request', node('n8n-nodes-base.httpRequest')],
		['Code once for each item', node('n8n-nodes-base.code', { mode: 'runOnceForEachItem' })],
		['Sort by fields', node('n8n-nodes-base.sort', { type: 'simple' })],
		['Merge that appends', node('n8n-nodes-base.merge', {}, { typeVersion: 3 })],
		['Merge by fields', node('n8n-nodes-base.merge', { mode: 'combine' }, { typeVersion: 3 })],
		['our own', node(`${PREFIX}journeyWait`)],
		['our own from a folder', node('CUSTOM.segmentFilter')],
		['any disabled node, which n8n bridges itself', node('n8n-nodes-base.aggregate', {}, { disabled: true })],
	])('is believed of %s', (_title, one) => {
		expect(setsPairs(one)).toBe(true);
	});

	it.each<[string, INode]>([
		['Code once for all items', node('n8n-nodes-base.code')],
		['Sort by code', node('n8n-nodes-base.sort', { type: 'code' })],
		['Remove Duplicates that removes other fields', node('n8n-nodes-base.removeDuplicates', { options: { removeOtherFields: true } })],
		['Switch that continues on an error', node('n8n-nodes-base.switch', {}, { onError: 'continueRegularOutput' })],
		['Wait for a webhook', node('n8n-nodes-base.wait', { resume: 'webhook' })],
		['Merge by SQL', node('n8n-nodes-base.merge', { mode: 'combineBySql' }, { typeVersion: 3 })],
		['a node nobody has read', node('n8n-nodes-base.slack')],
		['a node of another package', node('n8n-nodes-other.set')],
		['a node that borrows our name', node('n8n-nodes-other.journeyWait')],
		['a type with the name of an object method', node('n8n-nodes-base.constructor')],
	])('is not believed of %s', (_title, one) => {
		expect(setsPairs(one)).toBe(false);
	});
});

describe('effects of foreign nodes before the next park', () => {
	const after = (nodes: NodeSpec[], edges: Edge[]): boolean => {
		const start = { name: 'Start', type: `${PREFIX}journeyTrigger` };
		return foreignEffectsAfter(new TestN8n({ nodes: [start, ...nodes], edges }, flowNodes).workflow, 'Start');
	};
	const wait = { name: 'Wait', type: `${PREFIX}journeyWait` };
	const service = { name: 'Service', type: 'n8n-nodes-base.service' };

	it('are none where only items are looked at or changed', () => {
		const nodes = [
			{ name: 'Set', type: 'n8n-nodes-base.set' },
			{ name: 'Code', type: 'n8n-nodes-base.code', parameters: { jsCode: 'return items;' } },
			{ name: 'Filter', type: `${PREFIX}segmentFilter` },
			wait,
			service,
		];

		expect(after(nodes, [['Start', 'Set'], ['Set', 'Code'], ['Code', 'Filter'], ['Filter', 'Wait'], ['Wait', 'Service']])).toBe(false);
	});

	it('are found on any branch, also behind a disabled wait', () => {
		expect(after([wait, service], [['Start', 'Wait'], ['Start', 'Service']])).toBe(true);
		expect(after([{ ...wait, disabled: true }, service], [['Start', 'Wait'], ['Wait', 'Service']])).toBe(true);
	});

	it('are none behind another output than the first of a node that is off, by which nobody comes', () => {
		const off = { name: 'Off', type: `${PREFIX}segmentFilter`, disabled: true };

		expect(after([off, service], [['Start', 'Off'], ['Off', 'Service', 1]])).toBe(false);
		expect(after([off, service], [['Start', 'Off'], ['Off', 'Service', 0]])).toBe(true);
	});

	it('are assumed of Code that reaches out', () => {
		const code = (jsCode: string) => after([{ name: 'Code', type: 'n8n-nodes-base.code', parameters: { jsCode } }], [['Start', 'Code']]);

		expect(code('await this.helpers.httpRequest({ url: "https://example.com" }); return items;')).toBe(true);
		expect(code('const data = $getWorkflowStaticData("global"); return items;')).toBe(true);
	});

	it('are none in the loop of a Journey Any Channel, which nobody goes through twice, but count behind Done', () => {
		const any = { name: 'Any', type: `${PREFIX}journeyAnyChannel` };
		const behind = (edges: Edge[]) => foreignEffectsAfter(new TestN8n({ nodes: [any, service, { ...service, name: 'Other' }], edges }, { ...flowNodes, [any.type]: new JourneyAnyChannel() }).workflow, 'Any');

		expect(behind([['Any', 'Service', 1], ['Service', 'Any']])).toBe(false);
		expect(behind([['Any', 'Service', 1], ['Service', 'Any'], ['Any', 'Other', 0]])).toBe(true);
	});

	it('are looked for once in a circle', () => {
		const set = { name: 'Set', type: 'n8n-nodes-base.set' };
		const goal = { name: 'Goal', type: `${PREFIX}journeyGoal` };

		expect(after([set, goal], [['Start', 'Set'], ['Set', 'Goal'], ['Goal', 'Set']])).toBe(false);
	});
});

describe('waits of n8n\'s own before the next park', () => {
	const after = (nodes: NodeSpec[], edges: Edge[]): number => {
		const start = { name: 'Start', type: `${PREFIX}journeyTrigger` };
		return foreignWaitsAfter(new TestN8n({ nodes: [start, ...nodes], edges }, { ...flowNodes, 'n8n-nodes-other.any': new JourneyAnyChannel() }).workflow, 'Start');
	};
	const of = (name: string, type = 'n8n-nodes-base.set', parameters: NodeSpec['parameters'] = {}): NodeSpec => ({ name, type, parameters });
	const pause = (name: string) => of(name, 'n8n-nodes-base.wait');

	it.each<[string, number, NodeSpec[], Edge[]]>([
		['none where nothing waits', 0, [of('Set'), of('Post', 'n8n-nodes-base.slack', { operation: 'post' }), of('Ask', 'n8n-nodes-base.slack', { operation: 'sendAndWait' })], [['Start', 'Set'], ['Set', 'Post']]],
		['one approval', 1, [of('Ask', 'n8n-nodes-base.slack', { operation: 'sendAndWait' }), of('Set')], [['Start', 'Ask'], ['Ask', 'Set']]],
		['not those behind the next park', 1, [pause('One'), of('Rest', `${PREFIX}journeyWait`), pause('Two')], [['Start', 'One'], ['One', 'Rest'], ['Rest', 'Two']]],
		['two in a row', 2, [pause('One'), pause('Two')], [['Start', 'One'], ['One', 'Two']]],
		['one on each branch', 2, [pause('One'), pause('Two')], [['Start', 'One'], ['Start', 'Two']]],
		['one that two lines lead to', 2, [of('Left'), of('Right'), of('Both'), pause('One')], [['Start', 'Left'], ['Start', 'Right'], ['Left', 'Both'], ['Right', 'Both'], ['Both', 'One']]],
		['one behind a Merge', 1, [of('Left'), { ...of('Merge', 'n8n-nodes-base.merge'), typeVersion: 3 }, pause('One')], [['Start', 'Left'], ['Start', 'Merge', 0, 1], ['Left', 'Merge'], ['Merge', 'One']]],
		['one in a loop', 2, [pause('One'), of('Again', 'n8n-nodes-base.if')], [['Start', 'One'], ['One', 'Again'], ['Again', 'One', 1]]],
		['one that is off, and another', 1, [{ ...pause('One'), disabled: true }, pause('Two')], [['Start', 'One'], ['One', 'Two']]],
		['none behind the second output of a node that is off', 0, [{ ...of('Off', 'n8n-nodes-base.if'), disabled: true }, pause('One')], [['Start', 'Off'], ['Off', 'One', 1]]],
		['one that nobody has read', 1, [of('Other', 'n8n-nodes-other.any'), of('Set')], [['Start', 'Other'], ['Other', 'Set']]],
	])('are counted: %s', (_title, waits, nodes, edges) => {
		expect(after(nodes, edges)).toBe(waits);
	});
});
