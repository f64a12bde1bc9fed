import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { BlockFormat, Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { blockField, blockKeyOf } from './blockKey';

const displayOptions = { show: { resource: ['block'], operation: ['save'] } };

const DEFAULT_FOOTER = `<mj-section padding="16px 24px 32px">
  <mj-column>
    <mj-text font-size="13px" line-height="20px" align="center">
      {{ brand.name }}, {{ brand.address }}<br />
      <a href="{{ links.unsubscribeUrl }}">Unsubscribe</a>
    </mj-text>
  </mj-column>
</mj-section>
`;

export const description: INodeProperties[] = [
	blockField(displayOptions, true),
	{
		displayName: 'Format', name: 'blockFormat', type: 'options', noDataExpression: true, displayOptions, default: 'mjml', description: 'What the block is written in: it can stand in texts of the same kind; HTML also in MJML, plain text everywhere',
		options: [{ name: 'HTML', value: 'html' }, { name: 'MJML', value: 'mjml' }, { name: 'Plain Text', value: 'text' }],
	},
	{ displayName: 'Source', name: 'blockSource', type: 'string', typeOptions: { rows: 14 }, noDataExpression: true, required: true, displayOptions, default: DEFAULT_FOOTER, placeholder: 'e.g. <mj-section>…</mj-section>', description: 'What stands in place of the block, with Liquid. It sees all that the template sees.' },
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [
			{ displayName: 'Default Language', name: 'defaultLanguage', type: 'string', default: '', placeholder: 'e.g. en', description: 'Templates in none of the languages of the block show this one' },
			{ displayName: 'Language', name: 'language', type: 'string', default: '', placeholder: 'e.g. de', description: 'The language that this source is in; empty is the default language' },
			{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. Footer of Marketing Mails', description: 'What people call the block' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const options = this.getNodeParameter('options', index, {}) as IDataObject;
		const given = Object.fromEntries(['defaultLanguage', 'language', 'name'].flatMap((name) => (String(options[name] ?? '').trim() === '' ? [] : [[name, String(options[name]).trim()]])));
		const source = String(this.getNodeParameter('blockSource', index, '', { rawExpressions: true }) ?? '');
		const saved = await engine.blocks.save({ key: blockKeyOf(this, index), ...given, content: { format: this.getNodeParameter('blockFormat', index, 'mjml') as BlockFormat, source } }, { by: sourceOf(this) });
		return [saved as unknown as IDataObject];
	});
}
