import { EventEmitter, once } from 'node:events';

import { sql } from 'kysely';

import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';
import { Walk } from '../journeys/walk';
import { Mailbox } from './mailbox';

/** Longer than an engine takes to close that waits for nothing; only a check that something does not happen. */
const LONG_ENOUGH_MS = 400;

/** A mail server that has received every mail and answers none until it is let. */
async function holdingMailbox(mails: number): Promise<{ mailbox: Mailbox; allReceived: Promise<unknown>; answer: () => void }> {
	const moments = new EventEmitter();
	const allReceived = once(moments, 'received');
	const released = once(moments, 'answer');
	let count = 0;
	const mailbox = await Mailbox.open({ beforeAccept: async () => {
		count += 1;
		if (count === mails) moments.emit('received');
		await released;
	} });
	return { mailbox, allReceived, answer: () => void moments.emit('answer') };
}

const ledger = async (engine: LocalEngine): Promise<Array<{ state: string; provider_id: string | null }>> =>
	await engine.store.read((reader) => reader.all(sql<{ state: string; provider_id: string | null }>`select state, provider_id from message order by id`));

describe.each(DATABASES)('closing the engine on %s', (kind) => {
	const undo: Array<() => Promise<unknown>> = [];
	afterEach(async () => {
		for (const step of undo.splice(0).reverse()) await step();
	});

	it('waits for the mails that are on their way, and what the server took is known as sent afterwards', async () => {
		const { database, drop } = await emptyDatabase(kind);
		undo.push(drop);
		const clock = new ManualClock(TEST_START_MS);
		const points: string[] = [];
		const engine = await createEngine({ database, clock, onPoint: (point) => void points.push(point) });
		const walk = new Walk(engine);
		const trigger = walk.step('trigger', 'trigger');
		const { mailbox, allReceived, answer } = await holdingMailbox(3);
		undo.push(() => mailbox.close());
		await walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const { profiles } = await engine.profiles.upsert(['a', 'b', 'c'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@customer.example` }] })), { source: 'test' });
		await engine.events.ingest(profiles.map((profile) => ({ type: 'track' as const, event: 'Signed Up', profileId: Number(profile) })), { source: 'test' });
		const leg = await walk.start(trigger);
		const sending = walk.email(walk.step('email', 'email'), leg.people, mailbox.mail()).catch((error: unknown) => ({ error, results: [] }));
		await allReceived;
		const during = await ledger(engine);
		let closed = false;

		const closing = engine.close().then(() => (closed = true));
		await new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH_MS));
		const closedBefore = closed;
		const pointsBefore = [...points];
		answer();
		await closing;

		expect(during.map(({ state }) => state)).toEqual(['attempting', 'attempting', 'attempting']);
		expect(closedBefore).toBe(false);
		expect(pointsBefore).not.toContain('confirm:after-commit');
		expect(points).toContain('confirm:after-commit');
		expect((await sending).results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		const again = await createEngine({ database, clock });
		undo.push(() => again.close());
		expect((await ledger(again)).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
		expect(mailbox.accepted).toHaveLength(3);
	});

	it('does not wait for a mail that came to nothing', async () => {
		const { database, drop } = await emptyDatabase(kind);
		undo.push(drop);
		const engine = await createEngine({ database, clock: new ManualClock(TEST_START_MS) });
		const mailbox = await Mailbox.open();
		undo.push(() => mailbox.close());
		const request = { ...mailbox.mail(), step: { workflow: 'wf', step: 'email', name: 'Mail', type: 'email' } };
		const failing = engine.messages.sendEmail({ ...request, items: [{ index: 0, item: {} }] });

		await expect(failing).rejects.toMatchObject({ code: 'NOT_IN_JOURNEY' });

		await expect(engine.close()).resolves.toBeUndefined();
	});
});
