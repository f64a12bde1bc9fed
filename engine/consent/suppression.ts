import { createHmac } from 'node:crypto';
import { sql } from 'kysely';

import { normalisePostal, systemRandom } from '../kernel';
import { normaliseIdentity, type IdentityOptions } from '../profiles';
import { claimSetting, readSetting } from '../settings';
import type { Reader, Tx } from '../store';
import type { SuppressionEntry, SuppressionReason } from './types';

const SALT = 'suppression-salt';
const SALT_BYTES = 32;
/** In UTF-8: an entry of PostgreSQL's index has 2,704 at most (https://www.postgresql.org/docs/current/btree.html), the channel's name among them. */
const LONGEST_ADDRESS_BYTES = 2_600;

/** An address as it is stored and compared: email lower-cased, phone numbers E.164, tokens trimmed; or why it can be none. */
export function normaliseAddress(channel: string, address: unknown, options: IdentityOptions = {}): { address: string } | { reason: string } {
	const isNumber = channel === 'chat' && typeof address === 'string' && address.trim().startsWith('+');
	if (channel === 'email' || channel === 'sms' || channel === 'whatsapp' || isNumber) {
		const found = normaliseIdentity(channel === 'email' ? 'email' : 'phone', address, options);
		return found.ok ? { address: found.identity.value } : { reason: found.reason };
	}
	const given = typeof address === 'string' || typeof address === 'number' ? String(address).trim() : '';
	const text = channel === 'directmail' ? normalisePostal(given) : given;
	if (text === '') return { reason: 'The address is empty.' };
	// Push tokens and web push endpoints are long; what is longer than this is none of either.
	if (Buffer.byteLength(text) > LONGEST_ADDRESS_BYTES || /[\0\ud800-\udfff]/u.test(text)) return { reason: `The address is longer than ${LONGEST_ADDRESS_BYTES} bytes or holds characters that none has.` };
	return { address: text };
}

/** Without it, hashing every address there is would show who was erased. Made once, when the first person is erased. */
async function saltOf(reader: Reader): Promise<string | null> {
	return (await readSetting<{ salt: string }>(reader, SALT))?.salt ?? null;
}

async function claimedSalt(tx: Tx): Promise<string> {
	return (await claimSetting(tx, SALT, { salt: Buffer.from(systemRandom.bytes(SALT_BYTES)).toString('base64url') })).salt;
}

export function hashedAddress(salt: string, channel: string, address: string): string {
	return createHmac('sha256', salt).update(`${channel}\n${address}`).digest('base64url');
}

/**
 * Which of these addresses are never written to on this channel, and why; the list and what erased people left behind.
 * Addresses as the channel sends to them, normalised. At most three statements for any number.
 */
export async function suppressedOf(reader: Reader, channel: string, addresses: readonly string[]): Promise<Map<string, SuppressionReason>> {
	const asked = [...new Set(addresses)];
	if (asked.length === 0) return new Map();
	const rows = await reader.all(
		sql<{ address: string; reason: SuppressionReason }>`select address, reason from suppression where channel = ${channel} and ${reader.dialect.anyOf(sql`address`, asked)}`,
	);
	const found = new Map(rows.map((row) => [row.address, row.reason]));
	const salt = await saltOf(reader);
	if (salt === null) return found;
	const byHash = new Map(asked.map((address) => [hashedAddress(salt, channel, address), address]));
	const erased = await reader.all(
		sql<{ hash: string }>`select hash from suppression_erased where channel = ${channel} and ${reader.dialect.anyOf(sql`hash`, [...byHash.keys()])}`,
	);
	for (const { hash } of erased) {
		const address = byHash.get(hash);
		if (address !== undefined) found.set(address, 'erased');
	}
	return found;
}

export interface SuppressionRow extends SuppressionEntry {
	reason: Exclude<SuppressionReason, 'erased'>;
	source: string;
	/** Whose it is, where nothing else tells: on a channel that writes to no identity. */
	profile?: number | null;
}

/** A graver reason replaces a lesser one: those must not be lifted lightly. */
const GRAVITY: Readonly<Record<SuppressionRow['reason'], number>> = { manual: 0, 'hard-bounce': 1, complaint: 2 };

