import { execFileSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';

import { sql } from 'kysely';

import { createEngine, type LocalEngine } from '../../../engine/engine';
import { journeyId } from '../../../engine/journeys';
import type { JsonObject } from '../../../engine/kernel';
import { ManualClock } from '../../../engine/kernel';
import type { DatabaseConfig } from '../../../engine/store';
import { emptyDatabase, TEST_START_MS, type DatabaseKind, type OwnDatabase } from '../databases';
import { Walk } from './walk';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** An engine on an empty database of its own, with a clock that the test moves. */
export class World {
	private readonly engines: LocalEngine[];

	private constructor(
		readonly engine: LocalEngine,
		readonly clock: ManualClock,
		readonly database: DatabaseConfig,
		private readonly drop: () => Promise<void>,
		readonly points: string[],
		readonly walk: Walk,
	) {
		this.engines = [engine];
	}

	/** `own`: on this database instead of an empty one. */
	static async open(kind: DatabaseKind, options: { atPoint?: (point: string) => void; startMs?: number; own?: OwnDatabase } = {}): Promise<World> {
		const { database, drop } = options.own ?? (await emptyDatabase(kind));
		const clock = new ManualClock(options.startMs ?? TEST_START_MS);
		const points: string[] = [];
		const engine = await createEngine({ database, clock, onPoint: (point) => {
			points.push(point);
			options.atPoint?.(point);
		} });
		return new World(engine, clock, database, drop, points, new Walk(engine));
	}

	/** A second process on the same database, as far as the database can tell. */
	async another(): Promise<{ engine: LocalEngine; walk: Walk }> {
		const engine = await createEngine({ database: this.database, clock: this.clock });
		this.engines.push(engine);
		return { engine, walk: new Walk(engine) };
	}

	/** n8n is up for so long: the process that runs triggers beats, whatever is published. */
	async upFor(minutes: number): Promise<void> {
		for (let minute = 0; minute < minutes; minute += 1) {
			this.clock.advance(MINUTE_MS);
			await this.engine.journeys.markLeader();
		}
	}

	async close(): Promise<void> {
		for (const engine of this.engines) await engine.close();
		await this.drop();
	}

	/** Makes people with an email address each; answers with their profile ids. */
	async people(count: number, options: { test?: boolean; attributes?: JsonObject } = {}): Promise<number[]> {
		const report = await this.engine.profiles.upsert(
			Array.from({ length: count }, (_, n) => ({ identities: [{ kind: 'email', value: `p${n}@customer.example` }, { kind: 'user_id', value: `u${n}` }], attributes: { number: n, ...options.attributes } })),
			{ source: 'test', ...(options.test === undefined ? {} : { test: options.test }) },
		);
		return report.profiles.map((id) => Number(id));
	}

	/** Everybody does the same now. Answers with how many entered a journey by it. */
	async track(event: string, profiles: readonly number[], facts: { enrollment?: number; properties?: JsonObject; messageId?: string } = {}): Promise<number> {
		const { enrollment, properties, messageId } = facts;
		const report = await this.engine.events.ingest(profiles.map((profileId) => ({
			type: 'track', event, profileId,
			...(enrollment === undefined ? {} : { enrollment }), ...(properties === undefined ? {} : { properties }), ...(messageId === undefined ? {} : { messageId }),
		})), { source: 'test', own: true });
		return report.entered;
	}

	async rows<Row extends object>(text: string): Promise<Row[]> {
		return await this.engine.store.read((reader) => reader.all<Row>(sql<Row>`${sql.raw(text)}`));
	}

	/** As it stands in the rows, of the journey that starts at this step. */
	journey(step: string): string {
		return journeyId({ workflow: this.walk.workflow, step });
	}

	/** Direct change of the data, for what a test cannot reach by time or calls. */
	async change(text: string): Promise<void> {
		await this.engine.store.tx('test-change', (tx) => tx.run(sql.raw(text)));
	}

	async enrollments(): Promise<Array<{ profile: number; state: string; open_tokens: number; end_reason: string | null; end_step: string | null }>> {
		return await this.rows('select profile, state, open_tokens, end_reason, end_step from enrollment order by id');
	}

	async tokens(): Promise<Array<{ id: string; profile: number; step: string; state: string; epoch: number; outcome: string | null; due_at: number; lone: number; reason: string | null; since_no: number | null }>> {
		return await this.rows('select t.id, t.profile, s.step, t.state, t.epoch, t.outcome, t.due_at, t.lone, t.reason, t.since_no from token t join step s on s.place = t.place order by t.profile, s.step, t.id');
	}

	async messages(): Promise<Array<{ id: string; profile: number; step: string; state: string; reason: string | null; attempts: number }>> {
		return await this.rows('select id, profile, step, state, reason, attempts from message order by profile, step, id');
	}
}

/** A change by another process, made while this one stands still at a point. */
export function changeElsewhere(database: DatabaseConfig, text: string): void {
	if (database.kind === 'sqlite') {
		const connection = new DatabaseSync(database.file);
		connection.exec(text);
		connection.close();
		return;
	}
	const program = `const client = new (require('pg').Client)({ connectionString: process.argv[1], options: '-c search_path=' + process.argv[2] });
		client.connect().then(() => client.query(process.argv[3])).then(() => client.end());`;
	execFileSync(process.execPath, ['-e', program, database.url, database.schema ?? 'public', text], { cwd: __dirname });
}
