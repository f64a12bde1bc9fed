import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { EngineError } from '../../../engine';
import type { EmailCredential } from './choice';

/** The key of a service's credential. Throws BAD_INPUT naming the credential when it is empty. */
export function apiKeyOf(credential: ICredentialDataDecryptedObject, name: string): string {
	const key = String(credential.apiKey ?? '').trim();
	if (key === '') throw new EngineError('BAD_INPUT', `The ${name} credential has no API key. Fill it in.`);
	return key;
}

/** `connections` of the node, else of the credential. */
export function connectionsOf(credential: EmailCredential, ofNode: number | undefined): { connections: number } {
	return { connections: ofNode ?? credential.connections ?? 5 };
}
