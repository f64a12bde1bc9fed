import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { lockProfiles, type AuditCall, type AuditWriter } from '../profiles';
import { checkReferences, checkRule } from '../segments';
import type { Reader, Store, Tx } from '../store';
import { knownStages, readSaved, STAGES_BUILD, type Books, type KnownStages } from './book';
import { writtenOut } from './borrowed';
import { buildsUnderWay, keepStages, startBuild, type Builder } from './build';
import { checkStages } from './check';
import type { Follower } from './follow';
import { writeStages } from './stage-rules';
import type { ScoresApi, StageMove, StagesView, ScoredPerson } from './types';
import { warningsOf } from './users';
import type { FindPeople } from './whose';
import { writeChanges, type KeptChange } from './write';

const BATCH = 500;
const WAITED_SLICES = 20;
const LONGEST_WHO = 200;

export type StagesApi = Pick<ScoresApi, 'stages' | 'defineStages' | 'setStages' | 'stageOf'>;

/** Stages: how far a person has come. Forward moves are free; a move back is refused unless the list allows it. */
export function createStages({ store, books, builder, follower, findPeople, audit }: { store: Store; books: Books; builder: Builder; follower: Follower; findPeople: FindPeople; audit?: AuditWriter | undefined }): StagesApi {
	return {
		stages: () => store.read((reader) => viewStages(reader, books)),
		defineStages: async (given, { source = 'api' } = {}) => {
			const definition = checkStages(given);
			await store.tx('stages-define', async (tx) => {
				await books.lockForSave(tx);
				const saved = new Map((await readSaved(tx)).map((segment) => [segment.name, segment]));
				for (const { name, when } of definition.stages) {
					if (when === undefined) continue;
					await checkReferences(tx, checkRule(when));
					if (checkRule(writtenOut(when, saved)).scores.has('')) throw new EngineError('RULE_INVALID', `The rule of the stage "${name}" asks for a segment that asks for a stage: stages would go round in circles.`);
				}
				await checkNobodyLost(tx, definition.stages.map(({ name }) => name));
				await keepStages(tx, { definition, follows: knownStages(definition, saved).followsNow });
				await startBuild(tx, STAGES_BUILD, await books.bumpVersion(tx));
				await audit?.(tx, [{ action: 'stage.define', who: source, detail: { stages: definition.stages.length } }]);
			});
			await builder.work(WAITED_SLICES);
			return await store.read((reader) => viewStages(reader, books));
		},
		setStages: async (moves, { who, historical = false }) => {
			if (!Array.isArray(moves)) throw new EngineError('BAD_INPUT', 'The moves are a list of { whose, stage }.');
			const results: StageMove[] = [];
			const call: AuditCall = { entry: null };
			for (let from = 0; from < moves.length; from += BATCH) {
				const part = await store.tx('stage-set', async (tx) => {
					const set = await setIn(tx, { books, follower, findPeople }, moves.slice(from, from + BATCH), String(who).slice(0, LONGEST_WHO), historical);
					const isNew = set.some(({ moved }) => moved);
					if (isNew) await audit?.(tx, [{ action: 'stage.set', who: String(who), count: [...results, ...set].filter(({ moved }) => moved).length, call }]);
					return set;
				});
				results.push(...part.map((move) => ({ ...move, index: move.index + from })));
			}
			return results;
		},
		stageOf: (whose) =>
			store.read(async (reader) => {
				const people = await findPeople(reader, whose);
				const rows = await readStages(reader, people.filter((id) => id !== null));
				return people.map((profile) => {
					const row = profile === null ? undefined : rows.get(profile);
					return { profile, stage: row?.stage ?? null, since: row === undefined ? null : new Date(row.since).toISOString() };
				});
			}),
	};
}

async function readStages(reader: Reader, profiles: readonly number[]): Promise<Map<number, { stage: string; since: number }>> {
	if (profiles.length === 0) return new Map();
	const rows = await reader.all(sql<{ profile: number; stage: string; since: number }>`select profile, stage, since from stage where ${reader.dialect.anyOf(sql.ref('profile'), profiles)}`);
	return new Map(rows.map((row) => [row.profile, row]));
}

