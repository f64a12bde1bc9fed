import { NodeOperationError } from 'n8n-workflow';
import type { ILoadOptionsFunctions, INodeListSearchResult, INodeProperties, INodePropertyOptions, ITriggerFunctions } from 'n8n-workflow';

import type { Channel, Engine, SendVariants, StepRef } from '../../../engine';
import { getEngine } from '../engine';
import { entriesIn } from './filter';
import { described } from './listing';
import { nameIn, nameLocator } from './locator';
import type { Panel } from './panel';

/*
 * What a sender needs to send templates: the option in its field Content (`templateOption`), the field behind it, the key for the engine's call in place of
 * `content` (`templateOf`), and `tellTemplate` as what serveStep prepares. Most ask by contentSource; two channels have other words for it.
 */

interface Asked {
	/** The parameter that says what the message is made from, and its value for a template of ours. */
	source: string;
	value: string;
	/** The parameter that names the template. */
	field: string;
}

const USUAL: Asked = { source: 'contentSource', value: 'template', field: 'template' };
/** WhatsApp's own approved templates had the usual names first; Journey On-Site asks what people see. */
const ASKED: Partial<Record<Channel, Asked>> = { onsite: { ...USUAL, source: 'content' }, whatsapp: { source: 'contentSource', value: 'contentTemplate', field: 'contentTemplate' } };

function askedOf(channel: Channel | undefined): Asked {
	return (channel === undefined ? undefined : ASKED[channel]) ?? USUAL;
}

/** Goes among the options of `contentSource`. */
export const templateOption: INodePropertyOptions = { name: 'Template', value: USUAL.value, description: 'The published version of a template of Journey Content' };

/** The same for WhatsApp, where Template means those that WhatsApp approves. */
export const contentTemplateOption: INodePropertyOptions = { name: 'Template of Journey Content', value: 'contentTemplate', description: 'Its published version: a text, media, buttons, or a template of WhatsApp in each language' };

/** Of the senders whose content stands in the panel, or in a template. Old workflows have none of it: what they show is written. */
export function contentSourceField(written: string): INodeProperties {
	return {
		displayName: 'Content', name: USUAL.source, type: 'options', noDataExpression: true, default: 'fields', description: 'What the message is made from',
		options: [templateOption, { name: 'Written Here', value: 'fields', description: written }],
	};
}

/** Fields that a template takes the place of. */
export function unlessTemplate(fields: readonly INodeProperties[], { source, value } = USUAL): INodeProperties[] {
	return fields.map((field) => ({ ...field, displayOptions: { ...field.displayOptions, hide: { ...field.displayOptions?.hide, [source]: [value] } } }));
}

const published = (channel: Channel) => async function search(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).templates.list({ channel, published: true })).map(({ key, name }) => ({ value: key, name: name === key ? key : `${name} (${key})` })));
};

/** Published templates by channel, for `methods = { listSearch }`. */
export const templateLists = {
	searchChatTemplates: published('chat'), searchDirectMailTemplates: published('directmail'), searchEmailTemplates: published('email'), searchOnSiteTemplates: published('onsite'),
	searchPushTemplates: published('push'), searchSmsTemplates: published('sms'), searchWebPushTemplates: published('webpush'), searchWhatsAppContents: published('whatsapp'),
};

export const TEMPLATE_LISTS: Record<Exclude<Channel, 'ads'>, keyof typeof templateLists> = {
	chat: 'searchChatTemplates', directmail: 'searchDirectMailTemplates', email: 'searchEmailTemplates', onsite: 'searchOnSiteTemplates', push: 'searchPushTemplates',
	sms: 'searchSmsTemplates', webpush: 'searchWebPushTemplates', whatsapp: 'searchWhatsAppContents',
};

export function templateField(channel: keyof typeof TEMPLATE_LISTS): INodeProperties {
	const { source, value, field } = askedOf(channel);
	return nameLocator({
		displayName: 'Template', name: field, list: TEMPLATE_LISTS[channel], required: true, displayOptions: { show: { [source]: [value] } }, placeholder: 'e.g. welcome-1',
		description: 'A published template of this channel, made with Journey Content. Each person gets it in their language; a new version is sent from the moment it is published. The same for all people of a batch.',
	});
}

/** The key; null: the content stands in the step. `channel`: of a sender that asks by other names. Throws a NodeOperationError when none is chosen. */
export function templateOf(context: Panel, channel?: Channel): string | null {
	const { source, value, field } = askedOf(channel);
	if (context.getNodeParameter(source, 0, '') !== value) return null;
	const key = nameIn(context.getNodeParameter(field, 0, ''));
	if (key !== '') return key;
	throw new NodeOperationError(context.getNode(), 'No template is chosen', { description: "Choose one under 'Template', or another kind of content." });
}

/** For the engine's call: what stands in the panel, or the template. */
export type Made<Content> = { content: Content; template?: undefined } | { content?: undefined; template: string };

export function madeOf<Content>(context: Panel, written: () => Content, channel?: Channel): Made<Content> {
	const template = templateOf(context, channel);
	return template === null ? { content: written() } : { template };
}

/** Of settings, what the message is made from, in its variants. */
export function madeBy<Settings extends Made<unknown> & { variants?: SendVariants }>({ content, template, variants }: Settings): Made<NonNullable<Settings['content']>> & { variants?: SendVariants } {
	return { ...(template === undefined ? { content: content as NonNullable<Settings['content']> } : { template }), ...(variants === undefined ? {} : { variants }) };
}

/** Tells the engine which templates the published step sends, so that nobody deletes them meanwhile. */
export async function tellTemplate(context: ITriggerFunctions, engine: Pick<Engine, 'templates'>, step: StepRef, channel?: Channel): Promise<void> {
	const { parameters } = context.getNode();
	await engine.templates.uses(step, keysIn([templateNamed(parameters, channel), ...variantTemplatesNamed(parameters)]));
}

/** Each once; what an expression names is only known with the items. */
export function keysIn(named: readonly string[]): string[] {
	return [...new Set(named)].filter((key) => key !== '' && !key.startsWith('='));
}

/** Of the variants that the step has turned on, as they are drawn. */
export function variantTemplatesNamed({ variants, variantList }: Readonly<Record<string, unknown>>): string[] {
	return variants === 'abn' || variants === 'multivariate' ? entriesIn(variantList, 'variant').map(({ template }) => nameIn(template)) : [];
}

/** As it is drawn; '': none, or none is chosen. */
export function templateNamed(parameters: Readonly<Record<string, unknown>>, channel?: Channel): string {
	const { source, value, field } = askedOf(channel);
	return parameters[source] === value ? nameIn(parameters[field]) : '';
}
