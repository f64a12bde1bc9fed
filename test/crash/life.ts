import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { sql } from 'kysely';

import { ManualClock, silentLog } from '../../engine/kernel';
import { openStore, type DatabaseConfig, type Store } from '../../engine/store';
import { emptyDatabase, TEST_START_MS, type DatabaseKind } from '../engine/databases';
import { protocolViolations } from '../engine/journeys/protocol-checks';
import { Mailbox } from '../engine/messages/mailbox';
import type { ChildTask, LogLine, StoryName } from './child';
import { ENTRY_EVENT, type Passed } from './story';

export const PEOPLE = 30;
const LAST_HOUR = 30;

export interface Crash {
	point: string;
	occurrence: number;
	/** How long nobody runs after it. */
	restMs: number;
	/** SIGSTOP: the process is not dead, it comes back later. */
	signal?: 'SIGKILL' | 'SIGSTOP';
}

export interface Ended {
	/** The oracle: sorted lines (person, step, trail, outcome) and how each enrollment, message and goal ended. */
	oracle: string[];
	unknown: number;
	/** Crash points that were really reached. */
	died: string[];
	/** Named points and how often the last process reached them. */
	reached: Record<string, number>;
	accepted: number;
	violations: Array<Record<string, object[]>>;
}

/** One database from its first process to the end of its journeys, through crashes, checked after each. */
export class Life {
	private readonly folder = mkdtempSync(join(tmpdir(), 'journeys-life-'));
	private processes = 0;
	readonly violations: Array<Record<string, object[]>> = [];

	private constructor(
		private readonly program: string,
		readonly database: DatabaseConfig,
		private readonly drop: () => Promise<void>,
		readonly mailbox: Mailbox,
		private readonly story: StoryName,
	) {}

	static async begin(kind: DatabaseKind, program: string, story: StoryName = 'life of a token'): Promise<Life> {
		const { database, drop } = await emptyDatabase(kind);
		return new Life(program, database, drop, await Mailbox.open(), story);
	}

	async end(): Promise<void> {
		await this.mailbox.close();
		await this.drop();
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** Runs a process until it ends or dies. Answers with what it logged. */
	async process(nowMs: number, crash: Crash | null = null, untilHour = LAST_HOUR): Promise<LogLine[]> {
		return await this.start(nowMs, crash, untilHour).ended;
	}

	/** Starts a process; `atPoint` resolves when it has reached the point where it stops or dies. */
	start(nowMs: number, crash: Crash | null, untilHour = LAST_HOUR): { ended: Promise<LogLine[]>; atPoint: Promise<void>; goOn(): void } {
		this.processes += 1;
		const logFile = join(this.folder, `${this.processes}.log`);
		const task: ChildTask = { story: this.story, database: this.database, smtpPort: this.mailbox.port, people: PEOPLE, startMs: TEST_START_MS, nowMs, untilHour, crash, logFile };
		const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', this.program, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(this.program), 'compiled') } });
		let complaint = '';
		child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
		const atPoint = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
		const ended = new Promise<LogLine[]>((resolve, reject) => {
			child.on('error', reject);
			child.on('close', (code, killedBy) => {
				const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as LogLine) : [];
				const planned = killedBy === 'SIGKILL' && lines.some((line) => 'died' in line);
				if (code === 0 || planned) resolve(lines);
				else reject(new Error(`The process ended with ${code ?? killedBy}: ${complaint}`));
			});
		});
		return { ended, atPoint, goOn: () => void child.kill('SIGCONT') };
	}

	async check(nowMs: number, atRest: boolean): Promise<void> {
		const found = await this.withStore(nowMs, (store) => protocolViolations(store, this.mailbox.accepted, { entryEvent: ENTRY_EVENT, atRest }));
		if (Object.keys(found).length > 0) this.violations.push(found);
	}

