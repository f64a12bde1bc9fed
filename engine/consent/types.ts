export type ConsentState = 'subscribed' | 'unsubscribed' | 'pending';

export interface ConsentChange {
	profile: number;
	/** 'email' in this version. */
	channel: string;
	/** '' is the whole channel. */
	topic: string;
	state: ConsentState;
	/** Where it was given: 'one-click', 'page', 'node', 'import'. */
	source: string;
}

export interface ConsentApi {
	/** Takes effect at once, on parked people too: the guard reads it at the attempt. */
	set(changes: ConsentChange[]): Promise<void>;
}
