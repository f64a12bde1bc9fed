import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, TestSendRequest } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { CHANNEL_OPTIONS, settingsInForceField } from '../../../shared/fields';
import { visitKeys } from '../../../shared/visitKeys';
import { versionField } from '../versionField';
import { previewAs, previewFields } from './previewAs';
import { TEST_BY, testFields } from './testBy';
import { templateField } from './templateKey';

const displayOptions = { show: { resource: ['template'], operation: ['sendTest'] } };
const shownFor = (...testTo: string[]) => ({ show: { ...displayOptions.show, testTo } });

export const description: INodeProperties[] = [
	templateField(displayOptions),
	{
		displayName: 'Channel', name: 'testChannel', type: 'options', noDataExpression: true, displayOptions, options: CHANNEL_OPTIONS.filter(({ value }) => value !== 'ads'), default: 'email',
		description: 'The channel of the template',
	},
	...testFields(displayOptions.show),
	{
		displayName: 'To', name: 'testTo', type: 'options', noDataExpression: true, displayOptions, default: 'person', description: 'Who gets it. Nobody else than test people and the addresses on the list gets a test.',
		options: [
			{ name: 'Address', value: 'address', description: 'Of a test person, or on the list Test Addresses of Profile Engine: Settings' },
			{ name: 'Test Person', value: 'person', description: 'A profile that is marked as a test person' },
		],
	},
	{ displayName: 'Test Profile ID', name: 'testProfileId', type: 'string', required: true, displayOptions: shownFor('person'), default: '', placeholder: 'e.g. 17', description: 'ID of the test person, as items carry it' },
	{ displayName: 'Test Address', name: 'testAddress', type: 'string', required: true, displayOptions: shownFor('address'), default: '', placeholder: 'e.g. me@shop.example', description: 'Email address, phone number or ID of the chat service. Push, web push, on-site messages and direct mail go to test people only.' },
	versionField(displayOptions, 'version', 'Version', 'Empty sends the draft'),
	...previewFields(displayOptions),
	settingsInForceField(['testAddresses', 'senders'], displayOptions),
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [
			{ displayName: 'Item (JSON)', name: 'item', type: 'json', default: '{}', description: 'What the item carries, as Liquid sees it; empty takes that of the test data' },
			{ displayName: 'Language', name: 'language', type: 'string', default: '', placeholder: 'e.g. de', description: 'Empty takes what the person speaks' },
			{ displayName: 'Mark as Test', name: 'mark', type: 'boolean', noDataExpression: true, default: true, description: 'Whether [Test] stands before the subject, the title or the text' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const channel = this.getNodeParameter('testChannel', 0, 'email') as TestSendRequest['by']['channel'];
	const chosen = Object.hasOwn(TEST_BY, channel) ? TEST_BY[channel] : undefined;
	if (chosen === undefined) throw new NodeOperationError(this.getNode(), `No test goes by the channel ${String(channel)}`, { description: 'Choose another one.' });
	const by = await chosen.read(this, engine);
	const keyOf = visitKeys(this);
	return await eachItem(this, async (index) => {
		const { mark = true } = this.getNodeParameter('options', index, {}) as { mark?: boolean };
		const { id, name } = this.getNode();
		const result = await engine.messages.sendTest({ step: { workflow: this.getWorkflow().id ?? '', step: id, name, type: 'test' } as TestSendRequest['step'], key: keyOf(`test ${index}`), as: previewAs(this, index), to: recipientIn(this, index), by, mark });
		return [result as unknown as IDataObject];
	});
}

function recipientIn(context: IExecuteFunctions, itemIndex: number): TestSendRequest['to'] {
	const text = (name: string) => String(context.getNodeParameter(name, itemIndex, '') ?? '').trim();
	if (context.getNodeParameter('testTo', itemIndex, 'person') === 'address') {
		const address = text('testAddress');
		if (address !== '') return { address };
		throw new NodeOperationError(context.getNode(), 'The test has no address', { itemIndex, description: "Fill in 'Test Address', or choose a test person." });
	}
	const given = text('testProfileId');
	if (/^\d{1,15}$/.test(given)) return { profile: Number(given) };
	throw new NodeOperationError(context.getNode(), 'The ID of the test person is no number', { itemIndex, description: 'Write the ID of a test person, such as 17, or take it from the item: {{ $json.profileId }}.' });
}
