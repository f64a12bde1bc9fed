import { openSync, writeSync } from 'node:fs';

import { createEngine } from '../../engine/engine';
import { ManualClock } from '../../engine/kernel';
import type { DatabaseConfig } from '../../engine/store';
import { Scenario, type Passed } from './scenario';

export interface ChildTask {
	database: DatabaseConfig;
	smtpPort: number;
	people: number;
	startMs: number;
	/** Where the clock stands; the timeline's later moments follow from here. */
	nowMs: number;
	/** The last hour of the timeline to play. */
	untilHour: number;
	/** Die, or stop until SIGCONT comes, at the n-th time this point is reached. */
	crash: { point: string; occurrence: number; signal?: 'SIGKILL' | 'SIGSTOP' } | null;
	logFile: string;
}

/** Lines of the log. A SIGKILL loses nothing that has been written, so no fsync is needed. */
export type LogLine = { now: number } | { passed: Passed[] } | { died: string } | { done: Record<string, number> };

export const TIMELINE_HOURS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.25, 2.5, 2.75, 3, 3.25, 4, 5.5, 6.5, 7.25, 8, 8.5, 9, 11, 11.5, 12, 14, 30];
const HOUR_MS = 3_600_000;

/** One process of n8n's: plays the timeline from where the clock stands, or dies at a named point on the way. */
async function main(task: ChildTask): Promise<void> {
	const file = openSync(task.logFile, 'a');
	const log = (line: LogLine) => void writeSync(file, `${JSON.stringify(line)}\n`);
	const clock = new ManualClock(task.nowMs);
	const reached: Record<string, number> = {};
	const onPoint = (point: string) => {
		reached[point] = (reached[point] ?? 0) + 1;
		if (point !== task.crash?.point || reached[point] !== task.crash.occurrence) return;
		log({ died: point });
		writeSync(process.stdout.fd, 'at the point\n');
		process.kill(process.pid, task.crash.signal ?? 'SIGKILL');
	};
	const engine = await createEngine({ database: task.database, clock, onPoint });
	const scenario = new Scenario(engine, { people: task.people, smtpPort: task.smtpPort, passed: (passed) => log({ passed }) });
	await scenario.register();
	const hours = TIMELINE_HOURS.filter((hour) => hour <= task.untilHour);
	const past = (hour: number) => task.startMs + hour * HOUR_MS < task.nowMs;
	// What the dead process left half done is repeated first, as a sender of events does that got no answer.
	for (const hour of hours.filter(past)) await scenario.outside(hour);
	await scenario.pump();
	for (const hour of hours.filter((one) => !past(one))) {
		clock.set(task.startMs + hour * HOUR_MS);
		log({ now: clock.nowMs() });
		await scenario.outside(hour);
		await scenario.pump();
	}
	await engine.close();
	log({ done: reached });
}

if (require.main === module) {
	main(JSON.parse(process.argv[2] ?? '') as ChildTask).catch((error: unknown) => {
		process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
		process.exit(1);
	});
}
