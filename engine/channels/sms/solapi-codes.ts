import type { Sorted } from './http-provider';

/** Status codes of a refused message and names of refused calls (https://developers.solapi.com/references/message-status-codes). */
export const SOLAPI_CODES: Readonly<Record<string, Sorted>> = {
	'1010': { kind: 'permanent', what: 'The message is incomplete' },
	'1020': { kind: 'account', what: 'Solapi refused the key. Check it in the credential' },
	'1024': { kind: 'transient', what: 'Solapi failed while it took the message' },
	'1026': { kind: 'permanent', what: 'Solapi takes the message for a repeat' },
	'1030': { kind: 'account', what: 'The Solapi account has no credit' },
	'1058': { kind: 'permanent', what: 'Solapi has no way to this number' },
	'1060': { kind: 'permanent', what: 'The number is blocked at Solapi' },
	'1061': { kind: 'optedOut', what: 'The person has opted out of messages from this sender (080)' },
	'1062': { kind: 'account', what: 'The sender is not registered with Solapi. Register it, or choose another one in the step' },
	'1064': { kind: 'account', what: 'The sender is blocked after a report to KISA' },
	NotEnoughBalance: { kind: 'account', what: 'The Solapi account has no credit' },
	InvalidAPIKey: { kind: 'account', what: 'Solapi refused the key. Check it in the credential' },
	SignatureDoesNotMatch: { kind: 'account', what: 'Solapi refused the signature. Check the secret in the credential' },
	RequestTimeTooSkewed: { kind: 'account', what: 'The clock of this machine is wrong, so Solapi refuses its calls' },
	DuplicatedSignature: { kind: 'transient', what: 'Solapi has seen this signature before' },
	UnregisteredSenderNumber: { kind: 'account', what: 'The sender is not registered with Solapi. Register it, or choose another one in the step' },
};
