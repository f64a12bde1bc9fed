import { sql } from 'kysely';

import type { SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { currentProfiles } from './alias';
import { lockFound } from './lock';
import { goneGroups, leaveGone } from './remove-group';

/**
 * What an account's change, or its deletion, means for its members. Whoever changes one holds the locks of a few people at most, and an
 * account may have 100,000: so a row of `account_change` is written with the change, and the members are looked at afterwards, 500 a
 * transaction, each locked in id order; a look at those of a deleted account ends their membership. That is done at once by whoever made the change, and by tick() for what is left: of a
 * large account, or of a process that died.
 *
 * Nobody is missed and nobody moves twice. Who belonged to the account when it changed is found by a look that begins after
 * the commit; who joins (or is merged with a member) waits for the change and is looked at with it (lockGroups). A look goes by
 * what is true once the person is locked, so repeating it changes nothing.
 *
 * States of a row: waiting (looked_to 0), under way (looked_to: the last member that was looked at), gone. Rows are taken with
 * skip locked, and waited for by nobody.
 */
export interface GroupFollower {
	/** Members of these are to be looked at after the commit. */
	changed(tx: Tx, accounts: ReadonlySet<number>, historical: boolean): Promise<void>;
	/** After the commit of a change: does it at once, a bounded number of people. What fails, and what is left, is followDue's. */
	followSoon(): Promise<void>;
	/** Looks at members of changed accounts in at most so many transactions; answers with how many there were. Call it every second. */
	followDue(mostSlices: number): Promise<number>;
}

/** People a transaction. */
const SLICE = 500;
/** Rows a transaction: more than a slice of people needs. */
const ROWS = 500;
/** What the caller of a change waits for: 2,000 people. */
const SOON_SLICES = 4;

interface ChangeRow {
	id: number;
	account: number;
	looked_to: number;
	historical: number;
}

export function createGroupFollower({ store, segments }: { store: Store; segments: Pick<SegmentTracker, 'refresh'> }): GroupFollower {
	async function follow(mostSlices: number): Promise<number> {
		for (let done = 0; done < mostSlices; done += 1) {
			// Looked up by a reader first: asking every second must not take the writer's turn when nothing is due.
			const due = await store.read((reader) => reader.first(sql`select 1 as due from account_change limit 1`));
			if (due === undefined || !(await store.tx('group-follow', (tx) => followSlice(tx, segments)))) return done;
		}
		return mostSlices;
	}

	return {
		changed: async (tx, accounts, historical) => {
			if (accounts.size === 0) return;
			const int = sql.raw(tx.dialect.types.int);
			await tx.run(sql`insert into account_change (account, looked_to, historical, changed_at) select r.account, 0, ${sql.lit(historical ? 1 : 0)}, cast(${tx.nowMs} as ${int})
				from ${tx.dialect.rows([...accounts].map((account) => ({ account })), { account: 'integer' }, 'r')}`);
		},
		followSoon: async () => {
			// The change is stored: whoever made it must not hear that it failed.
			await follow(SOON_SLICES).catch(() => 0);
		},
		followDue: follow,
	};
}

/** One slice of people; false when there is nothing to do, or another process does it. */
async function followSlice(tx: Tx, segments: Pick<SegmentTracker, 'refresh'>): Promise<boolean> {
	const taken = await tx.all(sql<ChangeRow>`select id, account, looked_to, historical from account_change order by id limit ${sql.lit(ROWS)} ${tx.dialect.skipLocked}`);
	const [oldest] = taken;
	if (oldest === undefined) return false;
	const gone = await goneGroups(tx, taken.map(({ account }) => account));
	// How an account went decides for whatever of it was still to be looked at: the look takes its members out.
	const historicalOf = ({ account, historical }: ChangeRow) => gone.get(account) ?? historical;
	const rows = taken.filter((row) => historicalOf(row) === historicalOf(oldest));
	// An account that changes again while it is followed waits for the end of that round: its changes then go together.
	const from = new Map<number, number>();
	for (const { account, looked_to } of rows) from.set(account, Math.max(from.get(account) ?? 0, looked_to));
	// Rows of an account that is gone go as they are looked at. A merge may have moved one to a lower id, so none is passed over.
	const starts = [...from].map(([account, after], n) => ({ account, after: gone.has(account) ? 0 : after, n }));
	const found = await tx.all(sql<{ account: number; profile: number }>`select m.account, m.profile from ${tx.dialect.rows(starts, { account: 'integer', after: 'integer', n: 'integer' }, 'r')}
		join account_member m on m.account = r.account and m.profile > r.after order by r.n, m.profile limit ${sql.lit(SLICE + 1)}`);
	const slice = found.slice(0, SLICE);
	// The account at which the slice ends may have more members; those behind it were not reached.
	const cut = found.length > SLICE ? slice.at(-1) : undefined;
	const cutAt = cut === undefined ? starts.length : starts.findIndex(({ account }) => account === cut.account);
	const whole = new Set(starts.slice(0, cutAt).map(({ account }) => account));

	const ids = slice.map(({ profile }) => profile);
	const groups = new Set(await lockFound(tx, async () => [...(await currentProfiles(tx, ids)).values()]));
	await leaveGone(tx, [...from.keys()].filter((account) => gone.has(account)), groups);
	if (groups.size > 0) await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), groups, historical: historicalOf(oldest) === 1 });

	const together = rows.filter(({ account, looked_to }) => looked_to === from.get(account));
	const done = together.filter(({ account }) => whole.has(account) || account === cut?.account);
	await tx.run(sql`delete from account_change where ${tx.dialect.anyOf(sql.ref('id'), done.map(({ id }) => id))}`);
	// To the end of the queue, so that a large account does not keep the others waiting.
	if (cut !== undefined) {
		await tx.run(sql`insert into account_change (account, looked_to, historical, changed_at) values (${cut.account}, ${cut.profile}, ${sql.lit(oldest.historical)}, ${tx.nowMs})`);
	}
	return true;
}
