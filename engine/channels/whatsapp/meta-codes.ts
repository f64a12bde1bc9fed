import type { Sorted } from '../number-provider';

const ACCESS: Sorted = { kind: 'account', what: 'Meta refused the access token. Make a new one that may send WhatsApp messages of this account, and put it into the credential' };
const BUSY: Sorted = { kind: 'transient', what: 'Meta takes no more messages for now' };
const UNREGISTERED: Sorted = { kind: 'account', what: 'The phone number is not registered for the Cloud API. Register it in WhatsApp Manager' };
const MISSED: Sorted = { kind: 'account', what: 'The parameters do not fit the template. Compare those in the step with the template in WhatsApp Manager' };
const MEDIA: Sorted = { kind: 'permanent', what: 'WhatsApp could not take the media. Check that its address is public and its type and size are those that WhatsApp takes' };

/**
 * Meta's codes, of refused sends and of failures that are told later
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes). What is wrong with a template is wrong for everyone: people wait
 * until somebody mends it.
 */
export const META_CODES: Readonly<Record<number, Sorted>> = {
	0: ACCESS, 3: ACCESS, 10: ACCESS, 190: ACCESS, 131005: ACCESS,
	33: { kind: 'account', what: 'Meta does not know the phone number ID. Check it in the credential and in the step' },
	368: { kind: 'account', what: 'Meta has restricted the WhatsApp Business account for breaking a policy' },
	131031: { kind: 'account', what: 'Meta has locked the WhatsApp Business account' },
	131037: { kind: 'account', what: 'The display name of the phone number is not approved' },
	131042: { kind: 'account', what: 'The WhatsApp Business account has a problem with its payment method' },
	131045: UNREGISTERED, 133010: UNREGISTERED,
	134011: { kind: 'account', what: 'The terms of service of WhatsApp Payments are not accepted' },
	2: BUSY, 4: BUSY, 613: BUSY, 80007: BUSY, 80008: BUSY, 130429: BUSY,
	131016: { kind: 'transient', what: 'WhatsApp is not available for now' },
	131048: { kind: 'transient', what: 'WhatsApp takes fewer messages from this phone number, because people have blocked or reported too many' },
	131056: { kind: 'transient', what: 'WhatsApp takes no more messages from this phone number to this person for now' },
	131057: { kind: 'transient', what: 'The WhatsApp Business account is under maintenance' },
	133004: { kind: 'transient', what: 'WhatsApp is not available for now' },
	131000: { kind: 'ambiguous', what: 'WhatsApp failed while it took the message' },
	130472: { kind: 'permanent', what: 'The person is part of an experiment of Meta\'s and gets no marketing messages' },
	130497: { kind: 'permanent', what: 'The WhatsApp Business account may not write to people in this country' },
	131008: { kind: 'permanent', what: 'The message lacks something that WhatsApp requires' },
	131009: { kind: 'permanent', what: 'WhatsApp does not take a value of the message' },
	131021: { kind: 'permanent', what: 'The person\'s number is the sender\'s own' },
	131026: { kind: 'permanent', what: 'The message cannot be delivered: the number is not on WhatsApp, or its WhatsApp is too old or without the current terms' },
	131030: { kind: 'permanent', what: 'A test number of Meta\'s sends only to numbers on its list of recipients' },
	131047: { kind: 'permanent', what: 'More than 24 hours have passed since the person last wrote: only a template may be sent' },
	131049: { kind: 'permanent', what: 'Meta did not deliver the message, since the person gets many marketing messages already' },
	131050: { kind: 'optedOut', what: 'The person has stopped marketing messages of this business on WhatsApp' },
	131051: { kind: 'permanent', what: 'WhatsApp does not know this type of message' },
	131052: MEDIA, 131053: MEDIA,
	132000: MISSED, 132012: MISSED,
	132001: { kind: 'account', what: 'The template does not exist in this language, or is not approved. Check name and language in the step' },
	132005: { kind: 'permanent', what: 'The template is too long with the parameters of this person' },
	132007: { kind: 'account', what: 'The template breaks a policy of WhatsApp\'s' },
	132015: { kind: 'account', what: 'Meta has paused the template for its low quality' },
	132016: { kind: 'account', what: 'Meta has disabled the template for its low quality' },
	132018: { kind: 'permanent', what: 'WhatsApp does not take the parameters of the template' },
	132068: { kind: 'account', what: 'The flow of the template is blocked' },
	132069: { kind: 'transient', what: 'The flow of the template takes no more messages for now' },
};

const PERMISSIONS = { from: 200, to: 299 };

/** undefined: the code is not known. */
export function metaCode(code: number): Sorted | undefined {
	return code >= PERMISSIONS.from && code <= PERMISSIONS.to ? ACCESS : META_CODES[code];
}
