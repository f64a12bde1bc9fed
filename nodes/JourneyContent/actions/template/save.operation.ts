import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Channel, Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { CHANNEL_OPTIONS, nameIn, nameLocator } from '../../../shared/fields';
import { sourceOf } from '../../../shared/source';
import { contentFields, contentOf } from './contentFields';

const displayOptions = { show: { resource: ['template'], operation: ['save'] } };

export const description: INodeProperties[] = [
	nameLocator({
		displayName: 'Key', name: 'templateKey', list: 'searchTemplates', typed: 'By Key', required: true, displayOptions, placeholder: 'e.g. welcome-1',
		description: 'What steps call the template: small letters, digits and hyphens. One that exists gets the new draft; senders go on with the published version.',
	}),
	{
		displayName: 'Channel', name: 'channel', type: 'options', noDataExpression: true, displayOptions, options: CHANNEL_OPTIONS.filter(({ value }) => value !== 'ads'), default: 'email',
		description: 'Which senders can take it; a template that exists keeps its own',
	},
	...contentFields(displayOptions),
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [
			{ displayName: 'Default Language', name: 'defaultLanguage', type: 'string', default: '', placeholder: 'e.g. en', description: 'Whoever speaks none of the languages of the template gets this one' },
			{ displayName: 'Language', name: 'language', type: 'string', default: '', placeholder: 'e.g. de', description: 'The language that this content is in. Save once for each language; empty is the default language.' },
			{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. Welcome, First Mail', description: 'What people call the template' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const channel = this.getNodeParameter('channel', index, 'email') as Channel;
		const options = this.getNodeParameter('options', index, {}) as IDataObject;
		const given = Object.fromEntries(['defaultLanguage', 'language', 'name'].flatMap((name) => (String(options[name] ?? '').trim() === '' ? [] : [[name, String(options[name]).trim()]])));
		const saved = await engine.templates.save({ key: nameIn(this.getNodeParameter('templateKey', index, '')), channel, ...given, content: contentOf(this, channel, index) }, { by: sourceOf(this) });
		return [saved as unknown as IDataObject];
	});
}
