import { createHmac } from 'node:crypto';

import { bodyText, fieldsOf, isFresh, isSame, jsonOf, malformed, refused, secondsMs, textOf } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { blocked, inboundChat } from './inbound';

export interface SlackSecrets {
	signingSecret: string;
}

/** As Slack recommends (https://api.slack.com/authentication/verifying-requests-from-slack). */
const OLDEST_MS = 5 * 60_000;

/** Events API: what people write to the app in its own conversation (message.im), and who has left the workspace (user_change). Slack tells nothing of delivery. */
export const slackCallbacks: CallbackReader<SlackSecrets> = {
	provider: 'slack',
	read: (request, secrets, nowMs) => Promise.resolve(read(request, secrets, nowMs)),
};

function read(request: CallbackRequest, { signingSecret }: SlackSecrets, nowMs: number): CallbackResult {
	const { 'x-slack-signature': given = '', 'x-slack-request-timestamp': timestamp = '' } = request.headers;
	const expected = `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${bodyText(request)}`).digest('hex')}`;
	if (signingSecret === '' || !isSame(given, expected)) return refused('The signature of Slack (X-Slack-Signature) is missing or wrong. Check the Signing Secret in the credential.');
	if (!isFresh(secondsMs(timestamp), nowMs, OLDEST_MS)) return refused('Slack\'s call is too old, or the clock of this machine is wrong.');
	const body = jsonOf(request);
	if (body === undefined) return malformed('The call of Slack is no JSON.');
	const { type, challenge, event, event_id: id, event_time: at } = fieldsOf(body);
	if (type === 'url_verification') return { kind: 'answer', status: 200, body: textOf(challenge) ?? '', contentType: 'text/plain; charset=utf-8' };
	return { kind: 'reports', reports: type === 'event_callback' ? reportsOf(fieldsOf(event), textOf(id), secondsMs(at)) : [] };
}

function reportsOf(event: ReturnType<typeof fieldsOf>, id: string | null, atMs: number | null): DeliveryReport[] {
	if (id === null) return [];
	if (event.type === 'user_change') {
		const user = fieldsOf(event.user);
		const address = textOf(user.id);
		return user.deleted === true && address !== null ? [blocked({ id, address, atMs, category: 'left' })] : [];
	}
	const [address, text, channel, thread] = [textOf(event.user), textOf(event.text), textOf(event.channel), textOf(event.thread_ts)];
	// Of bots, and edits: nobody's new words.
	if (event.type !== 'message' || event.channel_type !== 'im' || event.bot_id !== undefined || event.subtype !== undefined || address === null || text === null) return [];
	return inboundChat({ id, address, text, atMs, providerId: thread === null || channel === null ? null : `${channel}:${thread}` });
}
