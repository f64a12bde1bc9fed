import { isOk, textAt } from '../http';
import { createHttpSmsProvider } from './http-provider';
import type { BirdConfig, OutgoingSms, SmsProvider } from './types';

const BASE_URL = 'https://api.bird.com';

/** Where a workspace's channel is: a number or name that is installed there, from which its messages come. */
export interface BirdChannel {
	workspaceId: string;
	channelId: string;
}

/** null: the account is one of the API that was MessageBird's. */
export function channelOf({ workspaceId = '', channelId = '' }: Pick<BirdConfig, 'workspaceId' | 'channelId'>): BirdChannel | null {
	return workspaceId === '' || channelId === '' ? null : { workspaceId, channelId };
}

/**
 * Bird's Channels API (https://docs.bird.com/api/channels-api/api-reference/messaging): one POST a message, accepted by 202, by access key. There is no idempotency
 * key; our id goes as the reference, which its webhooks give back. The sender is the channel's own, whatever the step says.
 */
export function createBirdChannelsProvider(config: BirdConfig, { workspaceId, channelId }: BirdChannel): SmsProvider {
	const channel = `/workspaces/${encodeURIComponent(workspaceId)}/channels/${encodeURIComponent(channelId)}`;
	return createHttpSmsProvider(config, {
		name: 'bird', service: 'Bird', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `AccessKey ${config.accessKey}` }, secrets: [config.accessKey, config.signingKey],
		call: (message) => ({ method: 'POST', path: `${channel}/messages`, body: bodyOf(message) }),
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'id') : undefined),
		said: ({ body }) => textAt(body, 'message'),
		// Its codes say which rule of the request was broken, and nothing of the number: numbers are judged after the call, by webhook.
		sort: () => undefined,
		check: { method: 'GET', path: channel },
	});
}

function bodyOf({ id, to, text, mediaUrls }: OutgoingSms): object {
	return { receiver: { contacts: [{ identifierKey: 'phonenumber', identifierValue: to }] }, body: mediaUrls.length === 0 ? { type: 'text', text: { text } } : imagesOf(text, mediaUrls), reference: id };
}

/** Of channels with a number that can send MMS (https://docs.bird.com/api/channels-api/message-types/images). Who gets it as an MMS sees no label; every sample has one. */
function imagesOf(text: string, mediaUrls: readonly string[]): object {
	return { type: 'image', image: { images: mediaUrls.map((mediaUrl, index) => ({ altText: `Image ${index + 1}`, mediaUrl })), ...(text === '' ? {} : { text }) } };
}
