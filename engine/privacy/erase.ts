import { sql } from 'kysely';

import { lockProfiles, storedObject, type PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';
import { auditIn } from './audit';
import type { ErasureReport, ExecutionsLeft } from './types';

export interface EraseParts {
	keepers: readonly PersonKeeper[];
	/** What is left of an address: a salted hash, for each channel it may be written to by. */
	suppressErased(tx: Tx, entries: ReadonlyArray<{ channel: string; address: string }>): Promise<void>;
}

/** Channels that write to what an identity or an attribute of this kind says. */
const CHANNELS: Readonly<Record<string, readonly string[]>> = { email: ['email'], phone: ['sms', 'whatsapp'] };

/**
 * Erases one person within the caller's transaction: profile locked first, then whatever each keeper locks (PROTOCOL 3, 20). A step that
 * is running for them finds its token gone (rule 7); a message that is being attempted leaves, and its end is recorded nowhere.
 */
export async function eraseIn(tx: Tx, profile: number, parts: EraseParts, source: string): Promise<ErasureReport> {
	await lockProfiles(tx, [profile]);
	const row = await tx.first(sql<{ attributes: unknown }>`select attributes from profile where id = ${profile}`);
	if (row === undefined) return { erased: false, profile: null, addressesKept: 0, executions: [] };
	const addresses = await addressesOf(tx, profile, storedObject(row.attributes));
	const executions = await executionsOf(tx, profile);
	for (const keeper of parts.keepers) await keeper.erase(tx, profile);
	await parts.suppressErased(tx, addresses);
	await auditIn(tx, { action: 'person.erase', who: source, detail: { erased: profile, addresses: addresses.length, workflows: executions.map(({ workflow }) => workflow) } });
	return { erased: true, profile, addressesKept: addresses.length, executions };
}

async function addressesOf(reader: Reader, profile: number, attributes: Record<string, unknown>): Promise<Array<{ channel: string; address: string }>> {
	const identities = await reader.all(sql<{ kind: string; value: string }>`select kind, value from identity where profile = ${profile} and kind in ('email', 'phone')`);
	const given = Object.keys(CHANNELS).flatMap((kind) => (typeof attributes[kind] === 'string' ? [{ kind, value: attributes[kind] }] : []));
	const found = new Map<string, { channel: string; address: string }>();
	for (const { kind, value } of [...identities, ...given]) {
		const address = kind === 'email' ? value.trim().toLowerCase() : value.trim();
		if (address !== '') for (const channel of CHANNELS[kind] ?? []) found.set(`${channel} ${address}`, { channel, address });
	}
	return [...found.values()];
}

/**
 * Which executions of n8n may hold items of the person. The engine knows no execution ids: it knows which workflows the person was in,
 * and which single messages they were sent, and when. One range a workflow.
 */
async function executionsOf(reader: Reader, profile: number): Promise<ExecutionsLeft[]> {
	const rows = await reader.all(
		sql<{ workflow: string; from_at: number; until_at: number }>`select workflow, min(from_at) as from_at, max(until_at) as until_at from (
			select workflow, entered_at as from_at, coalesce(ended_at, cast(${reader.nowMs} as ${sql.raw(reader.dialect.types.int)})) as until_at from enrollment where profile = ${profile}
			union all
			select workflow, reserved_at as from_at, coalesce(ended_at, attempted_at, reserved_at) as until_at from message where profile = ${profile}
		) as time where workflow <> '' group by workflow order by workflow`,
	);
	return rows.map((row) => ({ workflow: row.workflow, from: new Date(row.from_at).toISOString(), until: new Date(row.until_at).toISOString() }));
}