async function setIn(tx: Tx, deps: { books: Books; follower: Follower; findPeople: FindPeople }, moves: ReadonlyArray<{ whose: ScoredPerson; stage: string }>, who: string, historical: boolean): Promise<StageMove[]> {
	const whose = moves.map((move) => move.whose);
	await lockProfiles(tx, (await deps.findPeople(tx, whose)).filter((id) => id !== null));
	// Again, now that they are locked: somebody may have been merged meanwhile.
	const people = await deps.findPeople(tx, whose);
	const { stages } = await deps.books.forChange(tx);
	const current = new Map([...(await readStages(tx, people.filter((id) => id !== null)))].map(([profile, row]) => [profile, row.stage]));
	const changes: KeptChange[] = [];
	const results = moves.map(({ stage: given }, index): StageMove => {
		const profile = people[index] ?? null;
		const from = profile === null ? null : (current.get(profile) ?? null);
		const to = named(stages, given);
		const reason = profile === null ? 'No profile has this identity. Check kind and value.' : refusal(stages, from, to, given);
		if (reason !== null || profile === null || to === null || from === to) return { index, profile, from, to: to ?? String(given), moved: false, reason };
		current.set(profile, to);
		changes.push({ profile, model: '', kind: 'stage', from, to, cause: 'set', why: JSON.stringify(who) });
		return { index, profile, from, to, moved: true, reason: null };
	});
	const moved = [...new Set(changes.map(({ profile }) => profile))];
	await writeStages(tx, moved.map((profile) => ({ profile, stage: current.get(profile) ?? '' })));
	await writeChanges(tx, changes);
	await deps.follower.tellStages(tx, changes, () => historical);
	return results;
}

/** The stage as the list writes it. */
function named({ definition }: KnownStages, given: unknown): string | null {
	const wanted = String(given).trim().toLowerCase();
	return definition.stages.find(({ name }) => name.toLowerCase() === wanted)?.name ?? null;
}

/** Why the move is not made; null when it is, or when the person stands there already. */
function refusal({ definition, places }: KnownStages, from: string | null, to: string | null, given: unknown): string | null {
	if (to === null) return `There is no stage "${String(given).slice(0, 100)}". The stages are ${definition.stages.map(({ name }) => name).join(', ')}.`;
	if (from === null || from === to) return null;
	if ((places.get(to) ?? 0) > (places.get(from) ?? -1)) return null;
	if (definition.alsoAllowed.some((move) => move.from === from && move.to === to)) return null;
	return `This person is in "${from}", and a move back to "${to}" is not allowed. Allow it in the list of stages (Profile Engine: Stage: Define) if it should be.`;
}

async function checkNobodyLost(tx: Tx, names: string[]): Promise<void> {
	const lost = await tx.first(sql<{ stage: string; people: number }>`select stage, count(*) as people from stage where not ${tx.dialect.anyOf(sql.ref('stage'), names)} group by stage order by stage limit 1`);
	if (lost === undefined) return;
	throw new EngineError('CONFLICT', `${lost.people} people are in the stage "${lost.stage}", which the new list does not have. Keep it, or move them to another stage first.`, { people: lost.people });
}

async function viewStages(reader: Reader, books: Books): Promise<StagesView> {
	const book = await books.read(reader);
	const { stages } = book;
	const rows = await reader.all(sql<{ stage: string; people: number }>`select stage, count(*) as people from stage group by stage`);
	const counts = new Map(rows.map((row) => [row.stage, row.people]));
	return {
		...stages.definition,
		people: stages.definition.stages.map(({ name }) => ({ stage: name, people: counts.get(name) ?? 0 })),
		building: (await buildsUnderWay(reader)).has(STAGES_BUILD),
		warnings: (await warningsOf(reader, book))(''),
	};
}
