import type { LocalEngine } from '../../../engine/engine';
import { DATABASES } from '../databases';
import { exported, imported, openEngine } from './fixture';

const FORMATS = ['csv', 'ndjson'] as const;
const email = (name: string) => ({ kind: 'email', value: `${name}@x.org` });

/** Says in several calls what no call may say at once. */
async function tell(engine: LocalEngine, name: string, attributes: ReadonlyArray<Record<string, string>>): Promise<void> {
	for (const part of attributes) {
		const report = await engine.profiles.upsert([{ identities: [email(name)], attributes: part }], { source: 'test' });
		expect(report).toMatchObject({ rejected: [] });
		expect(report.left).toBeUndefined();
	}
}

const names = (from: number, count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_none, n) => [`attribute ${from + n}`, `v${n}`]));

describe.each(DATABASES)('what an export writes, an import takes, on %s', (kind) => {
	it.each(FORMATS)('also of people with 4,000 different attributes, as %s', async (format) => {
		const [from, to] = [await openEngine(kind), await openEngine(kind)];
		await tell(from.engine, 'ada', [names(0, 1_000), names(1_000, 1_000)]);
		await tell(from.engine, 'bob', [names(2_000, 1_000), names(3_000, 1_000)]);

		const report = await imported(to.engine.transfer, await exported(from.engine.transfer, { about: 'profiles', format, source: 'test' }), {}, 64 * 1024);

		expect(report).toMatchObject({ rows: 2, created: 2, rejectedCount: 0 });
		for (const name of ['ada', 'bob']) expect((await to.engine.profiles.get(email(name)))?.attributes).toEqual((await from.engine.profiles.get(email(name)))?.attributes);
		for (const world of [from, to]) await world.close();
	});

	it.each(FORMATS)('also of a person with 255 KB of attributes, full of quotes and line breaks, and of what they did, as %s', async (format) => {
		const [from, to] = [await openEngine(kind), await openEngine(kind)];
		// As JSON 31 KB each, as a cell of CSV 46.
		const text = '"quoted", and\n'.repeat(1_900);
		await tell(from.engine, 'ada', Array.from({ length: 8 }, (_none, n) => ({ [`long ${n}`]: text })));
		await from.engine.profiles.upsert([{ identities: [email('ada'), ...Array.from({ length: 90 }, (_none, n) => ({ kind: 'anonymous_id', value: `${n}`.padEnd(200, 'x') }))] }], { source: 'test' });
		await from.engine.events.ingest(Array.from({ length: 3 }, (_none, n) => ({ type: 'track' as const, event: 'Wrote', identities: [email('ada')], messageId: `m${n}`, properties: { text } })), { source: 'shop' });
		const people = await exported(from.engine.transfer, { about: 'profiles', format, source: 'test' });
		const events = await exported(from.engine.transfer, { about: 'events', format, source: 'test' });

		const reports = [await imported(to.engine.transfer, people, {}, 64 * 1024), await imported(to.engine.transfer, events, { about: 'events' }, 64 * 1024)];

		expect(people.length).toBeGreaterThan(255 * 1024);
		expect(reports).toMatchObject([{ created: 1, rejectedCount: 0, rejected: [] }, { events: 3, rejectedCount: 0 }]);
		const [was, is] = [await from.engine.profiles.get(email('ada')), await to.engine.profiles.get(email('ada'))];
		expect(is?.attributes).toEqual(was?.attributes);
		expect(is?.identities).toHaveLength(91);
		expect(is?.events.map(({ properties }) => properties.text)).toEqual([text, text, text]);
		for (const world of [from, to]) await world.close();
	});

	it('names what to do where a CSV file would have more columns than one may have; NDJSON has none', async () => {
		const [from, to] = [await openEngine(kind), await openEngine(kind)];
		for (let person = 0; person < 17; person += 1) await tell(from.engine, `p${person}`, [names(person * 1_000, 1_000)]);

		const refused = exported(from.engine.transfer, { about: 'profiles', format: 'csv', source: 'test' });
		await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/17,?\d{3} columns.*NDJSON.*segment or a list/) as string });
		const report = await imported(to.engine.transfer, await exported(from.engine.transfer, { about: 'profiles', format: 'ndjson', source: 'test' }));

		expect(report).toMatchObject({ created: 17, rejectedCount: 0 });
		for (const world of [from, to]) await world.close();
	});

	it('but of other files a row of more than 128 KB is refused, and a header of more than 2,000 columns', async () => {
		const { engine, close } = await openEngine(kind);
		const long = 'x'.repeat(129 * 1024);

		const csv = await imported(engine.transfer, `email,note\na@x.org,${long}\nb@x.org,short\n`, {}, 64 * 1024);
		const ndjson = await imported(engine.transfer, `${JSON.stringify({ email: 'c@x.org', note: long })}\n${JSON.stringify({ email: 'd@x.org' })}\n${'y'.repeat(3 * 1024 * 1024)}\n`, { format: 'ndjson' }, 64 * 1024);
		const header = `email,${Array.from({ length: 2_000 }, (_none, n) => `c${n}`).join(',')}\n`;

		expect([csv, ndjson]).toMatchObject([{ created: 1, rejected: [{ line: 2, reason: 'The row is longer than 128 KB.' }] }, { created: 1, rejected: [{ line: 1, reason: 'The line is longer than 128 KB.' }, { line: 3, reason: 'The line is longer than 2 MB.' }] }]);
		await expect(imported(engine.transfer, header)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('2001 columns, more than 2000') as string });
		await close();
	});
});
