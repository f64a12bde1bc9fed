import { sql } from 'kysely';

import type { Consent } from '../consent';
import type { ConsentState } from '../consent/types';
import type { Tx } from '../store';
import { STRICTNESS } from './batch-consents';
import { NO_PROOF, storedProof, type Proof } from './proof';
import { revertProofs } from './undo-proofs';

/** As import_consent holds it. */
export interface ConsentNote {
	import: string;
	profile: number;
	channel: string;
	topic: string;
	before: string;
	before_source: string;
	/** 1: only imports had said so. */
	before_by_import: number | null;
	state: ConsentState;
	changed_at: number;
	/** As the import noted it (Proof), and that of what was before; null: noted by an earlier version. */
	proof: unknown;
	before_proof: unknown;
	/** Of the import. */
	source: string;
}

const keyOf = ({ profile, channel, topic }: ConsentNote): string => JSON.stringify([profile, channel, topic]);
const rankOf = (state: string): number => STRICTNESS[state === '' ? 'none' : (state as ConsentState)];

/**
 * Gives people the states back that they had, unless something else has been said since. Where a later import says so too, its state
 * stays (the strictest of them, and of what was before), and what was before is handed over to it, for the day it is undone.
 */
export async function revertConsents(tx: Tx, consent: Pick<Consent, 'setIn'>, importId: string, ids: readonly number[]): Promise<{ reverted: number; kept: number }> {
	const rows = await tx.all(
		sql<ConsentNote & { unchanged: number }>`select n.import, n.profile, n.channel, n.topic, n.before, n.before_source, n.before_by_import, n.state, n.changed_at, n.proof, n.before_proof, i.source,
			case when c.state = n.state and c.changed_at = n.changed_at and c.by_import = 1 then 1 else 0 end as unchanged
			from import_consent n join import i on i.id = n.import left join consent c on c.profile = n.profile and c.channel = n.channel and c.topic = n.topic
			where n.import = ${importId} and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)}`,
	);
	// What the import only said too is nothing to take back.
	const changed = rows.filter(({ state, before }) => rankOf(state) > rankOf(before));
	if (rows.length === 0) return { reverted: 0, kept: 0 };
	const later = await laterNotes(tx, importId, ids);
	await revertProofs(tx, importId, ids, later, keyOf);
	if (changed.length === 0) return { reverted: 0, kept: 0 };
	const handed: Heir[] = [];
	const back = changed.flatMap((row) => {
		// Of two at the same moment, one that left what this one found was first.
		const others = (later.get(keyOf(row)) ?? []).filter((other) => other.changed_at > row.changed_at || (other.changed_at === row.changed_at && other.state !== row.before));
		handed.push(...(row.unchanged === 1 ? others.map((other) => heirOf(other, row, 1)) : findersOf(row, others)));
		if (row.unchanged === 0) return [];
		const strictest = others.reduce<ConsentNote | undefined>((most, other) => (rankOf(other.state) > rankOf(most?.state ?? row.before) ? other : most), undefined);
		return [{ row, strictest }];
	});
	const states = back.map(({ row: { profile, channel, topic, before, before_source: source, before_by_import: only, before_proof: proof }, strictest }) => (strictest === undefined
		? { profile, channel, topic, state: before === '' ? 'none' as const : (before as ConsentState), source: source === '' ? 'undo' : source, byImport: only === 1, ...(before === '' ? NO_PROOF : storedProof(proof)) }
		: { profile, channel, topic, state: strictest.state, source: strictest.source, byImport: true, ...storedProof(strictest.proof) }));
	for (const byImport of [false, true]) await consent.setIn(tx, states.filter((one) => one.byImport === byImport).map(({ byImport: _by, ...state }) => state), { historical: true, byImport, exact: true });
	await handOver(tx, handed);
	await giveBack(tx, importId, back.flatMap(({ row, strictest }) => (strictest === undefined && row.before_by_import === 1 ? [row] : [])));
	const reverted = back.filter(({ row, strictest }) => strictest?.state !== row.state).length;
	return { reverted, kept: changed.length - reverted };
}

type Before = Pick<ConsentNote, 'before' | 'before_source' | 'before_by_import' | 'before_proof'>;

function heirOf({ import: id, profile, channel, topic }: ConsentNote, { before, before_source, before_by_import, before_proof }: Before, stands: number): Heir {
	return { import: id, profile, channel, topic, before, before_source, before_by_import, before_proof: storedProof(before_proof) ?? undefined, stands };
}

/**
 * Another state stands by now. Whoever found this import's state finds what was before it; but where one of them says it too, it is that
 * one's from now on, and that is what the others found.
 */
function findersOf(row: ConsentNote, others: readonly ConsentNote[]): Heir[] {
	const found = others.filter((other) => other.before === row.state && other.before_source === row.source);
	const says = found.filter((other) => rankOf(other.state) <= rankOf(other.before) && rankOf(other.state) > rankOf(row.before));
	const heir = says.reduce<ConsentNote | undefined>((most, other) => (most === undefined || rankOf(other.state) > rankOf(most.state) ? other : most), undefined);
	return found.map((other) => heirOf(other, heir === undefined || other === heir ? row : { before: heir.state, before_source: heir.source, before_by_import: 1, before_proof: saidBy(heir) }, 0));
}

/** The proof of a state that an import said: given when it says so, at the latest when it came. */
function saidBy({ proof, changed_at: at }: ConsentNote): Proof {
	const said = storedProof(proof) ?? NO_PROOF;
	return { ...said, givenAtMs: said.givenAtMs ?? at };
}

