import { sql } from 'kysely';

import type { TrackingMessage } from '../../../engine/events';
import { normaliseIdentity, resolveProfiles } from '../../../engine/profiles';
import { DATABASES } from '../databases';
import { openWorld } from '../events/fixture';

describe('an identity', () => {
	it.each<[string, unknown, string]>([
		['email', ' Ada@Example.COM ', 'ada@example.com'], ['email', 'a+b.c@sub.Exämple.co', 'a+b.c@sub.xn--exmple-cua.co'],
		['email', '\ufeff \u200bAnn\u00ad@x.\u200dexample\u2060 ', 'ann@x.example'], ['email', 'JOSE\u0301@x.example', 'jos\u00e9@x.example'], ['crm.id', 'A\u200b', 'A\u200b'], ['phone', '+49 (170) 123-45 67', '+491701234567'], ['user_id', ' 42 ', '42'],
		['user_id', 42, '42'], ['crm.id', 'A-1', 'A-1'], ['anonymous_id', '-12', '-12'],
	])('%s %j becomes %s', (kind, value, expected) => {
		expect(normaliseIdentity(kind, value)).toEqual({ ok: true, identity: { kind, value: expected } });
	});

	it.each<[string, unknown]>([
		...['0', '-1', 'null', 'undefined', 'anonymous', '', '  ', 'NULL', 'Anonymous', 0, -1, null, undefined, {}, true].map((value): [string, unknown] => ['user_id', value]),
		...['ada', 'ada@', '@example.com', 'ada@example', 'a b@example.com', 'a@b@example.com', 'ada@example..com', 'ada@example.com.', `${'a'.repeat(250)}@example.com`].map((value): [string, unknown] => ['email', value]),
		['phone', '0170 1234567'], ['phone', '12'], ['phone', 'call me'], ['user_id', 'x'.repeat(256)], ['user_id', 'a\nb'], ['user_id', '\ud800'], ['', 'x'], ['bad kind', 'x'],
	])('%s %j is refused with a reason that does not repeat it', (kind, value) => {
		const result = normaliseIdentity(kind, value);

		expect(result).toEqual({ ok: false, reason: expect.stringMatching(/\w{3}.*\.$/) as string });
		if (typeof value === 'string' && value.length > 12 && !result.ok) expect(result.reason).not.toContain(value);
	});

	it.each<[string, unknown, { kind: string; value: string }]>([
		['userId', 42, { kind: 'user_id', value: '42' }], ['Email', 'A@x.org', { kind: 'email', value: 'a@x.org' }], ['e-mail', 'A@x.org', { kind: 'email', value: 'a@x.org' }],
		['anonymousId', 'a', { kind: 'anonymous_id', value: 'a' }], ['PHONE', '+491701234567', { kind: 'phone', value: '+491701234567' }], ['crm.email', 'A', { kind: 'crm.email', value: 'A' }],
	])('of kind %s is what it is called elsewhere, with the rules of that kind', (kind, value, identity) => {
		expect(normaliseIdentity(kind, value)).toEqual({ ok: true, identity });
	});

	it('of kind phone takes the default country for numbers without one', () => {
		expect(normaliseIdentity('phone', '0170 1234567', { defaultCountry: 'DE' })).toEqual({ ok: true, identity: { kind: 'phone', value: '+491701234567' } });
	});
});

