import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, ILoadOptionsFunctions, INodeListSearchResult, INodeProperties, INodePropertyOptions, ITriggerFunctions } from 'n8n-workflow';

import type { Channel, Engine, StepRef } from '../../../engine';
import { getEngine } from '../engine';
import { described } from './listing';
import { nameIn, nameLocator } from './locator';

/*
 * What a sender needs to send templates: the option in its field Content (`contentSource`), the field behind it, the key for the engine's call in place of
 * `content` (`templateOf`), and `tellTemplate` as what serveStep prepares.
 */

const SOURCE = 'template';

/** Goes among the options of `contentSource`. */
export const templateOption: INodePropertyOptions = { name: 'Template', value: SOURCE, description: 'The published version of a template of Journey Content' };

const published = (channel: Channel) => async function search(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).templates.list({ channel, published: true })).map(({ key, name }) => ({ value: key, name: name === key ? key : `${name} (${key})` })));
};

/** Published templates by channel, for `methods = { listSearch }`. */
export const templateLists = {
	searchChatTemplates: published('chat'), searchDirectMailTemplates: published('directmail'), searchEmailTemplates: published('email'), searchOnSiteTemplates: published('onsite'),
	searchPushTemplates: published('push'), searchSmsTemplates: published('sms'), searchWebPushTemplates: published('webpush'), searchWhatsAppTemplates: published('whatsapp'),
};

export const TEMPLATE_LISTS: Record<Exclude<Channel, 'ads'>, keyof typeof templateLists> = {
	chat: 'searchChatTemplates', directmail: 'searchDirectMailTemplates', email: 'searchEmailTemplates', onsite: 'searchOnSiteTemplates', push: 'searchPushTemplates',
	sms: 'searchSmsTemplates', webpush: 'searchWebPushTemplates', whatsapp: 'searchWhatsAppTemplates',
};

export function templateField(channel: keyof typeof TEMPLATE_LISTS): INodeProperties {
	return nameLocator({
		displayName: 'Template', name: SOURCE, list: TEMPLATE_LISTS[channel], required: true, displayOptions: { show: { contentSource: [SOURCE] } }, placeholder: 'e.g. welcome-1',
		description: 'A published template of this channel, made with Journey Content. Each person gets it in their language; a new version is sent from the moment it is published. The same for all people of a batch.',
	});
}

/** The key; null: the content stands in the step. Throws a NodeOperationError when none is chosen. */
export function templateOf(context: IExecuteFunctions): string | null {
	if (context.getNodeParameter('contentSource', 0) !== SOURCE) return null;
	const key = nameIn(context.getNodeParameter(SOURCE, 0, ''));
	if (key !== '') return key;
	throw new NodeOperationError(context.getNode(), 'No template is chosen', { description: "Choose one under 'Template', or another kind of content." });
}

/** Tells the engine which template the published step sends, so that nobody deletes it meanwhile. */
export async function tellTemplate(context: ITriggerFunctions, engine: Pick<Engine, 'templates'>, step: StepRef): Promise<void> {
	const { contentSource, template } = context.getNode().parameters;
	const key = contentSource === SOURCE ? nameIn(template) : '';
	// An expression is only known with the items.
	await engine.templates.uses(step, key === '' || key.startsWith('=') ? null : key);
}
