import { isJsonObject } from '../kernel';
import { BATCH_LIMIT_BYTES, MESSAGE_LIMIT_BYTES, readJson } from './body';
import { eventOf } from './collected';
import { ingestTypeOf } from './ingest-routes';
import type { Known } from './known';
import { parseCalls } from './segment';
import type { CollectedEvent, CollectorRequest } from './types';
import { presentedKey } from './write-key';

/** See CollectorApi.preview. The source is that of the write key, or empty: a test call need not have one. */
export async function preview(known: Known, request: CollectorRequest): Promise<CollectedEvent[]> {
	const type = ingestTypeOf(request.route);
	if (type === null) return [];
	const body = await readJson(request, type === 'batch' ? BATCH_LIMIT_BYTES : MESSAGE_LIMIT_BYTES);
	if ('refused' in body || !isJsonObject(body.value)) return [];
	const { batch, sentAt, context } = body.value;
	const calls = type === 'batch' ? (Array.isArray(batch) ? batch : []) : [{ ...body.value, type }];
	const { messages } = parseCalls(calls, {
		sentAt, context: type === 'batch' ? context : undefined, receivedAtMs: known.nowMs, bytes: body.bytes, gpc: request.headers['sec-gpc'] === '1', storeIps: known.storeIps, ip: null,
	});
	const key = presentedKey(request.headers.authorization, body.value);
	const source = key === null ? null : known.sourceOf(key);
	// Without a name the engine refuses an event.
	return messages.filter(({ type: called, event }) => called !== 'track' || event !== undefined && event !== '').map((message) => ({ ...eventOf(message, null, source ?? '', known.nowMs), doNotSell: message.gpc === true }));
}
