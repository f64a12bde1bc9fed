export type DomainStatus = 'pass' | 'warn' | 'fail';

/** One look into DNS and what follows from it. */
export interface DomainFinding {
	check: 'MX' | 'SPF' | 'DKIM' | 'DMARC';
	status: DomainStatus;
	/** The DNS name that was asked. */
	name: string;
	/** What stands there; null: nothing. */
	found: string | null;
	message: string;
	/** What to do; null where nothing has to be done. */
	fix: string | null;
	/** What to put into DNS, where that can be said. */
	record: { type: 'MX' | 'TXT'; name: string; value: string } | null;
}

export interface DomainReport {
	domain: string;
	/** The worst of its findings. */
	status: DomainStatus;
	findings: DomainFinding[];
}

export interface DomainCheckRequest {
	/** example.com, or an address at it. */
	sender: string;
	/** Who delivers: an id of SENDING_SERVICES; absent or custom: nobody who is known. */
	service?: string;
	/** Parts before ._domainkey; none: the usual ones of known services are tried. */
	selectors?: string[];
	/** IP addresses of DNS servers, with a port where it is not 53. Default: those of this machine. */
	dnsServers?: string[];
	/** Time of one question. Default 5,000. */
	timeoutMs?: number;
}

export type DnsAnswer<Value> =
	| { kind: 'found'; values: Value[] }
	/** NXDOMAIN, or no record of this type. */
	| { kind: 'none' }
	/** No answer in time, or one that says that the server itself failed. */
	| { kind: 'unanswered'; why: string };

/** The questions that a check asks. Never throws. */
export interface DnsResolver {
	/** Each record as one text, its parts joined. */
	txt(name: string): Promise<DnsAnswer<string>>;
	mx(name: string): Promise<DnsAnswer<{ exchange: string; priority: number }>>;
	/** IPv4 and IPv6. */
	addresses(name: string): Promise<DnsAnswer<string>>;
}
