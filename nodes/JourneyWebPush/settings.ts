import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { WebPushContent, WebPushSendRequest } from '../../engine';
import { madeOf, readSending, type Made } from '../shared/fields';
import { dataOf, rawOptions, rawText, ttlIn } from '../shared/fields/notification';

export type WebPushSettings = Omit<WebPushSendRequest, 'step' | 'items' | 'content'> & Made<WebPushContent>;

const URGENCIES: ReadonlySet<unknown> = new Set(['very-low', 'low', 'normal', 'high']);

/** Everything of the panel, one for the batch, read once. Throws a NodeOperationError that names the field. */
export function settingsOf(context: IExecuteFunctions): WebPushSettings {
	const options = rawOptions(context);
	const contact = String(options.contactAddress ?? '').trim();
	return {
		...readSending(context),
		...madeOf(context, () => contentOf(context, options)),
		trackClicks: options.trackClicks !== false,
		urgency: (URGENCIES.has(options.urgency) ? options.urgency : 'normal') as WebPushSettings['urgency'],
		...ttlIn(options),
		...(options.connections === undefined ? {} : { connections: Number(options.connections) }),
		...(contact === '' ? {} : { contactAddress: subjectOf(context, contact) }),
	};
}

export function contentOf(context: IExecuteFunctions, options: IDataObject): WebPushContent {
	const [title, body, link, icon, image] = ['title', 'message', 'link', 'icon', 'image'].map((name) => rawText(context, name));
	if (title === '') {
		throw new NodeOperationError(context.getNode(), 'The notification has no title', { description: "Fill in 'Title' of this node: no browser shows a notification without one." });
	}
	const badge = String(options.badge ?? '').trim();
	const collapseKey = String(options.collapseKey ?? '').trim();
	return {
		title, body, actions: buttonsIn(context), data: dataOf(context, (options.data ?? {}) as { values?: IDataObject[] }), requireInteraction: options.requireInteraction === true, silent: options.silent === true,
		...(link === '' ? {} : { link }), ...(icon === '' ? {} : { icon }), ...(image === '' ? {} : { image }), ...(badge === '' ? {} : { badge }), ...(collapseKey === '' ? {} : { collapseKey }),
	};
}

function buttonsIn(context: IExecuteFunctions): NonNullable<WebPushContent['actions']> {
	const { values = [] } = context.getNodeParameter('buttons', 0, {}, { rawExpressions: true }) as { values?: IDataObject[] };
	return values.map(({ title, link }) => ({ title: String(title ?? '').trim(), link: String(link ?? '').trim() })).filter(({ title }) => title !== '');
}

/** As push services want it (RFC 8292, 2.1). */
function subjectOf(context: IExecuteFunctions, given: string): string {
	if (/^(mailto:\S+@\S+|https:\/\/\S+)$/.test(given)) return given;
	if (/^[^\s@]+@[^\s@]+$/.test(given)) return `mailto:${given}`;
	throw new NodeOperationError(context.getNode(), "'Contact Address' is neither an email address nor a web address", { description: 'Write it as ops@example.com or https://example.com/contact.' });
}
