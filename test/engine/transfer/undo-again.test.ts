import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';
import { imported, openEngine } from './fixture';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const email = (value: string) => ({ kind: 'email', value });
const undo = (engine: LocalEngine, { importId }: { importId: string }) => engine.transfer.importUndo(importId, { source: 'test' });
const get = (engine: LocalEngine, value: string) => engine.profiles.get(email(value));
const suppressed = async (engine: LocalEngine) => (await engine.suppression.check([{ channel: 'email', address: 'a@x.org' }]))[0];
const state = async (engine: LocalEngine) => (await get(engine, 'a@x.org'))?.consents[0]?.state;
const news = { news: { consent: 'email' } };
const bad = { bad: { suppression: 'email' } };

describe.each(DATABASES)('undoing an import on %s, when the same has been said again since,', (kind) => {
	it.each(['first', 'second'])('lifts an opt-out only with the last import that names it, the %s one undone first', async (which) => {
		const { engine, clock, close } = await openEngine(kind);
		await engine.profiles.upsert([{ identities: [email('a@x.org')] }], { source: 'test' });
		const profile = (await get(engine, 'a@x.org'))?.id ?? 0;
		await engine.consent.set([{ profile, channel: 'email', topic: '', state: 'subscribed', source: 'form' }]);
		const first = await imported(engine.transfer, 'email,news\na@x.org,no\n', { source: 'wrong-file', columns: news });
		clock.advance(MINUTE_MS);
		const second = await imported(engine.transfer, 'email,news\na@x.org,no\n', { source: 'unsubscribe-list', columns: news });
		clock.advance(MINUTE_MS);
		const order = which === 'first' ? [first, second] as const : [second, first] as const;

		await undo(engine, order[0]);
		const between = await state(engine);
		clock.advance(MINUTE_MS);
		await undo(engine, order[1]);

		expect([between, await state(engine)]).toEqual(['unsubscribed', 'subscribed']);
		await close();
	});

	it('lets three imports that say no be undone in any order; only the last one lifts it', async () => {
		for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
			const { engine, clock, close } = await openEngine(kind);
			await engine.profiles.upsert([{ identities: [email('a@x.org')] }], { source: 'test' });
			const profile = (await get(engine, 'a@x.org'))?.id ?? 0;
			await engine.consent.set([{ profile, channel: 'email', topic: '', state: 'subscribed', source: 'form' }]);
			const reports: Array<{ importId: string }> = [];
			for (const source of ['a', 'b', 'c']) {
				reports.push(await imported(engine.transfer, 'email,news\na@x.org,no\n', { source, columns: news }));
				clock.advance(MINUTE_MS);
			}
			const states: unknown[] = [];
			for (const n of order) {
				await undo(engine, reports[n] as { importId: string });
				states.push(await state(engine));
				clock.advance(MINUTE_MS);
			}

			expect({ order, states }).toEqual({ order, states: ['unsubscribed', 'unsubscribed', 'subscribed'] });
			await close();
		}
	});

	it.each([['complaint', 'provider'], ['manual', 'support'], ['manual', 'old-esp']] as const)('keeps an address suppressed that got a %s from %s', async (reason, source) => {
		const { engine, clock, close } = await openEngine(kind);
		const first = await imported(engine.transfer, 'email,bad\na@x.org,bounce\n', { source: 'old-esp', columns: bad });
		clock.advance(MINUTE_MS);
		await engine.suppression.add([{ channel: 'email', address: 'a@x.org', reason, source }]);

		const undone = await undo(engine, first);

		expect(undone).toMatchObject({ suppressionsRemoved: 0, suppressionsKept: 1 });
		expect(await engine.suppression.list()).toMatchObject([{ address: 'a@x.org', reason: reason === 'complaint' ? 'complaint' : 'hard-bounce', source }]);
		await close();
	});

	it('keeps the address and the person of a second import of the same file and source, and lets both go with it', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const file = 'email,name,bad,news\na@x.org,Ada,bounce,yes\n';
		const options = { source: 'klaviyo', columns: { ...bad, ...news } };
		const first = await imported(engine.transfer, file, options);
		clock.advance(MINUTE_MS);
		const second = await imported(engine.transfer, file, options);
		clock.advance(MINUTE_MS);

		const undone = await undo(engine, first);
		const between = [await suppressed(engine), (await get(engine, 'a@x.org'))?.attributes, await state(engine)];
		const rest = await undo(engine, second);

		expect(undone).toMatchObject({ removed: 0, kept: 1, suppressionsRemoved: 0, suppressionsKept: 1, consentsKept: 1 });
		expect(between).toEqual(['hard-bounce', { email: 'a@x.org', name: 'Ada' }, 'subscribed']);
		expect(rest).toMatchObject({ removed: 1, suppressionsRemoved: 1, consentsReverted: 1 });
		expect([await suppressed(engine), await get(engine, 'a@x.org')]).toEqual([null, null]);
		await close();
	});

	it('leaves an address to the first import when the second one, which said so too, is undone', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const file = 'email,bad\na@x.org,bounce\n';
		const first = await imported(engine.transfer, file, { columns: bad });
		clock.advance(MINUTE_MS);
		const second = await imported(engine.transfer, file, { columns: bad });

		await undo(engine, second);
		const between = await suppressed(engine);
		await undo(engine, first);

		expect([between, await suppressed(engine)]).toEqual(['hard-bounce', null]);
		await close();
	});

	it('gives attributes and identities back only with the last import that says so', async () => {
		const { engine, clock, close } = await openEngine(kind);
		await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u1' }], attributes: { plan: 'free' } }], { source: 'test' });
		const first = await imported(engine.transfer, 'user_id,email,plan,city\nu1,a@x.org,gold,Bern\n');
		clock.advance(MINUTE_MS);
		const second = await imported(engine.transfer, 'user_id,email,plan\nu1,a@x.org,gold\n');
		clock.advance(MINUTE_MS);

		const undone = await undo(engine, first);
		const between = await get(engine, 'a@x.org');
		await undo(engine, second);

		expect(undone).toMatchObject({ reverted: 1, attributesKept: 2, identitiesKept: 1 });
		expect(between?.attributes).toEqual({ email: 'a@x.org', plan: 'gold' });
		expect(await engine.profiles.get({ kind: 'user_id', value: 'u1' })).toMatchObject({ attributes: { plan: 'free' }, identities: [{ kind: 'user_id' }] });
		expect(await get(engine, 'a@x.org')).toBeNull();
		await close();
	});

	it.each([[[0, 1, 2]], [[0, 2, 1]], [[1, 0, 2]], [[2, 1, 0]], [[1, 2, 0]], [[2, 0, 1]]])('removes somebody whom one import made and two others changed when all are undone, in the order %j', async (order) => {
		const { engine, clock, close } = await openEngine(kind);
		const reports: Array<{ importId: string }> = [];
		for (const file of ['email,plan,city\na@x.org,free,Bern\n', 'email,plan,crm\na@x.org,gold,c1\n', 'email,plan,team\na@x.org,pro,red\n']) {
			reports.push(await imported(engine.transfer, file, file.includes('crm') ? { columns: { crm: { identity: 'crm' } } } : {}));
			clock.advance(MINUTE_MS);
		}
		const left: unknown[] = [];
		for (const n of order) {
			await undo(engine, reports[n] as { importId: string });
			left.push((await get(engine, 'a@x.org'))?.attributes.plan);
			clock.advance(MINUTE_MS);
		}

		expect(left[2]).toBeUndefined();
		expect(await engine.profiles.count()).toBe(0);
		expect(left.slice(0, 2).every((plan) => plan !== undefined)).toBe(true);
		await close();
	});

	it.each<[string, (engine: LocalEngine) => Promise<unknown>]>([
		['an attribute', (engine) => engine.profiles.upsert([{ identities: [email('a@x.org')], attributes: { city: 'Rome' } }], { source: 'crm' })],
		['the attribute that the second one set', (engine) => engine.profiles.upsert([{ identities: [email('a@x.org')], attributes: { plan: 'gold' } }], { source: 'crm' })],
		['the identity that the second one added', (engine) => engine.events.ingest([{ type: 'identify', identities: [{ kind: 'crm', value: 'c1' }] }], { source: 'crm' })],
	])('keeps somebody whom one import made and another changed, when anybody else has said %s since', async (_what, say) => {
		const { engine, clock, close } = await openEngine(kind);
		const first = await imported(engine.transfer, 'email,plan,city\na@x.org,free,Bern\n');
		clock.advance(MINUTE_MS);
		const second = await imported(engine.transfer, 'email,plan,crm\na@x.org,gold,c1\n', { columns: { crm: { identity: 'crm' } } });
		clock.advance(MINUTE_MS);
		await say(engine);
		clock.advance(MINUTE_MS);

		await undo(engine, first);
		await undo(engine, second);

		expect(await get(engine, 'a@x.org')).not.toBeNull();
		await close();
	});

	it.each(['identify', 'upsert'])('keeps the attributes and identities that an %s has given again, and lets the rest go', async (how) => {
		const { engine, clock, close } = await openEngine(kind);
		const user = { kind: 'user_id', value: 'u1' };
		await engine.profiles.upsert([{ identities: [user] }], { source: 'test' });
		const first = await imported(engine.transfer, 'user_id,email,phone,plan,city\nu1,a@x.org,+41791234567,gold,Bern\n,b@x.org,,gold,\n');
		clock.advance(MINUTE_MS);
		const traits = { email: 'a@x.org', plan: 'gold' };
		if (how === 'identify') await engine.events.ingest([{ type: 'identify', userId: 'u1', traits }, { type: 'identify', identities: [email('b@x.org')] }], { source: 'web' });
		else await engine.profiles.upsert([{ identities: [user], attributes: traits }, { identities: [email('b@x.org')] }], { source: 'shop' });

		const undone = await undo(engine, first);

		expect(undone).toMatchObject({ removed: 0, kept: 1, reverted: 1, attributesKept: 2, identitiesKept: 1 });
		expect(await engine.profiles.get(user)).toMatchObject({ attributes: { email: 'a@x.org', plan: 'gold' }, identities: [{ kind: 'email', value: 'a@x.org' }, { kind: 'user_id' }] });
		expect(await engine.profiles.get({ kind: 'phone', value: '+41791234567' })).toBeNull();
		expect(await get(engine, 'b@x.org')).not.toBeNull();
		await close();
	});

	it('keeps somebody whom sales has given a stage', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const first = await imported(engine.transfer, 'email,name\na@x.org,Ada\n');
		clock.advance(MINUTE_MS);
		await engine.scores.setStages([{ whose: email('a@x.org'), stage: 'customer' }], { who: 'Sales' });

		expect(await undo(engine, first)).toMatchObject({ removed: 0, kept: 1 });
		expect(await get(engine, 'a@x.org')).not.toBeNull();
		await close();
	});
});

