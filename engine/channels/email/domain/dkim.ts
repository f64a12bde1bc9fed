import { createPublicKey } from 'node:crypto';

import { usualSelectors, type SendingService } from './services';
import type { DnsResolver, DomainFinding } from './types';

/** RFC 8301, 3.2: shorter ones are not verified, longer than the second should be used. */
const LEAST_BITS = 1024;
const GOOD_BITS = 2048;

type Verdict = Pick<DomainFinding, 'status' | 'message' | 'fix'>;

/** One finding a selector that was given; without any, one about the usual selectors, since a key's name cannot be looked up. */
export async function checkDkim(domain: string, selectors: readonly string[], service: SendingService | undefined, dns: DnsResolver): Promise<DomainFinding[]> {
	if (selectors.length > 0) return await Promise.all(selectors.map((selector) => checkSelector(domain, selector, dns)));
	const tried = usualSelectors(service);
	const findings = await Promise.all(tried.map((selector) => checkSelector(domain, selector, dns)));
	const found = findings.filter((finding) => finding.found !== null);
	if (found.length > 0) return found;
	const unanswered = findings.find(({ message }) => message.startsWith(UNANSWERED));
	return [{
		check: 'DKIM', name: `_domainkey.${domain}`, found: null, status: 'warn', record: null,
		message: unanswered === undefined ? `No DKIM key is at the usual names (${tried.length} were tried); it may be at another one` : unanswered.message,
		fix: 'Enter the selector: your mail service shows it with its DNS records, and each mail that it has signed after s= in its DKIM-Signature header. Without DKIM, Gmail and Yahoo take no marketing mail.',
	}];
}

const UNANSWERED = 'DKIM could not be looked up';

async function checkSelector(domain: string, selector: string, dns: DnsResolver): Promise<DomainFinding> {
	const name = `${selector}._domainkey.${domain}`;
	const answer = await dns.txt(name);
	const keys = answer.kind === 'found' ? answer.values.filter((text) => /(^|;)\s*p\s*=/i.test(text)) : [];
	const verdict: Verdict = answer.kind === 'unanswered'
		? { status: 'warn', message: `${UNANSWERED}: ${answer.why}`, fix: 'Try again later, or ask another DNS server.' }
		: judged(keys, selector);
	return { check: 'DKIM', name, found: keys.length === 0 ? null : keys.join(' | '), record: null, ...verdict };
}

function judged(keys: readonly string[], selector: string): Verdict {
	const [key, ...more] = keys;
	if (key === undefined) return { status: 'fail', message: `There is no DKIM key for the selector ${selector}`, fix: 'Put the record that your mail service shows into DNS, as TXT or CNAME; for a key of your own, v=DKIM1; k=rsa; p= and the public key in base64.' };
	if (more.length > 0) return { status: 'fail', message: `There are ${keys.length} DKIM keys for the selector ${selector}; receivers may take any of them`, fix: 'Leave one record, and give another key another selector.' };
	const tags = tagsOf(key);
	if (tags.get('p') === '') return { status: 'fail', message: `The DKIM key of the selector ${selector} is revoked (p= is empty)`, fix: 'Make a new key under another selector.' };
	const bits = bitsOf(tags);
	if (bits === null) return { status: 'fail', message: `The DKIM key of the selector ${selector} cannot be read`, fix: 'Copy the record anew: it must hold the whole key in one TXT record, whose parts may be split but not cut.' };
	if (bits < LEAST_BITS) return { status: 'fail', message: `The DKIM key of the selector ${selector} has ${bits} bits; receivers take none below ${LEAST_BITS}`, fix: `Make one of ${GOOD_BITS} bits.` };
	if (/(^|:)y(:|$)/i.test(tags.get('t') ?? '')) return { status: 'warn', message: `The DKIM key of the selector ${selector} says that it is only a test (t=y)`, fix: 'Take t=y out.' };
	if (bits < GOOD_BITS) return { status: 'warn', message: `The DKIM key of the selector ${selector} has ${bits} bits`, fix: `Make one of ${GOOD_BITS} bits when you next change it.` };
	return { status: 'pass', message: `DKIM is in order (selector ${selector}, ${tags.get('k') ?? 'rsa'}${bits === Infinity ? '' : `, ${bits} bits`})`, fix: null };
}

/** `a=b; c=d` as DKIM and DMARC have it; blanks in values are none. */
export function tagsOf(record: string): Map<string, string> {
	return new Map(record.split(';').flatMap((part) => {
		const at = part.indexOf('=');
		return at === -1 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).replace(/\s+/g, '')] as const];
	}));
}

/** null: unreadable. Infinity: of a kind whose length is fixed. */
function bitsOf(tags: ReadonlyMap<string, string>): number | null {
	const bytes = Buffer.from(tags.get('p') ?? '', 'base64');
	if ((tags.get('k') ?? 'rsa').toLowerCase() === 'ed25519') return bytes.length === 32 ? Infinity : null;
	try {
		return createPublicKey({ key: bytes, format: 'der', type: 'spki' }).asymmetricKeyDetails?.modulusLength ?? null;
	} catch {
		return null;
	}
}
