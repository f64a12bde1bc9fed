import { bearsKey } from '../callbacks/keyed';
import { dateMs, formIn, malformed, objectOf, refused } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { messageIn, withPlus } from './callback-reading';
import { inboundReport } from './inbound';

/** How one service's callbacks are written. Names are dotted paths into its JSON, or names of its form or query fields. */
export interface HttpSmsCallbacks {
	/** The `key` in the address of callbacks. */
	callbackKey?: string;
	/** Default `status`. */
	statusField?: string;
	/** Statuses, compared without case. Default `delivered`. */
	delivered?: readonly string[];
	/** The number takes nothing, ever. Default `invalid`, `unknown`. */
	hardBounced?: readonly string[];
	/** Default `undelivered`, `failed`, `expired`, `rejected`. */
	softBounced?: readonly string[];
	/** Default `id`. */
	idField?: string;
	/** Of an incoming message. Default `from`, `to`, `text`. */
	fromField?: string;
	toField?: string;
	textField?: string;
}

/** Whatever a service without an own reader tells. Not signed: the address carries a key. */
export const httpSmsCallbacks: CallbackReader<HttpSmsCallbacks> = {
	provider: 'http',
	read: (request, settings) => Promise.resolve(read(request, settings)),
};

function read(request: CallbackRequest, settings: HttpSmsCallbacks): CallbackResult {
	if (!bearsKey(request, settings.callbackKey ?? '')) return refused('The call carries no key, or a wrong one. The callback address ends in ?key= and the Callback Key of the credential.');
	const fields = fieldsOf(request);
	const text = (path: string): string => at(fields, path);
	const id = text(settings.idField || 'id');
	const status = text(settings.statusField || 'status').toLowerCase();
	const from = text(settings.fromField || 'from');
	const to = text(settings.toField || 'to');
	const said = text(settings.textField || 'text');
	const told = statusReport(status, settings);
	const message = messageIn(request);
	const cameIn = CAME_IN.has(status) && told === null && message === null && from !== '' && said !== '';
	if (status !== '' && !cameIn) {
		if (message === null && id === '') return malformed('The call names no message: neither in its address (message) nor by an id.');
		const own = { message, providerId: id === '' ? null : id, address: to === '' ? null : withPlus(to), atMs: dateMs(text('timestamp')), id: `${message ?? id}:${status}` };
		return { kind: 'reports', reports: told === null ? [] : [{ ...told, ...own }] };
	}
	if (from === '' || id === '') return malformed('The call holds neither a status nor an incoming message with its id and number.');
	return { kind: 'reports', reports: [inboundReport({ id, from: withPlus(from), to: to === '' ? null : withPlus(to), text: said, atMs: dateMs(text('timestamp')) })] };
}

/** As many gateways mark what people have sent: a STOP is not the status of a message of ours. A call that names one, or a status that the settings know, is. */
const CAME_IN: ReadonlySet<string> = new Set(['received', 'inbound', 'incoming', 'mo']);

const USUAL: Record<'delivered' | 'hardBounced' | 'softBounced', readonly string[]> = { delivered: ['delivered'], hardBounced: ['invalid', 'unknown'], softBounced: ['undelivered', 'failed', 'expired', 'rejected'] };

function statusReport(status: string, settings: HttpSmsCallbacks): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	const isOne = (of: keyof typeof USUAL) => (settings[of]?.length ? settings[of] : USUAL[of]).some((word) => word.trim().toLowerCase() === status);
	if (isOne('delivered')) return { kind: 'delivered' };
	if (isOne('hardBounced')) return { kind: 'bounced', bounce: { type: 'hard', category: status } };
	return isOne('softBounced') ? { kind: 'bounced', bounce: { type: 'soft', category: status } } : null;
}

function fieldsOf(request: CallbackRequest): Record<string, unknown> {
	return { ...(objectOf(request) ?? Object.fromEntries(formIn(request))), ...request.query };
}

function at(fields: Record<string, unknown>, path: string): string {
	let value: unknown = fields;
	for (const name of path.split('.')) value = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
