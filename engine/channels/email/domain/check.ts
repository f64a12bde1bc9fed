import { domainToASCII } from 'node:url';

import { EngineError } from '../../../kernel';
import { checkDkim } from './dkim';
import { checkDmarc } from './dmarc';
import { dnsResolver } from './dns';
import { checkMx } from './mx';
import { sendingService } from './services';
import { checkSpf } from './spf';
import type { DnsResolver, DomainCheckRequest, DomainFinding, DomainReport, DomainStatus } from './types';

const WORST_FIRST: readonly DomainStatus[] = ['fail', 'warn', 'pass'];

/**
 * What receivers find in DNS about a sender's domain: MX, SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489). Asks DNS and nobody else;
 * what is not answered is a warning, never a pass. Throws BAD_INPUT for what is no domain or no DNS server.
 */
export async function checkSenderDomain(request: DomainCheckRequest, dns: DnsResolver = resolverOf(request)): Promise<DomainReport> {
	const domain = domainOf(request.sender);
	const service = sendingService(request.service);
	const selectors = (request.selectors ?? []).map((one) => one.trim().replace(/\._domainkey.*$/i, '')).filter((one) => one !== '');
	if (selectors.some((one) => !/^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/i.test(one))) throw new EngineError('BAD_INPUT', 'A DKIM selector is the part before ._domainkey of its DNS name, such as google or s1.');
	const [mx, spf, dkim, dmarc] = await Promise.all([checkMx(domain, dns), checkSpf(domain, service, dns), checkDkim(domain, selectors, service, dns), checkDmarc(domain, dns)]);
	const findings = [mx, spf, ...dkim, dmarc];
	return { domain, status: worst(findings), findings };
}

function resolverOf({ dnsServers, timeoutMs }: DomainCheckRequest): DnsResolver {
	return dnsResolver({ ...(dnsServers === undefined ? {} : { servers: dnsServers }), ...(timeoutMs === undefined ? {} : { timeoutMs }) });
}

function worst(findings: readonly DomainFinding[]): DomainStatus {
	return WORST_FIRST.find((status) => findings.some((finding) => finding.status === status)) ?? 'pass';
}

function domainOf(sender: string): string {
	const given = sender.trim().toLowerCase().replace(/^.*@/, '').replace(/[>.\s]+$/, '');
	const domain = domainToASCII(given);
	if (/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/.test(domain) && domain.length <= 253 && !/^[\d.]+$/.test(domain)) return domain;
	throw new EngineError('BAD_INPUT', 'Enter the domain that mails come from, such as example.com, or an address at it.');
}
