import { systemClock } from '../engine';
import { wakeEngine } from './wake/engine';
import { journeyFlow, nativeFlow } from './wake/flows';
import { wakeOneByOne } from './wake/latency';
import { startN8n, type RunningN8n } from './wake/n8n';
import { Executions, parkEach, resumeEach } from './wake/native';
import { openJourneys, parkEverybody, seedPeople, wakeEverybody } from './wake/ours';

export const needsN8n = true;

export interface WakeResult {
	bench: string;
	unit: string;
	ours: number;
	baseline: number;
	ratio: number;
	details: Record<string, string | number>;
}

interface Size {
	people: number;
	executions: number;
	rounds: number;
	batch: number;
	native: boolean;
	expression: boolean;
}

interface Leg {
	/** That came out of the wait and to their end. */
	contacts: number;
	wallMs: number;
	cpuMs: number | null;
}

/**
 * Three parts: Journey Wait against n8n's own Wait in one real n8n (`--n8n`: alone), how late a due contact moves in a real n8n while many others wait
 * (`--latency`), and the engine without n8n against raw SQL, with what a parked contact costs on disk and in memory (`--engine`: wake/engine.ts, its options there).
 * Without any of these all three. The result's own figures are those of the first part that ran.
 */
export default async function wake(options: Record<string, string> = {}): Promise<WakeResult> {
	const parts: Array<(options: Record<string, string>) => Promise<WakeResult>> = [];
	const some = ['n8n', 'latency', 'engine'].filter((part) => options[part] === 'true');
	const wanted = (part: string) => some.length === 0 || some.includes(part);
	if (wanted('n8n')) parts.push(wakeInN8n);
	if (wanted('engine')) parts.push(wakeEngine);
	if (wanted('latency')) parts.push(wakeOneByOne);
	const results: WakeResult[] = [];
	for (const part of parts) results.push(await part(options));
	const [first, ...others] = results;
	if (first === undefined) throw new Error('Nothing was measured.');
	return { ...first, details: Object.assign({}, ...[first, ...others].map(({ bench, details }, n) => (n === 0 ? details : { [`-- ${bench}`]: '', ...details }))) as WakeResult['details'] };
}

/**
 * Contacts a second through a wait that ends, in one real n8n: Journey Wait against n8n's own Wait with one execution a contact.
 * Only the way out of the wait is measured: everybody is parked beforehand with the same due time; the clock runs from that
 * moment until the last contact's journey (or execution) has ended. In turns, the best of each side.
 * Options: people (20,000), executions (200, of the baseline, a round), rounds (2), batch (500), native (true; false skips the baseline),
 * expression (false; true: Edit Fields holds an expression, which n8n evaluates for each contact at about 1 ms of CPU on both sides),
 * profile (a folder: n8n writes CPU profiles of all its threads there when it ends).
 */
async function wakeInN8n(options: Record<string, string>): Promise<WakeResult> {
	const people = Number(options.people ?? 20_000);
	const executions = Number(options.executions ?? 200);
	const rounds = Number(options.rounds ?? 2);
	const batch = Number(options.batch ?? 500);
	const native = options.native !== 'false';
	const expression = options.expression === 'true';
	const n8n = await startN8n(options.profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.profile}` });
	try {
		const { ours, baseline } = await inTurns(n8n, { people, executions, rounds, batch, native, expression });
		const speeds = { ours: ours.map(speedOf), baseline: baseline.map(speedOf) };
		const lost = baseline.reduce((sum, { contacts }) => sum + executions - contacts, 0);
		const best = { ours: Math.max(...speeds.ours), baseline: native ? Math.max(...speeds.baseline) : Number.NaN };
		return {
			bench: 'wake', unit: 'contacts/s', ours: Math.round(best.ours), baseline: Number(best.baseline.toFixed(1)), ratio: Number((best.ours / best.baseline).toFixed(1)),
			details: {
				n8n: '2.41.1, one process, its own SQLite; successful executions are not saved on either side',
				ours: `${people} people, ${batch} an execution: Journey Wait -> Edit Fields -> Journey Goal`,
				baseline: `${executions} executions, one contact each: Wait (from n8n's database) -> Edit Fields`,
				measured: 'from the due moment, one for all, to the end of the last; entering is not measured',
				'Edit Fields': expression ? 'sets an expression, evaluated by n8n for each contact' : 'sets a fixed text; see --expression=true',
				'ours, each round (contacts/s)': speeds.ours.map(Math.round).join(', '),
				'baseline, each round (contacts/s)': speeds.baseline.map((speed) => speed.toFixed(1)).join(', '),
				'ours, CPU ms a contact': cpuEach(ours),
				'baseline, CPU ms a contact': cpuEach(baseline),
				...(lost > 0 ? { 'baseline, executions lost': `${lost}, not counted: n8n's write lock timed out` } : {}),
			},
		};
	} finally {
		await n8n.stop();
	}
}

async function inTurns(n8n: RunningN8n, { people, executions, rounds, batch, native, expression }: Size) {
	await n8n.publish(journeyFlow(batch, expression));
	await n8n.publish(nativeFlow(expression));
	const engine = await openJourneys(n8n.journeys);
	const all = new Executions(n8n.database);
	const ours: Leg[] = [];
	const baseline: Leg[] = [];
	try {
		await seedPeople(engine, people);
		for (let round = 0; round < rounds; round += 1) {
			if (native) {
				await parkEach(n8n.url, executions);
				await all.allWaiting(executions);
			}
			await parkEverybody(engine, people);
			// Ours is measured in the minute that n8n needs to notice the waits that end.
			const dueMs = native ? all.endWaitsTogether() : Infinity;
			ours.push({ contacts: people, ...(await wakeEverybody(engine, people, n8n.cpuMs)) });
			if (systemClock.nowMs() > dueMs) throw new Error('Ours took so long that the baseline began beside it. Choose fewer people (--people=5000).');
			if (native) baseline.push(await resumeEach(all, executions, dueMs, n8n.cpuMs));
		}
		return { ours, baseline };
	} finally {
		all.close();
		await engine.close();
	}
}

function speedOf({ contacts, wallMs }: Leg): number {
	return (contacts / wallMs) * 1_000;
}

function cpuEach(legs: Leg[]): string {
	return legs.map(({ contacts, cpuMs }) => (cpuMs === null ? 'unknown' : (cpuMs / contacts).toFixed(3))).join(', ');
}
