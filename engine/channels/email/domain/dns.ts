import { Resolver } from 'node:dns/promises';

import { EngineError } from '../../../kernel';
import type { DnsAnswer, DnsResolver } from './types';

const DEFAULT_TIMEOUT_MS = 5_000;
const TRIES = 2;
/** c-ares' codes for NXDOMAIN and for a name without a record of the type. */
const NOTHING_THERE = new Set(['ENOTFOUND', 'ENODATA']);
const TOO_LATE = new Set(['ETIMEOUT', 'ECANCELLED']);

/** Throws BAD_INPUT for a server that is no IP address. */
export function dnsResolver({ servers, timeoutMs = DEFAULT_TIMEOUT_MS }: { servers?: readonly string[]; timeoutMs?: number } = {}): DnsResolver {
	const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES });
	if (servers !== undefined && servers.length > 0) {
		try {
			resolver.setServers([...servers]);
		} catch {
			throw new EngineError('BAD_INPUT', 'A DNS server must be given as an IP address, such as 1.1.1.1.');
		}
	}
	return {
		txt: (name) => answered(async () => (await resolver.resolveTxt(name)).map((parts) => parts.join(''))),
		mx: (name) => answered(() => resolver.resolveMx(name)),
		addresses: async (name) => {
			const four = await answered(() => resolver.resolve4(name));
			return four.kind === 'found' ? four : better(four, await answered(() => resolver.resolve6(name)));
		},
	};
}

function better(first: DnsAnswer<string>, second: DnsAnswer<string>): DnsAnswer<string> {
	return second.kind === 'none' ? first : second;
}

async function answered<Value>(ask: () => Promise<Value[]>): Promise<DnsAnswer<Value>> {
	try {
		const values = await ask();
		return values.length === 0 ? { kind: 'none' } : { kind: 'found', values };
	} catch (error) {
		const code = String((error as { code?: unknown }).code ?? '');
		if (NOTHING_THERE.has(code)) return { kind: 'none' };
		return { kind: 'unanswered', why: TOO_LATE.has(code) ? 'no answer in time' : `the DNS server failed (${code === '' ? 'unknown error' : code})` };
	}
}
