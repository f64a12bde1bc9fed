import type { DirectMailConfig, DomainCheckRequest, DomainReport, EmailAttachment, EmailConfig, Letter, OutgoingMailpiece, PostalAddress, Postcard, ProviderSettings, PushConfig } from '../channels/types';
import type { StepRef, Stamp } from '../journeys/types';
import type { JsonObject } from '../kernel';
import type { OnSiteContent, OnSiteShowing } from '../onsite/types';
import type { EmailContent, Surroundings } from '../templates/types';
import type { UtmParameters } from '../tracking/types';
import type { AddressKind } from './addressed';
import type { ChatPreview, ChatPreviewRequest, ChatSendRequest } from './chat-types';
import type { BestChannelApi } from './best/types';
import type { GateApi } from './gate/types';
import type { PushPreview, PushPreviewRequest, PushSendRequest, WebPushPreviewRequest, WebPushSendRequest } from './push-types';
import type { TestSendRequest, TestSendResult } from './test-types';
import type { SmsEstimate, SmsEstimateRequest } from './estimate/types';
import type { SmsPreview, SmsPreviewRequest, SmsSendRequest } from './sms-types';
import type { InVariants, ItemVariant, SendVariants } from './variant-types';
import type { WarmUpState } from './warm-up';
import type { WhatsAppApi } from './whatsapp-types';

export type { AddressKind } from './addressed';
export type { WarmUpState } from './warm-up';
export type * from './chat-types';
export type * from './estimate/types';
export type * from './push-types';
export type * from './sms-types';
export type * from './test-types';
export type * from './variant-types';
export type * from './whatsapp-types';
export type { BestChannelAnswer, BestChannelApi, BestChannelItem, BestChannelLook, BestChannelOption, BestChannelRequest, BestChannelResult, PassedChannel } from './best/types';
export type { GateAnswer, GateApi, GateItem, GateOut, GateRequest, GateResult, GateTurn } from './gate/types';

/**
 * States of a message (the ledger, one row a send):
 * reserved -> skipped (why) | deferred (until) | attempting; deferred -> reserved;
 * attempting -> sent | failed | unknown; unknown -> sent or failed on late evidence.
 */
export type MessageState = 'reserved' | 'skipped' | 'deferred' | 'attempting' | 'sent' | 'failed' | 'unknown';

/** What kept a message back, in the order in which they are asked. 'journey pause': the journey is paused, and the message goes on with it. */
export type GuardName = 'journey pause' | 'holdout' | 'address' | 'suppression' | 'consent' | 'service window' | 'send time' | 'pause' | 'frequency cap' | 'quiet hours' | 'blackout date' | 'warm-up';

/** What a sender does when it is too much or too late for a person. */
export interface HoldingPolicy {
	/** A frequency cap, or the person's own pause. skip (default): on by Not Sent. hold: wait at the step until it is allowed. */
	whenCapped?: 'skip' | 'hold';
	/** Quiet hours or a blackout date. hold (default), or skip. */
	whenQuiet?: 'hold' | 'skip';
	/** What would wait longer in all is skipped. Default: the setting holdAtMostHours. In the person's own time: a virtual clock's hours are short. */
	atMostHours?: number;
}

/** A file of one mail. Its bytes are `files[file]` of the request, so that what goes to everybody crosses the thread once. */
export interface MailFile extends Pick<EmailAttachment, 'fileName' | 'contentType' | 'contentId'> {
	file: number;
}

/** What a mail carries besides its content, item by item. */
export interface MailExtras {
	/** Copies to other people than the person, such as staff; asked of the suppression list. One address each. */
	cc?: string[];
	bcc?: string[];
	/** Further headers. Throws BAD_INPUT for one that the mail sets itself. */
	headers?: Record<string, string>;
	attachments?: MailFile[];
	/** Files that the item should have brought and does not, by the names of their binary properties: those kept since the mail first waited are taken, else it does not leave. */
	missingFiles?: string[];
}

export interface SendItem<Content = EmailContent> {
	index: number;
	/** Absent outside a journey: then `contact` finds or makes the profile, by the address of the request's channel. */
	stamp?: Stamp;
	contact?: Partial<Record<AddressKind, string>> & { user_id?: string; /** Of a test: somebody who is known. */ profile?: number; /** On a channel that writes to no identity. */ identity?: { kind: string; value: string }; key: string };
	/** The item's JSON: Liquid's `item`. */
	item: JsonObject;
	/** Per-item content when the content source is an n8n expression. */
	content?: Content;
	/** Of mails. */
	extras?: MailExtras;
	/** Set at the reserve, never by who sends. */
	variant?: ItemVariant;
	/** At a gate: where it goes on a channel whose addresses are no identities; asked of the suppression list. */
	address?: string;
}

/** Of a channel that is not known here. */
export type AnySendItem = SendItem<unknown>;

