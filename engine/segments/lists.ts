import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { currentProfiles, lockFound, normaliseIdentity, type AuditCall, type AuditWriter, type IdentityOptions, type IdentityRules } from '../profiles';
import type { Reader, Store, Tx } from '../store';
import type { KnownSegments } from './known-segments';
import { logChanges, writeMembers, type Moved } from './membership';
import { removeSegment } from './remove';
import type { Mover } from './tracker';
import type { ListPerson, ListReport, ListsApi } from './types';
import { checkSegmentName, idOf, viewLists, viewMembers } from './view';

/** People a transaction. */
const BATCH = 500;

/**
 * Static lists: segments whose members are put there by name. They share the tables, the log and the way to the journeys.
 * Throws NOT_FOUND, CONFLICT, BAD_INPUT and the store's errors.
 */
export function createLists(deps: { store: Store; known: KnownSegments; mover: Mover; identityOptions?: IdentityRules; audit?: AuditWriter | undefined }): ListsApi {
	const { store, known, mover, audit, identityOptions = () => Promise.resolve({}) } = deps;

	async function createIn(tx: Tx, name: string): Promise<void> {
		const taken = await tx.first(sql<{ kind: string }>`select kind from segment where name = ${name}`);
		if (taken !== undefined) throw new EngineError('CONFLICT', `There is a ${taken.kind === 'list' ? 'list' : 'segment'} "${name}" already. Choose another name.`);
		await tx.run(sql`insert into segment (name, rule, kind, created_at, updated_at) values (${name}, ${tx.dialect.json({ any: [] })}, 'list', ${tx.nowMs}, ${tx.nowMs})`);
	}

	async function makeMissing(name: string): Promise<void> {
		const isThere = async (reader: Reader) => (await reader.first(sql`select 1 as there from segment where name = ${name} and kind = 'list'`)) !== undefined;
		if (await store.read(isThere)) return;
		await store.tx('list-create', async (tx) => {
			await known.lockForSave(tx);
			// Again, alone: another call may have made it meanwhile.
			if (!(await isThere(tx))) await createIn(tx, name);
		});
	}

	/** Puts people, who are locked, into a list or takes them out, and tells segments and journeys; answers with how many it was new for. */
	async function change(tx: Tx, name: string, profiles: readonly number[], into: boolean, startJourneys: boolean): Promise<number> {
		const list = await idOf(tx, name, 'list');
		const rows = await tx.all(
			sql<{ profile: number; member: number | boolean }>`select p.id as profile, (m.profile is not null) as member from profile p
				left join segment_member m on m.segment = ${list} and m.profile = p.id where ${tx.dialect.anyOf(sql.ref('p.id'), profiles)}`,
		);
		const changed = rows.filter((row) => Boolean(row.member) !== into).map(({ profile }) => ({ segment: list, profile }));
		if (changed.length === 0) return 0;
		const moved: Moved = into ? { entered: changed, left: [] } : { entered: [], left: changed };
		await writeMembers(tx, moved);
		await logChanges(tx, moved, 'list');
		await tx.run(sql`update segment set updated_at = ${tx.nowMs} where id = ${list}`);
		const whom = changed.map(({ profile }) => profile);
		await mover.follow(tx, (segment) => (segment.reach.lists.has(name) ? whom : []), moved, 'change', () => !startJourneys);
		return changed.length;
	}

	async function inBatches(name: string, people: readonly ListPerson[], into: boolean, { startJourneys = true, source = 'api' }: { startJourneys?: boolean; source?: string }): Promise<ListReport> {
		if (!Array.isArray(people)) throw new EngineError('BAD_INPUT', 'The people to add to or remove from a list are a list themselves.');
		await store.read((reader) => idOf(reader, name, 'list'));
		const options = await identityOptions();
		const report: ListReport = { changed: 0, unchanged: 0, profiles: [], rejected: [] };
		const call: AuditCall = { entry: null };
		for (let from = 0; from < people.length; from += BATCH) {
			const batch = people.slice(from, from + BATCH);
			const part = await store.tx('list-change', async (tx) => {
				const found = await lockFound(tx, () => find(tx, batch, options));
				const profiles = idsIn(found);
				const changed = await change(tx, name, profiles, into, startJourneys);
				if (changed > 0) await audit?.(tx, [{ action: into ? 'list.add' : 'list.remove', who: source, count: report.changed + changed, detail: { list: name }, call }]);
				return { found, profiles, changed };
			});
			tell(report, part, from);
		}
		return report;
	}

	async function transfer(from: string, to: string, options: { people?: ListPerson[]; startJourneys?: boolean; source?: string }, leaves: boolean): Promise<ListReport> {
		checkSegmentName(to, 'list');
		if (from === to) throw new EngineError('BAD_INPUT', 'People cannot be copied or moved from a list to itself. Choose another one.');
		const startJourneys = options.startJourneys ?? true;
		const source = await store.read(async (reader) => {
			const row = await reader.first(sql<{ id: number; kind: string }>`select id, kind from segment where name = ${from} and kind <> 'gone'`);
			if (row === undefined || (leaves && row.kind !== 'list')) return idOf(reader, from, leaves ? 'list' : 'segment');
			return row.id;
		});
		await makeMissing(to);
		const identity = await identityOptions();
		const report: ListReport = { changed: 0, unchanged: 0, profiles: [], rejected: [] };

		const call: AuditCall = { entry: null };
		/** Moved by this call: named once more in a later batch, they are not in the source any more. */
		const moved = new Set<number>();
		/** Of those whom `look` finds, once they are locked, the members of the source. */
		const take = async (look: (tx: Tx) => Promise<Array<number | string>>, at = 0): Promise<void> => {
			const part = await store.tx('list-change', async (tx) => {
				const locked = await lockFound(tx, () => look(tx));
				const rows = await tx.all(sql<{ profile: number }>`select profile from segment_member where segment = ${source} and ${tx.dialect.anyOf(sql.ref('profile'), idsIn(locked))}`);
				const inside = new Set([...moved, ...rows.map((row) => row.profile)]);
				const found = locked.map((one) => (typeof one === 'string' || inside.has(one) ? one : 'This person is not in it.'));
				const profiles = idsIn(found).filter((id) => !moved.has(id));
				const changed = await change(tx, to, profiles, true, startJourneys);
				if (leaves) await change(tx, from, profiles, false, startJourneys);
				const count = leaves ? moved.size + profiles.length : report.changed + changed;
				if ((leaves ? profiles.length : changed) > 0) await audit?.(tx, [{ action: leaves ? 'list.move' : 'list.copy', who: options.source ?? 'api', count, detail: { from, to }, call }]);
				return { found, profiles, changed };
			});
			for (const id of part.profiles) moved.add(id);
			tell(report, options.people === undefined ? { ...part, found: [] } : part, at);
		};

		if (options.people !== undefined) {
			const { people } = options;
			for (let at = 0; at < people.length; at += BATCH) await take((tx) => find(tx, people.slice(at, at + BATCH), identity), at);
			return report;
		}
		for (let ids = await page(source, 0); ids.length > 0; ) {
			const next = await page(source, ids.at(-1) ?? 0);
			const these = ids;
			await take(async (tx) => [...(await currentProfiles(tx, these)).values()]);
			ids = next;
		}
		return report;
	}

	function page(source: number, after: number): Promise<number[]> {
		return store.read(async (reader) => {
			const rows = await reader.all(sql<{ profile: number }>`select profile from segment_member where segment = ${source} and profile > ${after} order by profile limit ${sql.lit(BATCH)}`);
			return rows.map((row) => row.profile);
		});
	}

	return {
		create: async (name) => {
			checkSegmentName(name, 'list');
			return store.tx('list-create', async (tx) => {
				await known.lockForSave(tx);
				await createIn(tx, name);
				const [view] = await viewLists(tx, sql`and s.name = ${name}`);
				if (view === undefined) throw new EngineError('INTERNAL', 'A list that was created cannot be read.');
				return view;
			});
		},
		list: () => store.read((reader) => viewLists(reader)),
		get: (name) => store.read(async (reader) => (await viewLists(reader, sql`and s.name = ${name}`))[0] ?? null),
		add: (name, people, options = {}) => inBatches(name, people, true, options),
		remove: (name, people, options = {}) => inBatches(name, people, false, options),
		copy: (from, to, options = {}) => transfer(from, to, options, false),
		move: (from, to, options = {}) => transfer(from, to, options, true),
		delete: (name, { source = 'api' } = {}) => removeSegment({ store, known, audit }, name, 'list', source),
		members: (name, page = {}) => store.read(async (reader) => viewMembers(reader, await idOf(reader, name, 'list'), page)),
	};
}

