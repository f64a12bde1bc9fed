import { keywordOf, type SmsKeyword } from './keywords';
import type { DeliveryReport } from '../callbacks/types';

const MEANT = { stop: 'unsubscribed', start: 'resubscribed', help: 'replied' } as const satisfies Record<SmsKeyword, DeliveryReport['kind']>;

export interface Inbound {
	/** The service's id of the text that came in. */
	id: string;
	from: string;
	/** The number of ours. */
	to: string | null;
	text: string;
	atMs: number | null;
	/** What the service itself took it for; undefined: it does not say. null: certainly an ordinary answer, whatever the words. */
	meant?: SmsKeyword | null | undefined;
}

/** A text from a person: an opt-out or the way back when it is such a word and nothing else, else an answer. */
export function inboundReport({ id, from, to, text, atMs, meant }: Inbound): DeliveryReport {
	const keyword = meant === undefined ? keywordOf(text) : meant;
	const kind = keyword === null ? 'replied' : MEANT[keyword];
	return {
		kind, message: null, providerId: null, address: from === '' ? null : from, atMs, id: `in:${id}`,
		...(kind === 'replied' ? { text } : {}), ...(keyword === 'help' ? { keyword } : {}), ...(to === null || to === '' ? {} : { to }),
	};
}
