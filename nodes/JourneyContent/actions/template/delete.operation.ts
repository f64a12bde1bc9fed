import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { templateField, templateKeyOf } from './templateKey';

const displayOptions = { show: { resource: ['template'], operation: ['delete'] } };

export const description: INodeProperties[] = [
	templateField(displayOptions),
	{ displayName: 'Language', name: 'language', type: 'string', displayOptions, default: '', placeholder: 'e.g. de', description: 'Only this language, out of the draft. Empty deletes the whole template; refused while a published step sends it.' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const template = templateKeyOf(this, index);
		const language = String(this.getNodeParameter('language', index, '') ?? '').trim();
		if (language === '') await engine.templates.delete(template, { by: sourceOf(this) });
		else await engine.templates.removeLanguage(template, language, { by: sourceOf(this) });
		return [{ deleted: true, template, ...(language === '' ? {} : { language }) }];
	});
}