describe.each(DATABASES)('undoing an import on %s that joined people', (kind) => {
	const crm = { crm: { identity: 'crm' } };
	const two = async (engine: LocalEngine) => {
		await engine.profiles.upsert([{ identities: [{ kind: 'crm', value: 'c1' }], attributes: { plan: 'gold', city: 'Bern' } }, { identities: [email('b@x.org')], attributes: { name: 'Bea' } }], { source: 'test' });
	};
	const both = async (engine: LocalEngine) => {
		const [one, other] = [await engine.profiles.get({ kind: 'crm', value: 'c1' }), await get(engine, 'b@x.org')];
		return [one, other].map((person) => ({ id: person?.id, attributes: person?.attributes, identities: person?.identities.map(({ kind: k, value }) => [k, value]) }));
	};

	it('makes two of them again, as they were, who may become one again', async () => {
		const { engine, clock, close } = await openEngine(kind);
		await two(engine);
		const before = await both(engine);
		clock.advance(MINUTE_MS);
		const report = await imported(engine.transfer, 'email,crm,plan,name\nb@x.org,c1,silver,Bo\n', { columns: crm });
		clock.advance(MINUTE_MS);

		const undone = await undo(engine, report);
		const after = await both(engine);
		await engine.profiles.upsert([{ identities: [email('b@x.org'), { kind: 'crm', value: 'c1' }] }], { source: 'test' });

		expect(undone).toMatchObject({ unmerged: 1, mergesKept: 0, lost: 0 });
		expect(after).toEqual(before);
		expect(await engine.profiles.count()).toBe(1);
		await close();
	});

	it('leaves them one when a later import says the same, until that is undone', async () => {
		const { engine, clock, close } = await openEngine(kind);
		await two(engine);
		const before = await both(engine);
		const first = await imported(engine.transfer, 'email,crm,plan\nb@x.org,c1,silver\n', { columns: crm });
		clock.advance(MINUTE_MS);
		const second = await imported(engine.transfer, 'email,crm,plan\nb@x.org,c1,silver\n', { columns: crm });
		clock.advance(MINUTE_MS);

		const undone = await undo(engine, first);
		const between = await engine.profiles.count();
		const rest = await undo(engine, second);

		expect([undone, between]).toMatchObject([{ unmerged: 0, mergesKept: 1, attributesKept: 2 }, 1]);
		expect(rest).toMatchObject({ unmerged: 1 });
		expect(await both(engine)).toEqual(before);
		await close();
	});

	it('tells of those whom somebody has merged with a third since', async () => {
		const { engine, clock, close } = await openEngine(kind);
		await two(engine);
		const report = await imported(engine.transfer, 'email,crm\nb@x.org,c1\n', { columns: crm });
		clock.advance(MINUTE_MS);
		await engine.profiles.upsert([{ identities: [email('third@x.org')] }], { source: 'test' });
		await engine.profiles.upsert([{ identities: [email('third@x.org'), { kind: 'crm', value: 'c1' }] }], { source: 'test' });

		expect(await undo(engine, report)).toMatchObject({ unmerged: 0, lost: 1 });
		expect(await engine.profiles.count()).toBe(1);
		await close();
	});
});

