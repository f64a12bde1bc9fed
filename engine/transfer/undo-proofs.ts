import { sql } from 'kysely';

import type { Tx } from '../store';
import { NO_PROOF, storedProof, type Proof } from './proof';
import type { ConsentNote } from './undo-consents';

interface Proved extends ConsentNote {
	/** 1: as it stands, by imports alone. */
	unchanged: number;
	given_at: number | null;
	given_source: string | null;
	text_version: string | null;
	ip: string | null;
	since: number | null;
}

/**
 * Takes back the proof that an import had added to states which stood without any; the states are not its own and stay. Where another import proves the same, the
 * proof is that one's from now on, and what a later import found beside the state it changed becomes what was there before.
 */
export async function revertProofs(tx: Tx, importId: string, ids: readonly number[], others: ReadonlyMap<string, ConsentNote[]>, keyOf: (note: ConsentNote) => string): Promise<void> {
	const rows = await tx.all(
		sql<Proved>`select n.import, n.profile, n.channel, n.topic, n.before, n.before_source, n.before_by_import, n.state, n.changed_at, n.proof, n.before_proof, i.source,
			case when c.state = n.state and c.by_import = 1 then 1 else 0 end as unchanged, c.given_at, c.given_source, c.text_version, c.ip, c.changed_at as since
			from import_consent n join import i on i.id = n.import left join consent c on c.profile = n.profile and c.channel = n.channel and c.topic = n.topic
			where n.import = ${importId} and n.proved = 1 and n.state = n.before and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)}`,
	);
	if (rows.length === 0) return;
	const back: Array<Pick<Proved, 'profile' | 'channel' | 'topic' | 'given_at' | 'given_source' | 'text_version' | 'ip'>> = [];
	const told: Array<{ import: string; profile: number; channel: string; topic: string; before_proof: Proof; proved: number }> = [];
	for (const row of rows) {
		const [before, mine] = [storedProof(row.before_proof) ?? NO_PROOF, storedProof(row.proof) ?? NO_PROOF];
		const { profile, channel, topic } = row;
		const alike = (others.get(keyOf(row)) ?? []).filter((other) => sameSaying(storedProof(other.proof), mine) && other.state === row.state);
		const [heir] = alike;
		// What they found was the proof that this import had brought.
		for (const other of others.get(keyOf(row)) ?? []) {
			const isHeir = other === heir;
			const found = other.before === row.state && sameSaying(storedProof(other.before_proof), mine);
			if (isHeir || (found && heir === undefined)) told.push({ import: other.import, profile, channel, topic, before_proof: before, proved: isHeir ? 1 : 0 });
		}
		if (heir !== undefined || row.unchanged === 0) continue;
		// What stood there before had no time of its own: it was noted as the one at which it came.
		const at = before.givenAtMs === row.since ? null : before.givenAtMs;
		back.push({ profile, channel, topic, given_at: at, given_source: before.givenSource, text_version: before.textVersion, ip: before.ip });
	}
	const key = { profile: 'integer', channel: 'text', topic: 'text' } as const;
	if (back.length > 0) {
		await tx.run(sql`update consent set given_at = r.given_at, given_source = r.given_source, text_version = r.text_version, ip = r.ip
			from ${tx.dialect.rows(back, { ...key, given_at: 'integer', given_source: 'text', text_version: 'text', ip: 'text' }, 'r')} where consent.profile = r.profile and consent.channel = r.channel and consent.topic = r.topic`);
	}
	if (told.length > 0) {
		await tx.run(sql`update import_consent set before_proof = r.before_proof, proved = case when r.proved = 1 then 1 else import_consent.proved end
			from ${tx.dialect.rows(told, { import: 'text', ...key, before_proof: 'json', proved: 'integer' }, 'r')}
			where import_consent.import = r.import and import_consent.profile = r.profile and import_consent.channel = r.channel and import_consent.topic = r.topic`);
	}
}

/** Whether both tell of one act; IP addresses may not have been stored. */
function sameSaying(one: Proof | null, other: Proof): boolean {
	return one !== null && one.givenAtMs === other.givenAtMs && one.givenSource === other.givenSource && one.textVersion === other.textVersion;
}
