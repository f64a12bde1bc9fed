import type { PushPlatform } from '../channels/types';

/** Where a person is reached on a device of theirs. */
export interface Device {
	/** user_id: not a device, but whom OneSignal finds the devices of. */
	platform: PushPlatform | 'webpush' | 'user_id';
	/** Token, endpoint, or user id. */
	address: string;
	/** Of web push: what messages to this browser are encrypted with (RFC 8291). */
	keys?: { p256dh: string; auth: string };
	/** Nobody proved that it is this person's, and it has to be (proof.ts): nothing is sent to it. */
	unproven?: true;
}

/** A device that belongs to nobody any more: of which channel, and whose. */
export interface GoneDevice {
	profile: number;
	address: string;
}

/** What a page tells when somebody subscribes, or when it comes back and still is subscribed. */
export interface Subscribing {
	/** The browser's id of the visitor. Not a user id by itself: whoever knows one could have somebody else's notifications sent to their own browser. */
	anonymousId: string;
	/** The user id that the page's site proved. */
	provenFor?: string | null;
	endpoint: string;
	p256dh: string;
	auth: string;
	/** Somebody has just agreed, by a gesture on the page: that is their yes to web push. Else only who the browser belongs to is told. */
	agreed: boolean;
	/** Of the page, kept with the yes as its proof. */
	page?: string;
	language?: string;
	/** Kept only where the settings allow it. */
	ip?: string | null;
}
