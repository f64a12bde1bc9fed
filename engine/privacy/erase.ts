import { sql } from 'kysely';

import { ADDRESSED_BY } from '../consent';
import type { Identity } from '../events/types';
import { currentProfiles, lockProfiles, normaliseIdentity, storedObject, type IdentityOptions, type PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';
import { auditIn } from './audit';
import { executionsLeft } from './executions-left';
import type { CallingExecution, ErasureReport, FileLeft } from './types';

export interface EraseParts {
	keepers: readonly PersonKeeper[];
	/** What is left of an address: a salted hash, for each channel it may be written to by. */
	suppressErased(tx: Tx, entries: ReadonlyArray<{ channel: string; address: string }>): Promise<void>;
	identityOptions: IdentityOptions;
	/** How far back executions are noted. */
	executionDays: number;
	/** The one that asks. */
	execution?: CallingExecution;
}

export const NOBODY_FOUND: ErasureReport = { erased: false, profile: null, addressesKept: 0, executions: [], imports: [] };

/**
 * Erases one person within the caller's transaction: profile locked first, then whatever each keeper locks (PROTOCOL 3, 20). A step that
 * is running for them finds its token gone (rule 7); a message that is being attempted leaves, and its end is recorded without a word on whom.
 */
export async function eraseIn(tx: Tx, found: number, parts: EraseParts, source: string): Promise<ErasureReport> {
	await lockProfiles(tx, [found]);
	// Again, under the lock: who became one with somebody else meanwhile is to be forgotten there.
	const profile = (await currentProfiles(tx, [found])).get(found);
	const row = profile === undefined ? undefined : await tx.first(sql<{ attributes: unknown }>`select attributes from profile where id = ${profile}`);
	if (profile === undefined || row === undefined) return NOBODY_FOUND;
	const addresses = await addressesOf(tx, profile, storedObject(row.attributes), parts.identityOptions);
	const executions = await executionsLeft(tx, profile, parts.executionDays, parts.execution);
	const imports = await importsOf(tx, profile);
	for (const keeper of parts.keepers) await keeper.eraseAll(tx, [profile]);
	await parts.suppressErased(tx, addresses);
	await auditIn(tx, { action: 'person.erase', who: source, detail: { erased: profile, addresses: addresses.length, workflows: executions.map(({ workflow }) => workflow) } });
	return { erased: true, profile, addressesKept: addresses.length, executions, imports };
}

/** What they were written to at, and what they gave as theirs; not what belongs to somebody else, who would get nothing any more. */
async function addressesOf(reader: Reader, profile: number, attributes: Record<string, unknown>, options: IdentityOptions): Promise<Array<{ channel: string; address: string }>> {
	const kinds = [...new Set(ADDRESSED_BY.map(([, kind]) => kind))];
	const own = await reader.all(sql<Identity>`select kind, value from identity where profile = ${profile} and ${reader.dialect.anyOf(sql.ref('kind'), kinds)}`);
	const said = kinds.flatMap((kind): Identity[] => {
		const found = normaliseIdentity(kind, attributes[kind], options);
		return found.ok ? [found.identity] : [];
	});
	const foreign = await reader.all(sql<Identity>`select i.kind, i.value from ${reader.dialect.rows(said, { kind: 'text', value: 'text' }, 'r')} cross join identity i
		where i.kind = r.kind and i.value = r.value and i.profile <> ${profile}`);
	const theirs = said.filter(({ kind, value }) => !foreign.some((one) => one.kind === kind && one.value === value));
	const found = new Map<string, { channel: string; address: string }>();
	for (const { kind, value } of [...own, ...theirs]) {
		for (const [channel, by] of ADDRESSED_BY) if (by === kind) found.set(`${channel} ${value}`, { channel, address: value });
	}
	return [...found.values()];
}

async function importsOf(reader: Reader, profile: number): Promise<FileLeft[]> {
	const rows = await reader.all(sql<{ id: string; source: string; started_at: number }>`select i.id, i.source, i.started_at from import i
		where i.id in (select import from import_person where profile = ${profile} union select import from import_event where profile = ${profile}) order by i.started_at, i.id`);
	return rows.map((row) => ({ import: row.id, source: row.source, at: new Date(row.started_at).toISOString() }));
}
