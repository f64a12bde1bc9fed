import type { JsonObject } from '../../kernel';
import type { Provider, ProviderSettings } from '../types';

/** Who delivers to a device, as the form of its token tells. */
export type PushPlatform = 'apns' | 'expo' | 'fcm' | 'onesignal';

/** One notification to one person, on all of their devices that the provider serves. */
export interface OutgoingPush {
	/** The engine's message id. */
	id: string;
	/** Tokens; of OneSignal by external id the person's user id. At least one. */
	devices: readonly string[];
	title: string;
	body: string;
	/** Public address of a picture. */
	image?: string;
	/** What opens at a tap: an address of the web or of the app (myapp://…). Given to the app among `data` as `link` too. */
	link?: string;
	/** For the app; values are text, as FCM wants them. */
	data: Readonly<Record<string, string>>;
	/** Number at the app's icon; 0 takes it away. */
	badge?: number;
	sound?: string;
	/** Of several with the same key only the newest is shown. */
	collapseKey?: string;
	/** How long a service keeps it for a device that is off; 0: now or never. Absent: the service's own. */
	ttlSeconds?: number;
	/** high: at once, also to a device that sleeps. */
	priority: 'high' | 'normal';
	/** Laid over what goes to the service, object by object. */
	override?: JsonObject;
}

export type PushProvider = Provider<OutgoingPush>;

/** Instead of the service's own address. Without a trailing slash. */
interface Addressed extends ProviderSettings {
	baseUrl?: string;
}

/** Of a service account of the Firebase project. */
export interface FcmConfig extends Addressed {
	kind: 'fcm';
	projectId: string;
	clientEmail: string;
	/** PEM (PKCS #8). */
	privateKey: string;
	/** Where access tokens come from. Default https://oauth2.googleapis.com/token. */
	tokenUrl?: string;
}

export interface ApnsConfig extends Addressed {
	kind: 'apns';
	teamId: string;
	keyId: string;
	/** The .p8 file: PEM (PKCS #8). */
	privateKey: string;
	/** The app's bundle id. */
	topic: string;
	/** Apps that Xcode installs; those of TestFlight and the App Store are production. */
	sandbox: boolean;
	/** Further certificate authority (PEM) to trust. Default: the system's. */
	ca?: string;
}

export interface ExpoConfig extends Addressed {
	kind: 'expo';
	/** Where the project asks for it (enhanced security). */
	accessToken?: string;
}

export interface OneSignalConfig extends Addressed {
	kind: 'onesignal';
	appId: string;
	apiKey: string;
	/** subscription: to the device tokens that are OneSignal's subscription ids. externalId: to the person's user id, as the app gave it to OneSignal.login(). */
	by: 'subscription' | 'externalId';
}

export type PushConfig = FcmConfig | ApnsConfig | ExpoConfig | OneSignalConfig;
