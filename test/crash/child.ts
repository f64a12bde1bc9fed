import { openSync, writeSync } from 'node:fs';

import { createEngine } from '../../engine/engine';
import { ManualClock } from '../../engine/kernel';
import type { DatabaseConfig } from '../../engine/store';
import { HOURS as LIFE_HOURS, Scenario } from './scenario';
import type { Passed } from './story';
import { HOURS as SURROUNDING_HOURS, Surroundings } from './surroundings';

export type StoryName = 'life of a token' | 'surroundings';

export interface ChildTask {
	story: StoryName;
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
	// Nor does it pass between the last look at who may be sent to and the sending, however slow the machine is: after a while of it the engine would look again.
	performance.now = () => 0;
	const engine = await createEngine({ database: task.database, clock, onPoint });
	const options = { people: task.people, smtpPort: task.smtpPort, clock, startMs: task.startMs, passed: (passed: Passed[]) => log({ passed }) };
	const scenario = task.story === 'surroundings' ? new Surroundings(engine, options) : new Scenario(engine, options);
	await scenario.register();
	const hours = (task.story === 'surroundings' ? SURROUNDING_HOURS : LIFE_HOURS).filter((hour) => hour <= task.untilHour);
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
