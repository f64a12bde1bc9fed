import type { DnsResolver, DomainFinding } from './types';

type Verdict = Pick<DomainFinding, 'status' | 'message' | 'fix' | 'found'>;

/** Whether replies and bounces find a way back: many receivers refuse a sender whom nobody could answer. */
export async function checkMx(domain: string, dns: DnsResolver): Promise<DomainFinding> {
	return { check: 'MX', name: domain, record: null, ...(await judged(domain, dns)) };
}

async function judged(domain: string, dns: DnsResolver): Promise<Verdict> {
	const answer = await dns.mx(domain);
	if (answer.kind === 'unanswered') return { status: 'warn', message: `MX could not be looked up: ${answer.why}`, fix: 'Try again later, or ask another DNS server.', found: null };
	if (answer.kind === 'none') return await withoutMx(domain, dns);
	const servers = [...answer.values].sort((a, b) => a.priority - b.priority);
	const found = servers.map(({ priority, exchange }) => `${priority} ${exchange === '' ? '.' : exchange}`).join(', ');
	// RFC 7505: one record with the root as its server.
	if (servers.every(({ exchange }) => exchange === '' || exchange === '.')) {
		return { status: 'fail', message: 'The domain says that it takes no mail (null MX): receivers refuse mail from it, and bounces and replies are lost', fix: 'Point MX at a mail server, or send from a domain that takes mail.', found };
	}
	const first = servers[0]?.exchange ?? '';
	const reached = await dns.addresses(first);
	if (reached.kind === 'none') return { status: 'fail', message: `The mail server ${first} of the domain does not exist: bounces and replies are lost`, fix: 'Correct the MX record.', found };
	return { status: 'pass', message: `The domain takes mail (${servers.length} ${servers.length === 1 ? 'server' : 'servers'})`, fix: null, found };
}

async function withoutMx(domain: string, dns: DnsResolver): Promise<Verdict> {
	const address = await dns.addresses(domain);
	if (address.kind === 'unanswered') return { status: 'warn', message: `The domain has no MX record, and its address could not be looked up: ${address.why}`, fix: 'Try again later, or ask another DNS server.', found: null };
	if (address.kind === 'found') return { status: 'warn', message: 'The domain has no MX record, only an address: some receivers refuse mail from it, and replies may be lost', fix: 'Add an MX record that points at a mail server.', found: null };
	return { status: 'fail', message: 'The domain has neither an MX record nor an address: receivers refuse mail from it, and bounces and replies are lost', fix: 'Check the domain\'s spelling, or add an MX record that points at a mail server.', found: null };
}
