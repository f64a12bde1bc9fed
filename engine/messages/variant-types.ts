import type { Factor, VariantTest } from '../experiments/types';
import type { JsonObject } from '../kernel';

/** What a variant changes of the step's message; what it does not name stays. */
export interface VariantParts {
	/** Fields of the channel's content, each in place of the step's: { subject, preheader, body } of mails, { text } of text messages. */
	content?: JsonObject;
	/** Key of a published template of the channel, in place of the step's content; `content` changes it in turn. */
	template?: string;
	/** Of mails: the From name. */
	senderName?: string;
	/** HH:MM: not before this time of day where the person is. Only in a journey, where a message can wait. */
	at?: string;
}

export interface VariantFactor extends Omit<Factor, 'alternatives'> {
	alternatives: Array<Factor['alternatives'][number] & { parts: VariantParts }>;
}

/** Of a sender: an A/B/n test is one factor, a multivariate test several. */
export interface SendVariants extends Omit<VariantTest, 'factors' | 'heldMs'> {
	factors: VariantFactor[];
}

/** What a preview answers; of a sender with variants the first as its message, by its name, and the next ones beside it. */
export type InVariants<Shown> = Shown & { variant?: string; otherVariants?: Array<{ variant: string } & Omit<Shown, 'profile' | 'sentTo'>> };

/** The variant that one message is; the engine's own, nobody sends it along. */
export interface ItemVariant {
	/** As the ledger has it. */
	name: string;
	senderName?: string;
	at?: string;
}
