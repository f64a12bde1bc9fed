import { sql, type RawBuilder } from 'kysely';

import { EngineError } from '../kernel';
import type { SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { Catalog } from './catalog';
import { createGroupFollower, type GroupFollower } from './follow-groups';
import { changeGroups, leaveGroups, readGroup, readGroupKey, readGroups, readMembers, type GroupMember, type GroupsApi, type GroupsReport, type MembersReport } from './groups';
import type { GroupChange } from './group-attributes';
import { normaliseIdentity } from './identity';
import type { IdentityRules } from './identity-rules';
import { lockFound } from './lock';
import type { AuditCall, AuditWriter } from './merge';
import { removeGroup } from './remove-group';
import { resolveProfiles, type IdentitySet } from './resolve';

const LARGEST_CALL = 20_000;
const BATCH = 500;
const LONGEST_PAGE = 1000;

export interface GroupsDeps {
	store: Store;
	segments: Pick<SegmentTracker, 'refresh'>;
	identityOptions?: IdentityRules;
	audit?: AuditWriter;
	/** Looks at the members of groups that changed. Absent: one of its own. */
	follower?: GroupFollower;
	/** Whether somebody may be shared with third parties, as SQL (consent knows). Absent: nobody can ask for such members only. */
	sharable?: (profile: RawBuilder<unknown>) => RawBuilder<boolean>;
}

/** Groups (accounts): what people belong to. Throws BAD_INPUT, NOT_FOUND and the store's errors. */
export function createGroups({ store, segments, audit, sharable, identityOptions = () => Promise.resolve({}), follower = createGroupFollower({ store, segments }) }: GroupsDeps): GroupsApi {
	const catalog = new Catalog();

	async function refresh(tx: Tx, groups: ReadonlySet<number>, historical: boolean | undefined): Promise<void> {
		if (groups.size > 0) await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), groups, historical: historical ?? false });
	}

	async function changeMembers(
		batch: ReadonlyArray<{ key: string; member: GroupMember }>,
		change: (tx: Tx, rows: Array<{ key: string; profile: number }>) => Promise<{ count: number; touched: Set<number> }>,
		{ action, historical, source = 'api' }: { action: string; historical?: boolean; source?: string },
	): Promise<MembersReport> {
		checkBatch(batch);
		const options = await identityOptions();
		const whole: MembersReport = { changed: 0, profiles: [], rejected: [] };
		const call: AuditCall = { entry: null };
		for (let from = 0; from < batch.length; from += BATCH) {
			const part = await store.tx('group-members', async (tx): Promise<MembersReport> => {
				const rows = batch.slice(from, from + BATCH);
				const report: MembersReport = { changed: 0, profiles: rows.map(() => null), rejected: [] };
				const sets: IdentitySet[] = [];
				const asked: Array<{ index: number; key: string }> = [];
				rows.forEach(({ key, member }, index) => {
					const read = readGroupKey(key);
					const set = read.ok ? memberSet(member, options) : read.reason;
					if (!read.ok || typeof set === 'string') return void report.rejected.push({ index, reason: read.ok ? String(set) : read.reason });
					sets.push(set);
					asked.push({ index, key: read.key });
				});
				const profiles = await lockFound(tx, async () => (await resolveProfiles(tx, sets, { create: false, test: false })).profiles);
				const found = asked.flatMap(({ index, key }, n) => {
					const profile = profiles[n] ?? null;
					report.profiles[index] = profile;
					if (profile === null) report.rejected.push({ index, reason: 'Nobody has this identity or profile id.' });
					return profile === null ? [] : [{ key, profile }];
				});
				const { count, touched } = await change(tx, found);
				await refresh(tx, touched, historical);
				report.changed = count;
				if (count > 0 && whole.changed + count > 1) await audit?.(tx, [{ action, who: source, count: whole.changed + count, call }]);
				return report;
			});
			whole.changed += part.changed;
			whole.profiles.push(...part.profiles);
			whole.rejected.push(...part.rejected.map(({ index, reason }) => ({ index: index + from, reason })));
		}
		whole.rejected.sort((a, b) => a.index - b.index);
		return whole;
	}

	return {
		upsert: async (batch, { historical, source = 'api' } = {}) => {
			checkBatch(batch);
			const report: GroupsReport = { created: 0, updated: 0, rejected: [] };
			const call: AuditCall = { entry: null };
			let toFollow = false;
			for (let from = 0; from < batch.length; from += BATCH) {
				await store.tx('groups', async (tx) => {
					const changes: GroupChange[] = [];
					const indexes: number[] = [];
					const rejected: Array<{ index: number; reason: string }> = [];
					batch.slice(from, from + BATCH).forEach((input, n) => {
						const read = readGroup(input);
						if (!read.ok) return void rejected.push({ index: from + n, reason: read.reason });
						changes.push(read.change);
						indexes.push(from + n);
					});
					const { others, created, refused, left } = await changeGroups(tx, changes, [], new Set());
					const look = catalog.look();
					for (const { attributes, operations = [] } of changes) {
						look.group(attributes);
						for (const { attribute, value } of operations) if (value !== undefined) look.group({ [attribute]: value });
					}
					await look.write(tx);
					await follower.changed(tx, others, historical ?? false);
					rejected.push(...refused.map(({ index, reason }) => ({ index: indexes[index] ?? 0, reason })));
					const keys = new Set(changes.map(({ key }) => key)).size;
					const count = report.created + report.updated + keys;
					if (keys > 0 && count > 1) await audit?.(tx, [{ action: 'group.upsert', who: source, count, call }]);
					return { created, keys, rejected, followed: others.size > 0, left: left.map(({ index, reason }) => ({ index: indexes[index] ?? 0, kind: 'attribute', reason })) };
				}).then(({ created, keys, rejected, followed, left }) => {
					report.created += created;
					report.updated += keys - created;
					report.rejected.push(...rejected);
					if (left.length > 0) report.left = [...(report.left ?? []), ...left];
					toFollow ||= followed;
				});
			}
			if (toFollow) await follower.followSoon();
			report.rejected.sort((a, b) => a.index - b.index);
			return report;
		},
		get: (key) => store.read(async (reader) => (await readGroups(reader, sql`a.key = ${String(key).trim()}`, 1))[0] ?? null),
		list: ({ after, limit, search } = {}) =>
			store.read((reader) => readGroups(reader, sql`${after === undefined ? sql`true` : reader.dialect.name === 'postgres' ? sql`a.key collate "C" > ${after}` : sql`a.key > ${after}`}
				and ${search === undefined || search === '' ? sql`true` : reader.dialect.contains(sql`a.key`, sql`cast(${search} as text)`)}`, pageSize(limit))),
		attributes: () => store.read((reader) => catalog.entries(reader, 'group')),
		addMembers: (batch, options = {}) =>
			changeMembers(batch, async (tx, rows) => {
				const { touched, joined } = await changeGroups(tx, [], rows, new Set(rows.map(({ profile }) => profile)));
				return { count: joined, touched };
			}, { ...options, action: 'group.addMembers' }),
		removeMembers: (batch, options = {}) =>
			changeMembers(batch, async (tx, rows) => {
				const left = await leaveGroups(tx, rows);
				return { count: left.length, touched: new Set(left.map(({ profile }) => profile)) };
			}, { ...options, action: 'group.removeMembers' }),
		delete: async (key, { historical, source = 'api' } = {}) => {
			const read = readGroupKey(key);
			if (!read.ok) throw new EngineError('BAD_INPUT', read.reason);
			const members = await store.tx('group-delete', async (tx) => {
				const removed = await removeGroup(tx, read.key, historical ?? false);
				if (removed.members > 0) await follower.changed(tx, new Set([removed.id]), historical ?? false);
				await audit?.(tx, [{ action: 'group.delete', who: source, count: removed.members, detail: { group: read.key } }]);
				return removed.members;
			});
			if (members > 0) await follower.followSoon();
			return { members };
		},
		members: async (key, { sharableOnly = false, ...page } = {}) => {
			if (sharableOnly && sharable === undefined) throw new EngineError('INTERNAL', 'This engine was put together without knowing who may be shared.');
			return await store.read((reader) => readMembers(reader, String(key).trim(), { ...page, limit: pageSize(page.limit), ...(sharableOnly && sharable !== undefined ? { who: sharable(sql.ref('m.profile')) } : {}) }));
		},
	};
}

function checkBatch(batch: readonly unknown[]): void {
	if (!Array.isArray(batch) || batch.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `Groups and their members come as a list of at most ${LARGEST_CALL}. Send more in several calls.`);
}

function pageSize(limit = 100): number {
	return Math.max(1, Math.min(LONGEST_PAGE, Math.floor(limit)));
}

function memberSet(member: GroupMember, options: Parameters<typeof normaliseIdentity>[2]): IdentitySet | string {
	if (typeof member !== 'object' || member === null) return 'A member is { kind, value } or { profileId }.';
	if ('profileId' in member) return Number.isSafeInteger(member.profileId) ? { profileId: member.profileId, identities: [] } : 'The profile id is not a whole number.';
	const read = normaliseIdentity(member.kind, member.value, options);
	return read.ok ? { identities: [read.identity] } : read.reason;
}