/** test: a test send of a template (sendTest), to test people or addresses of the settings alone; asked of the suppression list and nothing else, and counted nowhere. */
export type SendPurpose = 'marketing' | 'transactional' | 'test';

/** What every channel's sender asks for. One call a batch. */
export interface SendRequest<Content, Config extends ProviderSettings> {
	step: StepRef;
	items: Array<SendItem<Content>>;
	purpose: SendPurpose;
	/** '' is the whole channel. */
	topic: string;
	content: Content;
	provider: Config;
	holding?: HoldingPolicy;
	variants?: SendVariants;
	/**
	 * As drawn, nobody comes by this step more than once in a run: who does all the same, by an edit of the journey or moved by hand, has had the message and
	 * goes on by Sent without another. Default false: coming by again is another message, as in a loop.
	 */
	once?: boolean;
}

/** The request; or, in place of its content, the key of a template of its channel, whose published version is taken for the batch. */
export type MadeOf<Request extends { content: unknown }> = (Request & { template?: undefined }) | (Omit<Request, 'content'> & { template: string });

/** A preview's request: also of a sender with variants. */
export type PreviewOf<Request extends { content: unknown }> = MadeOf<Request> & { variants?: SendVariants };

export interface EmailSendRequest extends SendRequest<EmailContent, EmailConfig> {
	from: { name?: string; address: string };
	replyTo?: string;
	/** Address that takes mails in for the engine, such as replies@inbound.example: answers go there, each message's to one signed for it (replies+…@inbound.example), in place of replyTo. Throws BAD_INPUT. */
	replyTracking?: string;
	/** The bytes of the items' attachments, each once; at most MOST_FILE_BYTES a mail. */
	files?: Uint8Array[];
	trackOpens: boolean;
	trackClicks: boolean;
	/** On every web link of the mail but those to our own pages. Campaign without a value is the journey's name, content the step's. */
	utm?: UtmParameters;
}

/** Of messages on the person's own pages: nobody delivers them but the engine. */
export interface OnSiteConfig extends ProviderSettings {
	kind: 'onSite';
}

export interface OnSiteSendRequest extends SendRequest<OnSiteContent, OnSiteConfig> {
	showing: OnSiteShowing;
}

export interface OnSitePreviewRequest {
	profileId: PreviewPerson;
	item: JsonObject;
	content: OnSiteContent;
	/** How it would be shown, where that is known. */
	showing?: OnSiteShowing;
}

export interface OnSitePreview {
	content: OnSiteContent;
	profile: number | null;
}

/** What one side of a postcard, or a letter, is made from. file: the first attachment of each item. */
export type ArtworkSource = { kind: 'html'; source: string } | { kind: 'template'; id: string } | { kind: 'url'; url: string } | { kind: 'file' };

export type MailpieceContent = ({ kind: 'postcard'; front: ArtworkSource; back: ArtworkSource } | { kind: 'letter'; letter: ArtworkSource }) & {
	/** With Liquid; of templates at the service. */
	mergeVariables?: Record<string, string>;
	around?: Surroundings;
};

/** How a piece of mail is made of its content. */
export interface MailpieceMaking {
	content: MailpieceContent;
	purpose: SendPurpose;
	/** Where it goes, each part with Liquid. Country: a code or an English name; none is the US. */
	address: Record<'name' | 'company' | 'line1' | 'line2' | 'city' | 'state' | 'postalCode' | 'country', string>;
	/** null: none, as postcards within the US may. */
	from: OutgoingMailpiece['from'];
	print: Pick<OutgoingMailpiece, 'mailType'> & { postcard: Pick<Postcard, 'size'>; letter: Omit<Letter, 'kind' | 'file'> };
}

export interface DirectMailSendRequest extends SendRequest<MailpieceContent, DirectMailConfig>, MailpieceMaking {
	content: MailpieceContent;
	purpose: SendPurpose;
	/** The bytes of the items' files, each once; at most MOST_FILE_BYTES a piece. */
	files?: Uint8Array[];
}

export interface DirectMailPreviewRequest extends MailpieceMaking {
	profileId: PreviewPerson;
	item: JsonObject;
}

export interface DirectMailPreview {
	/** HTML as it would be printed, by side; of templates, files and addresses their name. */
	pages: Partial<Record<'front' | 'back' | 'letter', string>>;
	mergeVariables: Record<string, string>;
	/** null: there is none that can be used, `reason` says why. */
	to: PostalAddress | null;
	reason: string | null;
	profile: number | null;
}

