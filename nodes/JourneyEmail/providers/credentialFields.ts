import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { EngineError } from '../../../engine';
import type { EmailCredential } from './choice';

/** '' where nothing is filled in. */
export function fieldOf(credential: ICredentialDataDecryptedObject, name: string): string {
	const value = credential[name];
	return typeof value === 'string' ? value.trim() : '';
}

/** The field API Address. Throws BAD_INPUT: a key is sent there. */
export function addressOf(credentialName: string, credential: ICredentialDataDecryptedObject): { baseUrl?: string } {
	const given = fieldOf(credential, 'baseUrl').replace(/\/+$/, '');
	if (given === '') return {};
	if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(given)) throw new EngineError('BAD_INPUT', `API Address in the ${credentialName} credential is no address. Give one such as https://gateway.example.com, or empty the field.`);
	return { baseUrl: given };
}

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