async function laterNotes(tx: Tx, importId: string, ids: readonly number[]): Promise<Map<string, ConsentNote[]>> {
	const rows = await tx.all(
		sql<ConsentNote>`select n.import, n.profile, n.channel, n.topic, n.before, n.before_source, n.before_by_import, n.state, n.changed_at, n.proof, n.before_proof, i.source from import_consent n join import i on i.id = n.import
			where n.import <> ${importId} and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)} order by n.changed_at, n.import`,
	);
	const found = new Map<string, ConsentNote[]>();
	for (const row of rows) found.set(keyOf(row), [...(found.get(keyOf(row)) ?? []), row]);
	return found;
}

interface Heir extends Pick<ConsentNote, 'import' | 'profile' | 'channel' | 'topic' | 'before' | 'before_source' | 'before_by_import'> {
	/** Not null: see HistoryRow.seen. */
	before_proof: Proof | undefined;
	/** 1: the state as it stands is theirs from now on, and so is its time. */
	stands: number;
}

async function handOver(tx: Tx, heirs: readonly Heir[]): Promise<void> {
	if (heirs.length === 0) return;
	const shape = { import: 'text', profile: 'integer', channel: 'text', topic: 'text', before: 'text', before_source: 'text', before_by_import: 'integer', before_proof: 'json', stands: 'integer' } as const;
	await tx.run(sql`update import_consent set before = r.before, before_source = r.before_source, before_by_import = r.before_by_import, before_proof = r.before_proof,
			changed_at = case when r.stands = 1 then coalesce((select c.changed_at from consent c where c.profile = r.profile and c.channel = r.channel and c.topic = r.topic), import_consent.changed_at) else import_consent.changed_at end
		from ${tx.dialect.rows(heirs, shape, 'r')}
		where import_consent.import = r.import and import_consent.profile = r.profile and import_consent.channel = r.channel and import_consent.topic = r.topic`);
}

/** What stands again is an earlier import's word: undoing that one, too, takes it back. */
async function giveBack(tx: Tx, importId: string, rows: readonly ConsentNote[]): Promise<void> {
	if (rows.length === 0) return;
	const given = tx.dialect.rows(rows.map(({ profile, channel, topic, before, changed_at: until }) => ({ profile, channel, topic, before, until })), { profile: 'integer', channel: 'text', topic: 'text', before: 'text', until: 'integer' }, 'r');
	await tx.run(sql`update import_consent set changed_at = ${tx.nowMs} from ${given} where import_consent.profile = r.profile and import_consent.channel = r.channel and import_consent.topic = r.topic
		and import_consent.import <> ${importId} and import_consent.state = r.before and import_consent.changed_at <= r.until`);
}

interface Suppressed {
	channel: string;
	address: string;
	made: number;
	source: string;
	current: string;
	created_at: number;
	confirmed_at: number | null;
}

/** Lifts the addresses that this import put on the list and nobody else wants there; another import that does takes the note over. */
export async function removeSuppressions(tx: Tx, importId: string, ids: readonly number[]): Promise<{ removed: number; kept: number }> {
	const rows = await tx.all(
		sql<Suppressed>`select distinct n.channel, n.address, n.made, i.source, s.source as current, s.created_at, s.confirmed_at from import_suppression n join import i on i.id = n.import
			join suppression s on s.channel = n.channel and s.address = n.address where n.import = ${importId} and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)}`,
	);
	const mine = rows.filter(({ made, source, current }) => made === 1 || source === current);
	if (mine.length === 0) return { removed: 0, kept: 0 };
	const pairs = tx.dialect.rows(mine.map(({ channel, address }) => ({ channel, address })), { channel: 'text', address: 'text' }, 'r');
	const others = await tx.all(
		sql<{ import: string; channel: string; address: string; source: string; noted_at: number }>`select n.import, n.channel, n.address, i.source, n.noted_at from ${pairs} cross join import_suppression n join import i on i.id = n.import
			where n.channel = r.channel and n.address = r.address and n.import <> ${importId} order by n.noted_at, n.import`,
	);
	const heirs = mine.flatMap((row) => {
		const other = others.find(({ channel, address, noted_at: at }) => channel === row.channel && address === row.address && at >= row.created_at);
		return other === undefined || row.confirmed_at !== null ? [] : [{ row, other }];
	});
	const inherited = new Set(heirs.map(({ row }) => row));
	const gone = mine.filter((row) => row.made === 1 && row.source === row.current && row.confirmed_at === null && !inherited.has(row));
	const shape = { channel: 'text', address: 'text', import: 'text', source: 'text' } as const;
	const told = heirs.filter(({ row }) => row.source === row.current).map(({ row: { channel, address }, other }) => ({ channel, address, import: other.import, source: other.source }));
	if (told.length > 0) await tx.run(sql`update suppression set source = r.source from ${tx.dialect.rows(told, shape, 'r')} where suppression.channel = r.channel and suppression.address = r.address`);
	const made = heirs.filter(({ row }) => row.made === 1).map(({ row: { channel, address }, other }) => ({ channel, address, import: other.import, source: other.source }));
	if (made.length > 0) {
		await tx.run(sql`update import_suppression set made = 1 from ${tx.dialect.rows(made, shape, 'r')} where import_suppression.channel = r.channel and import_suppression.address = r.address and import_suppression.import = r.import`);
	}
	if (gone.length > 0) {
		await tx.run(sql`delete from suppression where (channel, address) in (select r.channel, r.address from ${tx.dialect.rows(gone.map(({ channel, address }) => ({ channel, address })), { channel: 'text', address: 'text' }, 'r')})`);
	}
	return { removed: gone.length, kept: mine.filter((row) => row.made === 1).length - gone.length };
}
