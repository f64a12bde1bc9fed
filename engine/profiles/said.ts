import type { Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import type { Tx } from '../store';

/** What somebody has just said of a person, whether or not it was known already. Identities normalised, attributes as they are stored. */
export interface Said {
	profile: number;
	identities: readonly Identity[];
	attributes: JsonObject;
	/** `source:messageId` of an event of theirs that was stored before and has been sent again. */
	message?: string;
}

/** Within the transaction, the profiles locked. */
export type SaidListener = (tx: Tx, said: readonly Said[]) => Promise<void>;
