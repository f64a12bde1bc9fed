import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { sql } from 'kysely';

import { DATABASES } from '../databases';
import { send } from './fuzz/attack';
import { attackOf } from './fuzz/malformed';
import { basic, configured, startParts, WRITE_KEY, type Parts } from './parts';

/** Of both databases together; `npm run fuzz` sets 100,000, which a release is tried with (about 10 minutes). JOURNEYS_FUZZ_SEED repeats a run. */
const REQUESTS = Number(process.env.JOURNEYS_FUZZ ?? 5_000) / DATABASES.length;
const SEED = Number(process.env.JOURNEYS_FUZZ_SEED ?? 20_260_302);
const AT_ONCE = 48;
/** Of the heap, after a collection of garbage, from a fifth of the run to its end; prepared statements and caches fill up in the first fifth. */
const MOST_GROWTH_BYTES = 12 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
	collectGarbage();
	collectGarbage();
	return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

describe.each(DATABASES)('malformed requests to the own listener on %s', (kind) => {
	let parts: Parts;
	let port: number;
	beforeAll(async () => {
		parts = await startParts(kind);
		port = (await configured(parts, 0)) ?? 0;
	});
	afterAll(() => parts.close());

	it(`crash nothing, get no 5xx, are answered where they are whole, and leave nothing in memory, ${REQUESTS} of them`, async () => {
		const wrong: string[] = [];
		const kinds = new Map<string, number>();
		const statuses = new Map<number, number>();
		async function run(from: number, to: number): Promise<void> {
			let next = from;
			await Promise.all(Array.from({ length: AT_ONCE }, async () => {
				while (next < to) {
					const seed = SEED + next;
					next += 1;
					const attack = attackOf(seed, WRITE_KEY);
					const answer = await send(port, attack);
					kinds.set(attack.kind, (kinds.get(attack.kind) ?? 0) + 1);
					for (const status of answer.statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
					// Who has sent all of a request gets an answer: closed without one, an SDK would send it again for ever.
					const unanswered = attack.complete && answer.statuses.length === 0;
					if (answer.hung || unanswered || answer.statuses.some((status) => status >= 500)) wrong.push(`seed ${seed} (${attack.kind}): ${answer.hung ? 'no answer' : unanswered ? `closed without an answer (${answer.why})` : answer.statuses.join()}`);
				}
			}));
		}

		await run(0, REQUESTS / 5);
		const before = heapBytes();
		await run(REQUESTS / 5, REQUESTS);
		const after = heapBytes();

		expect(wrong).toEqual([]);
		expect(parts.logged).toEqual([]);
		// It did try everything, and some of it was good enough to be stored.
		expect(kinds.size).toBe(16);
		expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 404, 405]));
		const stored = await parts.store.read((reader) => reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from event`));
		expect(stored?.n).toBeGreaterThan(REQUESTS / 50);
		// Test results themselves: 5,000 requests' logs and strings are gone by then.
		expect(after - before).toBeLessThan(MOST_GROWTH_BYTES);

		const honest = await fetch(`http://127.0.0.1:${port}/v1/track`, { method: 'POST', headers: { authorization: basic(WRITE_KEY) }, body: JSON.stringify({ userId: 'honest', event: 'Still Here' }) });
		expect(honest.status).toBe(200);
		if (process.env.JOURNEYS_FUZZ !== undefined) {
			process.stdout.write(`${kind}: ${REQUESTS} requests, heap ${Math.round(before / 1e6)} -> ${Math.round(after / 1e6)} MB, ${JSON.stringify(Object.fromEntries(statuses))}\n`);
		}
	}, 1_200_000);
});