const gravity = (column: string) => sql`case ${sql.ref(column)} when 'manual' then 0 when 'hard-bounce' then 1 else 2 end`;

/**
 * Adds normalised addresses; answers with how many were new. One that is there keeps its reason unless the new one is graver, and
 * takes over the source of whoever else confirms what only an import has said: undoing the import then leaves it. Two statements.
 */
export async function suppressIn(tx: Tx, rows: readonly SuppressionRow[], { byImport = false }: { byImport?: boolean } = {}): Promise<number> {
	// One row an address: PostgreSQL refuses an upsert that would touch the same row twice. The graver reason counts.
	const byAddress = new Map<string, SuppressionRow>();
	for (const row of rows) {
		const key = `${row.channel}\n${row.address}`;
		const other = byAddress.get(key);
		if (other === undefined || GRAVITY[row.reason] > GRAVITY[other.reason]) byAddress.set(key, row);
	}
	if (byAddress.size === 0) return 0;
	const shape = { channel: 'text', address: 'text', reason: 'text', source: 'text', profile: 'integer' } as const;
	const given = tx.dialect.rows([...byAddress.values()].map((row) => ({ ...row, profile: row.profile ?? null })), shape, 'given');
	const now = sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
	const confirmedAt = byImport ? sql`null` : now;
	const added = await tx.run(sql`insert into suppression (channel, address, reason, source, profile, created_at, confirmed_at)
		select channel, address, reason, source, profile, ${now}, ${byImport ? sql`cast(null as ${sql.raw(tx.dialect.types.int)})` : now} from ${given} where true on conflict (channel, address) do nothing`);
	const graver = sql`${gravity('given.reason')} > ${gravity('suppression.reason')}`;
	const confirms = byImport ? sql`1 = 0` : sql`suppression.confirmed_at is null`;
	await tx.run(sql`update suppression set reason = case when ${graver} then given.reason else suppression.reason end, source = given.source, confirmed_at = coalesce(suppression.confirmed_at, ${confirmedAt}) from ${given}
		where suppression.channel = given.channel and suppression.address = given.address and ${tx.dialect.anyOf(sql`suppression.address`, [...byAddress.values()].map(({ address }) => address))} and (${graver} or ${confirms})`);
	return added;
}

/** What erasing a person leaves behind: salted hashes. The readable rows of these addresses go. */
export async function suppressErasedIn(tx: Tx, entries: readonly SuppressionEntry[]): Promise<void> {
	if (entries.length === 0) return;
	const salt = await claimedSalt(tx);
	const normal = entries.map(({ channel, address }) => {
		const found = normaliseAddress(channel, address);
		return { channel, address: 'address' in found ? found.address : address.trim() };
	});
	const hashes = [...new Map(normal.map(({ channel, address }) => [`${channel}\n${address}`, { channel, hash: hashedAddress(salt, channel, address) }])).values()];
	await tx.run(sql`insert into suppression_erased (channel, hash, created_at)
		select channel, hash, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from ${tx.dialect.rows(hashes, { channel: 'text', hash: 'text' }, 'given')} where true on conflict (channel, hash) do nothing`);
	await tx.run(deletion(tx, normal));
}

/** Lifts addresses, in readable form or as hashes; answers with how many there were. */
export async function unsuppressIn(tx: Tx, entries: readonly SuppressionEntry[]): Promise<number> {
	if (entries.length === 0) return 0;
	let removed = await tx.run(deletion(tx, entries));
	const salt = await saltOf(tx);
	if (salt !== null) {
		const hashes = entries.map(({ channel, address }) => ({ channel, hash: hashedAddress(salt, channel, address) }));
		removed += await tx.run(sql`delete from suppression_erased where (channel, hash) in (select gone.channel, gone.hash from ${tx.dialect.rows(hashes, { channel: 'text', hash: 'text' }, 'gone')})`);
	}
	return removed;
}

function deletion(tx: Tx, entries: readonly SuppressionEntry[]) {
	return sql`delete from suppression where (channel, address) in (select gone.channel, gone.address from ${tx.dialect.rows(entries, { channel: 'text', address: 'text' }, 'gone')})`;
}