/** What the ledger and the guards need to know of a send, whoever delivers it. */
export interface LedgerRequest extends Pick<EmailSendRequest, 'step' | 'purpose' | 'topic' | 'holding' | 'once' | 'files'> {
	/** Who sends it, where that is an address of ours. */
	from?: EmailSendRequest['from'];
	/** Of a channel that writes to devices: only to devices of these (Device.platform). Absent: to all. */
	platforms?: readonly string[];
	channel: string;
	/**
	 * Of what may leave only while the person may be written to freely (a WhatsApp message that is no template): by this sender. When they may not, skip, or
	 * something else goes instead, which the channel makes.
	 */
	window?: { sender: string; whenClosed: 'skip' | 'instead' };
	/** Of a channel with several kinds of addresses: the one that the step's service knows people by. */
	addressedBy?: AddressKind;
	/** Of a channel whose addresses are no identities: where this goes, as the suppression list has it. Read under the profile's lock; never throws. */
	addressOf?: (item: AnySendItem, person: { profile: JsonObject; event: JsonObject | null; journey: JsonObject }) => { to: string } | { refused: string };
	/** Its messages are of variants; else what they once were is forgotten. */
	varied?: boolean;
	/** How its visits are remembered. Default send; gate: see gate/turn.ts. */
	memo?: 'send' | 'gate';
}

export interface SendResult {
	index: number;
	/**
	 * sent, unknown: on to output Sent. heldOut, alreadySent too: nothing was sent now, and the person goes on as if it had been. skipped, failed: on to output Not Sent.
	 * parked: the engine holds the person here and tries again. dropped: moved on or left; drop the item.
	 */
	outcome: 'sent' | 'unknown' | 'heldOut' | 'alreadySent' | 'skipped' | 'failed' | 'parked' | 'dropped';
	reason: string | null;
	message: string | null;
	profile: number | null;
	stamp?: Stamp;
}

/** What the guards would do with a message now. */
export interface Foreseen {
	profile: number;
	verdict: 'send' | 'hold' | 'skip';
	guard: GuardName | null;
	reason: string | null;
	/** ISO 8601; of a hold. */
	until: string | null;
}

/** As whom a preview renders: a profile; somebody who is not known, by what they were named by; null: the newest test person, else the newest profile. */
export type PreviewPerson = number | { unknown: { kind: string; value: string } } | null;

export interface ForeseeRequest extends Pick<LedgerRequest, 'addressedBy'> {
	profiles: number[];
	channel: string;
	purpose: SendPurpose;
	topic: string;
	holding?: HoldingPolicy;
	/** As of LedgerRequest. */
	window?: LedgerRequest['window'];
	/** As LedgerRequest.platforms. */
	platforms?: readonly string[];
	/** Of direct mail, where each profile's piece would go. Who is not named: by the attributes that Journey Direct Mail takes by default. null: a step that makes addresses of what nobody knows here; they are not judged. */
	postal?: Record<number, { address: PostalAddress } | { reason: string }> | null;
}

/** Of somebody who is not known. */
export interface UnknownRequest extends Omit<ForeseeRequest, 'profiles'> {
	unknown: { kind: string; value: string };
}

export interface LimitsRequest extends Pick<ForeseeRequest, 'channel' | 'purpose' | 'holding'> {
	/** The From address. */
	sender?: string;
}

/** One line of the ledger. */
export interface MessageView {
	id: string;
	profile: number;
	workflow: string;
	step: string;
	/** Name of the step as last seen. */
	stepName: string;
	channel: string;
	/** Who delivered it, or tried to; null before. Of Journey Any Channel the service that is named there. */
	provider: string | null;
	purpose: string;
	topic: string;
	state: MessageState;
	guard: GuardName | null;
	reason: string | null;
	/** ISO 8601; set while the message is deferred, null when nobody can say until when. */
	until: string | null;
	reservedAt: string;
	attemptedAt: string | null;
	endedAt: string | null;
	/** As its service, or a server on the way back, told; null: nobody did. */
	deliveredAt: string | null;
	bouncedAt: string | null;
	openedAt: string | null;
	clickedAt: string | null;
	/** By a person; answers of machines are none. */
	repliedAt: string | null;
	/** Marked as spam. */
	complainedAt: string | null;
	/** What it was made of when it was last attempted; null: its content stood in the step. */
	template: { key: string; name: string; version: number; language: string } | null;
	/** "B", of several factors "Subject B, Time A"; null: its step had none. */
	variant: string | null;
	/** Of a text message whose text was made, and its cost by the step's price then (decimal text); null: another channel, or no price. */
	segments: number | null;
	cost: string | null;
}

export interface MessageQuery {
	workflow?: string;
	/** Node id, or the step's name. */
	step?: string;
	profile?: number;
	state?: MessageState;
	guard?: GuardName;
	/** The next page: after the last message of this one. */
	before?: Pick<MessageView, 'reservedAt' | 'id'>;
	/** Default 50, at most 1,000. */
	limit?: number;
}

