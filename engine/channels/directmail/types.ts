import type { Provider, ProviderSettings } from '../types';

/** Where a letter goes or comes from, in parts. Country: ISO 3166-1 alpha-2. */
export interface PostalAddress {
	name: string;
	company?: string;
	line1: string;
	line2?: string;
	city: string;
	/** Of two letters in the US. */
	state: string;
	postalCode: string;
	country: string;
}

/** One side of a postcard, or a letter: what is printed. */
export type Artwork =
	| { kind: 'html'; html: string }
	/** Saved at the service: tmpl_… */
	| { kind: 'template'; id: string }
	/** A public address that ends in .pdf, .png, .jpg or .html. */
	| { kind: 'url'; url: string }
	| { kind: 'file'; content: Uint8Array; fileName: string; contentType: string };

export interface Postcard {
	readonly kind: 'postcard';
	size: '4x6' | '6x9' | '6x11';
	front: Artwork;
	back: Artwork;
}

export interface Letter {
	readonly kind: 'letter';
	size: 'us_letter' | 'us_legal';
	file: Artwork;
	/** Else black and white. */
	color: boolean;
	doubleSided: boolean;
	addressPlacement: 'top_first_page' | 'insert_blank_page' | 'bottom_first_page' | 'bottom_first_page_center';
	/** Certified or registered mail; null: none. */
	extraService: 'certified' | 'certified_return_receipt' | 'registered' | null;
}

export interface OutgoingMailpiece {
	/** The engine's message id, and the idempotency key. */
	id: string;
	to: PostalAddress;
	/** `to` in the form that the suppression list has; comes back with reports. */
	address: string;
	/** Of ours, or one that is saved at the service (adr_…); null: none (postcards within the US). */
	from: PostalAddress | { id: string } | null;
	piece: Postcard | Letter;
	mailType: 'usps_first_class' | 'usps_standard';
	/** Which the service is told. */
	useType: 'marketing' | 'operational';
	/** Of templates at the service. */
	mergeVariables: Record<string, string>;
}

export type DirectMailProvider = Provider<OutgoingMailpiece>;

export interface LobConfig extends ProviderSettings {
	kind: 'lob';
	/** live_… prints and costs, test_… does neither. */
	apiKey: string;
	/** Default https://api.lob.com/v1. */
	baseUrl?: string;
	/** Lob-Version: a date, in which Lob changed its API. Default: the account's. */
	version?: string;
}

export type DirectMailConfig = LobConfig;
