import type { ProviderSettings, PushConfig } from '../channels/types';
import type { JsonObject } from '../kernel';
import type { Surroundings } from '../templates/types';
import type { PreviewPerson, SendRequest } from './types';

/** What a notification is made from. Liquid in every text. */
export interface PushContent {
	title: string;
	body: string;
	/** Public address of a picture. */
	image?: string;
	/** What opens at a tap: of the web (clicks are seen) or of the app (myapp://…). */
	link?: string;
	/** For the app, by name. */
	data?: Record<string, string>;
	/** A whole number at the app's icon. */
	badge?: string;
	sound?: string;
	collapseKey?: string;
	/** Laid over what goes to the service. */
	override?: JsonObject;
	around?: Surroundings;
}

/** How a notification is made of its content. */
export interface PushMaking {
	content: PushContent;
	/** Web links lead through the collector. */
	trackClicks: boolean;
	/** Seconds; 0: now or never. Absent: the service's own. */
	ttlSeconds?: number;
	priority: 'high' | 'normal';
}

export type PushSendRequest = SendRequest<PushContent, PushConfig> & PushMaking;

export interface PushPreviewRequest extends PushMaking {
	profileId: PreviewPerson;
	item: JsonObject;
	provider: PushConfig;
	/** A device token to send the rendered notification to; nothing is recorded. */
	testDevice?: string;
}

export interface PushPreview {
	/** What would go to the service, without anybody's token. */
	notification: JsonObject;
	/** Of it as JSON; services take 4,096, browsers 3,993. */
	bytes: number;
	/** How many devices of this person it would go to. */
	devices: number;
	profile: number | null;
	sentTo: string | null;
	/** Why it would not leave in a journey, as far as can be seen with links as they are written (tracked ones are longer); null: nothing is known. */
	trouble: string | null;
}

/** What a notification of a browser is made from. Liquid in every text. */
export interface WebPushContent {
	title: string;
	body: string;
	/** Public addresses of pictures. */
	icon?: string;
	image?: string;
	/** Small and of one colour, for the status bar of Android. */
	badge?: string;
	/** Where a click leads: http or https. */
	link?: string;
	/** Of several with the same key only the newest is shown. */
	collapseKey?: string;
	/** At most two, as browsers show them. */
	actions?: Array<{ title: string; link: string }>;
	/** Stays until somebody does something. */
	requireInteraction?: boolean;
	silent?: boolean;
	/** For the site's own service worker. */
	data?: Record<string, string>;
	around?: Surroundings;
}

export interface WebPushMaking {
	content: WebPushContent;
	trackClicks: boolean;
	/** Default four weeks. */
	ttlSeconds?: number;
	urgency: 'very-low' | 'low' | 'normal' | 'high';
}

/** The keys are the engine's own (engine/devices/vapid.ts): there is no provider to choose. */
export type WebPushSendRequest = Omit<SendRequest<WebPushContent, ProviderSettings>, 'provider'> & WebPushMaking & { connections?: number; timeoutMs?: number; /** mailto: or https:, whom push services write to when something is wrong. Default: the address of the collector. */ contactAddress?: string };

export interface WebPushPreviewRequest extends WebPushMaking {
	profileId: PreviewPerson;
	item: JsonObject;
}
