import type { SendingService } from './services';
import type { DnsResolver, DomainFinding } from './types';

/** RFC 7208, 4.6.4: more than ten terms that ask DNS, over all includes, and the whole record counts for nothing. */
const MOST_LOOKUPS = 10;
/** Answers without a record. */
const MOST_VOID = 2;

interface Walk {
	lookups: number;
	voids: number;
	/** Names that were included, at any depth. */
	included: Set<string>;
	/** Includes and redirects that have no SPF record, which makes the whole record invalid. */
	broken: string[];
	unanswered: string | null;
	usesPtr: boolean;
}

type Finding = Omit<DomainFinding, 'check' | 'name' | 'found' | 'record'> & { record?: DomainFinding['record'] };

export async function checkSpf(domain: string, service: SendingService | undefined, dns: DnsResolver): Promise<DomainFinding> {
	const answer = await dns.txt(domain);
	const records = answer.kind === 'found' ? answer.values.filter(isSpf) : [];
	const about = { check: 'SPF' as const, name: domain, found: records.length === 0 ? null : records.join(' | ') };
	const verdict = await judged();
	return { ...about, record: null, ...verdict };

	async function judged(): Promise<Finding> {
		if (answer.kind === 'unanswered') return { status: 'warn', message: `SPF could not be looked up: ${answer.why}`, fix: 'Try again later, or ask another DNS server.' };
		const [record, ...more] = records;
		if (record === undefined) return missing(domain, service);
		if (more.length > 0) return { status: 'fail', message: `There are ${records.length} SPF records; receivers then take none of them`, fix: 'Merge them into one TXT record that begins with v=spf1, with all their includes.' };
		const walk: Walk = { lookups: 0, voids: 0, included: new Set(), broken: [], unanswered: null, usesPtr: false };
		await follow(record, dns, walk, new Set([domain]));
		return ofRecord(domain, record, walk, service);
	}
}

export function isSpf(text: string): boolean {
	return /^v=spf1( |$)/i.test(text);
}

function missing(domain: string, service: SendingService | undefined): Finding {
	const record = { type: 'TXT' as const, name: domain, value: proposed(service) };
	if (service?.ownReturnPath === true) {
		return { status: 'warn', message: `There is no SPF record. ${service.name} sends with a return path of its own, so that DKIM carries the mail; some receivers look for SPF all the same`, fix: 'Add this TXT record, or set up a custom return path there.', record };
	}
	return { status: 'fail', message: 'There is no SPF record: receivers cannot tell who may send for this domain', fix: service === undefined ? 'Add a TXT record with the servers that send for you; the record shown allows the domain\'s own mail servers.' : 'Add this TXT record.', record };
}

function proposed(service: SendingService | undefined): string {
	return service === undefined || service.spf[0] === undefined ? 'v=spf1 mx ~all' : `v=spf1 include:${service.spf[0]} ~all`;
}

