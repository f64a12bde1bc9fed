import { sql } from 'kysely';

import { addressKindsOf, normaliseAddress, suppressIn, type ImportedReason } from '../consent';
import type { Identity } from '../events/types';
import type { Batch, Placed } from './batch';
import { noteSuppressions } from './journal';

interface Wanted {
	profile: number;
	channel: string;
	address: string;
	reason: ImportedReason;
	source: string;
}

/** Puts the addresses on the list that the rows name; where a row names none, all that its person has on the channel. */
export async function placeSuppressions(batch: Batch, placed: readonly Placed[]): Promise<void> {
	const { tx, seen, counts } = batch;
	const options = await batch.parts.identityOptions(tx);
	const known = await addressesOf(batch, placed);
	const rows: Wanted[] = [];
	for (const { record, profile, identities } of placed) {
		for (const { channel, address, reason } of record.suppressions) {
			const addresses = address === undefined ? namedOf(channel, identities, known.get(profile) ?? []) : [address];
			if (addresses.length === 0) batch.reject(record.line, 'The row names no address to suppress on this channel, and none is known of its person. The person of the row is stored, the suppression is not.');
			for (const one of addresses) {
				const normal = normaliseAddress(channel, one, options);
				if ('reason' in normal) batch.reject(record.line, `${normal.reason} The person of the row is stored, the suppression is not.`);
				else rows.push({ profile, channel, address: normal.address, reason, source: batch.source });
			}
		}
	}
	if (rows.length === 0) return;
	const wanted = new Map(rows.map((row) => [keyOf(row), row]));
	const there = await tx.all(
		sql<{ channel: string; address: string }>`select s.channel, s.address from ${tx.dialect.rows([...wanted.values()].map(({ channel, address }) => ({ channel, address })), { channel: 'text', address: 'text' }, 'r')}
			cross join suppression s where s.channel = r.channel and s.address = r.address`,
	);
	const old = new Set(there.map(keyOf));
	let fresh = [...wanted.keys()].filter((key) => !old.has(key));
	// All rows, not one an address: of several the gravest reason counts.
	await suppressIn(tx, rows.map(({ channel, address, reason, source }) => ({ channel, address, reason, source })), { byImport: true });
	if (seen !== null) {
		await seen.load(tx, fresh.map((key) => `s ${key}`));
		fresh = fresh.filter((key) => !seen.has(`s ${key}`));
		for (const key of fresh) seen.add(`s ${key}`);
	}
	counts.suppressed += fresh.length;
	await noteSuppressions(tx, batch.importId, [...wanted].map(([key, { profile, channel, address }]) => ({ profile, channel, address, made: old.has(key) ? 0 : 1 })));
}

function keyOf({ channel, address }: { channel: string; address: string }): string {
	return JSON.stringify([channel, address]);
}

function namedOf(channel: string, given: readonly Identity[], known: readonly Identity[]): string[] {
	const kinds = addressKindsOf(channel);
	const named = given.filter(({ kind }) => kinds.includes(kind));
	return (named.length > 0 ? named : known.filter(({ kind }) => kinds.includes(kind))).map(({ value }) => value);
}

/** What is known of people whose row names no address on a channel that it forbids. */
async function addressesOf({ tx }: Batch, placed: readonly Placed[]): Promise<Map<number, Identity[]>> {
	const unnamed = placed.filter(({ record, identities }) => record.suppressions.some(({ channel, address }) => address === undefined && namedOf(channel, identities, []).length === 0));
	const found = new Map<number, Identity[]>();
	if (unnamed.length === 0) return found;
	const rows = await tx.all(sql<Identity & { profile: number }>`select profile, kind, value from identity where ${tx.dialect.anyOf(sql.ref('profile'), unnamed.map(({ profile }) => profile))}`);
	for (const { profile, kind, value } of rows) found.set(profile, [...(found.get(profile) ?? []), { kind, value }]);
	return found;
}
