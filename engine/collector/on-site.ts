import { isEngineError, isJsonObject, type JsonObject, type Log } from '../kernel';
import type { OnSite } from '../onsite';
import type { ActFacts, ActResult, Browser, OnSiteAct, PageState, SignUpField } from '../onsite/types';
import { json, methodNotAllowed, refusal } from './answers';
import { MESSAGE_LIMIT_BYTES, readJson } from './body';
import type { Known } from './known';
import type { CollectorRequest, CollectorResponse } from './types';
import type { UserSecrets } from './user-secrets';
import { presentedKey } from './write-key';

/** Where pages ask what to show, and tell what was done with it. */
export const ON_SITE_ROUTE = 'onsite';

const LONGEST_ID = 255;
const LONGEST_URL = 2_000;
const MOST_NAMES = 50;

/**
 * The pages' side of on-site messages: POST with a write key and `do`. Bodies come as text/plain too, which spares browsers the preflight and
 * lets a page that is left still tell of a click. An answer says nothing of whom: what is read by whom is engine/onsite/reader.ts.
 */
export class OnSiteDoor {
	constructor(private readonly onSite: OnSite, private readonly secrets: UserSecrets, private readonly log: Log) {}

	async handle(known: Known, request: CollectorRequest): Promise<CollectorResponse> {
		if (request.method !== 'POST') return methodNotAllowed('POST');
		const body = await readJson(request, MESSAGE_LIMIT_BYTES);
		if ('refused' in body) return body.refused;
		const key = presentedKey(request.headers.authorization, body.value);
		if (key === null || known.sourceOf(key) === null) return refusal(401, 'unknown_write_key', 'This write key is not known. Compare it with the one in the Journey Collector credential.');
		if (!isJsonObject(body.value)) return refusal(400, 'not_an_object', 'The body must be a JSON object.');
		return await this.answer(body.value, request);
	}

	/** For a call of events that asks what to show in the same request. Never rejects: the events are stored, whatever becomes of this. */
	async decideAfter(asked: unknown, calls: readonly unknown[], request: CollectorRequest): Promise<JsonObject> {
		if (asked === undefined || asked === null || asked === false) return {};
		const given = isJsonObject(asked) ? asked : {};
		const objects = calls.filter(isJsonObject);
		const anonymousId = objects.map((call) => call.anonymousId).findLast((id) => id !== undefined);
		const happened = objects.flatMap(({ type, event }) => (type === 'track' && typeof event === 'string' ? [event.trim()] : []));
		const page = pageOf(isJsonObject(given.page) ? given.page : given);
		try {
			const decision = await this.onSite.decide(this.browserOf({ anonymousId: anonymousId ?? null, ...given }, request), { ...page, events: [...page.events, ...happened].slice(-MOST_NAMES) });
			return { onSite: decision as unknown as JsonObject };
		} catch (error) {
			this.failed(error);
			return {};
		}
	}

	private async answer(body: JsonObject, request: CollectorRequest): Promise<CollectorResponse> {
		try {
			if (body.do === 'decide') return json(200, { success: true, onSite: await this.onSite.decide(this.browserOf(body, request), pageOf(isJsonObject(body.page) ? body.page : {})) });
			if (body.do === 'inbox') return json(200, { success: true, inbox: await this.onSite.inbox(this.browserOf(body, request), body.open === true) });
			const given = actOf(body);
			if (given === null) return refusal(400, 'unknown_call', 'do must be decide, inbox, click, dismiss, read, answer or signUp.');
			const facts: ActFacts = { ip: request.ip ?? null, url: textOf(body.url, LONGEST_URL) ?? '' };
			return actAnswer(await this.onSite.act(textOf(body.token, 1_000) ?? '', given, facts));
		} catch (error) {
			this.failed(error);
			return refusal(503, 'not_stored', 'Nothing of this call was stored. Try it again later.', { 'retry-after': '5' });
		}
	}

	private browserOf({ anonymousId, userId, userToken }: JsonObject, request: CollectorRequest): Browser {
		const user = textOf(userId, LONGEST_ID);
		return { anonymousId: textOf(anonymousId, LONGEST_ID), userId: user, proven: user !== null && this.secrets.provenBy(request)(user, userToken) };
	}

	private failed(error: unknown): void {
		this.log.error('A page could not be told what to show', { code: isEngineError(error) ? error.code : 'INTERNAL' });
	}
}

function actAnswer(result: ActResult): CollectorResponse {
	if (result === 'unknown') return refusal(404, 'unknown_message', 'This message is not there any more.');
	if (typeof result === 'string') return json(200, { success: true });
	const { refused, retryAfterS } = result;
	if (retryAfterS !== undefined) return json(429, { success: false, code: 'too_many', message: refused, ...(result.field === undefined ? {} : { field: result.field }) }, { 'retry-after': String(retryAfterS) });
	return json(400, { success: false, code: 'refused', message: refused, ...(result.field === undefined ? {} : { field: result.field }) });
}

function actOf(body: JsonObject): OnSiteAct | null {
	switch (body.do) {
		case 'click':
			return { do: 'click', button: numberOf(body.button, -1) };
		case 'dismiss':
		case 'read':
			return { do: body.do };
		case 'answer':
			return { do: 'answer', answer: { score: numberOf(body.score, Number.NaN), ...(typeof body.comment === 'string' ? { comment: body.comment } : {}) } };
		case 'signUp':
			return { do: 'signUp', fields: fieldsOf(body.fields) };
		default:
			return null;
	}
}

function fieldsOf(given: unknown): Partial<Record<SignUpField, string>> {
	const fields = isJsonObject(given) ? given : {};
	return Object.fromEntries((['email', 'phone', 'firstName'] as const).flatMap((name) => (typeof fields[name] === 'string' ? [[name, fields[name]]] : [])));
}

function pageOf(page: JsonObject): PageState {
	return {
		url: textOf(page.url, LONGEST_URL) ?? '', seconds: numberOf(page.seconds, 0), scroll: numberOf(page.scroll, 0), exit: page.exit === true,
		events: namesOf(page.events), slots: namesOf(page.slots), overlay: page.overlay !== false,
	};
}

function namesOf(given: unknown): string[] {
	return Array.isArray(given) ? given.filter((name) => typeof name === 'string').slice(0, MOST_NAMES) : [];
}

function numberOf(given: unknown, otherwise: number): number {
	return typeof given === 'number' && Number.isFinite(given) ? given : otherwise;
}

/** As identities are stored: without spaces around. Longer ones are nobody's. */
function textOf(given: unknown, longest: number): string | null {
	const text = typeof given === 'string' ? given.trim() : '';
	return text === '' || text.length > longest ? null : text;
}
