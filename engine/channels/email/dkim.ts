import { createPrivateKey } from 'node:crypto';
import { domainToASCII } from 'node:url';

import { EngineError } from '../../kernel';
import type { DkimKey } from './types';

/** What nodemailer signs with; see its DKIM options. */
export interface DkimOptions {
	domainName: string;
	keySelector: string;
	privateKey: string;
	/** Colon-separated. */
	headerFieldNames: string;
}

/**
 * RFC 6376, 5.4.1, and both headers of one-click unsubscribe, which mailbox providers believe only when they are signed (RFC 8058, 4).
 * nodemailer's own list lacks List-Unsubscribe-Post. Left out is what relays rewrite.
 */
const SIGNED = [
	'From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding', 'In-Reply-To', 'References',
	'List-Id', 'List-Help', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Subscribe', 'List-Post', 'List-Owner', 'List-Archive',
].join(':');

/** RFC 8301, 3.2: shorter keys are not verified. */
const LEAST_BITS = 1024;

const WHERE = 'in the SMTP credential';

/**
 * Throws BAD_INPUT, saying which field is wrong, without a word of the key: nodemailer sends a mail that it cannot sign without a signature,
 * and nobody would notice before the mails are refused.
 */
export function dkimOptions({ domain, selector, privateKey }: DkimKey): DkimOptions {
	const domainName = domainToASCII(domain.trim().replace(/\.$/, ''));
	if (!/^([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/i.test(domainName)) throw wrong(`The DKIM domain ${WHERE} is no domain. Enter the one that the From address has, such as example.com.`);
	const keySelector = selector.trim();
	if (!/^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/i.test(keySelector)) throw wrong(`The DKIM selector ${WHERE} is not one. Enter the part of the DNS name before ._domainkey, such as mail2026.`);
	return { domainName, keySelector, privateKey: checkedKey(privateKey), headerFieldNames: SIGNED };
}

function checkedKey(given: string): string {
	let key: ReturnType<typeof createPrivateKey>;
	try {
		key = createPrivateKey(asPem(given));
	} catch {
		throw wrong(`The DKIM private key ${WHERE} cannot be read. Paste the whole PEM, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----, without a passphrase.`);
	}
	if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_BITS) {
		throw wrong(`The DKIM private key ${WHERE} is no RSA key of at least ${LEAST_BITS} bits. Make one of 2048 bits and publish its public half.`);
	}
	return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A one-line password field turns line breaks into blanks; an environment variable holds them as \\n. */
function asPem(given: string): string {
	const found = /-----BEGIN ([A-Z ]+)-----([\s\S]+?)-----END \1-----/.exec(given.replaceAll('\\n', '\n'));
	if (found === null) return given;
	const body = (found[2] ?? '').replace(/\s+/g, '').replace(/.{64}/g, '$&\n');
	return `-----BEGIN ${found[1]}-----\n${body.trim()}\n-----END ${found[1]}-----\n`;
}

function wrong(message: string): EngineError {
	return new EngineError('BAD_INPUT', message);
}
