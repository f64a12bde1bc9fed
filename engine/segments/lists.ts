import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { currentProfiles, lockProfiles, normaliseIdentity } from '../profiles';
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
export function createLists(deps: { store: Store; known: KnownSegments; mover: Mover }): ListsApi {
	const { store, known, mover } = deps;

	async function createIn(tx: Tx, name: string): Promise<void> {
		const taken = await tx.first(sql<{ kind: string }>`select kind from segment where name = ${name}`);
		if (taken !== undefined) throw new EngineError('CONFLICT', `There is a ${taken.kind === 'list' ? 'list' : 'segment'} "${name}" already. Choose another name.`);
		await tx.run(sql`insert into segment (name, rule, kind, created_at, updated_at) values (${name}, ${tx.dialect.json({ any: [] })}, 'list', ${tx.nowMs}, ${tx.nowMs})`);
	}

	/** Puts people into a list or takes them out, and tells segments and journeys; answers with how many it was new for. */
	async function change(tx: Tx, name: string, profiles: readonly number[], into: boolean, startJourneys: boolean): Promise<number> {
		const list = await idOf(tx, name, 'list');
		await lockProfiles(tx, profiles);
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

	async function inBatches(name: string, people: readonly ListPerson[], work: (tx: Tx, profiles: number[]) => Promise<number>): Promise<ListReport> {
		if (!Array.isArray(people)) throw new EngineError('BAD_INPUT', 'The people to add to or remove from a list are a list themselves.');
		await store.read((reader) => idOf(reader, name, 'list'));
		const report: ListReport = { changed: 0, unchanged: 0, profiles: [], rejected: [] };
		for (let from = 0; from < people.length; from += BATCH) {
			const found = await store.read((reader) => find(reader, people.slice(from, from + BATCH)));
			found.forEach((one, n) => {
				report.profiles.push(typeof one === 'number' ? one : null);
				if (typeof one === 'string') report.rejected.push({ index: from + n, reason: one });
			});
			const profiles = [...new Set(found.filter((one) => typeof one === 'number'))];
			const changed = profiles.length === 0 ? 0 : await store.tx('list-change', (tx) => work(tx, profiles));
			report.changed += changed;
			report.unchanged += profiles.length - changed;
		}
		return report;
	}

	async function transfer(from: string, to: string, options: { people?: ListPerson[]; startJourneys?: boolean }, leaves: boolean): Promise<ListReport> {
		checkSegmentName(to, 'list');
		if (from === to) throw new EngineError('BAD_INPUT', 'People cannot be copied or moved from a list to itself. Choose another one.');
		const startJourneys = options.startJourneys ?? true;
		const source = await store.read(async (reader) => {
			const row = await reader.first(sql<{ id: number; kind: string }>`select id, kind from segment where name = ${from} and kind <> 'gone'`);
			if (row === undefined || (leaves && row.kind !== 'list')) return idOf(reader, from, leaves ? 'list' : 'segment');
			return row.id;
		});
		const target = await store.read((reader) => viewLists(reader, sql`and s.name = ${to}`));
		if (target.length === 0) await store.tx('list-create', (tx) => createIn(tx, to));
		const report: ListReport = { changed: 0, unchanged: 0, profiles: [], rejected: [] };
		const given = options.people === undefined ? null : await inSource(source, options.people, report);
		let after = 0;
		for (;;) {
			const profiles = given === null ? await page(source, after) : given.splice(0, BATCH);
			if (profiles.length === 0) return report;
			after = profiles.at(-1) ?? after;
			const changed = await store.tx('list-change', async (tx) => {
				const added = await change(tx, to, profiles, true, startJourneys);
				if (leaves) await change(tx, from, profiles, false, startJourneys);
				return added;
			});
			report.changed += changed;
			report.unchanged += profiles.length - changed;
		}
	}

	function page(source: number, after: number): Promise<number[]> {
		return store.read(async (reader) => {
			const rows = await reader.all(sql<{ profile: number }>`select profile from segment_member where segment = ${source} and profile > ${after} order by profile limit ${sql.lit(BATCH)}`);
			return rows.map((row) => row.profile);
		});
	}

	/** The members of the source among people; the others go into the report. */
	async function inSource(source: number, people: readonly ListPerson[], report: ListReport): Promise<number[]> {
		const members: number[] = [];
		for (let from = 0; from < people.length; from += BATCH) {
			await store.read(async (reader) => {
				const found = await find(reader, people.slice(from, from + BATCH));
				const ids = found.filter((one) => typeof one === 'number');
				const rows = await reader.all(sql<{ profile: number }>`select profile from segment_member where segment = ${source} and ${reader.dialect.anyOf(sql.ref('profile'), ids)}`);
				const inside = new Set(rows.map((row) => row.profile));
				found.forEach((one, n) => {
					report.profiles.push(typeof one === 'number' && inside.has(one) ? one : null);
					if (typeof one === 'string') report.rejected.push({ index: from + n, reason: one });
					else if (!inside.has(one)) report.rejected.push({ index: from + n, reason: 'This person is not in it.' });
					else members.push(one);
				});
			});
		}
		return [...new Set(members)];
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
		add: (name, people, options = {}) => inBatches(name, people, (tx, profiles) => change(tx, name, profiles, true, options.startJourneys ?? true)),
		remove: (name, people, options = {}) => inBatches(name, people, (tx, profiles) => change(tx, name, profiles, false, options.startJourneys ?? true)),
		copy: (from, to, options = {}) => transfer(from, to, options, false),
		move: (from, to, options = {}) => transfer(from, to, options, true),
		delete: (name) => removeSegment(store, known, name, 'list'),
		members: (name, page = {}) => store.read(async (reader) => viewMembers(reader, await idOf(reader, name, 'list'), page)),
	};
}

/** The profile of each person, or why there is none; ids that were merged lead to whom they were merged into. At most three statements. */
async function find(reader: Reader, people: readonly ListPerson[]): Promise<Array<number | string>> {
	const asked = people.map((person): { id: number } | { kind: string; value: string } | string => {
		if (typeof person === 'object' && person !== null && 'profileId' in person) {
			return Number.isSafeInteger(person.profileId) ? { id: person.profileId } : 'The profile id is not a whole number.';
		}
		const normalised = normaliseIdentity(person?.kind, person?.value);
		return normalised.ok ? normalised.identity : normalised.reason;
	});
	const ids = asked.flatMap((one) => (typeof one === 'object' && 'id' in one ? [one.id] : []));
	const identities = asked.flatMap((one) => (typeof one === 'object' && 'kind' in one ? [one] : []));
	const known = await currentProfiles(reader, ids);
	const rows = identities.length === 0 ? [] : await reader.all(
		sql<{ kind: string; value: string; profile: number }>`select i.kind, i.value, i.profile from ${reader.dialect.rows(identities, { kind: 'text', value: 'text' }, 'r')}
			join identity i on i.kind = r.kind and i.value = r.value`,
	);
	const owners = new Map(rows.map((row) => [`${row.kind} ${row.value}`, row.profile]));
	return asked.map((one) => {
		if (typeof one === 'string') return one;
		if ('id' in one) return known.get(one.id) ?? 'No profile has this profile id.';
		return owners.get(`${one.kind} ${one.value}`) ?? `No profile has this ${one.kind}.`;
	});
}
