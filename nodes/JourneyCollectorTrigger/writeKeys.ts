import { NodeOperationError } from 'n8n-workflow';
import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INode,
	INodeCredentialTestResult,
} from 'n8n-workflow';

const SHORTEST_KEY = 8;
/** Whoever is signed in has a proof of their own to try secrets against, as fast as a machine can. */
const SHORTEST_SECRET = 16;

interface KeyRow {
	source?: string;
	writeKey?: string;
}

/** Write key -> source name, as the engine wants it. Throws when the credential cannot be used. */
export function writeKeysOf(credential: ICredentialDataDecryptedObject, node: INode): Record<string, string> {
	const rows = rowsOf(credential);
	const problem = problemOf(rows) ?? secretProblemOf(rows, userSecretOf(credential));
	if (problem) {
		throw new NodeOperationError(node, problem, {
			description: 'Open the credential Journey Collector API of this node and correct it.',
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
	const problem = problemOf(rows) ?? secretProblemOf(rows, userSecretOf(credential.data ?? {}));
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

function secretProblemOf(rows: Array<{ writeKey: string }>, secret: string): string | null {
	if (secret === '') return null;
	if (rows.some(({ writeKey }) => writeKey === secret)) return 'The User Token Secret is a write key, which stands in every page: choose another text, which only your server has';
	return secret.length < SHORTEST_SECRET ? `The User Token Secret is shorter than ${SHORTEST_SECRET} characters and could be guessed: choose a longer one` : null;
}
