import type { Identity } from '../events/types';
import type { Reader } from '../store';
import { ADDRESSED_BY } from './addresses';
import { suppressedOf } from './suppression';

/** Which of a person's own addresses are never written to, by channel, and why. The list knows addresses, not people. */
export async function suppressedAddresses(reader: Reader, identities: readonly Identity[]): Promise<Array<{ channel: string; address: string; reason: string }>> {
	const found: Array<{ channel: string; address: string; reason: string }> = [];
	for (const [channel, kind] of ADDRESSED_BY) {
		const reasons = await suppressedOf(reader, channel, identities.filter((one) => one.kind === kind).map((one) => one.value));
		for (const [address, reason] of reasons) found.push({ channel, address, reason });
	}
	return found;
}
