import type { ProviderSettings } from '../channels/types';
import { sentFromKey, sentToKey, THROUGH_ANY } from '../reports';
import { addressKindOf } from './addressed';
import type { Sending } from './channel';
import type { Addressed } from './guards';
import type { LedgerRequest, SendRequest } from './types';

/** Where an attempt goes, for the ledger (engine/reports/sent-to.ts); null: nobody asks for it on this channel. */
export interface SentTo {
	id: string;
	to: string | null;
	/** null: not known. */
	from: string | null;
}

/** Channels whose answers seldom say what they answer. */
const ANSWERED: ReadonlySet<string> = new Set(['sms', 'whatsapp', 'chat']);

/** Never throws. */
export function sentToOf<Request extends SendRequest<unknown, ProviderSettings>, Message>(sending: Sending<Request, Message>, { work, to }: Addressed): SentTo {
	const { channel, ledger, linking, provider } = sending;
	const kind = addressKindOf(ledger);
	if (channel.answeredAt === undefined || kind === undefined) return { id: work.message, to: null, from: null };
	return { id: work.message, to: sentToKey(linking.secret, { channel: channel.name, provider: provider.name, kind, address: to }), from: senderOf(sending, to) };
}

function senderOf<Request extends SendRequest<unknown, ProviderSettings>, Message>({ channel, request }: Sending<Request, Message>, to: string): string | null {
	try {
		return sentFromKey(channel.answeredAt?.(request, to) ?? '');
	} catch {
		// What is wrong with the step's senders is said where the message is made.
		return null;
	}
}

/** Of what other nodes send: by which service and from which sender nobody knows. */
export function sentThrough(ledger: LedgerRequest, secret: Uint8Array, { work, to }: Addressed): SentTo {
	const kind = addressKindOf(ledger);
	const isAnswered = kind !== undefined && to !== '' && ANSWERED.has(ledger.channel);
	return { id: work.message, to: isAnswered ? sentToKey(secret, { channel: ledger.channel, provider: THROUGH_ANY, kind, address: to }) : null, from: null };
}
