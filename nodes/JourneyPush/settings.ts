import { NodeOperationError } from 'n8n-workflow';
import type { ICredentialDataDecryptedObject, IExecuteFunctions } from 'n8n-workflow';

import type { JsonObject, PushConfig, PushContent, PushSendRequest } from '../../engine';
import { toNodeError } from '../shared/errors';
import { madeOf, readSending, type Made } from '../shared/fields';
import { dataIn, rawOptions, rawText, ttlIn } from '../shared/fields/notification';
import { Fields } from '../JourneySms/providers/choice';
import { PUSH_PROVIDERS, pushProviderChoice } from './providers';

export type PushSettings = Omit<PushSendRequest, 'step' | 'items' | 'content'> & Made<PushContent> & { /** '' when manual runs send nothing. */ testDevice: string };

/** Everything of the panel, one for the batch, read once. Throws a NodeOperationError that names the field. */
export async function settingsOf(context: IExecuteFunctions): Promise<PushSettings> {
	const options = rawOptions(context);
	return {
		...readSending(context),
		...madeOf(context, () => contentOf(context)),
		trackClicks: options.trackClicks !== false,
		priority: options.priority === 'normal' ? 'normal' : 'high',
		...ttlIn(options),
		provider: await providerOf(context, options.connections),
		testDevice: String(context.getNodeParameter('testDevice', 0, '') ?? '').trim(),
	};
}

export async function providerOf(context: IExecuteFunctions, connections?: unknown): Promise<PushConfig> {
	const value = String(context.getNodeParameter('provider', 0, '') ?? '');
	const choice = pushProviderChoice(value);
	if (choice === undefined) {
		throw new NodeOperationError(context.getNode(), `'Provider' is none that Journey Push knows: ${value}`, {
			description: `Choose one of ${PUSH_PROVIDERS.map(({ name }) => name).join(', ')}, or update n8n-nodes-journeys to the version that this workflow was made with.`,
		});
	}
	const credential = await context.getCredentials<ICredentialDataDecryptedObject>(choice.credential);
	try {
		return { ...choice.configOf(new Fields(credential, choice.name)), ...(connections === undefined ? {} : { connections: Number(connections) }) };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

export function contentOf(context: IExecuteFunctions): PushContent {
	const options = rawOptions(context);
	const [title, body, image, link] = ['title', 'message', 'image', 'link'].map((name) => rawText(context, name));
	if (title === '' && body === '') {
		throw new NodeOperationError(context.getNode(), 'The notification has no text', { description: "Fill in 'Title' or 'Message' of this node." });
	}
	const option = (name: 'badge' | 'collapseKey' | 'sound'): Partial<Record<typeof name, string>> => {
		const value = String(options[name] ?? '').trim();
		return value === '' ? {} : { [name]: value };
	};
	const override = overrideOf(context, options.override);
	return {
		title, body, data: dataIn(context), ...(image === '' ? {} : { image }), ...(link === '' ? {} : { link }), ...option('badge'), ...option('collapseKey'), ...option('sound'),
		...(override === undefined ? {} : { override }),
	};
}

function overrideOf(context: IExecuteFunctions, given: unknown): JsonObject | undefined {
	if (given === undefined || given === '') return undefined;
	try {
		const value: unknown = typeof given === 'string' ? JSON.parse(given) : given;
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value).length === 0 ? undefined : (value as JsonObject);
	} catch {
		// Told below.
	}
	throw new NodeOperationError(context.getNode(), "'Override (JSON)' is no JSON object", { description: 'Write it as {"android": {"notification": {"channel_id": "orders"}}}; Liquid stands inside its texts, between quotes.' });
}
