import type { LocalEngine } from '../../../engine/engine';
import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const MINUTE_MS = 60_000;
const email = (value: string) => ({ kind: 'email', value });
const flagged = (...people: string[]): string => people.map((value) => `${JSON.stringify({ identities: [email(value)], attributes: {}, doNotSell: true })}\n`).join('');
const undo = (engine: LocalEngine, { importId }: { importId: string }) => engine.transfer.importUndo(importId, { source: 'test' });
const sold = async (engine: LocalEngine, value = 'a@x.org') => (await engine.profiles.get(email(value)))?.doNotSell === false;
const segmentSizes = async (engine: LocalEngine) => [await engine.segments.count({ name: 'Not for sale' }), await engine.segments.count({ name: 'Audience' })];

/** Somebody whom nobody has kept from being sold, and segments that go by it. */
async function open(kind: (typeof DATABASES)[number]) {
	const { engine, clock, close } = await openEngine(kind);
	await engine.profiles.upsert([{ identities: [email('a@x.org')] }], { source: 'test' });
	await engine.segments.save({ name: 'Not for sale', rule: { doNotSell: true } });
	await engine.segments.save({ name: 'Audience', rule: { doNotSell: false } });
	clock.advance(MINUTE_MS);
	return { engine, clock, close };
}

describe.each(DATABASES)('undoing an import on %s that keeps people from being sold', (kind) => {
	it('lets those in again whom it alone kept out; segments and the history follow', async () => {
		const { engine, clock, close } = await open(kind);
		const report = await imported(engine.transfer, flagged('a@x.org', 'new@x.org'), { source: 'crm' });
		const between = [await sold(engine), await segmentSizes(engine)];
		clock.advance(MINUTE_MS);

		const undone = await undo(engine, report);

		expect(between).toEqual([false, [2, 0]]);
		expect(undone).toMatchObject({ doNotSellReverted: 2, doNotSellKept: 0, removed: 1, kept: 0 });
		expect([await sold(engine), await segmentSizes(engine)]).toEqual([true, [0, 1]]);
		expect((await engine.consent.history(email('a@x.org')))?.map(({ kind: what, state, source }) => [what, state, source])).toEqual([['do-not-sell', 'off', 'undo'], ['do-not-sell', 'on', 'crm']]);
		expect(await engine.profiles.get(email('new@x.org'))).toBeNull();
		await close();
	});

	it('leaves those whom somebody else had kept out before', async () => {
		const { engine, clock, close } = await open(kind);
		await engine.consent.setDoNotSell([{ whose: email('a@x.org'), active: true, source: 'crm' }]);
		clock.advance(MINUTE_MS);
		const report = await imported(engine.transfer, flagged('a@x.org'), { source: 'crm' });
		clock.advance(MINUTE_MS);

		expect(await undo(engine, report)).toMatchObject({ doNotSellReverted: 0, doNotSellKept: 0 });
		expect(await sold(engine)).toBe(false);
		await close();
	});

	it.each<[string, (engine: LocalEngine) => Promise<unknown>]>([
		['a call with the source of the import', (engine) => engine.consent.setDoNotSell([{ whose: email('a@x.org'), active: true, source: 'crm' }])],
		['the signal of their browser', (engine) => engine.events.ingest([{ type: 'track', event: 'Viewed', identities: [email('a@x.org')], gpc: true }], { source: 'web' })],
		['a call that switches it off and on again', async (engine) => {
			await engine.consent.setDoNotSell([{ whose: email('a@x.org'), active: false, source: 'crm' }]);
			await engine.consent.setDoNotSell([{ whose: email('a@x.org'), active: true, source: 'crm' }]);
		}],
	])('leaves those whom %s keeps out too since, at the same moment or later', async (_what, says) => {
		for (const pauseMs of [0, MINUTE_MS]) {
			const { engine, clock, close } = await open(kind);
			const report = await imported(engine.transfer, flagged('a@x.org', 'new@x.org'), { source: 'crm' });
			clock.advance(pauseMs);
			await says(engine);
			clock.advance(pauseMs);

			expect(await undo(engine, report)).toMatchObject({ doNotSellReverted: 1, doNotSellKept: 1, removed: 1 });
			expect([await sold(engine), await segmentSizes(engine)]).toEqual([false, [1, 0]]);
			await close();
		}
	});

	it('leaves off what somebody has switched off since, and keeps a person it made of whom that was said', async () => {
		const { engine, clock, close } = await open(kind);
		const report = await imported(engine.transfer, flagged('a@x.org', 'new@x.org'));
		clock.advance(MINUTE_MS);
		await engine.consent.setDoNotSell(['a@x.org', 'new@x.org'].map((value) => ({ whose: email(value), active: false, source: 'support' })));
		clock.advance(MINUTE_MS);

		expect(await undo(engine, report)).toMatchObject({ doNotSellReverted: 0, doNotSellKept: 0, removed: 0, kept: 1 });
		expect([await sold(engine), await sold(engine, 'new@x.org')]).toEqual([true, true]);
		await close();
	});

	it('gives the explicit "no" back that there was, with its source', async () => {
		const { engine, clock, close } = await open(kind);
		await engine.consent.setDoNotSell([{ whose: email('a@x.org'), active: true, source: 'form' }]);
		await engine.consent.setDoNotSell([{ whose: email('a@x.org'), active: false, source: 'support' }]);
		clock.advance(MINUTE_MS);
		const report = await imported(engine.transfer, flagged('a@x.org'));
		clock.advance(MINUTE_MS);

		expect(await undo(engine, report)).toMatchObject({ doNotSellReverted: 1 });
		const person = await engine.privacy.exportPerson(email('a@x.org'), { source: 'test' });
		expect(person).toMatchObject({ sections: { consent: { doNotSell: { active: false, source: 'support' } } } });
		await close();
	});

	it('lets three imports be undone in any order, of the same source too: only the last one lets the person in again, and removes whom the first one made', async () => {
		for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
			const { engine, clock, close } = await open(kind);
			const reports: Array<{ importId: string }> = [];
			for (let n = 0; n < 3; n += 1) {
				reports.push(await imported(engine.transfer, flagged('a@x.org', 'new@x.org'), { source: 'crm' }));
				clock.advance(MINUTE_MS);
			}
			const states: unknown[] = [];
			for (const n of order) {
				const { doNotSellReverted } = await undo(engine, reports[n] as { importId: string });
				states.push([await sold(engine), (await engine.profiles.get(email('new@x.org')))?.doNotSell ?? null, doNotSellReverted]);
				clock.advance(MINUTE_MS);
			}

			expect({ order, states }).toEqual({ order, states: [[false, true, 0], [false, true, 0], [true, null, 2]] });
			await close();
		}
	});

	it('leaves one of another import that a person has confirmed, when both are undone', async () => {
		const { engine, clock, close } = await open(kind);
		const first = await imported(engine.transfer, flagged('a@x.org'), { source: 'one' });
		clock.advance(MINUTE_MS);
		const second = await imported(engine.transfer, flagged('a@x.org'), { source: 'two' });
		clock.advance(MINUTE_MS);
		await undo(engine, first);
		await engine.consent.setDoNotSell([{ whose: email('a@x.org'), active: true, source: 'two' }]);
		clock.advance(MINUTE_MS);

		expect(await undo(engine, second)).toMatchObject({ doNotSellReverted: 0, doNotSellKept: 1 });
		expect(await sold(engine)).toBe(false);
		await close();
	});

	it('lets both of two in again whom the import had made one', async () => {
		const { engine, clock, close } = await open(kind);
		await engine.profiles.upsert([{ identities: [{ kind: 'crm', value: 'c1' }] }], { source: 'test' });
		const line = JSON.stringify({ identities: [email('a@x.org'), { kind: 'crm', value: 'c1' }], attributes: {}, doNotSell: true });
		const report = await imported(engine.transfer, `${line}\n`);
		clock.advance(MINUTE_MS);

		expect(await undo(engine, report)).toMatchObject({ unmerged: 1, doNotSellReverted: 1 });
		expect([await sold(engine), (await engine.profiles.get({ kind: 'crm', value: 'c1' }))?.doNotSell]).toEqual([true, false]);
		await close();
	});

	it('stores and notes nothing in a dry run', async () => {
		const { engine, close } = await open(kind);

		await imported(engine.transfer, flagged('a@x.org'), { dryRun: true });

		expect([await sold(engine), await segmentSizes(engine)]).toEqual([true, [0, 1]]);
		await close();
	});
});
