import { sql } from 'kysely';

import { createConsent, type ConsentChange } from '../../../engine/consent';
import { auditIn } from '../../../engine/privacy';
import { lockProfiles } from '../../../engine/profiles';
import { DATABASES, TEST_START_MS, testStore } from '../databases';
import { withProfiles } from './people';

const at = new Date(TEST_START_MS).toISOString();
const change = (state: ConsentChange['state'], more: Partial<ConsentChange> = {}): ConsentChange => ({ profile: 1, channel: 'email', topic: 'news', state, source: 'node', ...more });

describe.each(DATABASES)('the history of consent on %s', (kind) => {
	it('holds every change with its proof, those of one call too, newest first', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1]);
		const consent = createConsent({ store });

		await consent.set([change('pending', { textVersion: 'form 3' }), change('subscribed', { source: 'double-opt-in', textVersion: 'form 3', seen: { page: 'confirm', language: 'de' } })]);
		await consent.set([change('unsubscribed', { source: 'one-click' })]);
		await consent.set([change('none')]);

		const history = await consent.history({ kind: 'email', value: 'P1@customer.example' });
		expect(history?.map(({ state, previous, source, textVersion, seen }) => [state, previous, source, textVersion, seen])).toEqual([
			['none', 'unsubscribed', 'node', null, null],
			['unsubscribed', 'subscribed', 'one-click', null, null],
			['subscribed', 'pending', 'double-opt-in', 'form 3', { page: 'confirm', language: 'de' }],
			['pending', null, 'node', 'form 3', null],
		]);
		expect(history?.[0]).toMatchObject({ at, kind: 'consent', channel: 'email', topic: 'news', ip: null });
		expect((await consent.get({ profileId: 1 }))?.consents).toEqual([]);
		expect(await consent.history({ profileId: 1 }, { limit: 2, before: history?.[1]?.id ?? 0 })).toEqual(history?.slice(2));
		expect(await consent.history({ profileId: 77 })).toBeNull();
		await close();
	});

	it('does not repeat what is so already: a retry leaves one line and the first time', async () => {
		const { store, clock, close } = await testStore(kind);
		await withProfiles(store, [1]);
		const consent = createConsent({ store });
		await consent.set([change('unsubscribed')]);
		(clock as { advance?: (ms: number) => void }).advance?.(60_000);

		await consent.set([change('unsubscribed'), change('unsubscribed', { topic: ' NEWS ' })]);

		expect(await consent.history({ profileId: 1 })).toHaveLength(1);
		expect((await consent.get({ profileId: 1 }))?.consents).toMatchObject([{ at }]);
		await close();
	});

	it('has one line for each that says the same state, however often they say it in turn, and a new one when that state begins anew', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1]);
		const consent = createConsent({ store });
		const said = async () => (await consent.history({ profileId: 1 }))?.map(({ state, source }) => `${state} ${source}`).reverse();

		for (const source of ['A: Set', 'B: Set', 'A: Set', 'B: Set', 'A: Set']) await consent.set([change('subscribed', { source })]);
		await consent.set([change('subscribed', { source: 'B: Set' }), change('subscribed', { source: 'A: Set' })]);
		const turns = await said();
		await consent.set([change('unsubscribed', { source: 'A: Set' })]);
		await consent.set([change('subscribed', { source: 'A: Set' }), change('subscribed', { source: 'B: Set' }), change('subscribed', { source: 'A: Set' })]);

		expect(turns).toEqual(['subscribed A: Set', 'subscribed B: Set']);
		expect((await said())?.slice(2)).toEqual(['unsubscribed A: Set', 'subscribed A: Set', 'subscribed B: Set']);
		await close();
	});

	it('gets a line for new proof of the same state: another wording, another time at which it was given; none for another IP address', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1]);
		const consent = createConsent({ store, storesIps: () => Promise.resolve(true) });
		const form = (more: Partial<ConsentChange> = {}) => consent.set([change('subscribed', { source: 'form', textVersion: 'v1', givenAtMs: 1_000, ip: '203.0.113.7', ...more })]);

		await form();
		await form({ ip: '203.0.113.8' });
		await form({ givenAtMs: null });
		const one = await consent.history({ profileId: 1 });
		await form({ textVersion: 'v2' });
		await form({ textVersion: 'v2', givenAtMs: 2_000 });
		await form();

		expect(one).toHaveLength(1);
		expect((await consent.history({ profileId: 1 }))?.map(({ textVersion, givenAt }) => [textVersion, givenAt])).toEqual([
			['v2', new Date(2_000).toISOString()], ['v2', new Date(1_000).toISOString()], ['v1', new Date(1_000).toISOString()],
		]);
		await close();
	});

	it('keeps showing the proof of a state that somebody else says again without any', async () => {
		const { store, clock, close } = await testStore(kind);
		await withProfiles(store, [1]);
		const consent = createConsent({ store });
		await consent.set([change('subscribed', { source: 'form', textVersion: 'v1' })]);
		(clock as { advance?: (ms: number) => void }).advance?.(60_000);

		await consent.set([change('subscribed', { source: 'Nightly: Set' })]);

		expect((await consent.get({ profileId: 1 }))?.consents).toMatchObject([{ state: 'subscribed', source: 'form', textVersion: 'v1', at }]);
		expect((await consent.history({ profileId: 1 }))?.map(({ source }) => source)).toEqual(['Nightly: Set', 'form']);
		await close();
	});

	it('stores an IP address only where the settings allow it', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1, 2]);

		await createConsent({ store }).set([change('subscribed', { ip: '203.0.113.7' })]);
		await createConsent({ store, storesIps: () => Promise.resolve(true) }).set([change('subscribed', { profile: 2, ip: '203.0.113.7' })]);

		const ips = await store.read((reader) => reader.all(sql`select c.ip as now, h.ip as kept from consent c join consent_history h on h.profile = c.profile order by c.profile`));
		expect(ips).toEqual([{ now: null, kept: null }, { now: '203.0.113.7', kept: '203.0.113.7' }]);
		await close();
	});

	it('takes a batch by identity, rejects who is not found, and writes one entry into the audit log', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, [1, 2]);
		const consent = createConsent({ store, audit: auditIn });

		const report = await consent.setFor([1, 2, 3].map((n) => ({ whose: { kind: 'email', value: `p${n}@customer.example` }, channel: 'email', topic: '', state: 'unsubscribed' as const, source: 'import' })));

		expect(report).toEqual({ profiles: [1, 2, null], rejected: [{ index: 2, reason: 'No profile has this email.' }] });
		expect(await store.read((reader) => reader.all(sql`select action, actor, profile from audit`))).toEqual([{ action: 'consent.set', actor: 'import', profile: null }]);
		await close();
	});

	it('costs the same number of statements for 2 and for 200 people', async () => {
		const { store, close } = await testStore(kind);
		await withProfiles(store, Array.from({ length: 202 }, (_, n) => n + 1));
		const consent = createConsent({ store, audit: auditIn });
		const count = async (ids: number[]): Promise<number> => await store.tx('t', async (tx) => {
			let statements = 0;
			const counted = { ...tx, all: (query: Parameters<typeof tx.all>[0]) => (statements += 1, tx.all(query)), run: (query: Parameters<typeof tx.run>[0]) => (statements += 1, tx.run(query)) };
			await consent.setIn(counted as typeof tx, ids.map((profile) => change('unsubscribed', { profile })));
			return statements;
		});

		const [few, many] = [await count([1, 2]), await count(Array.from({ length: 200 }, (_, n) => n + 3))];

		expect(many).toBe(few);
		await close();
	});
});

// SQLite has one writer at a time; there is nothing to wait for.
describe('a change of consent on postgres', () => {
	it('waits for whoever holds the profile, so that a sender who has looked has also decided', async () => {
		const { store, close } = await testStore('postgres');
		await withProfiles(store, [1]);
		const consent = createConsent({ store });
		let done = false;
		let setting: Promise<unknown> = Promise.resolve();

		const doneWhileHeld = await store.tx('hold', async (tx) => {
			await lockProfiles(tx, [1]);
			setting = consent.set([change('unsubscribed')]).then(() => (done = true));
			// As many round trips as a change takes, and more.
			for (let n = 0; n < 30; n += 1) await store.read((reader) => reader.first(sql`select 1 as one`));
			return done;
		});
		await setting;

		expect([doneWhileHeld, done]).toEqual([false, true]);
		await close();
	});
});
