import type { Stamp, StepRef } from '../../journeys/types';
import type { JsonObject } from '../../kernel';
import type { HoldingPolicy, SendResult } from '../types';

/**
 * A gate around nodes of other integrations (Journey Any Channel): guards, at most once and the ledger are the engine's, the sending is
 * somebody else's. One person at a time is out; the answer that comes back is about the one that is out.
 */
export interface GateRequest {
	step: StepRef;
	/** One of the engine's channels: what consent, caps and quiet hours go by. */
	channel: string;
	/** What stands behind it (slack, a letter service), for the ledger; '' for nothing. At most 100 characters. */
	service: string;
	purpose: 'marketing' | 'transactional';
	/** '' is the whole channel. */
	topic: string;
	holding?: HoldingPolicy;
	/** As of a mail. */
	once?: boolean;
	/** After so long without an answer it is not known what became of a message; 1 second to 1 day. */
	answerWithinMs: number;
}

export interface GateItem {
	index: number;
	stamp: Stamp;
	/** The item's JSON: what the person comes back with after having been held. */
	item: JsonObject;
	/** Where it goes on this channel, for the suppression list. Email, SMS and WhatsApp know the person's own. */
	address?: string;
}

/** As of a send; 'ready': nothing keeps this person's message back now, they may have their turn. */
export interface GateResult extends Omit<SendResult, 'outcome'> {
	outcome: SendResult['outcome'] | 'ready';
}

/** The one whose message is with the nodes behind Send: its attempt is committed. */
export interface GateOut {
	index: number;
	message: string;
	nonce: string;
}

export interface GateAnswer {
	item: GateItem;
	message: string;
	nonce: string;
	/** null: it was sent. Else why it was not. */
	failed: string | null;
}

export interface GateTurn {
	/** What became of the one that was out, and of those who turned out not to be sent to. */
	results: GateResult[];
	/** Who is out now; null: none of the queue given. */
	out: GateOut | null;
}

export interface GateApi {
	/** People have come: each parks at the step, with what is on the item, to be claimed alone or with others. */
	gateEnter(step: StepRef, items: GateItem[]): Promise<Array<{ index: number; parked: boolean }>>;
	/** A batch comes out of the park: messages are reserved for all, and the guards say at once who is skipped or held. */
	gateOpen(request: GateRequest, items: GateItem[]): Promise<GateResult[]>;
	/** The answer to the one that was out, then the first of the queue that may be sent to goes out. */
	gateTurn(request: GateRequest, turn: { answer: GateAnswer | null; queue: GateItem[] }): Promise<GateTurn>;
	/** These people go on behind Done; who moved on meanwhile is left out. */
	gateLeave(step: StepRef, items: GateItem[]): Promise<number[]>;
}