function ofRecord(domain: string, record: string, walk: Walk, service: SendingService | undefined): Finding {
	const all = /(?:^|\s)([-~?+]?)all(?=\s|$)/i.exec(record)?.[1];
	if (all === '+' || all === '') return { status: 'fail', message: 'The SPF record allows the whole world to send for this domain (+all)', fix: 'End it with ~all, or -all once everything that sends is listed.', record: replaced(domain, record, /\+?all(?=\s|$)/i, '~all') };
	if (walk.lookups > MOST_LOOKUPS) return { status: 'fail', message: `The SPF record needs ${walk.lookups} DNS lookups; receivers stop at ${MOST_LOOKUPS} and then take it as invalid`, fix: 'Take out includes of services that you no longer use, or give some of them a subdomain of their own to send from.' };
	if (walk.broken.length > 0) return { status: 'fail', message: `The SPF record includes ${walk.broken.join(', ')}, which has none; receivers then take the whole record as invalid`, fix: 'Take that include out, or correct its name.' };
	const lacking = service !== undefined && service.spf.length > 0 && !service.spf.some((name) => walk.included.has(name));
	if (lacking && service.ownReturnPath === false) {
		return { status: 'fail', message: `The SPF record does not allow ${service.name} to send for this domain`, fix: `Put include:${service.spf[0]} into it.`, record: replaced(domain, record, /(?=\s[-~?+]?all(?:\s|$)|$)/i, ` include:${service.spf[0]}`) };
	}
	if (walk.unanswered !== null) return { status: 'warn', message: `The SPF record could not be followed to its end: ${walk.unanswered}`, fix: 'Try again later, or ask another DNS server.' };
	if (all === undefined && !/\sredirect=/i.test(record)) return { status: 'warn', message: 'The SPF record does not say what to do with everybody else (no "all" at its end)', fix: 'End it with ~all.', record: replaced(domain, record, /\s*$/, ' ~all') };
	if (all === '?') return { status: 'warn', message: 'The SPF record says nothing about everybody else (?all)', fix: 'End it with ~all.', record: replaced(domain, record, /\?all/i, '~all') };
	if (walk.voids > MOST_VOID) return { status: 'warn', message: `${walk.voids} names in the SPF record do not exist; some receivers stop at ${MOST_VOID}`, fix: 'Take out names that no longer exist.' };
	if (walk.usesPtr) return { status: 'warn', message: 'The SPF record uses ptr, which is slow and ignored by many', fix: 'Replace ptr by the addresses or includes of what sends.' };
	const lookups = `${walk.lookups} of ${MOST_LOOKUPS} lookups used`;
	return { status: 'pass', message: lacking ? `SPF is in order (${lookups}); ${service?.name ?? ''} sends with a return path of its own and needs no include here` : `SPF is in order (${lookups})`, fix: null };
}

function replaced(name: string, record: string, what: RegExp, by: string): DomainFinding['record'] {
	return { type: 'TXT', name, value: record.replace(what, by) };
}

/** Counts and follows what receivers would look up. Stops soon after the limit: what lies behind does not matter any more. */
async function follow(record: string, dns: DnsResolver, walk: Walk, above: ReadonlySet<string>): Promise<void> {
	for (const term of record.trim().split(/\s+/).slice(1)) {
		if (walk.lookups > MOST_LOOKUPS * 2) return;
		const [, mechanism = '', target = ''] = /^[-~?+]?(include|a|mx|ptr|exists|redirect)(?=$|[:=/])(?:[:=]([^/]*))?/i.exec(term) ?? [];
		if (mechanism === '') continue;
		walk.lookups += 1;
		const kind = mechanism.toLowerCase();
		if (kind === 'ptr') walk.usesPtr = true;
		// A macro is filled in by each mail.
		if (target.includes('%')) continue;
		if (kind === 'include' || kind === 'redirect') await into(target.toLowerCase().replace(/\.$/, ''), dns, walk, above);
		else if ((kind === 'a' || kind === 'mx') && target !== '') count(await (kind === 'a' ? dns.addresses(target) : dns.mx(target)), walk);
	}
}

async function into(name: string, dns: DnsResolver, walk: Walk, above: ReadonlySet<string>): Promise<void> {
	walk.included.add(name);
	// One that includes itself is invalid, as one without a record.
	if (above.has(name)) return void walk.broken.push(name);
	const answer = await dns.txt(name);
	count(answer, walk);
	if (answer.kind === 'unanswered') return;
	const records = answer.kind === 'found' ? answer.values.filter(isSpf) : [];
	if (records.length !== 1) return void walk.broken.push(name);
	await follow(records[0] ?? '', dns, walk, new Set([...above, name]));
}

function count(answer: { kind: string; why?: string }, walk: Walk): void {
	if (answer.kind === 'none') walk.voids += 1;
	if (answer.kind === 'unanswered') walk.unanswered ??= answer.why ?? 'no answer';
}
