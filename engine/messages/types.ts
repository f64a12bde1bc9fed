import type { ProviderConfig } from '../channels/types';
import type { StepRef, Stamp } from '../journeys/types';
import type { JsonObject } from '../kernel';
import type { EmailContent } from '../templates/types';

/**
 * States of a message (the ledger, one row a send):
 * reserved -> skipped (why) | deferred (until) | attempting; deferred -> reserved;
 * attempting -> sent | failed | unknown; unknown -> sent or failed on late evidence.
 */
export type MessageState = 'reserved' | 'skipped' | 'deferred' | 'attempting' | 'sent' | 'failed' | 'unknown';

export interface SendItem {
	index: number;
	/** Absent outside a journey: then `contact` finds or makes the profile. */
	stamp?: Stamp;
	contact?: { email: string; key: string };
	/** The item's JSON: Liquid's `item`. */
	item: JsonObject;
	/** Per-item content when the content source is an n8n expression. */
	content?: EmailContent;
}

export interface EmailSendRequest {
	step: StepRef;
	items: SendItem[];
	purpose: 'marketing' | 'transactional';
	/** '' is the whole channel. */
	topic: string;
	from: { name?: string; address: string };
	replyTo?: string;
	content: EmailContent;
	provider: ProviderConfig;
	trackOpens: boolean;
	trackClicks: boolean;
}

export interface SendResult {
	index: number;
	/**
	 * sent, unknown: on to output Sent. skipped, failed: on to output Not Sent.
	 * parked: the engine holds the person here and tries again. dropped: moved on or left; drop the item.
	 */
	outcome: 'sent' | 'unknown' | 'skipped' | 'failed' | 'parked' | 'dropped';
	reason: string | null;
	message: string | null;
	profile: number | null;
	stamp?: Stamp;
}

export interface PreviewRequest {
	/** null: the newest test person, else any. */
	profileId: number | null;
	item: JsonObject;
	content: EmailContent;
	from: { name?: string; address: string };
	/** Send the rendered mail there; nothing is recorded. */
	testRecipient?: string;
	provider?: ProviderConfig;
}

export interface MessagesApi {
	/** The whole of a send: reserve, guards, attempt, provider, confirm. One call a batch. */
	sendEmail(request: EmailSendRequest): Promise<SendResult[]>;
	/** Renders as a chosen profile; stores and records nothing; mails only testRecipient. */
	preview(request: PreviewRequest): Promise<{ subject: string; html: string; text: string; profile: number | null; sentTo: string | null }>;
	/** Compiles only: throws TEMPLATE_INVALID with field and line. */
	check(content: EmailContent): Promise<void>;
	verifyProvider(provider: ProviderConfig): Promise<void>;
}
