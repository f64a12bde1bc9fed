import type { HttpAnswer } from '../http';
import type { SendOutcome } from '../types';

export interface SesError {
	/** Such as MessageRejected; '' where the answer names none. */
	code: string;
	message: string;
}

/** The code stands in a header, `Code:http://…` in older answers, or in the body as `namespace#Code`. */
export function sesErrorOf({ headers, body }: HttpAnswer): SesError {
	const { __type, message, Message } = (typeof body === 'object' && body !== null ? body : {}) as { __type?: unknown; message?: unknown; Message?: unknown };
	const named = headers['x-amzn-errortype'] ?? (typeof __type === 'string' ? __type : '');
	const said = message ?? Message;
	return { code: named.split(':')[0]?.split('#').at(-1) ?? '', message: typeof said === 'string' ? said : '' };
}

const KEY = 'Check access key, secret and session token in the credential';

/** What to do, for errors that stop everybody's mail. */
const ACCOUNT: Record<string, string> = {
	UnrecognizedClientException: `Amazon SES does not know the access key. ${KEY}`,
	InvalidClientTokenId: `Amazon SES does not know the access key. ${KEY}`,
	InvalidSignatureException: 'The signature does not fit. Check the secret access key in the credential, and that the clock of this machine is right',
	SignatureDoesNotMatch: 'The signature does not fit. Check the secret access key in the credential, and that the clock of this machine is right',
	RequestExpired: 'The signature is too old. Set the clock of this machine right',
	ExpiredTokenException: 'The session token has expired. Enter new temporary keys in the credential, or lasting ones without a token',
	ExpiredToken: 'The session token has expired. Enter new temporary keys in the credential, or lasting ones without a token',
	AccessDeniedException: 'The key may not send. Allow it ses:SendEmail and ses:SendRawEmail for this sender',
	AccessDenied: 'The key may not send. Allow it ses:SendEmail and ses:SendRawEmail for this sender',
	AccountSuspendedException: 'Amazon has taken the right to send from this account. Open the case in the SES console',
	SendingPausedException: 'Sending is paused for this account or configuration set. Switch it on in the SES console',
	MailFromDomainNotVerifiedException: 'The custom MAIL FROM domain is not verified. Mend its DNS records as the SES console says',
	NotFoundException: 'Amazon SES does not know the configuration set. Check Configuration Set and Region in the credential',
	LimitExceededException: 'A limit of the account is reached. Ask for a higher one in Service Quotas',
};

/** Sorts what SES says by its codes; null: the status has to tell. `describe` makes a reason of it. With copies nobody knows which address a word is about. */
export function outcomeOfSes({ code, message }: SesError, describe: (what: string) => string, hasCopies: boolean): Exclude<SendOutcome, { kind: 'accepted' | 'ambiguous' }> | null {
	// All of these are said before the message is taken.
	if (/^(TooManyRequestsException|ThrottlingException|Throttling|LimitExceededException)$/.test(code) && /daily|quota/i.test(message)) {
		return { kind: 'account', reason: describe('The messages of 24 hours are used up. Wait, or ask for a higher sending quota in the SES console') };
	}
	if (/^(TooManyRequestsException|ThrottlingException|Throttling)$/.test(code)) {
		return { kind: 'transient', reason: describe('Amazon SES takes no more messages for now: so many a second are too many. Fewer Connections help') };
	}
	if (/^Message(Rejected|RejectedException)$/.test(code)) return rejected(message, describe, hasCopies);
	if (code === 'BadRequestException' && /configuration set|not verified|not authorized/i.test(message)) {
		return { kind: 'account', reason: describe('Amazon SES cannot use these settings. Check the credential and the sender') };
	}
	const remedy = ACCOUNT[code];
	return remedy === undefined ? null : { kind: 'account', reason: describe(remedy) };
}

function rejected(message: string, describe: (what: string) => string, hasCopies: boolean): ReturnType<typeof outcomeOfSes> {
	if (/not verified/i.test(message)) {
		return { kind: 'account', reason: describe('The sender is not verified in this region, or the account is in the sandbox, where the recipient has to be verified too. Verify the sender\'s domain, and ask for production access') };
	}
	if (/paused|suspended|shut ?down/i.test(message)) return { kind: 'account', reason: describe('Sending is stopped for this account. Open the SES console') };
	if (/address blacklisted/i.test(message)) {
		return hasCopies
			? { kind: 'permanent', reason: describe('Amazon SES sends nothing to one of the addresses, which has bounced before: the recipient\'s, or one in CC or BCC') }
			: { kind: 'permanent', reason: describe('Amazon SES sends nothing to this address, which has bounced before'), deadAddress: true };
	}
	return { kind: 'permanent', reason: describe('Amazon SES rejected the message') };
}
