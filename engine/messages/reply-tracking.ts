import { EngineError } from '../kernel';
import { LONGEST_LOCAL, replyAddress } from '../tracking';
import type { Linking } from './channel';
import type { EmailSendRequest } from './types';

const ADDRESS = /^[\x21-\x7e]+@[\x21-\x7e]+$/;

/** Throws BAD_INPUT for an address that answers could not be known by. */
export function checkReplyTracking({ replyTracking, step }: Pick<EmailSendRequest, 'replyTracking' | 'step'>): void {
	if (replyTracking === undefined) return;
	const at = replyTracking.lastIndexOf('@');
	if (ADDRESS.test(replyTracking) && !replyTracking.slice(0, at).includes('+') && at <= LONGEST_LOCAL) return;
	throw new EngineError('BAD_INPUT', `The Reply Tracking Address of "${step.name}" needs at most ${LONGEST_LOCAL} plain letters before the @ and no plus sign, such as replies@inbound.example.com: what tells the messages apart is added there. Nothing was sent.`);
}

/** Where answers go, and the opt-outs of mail programs that only know mail. Empty: nothing was chosen. */
export function replyWays({ replyTo, replyTracking }: Pick<EmailSendRequest, 'replyTo' | 'replyTracking'>, message: string, { secret }: Linking): { replyTo?: string; unsubscribe?: string } {
	const signed = replyTracking === undefined ? null : replyAddress(replyTracking, message, secret);
	const answered = signed ?? replyTracking ?? replyTo;
	return { ...(answered === undefined ? {} : { replyTo: answered }), ...(signed === null ? {} : { unsubscribe: `mailto:${signed}?subject=unsubscribe` }) };
}
