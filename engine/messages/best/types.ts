import type { Stamp, StepRef } from '../../journeys/types';
import type { JsonObject } from '../../kernel';
import type { ForeseeRequest } from '../types';

/**
 * One channel after the other until one reaches the person (Journey Best Channel). The sender of each channel stands behind its output and leads back; what
 * became of its message is read off the ledger.
 */
export interface BestChannelRequest {
	step: StepRef;
	/** One to three, each once: the preferred one first. */
	channels: BestChannelOption[];
	purpose: 'marketing' | 'transactional';
	/** '' is the whole channel. */
	topic: string;
	/** engaged: the channel first by which the person has clicked, opened and replied most often within engagedWithinMs; equals in the order given. */
	order: 'given' | 'engaged';
	/** 1 hour to 2 years. */
	engagedWithinMs: number;
	/** How long to wait until a message is told to have arrived before the next channel is tried; null: what was sent has reached the person. One minute to 31 days. */
	deliveryWithinMs: number | null;
	/** Of a message of which it is not known whether it left. asSent: as one that did. next: the next channel at once, so that the person may get both. */
	unknown: 'asSent' | 'next';
}

/** What else says who is reached by it: as of a send. */
export interface BestChannelOption extends Pick<ForeseeRequest, 'addressedBy' | 'platforms'> {
	channel: string;
}

export interface BestChannelItem {
	index: number;
	stamp: Stamp;
	/** The item's JSON: what the person comes back with after having waited for a delivery. */
	item: JsonObject;
	/** The channel from behind whose output it comes back, as drawn. Asked only of those whose visit is not known: somebody moved them to the sender. */
	back?: string;
}

/** A channel that was passed over, or tried in vain, and why. */
export interface PassedChannel {
	channel: string;
	reason: string;
}

export interface BestChannelResult {
	index: number;
	/** channel: to the sender of `channel`. parked: waits here for the delivery. dropped: has moved on, is held or has left. */
	outcome: 'channel' | 'reached' | 'notReached' | 'parked' | 'dropped';
	/** By which they go out, were reached, or wait to be; null: by none. */
	channel: string | null;
	passed: PassedChannel[];
	/** Absent: parked, dropped. */
	stamp?: Stamp;
}

/** Somebody without a visit: of a manual run, or outside of a journey. */
export interface BestChannelLook {
	/** null: nobody is known; nothing speaks against any channel. */
	profile: number | null;
	/** Channels that were tried already. */
	without?: readonly string[];
	/** Outside of a journey: they come back from this channel's sender, with the id of its message; null: none. */
	after?: { channel: string; message: string | null };
}

export interface BestChannelAnswer {
	/** By the channel they come back from. */
	reached: boolean;
	/** null: no other reaches them. */
	channel: string | null;
	passed: PassedChannel[];
}

export interface BestChannelApi {
	/** Where each of these people goes on now. Remembered: a replay takes the same way. Throws BAD_INPUT. */
	bestChannel(request: BestChannelRequest, items: BestChannelItem[]): Promise<BestChannelResult[]>;
	/** Which channel each of them would go out by; nothing is stored. Throws BAD_INPUT. */
	tryBestChannel(request: BestChannelRequest, people: BestChannelLook[]): Promise<BestChannelAnswer[]>;
}
