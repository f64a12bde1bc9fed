import type { CheckedNode } from './graph';

/** Whether a node is known to act on nothing but its items, and to say truly from which item each comes: told by whoever knows n8n's nodes. */
export interface Knowledge {
	isOurs(type: string): boolean;
	/** People of a journey go through it. */
	isStep(type: string): boolean;
	/** Nothing behind it runs in the same execution. */
	endsHop(type: string): boolean;
	isPure(node: CheckedNode): boolean;
	setsPairs(node: CheckedNode): boolean;
}

/** 'journeyWait' of 'n8n-nodes-journeys.journeyWait', however the package was loaded. */
export function kindOf({ type }: Pick<CheckedNode, 'type'>): string {
	return type.slice(type.lastIndexOf('.') + 1);
}

export function isTrigger(node: CheckedNode): boolean {
	return kindOf(node) === 'journeyTrigger' && !node.disabled;
}

/** Channels: node kind -> what consent and the ledger call them. */
export const CHANNEL_OF: Readonly<Record<string, string>> = {
	journeyEmail: 'email', journeySms: 'sms', journeyWhatsApp: 'whatsapp', journeyChat: 'chat', journeyPush: 'push', journeyWebPush: 'webpush',
};

/** A sender may hold somebody (quiet hours, a cap, a server that is away), and then goes on in another execution. */
export function mayHold(node: CheckedNode): boolean {
	return !node.disabled && kindOf(node) in CHANNEL_OF;
}

export const GATE = 'journeyAnyChannel';
