import { DATABASES } from '../databases';
import { imported, openEngine } from '../transfer/fixture';

describe.each(DATABASES)('the log and the copy of what is held on people, on %s', (kind) => {
	it('exports everything on one person, a section a domain, and nothing of others', async () => {
		const { engine, close } = await openEngine(kind);
		const me = { kind: 'email', value: 'ada@x.org' };
		await imported(engine.transfer, 'email,plan,news\nada@x.org,pro,yes\nother@x.org,free,no\n', { columns: { news: { consent: 'email' } } });
		await engine.events.ingest([{ type: 'track', event: 'Bought', identities: [me], properties: { total: 12.5 } }], { source: 'shop' });

		const person = await engine.privacy.exportPerson(me, { source: 'test' });
		const nobody = await engine.privacy.exportPerson({ kind: 'email', value: 'no@x.org' }, { source: 'test' });

		expect(nobody).toBeNull();
		expect(Object.keys(person?.sections ?? {}).sort()).toEqual(expect.arrayContaining(['audit', 'consent', 'events', 'imports', 'journeys', 'messages', 'profile']));
		expect(person?.sections).toMatchObject({ profile: { attributes: { plan: 'pro' }, identities: [me] }, imports: [{ source: 'import', created: true }] });
		expect(JSON.stringify(person?.sections.events)).toContain('12.5');
		expect(JSON.stringify(person?.sections.consent)).toContain('subscribed');
		expect(JSON.stringify(person)).not.toContain('other@x.org');
		expect((await engine.privacy.audit({ action: 'person.export' })).entries).toMatchObject([{ profile: person?.profile, who: 'test' }]);
		await close();
	});

	it('lists the log newest first, by action, person and time, page by page', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const people = await engine.profiles.upsert(['a', 'b'].map((value) => ({ identities: [{ kind: 'user_id', value }] })), { source: 'test' });
		const [first = 0, second = 0] = people.profiles.map(Number);
		for (const profile of [first, second, first]) {
			clock.advance(60_000);
			await engine.privacy.exportPerson({ profileId: profile }, { source: 'node' });
		}
		await imported(engine.transfer, 'email\nada@x.org\n', { source: 'crm' });

		const all = await engine.privacy.audit({});
		const mine = await engine.privacy.audit({ profile: first, limit: 1 });
		const next = await engine.privacy.audit({ profile: first, limit: 1, before: mine.before ?? 0 });
		const late = await engine.privacy.audit({ action: 'person.export', since: '2026-03-02T09:02:00Z', until: '2026-03-02T09:03:00Z' });

		expect(all.entries.map(({ action, who }) => `${action} ${who}`)).toEqual(['import.profiles crm', 'person.export node', 'person.export node', 'person.export node', 'profile.upsert test']);
		expect(all.before).toBeNull();
		expect([mine.entries[0]?.at, next.entries[0]?.at, next.before]).toEqual(['2026-03-02T09:03:00.000Z', '2026-03-02T09:01:00.000Z', null]);
		expect(late.entries.map(({ profile }) => profile)).toEqual([second]);
		expect(all.entries[0]).toMatchObject({ profile: null, detail: { count: 1, created: 1 } });
		await expect(engine.privacy.audit({ since: 'yesterday' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await close();
	});
});
