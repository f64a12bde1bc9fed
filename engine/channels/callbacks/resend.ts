import { createHmac, timingSafeEqual } from 'node:crypto';

import { RESEND_TAGS } from '../email/resend';
import { recipientMark } from '../email/service-message';
import { redacted } from '../redact';
import { fieldsOf, instantOf, jsonOf, textOf, type Fields } from './body';
import type { CallbackReader, CallbackRequest, DeliveryReport } from './types';

export interface ResendSecrets {
	/** The webhook's signing secret: `whsec_…`. */
	signingSecret: string;
}

/** How old or how far ahead a signed call may be, as Svix's own libraries have it. */
const TOLERANCE_MS = 5 * 60_000;

/** Events that say nothing of what became of a mail (sent, scheduled, delivery_delayed) or are of no mail of ours are left out. */
const KINDS: Record<string, DeliveryReport['kind']> = {
	'email.delivered': 'delivered', 'email.bounced': 'bounced', 'email.complained': 'complained', 'email.opened': 'opened', 'email.clicked': 'clicked',
	'email.failed': 'failed', 'email.suppressed': 'failed',
};

/** Resend's webhooks, signed as Svix does (docs.svix.com, Verifying Webhooks Manually). */
export const resendCallbacks: CallbackReader<ResendSecrets> = {
	provider: 'resend',
	read: (request, secrets, nowMs) => Promise.resolve(((): Awaited<ReturnType<CallbackReader<ResendSecrets>['read']>> => {
		const refused = refusal(request, secrets, nowMs);
		if (refused !== undefined) return { kind: 'refused', reason: refused };
		const event = fieldsOf(jsonOf(request.body));
		if (typeof event.type !== 'string') return { kind: 'malformed', reason: 'The callback is not an event of Resend\'s' };
		return { kind: 'reports', reports: reportsOf(event, request.headers['svix-id'] ?? '') };
	})()),
};

/** Signed are id, time and bytes; a secret that is being replaced gives several signatures, one of which has to be right. */
function refusal({ headers, body }: CallbackRequest, { signingSecret }: ResendSecrets, nowMs: number): string | undefined {
	const [id, timestamp, signatures] = ['svix-id', 'svix-timestamp', 'svix-signature'].map((name) => headers[name] ?? '');
	if (!id || !timestamp || !signatures) return 'The callback is not signed';
	const key = Buffer.from(signingSecret.replace(/^whsec_/, ''), 'base64');
	if (key.length === 0) return 'The credential has no signing secret';
	if (!/^\d+$/.test(timestamp) || Math.abs(nowMs - Number(timestamp) * 1000) > TOLERANCE_MS) return 'The callback\'s signature is too old, or the clocks differ by more than 5 minutes';
	const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	const isRight = signatures.split(' ').some((one) => {
		const [version, value = ''] = one.split(',');
		const given = Buffer.from(value, 'base64');
		return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
	});
	return isRight ? undefined : 'The callback\'s signature is wrong. Compare the signing secret in the credential with the one of the webhook at Resend';
}

function reportsOf(event: Fields, id: string): DeliveryReport[] {
	const kind = KINDS[String(event.type)];
	const data = fieldsOf(event.data);
	const addresses = (Array.isArray(data.to) ? data.to : [data.to]).map(textOf).filter((address) => address !== null);
	const tags = tagsOf(data.tags);
	const mark = tags[RESEND_TAGS.to];
	if (kind === undefined || (mark !== undefined && addresses.length > 0 && !addresses.some((address) => recipientMark(address) === mark))) return [];
	const address = addresses.find((one) => recipientMark(one) === mark) ?? addresses[0] ?? null;
	const click = fieldsOf(data.click);
	const said = textOf(fieldsOf(data.bounce).message) ?? textOf(fieldsOf(data.failed).reason) ?? textOf(fieldsOf(data.suppressed).message);
	return [{
		kind, message: tags[RESEND_TAGS.message] ?? null, providerId: textOf(data.email_id), address, id,
		atMs: instantOf(click.timestamp) ?? instantOf(event.created_at),
		...(kind === 'bounced' ? { bounce: bounceOf(fieldsOf(data.bounce)) } : {}),
		...(said === null ? {} : { reason: redacted(said, address === null ? [] : [address], []) }),
		...(kind === 'clicked' && typeof click.link === 'string' ? { url: click.link } : {}),
	}];
}

function bounceOf({ type, subType }: Fields): NonNullable<DeliveryReport['bounce']> {
	return { type: type === 'Permanent' ? 'hard' : 'soft', category: textOf(subType) ?? textOf(type) ?? 'unknown' };
}

/** An object by the description; older events had a list. */
function tagsOf(tags: unknown): Record<string, string | undefined> {
	const pairs = Array.isArray(tags) ? tags.map(fieldsOf).map(({ name, value }) => [name, value] as const) : Object.entries(fieldsOf(tags));
	return Object.fromEntries(pairs.map(([name, value]) => [String(name), textOf(value) ?? undefined]));
}
