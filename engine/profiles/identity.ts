import { domainToASCII } from 'node:url';

import type { Identity } from '../events/types';
import { phoneLibrary } from './place';

/** The order in which identities find a profile: the first known one decides. Kinds not named stand before anonymous ids. */
const RANKS: Readonly<Record<string, number>> = { user_id: 0, email: 1, phone: 2, anonymous_id: 4 };
const RANK_OF_OTHERS = 3;

export function identityRank(kind: string): number {
	return RANKS[kind] ?? RANK_OF_OTHERS;
}

/** What clients send when they know nobody; taken as an id it would make one person of thousands. */
const BLOCKED = new Set(['', '0', '-1', 'null', 'undefined', 'anonymous']);
const LONGEST_BLOCKED = 'undefined'.length;

/** External ids may carry their system: `shopify.customer_id`, `crm:contact`. */
const KIND_PATTERN = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;
const LONGEST_VALUE = 255;
// Practical rather than RFC 5322: quoted local parts and address literals exist in no customer list, typing errors in all.
const EMAIL_PATTERN = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"./]+(\.[^\s@<>()[\]\\,;:"./]+)+$/;
const LONGEST_EMAIL = 254;

/** However a sender writes the kinds that have rules of their own: `userId`, `Email`, `e-mail`. As kinds of others they would escape those rules. */
const WRITTEN_AS: Readonly<Record<string, string>> = { userid: 'user_id', email: 'email', phone: 'phone', anonymousid: 'anonymous_id' };

function kindOf(given: string): string {
	if (Object.hasOwn(RANKS, given)) return given;
	const plain = given.replace(/[ _-]/g, '').toLowerCase();
	return Object.hasOwn(WRITTEN_AS, plain) ? (WRITTEN_AS[plain] ?? given) : given;
}

export type NormalisedIdentity = { ok: true; identity: Identity } | { ok: false; reason: string };

export interface IdentityOptions {
	/** ISO 3166-1 alpha-2; for phone numbers written without a country code. */
	defaultCountry?: string;
	/** Kind -> how many of it one profile may have, instead of the default of that kind; '*' is every kind without one of its own. */
	limits?: Readonly<Record<string, number>>;
	/** Kind -> further values that belong to nobody in particular, compared without case; '*' is every kind. They still find whom they were given to before. */
	blocked?: Readonly<Record<string, readonly string[]>>;
}

/** A browser a day for a quarter of a year is honest; a hundred and one are a shared terminal. */
const LIMITS: Readonly<Record<string, number>> = { user_id: 1, email: 5, phone: 5, anonymous_id: 100 };
const LIMIT_OF_OTHERS = 5;

/** How many identities of the kind one profile may have. One user id, whatever the options say. */
export function identityLimit(kind: string, { limits = {} }: IdentityOptions = {}): number {
	if (kind === 'user_id') return 1;
	if (Object.hasOwn(limits, kind)) return limits[kind] ?? LIMIT_OF_OTHERS;
	if (Object.hasOwn(LIMITS, kind)) return LIMITS[kind] ?? LIMIT_OF_OTHERS;
	return limits['*'] ?? LIMIT_OF_OTHERS;
}

/**
 * An identity as it is stored and compared, for finding people: the kind as we write it, e-mail without invisible characters, trimmed,
 * lower-cased and composed (NFC), phone as E.164, the rest trimmed. Placeholders (0, -1, null, undefined, anonymous, empty) and values that
 * cannot be one are refused with a reason that does not repeat the value. Not those that the options block: what was theirs before is
 * found, exported, opted out and erased by it.
 */
export function normaliseIdentity(given: string, value: unknown, options: IdentityOptions = {}): NormalisedIdentity {
	const kind = typeof given === 'string' ? kindOf(given) : given;
	if (typeof kind !== 'string' || !(Object.hasOwn(RANKS, kind) || KIND_PATTERN.test(kind))) {
		return refuse('The kind of an identity is 1 to 64 letters, digits, "_", "-", "." or ":", and starts with a letter.');
	}
	if (typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value))) return refuse(`The ${kind} is neither a text nor a number.`);
	const text = (kind === 'email' ? String(value).replace(INVISIBLE, '') : String(value)).trim();
	if (text.length <= LONGEST_BLOCKED && BLOCKED.has(text.toLowerCase())) {
		return refuse(text === '' ? `The ${kind} is empty.` : `The ${kind} is "${text.toLowerCase()}", a placeholder that belongs to nobody.`);
	}
	if (text.length > LONGEST_VALUE) return refuse(`The ${kind} is longer than ${LONGEST_VALUE} characters.`);
	if (hasControlCharacters(text)) return refuse(`The ${kind} holds control characters.`);
	if (kind === 'email') return normaliseEmail(text);
	if (kind === 'phone') return normalisePhone(text, options.defaultCountry);
	return { ok: true, identity: { kind, value: text } };
}