	async oracle(passed: readonly Passed[]): Promise<{ oracle: string[]; unknown: number }> {
		return await this.withStore(TEST_START_MS, (store) => store.read(async (reader) => {
			const read = <Row>(text: string) => reader.all<Row>(sql<Row>`${sql.raw(text)}`);
			const messages = await read<{ value: string; step: string; trail: string; state: string; reason: string | null; channel: string; attempts: number }>(`select i.value, m.step, m.trail, m.state, m.reason, m.channel, m.attempts from message m join identity i on i.profile = m.profile and i.kind = 'user_id'`);
			const enrollments = await read<{ value: string; state: string; end_reason: string | null }>(`select i.value, e.state, e.end_reason from enrollment e join identity i on i.profile = e.profile and i.kind = 'user_id'`);
			const goals = await read<{ value: string; name: string }>(`select i.value, g.name from goal g join identity i on i.profile = g.profile and i.kind = 'user_id'`);
			// What is counted of journeys by the hour, added up or still to be: each entry once.
			const entered = await read<{ journey: string; people: number }>(`select j.workflow || ':' || j.step as journey, sum(t.people) as people
				from (select journey, kind, people from journey_tally union all select journey, kind, people from journey_tally_new) as t join journey j on j.id = t.journey where t.kind = 'entered' group by j.workflow, j.step`);
			const stuck = await read<{ value: string; state: string; reason: string | null }>(`select i.value, t.state, t.reason from token t join identity i on i.profile = t.profile and i.kind = 'user_id'`);
			// A replay says the same again; another outcome for the same visit would be a line of its own, and so does a doubled token.
			const visits = new Set(passed.map((one) => JSON.stringify([one.token, one.person, one.step, one.trail, one.outcome])));
			const assigned = await read<{ value: string; people: number; matured: number }>(`select i.value, count(*) as people, count(a.matured_at) as matured from assignment a join identity i on i.profile = a.profile and i.kind = 'user_id' group by i.value`);
			// How long the trouble lasted, and so whether another kind was raised too, hangs on when nobody ran.
			const alerts = await read<{ kind: string; untold: number }>(`select a.kind, count(d.id) as untold from alert a left join alert_delivery d on d.alert = a.id where a.kind in ('held', 'sendingStopped') group by a.kind`);
			return {
				unknown: messages.filter(({ state }) => state === 'unknown').length,
				oracle: [
					...[...visits].map((text) => (JSON.parse(text) as unknown[]).slice(1)).map((visit) => (visit[1] === 'split' ? visit.slice(0, 2) : visit).join(' ')),
					...messages.map((row) => `${row.value} message ${row.step} ${row.trail} ${row.state === 'unknown' ? 'sent' : `${row.state} ${row.reason ?? ''}`.trim()}`),
					// What stands behind a gate keeps no log: a second turn shows in the ledger only.
					...messages.filter(({ channel }) => channel === 'chat').map((row) => `${row.value} given out ${row.attempts} times`),
					...enrollments.map((row) => `${row.value} ${row.state}: ${row.end_reason}`),
					...goals.map((row) => `${row.value} goal ${row.name}`),
					...entered.map((row) => `counted ${row.journey} entered ${row.people}`),
					...assigned.map((row) => `${row.value} assigned ${row.people}, matured ${row.matured}`),
					...alerts.map((row) => `alert ${row.kind}, untold ${row.untold}`),
					...stuck.map((row) => `${row.value} stuck ${row.state}: ${row.reason}`),
				].sort(),
			};
		}));
	}

	private async withStore<Result>(nowMs: number, work: (store: Store) => Promise<Result>): Promise<Result> {
		const store = await openStore({ database: this.database, clock: new ManualClock(nowMs), log: silentLog });
		try {
			return await work(store);
		} finally {
			await store.close();
		}
	}
}

export function clockOf(lines: readonly LogLine[], startMs: number): number {
	return lines.reduce((now, line) => ('now' in line ? line.now : now), startMs);
}

export function passedIn(lines: readonly LogLine[]): Passed[] {
	return lines.flatMap((line) => ('passed' in line ? line.passed : []));
}

/** A whole life through these crashes, those that are still reached. */
export async function live(kind: DatabaseKind, program: string, crashes: readonly Crash[], story: StoryName = 'life of a token'): Promise<Ended> {
	const life = await Life.begin(kind, program, story);
	try {
		let nowMs = TEST_START_MS;
		const lines: LogLine[] = [];
		const died: string[] = [];
		for (const crash of [...crashes, null]) {
			const said = await life.process(nowMs, crash);
			lines.push(...said);
			nowMs = clockOf(said, nowMs);
			const death = said.find((line) => 'died' in line);
			await life.check(nowMs, death === undefined);
			if (death === undefined) break;
			died.push(death.died);
			nowMs += crash?.restMs ?? 0;
		}
		const done = lines.find((line) => 'done' in line);
		return { ...(await life.oracle(passedIn(lines))), died, reached: done?.done ?? {}, accepted: life.mailbox.accepted.length, violations: life.violations };
	} finally {
		await life.end();
	}
}
