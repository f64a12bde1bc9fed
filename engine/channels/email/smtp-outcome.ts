import type { SendOutcome } from '../types';
import { enhancedStatus, saysNoSuchMailbox } from './dead-address';

/**
 * How far the body went, seen on the stream that the connection reads it from:
 * - kept: not all of it was read. The final dot is written only after the last byte, and a server must not deliver
 *   a message without it (RFC 5321, 4.1.1.4): certainly not sent.
 * - handedOver: read to its end. From here on only a complete final reply says what became of it.
 */
export type BodyState = 'kept' | 'handedOver';

/** What nodemailer 10 puts on its errors (its errors.js and smtp-connection). */
export interface SmtpFailure {
	/** EAUTH, EDNS, ESOCKET, ETIMEDOUT, ETLS, EENVELOPE, EMESSAGE, … */
	code?: string;
	/** The system's code before nodemailer's: ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED, … */
	originalCode?: string;
	/** 'MAIL FROM', 'RCPT TO', 'DATA', 'AUTH PLAIN', 'STARTTLS', 'CONN', 'API', … */
	command?: string;
	responseCode?: number;
	response?: string;
}

/** Replies that speak of the account whatever the command: not logged in, wrong login, encryption needed (RFC 4954). */
const ACCOUNT_REPLIES = new Set([530, 534, 535, 538]);
/** Enhanced codes: login wrong (5.7.8), sender not allowed (5.7.60), not authenticated (5.7.57), quota used up (5.4.5). */
const ACCOUNT_STATUS = /^5\.(7\.(8|57|60)|4\.5)$/;

const UNCONFIRMED = 'The connection ended after the whole message was handed over and before the server confirmed it';
const RELAY_DENIED = /\brelay(ing)?\b.{0,30}\b(denied|not (permitted|allowed))|unable to relay/i;
/** Certificate and protocol errors of Node's TLS: they stay until somebody changes a setting. */
const TLS_REFUSAL =
	/^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH$|INVALID_CA$)/;

/** Sorts a failed send. When in doubt whether the mail left: ambiguous, so that nobody gets it twice. */
export function outcomeOf(failure: SmtpFailure, body: BodyState, describe: (what: string) => string, inWords: typeof explain = explain): SendOutcome {
	if (body === 'handedOver') {
		const final = failure.code === 'EMESSAGE' && failure.command === 'DATA' ? failure.responseCode : undefined;
		if (final === undefined || final < 400 || final > 599) {
			return { kind: 'ambiguous', reason: describe(UNCONFIRMED) };
		}
	}
	const kind = kindOf(failure);
	const reason = describe(inWords(failure, kind));
	return kind === 'permanent' && isDead(failure) ? { kind, reason, deadAddress: true } : { kind, reason };
}

/** Only what was said to RCPT TO is about this one address; after the message a refusal may be about what is in it. */
function isDead({ code, command, response, responseCode }: SmtpFailure): boolean {
	return code === 'EENVELOPE' && command === 'RCPT TO' && saysNoSuchMailbox(responseCode, response ?? '');
}

/** The login was refused, or there was nothing to log in with. */
export function isLogin({ code }: SmtpFailure): boolean {
	return code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2';
}

export type CertainKind = 'permanent' | 'transient' | 'account';

/** Sorts a failure that happened before the body was handed over, or that the server itself reported. */
export function kindOf(failure: SmtpFailure): CertainKind {
	const reply = failure.responseCode;
	if (reply !== undefined && reply >= 400 && reply < 500) return 'transient';
	if (isAboutAccount(failure)) return 'account';
	switch (failure.code) {
		case 'EAUTH':
		case 'ENOAUTH':
		case 'EOAUTH2':
		case 'ETLS':
		case 'EREQUIRETLS':
		case 'ECONFIG':
			return 'account';
		case 'EDNS':
			return failure.originalCode === 'ENOTFOUND' ? 'account' : 'transient';
		case 'ESOCKET':
			return TLS_REFUSAL.test(failure.originalCode ?? '') ? 'account' : 'transient';
		case 'EPROTOCOL':
			// A greeting that is no SMTP, or a 5xx one: the wrong host or port, or a blocked client.
			return 'account';
		case 'EENVELOPE':
			return envelopeKind(failure);
		case 'EMESSAGE':
			return reply === 503 ? 'transient' : 'permanent';
		case 'ECONNECTION':
			return reply === undefined ? 'transient' : 'account';
		default:
			return 'transient';
	}
}

function envelopeKind(failure: SmtpFailure): CertainKind {
	// 503 says that the session was out of step, not that this recipient is wrong.
	if (failure.responseCode === 503) return 'transient';
	// The sender is the same for everyone: marking each recipient as failed would lose the whole list.
	if (failure.command === 'MAIL FROM' && failure.responseCode !== 552) return 'account';
	return 'permanent';
}

function isAboutAccount(failure: SmtpFailure): boolean {
	if (failure.responseCode !== undefined && ACCOUNT_REPLIES.has(failure.responseCode)) return true;
	const status = enhancedStatus(failure.response);
	if (status !== null && ACCOUNT_STATUS.test(status)) return true;
	return failure.command === 'RCPT TO' && RELAY_DENIED.test(failure.response ?? '');
}

const THERE = 'in the SMTP credential';

/** The failure in words, with what to do where somebody can do something. */
export function explain(failure: SmtpFailure, kind: CertainKind): string {
	const command = failure.command ?? '';
	switch (failure.code) {
		case 'EAUTH':
		case 'ENOAUTH':
			return `The mail server refused the login. Check user and password ${THERE}`;
		case 'EDNS':
			return failure.originalCode === 'ENOTFOUND'
				? `The mail server's name is not known. Check the host ${THERE}`
				: 'The mail server\'s name could not be looked up';
		case 'ETLS':
		case 'EREQUIRETLS':
			return `The mail server gave no encrypted connection (STARTTLS). Check port and encryption ${THERE}`;
		case 'ESOCKET':
			return kind === 'account'
				? `The encrypted connection was refused (${failure.originalCode}). Check port, encryption and certificate ${THERE}`
				: `The mail server cannot be reached${failure.originalCode ? ` (${failure.originalCode})` : ''}`;
		case 'ETIMEDOUT':
		case 'EABORT':
			return 'The mail server did not answer in time';
		case 'ECONNECTION':
			return 'The mail server ended the connection before the message was handed over';
		case 'EPROTOCOL':
			return `The server does not answer as a mail server should. Check host, port and encryption ${THERE}`;
		case 'EENVELOPE':
			if (command === 'MAIL FROM') {
				return 'The mail server refused the sender. Check the From address and what the account may send as';
			}
			if (command === 'DATA') return 'The mail server refused to take the message';
			return kind === 'account'
				? 'The mail server does not send mail for this account'
				: 'The mail server refused the recipient';
		case 'EMESSAGE':
			return command === 'MAIL FROM'
				? 'The message is larger than the mail server takes'
				: 'The mail server refused the message';
		default:
			return 'The message could not be given to the mail server';
	}
}
