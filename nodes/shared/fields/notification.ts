import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/*
 * What the senders of notifications share: texts with Liquid, which take no n8n expression, since the editor would turn a field into one as soon as somebody types two opening braces.
 */

export const LIQUID =
	'Liquid, filled in for each person: profile (all attributes), journey, event (the one that started the journey), item (the JSON of the incoming item) and links (unsubscribeUrl, preferencesUrl)';

export function liquidText(field: Pick<INodeProperties, 'displayName' | 'name' | 'description'> & Partial<INodeProperties>): INodeProperties {
	return { type: 'string', noDataExpression: true, default: '', ...field };
}

export const titleField = liquidText({ displayName: 'Title', name: 'title', default: 'Hello {{ profile.firstName | default: "there" }}', placeholder: 'e.g. Your order is on its way', description: `First line of the notification. ${LIQUID}.` });

export const messageField = liquidText({
	displayName: 'Message', name: 'message', typeOptions: { rows: 3 }, default: 'Your order is on its way.', placeholder: 'e.g. {{ profile.firstName }}, your order is on its way.',
	description: 'Text below the title, with Liquid. Phones show about 100 characters of it.',
});

export const imageField = liquidText({ displayName: 'Image URL', name: 'image', placeholder: 'e.g. https://cdn.example.com/{{ item.product }}.jpg', description: 'Public address of a picture, with Liquid. Empty for a person: none.' });

export function dataField(description: string): INodeProperties {
	return {
		displayName: 'Data',
		name: 'data',
		type: 'fixedCollection',
		noDataExpression: true,
		typeOptions: { multipleValues: true },
		placeholder: 'Add Value',
		default: {},
		description,
		options: [
			{
				displayName: 'Value',
				name: 'values',
				values: [
					{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. orderId', description: 'Name that it has there' },
					{ displayName: 'Value', name: 'value', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. {{ item.orderId }}', description: 'Text, with Liquid. Empty for a person: left out.' },
				],
			},
		],
	};
}

export const contactUserIdField: INodeProperties = {
	displayName: 'Contact User ID',
	name: 'contactUserId',
	type: 'string',
	default: '',
	placeholder: 'e.g. {{ $json.userId }}',
	description: 'Only for items that do not come from a journey, for example rows of a sheet: the user ID finds the profile, or makes it. Inside a journey the person is known and this is not read.',
};

export const timeToLiveField: INodeProperties = {
	displayName: 'Time to Live (Hours)',
	name: 'timeToLiveHours',
	type: 'number',
	noDataExpression: true,
	typeOptions: { minValue: 0, maxValue: 672, numberPrecision: 2 },
	default: 24,
	description: 'How long it is kept for a device that is switched off, then it is given up. 0: now or never. Without this option: up to four weeks.',
};

export const collapseKeyField = liquidText({ displayName: 'Collapse Key', name: 'collapseKey', placeholder: 'e.g. order-{{ item.orderId }}', description: 'Of several notifications with the same key only the newest is shown, with Liquid' });

export function trackClicksField(description: string): INodeProperties {
	return { displayName: 'Track Clicks', name: 'trackClicks', type: 'boolean', noDataExpression: true, default: true, description };
}

/** As it was written, never resolved: Liquid's braces are no expression of n8n's. */
export function rawText(context: IExecuteFunctions, name: string): string {
	return String(context.getNodeParameter(name, 0, '', { rawExpressions: true }) ?? '').trim();
}

/** Of the collection `options`, where an option was added. */
export function rawOptions(context: IExecuteFunctions): IDataObject {
	return context.getNodeParameter('options', 0, {}, { rawExpressions: true }) as IDataObject;
}

/** Lines that are not filled in are left out. Throws a NodeOperationError for a value without a name. */
export function dataIn(context: IExecuteFunctions): Record<string, string> {
	return dataOf(context, context.getNodeParameter('data', 0, {}, { rawExpressions: true }) as { values?: IDataObject[] });
}

/** Of what a data field holds. */
export function dataOf(context: IExecuteFunctions, { values = [] }: { values?: IDataObject[] }): Record<string, string> {
	const data: Record<string, string> = {};
	for (const line of values) {
		const [name, value] = [String(line.name ?? '').trim(), String(line.value ?? '').trim()];
		if (name === '' && value === '') continue;
		if (name === '') throw new NodeOperationError(context.getNode(), "A line of 'Data' has no name", { description: 'Give it the name by which it is read, or take the line out.' });
		data[name] = value;
	}
	return data;
}

export function ttlIn(options: IDataObject): { ttlSeconds?: number } {
	const hours = options.timeToLiveHours;
	return hours === undefined ? {} : { ttlSeconds: Math.round(Number(hours) * 3_600) };
}
