import type { LocalEngine } from '../../../engine/engine';
import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const MINUTE_MS = 60_000;
const FILE = 'email,event,timestamp,messageId\nada@x.org,Bought,2026-02-01T10:00:00Z,m1\nbob@x.org,Bought,2026-02-01T10:00:00Z,m2\n';
const email = (value: string) => ({ kind: 'email', value });
const undo = (engine: LocalEngine, { importId }: { importId: string }) => engine.transfer.importUndo(importId, { source: 'test' });
const bought = async (engine: LocalEngine) => [await engine.profiles.count(), await engine.segments.count({ name: 'Buyers' })];

/** Ada is known, Bob is not; both are Buyers by the file. */
async function open(kind: (typeof DATABASES)[number]) {
	const { engine, clock, close } = await openEngine(kind);
	await engine.profiles.upsert([{ identities: [email('ada@x.org')] }], { source: 'test' });
	await engine.segments.save({ name: 'Buyers', rule: { event: 'Bought' } });
	clock.advance(MINUTE_MS);
	const load = async (file = FILE) => {
		const report = await imported(engine.transfer, file, { about: 'events', source: 'shop' });
		clock.advance(MINUTE_MS);
		return report;
	};
	return { engine, clock, close, load };
}

describe.each(DATABASES)('events that two imports on %s brought', (kind) => {
	it('stay until the last of them is undone, whichever that is, and so do the people they made', async () => {
		for (const which of ['first', 'second']) {
			const { engine, close, load } = await open(kind);
			const [first, second] = [await load(), await load()];
			const order = which === 'first' ? [first, second] as const : [second, first] as const;

			const undone = await undo(engine, order[0]);
			const between = await bought(engine);
			const rest = await undo(engine, order[1]);

			expect([first, second]).toMatchObject([{ events: 2, duplicates: 0 }, { events: 0, duplicates: 2 }]);
			expect({ which, undone, between, rest }).toMatchObject({ which, undone: { eventsRemoved: 0, eventsKept: 2, removed: 0 }, between: [2, 2], rest: { eventsRemoved: 2, eventsKept: 0, removed: 1, kept: 0 } });
			expect(await bought(engine)).toEqual([1, 0]);
			await close();
		}
	});

	it('go one by one: what only the first one had goes with it', async () => {
		const { engine, close, load } = await open(kind);
		const first = await load();
		const second = await load(FILE.split('\n').slice(0, 2).join('\n'));

		const undone = await undo(engine, first);

		expect(undone).toMatchObject({ eventsRemoved: 1, eventsKept: 1, removed: 1 });
		expect(await bought(engine)).toEqual([1, 1]);
		expect(await undo(engine, second)).toMatchObject({ eventsRemoved: 1, removed: 0 });
		await close();
	});

	it('stay when the site has sent one of them again, before or after the second import, and so does the person', async () => {
		for (const when of ['before', 'after']) {
			const { engine, clock, close, load } = await open(kind);
			const live = async () => {
				const report = await engine.events.ingest([{ type: 'track', event: 'Bought', messageId: 'm2', identities: [email('bob@x.org')] }], { source: 'shop' });
				expect(report).toMatchObject({ accepted: 0, duplicates: 1 });
				clock.advance(MINUTE_MS);
			};
			const first = await load();
			if (when === 'before') await live();
			const second = await load();
			if (when === 'after') await live();

			const undone = [await undo(engine, first), await undo(engine, second)];

			expect(undone).toMatchObject([{ eventsRemoved: 0, eventsKept: 2 }, { eventsRemoved: 1, eventsKept: 1, removed: 0 }]);
			expect(await bought(engine)).toEqual([2, 1]);
			await close();
		}
	});

	it('that the site had sent first are nobody\'s to undo', async () => {
		const { engine, clock, close, load } = await open(kind);
		await engine.events.ingest([{ type: 'track', event: 'Bought', messageId: 'm1', identities: [email('ada@x.org')] }], { source: 'shop' });
		clock.advance(MINUTE_MS);
		const first = await load();
		await load();

		expect(await undo(engine, first)).toMatchObject({ eventsRemoved: 0, eventsKept: 1 });
		expect(await bought(engine)).toEqual([2, 2]);
		await close();
	});
});

it('events of a file that two processes import into PostgreSQL at once stay until both imports are undone', async () => {
	const { engine, clock, close } = await openEngine('postgres');
	const file = `email,event,timestamp,messageId\n${Array.from({ length: 1500 }, (_none, n) => `u${n}@x.org,Bought,2026-02-01T10:00:00Z,m${n}`).join('\n')}\n`;

	const both = await Promise.all([1, 2].map(() => imported(engine.transfer, file, { about: 'events', source: 'shop' }, 20_000)));
	clock.advance(MINUTE_MS);
	const [first] = both;
	await undo(engine, first as { importId: string });
	const left = await engine.profiles.count();
	await undo(engine, both[1] as { importId: string });

	expect(both.reduce((sum, { events }) => sum + events, 0)).toBe(1500);
	expect([left, await engine.profiles.count()]).toEqual([1500, 0]);
	await close();
});
