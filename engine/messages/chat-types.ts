import type { ChatButton, ChatConfig } from '../channels/types';
import type { JsonObject } from '../kernel';
import type { ChatContent } from '../templates/types';
import type { PreviewPerson, SendRequest } from './types';

/** How a chat message is made of its content. */
export interface ChatMaking {
	content: ChatContent;
	/** Links of text and buttons lead through the collector, so that clicks are seen. */
	trackClicks: boolean;
	/** Of Kakao: from which the same goes as a text message where KakaoTalk cannot deliver it, unless the content names a number of its own. */
	smsFrom?: string;
	/** Arrives without a sound where the service can do that (Telegram, LINE, Discord). Default false. */
	silent?: boolean;
}

/** To the person's identity of the provider's kind (telegram, line, slack, discord, viber); Kakao's to their phone number. */
export type ChatSendRequest = SendRequest<ChatContent, ChatConfig> & ChatMaking;

export interface ChatPreviewRequest extends Pick<ChatMaking, 'content' | 'silent' | 'smsFrom'> {
	service: ChatConfig['kind'];
	profileId: PreviewPerson;
	item: JsonObject;
	/** Send the rendered message there, as the service knows people; nothing is recorded. */
	testRecipient?: string;
	provider?: ChatConfig;
}

export interface ChatPreview {
	/** As the service gets it, marks included. */
	text: string;
	/** As people read it. */
	characters: number;
	imageUrl: string | null;
	buttons: ChatButton[];
	kakao: { templateId: string; variables: Record<string, string> } | null;
	/** Whether the person has an address of this service. */
	reachable: boolean;
	profile: number | null;
	sentTo: string | null;
}
