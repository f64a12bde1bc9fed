import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { createEngine } from '../../engine';
import { urlOf } from '../shared/database';

/**
 * Connects, and brings the schema up to date as a start would: only so a user without the right to make tables is found.
 * Without an instance id, which a credential test does not know: the database is claimed by nobody.
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
		const engine = await createEngine({ database: { kind: 'postgres', url } });
		const { schema, profiles } = await engine.health();
		await engine.close();
		return { status: 'OK', message: `Connected. Schema ${schema}, ${profiles} profiles.` };
	} catch (error) {
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}
