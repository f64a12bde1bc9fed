import type { PreviewAs } from '../content/types';
import type { StepRef } from '../journeys/types';
import type { ChatSendRequest } from './chat-types';
import type { PushSendRequest, WebPushSendRequest } from './push-types';
import type { SmsSendRequest } from './sms-types';
import type { DirectMailSendRequest, EmailSendRequest, OnSiteSendRequest, SendResult } from './types';
import type { WhatsAppSendRequest } from './whatsapp-types';

/** How it goes, as the channel's sender would send it. */
export type TestBy =
	| ({ channel: 'email' } & Pick<EmailSendRequest, 'provider' | 'from' | 'replyTo'>)
	| ({ channel: 'sms' } & Pick<SmsSendRequest, 'provider' | 'senders' | 'smartEncoding'>)
	| ({ channel: 'whatsapp' } & Pick<WhatsAppSendRequest, 'provider' | 'from'>)
	| ({ channel: 'chat' } & Pick<ChatSendRequest, 'provider' | 'smsFrom'>)
	| ({ channel: 'push' } & Pick<PushSendRequest, 'provider'>)
	| ({ channel: 'webpush' } & Pick<WebPushSendRequest, 'contactAddress'>)
	| ({ channel: 'onsite' } & Pick<OnSiteSendRequest, 'showing'>)
	| ({ channel: 'directmail' } & Pick<DirectMailSendRequest, 'provider' | 'address' | 'from' | 'print'>);

export interface TestSendRequest {
	step: StepRef;
	/** Of this send: the same key sends nothing again. */
	key: string;
	/** What is sent, and as whom it is rendered: its draft unless a version is named. */
	as: PreviewAs;
	/** A test person; or an address of the channel, of a test person or on the list testAddresses of the settings. */
	to: { profile: number } | { address: string };
	by: TestBy;
	/** '[Test] ' before the subject, title or text. Default true. */
	mark?: boolean;
}

export interface TestSendResult extends Omit<SendResult, 'index' | 'stamp'> {
	template: string;
	/** null: the draft. */
	version: number | null;
	language: string;
	channel: TestBy['channel'];
}
