import { NodeOperationError } from 'n8n-workflow';
import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INode,
	INodeCredentialTestResult,
} from 'n8n-workflow';

const SHORTEST_KEY = 8;

interface KeyRow {
	source?: string;
	writeKey?: string;
}

/** Write key -> source name, as the engine wants it. Throws when the credential cannot be used. */
export function writeKeysOf(credential: ICredentialDataDecryptedObject, node: INode): Record<string, string> {
	const rows = rowsOf(credential);
	const problem = problemOf(rows);
	if (problem) {
		throw new NodeOperationError(node, problem, {
			description: 'Open the credential Journey Collector API of this node and correct its write keys.',
		});
	}
	return Object.fromEntries(rows.map((row) => [row.writeKey, row.source]));
}

/** What the site proves user ids with; '': nothing. */
export function userSecretOf({ userSecret }: ICredentialDataDecryptedObject): string {
	return typeof userSecret === 'string' ? userSecret.trim() : '';
}

/** The credential's test: no service to ask, so the keys themselves are looked at. */
export async function journeyCollectorTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	const rows = rowsOf(credential.data ?? {});
	const problem = problemOf(rows);
	return problem
		? { status: 'Error', message: problem }
		: { status: 'OK', message: `${rows.length} write ${rows.length === 1 ? 'key' : 'keys'} can be used` };
}

function rowsOf(credential: ICredentialDataDecryptedObject): Array<{ source: string; writeKey: string }> {
	const { keys } = (credential.writeKeys ?? {}) as { keys?: KeyRow[] };
	return (keys ?? []).map((row) => ({ source: (row.source ?? '').trim(), writeKey: (row.writeKey ?? '').trim() }));
}

function problemOf(rows: Array<{ source: string; writeKey: string }>): string | null {
	if (rows.length === 0) return 'There is no write key: add at least one, so that a site or an app may send events';
	for (const [index, row] of rows.entries()) {
		if (row.source === '') return `Write key ${index + 1} has no source: name the site or app that uses it`;
		if (row.writeKey.length < SHORTEST_KEY) {
			return `The write key of source "${row.source}" is shorter than ${SHORTEST_KEY} characters: choose a longer one`;
		}
	}
	const repeated = rows.find((row, index) => rows.findIndex((other) => other.writeKey === row.writeKey) !== index);
	if (repeated) return `Source "${repeated.source}" has the write key of another source: give each its own`;
	return null;
}