describe.each(DATABASES)('an import on %s whose process died', (kind) => {
	const start = async () => {
		const { database, drop } = await emptyDatabase(kind);
		const clock = new ManualClock(TEST_START_MS);
		const died = await createEngine({ database, clock });
		const { importId } = await died.transfer.importStart({ source: 'big' });
		await died.transfer.importChunk(importId, new TextEncoder().encode(`email\n${Array.from({ length: 1200 }, (_none, n) => `u${n}@x.org`).join('\n')}\n`));
		return { database, drop, clock, died, importId };
	};

	it('can be undone when it has been still for an hour', async () => {
		const { database, drop, clock, died, importId } = await start();
		await died.close();
		const engine = await createEngine({ database, clock });

		await expect(undo(engine, { importId })).rejects.toMatchObject({ code: 'CONFLICT' });
		clock.advance(HOUR_MS + 1);
		await engine.tick();
		const progress = await engine.transfer.importProgress(importId);
		const undone = await undo(engine, { importId });

		expect([progress.state, undone.removed, await engine.profiles.count()]).toEqual(['failed', 1000, 0]);
		await engine.close();
		await drop();
	});

	it('and only seemed to stores nothing more; one that still gets chunks is not given up', async () => {
		const { database, drop, clock, died: slow, importId } = await start();
		const engine = await createEngine({ database, clock });
		for (let n = 0; n < 5; n += 1) {
			clock.advance(HOUR_MS / 2);
			await slow.transfer.importChunk(importId, new TextEncoder().encode(`s${n}@x.org\n`));
		}

		await expect(undo(engine, { importId })).rejects.toMatchObject({ code: 'CONFLICT' });
		clock.advance(HOUR_MS + 1);
		const undone = await undo(engine, { importId });

		await expect(slow.transfer.importEnd(importId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
		expect([undone.removed, await engine.profiles.count()]).toEqual([1000, 0]);
		expect(await engine.transfer.importProgress(importId)).toMatchObject({ state: 'undone' });
		await slow.close();
		await engine.close();
		await drop();
	});
});
