import { isEngineError, type Log } from '../kernel';
import type { Tracking, UnsubscribeView } from '../tracking';
import { methodNotAllowed } from './answers';
import type { CollectorRequest, CollectorResponse } from './types';
import { ACTION, askPage, backPage, brokenLinkPage, donePage, notSavedPage } from './unsubscribe-page';

/**
 * GET and HEAD only show the page: mail gateways open every link of a mail. A POST changes consent: the page's form, or a mail
 * provider's one-click (RFC 8058: `List-Unsubscribe=One-Click`, as a form or as multipart). Whatever else is posted to a signed
 * link is an opt-out as well: to refuse one for its form would be the worse mistake.
 */
export async function handleUnsubscribe(tracking: Tracking, log: Log, request: CollectorRequest): Promise<CollectorResponse> {
	const token = request.query.t ?? '';
	try {
		switch (request.method) {
			case 'GET':
			case 'HEAD':
				return show(askPage, await tracking.describeUnsubscribe(token));
			case 'POST':
				return await change(tracking, token, new TextDecoder().decode(request.body.subarray(0, 4096)));
			default:
				return methodNotAllowed('GET, HEAD, POST');
		}
	} catch (error) {
		log.error('An unsubscribe request could not be served', { code: isEngineError(error) ? error.code : 'INTERNAL' });
		return notSavedPage();
	}
}

async function change(tracking: Tracking, token: string, body: string): Promise<CollectorResponse> {
	const action = new URLSearchParams(body).get(ACTION.field);
	if (action === ACTION.back) return show(backPage, await tracking.resubscribe(token, { source: 'page' }));
	const scope = action === ACTION.all ? 'all' : 'topic';
	const source = action === null ? 'one-click' : 'page';
	return show(donePage, await tracking.unsubscribe(token, { source, scope }));
}

function show(pageOf: (view: UnsubscribeView) => CollectorResponse, view: UnsubscribeView | null): CollectorResponse {
	return view === null ? brokenLinkPage() : pageOf(view);
}
