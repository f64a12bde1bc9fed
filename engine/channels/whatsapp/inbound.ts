import type { DeliveryReport } from '../callbacks/types';
import { alsoWritten } from './numbers';
import { inboundReport, type Inbound } from '../sms/inbound';

/** On a button, letters alone; the second is what Meta calls the one for leaving. Buttons have words of their own: Cancel is an appointment's, Start a quiz's. In other languages the payload says it. */
const LEAVING = new Set(['stop', 'stoppromotions', 'stopall', 'unsubscribe', 'optout']);

export interface WhatsAppInbound extends Omit<Inbound, 'meant'> {
	/** As the service calls it: text, button, reaction, image, … */
	type: string;
	/** What a pressed button or chosen line was given for us. */
	payload?: string;
	/** The service's id of the message of ours that it answers. */
	answers?: string;
	/** Under which names a step may know the sender of ours that it came to. */
	senders: readonly string[];
	meant?: Inbound['meant'];
}

/** What a person sent, pressed or chose. However little it says, for 24 hours they may be written to freely. */
export function whatsAppInbound({ type, payload, answers, senders, ...inbound }: WhatsAppInbound): DeliveryReport {
	const meant = inbound.meant ?? (payload === undefined ? undefined : meantByButton(inbound.text, payload));
	const report = inboundReport({ ...inbound, ...(meant === undefined ? {} : { meant }) });
	return {
		...report, ...alsoAt(inbound.from), channel: 'whatsapp', providerId: answers ?? null, opensWindow: [...senders],
		...(report.kind === 'replied' ? { reply: { type, ...(payload === undefined || payload === '' ? {} : { payload }) } } : {}),
	};
}

/** Of a report about this number. */
export function alsoAt(number: string | null): Pick<DeliveryReport, 'alsoAt'> {
	const also = alsoWritten(number ?? '');
	return also.length === 0 ? {} : { alsoAt: also };
}

function meantByButton(text: string, payload: string): 'stop' | null {
	return [text, payload].some((said) => LEAVING.has(said.toLowerCase().replace(/[^a-z]/g, ''))) ? 'stop' : null;
}
