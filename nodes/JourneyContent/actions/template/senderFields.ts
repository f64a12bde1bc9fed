import type { IDataObject, IDisplayOptions, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { Channel, TemplateContent } from '../../../../engine';
import { sharedContent as chatContent } from '../../../JourneyChat/content';
import { contentFields as chatFields, providerField as chatProvider } from '../../../JourneyChat/fields';
import { kakaoFields } from '../../../JourneyChat/kakaoFields';
import { written as mailpieceFields } from '../../../JourneyDirectMail/fields';
import { contentOf as mailpieceContent } from '../../../JourneyDirectMail/settings';
import { contentFields as onSiteFields } from '../../../JourneyOnSite/contentFields';
import { contentOf as onSiteContent } from '../../../JourneyOnSite/settings';
import { written as pushFields } from '../../../JourneyPush/fields';
import { contentOf as pushContent } from '../../../JourneyPush/settings';
import { written as webPushFields } from '../../../JourneyWebPush/fields';
import { contentOf as webPushContent } from '../../../JourneyWebPush/settings';
import { contentIn as whatsAppContent } from '../../../JourneyWhatsApp/content';
import { contentFields as whatsAppFields } from '../../../JourneyWhatsApp/contentFields';
import { providerField as whatsAppProvider } from '../../../JourneyWhatsApp/fields';
import { liquidText } from '../../../shared/fields/notification';

/*
 * Contents of the channels that are written in the fields of their senders: what a template has there is what the step would have, read by the sender's own code. What
 * belongs to the step alone (a binary file of the item, what goes when the window is closed, an n8n expression) is left out.
 */

interface Written {
	fields: readonly INodeProperties[];
	read(context: IExecuteFunctions): object;
}

/** Values of parameters that a template does not have. */
const OF_STEPS: ReadonlySet<unknown> = new Set(['contentTemplate', 'expression', 'file', 'template']);
const NO_LIST = { template: liquidText({ displayName: 'Template ID', name: 'template', placeholder: 'e.g. order_confirmed', description: 'Name of a template that WhatsApp has approved; at Twilio the SID of its content (HX…)' }), language: liquidText({ displayName: 'Template Language', name: 'language', default: 'en_US', placeholder: 'e.g. en_US', description: 'Code of the approved template as WhatsApp Manager shows it. Save the template of Journey Content in each language with the code of its own.' }) };

const WRITTEN: Partial<Record<Channel, Written>> = {
	chat: { fields: [chatProvider, ...kakaoFields, ...without(['contentSource', 'template', 'textExpression'], chatFields)], read: (context) => chatContent(context) ?? {} },
	directmail: { fields: mailpieceFields.map((field) => withoutOptions(field, ['file'])), read: mailpieceContent },
	onsite: { fields: without(['template'], onSiteFields).map((field) => withoutOptions(field, ['template'])), read: onSiteContent },
	push: { fields: pushFields, read: pushContent },
	webpush: { fields: webPushFields, read: (context) => webPushContent(context, {}) },
	whatsapp: { fields: [whatsAppProvider, ...whatsAppWritten()], read: (context) => whatsAppContent(context).content ?? {} },
};

/** WhatsApp's own templates are chosen by their names: the lists of the sender ask with its credential. */
function whatsAppWritten(): INodeProperties[] {
	return without(['contentTemplate', 'whenClosed'], whatsAppFields)
		.filter(({ displayOptions }) => displayOptions?.show?.whenClosed === undefined)
		.map((field) => {
			const plain = NO_LIST[field.name as keyof typeof NO_LIST];
			return plain === undefined ? withoutOptions(field, ['contentTemplate']) : { ...plain, displayOptions: field.displayOptions };
		});
}

function without(names: readonly string[], fields: readonly INodeProperties[]): INodeProperties[] {
	return fields.filter(({ name }) => !names.includes(name));
}

function withoutOptions(field: INodeProperties, values: readonly string[]): INodeProperties {
	if (field.type !== 'options' || field.options === undefined) return field;
	return { ...field, options: (field.options as INodePropertyOptions[]).filter(({ value }) => !values.includes(String(value))) };
}

/** Where contentSource is no field of the template, nothing depends on it. */
function shownIn({ show = {}, hide = {} }: IDisplayOptions, at: IDisplayOptions['show'], isAsked: boolean): IDisplayOptions {
	const { contentSource, ...others } = show;
	const { contentSource: _none, content: _nor, ...hidden } = hide;
	const kept = isAsked && contentSource !== undefined ? { contentSource: contentSource.filter((value) => value === 'template' || !OF_STEPS.has(value)) } : {};
	return { show: { ...at, ...others, ...kept }, ...(Object.keys(hidden).length === 0 ? {} : { hide: hidden }) };
}

/** Of all those channels, where `show` says. */
export function senderFields(show: NonNullable<IDisplayOptions['show']>): INodeProperties[] {
	return Object.entries(WRITTEN).flatMap(([channel, { fields }]) => fields.map((field) => ({ ...field, displayOptions: shownIn(field.displayOptions ?? {}, { ...show, channel: [channel] }, channel === 'whatsapp') })));
}

/** One for all items, as in a sender. undefined: the channel is written otherwise. Throws a NodeOperationError that names the field. */
export function writtenContent(context: IExecuteFunctions, channel: Channel): TemplateContent | undefined {
	return WRITTEN[channel]?.read(context) as (TemplateContent & IDataObject) | undefined;
}
