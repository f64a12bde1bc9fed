import { createHash } from 'node:crypto';

import { hashId, systemClock, type Clock } from '../../kernel';
import { fieldsOf, listOf, textOf } from '../callbacks/reading';
import { createHttpClient, isOk, textAt, type HttpCall, type HttpClient } from '../http';
import type { SendOutcome } from '../types';
import { SOLAPI_CODES } from './solapi-codes';
import { signedHeaders, SOLAPI_URL } from './solapi-signature';
import type { SolapiConfig } from './types';

/** Of a file of the type MMS: a JPEG of 200 KB at most (https://solapi.com/developers/api/postStorage). Read as 200,000 bytes, which any reading of it takes. */
export const SOLAPI_PICTURE = { bytes: 200_000, width: 1500, height: 1440 } as const;

/** refused: Solapi takes this very file from nobody. The others are as of a message: nothing of it has left. */
export type Uploaded = { kind: 'uploaded'; id: string } | { kind: 'refused'; reason: string } | Extract<SendOutcome, { kind: 'transient' | 'account' }>;

const FILES = '/storage/v1/files';
const TIMEOUT_MS = 60_000;
const LISTED = '20';
/** Ids that are remembered; the oldest are asked for again. */
const MOST_KNOWN = 1_000;

/** Ids of files by account and content, for the life of the file: Solapi keeps what was uploaded. Uploads under way stand here, too, so that two batches make one. */
const known = new Map<string, Promise<Uploaded>>();
/** What Solapi no longer has, by account and id. */
const gone = new Set<string>();

const accountOf = ({ baseUrl = SOLAPI_URL, apiKey }: SolapiConfig): string => hashId('solapi account', baseUrl, apiKey);

/** What the file is called at Solapi, by which it is found again after a restart and by other processes. */
const nameOf = (jpeg: Uint8Array): string => `journeys-${createHash('sha256').update(jpeg).digest('hex').slice(0, 40)}`;

/** Once per picture and account: the id that a message names it by. Never throws. */
export async function uploadToSolapi(config: SolapiConfig, jpeg: Uint8Array, clock: Clock = systemClock): Promise<Uploaded> {
	const name = nameOf(jpeg);
	const key = `${accountOf(config)} ${name}`;
	const before = known.get(key);
	if (before !== undefined) {
		const uploaded = await before;
		if (uploaded.kind !== 'uploaded' || !isGoneFromSolapi(config, uploaded.id)) return uploaded;
		// Somebody else has begun to upload it anew.
		if (known.get(key) !== before) return await uploadToSolapi(config, jpeg, clock);
	}
	const upload = foundOrUploaded(config, name, jpeg, clock);
	known.set(key, upload);
	const oldest = known.keys().next().value;
	if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
	const uploaded = await upload;
	if (uploaded.kind !== 'uploaded' && known.get(key) === upload) known.delete(key);
	return uploaded;
}

/** Solapi has refused a message because of it: the next message with this picture uploads it anew. */
export function forgetSolapiFile(config: SolapiConfig, id: string): void {
	if (gone.size >= MOST_KNOWN) gone.clear();
	gone.add(`${accountOf(config)} ${id}`);
}

export function isGoneFromSolapi(config: SolapiConfig, id: string): boolean {
	return gone.has(`${accountOf(config)} ${id}`);
}

async function foundOrUploaded(config: SolapiConfig, name: string, jpeg: Uint8Array, clock: Clock): Promise<Uploaded> {
	const client = createHttpClient({
		service: 'Solapi', baseUrl: config.baseUrl ?? SOLAPI_URL, connections: 1, timeoutMs: Math.min(config.timeoutMs ?? TIMEOUT_MS, TIMEOUT_MS), secrets: [config.apiSecret, config.callbackKey ?? ''].filter((secret) => secret !== ''),
	});
	const signed = (call: HttpCall): HttpCall => ({ ...call, headers: signedHeaders(config, clock) });
	try {
		return (await found(client, signed, name, (id) => isGoneFromSolapi(config, id))) ?? (await uploaded(client, signed, name, jpeg));
	} finally {
		client.close();
	}
}

/** Uploaded before, by another process, before a restart, or by a call whose answer was lost. A key that may not list files uploads. */
async function found(client: HttpClient, signed: (call: HttpCall) => HttpCall, name: string, isGone: (id: string) => boolean): Promise<Uploaded | null> {
	const result = await client.call(signed({ method: 'GET', path: FILES, query: { name, type: 'MMS', limit: LISTED } }));
	if (result.kind === 'failure' || !isOk(result)) return null;
	const ids = listOf(fieldsOf(result.body).fileList).map(fieldsOf).flatMap((file) => (file.name === name && file.type === 'MMS' ? (textOf(file.fileId) ?? []) : []));
	const id = ids.find((one) => !isGone(one));
	return id === undefined ? null : { kind: 'uploaded', id };
}

async function uploaded(client: HttpClient, signed: (call: HttpCall) => HttpCall, name: string, jpeg: Uint8Array): Promise<Uploaded> {
	const result = await client.call(signed({ method: 'POST', path: FILES, body: { file: Buffer.from(jpeg).toString('base64'), type: 'MMS', name } }));
	const id = result.kind === 'answer' && isOk(result) ? textAt(result.body, 'fileId') : undefined;
	if (id !== undefined) return { kind: 'uploaded', id };
	const said = result.kind === 'answer' ? textAt(result.body, 'errorMessage') : undefined;
	const sorted = result.kind === 'answer' ? SOLAPI_CODES[textAt(result.body, 'errorCode') ?? ''] : undefined;
	if (sorted?.kind === 'account') return { kind: 'account', reason: client.reason(sorted.what, said, []) };
	// No message has left, whatever became of the file: it may be tried again.
	const outcome = client.outcomeOf(result, { ...(said === undefined ? {} : { said }), personal: [], idempotent: true });
	if (outcome.kind === 'account') return outcome;
	if (outcome.kind === 'permanent') return { kind: 'refused', reason: client.reason('Solapi refused the picture. Change it, then use Journey Control: Retry Held', said, []) };
	return outcome.kind === 'transient' ? outcome : { kind: 'transient', reason: outcome.reason };
}
