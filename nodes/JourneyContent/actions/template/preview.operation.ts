import type { IBinaryKeyData, IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { isTool } from '../../../shared/agent';
import { failItem } from '../../../shared/errors';
import { findChrome, takePicture, WIDTHS } from '../../picture';
import { versionField } from '../versionField';
import { previewAs, previewFields } from './previewAs';
import { templateField } from './templateKey';

const displayOptions = { show: { resource: ['template'], operation: ['preview'] } };

export const description: INodeProperties[] = [
	templateField(displayOptions),
	versionField(displayOptions, 'version', 'Version', 'Empty shows the draft'),
	...previewFields(displayOptions),
	{ displayName: 'Pictures', name: 'pictures', type: 'boolean', displayOptions, default: true, description: 'Whether to add pictures of a mail as phones (375 pixels) and computers (1000) show it, where n8n has a Chrome or Chromium' },
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [
			{ displayName: 'Item (JSON)', name: 'item', type: 'json', default: '{}', description: 'What the item carries, as Liquid sees it; empty takes that of the test data' },
			{ displayName: 'Language', name: 'language', type: 'string', default: '', placeholder: 'e.g. de', description: 'Empty takes what the person speaks' },
			{ displayName: 'Load Pictures', name: 'loadPictures', type: 'boolean', default: false, description: 'Whether the browser may load the pictures of the mail from public web addresses; those of private networks are never called. While it is off, it reaches nothing.' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	for (let index = 0; index < this.getInputData().length; index++) {
		try {
			const shown = await engine.templates.preview(previewAs(this, index));
			const { note, binary } = shown.html === undefined ? { note: null, binary: {} } : await picturesOf(this, index, shown.html);
			output.push({ json: { ...(shown as unknown as IDataObject), pictures: note }, ...(Object.keys(binary).length === 0 ? {} : { binary }), pairedItem: { item: index } });
		} catch (error) {
			output.push(failItem(this, error, index));
		}
	}
	return output;
}

/** The mail as a file, and pictures of it. A browser that is not there or fails takes no preview away. */
async function picturesOf(context: IExecuteFunctions, index: number, html: string): Promise<{ note: string; binary: IBinaryKeyData }> {
	const binary: IBinaryKeyData = isTool(context) ? {} : { mail: await context.helpers.prepareBinaryData(Buffer.from(html), 'mail.html', 'text/html') };
	if (context.getNodeParameter('pictures', index, true) !== true) return { note: 'not asked for', binary };
	// n8n throws an agent's files away, and what a text asks for must not be fetched on its behalf.
	if (isTool(context)) return { note: 'none: agents take no files', binary: {} };
	const chrome = findChrome();
	if (chrome === null) return { note: 'none: there is no Chrome or Chromium on this machine. Install one, or say where it is by JOURNEYS_CHROME', binary };
	const loadPictures = context.getNodeParameter('options.loadPictures', index, false) === true;
	try {
		for (const [name, width] of Object.entries(WIDTHS)) binary[name] = await context.helpers.prepareBinaryData(await takePicture(chrome, html, { width, loadPictures }), `${name}.png`, 'image/png');
		return { note: loadPictures ? 'narrow and wide' : "narrow and wide, without the mail's own pictures from the web ('Load Pictures' is off)", binary };
	} catch (error) {
		context.logger.warn(`Journeys: no picture of a preview was taken: ${error instanceof Error ? error.message : String(error)}`);
		return { note: 'none: the browser could not be started or took too long; the log of n8n says why', binary };
	}
}
