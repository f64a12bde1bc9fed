import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { silentLog } from '../../engine/kernel';
import { openStore } from '../../engine/store';
import { urlOf } from '../shared/database';

/**
 * Connects, and brings the schema up to date as a start would: only so a user without the right to make tables is found.
 * Not a whole engine: that one belongs to an n8n instance, whose id a credential test does not know.
 */
export async function databaseTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	const url = urlOf(credential.data ?? {});
	if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
		return { status: 'Error', message: 'The connection URL is not that of a PostgreSQL database: write it as postgres://user:password@host:5432/name' };
	}
	try {
		const store = await openStore({ database: { kind: 'postgres', url }, log: silentLog });
		const { schemaVersion } = store;
		await store.close();
		return { status: 'OK', message: `Connected, and the schema is ready (version ${schemaVersion})` };
	} catch (error) {
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}
