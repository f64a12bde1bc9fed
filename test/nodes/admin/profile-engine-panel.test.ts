import { NodeHelpers } from 'n8n-workflow';
import type { INode, INodeParameters, INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';

import { JourneyBranch } from '../../../nodes/JourneyBranch/JourneyBranch.node';
import { JourneySplit } from '../../../nodes/JourneySplit/JourneySplit.node';
import { JourneyTrigger } from '../../../nodes/JourneyTrigger/JourneyTrigger.node';
import { LeadScore } from '../../../nodes/LeadScore/LeadScore.node';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { SegmentFilter } from '../../../nodes/SegmentFilter/SegmentFilter.node';
import { defaulted } from './desk';
import { TOUR } from './tour';

/** A list that is longer cannot be read at a glance, nor without scrolling. */
const LONGEST_LIST = 12;
const VERBS = ['Add', 'Change', 'Check', 'Copy', 'Count', 'Create', 'Define', 'Delete', 'Erase', 'Explain', 'Export', 'Get', 'Import', 'Merge', 'Move', 'Preview', 'Recalculate', 'Remove', 'Rename', 'Request', 'Restore', 'Set', 'Track', 'Undo', 'Unmerge', 'Update'];

const node = new ProfileEngine();
const { properties } = node.description;
const operationsOf = properties.filter(({ name }) => name === 'operation').map((field): [string, INodePropertyOptions[]] => [String(field.displayOptions?.show?.resource?.[0]), field.options as INodePropertyOptions[]]);

/** Every field of a panel, those inside of collections included. */
function fieldsIn(fields: INodeProperties[]): INodeProperties[] {
	return fields.flatMap((field) => {
		const inside = (field.options ?? []).flatMap((option): INodeProperties[] => ('values' in option ? option.values : 'type' in option ? [option] : []));
		return [field, ...fieldsIn(inside)];
	});
}

/** What the panel shows for parameters, in order. */
function shown(parameters: INodeParameters): INodeProperties[] {
	const placed: INode = { id: '1', name: 'Profile Engine', type: 'n8n-nodes-journeys.profileEngine', typeVersion: 1, position: [0, 0], parameters };
	const filled = defaulted(node, parameters, placed);
	return properties.filter((field) => NodeHelpers.displayParameter(filled, field, placed, node.description));
}

describe('The panel of Profile Engine', () => {
	it.each(operationsOf)('lists the operations of %s on one screen, verb first, in order, each told in a sentence', (_resource, operations) => {
		const names = operations.map(({ name }) => name);

		expect(names.length).toBeLessThanOrEqual(LONGEST_LIST);
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')));
		for (const { name, description, action } of operations) {
			expect(VERBS).toContain(name.split(' ')[0]);
			expect(VERBS).toContain(action?.split(' ')[0]);
			expect(description).toMatch(/^[A-Z].{10,100}[^.]$/);
		}
	});

	it('has no two actions with the same words in the node picker', () => {
		const actions = operationsOf.flatMap(([, operations]) => operations.map(({ action }) => action));

		expect(actions.filter((action, place) => actions.indexOf(action) !== place)).toEqual([]);
	});

	it.each(Object.keys(TOUR))('shows for %s no label twice, and marks what must be filled in', (pair) => {
		const [resource, operation] = pair.split(': ');
		const fields = shown({ resource, operation }).filter(({ type }) => type !== 'notice');
		const labels = fields.map(({ displayName }) => displayName);

		expect(labels.filter((label, place) => labels.indexOf(label) !== place)).toEqual([]);
		// A default would be taken for what somebody meant. The field of a file has n8n's own.
		const silent = fields.filter(({ required, default: initial, name }) => required === true && name !== 'binaryProperty' && !isEmpty(initial));
		expect(silent.map(({ name }) => name)).toEqual([]);
	});

	it('is left alone by what belongs to agents', () => {
		const agents = Object.keys(TOUR).flatMap((pair) => shown({ resource: pair.split(': ')[0], operation: pair.split(': ')[1] })).filter(({ name }) => name.startsWith('agent'));

		expect(agents).toEqual([]);
	});

	it('shows what the node does below its name on the canvas', () => {
		const subtitle = String(node.description.subtitle);
		const read = new Function('$parameter', `return ${subtitle.slice('={{'.length, -'}}'.length)}`) as (parameters: object) => unknown;

		for (const [resource, operations] of operationsOf) {
			for (const { value, action } of operations) expect(read({ resource, operation: value })).toBe(action);
		}
		// n8n would end the expression there.
		expect(subtitle.slice(0, -'}}'.length)).not.toContain('}}');
	});
});

const NODES: Array<[string, INodeType]> = [['Profile Engine', node], ['Journey Branch', new JourneyBranch()], ['Journey Split', new JourneySplit()], ['Journey Trigger', new JourneyTrigger()], ['Lead Score', new LeadScore()], ['Segment Filter', new SegmentFilter()]];

describe.each(NODES)('Every field of %s', (_name, { description, methods }) => {
	const fields = fieldsIn(description.properties);

	it('is explained in plain words', () => {
		const plain = fields.filter(({ type, name, displayName }) => type !== 'notice' && !['resource', 'operation'].includes(name) && !['Options', 'Filters'].includes(displayName));
		const bare = plain.filter(({ description: text }) => (text ?? '') === '');

		expect(bare.map(({ displayName, name }) => `${displayName} (${name})`)).toEqual([]);
	});

	it('that offers names loads them by a method that there is', () => {
		const lists = fields.flatMap(({ modes }) => (modes ?? []).flatMap(({ typeOptions }) => typeOptions?.searchListMethod ?? []));
		const loads = fields.flatMap(({ typeOptions }) => typeOptions?.loadOptionsMethod ?? []);

		expect(lists.filter((method) => !(method in (methods?.listSearch ?? {})))).toEqual([]);
		expect(loads.filter((method) => !(method in (methods?.loadOptions ?? {})))).toEqual([]);
	});

	it('that can hold several says what is added, all in the same style', () => {
		const buttons = fields.filter(({ type }) => type === 'collection' || type === 'fixedCollection').map(({ placeholder }) => placeholder);

		expect(buttons.filter((text) => !/^Add [A-Z]/.test(text ?? ''))).toEqual([]);
	});
});

function isEmpty(initial: unknown): boolean {
	return initial === '' || (typeof initial === 'object' && initial !== null && 'value' in initial && initial.value === '');
}
