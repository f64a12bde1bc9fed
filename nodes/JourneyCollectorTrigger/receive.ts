import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { CollectorRequest, CollectorResponse } from '../../engine';
import { getEngine } from '../shared/engine';
import { toNodeError } from '../shared/errors';
import { callbackSecretsOf, chosenProviders } from './callbackSecrets';
import { itemsOf } from './emitEvents';
import { routeOf } from './routes';
import { userSecretOf } from './writeKeys';

/** n8n adds the reader and the bytes to express's request; its own type does not say so. */
interface RawBodyRequest {
	method: string;
	query: Record<string, unknown>;
	headers: Record<string, string | string[] | undefined>;
	rawBody?: Uint8Array;
	readRawBody?: () => Promise<void>;
	/** Path and query as they came; n8n may have taken a prefix off `url`. */
	originalUrl?: string;
	url?: string;
	/** The caller's, as express finds it by n8n's own N8N_PROXY_HOPS. */
	ip?: string;
	/** Of a multipart form n8n reads the stream itself: fields in `data`, files elsewhere. */
	body?: unknown;
}

const CALLBACKS = 'callbacks/';

/** Hands the call to the engine as it came and writes its answer as it is: no execution starts. */
export async function receive(this: IWebhookFunctions): Promise<IWebhookResponseData> {
	const request = await toCollectorRequest(this);
	if (this.getMode() === 'manual') return await show(this, request);

	const answer = await handled(this, request);
	const response = this.getResponseObject();
	response.statusCode = answer.status;
	for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
	response.end(typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body));
	return { noWebhookResponse: true };
}

/**
 * An engine that cannot answer is 503, upon which SDKs and mail clients try again. Left to n8n it would be a failed
 * execution for every event, and a message that says nothing.
 */
async function handled(context: IWebhookFunctions, request: CollectorRequest): Promise<CollectorResponse> {
	try {
		const engine = await getEngine(context);
		return await engine.collector.handle(await withUserSecret(context, await withCallback(context, request)));
	} catch (error) {
		const { message } = toNodeError(context.getNode(), error);
		context.logger.error(`Journeys: the collector could not take a call: ${message}`, { route: request.route });
		return {
			status: 503,
			headers: { 'content-type': 'application/json; charset=utf-8', 'retry-after': '30' },
			body: JSON.stringify({ success: false, message: 'The collector cannot take events at the moment. Try again later.' }),
		};
	}
}

/**
 * A webhook process of queue mode never runs trigger(): what signatures are checked with comes from the credentials with each call, of the one provider that
 * calls. Nothing of it where that provider is not chosen.
 */
async function withCallback(context: IWebhookFunctions, request: CollectorRequest): Promise<CollectorRequest> {
	if (!request.route.startsWith(CALLBACKS)) return request;
	const secrets = await callbackSecretsOf(context, chosenProviders(context).filter(({ name }) => `${CALLBACKS}${name}` === request.route));
	const address = context.getNodeWebhookUrl(context.getWebhookName() as 'default') ?? '';
	return { ...request, callback: { workflow: String(context.getWorkflow().id), secrets, base: address.endsWith(`/${request.route}`) ? address.slice(0, -request.route.length - 1) : null } };
}

/** The same for what a site proves user ids with: only a call that brings a proof needs it. */
async function withUserSecret(context: IWebhookFunctions, request: CollectorRequest): Promise<CollectorRequest> {
	if (!Buffer.from(request.body).includes('"userToken"')) return request;
	return { ...request, userSecret: userSecretOf(await context.getCredentials('journeyCollectorApi')) };
}

/**
 * A call to the test address in the editor: what arrived is shown, and nothing is stored or changed. Where executions are started, in the shape
 * in which events will come out: the nodes behind this one are built on it.
 */
async function show(context: IWebhookFunctions, request: CollectorRequest): Promise<IWebhookResponseData> {
	const events = context.getNodeParameter('emitEvents', false) === true ? await (await getEngine(context)).collector.preview(request) : [];
	const json: IDataObject = {
		route: request.route,
		method: request.method,
		query: request.query,
		body: Buffer.from(request.body).toString('utf8'),
		stored: false,
	};
	return {
		webhookResponse: { test: true, stored: false, route: request.route },
		workflowData: [events.length > 0 ? itemsOf(events) : [{ json }]],
	};
}

async function toCollectorRequest(context: IWebhookFunctions): Promise<CollectorRequest> {
	const request = context.getRequestObject() as unknown as RawBodyRequest;
	const headers = firstOfEach(request.headers);
	const fields = fieldsOf(request);
	if (fields === null) await request.readRawBody?.();
	else headers['content-type'] = 'application/x-www-form-urlencoded';
	// n8n has unpacked the body already; the engine would try it a second time.
	delete headers['content-encoding'];
	delete headers['content-length'];
	return {
		method: request.method,
		route: routeOf(context.getWebhookName()),
		query: firstOfEach(request.query),
		...searchOf(request),
		headers,
		body: fields === null ? request.rawBody ?? new Uint8Array() : Buffer.from(fields.toString()),
		...(request.ip === undefined ? {} : { ip: request.ip }),
	};
}

/**
 * n8n reads a multipart form itself and leaves nothing of its bytes; asked for them it throws. Mail providers unsubscribe people by such a form (RFC 8058, 3.2), and
 * services post mails that came in so: its fields go on as those of an ordinary one, its files are none of ours. null: the body is as it came.
 */
function fieldsOf({ headers, body, rawBody }: RawBodyRequest): URLSearchParams | null {
	if (rawBody !== undefined || !/^multipart\/form-data\b/i.test(String(headers['content-type'] ?? '')) || typeof body !== 'object' || body === null || !('data' in body)) return null;
	const fields = Object.entries((body.data ?? {}) as Record<string, unknown>).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)]));
	return new URLSearchParams(fields);
}

function searchOf({ originalUrl, url = '' }: RawBodyRequest): { search?: string } {
	const whole = originalUrl ?? url;
	const mark = whole.indexOf('?');
	return mark < 0 ? {} : { search: whole.slice(mark) };
}

function firstOfEach(values: Record<string, unknown>): Record<string, string> {
	const first: Record<string, string> = {};
	for (const [name, value] of Object.entries(values)) {
		const one: unknown = Array.isArray(value) ? value[0] : value;
		if (typeof one === 'string') first[name] = one;
	}
	return first;
}
