import { sql } from 'kysely';

import { EngineError, isKeptAs } from '../kernel';
import type { AuditWriter } from '../profiles';
import { checkReferences, checkRule } from '../segments';
import type { Reader, Store } from '../store';
import { knownModel, parsed, readSaved, type Book, type Books, type KnownModel } from './book';
import { comparedTotals, writtenOut } from './borrowed';
import { buildsUnderWay, startBuild, type Builder } from './build';
import { checkModel } from './check';
import { isBeingRemoved, removeSlice, startRemoval } from './remove';
import type { ScoreModel, ScoreModelVersion, ScoreModelView, ScoresApi } from './types';
import { checkUnused, warningsOf } from './users';

/** Slices that a save waits for: 10,000 people, a second or two. */
const WAITED_SLICES = 20;

export type ModelsApi = Pick<ScoresApi, 'saveModel' | 'models' | 'model' | 'modelVersions' | 'deleteModel' | 'recalculate'>;

export function createModels({ store, books, builder, audit }: { store: Store; books: Books; builder: Builder; audit?: AuditWriter | undefined }): ModelsApi {
	const view = async (name: string): Promise<ScoreModelView> => {
		const found = (await store.read((reader) => viewModels(reader, books))).find((model) => model.name === name);
		if (found === undefined) throw unknownModel(name);
		return found;
	};

	async function save(model: Required<ScoreModel>, who: string): Promise<void> {
		await store.tx('score-model-save', async (tx) => {
			await books.lockForSave(tx);
			await checkBorrowed(tx, model);
			if (await isBeingRemoved(tx, model.name)) throw new EngineError('CONFLICT', `A score model "${model.name}" was deleted a moment ago, and its scores are still being removed. Try again in a minute, or choose another name.`);
			const old = await tx.first(sql<{ version: number; config: unknown }>`select version, config from score_model where name = ${model.name}`);
			// A node that saves its model at every run must not score everybody at every run.
			if (old !== undefined && isKeptAs(model, parsed(old.config))) return;
			const version = (old?.version ?? 0) + 1;
			const saved = await readSaved(tx);
			const { stages } = await books.read(tx);
			const compared = comparedTotals([...saved.map(({ rule }) => rule), ...stages.rules.map(({ when }) => when)]).get(model.name) ?? new Set<number>();
			const { followsNow } = knownModel(model, new Map(saved.map((segment) => [segment.name, segment])), compared);
			await tx.run(
				sql`insert into score_model (name, version, config, follows, created_at, updated_at) values (${model.name}, ${version}, ${tx.dialect.json(model)}, ${followsNow}, ${tx.nowMs}, ${tx.nowMs})
					on conflict (name) do update set version = excluded.version, config = excluded.config, follows = excluded.follows, updated_at = excluded.updated_at`,
			);
			await tx.run(sql`insert into score_model_version (model, version, config, saved_at) values (${model.name}, ${version}, ${tx.dialect.json(model)}, ${tx.nowMs})`);
			await startBuild(tx, model.name, await books.bumpVersion(tx));
			await audit?.(tx, [{ action: 'scoreModel.save', who, detail: { model: model.name, version } }]);
		});
	}

	return {
		saveModel: async (given, { source = 'api' } = {}) => {
			const model = checkModel(given);
			await save(model, source);
			await builder.work(WAITED_SLICES);
			return await view(model.name);
		},
		models: () => store.read((reader) => viewModels(reader, books)),
		model: async (name) => (await store.read((reader) => viewModels(reader, books))).find((model) => model.name === name) ?? null,
		modelVersions: (name) =>
			store.read(async (reader) => {
				modelIn(await books.read(reader), name);
				const rows = await reader.all(sql<{ version: number; config: unknown; saved_at: number }>`select version, config, saved_at from score_model_version where model = ${name} order by version desc`);
				return rows.map((row): ScoreModelVersion => ({ version: row.version, savedAt: new Date(row.saved_at).toISOString(), model: parsed(row.config) }));
			}),
		deleteModel: async (name, { source = 'api' } = {}) => {
			await store.tx('score-model-delete', async (tx) => {
				await books.lockForSave(tx);
				const book = await books.read(tx);
				modelIn(book, name);
				await checkUnused(tx, book, name);
				await tx.run(sql`delete from score_model_version where model = ${name}`);
				await tx.run(sql`delete from score_model where name = ${name}`);
				await startRemoval(tx, name);
				await books.bumpVersion(tx);
				await audit?.(tx, [{ action: 'scoreModel.delete', who: source, detail: { model: name } }]);
			});
			let people = 0;
			for (let removed = await removeSlice(store, name); removed !== null; removed = await removeSlice(store, name)) people += removed;
			return { people };
		},
		recalculate: async (name) => {
			await store.tx('score-recalculate', async (tx) => {
				await books.lockForSave(tx);
				modelIn(await books.read(tx), name);
				await startBuild(tx, name, null);
			});
			await builder.work(WAITED_SLICES);
			return await view(name);
		},
	};
}

async function viewModels(reader: Reader, books: Books): Promise<ScoreModelView[]> {
	const book = await books.read(reader);
	const building = await buildsUnderWay(reader);
	const warnings = await warningsOf(reader, book);
	return book.models.map(({ name, model, version, updatedAtMs }) => ({
		...model, version, updatedAt: new Date(updatedAtMs).toISOString(), building: building.has(name), warnings: warnings(name),
	}));
}

/** Throws NOT_FOUND. */
export function modelIn({ models }: Book, name: string): KnownModel {
	const model = models.find((one) => one.name === name);
	if (model === undefined) throw unknownModel(name);
	return model;
}

function unknownModel(name: string): EngineError {
	return new EngineError('NOT_FOUND', `There is no score model "${name}". Choose one that exists, or save it first (Profile Engine: Score Model: Create or Update).`);
}

/** Throws RULE_INVALID for what a rule takes from segments and lists that do not exist, or that ask for scores themselves. */
async function checkBorrowed(reader: Reader, model: Required<ScoreModel>): Promise<void> {
	const saved = new Map((await readSaved(reader)).map((segment) => [segment.name, segment]));
	for (const { name, when } of model.rules) {
		await checkReferences(reader, checkRule(when));
		if (checkRule(writtenOut(when, saved)).scores.size > 0) {
			throw new EngineError('RULE_INVALID', `The rule "${name}" asks for a segment whose own rule asks for a score or a stage: scores would go round in circles. Use a segment without one.`);
		}
	}
}
