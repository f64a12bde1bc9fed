import { sql } from 'kysely';

import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const email = (value: string) => ({ kind: 'email', value });
const bad = { bad: { suppression: 'email' } };
const news = { news: { consent: 'email' } };

describe.each(DATABASES)('what a file forbids, imported on %s,', (kind) => {
	it('counts for a person whom a row names by another identity: all of their addresses are suppressed', async () => {
		const { engine, close } = await openEngine(kind);
		await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u1' }, email('a@x.org'), email('b@x.org')] }, { identities: [{ kind: 'user_id', value: 'u2' }, { kind: 'phone', value: '+41791234567' }] }], { source: 'test' });

		const report = await imported(engine.transfer, 'user_id,email,bad\nu1,,bounce\nu2,,bounce\nu3,c@x.org,bounce\n', { columns: bad });

		expect(report).toMatchObject({ suppressed: 3, rejected: [{ line: 3, reason: expect.stringContaining('no address to suppress') as string }] });
		expect(await engine.suppression.check(['a', 'b', 'c'].map((name) => ({ channel: 'email', address: `${name}@x.org` })))).toEqual(['hard-bounce', 'hard-bounce', 'hard-bounce']);
		expect(await engine.transfer.importUndo(report.importId, { source: 'test' })).toMatchObject({ suppressionsRemoved: 3 });
		await close();
	});

	it('counts by the gravest reason of several rows about one address', async () => {
		const { engine, close } = await openEngine(kind);

		const report = await imported(engine.transfer, 'email,bad\na@x.org,complaint\na@x.org,bounce\na@x.org,manual\n', { columns: bad });

		expect([report.suppressed, await engine.suppression.check([{ channel: 'email', address: 'a@x.org' }])]).toEqual([1, ['complaint']]);
		await close();
	});

	it.each([[0], [600]])('counts in a second row about somebody whom the first one makes, %i rows before it, though the mode leaves the row out', async (between) => {
		const { engine, close } = await openEngine(kind);
		await imported(engine.transfer, 'email,news\nknown@x.org,yes\n', { columns: news });
		const others = Array.from({ length: between }, (_none, n) => `u${n}@x.org,,,\n`).join('');
		const file = `email,plan,news,bad\na@x.org,gold,yes,\nknown@x.org,gold,no,\n${others}a@x.org,silver,no,bounce\n`;
		const options = { mode: 'create' as const, columns: { ...news, ...bad } };

		const dry = await imported(engine.transfer, file, { ...options, dryRun: true }, 100_000);
		const report = await imported(engine.transfer, file, options, 100_000);

		expect(report).toMatchObject({ created: 1 + between, updated: 0, skipped: 2, suppressed: 1 });
		expect({ ...dry, importId: '', dryRun: false }).toEqual({ ...report, importId: '', dryRun: false });
		expect(await engine.profiles.get(email('a@x.org'))).toMatchObject({ attributes: { plan: 'gold' }, consents: [{ state: 'unsubscribed' }], suppressed: [{ reason: 'hard-bounce' }] });
		expect((await engine.profiles.get(email('known@x.org')))?.consents).toMatchObject([{ state: 'subscribed' }]);
		expect(await engine.transfer.importUndo(report.importId, { source: 'test' })).toMatchObject({ removed: 1 + between, suppressionsRemoved: 1 });
		await close();
	});

	it('is known before segments see somebody for the first time: nobody enters one that they are never in', async () => {
		const { engine, close } = await openEngine(kind);
		await engine.segments.save({ name: 'No word yet', rule: { consent: 'email', state: 'none' } });
		await engine.segments.save({ name: 'For sale', rule: { doNotSell: false } });
		const line = JSON.stringify({ identities: [email('a@x.org')], attributes: {}, doNotSell: true, consents: [{ channel: 'email', topic: '', state: 'unsubscribed' }] });

		await imported(engine.transfer, `${line}\n`, { startJourneys: true });

		const changes = await engine.store.read((reader) => reader.all(sql`select s.name, c.change from segment_change c join segment s on s.id = c.segment`));
		expect(changes).toEqual([]);
		await close();
	});
});
