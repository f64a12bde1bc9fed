import { BlockList, isIP } from 'node:net';

/**
 * Networks that are not the internet's at large: this machine, private and carriers' networks, links, documentation, benchmarks, multicast, what is reserved; and IPv6 that leads to
 * IPv4, which would lead back to them (IANA's special-purpose registries, https://www.iana.org/assignments/iana-ipv4-special-registry).
 */
const SPECIAL = new BlockList();
for (const [network, bits] of [
	['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.168.0.0', 16],
	['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) SPECIAL.addSubnet(network, bits, 'ipv4');
/** Of IPv6 only what is given out as global unicast counts as public, without what is special in it. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
const SPECIAL_6 = new BlockList();
for (const [network, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) SPECIAL_6.addSubnet(network, bits, 'ipv6');

/** Whether an IP address may be called for somebody who only gave us a URL. */
export function isPublicAddress(address: string): boolean {
	const bare = address.replace(/^\[(.*)\]$/, '$1');
	const version = isIP(bare);
	if (version === 4) return !SPECIAL.check(bare, 'ipv4');
	return version === 6 && !bare.includes('%') && GLOBAL.check(bare, 'ipv6') && !SPECIAL_6.check(bare, 'ipv6');
}
