import type { LiveTemplate } from '../content';
import type { Provider, ProviderSettings } from '../channels/types';
import type { Channel } from '../kernel';
import type { Tx } from '../store';
import type { AddressKind } from './addressed';
import type { ContentFacts } from './content-facts';
import type { ExtraFacts } from './extras';
import type { PageFacts } from './page-links';
import type { Addressed } from './guards';
import type { Pictures } from './pictures';
import type { LedgerRequest, SendItem, SendRequest } from './types';
import type { Uploads } from './uploads';
import type { ReadyVariants } from './variants';

/** How links in a message are made: where they point and what they are signed with. */
export interface Linking {
	/** Base URL without trailing slash; null: no route is known (transactional messages only). */
	address: string | null;
	secret: Uint8Array;
}

/** What one message needs, read in the transaction that decides to attempt it. */
export interface MessageFacts extends PageFacts {
	extras: ExtraFacts;
	content: ContentFacts;
}

/** What a service charges a message by, as far as that is known here. */
export interface Billed {
	segments: number;
	/** Decimal text; null: no price is known. */
	cost: string | null;
}

/** broken: of this person alone. What the template shows does not fit their data; they are held until somebody looks. */
export type Rendering<Message> = { kind: 'ready'; message: Message; /** What of it does not leave, for the ledger. */ note?: string | null; billed?: Billed } | { kind: 'broken'; reason: string };

/**
 * A channel, as the sending pipeline sees it: how one person's message is made and which service takes it. Whom it goes to is addressed.ts';
 * reserve, guards, attempt, confirmation and switches are the same for all channels (send.ts).
 */
export interface MessageChannel<Request extends SendRequest<unknown, ProviderSettings>, Message> {
	readonly name: Channel;
	readonly words: ChannelWords;
	/** The kind of identity by which people outside a journey are found; absent: the channel's own addresses. */
	readonly contactBy?: AddressKind | 'user_id';
	/** Of the service's own default. */
	readonly connections: number;
	provider(config: Request['provider']): Provider<Message>;
	/** Where messages go into the engine's own database. Then `provider` only takes them, and an attempt whose end is not known did not happen. */
	local?(request: Request): LocalDelivery<Message>;
	/** Where the service takes files and no addresses of files: what is handed over before the messages of a batch. */
	uploads?(request: Request, pictures: Pictures): Uploads<Message> | null;
	/** What is wrong for everyone, said before anything is reserved. Throws TEMPLATE_INVALID, BAD_INPUT. */
	check(request: Request): Promise<void>;
	/** All texts with Liquid of one person's message: what of them is shown decides what has to be read. */
	texts(request: Request, item: SendItem<unknown>): string[];
	/** Never throws: one person's data must not take the batch along, whose other messages may be under way. */
	render(request: Request, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<Message>>;
	/** Of a channel whose answers seldom say what they answer: the sender that they come to, as the step knows it; '': not known beforehand. Absent: there are none, or they say it. */
	answeredAt?(request: Request, to: string): string;
	/** What else of the request the ledger and the guards need. */
	ledger?(request: Request): Pick<LedgerRequest, 'from' | 'files' | 'window' | 'addressedBy' | 'platforms' | 'addressOf'>;
}

/** Of one batch. */
export interface LocalDelivery<Message> {
	provider: Provider<Message>;
	/** Delivers those that the provider took; in the transaction that writes them down as sent, so both are so or neither is. */
	deliver(tx: Tx, messages: readonly string[]): Promise<void>;
}

/** In errors and reasons, as its step's panel names things. */
export interface ChannelWords {
	/** 'mail' */
	message: string;
	/** 'marketing mail' */
	marketing: string;
	/** 'contact email' */
	contact: string;
	/** 'Contact Email' */
	contactField: string;
}

/** One batch on its way through the pipeline. */
export interface Sending<Request extends SendRequest<unknown, ProviderSettings>, Message> {
	channel: MessageChannel<Request, Message>;
	request: Request;
	ledger: LedgerRequest;
	provider: Provider<Message>;
	local: LocalDelivery<Message> | null;
	uploads: Uploads<Message> | null;
	linking: Linking;
	/** What the messages are made of; null: the request's own content. */
	template: LiveTemplate | null;
	/** null: all get the same. */
	variants: ReadyVariants | null;
}
