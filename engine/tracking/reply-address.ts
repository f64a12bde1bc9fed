import { createHmac, timingSafeEqual } from 'node:crypto';

/*
 * The address that answers to one message come to: <local>+<token>@<domain>. The token is the message's id and a MAC of it, nothing of the person. In base32 (RFC 4648,
 * small letters), since servers on the way may write an address in small letters; 43 characters, which leaves 20 of the 64 of a local part (RFC 5321, 4.5.3.1.1).
 */

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ID = /^[\w-]{22}$/;
const ID_BITS = 22 * 6;
const ID_LETTERS = 27;
/** 80 of the MAC's bits: each guess is a mail that somebody has to send. */
const MAC_BITS = 80;
const TOKEN = /^[a-z2-7]{43}$/;
export const LONGEST_LOCAL = 20;

/** `base` such as replies@inbound.example. null: of this message, or with this base, none can be made. */
export function replyAddress(base: string, message: string, secret: Uint8Array): string | null {
	const at = base.lastIndexOf('@');
	if (at < 1 || at > LONGEST_LOCAL || !ID.test(message)) return null;
	return `${base.slice(0, at)}+${inBase32(bitsOf(message, BASE64URL, 6))}${mac(message, secret)}@${base.slice(at + 1)}`;
}

/** The message that an address was signed for; null for whatever replyAddress did not make with this secret. */
export function readReplyAddress(address: string, secret: Uint8Array): string | null {
	const [, token = ''] = /\+([^+@]+)@[^@]+$/.exec(address.trim().toLowerCase()) ?? [];
	if (!TOKEN.test(token)) return null;
	const bits = bitsOf(token.slice(0, ID_LETTERS), BASE32, 5);
	// So that a token has one spelling.
	if (bits.slice(ID_BITS).includes('1')) return null;
	const message = (bits.slice(0, ID_BITS).match(/.{6}/g) ?? []).map((six) => BASE64URL[Number.parseInt(six, 2)]).join('');
	return timingSafeEqual(Buffer.from(mac(message, secret)), Buffer.from(token.slice(ID_LETTERS))) ? message : null;
}

function mac(message: string, secret: Uint8Array): string {
	// The prefix keeps it from being the MAC of anything else signed with the same secret.
	const bytes = createHmac('sha256', secret).update(`journeys reply\n${message}`).digest().subarray(0, MAC_BITS / 8);
	return inBase32([...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join(''));
}

function bitsOf(text: string, letters: string, width: number): string {
	return [...text].map((letter) => letters.indexOf(letter).toString(2).padStart(width, '0')).join('');
}

function inBase32(bits: string): string {
	return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}
