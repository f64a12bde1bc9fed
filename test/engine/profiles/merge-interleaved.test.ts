import { sql } from 'kysely';

import type { TrackingMessage } from '../../../engine/events';
import { lockProfiles, resolveProfiles } from '../../../engine/profiles';
import { unmergeIn } from '../../../engine/profiles/unmerge';
import type { Tx } from '../../../engine/store';
import type { LocalEngine } from '../../../engine/engine';
import { untilBlocked } from '../blocked';
import { World } from '../journeys/world';
import { brokenInvariants } from './merge-invariants';

/**
 * What another process commits between our look at who is who and our locks. Only PostgreSQL has a moment between the two; on SQLite
 * a transaction holds the database. The other process stands still with its locks until ours is seen waiting for them.
 */
describe('a merge that waits for another process, on postgres', () => {
	let world: World;
	let other: LocalEngine;
	beforeEach(async () => {
		world = await World.open('postgres');
		other = (await world.another()).engine;
	});
	afterEach(async () => {
		expect(await world.engine.store.read((reader) => brokenInvariants(reader))).toEqual({});
		await world.close();
	});

	const ingest = async (...messages: TrackingMessage[]) => await world.engine.events.ingest(messages, { source: 's' });
	const user = (value: string) => ({ kind: 'user_id', value });
	const anonymous = (value: string) => ({ kind: 'anonymous_id', value });
	const email = (n: number) => ({ kind: 'email', value: `e${n}@x.org` });
	const idOf = async (by: { kind: string; value: string }) => (await world.engine.profiles.get(by))?.id;
	const merging = () => ({ keepers: other.keepers });
	const attach = (...identities: Array<{ kind: string; value: string }>) => (tx: Tx) => resolveProfiles(tx, [{ identities }], { create: true, test: false, merging: merging() });

	/** The other process does something and holds its transaction open. Answers when it has. */
	async function hold(change: (tx: Tx) => Promise<unknown>): Promise<{ pid: number; commit(): Promise<void> }> {
		let commit = (): void => undefined;
		const committed = new Promise<void>((resolve) => (commit = resolve));
		let done: Promise<void> = committed;
		const pid = await new Promise<number>((resolve, reject) => {
			done = other.store.tx('held', async (tx) => {
				await change(tx);
				resolve((await tx.first(sql<{ pid: number }>`select pg_backend_pid() as pid`))?.pid ?? 0);
				await committed;
			});
			done.catch(reject);
		});
		return { pid, commit: async () => (commit(), await done) };
	}

	/** Until this work of ours waits for what that backend has locked. */
	const blocked = async (work: Promise<unknown>, pid: number) => await world.engine.store.read((reader) => untilBlocked(reader, [work], pid));

	it('merges nobody who has got another user id meanwhile', async () => {
		await ingest({ type: 'track', event: 'Seen', anonymousId: 'browser' }, { type: 'identify', userId: 'ann' });
		const faster = await hold(attach(user('bob'), anonymous('browser')));

		const signIn = ingest({ type: 'identify', userId: 'ann', anonymousId: 'browser' });
		await blocked(signIn, faster.pid);
		await faster.commit();

		expect(await signIn).toMatchObject({ accepted: 1, profiles: [2], left: [{ kind: 'anonymous_id', reason: expect.stringContaining('another user id') as string }] });
		expect([await idOf(user('bob')), await idOf(anonymous('browser')), await idOf(user('ann'))]).toEqual([1, 1, 2]);
	});

	it('does not pass a limit that the other process has come closer to', async () => {
		await world.engine.settings.set({ identityLimits: { email: 2 } });
		await ingest({ type: 'track', event: 'Seen', anonymousId: 'browser' }, { type: 'identify', userId: 'ann', identities: [email(1), email(2)] });
		const faster = await hold(attach(anonymous('browser'), email(3)));

		const signIn = ingest({ type: 'identify', userId: 'ann', anonymousId: 'browser' });
		await blocked(signIn, faster.pid);
		await faster.commit();

		expect(await signIn).toMatchObject({ profiles: [2], left: [{ kind: 'anonymous_id', reason: expect.stringContaining('one person may have') as string }] });
	});

	it('attaches no more identities than allowed when two processes attach at once', async () => {
		await world.engine.settings.set({ identityLimits: { email: 2 } });
		await ingest({ type: 'identify', userId: 'ann', identities: [email(1)] });
		const faster = await hold(attach(user('ann'), email(2)));

		const slower = ingest({ type: 'identify', userId: 'ann', identities: [email(3)] });
		await blocked(slower, faster.pid);
		await faster.commit();

		expect(await slower).toMatchObject({ accepted: 1, profiles: [1], left: [{ kind: 'email', reason: expect.stringContaining('one person may have 2') as string }] });
		expect((await world.engine.profiles.get(user('ann')))?.identities.map(({ value }) => value)).toEqual(['e1@x.org', 'e2@x.org', 'ann']);
	});

	it('goes by whose an identity is after an unmerge that it waited for, and by nobody\'s word of before', async () => {
		await ingest({ type: 'track', event: 'Seen', userId: 'ann' }, { type: 'track', event: 'Seen', anonymousId: 'browser' }, { type: 'track', event: 'Seen', anonymousId: 'tablet' });
		await ingest({ type: 'identify', userId: 'ann', anonymousId: 'browser' });
		const unmerging = await hold(async (tx) => {
			await lockProfiles(tx, [1]);
			await unmergeIn(tx, merging(), 1, 'test');
		});

		const joining = ingest({ type: 'identify', anonymousId: 'tablet', identities: [anonymous('browser')] });
		await blocked(joining, unmerging.pid);
		await unmerging.commit();
		await joining;

		expect([await idOf(user('ann')), await idOf(anonymous('browser')), await idOf(anonymous('tablet'))]).toEqual([1, 2, 2]);
	});

	it('locks also those of whom only the second look tells, and loses nothing they do at that moment', async () => {
		await ingest({ type: 'track', event: 'Seen', anonymousId: 'browser' }, { type: 'identify', userId: 'ann' });
		const first = await hold((tx) => lockProfiles(tx, [1]));
		const signIn = ingest({ type: 'identify', userId: 'ann', anonymousId: 'browser', identities: [email(1)] });
		await blocked(signIn, first.pid);
		await ingest({ type: 'track', event: 'Mailed', identities: [email(1)] });
		const tracking = await hold(async (tx) => {
			const [id] = (await attach(email(1))(tx)).profiles;
			await lockProfiles(tx, [id ?? 0]);
			await tx.run(sql`insert into event (profile, event_no, name, source, occurred_at, received_at, properties) values (${id ?? 0}, 2, 'Opened', 's', ${tx.nowMs}, ${tx.nowMs}, '{}')`);
		});

		await first.commit();
		await blocked(signIn, tracking.pid);
		await tracking.commit();
		const report = await signIn;

		expect(report).toMatchObject({ accepted: 1, profiles: [2] });
		expect((await world.engine.profiles.get(email(1)))?.events.map(({ name }) => name).sort()).toEqual(['Mailed', 'Opened', 'Seen']);
	});
});
