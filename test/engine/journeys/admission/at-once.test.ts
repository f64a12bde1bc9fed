import { sql } from 'kysely';

import type { LocalEngine } from '../../../../engine/engine';
import { journeyId, pauseIn } from '../../../../engine/journeys';
import { admit } from '../../../../engine/journeys/admission/admit';
import type { Listening } from '../../../../engine/journeys/react';
import { lockProfiles } from '../../../../engine/profiles';
import { untilBlocked } from '../../blocked';
import { DATABASES } from '../../databases';
import { Mailbox } from '../../messages/mailbox';
import type { Walk } from '../walk';
import { HOUR_MS, World } from '../world';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;
const STEP = { workflow: 'wf', step: 'trigger' };
const JOURNEY = { id: journeyId(STEP), ...STEP };

describe.each(DATABASES)('two processes that take people into one journey at once, on %s', (kind) => {
	let world: World;
	let other: { engine: LocalEngine; walk: Walk };
	beforeEach(async () => {
		world = await World.open(kind);
		other = await world.another();
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const signUp = (engine: LocalEngine, people: readonly number[]) => engine.events.ingest(people.map((profileId) => ({ type: 'track', event: 'Signed Up', profileId })), { source: 'test' });

	it('never give the same slot or more than the rate', async () => {
		const rate = { people: 3, perMs: 1_000 };
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: rate });
		const people = await world.people(120);
		const batches = Array.from({ length: 20 }, (_, n) => people.slice(n * 6, n * 6 + 6));

		await Promise.all(batches.map((batch, n) => signUp(n % 2 === 0 ? world.engine : other.engine, batch)));

		const dues = (await world.tokens()).map(({ due_at: due }) => due).sort((a, b) => a - b);
		expect(dues).toHaveLength(120);
		expect(dues.filter((due, n) => n >= rate.people && due - (dues[n - rate.people] ?? 0) < rate.perMs)).toEqual([]);
		expect(dues.at(-1)).toBe(world.clock.nowMs() + Math.floor((119 * rate.perMs) / rate.people));
	});

	it('never both take the last places of the cap', async () => {
		for (let round = 0; round < 6; round += 1) {
			const workflow = `wf${round}`;
			const step = { ...trigger(), workflow };
			await world.walk.register(step, { entry: { kind: 'event', match: { event: `Signed Up ${round}` } }, entryCap: { people: 10, perMs: HOUR_MS } });
			const people = await world.people(12);
			const enter = (engine: LocalEngine, whom: readonly number[]) => engine.events.ingest(whom.map((profileId) => ({ type: 'track', event: `Signed Up ${round}`, profileId })), { source: 'test' });
			await Promise.all([enter(world.engine, people.slice(0, 6)), enter(other.engine, people.slice(6))]);

			const [status] = await world.engine.journeys.status({ workflow });
			expect([status?.entered, status?.paused === null]).toEqual([12, false]);
		}
	});

	it('and one that resumes it lose no slot between them', async () => {
		const rate = { people: 1, perMs: 1_000 };
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: rate });
		const people = await world.people(60);
		await signUp(world.engine, people.slice(0, 10));
		await world.engine.journeys.pause({ workflow: 'wf' }, 'x');
		world.clock.advance(HOUR_MS);

		await Promise.all([signUp(world.engine, people.slice(10, 30)), other.engine.journeys.resume({ workflow: 'wf' }), signUp(other.engine, people.slice(30))]);

		const dues = (await world.tokens()).map(({ due_at: due }) => due).sort((a, b) => a - b);
		// Whoever was due when the pause came is due at once; all others are one by one behind the resume.
		expect(dues.map((due) => due - world.clock.nowMs())).toEqual(Array.from({ length: 60 }, (_, n) => n * 1_000));
	});
});

/*
 * Two connections of one PostgreSQL, one of them stopped in mid-transaction. SQLite has one writer, so these orders do not exist there.
 */
describe('a pause, or a cap, beside what is under way, on postgres', () => {
	let world: World;
	let other: { engine: LocalEngine; walk: Walk };
	let mailbox: Mailbox;
	beforeEach(async () => {
		world = await World.open('postgres');
		other = await world.another();
		mailbox = await Mailbox.open();
		await world.walk.register(trigger(), { entry: SIGNED_UP });
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');

	it('of two that take the last places of the cap at once the second waits for the first, and the journey pauses itself', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryCap: { people: 10, perMs: HOUR_MS } });
		const people = await world.people(12);
		let entering: Promise<unknown> = Promise.resolve();
		await other.engine.store.tx('test-enter', async (tx) => {
			await lockProfiles(tx, people.slice(0, 6));
			const row = await tx.first<Listening>(sql<Listening>`select id, workflow, step, entry_kind, entry_name, exit_name, beat_at, config from journey`);
			expect(await admit(tx, row as Listening, people.slice(0, 6).map((profile) => ({ profile, occurredAtMs: tx.nowMs, occasion: 'test' })))).toHaveLength(6);
			entering = world.track('Signed Up', people.slice(6));
			await untilBlocked(tx, [entering]);
		});
		await entering;

		expect((await world.engine.journeys.status())[0]).toMatchObject({ entered: 12, paused: { reason: expect.stringContaining('More than 10 people') } });
		expect((await world.walk.claim(trigger())).people).toEqual([]);
	});

	it('a claim that comes while the pause is being written waits for it, and hands out nobody', async () => {
		await world.track('Signed Up', await world.people(3));
		let claimed: Promise<{ people: unknown[] }> | undefined;
		await other.engine.store.tx('test-pause', async (tx) => {
			await pauseIn(tx, [JOURNEY], 'x', 'test');
			claimed = world.walk.claim(trigger());
			await untilBlocked(tx, [claimed]);
		});

		expect((await claimed)?.people).toEqual([]);
	});

	it('a pause waits for a claim that is under way, so that none is committed behind it', async () => {
		await world.track('Signed Up', await world.people(1));
		const order: string[] = [];
		let both: Promise<unknown> = Promise.resolve();
		await other.engine.store.tx('test-hold', async (tx) => {
			// The claim has the person and cannot write its lease yet; it holds the journey meanwhile.
			await tx.run(sql`lock table lease in share mode`);
			const claim = world.walk.claim(trigger()).then(({ people }) => order.push(`claimed ${people.length}`));
			await untilBlocked(tx, [claim]);
			const pause = world.engine.journeys.pause({ workflow: 'wf' }, 'x').then(() => order.push('paused'));
			both = Promise.all([claim, pause]);
			await untilBlocked(tx, [claim, pause]);
		});
		await both;

		expect(order.sort()).toEqual(['claimed 1', 'paused']);
		expect(world.points.filter((point) => /^(claim|pause-journey):after-commit$/.test(point)).slice(-2)).toEqual(['claim:after-commit', 'pause-journey:after-commit']);
		expect((await world.walk.claim(trigger())).people).toEqual([]);
	});

	it('a send that comes while the pause is being written waits for it, and sends nothing', async () => {
		await world.track('Signed Up', await world.people(2));
		const leg = await world.walk.start(trigger());
		const email = world.walk.step('email', 'email');
		let sent: Promise<{ results: Array<{ outcome: string }> }> | undefined;
		await other.engine.store.tx('test-pause', async (tx) => {
			await pauseIn(tx, [JOURNEY], 'x', 'test');
			sent = world.walk.email(email, leg.people, mailbox.mail());
			await untilBlocked(tx, [sent]);
		});

		expect((await sent)?.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(mailbox.accepted).toEqual([]);
	});
});
