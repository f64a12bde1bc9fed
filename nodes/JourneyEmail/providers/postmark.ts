import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { EngineError } from '../../../engine';
import type { PostmarkConfig } from '../../../engine';
import { connectionTest, type EmailCredential, type EmailProviderChoice } from './choice';

/** The fields of the Journey Postmark credential that sending needs. */
export type PostmarkCredential = EmailCredential & {
	serverToken?: string;
	messageStream?: string;
	baseUrl?: string;
};

/** The engine's configuration from the credential. `connections` of the node wins. Throws BAD_INPUT without a token. */
export function postmarkConfigOf(credential: ICredentialDataDecryptedObject, connections?: number): PostmarkConfig {
	const { serverToken = '', messageStream = '', baseUrl = '', connections: own } = credential as PostmarkCredential;
	if (serverToken.trim() === '') throw new EngineError('BAD_INPUT', 'The Journey Postmark credential has no server token. Copy it from the API Tokens of your Postmark server.');
	const most = connections ?? own;
	return {
		kind: 'postmark', serverToken: serverToken.trim(),
		...(messageStream.trim() === '' ? {} : { messageStream: messageStream.trim() }), ...(baseUrl.trim() === '' ? {} : { baseUrl: baseUrl.trim().replace(/\/+$/, '') }), ...(most === undefined ? {} : { connections: most }),
	};
}

export const postmark: EmailProviderChoice<PostmarkConfig> = {
	value: 'postmark',
	name: 'Postmark',
	description: 'Transactional mail and newsletters by message streams',
	credential: 'journeyPostmarkApi',
	configOf: postmarkConfigOf,
	test: connectionTest(postmarkConfigOf, () => 'Postmark'),
};