export interface PreviewRequest {
	profileId: PreviewPerson;
	item: JsonObject;
	content: EmailContent;
	from: { name?: string; address: string };
	/** Goes with the test mail, but no copy to anybody. The answer's `trouble` says why a mail of a journey would not leave with it. */
	extras?: MailExtras;
	files?: Uint8Array[];
	/** Send the rendered mail there; nothing is recorded. */
	testRecipient?: string;
	provider?: EmailConfig;
}

export interface MessagesApi extends BestChannelApi, GateApi, WhatsAppApi {
	/** The same as sendEmail for notifications of apps, to all devices of the person that the provider serves: one line of the ledger. */
	sendPush(request: MadeOf<PushSendRequest>): Promise<SendResult[]>;
	/** The same for browsers that the person subscribed in. */
	sendWebPush(request: MadeOf<WebPushSendRequest>): Promise<SendResult[]>;
	/** Renders as a chosen profile; stores and records nothing; sends only to testDevice. */
	previewPush(request: PreviewOf<PushPreviewRequest>): Promise<InVariants<PushPreview>>;
	/** The same for browsers; sends nothing. */
	previewWebPush(request: PreviewOf<WebPushPreviewRequest>): Promise<InVariants<PushPreview>>;
	/** The whole of a send: reserve, guards, attempt, provider, confirm. One call a batch. */
	sendEmail(request: MadeOf<EmailSendRequest>): Promise<SendResult[]>;
	/** The same for text messages, to the person's phone number. */
	sendSms(request: MadeOf<SmsSendRequest>): Promise<SendResult[]>;
	/** The same for chat messages. */
	sendChat(request: MadeOf<ChatSendRequest>): Promise<SendResult[]>;
	/** The same for messages on the person's own pages: sent is one that waits there to be shown. */
	sendOnSite(request: MadeOf<OnSiteSendRequest>): Promise<SendResult[]>;
	/** The same for postcards and letters, to the person's postal address. */
	sendDirectMail(request: MadeOf<DirectMailSendRequest>): Promise<SendResult[]>;
	/** Renders as a chosen profile; stores and records nothing; mails only testRecipient. */
	preview(request: PreviewOf<PreviewRequest>): Promise<InVariants<{ subject: string; html: string; text: string; profile: number | null; sentTo: string | null; trouble: string | null }>>;
	/** The same for a text message, with what it comes to on the air and what that costs. */
	previewSms(request: PreviewOf<SmsPreviewRequest>): Promise<InVariants<SmsPreview>>;
	/** What a step would send to an audience, by country, and what that costs: guards and rendering of each person, nothing of it stored. May take seconds for each 10,000 people: it ends with CANCELLED soon after the signal is aborted. */
	estimateSms(request: MadeOf<SmsEstimateRequest>, signal?: AbortSignal): Promise<SmsEstimate>;
	/** The same for a chat message, as its service gets it. */
	previewChat(request: PreviewOf<ChatPreviewRequest>): Promise<InVariants<ChatPreview>>;
	/** The same for a message on a page. */
	previewOnSite(request: PreviewOf<OnSitePreviewRequest>): Promise<InVariants<OnSitePreview>>;
	/** The same for a piece of direct mail, which nobody gets: each one costs. */
	previewDirectMail(request: PreviewOf<DirectMailPreviewRequest>): Promise<InVariants<DirectMailPreview>>;
	/** A template as a message to one test person, or to an address that the settings allow: by the pipeline of all messages, and in the ledger as a test. Throws BAD_INPUT, NOT_FOUND, TEMPLATE_INVALID. */
	sendTest(request: TestSendRequest): Promise<TestSendResult>;
	/** Compiles only: throws TEMPLATE_INVALID with field and line. */
	check(content: EmailContent): Promise<void>;
	/** Which guards would hold or skip a message to each of these people now; nothing is stored. An unknown profile is left out. */
	foresee(request: ForeseeRequest): Promise<Foreseen[]>;
	/** The same of somebody whom nobody knows yet; profile: 0. */
	foreseeUnknown(request: UnknownRequest): Promise<Foreseen>;
	/** The settings that may hold a message of this channel and purpose back, in words; the person's own wishes come on top. */
	limits(of: LimitsRequest): Promise<string[]>;
	/** How far senders that are being warmed up are today; empty where none is. */
	warmUps(): Promise<WarmUpState[]>;
	/** The ledger, newest first: why did this person (not) get this? */
	list(query: MessageQuery): Promise<MessageView[]>;
	verifyProvider(provider: EmailConfig): Promise<void>;
	/** A step that sends by this provider is served here: what it has sent, before a restart too, is asked of the service by this key, which no database holds. */
	askReceiptsBy(provider: PushConfig): Promise<void>;
	/** What receivers find in DNS about a sender's domain, with what to fix. Asks DNS and nobody else. Throws BAD_INPUT. */
	checkSenderDomain(request: DomainCheckRequest): Promise<DomainReport>;
}
