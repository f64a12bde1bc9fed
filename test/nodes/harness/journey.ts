import { TestN8n } from './n8n';
import type { Canvas } from './n8n';

import { sql } from 'kysely';
import type { INodeType } from 'n8n-workflow';

import { createEngine, ManualClock } from '../../../engine';
import type { LocalEngine, TrackingMessage } from '../../../engine';
import { JourneyExit } from '../../../nodes/JourneyExit/JourneyExit.node';
import { JourneyGoal } from '../../../nodes/JourneyGoal/JourneyGoal.node';
import { JourneyTrigger } from '../../../nodes/JourneyTrigger/JourneyTrigger.node';
import { JourneyWait } from '../../../nodes/JourneyWait/JourneyWait.node';
import { JourneyWaitForEvent } from '../../../nodes/JourneyWaitForEvent/JourneyWaitForEvent.node';
import { SegmentFilter } from '../../../nodes/SegmentFilter/SegmentFilter.node';
import { useEngine } from '../../../nodes/shared/engine';
import { emptyDatabase, TEST_START_MS, type DatabaseKind } from '../../engine/databases';

export const PREFIX = 'n8n-nodes-journeys.';

export const flowNodes: Record<string, INodeType> = {
	[`${PREFIX}journeyTrigger`]: new JourneyTrigger(),
	[`${PREFIX}journeyWait`]: new JourneyWait(),
	[`${PREFIX}journeyWaitForEvent`]: new JourneyWaitForEvent(),
	[`${PREFIX}segmentFilter`]: new SegmentFilter(),
	[`${PREFIX}journeyGoal`]: new JourneyGoal(),
	[`${PREFIX}journeyExit`]: new JourneyExit(),
};

/** A real engine on an empty database, put in the place of the process-wide one, and workflows in n8n's own engine. */
export interface World {
	engine: LocalEngine;
	clock: ManualClock;
	/** A workflow that is not published: run it by hand with execute(). */
	draw(canvas: Canvas): TestN8n;
	publish(canvas: Canvas): Promise<TestN8n>;
	/** People by email who do something now; made when new. Answers with their profile ids. */
	happens(event: string, emails: string[], properties?: TrackingMessage['properties']): Promise<number[]>;
	/** Rows of every table of the engine, by name. */
	rows(): Promise<Record<string, number>>;
	close(): Promise<void>;
}

export interface WorldOptions {
	/** Default: the embedded one. */
	kind?: DatabaseKind;
	/** Default TEST_START_MS. */
	startMs?: number;
	/** Called at the engine's named points around commits; what it throws there fails the transaction. */
	atPoint?: (point: string) => void;
}

export async function createWorld(more: Record<string, INodeType> = {}, { kind = 'sqlite', startMs = TEST_START_MS, atPoint }: WorldOptions = {}): Promise<World> {
	const { database, drop } = await emptyDatabase(kind);
	const clock = new ManualClock(startMs);
	const engine = await createEngine({ database, clock, ...(atPoint === undefined ? {} : { onPoint: atPoint }) });
	useEngine(engine);
	const published: TestN8n[] = [];
	return {
		engine,
		clock,
		draw: (canvas) => new TestN8n(canvas, { ...flowNodes, ...more }),
		publish: async (canvas) => {
			const n8n = new TestN8n(canvas, { ...flowNodes, ...more });
			published.push(n8n);
			await n8n.publish();
			return n8n;
		},
		happens: async (event, emails, properties = {}) => {
			const report = await engine.events.ingest(
				emails.map((value) => ({ type: 'track', event, properties, identities: [{ kind: 'email', value }], timestamp: clock.nowMs() })),
				{ source: 'test' },
			);
			return report.profiles.map(Number);
		},
		rows: async () => await countRows(engine),
		close: async () => {
			for (const n8n of published) await n8n.close();
			await eventually(() => published.every((n8n) => !n8n.isRunning));
			useEngine(null);
			await engine.close();
			await drop();
		},
	};
}

async function countRows(engine: LocalEngine): Promise<Record<string, number>> {
	return await engine.store.read(async (reader) => {
		const listed = reader.dialect.name === 'postgres' ? sql`select table_name as name from information_schema.tables where table_schema = current_schema()` : sql`select name from sqlite_master where type = 'table'`;
		const tables = await reader.all<{ name: string }>(sql<{ name: string }>`${listed} order by name`);
		const counts: Record<string, number> = {};
		// Which execution looked at whom is noted of a run by hand as well: n8n keeps it, and an erasure has to name it.
		for (const { name } of tables.filter((table) => !table.name.startsWith('execution'))) {
			const row = await reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`);
			counts[name] = Number(row?.n);
		}
		return counts;
	});
}

const PATIENCE_MS = 15_000;

/** Resolves as soon as the condition holds; rejects when it does not for 15 seconds. What the pumps do has no other end to wait for. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
	const startedMs = performance.now();
	while (!(await condition())) {
		if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`This did not come true in time: ${condition.toString()}`);
		await new Promise((resolve) => setImmediate(resolve));
	}
}
