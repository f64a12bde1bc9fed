import { tagsOf } from './dkim';
import type { DnsResolver, DomainFinding } from './types';

/** The tree walk of RFC 7489's successor asks so many names at most. */
const MOST_LABELS = 8;

type Verdict = Pick<DomainFinding, 'status' | 'message' | 'fix' | 'record'>;

/** The policy of the From domain: its own, else that of the nearest domain above it. */
export async function checkDmarc(domain: string, dns: DnsResolver): Promise<DomainFinding> {
	const labels = domain.split('.').slice(-MOST_LABELS);
	for (let first = 0; first < labels.length - 1; first += 1) {
		const owner = first === 0 ? domain : labels.slice(first).join('.');
		const name = `_dmarc.${owner}`;
		const answer = await dns.txt(name);
		if (answer.kind === 'unanswered') return { check: 'DMARC', name, found: null, status: 'warn', message: `DMARC could not be looked up: ${answer.why}`, fix: 'Try again later, or ask another DNS server.', record: null };
		const records = answer.kind === 'found' ? answer.values.filter((text) => /^v=DMARC1\s*(;|$)/i.test(text)) : [];
		if (records.length > 0) return { check: 'DMARC', name, found: records.join(' | '), ...judged(domain, owner, records) };
	}
	return {
		check: 'DMARC', name: `_dmarc.${domain}`, found: null, status: 'fail', message: 'There is no DMARC record: Gmail and Yahoo ask for one of everybody who sends much',
		fix: 'Add this TXT record, with an address that takes the reports. Once these show that all your mail passes, make the policy quarantine, then reject.', record: proposed(domain),
	};
}

function proposed(domain: string): DomainFinding['record'] {
	return { type: 'TXT', name: `_dmarc.${domain}`, value: `v=DMARC1; p=none; rua=mailto:dmarc@${domain}` };
}

function judged(domain: string, owner: string, records: readonly string[]): Verdict {
	if (records.length > 1) return { status: 'fail', message: `There are ${records.length} DMARC records; receivers then take none of them`, fix: 'Leave one.', record: null };
	const tags = tagsOf(records[0] ?? '');
	const inherited = owner !== domain;
	const policy = ((inherited ? tags.get('sp') : undefined) ?? tags.get('p') ?? '').toLowerCase();
	const from = inherited ? ` (from ${owner})` : '';
	if (!['none', 'quarantine', 'reject'].includes(policy)) return { status: 'fail', message: `The DMARC record has no policy that there is (p=)${from}`, fix: 'Set p=none, p=quarantine or p=reject right after v=DMARC1.', record: inherited ? null : proposed(domain) };
	if (policy === 'none') return { status: 'warn', message: `DMARC only watches (p=none)${from}: enough to send, but anybody may still forge this domain. ${aligned(tags, domain)}`, fix: 'Once the reports show that all your mail passes, set p=quarantine, then p=reject.', record: null };
	if (!tags.has('rua')) return { status: 'warn', message: `DMARC is in force (p=${policy})${from}, and nobody gets its reports. ${aligned(tags, domain)}`, fix: `Add rua=mailto:dmarc@${owner}, or you do not see what is refused.`, record: null };
	return { status: 'pass', message: `DMARC is in force (p=${policy})${from}. ${aligned(tags, domain)}`, fix: null, record: null };
}

/** What SPF and DKIM must have to count for this From domain. */
function aligned(tags: ReadonlyMap<string, string>, domain: string): string {
	const strict = (tag: string) => (tags.get(tag) ?? 'r').toLowerCase() === 's';
	const dkim = strict('adkim') ? `exactly ${domain}` : `${domain} or a domain of the same owner`;
	const spf = strict('aspf') ? `exactly ${domain}` : 'one of the same owner';
	return `A mail passes when its DKIM domain (d=) is ${dkim}, or its return path is ${spf}`;
}
