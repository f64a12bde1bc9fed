import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { EngineError } from '../../../engine';

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
