import { createHmac, timingSafeEqual } from 'node:crypto';

import { categoryOf, dateMs, entryOf, fieldsOf, isFresh, jsonOf, listOf, malformed, refused, sparesAddress, textOf, userAgentIn, type Fields } from '../callbacks/reading';
import { redacted } from '../redact';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../types';
import { receivedMail, type ReceivingAccount } from './resend-receiving';
import { messageOfMarks } from './recipients';

export interface ResendSecrets extends ReceivingAccount {
	/** The webhook's signing secret: `whsec_…`. */
	signingSecret: string;
}

/** How old a signed call may be, as Svix's own libraries have it. */
const TOLERANCE_MS = 5 * 60_000;

/** Events that say nothing of what became of a mail (sent, scheduled, delivery_delayed) or are of no mail of ours are left out. */
const KINDS: Record<string, DeliveryReport['kind']> = {
	'email.delivered': 'delivered', 'email.bounced': 'bounced', 'email.complained': 'complained', 'email.opened': 'opened', 'email.clicked': 'clicked',
	'email.failed': 'failed', 'email.suppressed': 'failed',
};

/** Resend's webhooks, signed as Svix does (docs.svix.com, Verifying Webhooks Manually). */
export const resendCallbacks: CallbackReader<ResendSecrets> = {
	provider: 'resend',
	read: async (request, secrets, nowMs): Promise<CallbackResult> => {
		const reason = refusal(request, secrets, nowMs);
		if (reason !== undefined) return refused(reason);
		const event = fieldsOf(jsonOf(request));
		if (typeof event.type !== 'string') return malformed('The callback is not an event of Resend\'s');
		if (event.type === 'email.received') return await receivedMail(event, secrets);
		return { kind: 'reports', reports: reportsOf(event, request.headers['svix-id'] ?? '') };
	},
};

/** Signed are id, time and bytes; a secret that is being replaced gives several signatures, one of which has to be right. */
function refusal({ headers, body }: CallbackRequest, { signingSecret }: ResendSecrets, nowMs: number): string | undefined {
	const [id, timestamp, signatures] = ['svix-id', 'svix-timestamp', 'svix-signature'].map((name) => headers[name] ?? '');
	if (!id || !timestamp || !signatures) return 'The callback is not signed';
	const key = Buffer.from(signingSecret.replace(/^whsec_/, ''), 'base64');
	if (key.length === 0) return 'The credential has no signing secret';
	if (!/^\d+$/.test(timestamp) || !isFresh(Number(timestamp) * 1000, nowMs, TOLERANCE_MS)) return 'The callback\'s signature is too old, or the clocks differ by minutes';
	const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	const isRight = signatures.split(' ').some((one) => {
		const [version, value = ''] = one.split(',');
		const given = Buffer.from(value, 'base64');
		return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
	});
	return isRight ? undefined : 'The callback\'s signature is wrong. Compare the signing secret in the credential with the one of the webhook at Resend';
}

function reportsOf(event: Fields, id: string): DeliveryReport[] {
	const kind = entryOf(KINDS, event.type);
	const data = fieldsOf(event.data);
	const tags = tagsOf(data.tags);
	const told = (Array.isArray(data.to) ? data.to : [data.to]).map((address) => ({ address: textOf(address), ...messageOfMarks(tags, textOf(address)) }));
	// Several addresses stand there only when some are in copy.
	const ours = told.find(({ isCopy }) => !isCopy);
	if (kind === undefined || ours === undefined) return [];
	const { address, message } = ours;
	const [click, bounce] = [fieldsOf(data.click), fieldsOf(data.bounce)];
	const said = textOf(bounce.message) ?? textOf(fieldsOf(data.failed).reason) ?? textOf(fieldsOf(data.suppressed).message);
	const url = textOf(click.link);
	return [{
		kind, message, providerId: textOf(data.email_id), address, id, atMs: dateMs(click.timestamp) ?? dateMs(event.created_at),
		...(kind === 'bounced' ? { bounce: bounceOf(bounce) } : {}),
		...(said === null ? {} : { reason: redacted(said, address === null ? [] : [address], []) }),
		...(kind === 'clicked' && url !== null ? { url } : {}),
		// Of opens it says none.
		...(kind === 'clicked' ? userAgentIn(click.userAgent) : {}),
	}];
}

function bounceOf({ type, subType, diagnosticCode }: Fields): NonNullable<DeliveryReport['bounce']> {
	const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(textOf(listOf(diagnosticCode)[0]) ?? '')?.[0] ?? null;
	return { type: type === 'Permanent' && !sparesAddress(status) ? 'hard' : 'soft', category: categoryOf(textOf(subType) ?? textOf(type) ?? '') };
}

/** An object by the description; older events had a list. */
function tagsOf(tags: unknown): Fields {
	return Array.isArray(tags) ? Object.fromEntries(listOf(tags).map(fieldsOf).map(({ name, value }) => [String(name), value])) : fieldsOf(tags);
}
