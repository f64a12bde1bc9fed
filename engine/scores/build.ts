import { sql } from 'kysely';

import { lockProfiles } from '../profiles';
import type { Reader, Store, Tx } from '../store';
import type { Book, Books } from './book';
import { borrowsOtherwise, STAGES_BUILD, STAGES_KEY } from './book';
import type { Follower } from './follow';
import { removeSlice } from './remove';
import { moveByRules } from './stage-rules';
import { readBuilds, type Build } from './unreached';

/**
 * Scoring everybody, in slices of 500 people with a transaction each, so that nobody waits for longer than one slice takes.
 * waiting (a row of score_build) -> slice after slice, the cursor behind -> done (no row). A save in the middle begins it anew.
 * Whoever is not reached yet keeps the former score; whoever changes meanwhile is scored by the new version at once, and that starts
 * no journey (unreached.ts). People who came after the save need no build.
 */
const SLICE = 500;

/** `version`: of the book from now on; null: points stay what they are, so that nobody's change is the model's doing. */
export async function startBuild(tx: Tx, name: string, version: number | null): Promise<void> {
	const last = (await tx.first(sql<{ last: number }>`select coalesce(max(id), 0) as last from profile`))?.last ?? 0;
	await tx.run(sql`insert into score_build (name, cursor, cause, last_id, version) values (${name}, 0, 'model', ${last}, ${version ?? 0})
		on conflict (name) do update set cursor = 0, last_id = excluded.last_id, version = case when excluded.version > score_build.version then excluded.version else score_build.version end`);
}

export async function buildsUnderWay(reader: Reader): Promise<Set<string>> {
	return new Set((await readBuilds(reader)).keys());
}

export class Builder {
	constructor(private readonly deps: { store: Store; books: Books; follower: Follower }) {}

	/** At most so many slices, with something else after each; answers with how many there were. */
	async work(mostSlices: number, between: () => Promise<unknown> = async () => undefined): Promise<number> {
		await this.noticeSegments();
		let slices = 0;
		while (slices < mostSlices && (await this.slice())) {
			slices += 1;
			await between();
		}
		return slices;
	}

	/** A saved segment that lends its rule, or compares with another total than before, makes stored scores out of date. */
	private async noticeSegments(): Promise<void> {
		const { store, books } = this.deps;
		const isOutOfDate = (book: Book): boolean => [...book.models, book.stages].some(({ follows, followsNow }) => follows !== followsNow);
		if (!isOutOfDate(await store.read((reader) => books.read(reader)))) return;
		await store.tx('score-follow', async (tx) => {
			await books.lockForSave(tx);
			const { models, stages } = await books.read(tx);
			const version = await books.bumpVersion(tx);
			for (const model of models) {
				if (model.follows === model.followsNow) continue;
				await tx.run(sql`update score_model set follows = ${model.followsNow} where name = ${model.name}`);
				await startBuild(tx, model.name, borrowsOtherwise(model) ? version : null);
			}
			if (stages.follows !== stages.followsNow) {
				await keepStages(tx, { definition: stages.definition, follows: stages.followsNow });
				await startBuild(tx, STAGES_BUILD, version);
			}
		});
	}

	private async slice(): Promise<boolean> {
		const { store, books, follower } = this.deps;
		const waiting = await store.read((reader) => reader.first(sql<{ name: string; cause: string }>`select name, cause from score_build order by cause, name limit 1`));
		if (waiting === undefined) return false;
		if (waiting.cause === 'gone') return (await removeSlice(store, waiting.name)) !== null;
		await store.tx('score-build', async (tx) => {
			const plan = await tx.first(sql<Build>`select name, cursor, last_id, version from score_build where cause = 'model' order by name limit 1`);
			if (plan === undefined) return;
			const people = (await tx.all(sql<{ id: number }>`select id from profile where id > ${plan.cursor} and id <= ${plan.last_id} order by id limit ${sql.lit(SLICE)}`)).map(({ id }) => id);
			// People, then the book, then the plan: the order of everybody else, so that nobody waits in a circle.
			await lockProfiles(tx, people);
			const book = await books.forChange(tx);
			const now = await tx.first(sql<Build>`select name, cursor, last_id, version from score_build where name = ${plan.name} and cause = 'model' ${tx.dialect.forUpdate}`);
			if (now === undefined || now.cursor !== plan.cursor || now.version !== plan.version) return;
			if (people.length > 0) await this.build(tx, follower, book, plan.name, people);
			const last = people.at(-1);
			if (people.length < SLICE || last === undefined) await tx.run(sql`delete from score_build where name = ${plan.name}`);
			else await tx.run(sql`update score_build set cursor = ${last} where name = ${plan.name}`);
		});
		return true;
	}

	/** Saving a model is nothing that people did: no journey starts. */
	private async build(tx: Tx, follower: Follower, book: Book, name: string, people: readonly number[]): Promise<void> {
		if (name === STAGES_BUILD) {
			await follower.tellStages(tx, await moveByRules(tx, book, people, () => 'model', 'ask'), () => true);
			return;
		}
		const model = book.models.find((one) => one.name === name);
		if (model === undefined) return;
		const change = { created: new Set<number>(), events: new Map<string, Set<number>>(), attributes: new Map<string, Set<number>>(), historical: true };
		await follower.follow(tx, book, [{ model, profiles: people }], change, () => 'model');
	}
}

export async function keepStages(tx: Tx, value: { definition: object; follows: string }): Promise<void> {
	await tx.run(
		sql`insert into setting (key, value, updated_at) values (${STAGES_KEY}, ${tx.dialect.json(value)}, ${tx.nowMs})
			on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
	);
}
