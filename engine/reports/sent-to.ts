import { secretId } from '../kernel';

/** In place of a service: other nodes have sent it, and by which one nobody knows. */
export const THROUGH_ANY = '';

export interface SentToAddress {
	channel: string;
	/** As the ledger names who delivers it; THROUGH_ANY. */
	provider: string;
	/** The address's kind of identity. */
	kind: string;
	/** Normalised. */
	address: string;
}

/**
 * message.sent_to: by it the newest message to an address is found in an index, also where the address has become somebody else's since. Nobody without the database's
 * secret can find out which address it was by trying all phone numbers.
 */
export function sentToKey(secret: Uint8Array, { channel, provider, kind, address }: SentToAddress): string {
	return secretId(secret, 'sent to', channel, provider, kind, address);
}

/** So many last digits name a number of ours: some write it with its country code, some without. */
const TELLING_DIGITS = 7;

/** message.sent_from: a number of ours, however it is written; null: a name, or a service that chooses among numbers, of which no answer tells that it came there. */
export function sentFromKey(sender: string): string | null {
	if (!/^\+?[\d\s().-]+$/.test(sender)) return null;
	const digits = sender.replace(/\D/g, '');
	return digits === '' ? null : digits.slice(-TELLING_DIGITS);
}
