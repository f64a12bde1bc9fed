import type { Channel } from '../../kernel';

/** A call of a provider that tells what became of messages, as it arrived. */
export interface CallbackRequest {
	method: string;
	/** The whole address that the provider called, query included, as it knows it: some sign it. */
	url: string;
	query: Record<string, string>;
	/** Lower-cased names. */
	headers: Record<string, string>;
	/** As it came over the wire: signatures are over bytes. */
	body: Uint8Array;
}

export interface Bounce {
	/** hard: this address will never take a message. soft: it did not take this one (full, too large, rejected for its content). */
	type: 'hard' | 'soft';
	/** The provider's own word for it, such as `invalid`, `mailbox-full`, `spam-block`. */
	category: string;
}

/** One thing that a provider tells of one message. */
export interface DeliveryReport {
	/**
	 * delivered: the recipient's server or device has it. bounced: it came back. failed: the provider took it and then did not send it (its own suppression list, no credit).
	 * dismissed: somebody closed a notification without opening it.
	 * replied: an answer of the person, also one that is about no message. autoReplied: the answer of a machine of theirs, such as out of office. started: a person has opened or unblocked a conversation with a bot, or wrote to it: they are
	 * somebody from now on.
	 */
	kind: 'delivered' | 'bounced' | 'failed' | 'opened' | 'clicked' | 'complained' | 'unsubscribed' | 'resubscribed' | 'replied' | 'autoReplied' | 'started' | 'dismissed';
	/** The engine's message id, where the provider gives back what it was sent with. */
	message: string | null;
	/** The provider's id of the message, as `accepted` gave it. */
	providerId: string | null;
	/** The address it is about, as the provider writes it. */
	address: string | null;
	/** Other ways in which the same address may be written here. */
	alsoAt?: string[];
	/** Of a provider of several channels, which of them; absent: the provider's only or first one. Where the message is known, its own counts. */
	channel?: Channel;
	/** When it happened; null: the provider does not say. */
	atMs: number | null;
	/** Stable: a report that is told twice (callbacks are repeated) has the same one. */
	id: string;
	bounce?: Bounce;
	/** Without addresses and secrets. */
	reason?: string;
	/** Of clicked. */
	url?: string;
	/** Of opened and clicked: the provider says that it was no person. */
	machine?: boolean;
	/** Of opened and clicked: what asked for the picture or link; asked by the rules of our own tracking whether it is a person's. Not stored. */
	userAgent?: string;
	/** Of started. */
	started?: Started;
	/** Of replied. */
	text?: string;
	/** Of replied: the whole text is a word that asks for help, in any language. */
	keyword?: 'help';
	/** Of what came by mail, which anybody can write in anybody's name: what of it names a message of ours. */
	answers?: AnsweringMail;
	/** Of unsubscribed: of the message's own topic, where it has one; else of the whole channel. */
	ofTopic?: true;
	/** Of replied: the number or address of ours that it came to. */
	to?: string;
	/** Of replied, where there are other answers than texts: the service's word for what it is (button, reaction, image), and what a button or line was given for us. */
	reply?: { type: string; payload?: string };
	/** The person has written or pressed something, on a channel that lets one answer freely for a while: by which names a step may know the sender of ours that it came to. */
	opensWindow?: string[];
}

export interface AnsweringMail {
	/** Message-IDs that it refers to, without their brackets; the mail that is answered first. */
	messageIds: string[];
	/** Addresses that it came to: one of them may be signed for the message. */
	recipients: string[];
	/** false: a mail server or provider reports. */
	byPerson: boolean;
}

/** How a conversation began. */
export interface Started {
	/** What the link carried by which the person came (its payload, context), as anybody can write it; null: nothing. */
	payload: string | null;
	/** Nothing began: the person has only written, or taken back a block. No event tells of it. */
	quiet?: boolean;
	/** They only looked: a block that they had told of stands, as the service still brings them nothing. */
	blockStands?: boolean;
}

export type CallbackResult =
	/** answer: what the service wants to hear, once they are stored. */
	| { kind: 'reports'; reports: DeliveryReport[]; answer?: { body: string; contentType: string } }
	/** The signature or secret is wrong, too old or missing: nothing of it is believed. */
	| { kind: 'refused'; reason: string }
	/** Cannot be read: the provider may try again, nothing is stored. */
	| { kind: 'malformed'; reason: string }
	/** The provider wants a certain answer before it sends reports (a challenge, a confirmation). */
	| { kind: 'answer'; status: number; body: string; contentType: string };

/** Reads one provider's callbacks; `Secrets` is the plain data of its credential that signatures are checked with. */
export interface CallbackReader<Secrets> {
	/** As in the callback's address: `<collector>/callbacks/<provider>`. */
	readonly provider: string;
	/** Never throws. */
	read(request: CallbackRequest, secrets: Secrets, nowMs: number): Promise<CallbackResult>;
}
