import type { LocalEngine } from '../../../engine/engine';
import type { Identity } from '../../../engine/events';
import { DATABASES, type DatabaseKind } from '../databases';
import { exported, imported, openEngine } from './fixture';

const email = (name: string): Identity => ({ kind: 'email', value: `${name}@x.org` });
const NOW = '2026-03-02T09:00:00.000Z';

async function open(kind: DatabaseKind, storeIps = true) {
	const world = await openEngine(kind);
	await world.engine.settings.set({ storeIps });
	const consents = async (name: string) => (await world.engine.consent.get(email(name)))?.consents;
	return { ...world, consents, proof: async (name: string) => (await consents(name))?.map(({ state, source, at, givenAt, givenSource, textVersion, ip }) => ({ state, source, at, givenAt, givenSource, textVersion, ip })) };
}

async function say(engine: LocalEngine, name: string, state: 'subscribed' | 'unsubscribed', more: object = {}): Promise<void> {
	await engine.profiles.upsert([{ identities: [email(name)] }], { source: 'test' });
	await engine.consent.setFor([{ whose: email(name), channel: 'email', topic: '', state, source: 'page', ...more }]);
}

const line = (name: string, state: string, proof: object = {}): string => `${JSON.stringify({ identities: [email(name)], attributes: {}, consents: [{ channel: 'email', topic: '', state, ...proof }] })}\n`;

