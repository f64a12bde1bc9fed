import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { createDirectMailProvider, EngineError, isTestKey } from '../../engine';
import type { LobConfig } from '../../engine';

/** The fields of the Journey Lob credential. */
export type LobCredential = ICredentialDataDecryptedObject & { apiKey?: string; from?: string; baseUrl?: string };

/** Throws BAD_INPUT naming what the credential lacks. */
export function lobConfigOf(credential: LobCredential, connections?: number): LobConfig {
	const apiKey = textOf(credential, 'apiKey');
	if (apiKey === '') throw new EngineError('BAD_INPUT', 'The Journey Lob credential holds no API key. Fill in API Key.');
	if (!/^(live|test)_/.test(apiKey)) throw new EngineError('BAD_INPUT', 'The API key in the Journey Lob credential is no secret key of Lob: those begin with live_ or test_. Copy it from Lob, Settings, API Keys.');
	const baseUrl = textOf(credential, 'baseUrl').replace(/\/+$/, '');
	if (baseUrl !== '' && !/^https?:\/\/./.test(baseUrl)) throw new EngineError('BAD_INPUT', 'Base URL in the Journey Lob credential is no address. Empty the field, or begin with https://.');
	return { kind: 'lob', apiKey, ...(baseUrl === '' ? {} : { baseUrl }), ...(connections === undefined ? {} : { connections }) };
}

export function textOf(credential: LobCredential, field: string): string {
	return String(credential[field] ?? '').trim();
}

/** The Test button: reads by the engine, prints nothing, and says which of Lob's environments the key is of. */
export async function journeyLobTest(this: ICredentialTestFunctions, credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>): Promise<INodeCredentialTestResult> {
	try {
		const config = lobConfigOf(credential.data ?? {});
		const provider = createDirectMailProvider(config);
		try {
			await provider.verify();
		} finally {
			await provider.close();
		}
		return { status: 'OK', message: isTestKey(config) ? 'Connected to Lob\'s test environment: nothing is printed' : 'Connected to Lob: what is sent is printed, and costs' };
	} catch (error) {
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}
