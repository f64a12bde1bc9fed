import { BlockList, isIP } from 'node:net';

/** Addresses of this machine, of private and carriers' networks (RFC 1122, 1918, 3927, 6598, 4193, 4291): a proxy's, or anybody's in that network. */
const NOBODYS = new BlockList();
for (const [network, bits] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.168.0.0', 16]] as const) NOBODYS.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [['::', 127], ['fc00::', 7], ['fe80::', 10]] as const) NOBODYS.addSubnet(network, bits, 'ipv6');

/**
 * Who called the own listener: the other end of the connection, or behind so many trusted proxies the entry of X-Forwarded-For that
 * the outermost of them wrote. What stands before that entry the caller may have made up. null: the header has fewer entries.
 */
export function callerOf(peer: string | undefined, forwardedFor: string | undefined, trustedProxies: number): string | null {
	if (trustedProxies === 0) return peer ?? null;
	const entries = (forwardedFor ?? '').split(',');
	return entries[entries.length - trustedProxies]?.trim() ?? null;
}

/** An address as it may be kept as evidence: without port or brackets, IPv4 in its own spelling. null: it is none, or says nothing about who called. */
export function evidentAddress(given: string | null | undefined): string | null {
	const bare = (given ?? '').replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^::ffff:(?=\d+\.)/i, '').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
	const version = isIP(bare);
	if (version === 0 || bare.includes('%')) return null;
	return NOBODYS.check(bare, version === 4 ? 'ipv4' : 'ipv6') ? null : bare;
}
