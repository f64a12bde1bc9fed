import type { IngestReport } from '../events/types';
import { isEngineError, isJsonObject, type JsonObject, type Log } from '../kernel';
import { json, methodNotAllowed, refusal, tooMany } from './answers';
import { BATCH_LIMIT_BYTES, MESSAGE_LIMIT_BYTES, readJson } from './body';
import type { Intake } from './intake';
import type { Known } from './known';
import type { OnSiteDoor } from './on-site';
import type { Outbox } from './outbox';
import { parseCalls, type Parsed } from './segment';
import type { CollectorRequest, CollectorResponse } from './types';
import type { UserSecrets } from './user-secrets';
import { presentedKey } from './write-key';

export interface IngestParts {
	intake: Intake;
	outbox: Outbox;
	onSite: OnSiteDoor;
	secrets: UserSecrets;
	log: Log;
}

/** Refused messages that an answer names; a batch of thousands with one mistake would be answered with a megabyte. */
const MOST_REJECTIONS = 100;

/**
 * identify, track, page, screen, group, alias and batch in Segment's shape. 200 when the request as such was understood; messages that
 * cannot be used are named in `rejected` (at most 100, of `rejectedTotal`) and the others are taken; what of their contexts is not kept, in `notKept`; devices that came without a user token where one is asked for, in `notProven`. 429 and 5xx, which Segment's
 * libraries retry, only when nothing was stored. With `decide` in the body the answer holds what to show on the page now (on-site.ts).
 */
export async function handleIngest(parts: IngestParts, known: Known, type: string, request: CollectorRequest): Promise<CollectorResponse> {
	if (request.method !== 'POST') return methodNotAllowed('POST');
	const isBatch = type === 'batch';
	const body = await readJson(request, isBatch ? BATCH_LIMIT_BYTES : MESSAGE_LIMIT_BYTES);
	if ('refused' in body) return body.refused;
	const key = presentedKey(request.headers.authorization, body.value);
	const source = key === null ? null : known.sourceOf(key);
	if (source === null) return unauthorized(key, known.collectors.length);
	if (!isJsonObject(body.value)) return refusal(400, 'not_an_object', 'The body must be a JSON object.');
	if (isBatch && !Array.isArray(body.value.batch)) return refusal(400, 'no_batch', 'batch must be a list of messages.');
	if (!isBatch) body.value.type = type;
	const calls = isBatch ? (body.value.batch as unknown[]) : [body.value];

	const parsed = parseCalls(calls, {
		sentAt: body.value.sentAt, context: isBatch ? body.value.context : undefined, receivedAtMs: known.nowMs, bytes: body.bytes, gpc: request.headers['sec-gpc'] === '1',
		storeIps: known.storeIps, ip: request.headers.origin === undefined ? null : (request.ip ?? null),
		proven: parts.secrets.provenBy(request),
	});
	const wanted = parts.outbox.missing(known, source);
	const delivery = { messages: parsed.messages, source, bytes: body.bytes, ...(wanted.length === 0 ? {} : { wanted }) };
	const retryAfterS = parts.intake.behind(delivery, known.behindAfter);
	if (retryAfterS !== null) return behind(retryAfterS);
	try {
		const report = parsed.messages.length === 0 ? null : await parts.intake.add(delivery);
		if (report !== null) parts.outbox.stored(delivery, report, known);
		return answerOf(isBatch, parsed, report, known.provesUsers, await parts.onSite.decideAfter(body.value.decide, calls, request));
	} catch (error) {
		const code = isEngineError(error) ? error.code : 'INTERNAL';
		parts.log.error('Events could not be stored; their sender was asked to try again', { code });
		return refusal(503, 'not_stored', 'Nothing of this request was stored. Try it again later.', { 'retry-after': '5' });
	}
}

function answerOf(isBatch: boolean, { indexes, rejected, notKept, notProven }: Parsed, report: IngestReport | null, provesUsers: boolean, decided: JsonObject): CollectorResponse {
	// Never what was left out of the person (IngestReport.left): a write key stands in every page, and whoever has it could ask which addresses are known.
	const told = { ...(notKept.size === 0 ? {} : { notKept: [...notKept] }), ...(provesUsers && notProven.size > 0 ? { notProven: [...notProven] } : {}), ...decided };
	const refused = report === null || report.rejected.length === 0 ? rejected : [...rejected, ...report.rejected.map(({ index, reason }) => ({ index: indexes[index] ?? index, reason }))];
	const [only] = refused;
	if (only === undefined) return json(200, { success: true, ...told });
	if (!isBatch) return refusal(400, 'invalid_message', only.reason);
	refused.sort((a, b) => a.index - b.index);
	return json(200, { success: true, rejected: refused.slice(0, MOST_REJECTIONS), rejectedTotal: refused.length, ...told });
}

function behind(retryAfterS: number): CollectorResponse {
	return tooMany(`More events are waiting than can be stored at once; nothing of this request was taken. Send it again in ${retryAfterS} s.`, retryAfterS);
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