describe.each(DATABASES)('finding people on %s', (kind) => {
	const message = (more: Partial<TrackingMessage>): TrackingMessage => ({ type: 'track', event: 'e', ...more });

	it('takes the user id before the email before the phone before others before the anonymous id', async () => {
		const world = await openWorld(kind);
		await world.events.ingest([
			message({ userId: 'u' }), message({ identities: [{ kind: 'email', value: 'e@x.org' }] }), message({ identities: [{ kind: 'phone', value: '+491701234567' }] }),
			message({ identities: [{ kind: 'crm', value: 'c' }] }), message({ anonymousId: 'a' }),
		], { source: 's' });
		const all = { userId: 'u', anonymousId: 'a', identities: [{ kind: 'crm', value: 'c' }, { kind: 'phone', value: '+491701234567' }, { kind: 'email', value: 'E@x.org' }] };

		const report = await world.events.ingest([
			message(all), message({ ...all, userId: undefined } as Partial<TrackingMessage>), message({ ...all, identities: all.identities.slice(0, 2), userId: undefined } as Partial<TrackingMessage>),
			message({ anonymousId: 'a', identities: [{ kind: 'crm', value: 'c' }] }), message({ anonymousId: 'a' }), message({ ...all, profileId: 5 }),
		], { source: 's' });

		expect(report.profiles).toEqual([1, 2, 3, 4, 5, 5]);
		expect(await world.profiles.count()).toBe(5);
		await world.close();
	});

	it('attaches identities nobody has, and leaves the others where they are', async () => {
		const world = await openWorld(kind);
		await world.events.ingest([message({ anonymousId: 'a' }), message({ anonymousId: 'a', userId: 'u1' }), message({ anonymousId: 'a', userId: 'u2' }), message({ anonymousId: 'b', userId: 'u2' })], { source: 's' });

		expect(await world.rows(sql`select profile, kind, value from identity order by profile, kind, value`)).toEqual([
			{ profile: 1, kind: 'anonymous_id', value: 'a' }, { profile: 1, kind: 'user_id', value: 'u1' }, { profile: 2, kind: 'anonymous_id', value: 'b' }, { profile: 2, kind: 'user_id', value: 'u2' },
		]);
		await world.close();
	});

	it('never puts two user ids on one profile, not by a shared email, nor by a profile id', async () => {
		const world = await openWorld(kind);
		const identify = (userId: string): TrackingMessage => ({ type: 'identify', userId, traits: { email: 'family@example.com' } });
		await world.events.ingest([identify('ada')], { source: 's' });

		const report = await world.events.ingest([identify('bob'), identify('ada'), message({ profileId: 1, userId: 'eve' })], { source: 's' });

		expect(report.profiles).toEqual([2, 1, 1]);
		expect((await world.profiles.get({ kind: 'email', value: 'family@example.com' }))?.id).toBe(1);
		expect((await world.profiles.get({ profileId: 1 }))?.identities.filter((identity) => identity.kind === 'user_id')).toEqual([{ kind: 'user_id', value: 'ada' }]);
		await world.close();
	});

	it('gives one profile one user id when two claim it at once', async () => {
		const world = await openWorld(kind);
		for (let round = 0; round < 5; round += 1) {
			await world.events.ingest([message({ anonymousId: `a${round}` })], { source: 's' });

			await Promise.all(Array.from({ length: 4 }, (_none, n) => world.events.ingest([message({ anonymousId: `a${round}`, userId: `u${round}-${n}` })], { source: 's' })));
		}

		expect(await world.rows(sql`select profile from identity where kind = 'user_id' group by profile having count(*) > 1`)).toEqual([]);
		expect(await world.rows(sql`select p.id from profile p where not exists (select 1 from identity i where i.profile = p.id)`)).toEqual([]);
		expect(await world.profiles.count()).toBe(20);
		await world.close();
	});

	it('takes the event under the good identity when another one is a placeholder', async () => {
		const world = await openWorld(kind);

		const report = await world.events.ingest([message({ userId: '0', anonymousId: 'a' }), message({ userId: 'undefined', anonymousId: 'b' })], { source: 's' });

		expect(report).toMatchObject({ accepted: 2, profiles: [1, 2] });
		expect(await world.rows(sql`select distinct kind from identity`)).toEqual([{ kind: 'anonymous_id' }]);
		await world.close();
	});

	it('finds many kinds of identity in one batch', async () => {
		const world = await openWorld(kind);
		const batch = Array.from({ length: 12 }, (_none, n) => message({ identities: [{ kind: `kind${n}`, value: 'same' }] }));

		const first = await world.events.ingest(batch, { source: 's' });
		const second = await world.events.ingest(batch, { source: 's' });

		expect(new Set(first.profiles).size).toBe(12);
		expect(second.profiles).toEqual(first.profiles);
		await world.close();
	});

	it('only looks, and makes nobody, when told not to create', async () => {
		const world = await openWorld(kind);
		await world.events.ingest([message({ userId: 'u' })], { source: 's' });

		const resolved = await world.store.tx('t', (tx) => resolveProfiles(tx, [
			{ identities: [{ kind: 'user_id', value: 'u' }, { kind: 'email', value: 'new@x.org' }] }, { identities: [{ kind: 'user_id', value: 'nobody' }] }, { profileId: 99, identities: [] },
		], { create: false, test: false }));

		expect(resolved.profiles).toEqual([1, null, null]);
		expect(await world.rows(sql`select kind, value from identity`)).toEqual([{ kind: 'user_id', value: 'u' }]);
		await world.close();
	});
});