/** As normaliseIdentity, for making people and for what becomes theirs: values that the options block are refused, too. */
export function admitIdentity(given: string, value: unknown, options: IdentityOptions): NormalisedIdentity {
	const result = normaliseIdentity(given, value, options);
	if (!result.ok || !isBlocked(result.identity, options)) return result;
	return refuse(`The ${result.identity.kind} is one that the settings block (Blocked Identities): it belongs to nobody in particular.`);
}

/** Whether the options say of a normalised identity that it is nobody's in particular. */
export function isBlocked({ kind, value }: Identity, options: IdentityOptions): boolean {
	return options.blocked !== undefined && blockedValues(kind, options.blocked, options.defaultCountry).has(value.toLowerCase());
}

/** Made once for each state of the settings: every identity of every event is looked up here. */
const BLOCKED_VALUES = new WeakMap<Readonly<Record<string, readonly string[]>>, Map<string, ReadonlySet<string>>>();

/** As they are written and as they would be stored: +49 30 1 blocks +49301. */
function blockedValues(kind: string, blocked: Readonly<Record<string, readonly string[]>>, defaultCountry: string | undefined): ReadonlySet<string> {
	let byKind = BLOCKED_VALUES.get(blocked);
	if (byKind === undefined) BLOCKED_VALUES.set(blocked, (byKind = new Map<string, ReadonlySet<string>>()));
	const key = `${kind} ${defaultCountry ?? ''}`;
	let values = byKind.get(key);
	if (values === undefined) {
		const written = [kind, '*'].flatMap((one) => (Object.hasOwn(blocked, one) ? (blocked[one] ?? []) : []));
		const stored = written.flatMap((value) => {
			const result = normaliseIdentity(kind, value, defaultCountry === undefined ? {} : { defaultCountry });
			return result.ok ? [result.identity.value.toLowerCase()] : [];
		});
		byKind.set(key, (values = new Set([...written.map((value) => value.trim().toLowerCase()), ...stored])));
	}
	return values;
}

function refuse(reason: string): NormalisedIdentity {
	return { ok: false, reason };
}

const SUSPECT = /[\x00-\x1f\x7f\ud800-\udfff]/;

function hasControlCharacters(text: string): boolean {
	if (!SUSPECT.test(text)) return false;
	for (let at = 0; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		// Lone surrogates too: no database keeps them.
		if (code < 0x20 || code === 0x7f) return true;
		if (code >= 0xd800 && code <= 0xdfff) {
			const paired = code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
			if (!paired) return true;
			at += 1;
		}
	}
	return false;
}

/** Zero-width spaces and joiners, word joiner, byte order mark, soft hyphen: what copying from a web page or a PDF leaves in an address. */
const INVISIBLE = /[\u200b-\u200d\u2060\ufeff\u00ad]/g;

/** Composed (NFC): macOS and some forms write "é" as two characters, and one address would be two people. */
function normaliseEmail(text: string): NormalisedIdentity {
	const email = asciiDomain(text.toLowerCase().normalize('NFC'));
	if (email.length > LONGEST_EMAIL || !EMAIL_PATTERN.test(email)) return refuse('The email is not an e-mail address (name@example.com).');
	return { ok: true, identity: { kind: 'email', value: email } };
}

/**
 * An internationalised domain as mail servers and bounce reports name it (müller.de: xn--mller-kva.de): browsers send an address typed
 * into a form in either spelling. What no domain can be written so stays as it is.
 */
function asciiDomain(email: string): string {
	const at = email.lastIndexOf('@');
	const domain = email.slice(at + 1);
	if (at === -1 || /^[\x00-\x7f]*$/.test(domain)) return email;
	return `${email.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

function normalisePhone(text: string, defaultCountry: string | undefined): NormalisedIdentity {
	const library = phoneLibrary();
	const country = defaultCountry !== undefined && library.isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
	const parsed = library.parsePhoneNumberFromString(text, country);
	// Possible, not valid: number ranges open faster than metadata is updated, and a wrong "invalid" loses a contact.
	if (parsed === undefined || !parsed.isPossible()) {
		return refuse(
			country === undefined
				? 'The phone is not a number in international form (+49 170 1234567); set a default country for numbers without one.'
				: `The phone is not a number in international form or of ${country}.`,
		);
	}
	return { ok: true, identity: { kind: 'phone', value: parsed.number } };
}
