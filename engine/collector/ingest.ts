import type { EventsApi } from '../events/types';
import { isEngineError, isJsonObject, type Log } from '../kernel';
import type { Settings } from '../settings';
import { json, methodNotAllowed, refusal } from './answers';
import { BATCH_LIMIT_BYTES, MESSAGE_LIMIT_BYTES, readJson } from './body';
import { parseCalls } from './segment';
import type { CollectorRequest, CollectorResponse } from './types';
import { presentedKey, sourceOf } from './write-key';

export interface IngestParts {
	settings: Pick<Settings, 'collectors'>;
	events: Pick<EventsApi, 'ingest'>;
	log: Log;
}

/**
 * identify, track, batch (and page, screen, group, alias) in Segment's shape. 200 when the request as such was understood;
 * messages that cannot be used are named in `rejected` and the others are taken. 5xx, which Segment's libraries retry, only when
 * nothing was stored.
 */
export async function handleIngest({ settings, events, log }: IngestParts, request: CollectorRequest): Promise<CollectorResponse> {
	if (request.method !== 'POST') return methodNotAllowed('POST');
	const isBatch = request.route === 'batch';
	const body = await readJson(request, isBatch ? BATCH_LIMIT_BYTES : MESSAGE_LIMIT_BYTES);
	if ('refused' in body) return body.refused;
	try {
		const { collectors, nowMs } = await settings.collectors();
		const key = presentedKey(request.headers.authorization, body.value);
		const source = key === null ? null : sourceOf(key, collectors);
		if (source === null) return unauthorized(key, collectors.length);
		if (!isJsonObject(body.value)) return refusal(400, 'not_an_object', 'The body must be a JSON object.');
		if (isBatch && !Array.isArray(body.value.batch)) return refusal(400, 'no_batch', 'batch must be a list of messages.');
		const calls = isBatch ? (body.value.batch as unknown[]) : [{ ...body.value, type: request.route }];

		const { messages, indexes, rejected, ignored } = parseCalls(calls, { sentAt: body.value.sentAt, receivedAtMs: nowMs });
		const report = messages.length === 0 ? { rejected: [] } : await events.ingest(messages, { source });
		const refused = [...rejected, ...report.rejected.map(({ index, reason }) => ({ index: indexes[index] ?? index, reason }))];
		const [only] = refused;
		if (!isBatch && only !== undefined) return refusal(400, 'invalid_message', only.reason);
		refused.sort((a, b) => a.index - b.index);
		return json(200, { success: true, ...(refused.length > 0 ? { rejected: refused } : {}), ...(ignored > 0 ? { ignored } : {}) });
	} catch (error) {
		const code = isEngineError(error) ? error.code : 'INTERNAL';
		log.error('Events could not be stored; their sender was asked to try again', { code });
		return refusal(503, 'not_stored', 'Nothing of this request was stored. Try it again later.', { 'retry-after': '5' });
	}
}

function unauthorized(key: string | null, collectors: number): CollectorResponse {
	const message =
		collectors === 0
			? 'No write key is known: publish a workflow with a Journey Collector Trigger first.'
			: key === null
				? 'No write key was sent. Send it as the user of HTTP Basic authentication (no password), or as writeKey in the body.'
				: 'This write key is not known. Compare it with the one in the Journey Collector credential.';
	return refusal(401, 'unknown_write_key', message, { 'www-authenticate': 'Basic realm="journeys"' });
}