/** Adds what one batch did to the report. */
function tell(report: ListReport, part: { found: ReadonlyArray<number | string>; profiles: readonly number[]; changed: number }, from: number): void {
	part.found.forEach((one, n) => {
		report.profiles.push(typeof one === 'number' ? one : null);
		if (typeof one === 'string') report.rejected.push({ index: from + n, reason: one });
	});
	report.changed += part.changed;
	report.unchanged += part.profiles.length - part.changed;
}

function idsIn(found: ReadonlyArray<number | string>): number[] {
	return [...new Set(found.filter((one) => typeof one === 'number'))];
}

/** The profile of each person, or why there is none; ids that were merged lead to whom they were merged into. At most three statements. */
async function find(reader: Reader, people: readonly ListPerson[], options: IdentityOptions): Promise<Array<number | string>> {
	const asked = people.map((person): { id: number } | { kind: string; value: string } | string => {
		if (typeof person === 'object' && person !== null && 'profileId' in person) {
			return Number.isSafeInteger(person.profileId) ? { id: person.profileId } : 'The profile id is not a whole number.';
		}
		const normalised = normaliseIdentity(person?.kind, person?.value, options);
		return normalised.ok ? normalised.identity : normalised.reason;
	});
	const ids = asked.flatMap((one) => (typeof one === 'object' && 'id' in one ? [one.id] : []));
	const identities = asked.flatMap((one) => (typeof one === 'object' && 'kind' in one ? [one] : []));
	const known = await currentProfiles(reader, ids);
	const rows = identities.length === 0 ? [] : await reader.all(
		sql<{ kind: string; value: string; profile: number }>`select i.kind, i.value, i.profile from ${reader.dialect.rows(identities, { kind: 'text', value: 'text' }, 'r')}
			cross join identity i where i.kind = r.kind and i.value = r.value`,
	);
	const owners = new Map(rows.map((row) => [`${row.kind} ${row.value}`, row.profile]));
	return asked.map((one) => {
		if (typeof one === 'string') return one;
		if ('id' in one) return known.get(one.id) ?? 'No profile has this profile id.';
		return owners.get(`${one.kind} ${one.value}`) ?? `No profile has this ${one.kind}.`;
	});
}
