import { hashId } from '../../kernel';
import { bareMessageId } from '../email/brevo';
import { recipientMark } from '../email/service-message';
import { redacted } from '../redact';
import { fieldsOf, instantOf, jsonOf, textOf, type Fields } from './body';
import { refusedByKey, type KeySecrets } from './chosen-key';
import type { CallbackReader, DeliveryReport } from './types';

type Told = Pick<DeliveryReport, 'kind' | 'bounce' | 'machine'>;

/**
 * Events of Brevo's transactional webhooks (developers.brevo.com, Transactional webhooks); request, sent and deferred say nothing final. `unique_…` is told beside
 * the plain event of the same moment and becomes the same report. blocked: on Brevo's own list, so the mail was never tried.
 */
const EVENTS: Record<string, Told> = {
	delivered: { kind: 'delivered' },
	hard_bounce: { kind: 'bounced', bounce: { type: 'hard', category: 'hard_bounce' } },
	soft_bounce: { kind: 'bounced', bounce: { type: 'soft', category: 'soft_bounce' } },
	invalid_email: { kind: 'bounced', bounce: { type: 'hard', category: 'invalid_email' } },
	blocked: { kind: 'failed' }, error: { kind: 'failed' },
	spam: { kind: 'complained' }, complaint: { kind: 'complained' }, unsubscribed: { kind: 'unsubscribed' },
	opened: { kind: 'opened' }, proxy_open: { kind: 'opened', machine: true }, click: { kind: 'clicked' },
};

/** Brevo signs nothing: the callback's address or its login bears a key of the user's. One event a call, or a list of them. */
export const brevoCallbacks: CallbackReader<KeySecrets> = {
	provider: 'brevo',
	read(request, secrets) {
		const refused = refusedByKey(request, secrets);
		if (refused !== undefined) return Promise.resolve(refused);
		const body = jsonOf(request.body);
		const events = (Array.isArray(body) ? body : [body]).map(fieldsOf);
		if (!events.every(({ event }) => typeof event === 'string')) return Promise.resolve({ kind: 'malformed', reason: 'The callback is not an event of Brevo\'s' });
		return Promise.resolve({ kind: 'reports', reports: events.flatMap(reportsOf) });
	},
};

function reportsOf(event: Fields): DeliveryReport[] {
	const name = String(event.event).replace(/^unique_/, '');
	const told = EVENTS[name];
	const address = textOf(event.email);
	const [ours, message, mark] = (textOf(event['X-Mailin-custom']) ?? '').split(' ');
	if (told === undefined || (ours === 'journeys' && mark !== undefined && address !== null && recipientMark(address) !== mark)) return [];
	const providerId = textOf(event['message-id']);
	const at = event.ts_epoch ?? event.ts_event ?? event.ts;
	const [reason, link] = [textOf(event.reason), textOf(event.link)];
	return [{
		...told, message: ours === 'journeys' ? message ?? null : null, providerId: providerId === null ? null : bareMessageId(providerId), address, atMs: instantOf(at),
		id: hashId('brevo', name, providerId ?? '', address ?? '', textOf(at) ?? '', link ?? ''),
		...(reason === null ? {} : { reason: redacted(reason, address === null ? [] : [address], []) }),
		...(told.kind === 'clicked' && link !== null ? { url: link } : {}),
	}];
}