describe.each(DATABASES)('the proof of a consent on %s', (kind) => {
	it.each(['csv', 'ndjson'] as const)('goes with a %s file to another database, and from there to a third: time, source, wording and IP address', async (format) => {
		const [from, to, third] = [await open(kind), await open(kind), await open(kind)];
		await say(from.engine, 'ada', 'subscribed', { textVersion: 'form: "3"', ip: '203.0.113.7' });
		await from.engine.consent.setFor([{ whose: email('ada'), channel: 'email', topic: 'news: weekly', state: 'unsubscribed', source: 'one-click' }]);
		to.clock.advance(86_400_000);
		third.clock.advance(2 * 86_400_000);

		const first = await imported(to.engine.transfer, await exported(from.engine.transfer, { about: 'profiles', format, source: 'test' }), { source: 'moved' });
		await imported(third.engine.transfer, await exported(to.engine.transfer, { about: 'profiles', format, source: 'test' }), { source: 'moved again' });

		expect(first).toMatchObject({ consents: 2, rejectedCount: 0 });
		const given = (source: string, at: string) => [
			{ state: 'subscribed', source, at, givenAt: NOW, givenSource: 'page', textVersion: 'form: "3"', ip: '203.0.113.7' },
			{ state: 'unsubscribed', source, at, givenAt: NOW, givenSource: 'one-click', textVersion: null, ip: null },
		];
		expect(await to.proof('ada')).toEqual(given('moved', '2026-03-03T09:00:00.000Z'));
		expect(await third.proof('ada')).toEqual(given('moved again', '2026-03-04T09:00:00.000Z'));
		const history = await third.engine.consent.history(email('ada'));
		expect(history?.map(({ at, givenAt, givenSource }) => [at, givenAt, givenSource])).toEqual([
			['2026-03-04T09:00:00.000Z', NOW, 'one-click'], ['2026-03-04T09:00:00.000Z', NOW, 'page'],
		]);
		for (const world of [from, to, third]) await world.close();
	});

	it('keeps no IP address where the settings do not allow it', async () => {
		const { engine, proof, close } = await open(kind, false);

		await imported(engine.transfer, line('ada', 'subscribed', { at: '2025-01-01T00:00:00Z', ip: '203.0.113.7', textVersion: 'v1' }));

		expect(await proof('ada')).toMatchObject([{ givenAt: '2025-01-01T00:00:00.000Z', textVersion: 'v1', ip: null }]);
		await close();
	});

	it('never decides: a yes that claims to be newer leaves the no, and an old no ends a newer yes', async () => {
		const { engine, proof, close } = await open(kind);
		await say(engine, 'no', 'unsubscribed');
		await say(engine, 'yes', 'subscribed');

		const report = await imported(engine.transfer, line('no', 'subscribed', { at: '2026-03-02T08:59:59Z' }) + line('no', 'subscribed', { at: '2030-01-01T00:00:00Z' }) + line('yes', 'unsubscribed', { at: '2020-01-01T00:00:00Z' }));

		expect(report).toMatchObject({ consents: 1, consentsKept: 1, rejectedCount: 0 });
		expect(await proof('no')).toMatchObject([{ state: 'unsubscribed', source: 'page', givenAt: null }]);
		expect(await proof('yes')).toMatchObject([{ state: 'unsubscribed', source: 'import', givenAt: '2020-01-01T00:00:00.000Z' }]);
		await close();
	});

	it('that cannot be one is left out, and the opt-out it stands beside is taken', async () => {
		const { engine, proof, close } = await open(kind);

		const report = await imported(engine.transfer, line('a', 'unsubscribed', { at: 'last spring', source: 7, textVersion: 'v'.repeat(300), ip: 'somewhere' }) + line('b', 'unsubscribed', { at: '2030-01-01T00:00:00Z', source: 'a\0b', textVersion: ['v'], ip: { a: 1 } }));

		expect(report).toMatchObject({ consents: 2, rejectedCount: 0 });
		expect(await proof('a')).toEqual([{ state: 'unsubscribed', source: 'import', at: NOW, givenAt: null, givenSource: '7', textVersion: null, ip: null }]);
		expect(await proof('b')).toEqual([{ state: 'unsubscribed', source: 'import', at: NOW, givenAt: null, givenSource: null, textVersion: null, ip: null }]);
		await expect(engine.consent.set([{ profile: 1, channel: 'email', topic: '', state: 'subscribed', source: 't', givenAtMs: Number.NaN }])).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await close();
	});

	it('of two rows that say the same is that of the one given first', async () => {
		const { engine, proof, close } = await open(kind);

		await imported(engine.transfer, line('ada', 'subscribed') + line('ada', 'subscribed', { at: '2025-02-01T00:00:00Z', textVersion: 'v2' }) + line('ada', 'subscribed', { at: '2025-01-01T00:00:00Z', textVersion: 'v1' }));

		expect(await proof('ada')).toMatchObject([{ state: 'subscribed', givenAt: '2025-01-01T00:00:00.000Z', textVersion: 'v1' }]);
		await close();
	});

	it('comes from columns of any file that are said to hold it', async () => {
		const { engine, proof, close } = await open(kind);
		const file = 'email,news,when,where,wording,address\na@x.org,yes,2025-01-02 10:00:00,footer form,v7,2001:db8::1\nb@x.org,no,,,,\n';

		const report = await imported(engine.transfer, file, {
			columns: {
				news: { consent: 'email', topic: 'News' }, when: { proof: 'at', channel: 'email', topic: 'news' }, where: { proof: 'source', channel: 'email', topic: 'News' },
				wording: { proof: 'textVersion', channel: 'email', topic: 'news' }, address: { proof: 'ip', channel: 'email', topic: 'news' },
			},
		});

		expect(report).toMatchObject({ consents: 2, rejectedCount: 0 });
		expect(await proof('a')).toMatchObject([{ state: 'subscribed', source: 'import', givenAt: '2025-01-02T10:00:00.000Z', givenSource: 'footer form', textVersion: 'v7', ip: '2001:db8::1' }]);
		expect(await proof('b')).toMatchObject([{ state: 'unsubscribed', givenAt: null, givenSource: null }]);
		expect((await engine.profiles.get(email('a')))?.attributes).toEqual({ email: 'a@x.org' });
		await expect(imported(engine.transfer, file, { columns: { when: { proof: 'at', channel: 'smoke' } } })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await close();
	});

	it('comes back when an import is undone, and is the later import\'s where that says the same', async () => {
		const { engine, clock, proof, close } = await open(kind);
		await say(engine, 'ada', 'subscribed', { textVersion: 'form 3', ip: '203.0.113.7' });
		clock.advance(1000);
		const first = await imported(engine.transfer, line('ada', 'unsubscribed', { at: '2025-01-01T00:00:00Z', source: 'letter' }), { source: 'one' });
		clock.advance(1000);
		const second = await imported(engine.transfer, line('ada', 'unsubscribed', { at: '2025-02-01T00:00:00Z', textVersion: 'phone' }), { source: 'two' });
		clock.advance(1000);

		await engine.transfer.importUndo(first.importId, { source: 'test' });
		const between = await proof('ada');
		clock.advance(1000);
		await engine.transfer.importUndo(second.importId, { source: 'test' });

		expect(between).toMatchObject([{ state: 'unsubscribed', source: 'two', givenAt: '2025-02-01T00:00:00.000Z', givenSource: null, textVersion: 'phone' }]);
		expect(await proof('ada')).toEqual([{ state: 'subscribed', source: 'page', at: '2026-03-02T09:00:04.000Z', givenAt: NOW, givenSource: null, textVersion: 'form 3', ip: '203.0.113.7' }]);
		await close();
	});

	it('is added to a state that an import brought without any, and goes with the import that added it', async () => {
		const { engine, clock, proof, close } = await open(kind);
		const bare = { state: 'subscribed', source: 'one', at: NOW, givenAt: null, givenSource: null, textVersion: null, ip: null };
		await imported(engine.transfer, line('ada', 'subscribed'), { source: 'one' });
		clock.advance(1000);
		const proved = line('ada', 'subscribed', { at: '2025-02-01T00:00:00Z', source: 'fair', textVersion: 'v2', ip: '203.0.113.7' });
		const known = { ...bare, givenAt: '2025-02-01T00:00:00.000Z', givenSource: 'fair', textVersion: 'v2', ip: '203.0.113.7' };

		const second = await imported(engine.transfer, proved, { source: 'two' });
		const after = await proof('ada');
		clock.advance(1000);
		const third = await imported(engine.transfer, proved, { source: 'three' });
		const lines = (await engine.consent.history(email('ada')))?.map(({ source, state, previous, textVersion }) => [source, state, previous, textVersion]);
		await engine.transfer.importUndo(second.importId, { source: 'test' });
		const left = await proof('ada');
		await engine.transfer.importUndo(third.importId, { source: 'test' });

		expect(second).toMatchObject({ consents: 0, rejectedCount: 0 });
		expect(after).toEqual([known]);
		expect(lines).toEqual([['two', 'subscribed', 'subscribed', 'v2'], ['one', 'subscribed', null, null]]);
		expect([left, await proof('ada')]).toEqual([[known], [bare]]);
		await close();
	});

	it('is never added to what somebody has said here, nor to another state; at the same time it fills what is missing', async () => {
		const { engine, clock, proof, close } = await open(kind);
		await say(engine, 'live', 'subscribed');
		await say(engine, 'no', 'unsubscribed');
		await imported(engine.transfer, line('said', 'subscribed') + line('proved', 'subscribed', { at: '2024-01-01T00:00:00Z', textVersion: 'v0' }) + line('part', 'subscribed', { at: '2025-01-01T00:00:00Z', textVersion: 'v1' }), { source: 'crm' });
		clock.advance(1000);
		await say(engine, 'said', 'subscribed', { source: 'crm' });
		const people = ['live', 'no', 'said', 'proved'];
		const before = await Promise.all(people.map(proof));

		await imported(engine.transfer, [...people, 'part'].map((name) => line(name, 'subscribed', { at: '2025-01-01T00:00:00Z', source: 'fair', textVersion: 'v9' })).join(''), { source: 'again' });

		expect(await Promise.all(people.map(proof))).toEqual(before);
		expect(await proof('part')).toMatchObject([{ state: 'subscribed', source: 'crm', givenAt: '2025-01-01T00:00:00.000Z', givenSource: 'fair', textVersion: 'v1' }]);
		await close();
	});

	it('that an import added does not come back by the undo of one that changed the state since', async () => {
		const { engine, clock, proof, close } = await open(kind);
		await imported(engine.transfer, line('ada', 'subscribed'), { source: 'one' });
		clock.advance(1000);
		const added = await imported(engine.transfer, line('ada', 'subscribed', { at: '2025-02-01T00:00:00Z', textVersion: 'v2' }), { source: 'two' });
		clock.advance(1000);
		const no = await imported(engine.transfer, line('ada', 'unsubscribed'), { source: 'three' });
		clock.advance(1000);

		await engine.transfer.importUndo(added.importId, { source: 'test' });
		await engine.transfer.importUndo(no.importId, { source: 'test' });

		expect(await proof('ada')).toMatchObject([{ state: 'subscribed', source: 'one', textVersion: null }]);
		await close();
	});

	it('is the other import\'s, whole, when two from one source said the same and the first is undone', async () => {
		const { engine, clock, proof, close } = await open(kind);
		const first = await imported(engine.transfer, line('ada', 'unsubscribed', { at: '2025-01-01T00:00:00Z', source: 'letter', ip: '203.0.113.7' }), { source: 'crm' });
		clock.advance(1000);
		await imported(engine.transfer, line('ada', 'unsubscribed', { at: '2025-02-01T00:00:00Z', source: 'phone' }), { source: 'crm' });
		clock.advance(1000);

		await engine.transfer.importUndo(first.importId, { source: 'test' });

		expect(await proof('ada')).toMatchObject([{ state: 'unsubscribed', source: 'crm', givenAt: '2025-02-01T00:00:00.000Z', givenSource: 'phone', ip: null }]);
		await close();
	});

	it('stays with the older of two alike when two people become one, and with each when they are two again', async () => {
		const { engine, clock, proof, close } = await open(kind);
		await say(engine, 'ada', 'subscribed', { textVersion: 'here' });
		clock.advance(1000);
		await imported(engine.transfer, line('bob', 'subscribed', { at: '2025-01-01T00:00:00Z', source: 'fair', textVersion: 'there' }));
		const elsewhere = { state: 'subscribed', source: 'import', givenAt: '2025-01-01T00:00:00.000Z', givenSource: 'fair', textVersion: 'there' };

		await engine.profiles.merge(email('ada'), email('bob'));
		const one = await proof('ada');
		await engine.profiles.unmerge(email('ada'));

		expect(one).toMatchObject([elsewhere]);
		expect(await proof('ada')).toMatchObject([{ state: 'subscribed', source: 'page', givenAt: null, textVersion: 'here' }]);
		expect(await proof('bob')).toMatchObject([elsewhere]);
		await close();
	});
});
