import { sql } from 'kysely';

import type { LocalEngine } from '../../../engine/engine';
import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const email = (value: string) => ({ kind: 'email', value });
const undo = (engine: LocalEngine, { importId }: { importId: string }) => engine.transfer.importUndo(importId, { source: 'test' });
const get = (engine: LocalEngine, value = 'a@x.org') => engine.profiles.get(email(value));
const news = { news: { consent: 'email' } };
const wish = (most: number | null, until: string | null = null, value = 'a@x.org'): string => `${JSON.stringify({ identities: [email(value)], attributes: {}, maxPerWeek: most, pausedUntil: until })}\n`;
const chosen = async (engine: LocalEngine, value = 'a@x.org') => {
	const preferences = (await get(engine, value))?.preferences;
	return [preferences?.maxPerWeek ?? null, preferences?.pausedUntil ?? null];
};

describe.each(DATABASES)('undoing an import on %s', (kind) => {
	it.each<[string, 'no' | 'yes', string]>([['an opt-out', 'no', 'unsubscribed'], ['a consent', 'yes', 'subscribed']])('leaves %s that somebody has said again under the same source', async (_what, word, state) => {
		for (const pauseMs of [0, MINUTE_MS]) {
			const { engine, clock, close } = await openEngine(kind);
			await engine.profiles.upsert([{ identities: [email('a@x.org')] }], { source: 'test' });
			const report = await imported(engine.transfer, `email,news\na@x.org,${word}\nnew@x.org,${word}\n`, { source: 'crm', columns: news });
			clock.advance(pauseMs);
			await engine.consent.setFor(['a@x.org', 'new@x.org'].map((value) => ({ whose: email(value), channel: 'email', topic: '', state: state as 'subscribed', source: 'crm' })));
			clock.advance(pauseMs);

			expect(await undo(engine, report)).toMatchObject({ consentsReverted: 0, consentsKept: 2, removed: 0, kept: 1 });
			expect([(await get(engine))?.consents[0]?.state, (await get(engine, 'new@x.org'))?.consents[0]?.state]).toEqual([state, state]);
			await close();
		}
	});

	it('gives a state back to the import that had said it, and takes it back with that one', async () => {
		const { engine, clock, close } = await openEngine(kind);
		await engine.profiles.upsert([{ identities: [email('a@x.org')] }], { source: 'test' });
		await engine.consent.setFor([{ whose: email('a@x.org'), channel: 'email', topic: '', state: 'subscribed', source: 'form' }]);
		const reports: Array<{ importId: string }> = [];
		for (const word of ['pending', 'no']) {
			reports.push(await imported(engine.transfer, `email,news\na@x.org,${word}\n`, { columns: news }));
			clock.advance(MINUTE_MS);
		}
		const [first, second] = reports as [{ importId: string }, { importId: string }];

		await undo(engine, second);
		const between = (await get(engine))?.consents[0];
		clock.advance(MINUTE_MS);
		const rest = await undo(engine, first);

		expect([between?.state, rest, (await get(engine))?.consents[0]?.state]).toMatchObject(['pending', { consentsReverted: 1 }, 'subscribed']);
		await close();
	});

	it('leaves a pause that somebody has asked for again, though nothing changed by it', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const until = '2026-05-01T00:00:00.000Z';
		const report = await imported(engine.transfer, wish(2, until) + wish(2, until, 'b@x.org'));
		clock.advance(MINUTE_MS);
		await engine.preferences.set([{ whose: email('a@x.org'), pausedUntil: until, source: 'page' }]);

		expect(await undo(engine, report)).toMatchObject({ preferencesReverted: 1, preferencesKept: 1, removed: 1, kept: 1 });
		expect(await chosen(engine)).toEqual([2, until]);
		expect(await get(engine, 'b@x.org')).toBeNull();
		await close();
	});

	it.each<[string, number, number, unknown[]]>([['the same', 2, 2, [2, 2, null]], ['fewer messages', 3, 2, [2, 2, null]], ['more messages', 2, 3, [2, 3, null]]])('leaves what a later import wishes, too: %s; and takes all of it back with the last one', async (_what, one, other, most) => {
		for (const which of ['first', 'second']) {
			const { engine, clock, close } = await openEngine(kind);
			await engine.profiles.upsert([{ identities: [email('a@x.org')] }], { source: 'test' });
			const first = await imported(engine.transfer, wish(one));
			clock.advance(MINUTE_MS);
			const second = await imported(engine.transfer, wish(other));
			clock.advance(MINUTE_MS);
			const order = which === 'first' ? [first, second] as const : [second, first] as const;

			const states = [(await chosen(engine))[0]];
			await undo(engine, order[0]);
			states.push((await chosen(engine))[0] ?? null);
			await undo(engine, order[1]);
			states.push((await chosen(engine))[0] ?? null);

			expect({ which, states }).toEqual({ which, states: which === 'first' ? most : [most[0], one, null] });
			await close();
		}
	});

	it('keeps the person of a second import of the same wishes, and lets both go with it', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const reports: Array<{ importId: string }> = [];
		for (let n = 0; n < 2; n += 1) {
			reports.push(await imported(engine.transfer, wish(2, null, 'new@x.org')));
			clock.advance(MINUTE_MS);
		}
		const [first, second] = reports as [{ importId: string }, { importId: string }];

		const undone = await undo(engine, first);
		const between = await chosen(engine, 'new@x.org');

		expect([undone, between]).toMatchObject([{ removed: 0, kept: 1, preferencesKept: 1 }, [2, null]]);
		expect(await undo(engine, second)).toMatchObject({ removed: 1, preferencesReverted: 1 });
		await close();
	});

	it('keeps somebody it made to whom the same attributes were given again by their number alone', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const report = await imported(engine.transfer, 'email,plan\na@x.org,gold\nb@x.org,gold\n');
		clock.advance(MINUTE_MS);
		await engine.profiles.upsert([{ profileId: (await get(engine))?.id ?? 0, attributes: { plan: 'gold' } }], { source: 'n8n' });

		expect(await undo(engine, report)).toMatchObject({ removed: 1, kept: 1 });
		expect((await get(engine))?.attributes).toEqual({ email: 'a@x.org', plan: 'gold' });
		await close();
	});

	it('is refused once it is too old, before only a part of what it did is still known', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const report = await imported(engine.transfer, `email\n${Array.from({ length: 2500 }, (_none, n) => `u${n}@x.org`).join('\n')}\n`, {}, 100_000);
		clock.advance(30 * DAY_MS + MINUTE_MS);
		await engine.tick();

		await expect(undo(engine, report)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('30 days') as string });
		expect(await engine.profiles.count()).toBe(2500);
		await close();
	});

	it('of two that were under way at once keeps whoever the other one names as well, whichever began first', async () => {
		for (const which of [0, 1]) {
			const { engine, clock, close } = await openEngine(kind);
			const ids: string[] = [];
			for (let n = 0; n < 2; n += 1) {
				ids.push((await engine.transfer.importStart({ source: `s${n}` })).importId);
				clock.advance(MINUTE_MS);
			}
			// The one that began last stores first.
			for (const id of [...ids].reverse()) {
				await engine.transfer.importChunk(id, Buffer.from(`email,plan\n${Array.from({ length: 500 }, (_none, n) => `u${n}@x.org,gold`).join('\n')}\n`));
				clock.advance(MINUTE_MS);
			}
			for (const id of ids) await engine.transfer.importEnd(id);
			clock.advance(MINUTE_MS);

			const undone = await undo(engine, { importId: ids[which] ?? '' });
			const left = await engine.profiles.count();
			const rest = await undo(engine, { importId: ids[1 - which] ?? '' });

			expect({ which, removed: undone.removed, left, rest: rest.removed }).toEqual({ which, removed: 0, left: 500, rest: 500 });
			await close();
		}
	});
});

it.each([0, 1])('of two imports of one file into PostgreSQL at the same moment, undoing one (%i) leaves everybody whole for the other', async (which) => {
	const { engine, clock, close } = await openEngine('postgres');
	const file = `email,user_id,plan,city\n${Array.from({ length: 2000 }, (_none, n) => `u${n}@x.org,${n + 1},gold,Bern`).join('\n')}\n`;

	const both = await Promise.all([1, 2].map((n) => imported(engine.transfer, file, { source: `s${n}` }, 40_000)));
	clock.advance(MINUTE_MS);
	const undone = await undo(engine, both[which] ?? { importId: '' });
	const whole = await engine.segments.count({ rule: { all: [{ attribute: 'plan', operator: 'equals', value: 'gold' }, { attribute: 'city', operator: 'equals', value: 'Bern' }] } });
	const identities = await engine.store.read((reader) => reader.first(sql<{ n: number }>`select count(*) as n from identity`));
	const rest = await undo(engine, both[1 - which] ?? { importId: '' });

	expect([undone.removed, undone.reverted, whole, identities?.n]).toEqual([0, 0, 2000, 4000]);
	expect([rest.removed, await engine.profiles.count()]).toEqual([2000, 0]);
	await close();
});
