import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebhookContext } from 'n8n-core';
import type { IWebhookData, IWebhookDescription, IWorkflowExecuteAdditionalData, WorkflowExecuteMode } from 'n8n-workflow';

import type { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { additionalDataOf } from './desk';
import type { Desk } from './desk';

export function webhookData(entry: IWebhookDescription, additionalData: IWorkflowExecuteAdditionalData, isTest: boolean): IWebhookData {
	return {
		httpMethod: 'POST',
		node: 'Subject',
		path: '',
		webhookDescription: entry,
		workflowId: 'workflow-1',
		workflowExecuteAdditionalData: additionalData,
		isTest,
	} as IWebhookData;
}

/** n8n reads a form with files itself (webhook-helpers, parseRequestBody): then there are no bytes, and nothing to read them from. */
async function bodyOf({ headers }: IncomingMessage, bytes: Buffer): Promise<object> {
	const type = headers['content-type'] ?? '';
	if (!type.startsWith('multipart/form-data')) return { rawBody: bytes };
	const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
	const data = Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
	return { body: { data, files: {} }, readRawBody: () => Promise.reject(new Error('Request body stream was aborted or is not readable')) };
}

/** n8n's webhook route over a real socket: the entry by method and path, the raw body read as n8n reads it. */
export async function serveWebhooks(node: JourneyCollectorTrigger, one: Desk, mode: WorkflowExecuteMode = 'webhook'): Promise<{ url: string; results: unknown[]; server: Server }> {
	const entries = node.description.webhooks as IWebhookDescription[];
	const results: unknown[] = [];
	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const url = new URL(request.url ?? '/', 'http://localhost');
		const additionalData = additionalDataOf(one.n8n, mode);
		const entry = entries.find(({ httpMethod, path }) => {
			const resolved = one.n8n.workflow.expression.getSimpleParameterValue(one.node, path, mode, {}) as string;
			return httpMethod === request.method && `/webhook/${resolved}` === url.pathname;
		});
		if (!entry) {
			response.statusCode = 404;
			response.end();
			return;
		}
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		additionalData.httpRequest = Object.assign(request, {
			query: Object.fromEntries(url.searchParams),
			readRawBody: async () => undefined,
			// As express has it: by N8N_PROXY_HOPS the visitor's, else the other end's.
			ip: request.headers['x-seen-by-express'] ?? request.socket.remoteAddress,
			...(await bodyOf(request, Buffer.concat(chunks))),
		}) as unknown as IWorkflowExecuteAdditionalData['httpRequest'];
		additionalData.httpResponse = response as unknown as IWorkflowExecuteAdditionalData['httpResponse'];
		const context = new WebhookContext(one.n8n.workflow, one.node, additionalData, mode, webhookData(entry, additionalData, mode === 'manual'), [], null);
		results.push(await node.webhook.call(context));
		if (!response.writableEnded) response.end();
	};
	const server = createServer((request, response) => void answer(request, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook/journeys`, results, server };
}
