import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';

import type { LocalEngine } from '../../../engine/engine';
import type { JsonObject } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { exported, imported, openEngine } from './fixture';

/** What makes exports go wrong: formulas, types, quotes, empty values, other scripts, names of attributes that are formulas themselves. */
const ATTRIBUTES: JsonObject[] = [
	{ formula: '=HYPERLINK("http://evil.example")', plus: '+1', minus: '-5', at: '@SUM(A1)', tab: '\t=1+1', space: ' =1', wide: '＝1+1' },
	{ number: -5, decimal: 1.5, zero: 0, yes: true, no: false, text: '007', 'text number': '12', 'text true': 'true', empty: '', apostrophe: "'t Hooft" },
	{ list: ['a', 1, null], object: { a: { b: '=x' } }, 'list text': '["a"]', 'not json': '[broken', lines: 'a\r\nb\n"c",d;e\tf', padded: '  x  ', unicode: 'Jürgen 김 😀 \uFFFD' },
	{ '=cmd|calc': 'x', 'id:email': 'not an identity', 'consent:email': 'no consent', journeys_test: 'mine', 'a,"b"': 1, ' padded name ': 2 },
];

async function fill(engine: LocalEngine): Promise<void> {
	await engine.profiles.upsert(ATTRIBUTES.map((attributes, n) => ({ identities: [{ kind: 'user_id', value: `=u${n}` }, { kind: 'email', value: `p${n}@x.org` }, { kind: 'crm', value: "'quoted" + String(n) }, ...(n === 1 ? [{ kind: 'crm', value: 'second' }] : [])], attributes })), { source: 'test' });
	await engine.profiles.upsert([{ identities: [{ kind: 'phone', value: '+4917012345678' }], attributes: { phone: '+4917012345678' } }], { source: 'test', test: true });
	const id = async (n: number) => (await engine.profiles.get({ kind: 'email', value: `p${n}@x.org` }))?.id ?? 0;
	await engine.consent.set([
		{ profile: await id(0), channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }, { profile: await id(1), channel: 'email', topic: 'news: "weekly"', state: 'subscribed', source: 'page' },
	]);
	await engine.consent.setDoNotSell([{ whose: { profileId: await id(3) }, active: true, source: 'gpc' }, { whose: { profileId: await id(2) }, active: true, source: 'gpc' }, { whose: { profileId: await id(2) }, active: false, source: 'page' }]);
	await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'p0@x.org' }, { kind: 'device', value: 'd1' }, { kind: 'device', value: 'd2' }] }], { source: 'test' });
	await engine.suppression.add([{ channel: 'email', address: 'p2@x.org', reason: 'complaint' }, ...['sms', 'whatsapp'].map((channel) => ({ channel, address: '+4917012345678' })), { channel: 'push', address: 'd2', reason: 'hard-bounce' }]);
	await engine.preferences.set([{ whose: { kind: 'email', value: 'p1@x.org' }, maxPerWeek: 2, pausedUntil: '2026-04-01T00:00:00.000Z', source: 'page' }]);
}

/** All there is, without what is new by nature. */
async function everything(engine: LocalEngine) {
	const ids = [...ATTRIBUTES.map((_none, n) => ({ kind: 'email', value: `p${n}@x.org` })), { kind: 'phone', value: '+4917012345678' }];
	const people = await Promise.all(ids.map((by) => engine.profiles.get(by)));
	const suppressed = await engine.suppression.list();
	const exported = await engine.store.read((reader) => reader.all(sql`select i.value, p.max_per_week, p.paused_until from preference p join identity i on i.profile = p.profile and i.kind = 'email'`));
	const sharing = await Promise.all(ids.map((by) => engine.consent.get(by)));
	return {
		people: people.map((one) => one && { attributes: one.attributes, identities: one.identities, test: one.test, consents: one.consents.map(({ channel, topic, state }) => ({ channel, topic, state })) }),
		preferences: exported,
		doNotSell: sharing.map((one) => one?.doNotSell),
		suppressed: suppressed.map(({ channel, address, reason }) => ({ channel, address, reason })),
	};
}

describe.each(DATABASES)('an export on %s', (kind) => {
	it.each(['csv', 'ndjson'] as const)('of profiles as %s, imported elsewhere, makes the same people, opt-outs included', async (format) => {
		const from = await openEngine(kind);
		const to = await openEngine(kind);
		await fill(from.engine);

		const file = await exported(from.engine.transfer, { about: 'profiles', format, source: 'test' });
		const report = await imported(to.engine.transfer, file, {}, 61);
		const again = await imported(from.engine.transfer, file);

		expect(report).toMatchObject({ rows: 5, created: 5, rejectedCount: 0, suppressed: 4 });
		expect(await everything(to.engine)).toEqual(await everything(from.engine));
		expect(again).toMatchObject({ created: 0, updated: 5, consents: 0, suppressed: 0, rejectedCount: 0 });
		expect((await from.engine.privacy.audit({ action: 'export.profiles' })).entries).toMatchObject([{ who: 'test', detail: { rows: 5, format } }]);
		await from.close();
		await to.close();
	});

	it('holds to be read what else is known: groups, lists, segments, stage and scores', async () => {
		const { engine, close } = await openEngine(kind);
		const ada = { kind: 'user_id', value: 'ada' };
		await engine.profiles.upsert([{ identities: [ada], attributes: { plan: 'pro', journeys_lists: 'an attribute' } }], { source: 'test' });
		await engine.groups.addMembers([{ key: 'acme', member: ada }]);
		await engine.lists.create('VIP');
		await engine.lists.add('VIP', [ada]);
		await engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		await engine.store.tx('stage', (tx) => tx.run(sql`insert into stage (profile, stage, since) values (1, 'lead', 0)`));

		const line = JSON.parse(await exported(engine.transfer, { about: 'profiles', format: 'ndjson', source: 'test' })) as JsonObject;
		const csv = await exported(engine.transfer, { about: 'profiles', format: 'csv', source: 'test' });
		const to = await openEngine(kind);
		await imported(to.engine.transfer, csv);

		expect(line).toMatchObject({ groups: ['acme'], lists: ['VIP'], segments: ['Pro'], stage: 'lead', scores: [], maxPerWeek: null, pausedUntil: null });
		const [head = [], row = []] = parse(csv) as string[][];
		expect(Object.fromEntries(head.map((name, n) => [name, row[n]]))).toMatchObject({ journeys_groups: '["acme"]', journeys_lists: '["VIP"]', journeys_segments: '["Pro"]', journeys_stage: 'lead', journeys_scores: '', 'attribute:journeys_lists': 'an attribute' });
		expect((await to.engine.profiles.get(ada))?.attributes).toEqual({ plan: 'pro', journeys_lists: 'an attribute' });
		await to.close();
		await close();
	});

	it('for a third party leaves out people who asked not to be sold or shared, to the last one and however many of them stand in a row', async () => {
		const { engine, close } = await openEngine(kind);
		const keptOut = (n: number) => n >= 300 && n < 1600;
		const people = Array.from({ length: 2500 }, (_none, n) => ({ identities: [{ kind: keptOut(n) ? 'secret_id' : 'user_id', value: `u${n}` }], attributes: { n, ...(keptOut(n) ? { secret: true } : {}) } }));
		await engine.profiles.upsert(people, { source: 'test' });
		await engine.segments.save({ name: 'All', rule: { attribute: 'n', operator: 'exists' }, wait: true });
		await engine.lists.create('Two');
		await engine.lists.add('Two', [{ kind: 'user_id', value: 'u299' }, { kind: 'secret_id', value: 'u300' }]);
		await engine.consent.setDoNotSell(people.flatMap(({ identities }, n) => (keptOut(n) ? identities.map((whose) => ({ whose, active: true, source: 'gpc' })) : [])));
		await engine.consent.setDoNotSell([{ whose: { kind: 'user_id', value: 'u5' }, active: true, source: 'gpc' }, { whose: { kind: 'user_id', value: 'u5' }, active: false, source: 'page' }]);
		const ask = async (more: Partial<Parameters<typeof exported>[1]>) => await exported(engine.transfer, { about: 'profiles', format: 'ndjson', source: 'test', ...more });
		const numbers = (text: string) => text.trim().split('\n').map((line) => (JSON.parse(line) as { attributes: { n: number } }).attributes.n);

		const [shared, segment, list, csv, all] = [await ask({ sharableOnly: true }), await ask({ sharableOnly: true, segment: 'All' }), await ask({ sharableOnly: true, list: 'Two' }), await ask({ sharableOnly: true, format: 'csv' }), await ask({})];

		const rest = people.flatMap((_one, n) => (keptOut(n) ? [] : [n]));
		expect([numbers(shared), numbers(segment), numbers(list)]).toEqual([rest, rest, [299]]);
		expect(numbers(all)).toHaveLength(2500);
		expect(all.split('\n').filter((line) => line.includes('"doNotSell":true'))).toHaveLength(1300);
		const [head = [], ...rows] = parse(csv) as string[][];
		expect(rows).toHaveLength(1200);
		expect(head).toContain('journeys_do_not_sell');
		expect(head.filter((name) => name.includes('secret'))).toEqual([]);
		const told = (await engine.privacy.audit({ action: 'export.profiles' })).entries.map(({ detail }) => (detail as JsonObject).sharableOnly ?? false);
		expect(told).toEqual([false, true, true, true, true]);
		await close();
	});

	it('of events for a third party leaves out what such people did', async () => {
		const { engine, close } = await openEngine(kind);
		const event = (n: number) => ({ type: 'track' as const, event: 'Bought', timestamp: Date.UTC(2026, 0, 1) + n * 1000, identities: [{ kind: 'user_id', value: n < 6000 ? 'no' : 'yes' }] });
		await engine.events.ingest(Array.from({ length: 6010 }, (_none, n) => event(n)), { source: 'shop' });
		await engine.consent.setDoNotSell([{ whose: { kind: 'user_id', value: 'no' }, active: true, source: 'gpc' }]);

		const shared = await exported(engine.transfer, { about: 'events', format: 'ndjson', sharableOnly: true, source: 'test' });
		const all = await exported(engine.transfer, { about: 'events', format: 'ndjson', source: 'test' });

		expect(shared.trim().split('\n').map((line) => (JSON.parse(line) as { identities: unknown }).identities)).toEqual(Array.from({ length: 10 }, () => [{ kind: 'user_id', value: 'yes' }]));
		expect(all.trim().split('\n')).toHaveLength(6010);
		await close();
	});

	it('as CSV holds no cell and no header that a spreadsheet would run', async () => {
		const { engine, close } = await openEngine(kind);
		await fill(engine);
		await engine.events.ingest([{ type: 'track', event: '=cmd()', messageId: '@x', identities: [{ kind: 'email', value: 'p0@x.org' }], properties: { a: '=1' } }], { source: '-shop' });

		for (const about of ['profiles', 'events'] as const) {
			const rows: string[][] = parse(await exported(engine.transfer, { about, format: 'csv', source: 'test' }), { relax_column_count: false });
			const risky = rows.flat().filter((text) => /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) && Number.isNaN(Number(text)));
			expect(risky).toEqual([]);
			expect(rows.flat()).toContain(about === 'profiles' ? '\'=HYPERLINK("http://evil.example")' : "'=cmd()");
		}
		await close();
	});

	it.each(['csv', 'ndjson'] as const)('of events as %s, imported elsewhere, makes the same events, and here none twice', async (format) => {
		const from = await openEngine(kind);
		const to = await openEngine(kind);
		const events = ATTRIBUTES.map((properties, n) => ({ type: 'track' as const, event: n === 0 ? '=Bought' : 'Bought', messageId: `m${n}`, timestamp: `2026-01-0${n + 1}T00:00:00.000Z`, identities: [{ kind: 'email', value: `p${n % 2}@x.org` }], properties }));
		await from.engine.events.ingest(events, { source: 'shop' });

		const file = await exported(from.engine.transfer, { about: 'events', format, source: 'test' });
		const report = await imported(to.engine.transfer, file, { about: 'events' }, 61);
		const again = await imported(from.engine.transfer, file, { about: 'events' });
		const twice = await to.engine.events.ingest(events, { source: 'shop' });

		expect(report).toMatchObject({ rows: 4, events: 4, created: 2, rejectedCount: 0 });
		expect(again).toMatchObject({ events: 0, duplicates: 4 });
		expect(twice).toMatchObject({ accepted: 0, duplicates: 4 });
		for (const email of ['p0@x.org', 'p1@x.org']) {
			const bare = async (engine: LocalEngine) => (await engine.profiles.get({ kind: 'email', value: email }))?.events;
			expect(await bare(to.engine)).toEqual(await bare(from.engine));
		}
		await from.close();
		await to.close();
	});

	it('takes the events that are asked for, also when they are far between', async () => {
		const { engine, close } = await openEngine(kind);
		const event = (n: number) => ({ type: 'track' as const, event: n % 6000 === 5 ? 'Rare' : 'Common', timestamp: Date.UTC(2026, 0, 1) + n * 1000, identities: [{ kind: 'user_id', value: `u${n % 50}` }] });
		await engine.events.ingest(Array.from({ length: 12_000 }, (_none, n) => event(n)), { source: 'shop' });

		const rare = await exported(engine.transfer, { about: 'events', format: 'ndjson', names: ['Rare'], source: 'test' });
		const minute = await exported(engine.transfer, { about: 'events', format: 'csv', since: '2026-01-01T00:01:00Z', until: '2026-01-01T00:02:00Z', source: 'test' });

		expect(rare.trim().split('\n')).toHaveLength(2);
		expect(minute.trim().split('\r\n')).toHaveLength(61);
		await expect(exported(engine.transfer, { about: 'events', format: 'csv', since: 'yesterday', source: 'test' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await close();
	});

	it('of a segment holds its members with their columns only, and nobody of one that is being built', async () => {
		const { engine, close } = await openEngine(kind);
		await engine.profiles.upsert(Array.from({ length: 1500 }, (_none, n) => ({ identities: [{ kind: 'email', value: `p${n}@x.org` }], attributes: { plan: n % 500 === 0 ? 'pro' : 'free', [`only${n}`]: n } })), { source: 'test' });
		await engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		await engine.segments.save({ name: 'Pro too', rule: { segment: 'Pro' } });
		const pro = { about: 'profiles', format: 'csv', segment: 'Pro', source: 'test' } as const;

		const lines = (await exported(engine.transfer, pro)).trim().split('\r\n');
		const { id } = (await engine.segments.get('Pro')) ?? { id: 0 };
		await engine.store.tx('t', (tx) => tx.run(sql`insert into segment_build (segment, next_id, last_id, first_build, start_journeys, done, people, touched_at) values (${id}, 1, 1500, 0, 0, 0, 1500, ${tx.nowMs})`));

		expect(lines.map((line) => line.split(',')[0])).toEqual(['journeys_id', '1', '501', '1001']);
		expect(lines[0]).toContain('only0,only1000,only500');
		for (const segment of ['Pro', 'Pro too']) await expect(engine.transfer.exportStart({ ...pro, segment })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('still being built') as string });
		await close();
	});

	it('goes on while people come and go: nobody comes twice, who came later is left out', async () => {
		const { engine, close } = await openEngine(kind);
		const people = (from: number, count: number) => Array.from({ length: count }, (_none, n) => ({ identities: [{ kind: 'user_id', value: `u${from + n}` }], attributes: { n: from + n } }));
		await engine.profiles.upsert(people(0, 2500), { source: 'test' });
		const { exportId } = await engine.transfer.exportStart({ about: 'profiles', format: 'ndjson', source: 'test' });
		const first = await engine.transfer.exportChunk(exportId);
		await engine.profiles.upsert(people(5000, 10), { source: 'test' });
		await engine.privacy.erasePerson({ kind: 'user_id', value: 'u2400' }, { source: 'test' });

		let text = Buffer.from(first.bytes).toString();
		for (let done = first.done; !done; ) {
			const chunk = await engine.transfer.exportChunk(exportId);
			text += Buffer.from(chunk.bytes).toString();
			done = chunk.done;
		}
		const { rows } = await engine.transfer.exportEnd(exportId);

		const ids = text.trim().split('\n').map((line) => (JSON.parse(line) as { attributes: { n: number } }).attributes.n);
		expect(rows).toBe(2499);
		expect(new Set(ids).size).toBe(2499);
		expect(Math.max(...ids)).toBe(2499);
		await expect(engine.transfer.exportChunk(exportId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(engine.transfer.exportStart({ about: 'profiles', format: 'csv', segment: 'Nope', source: 'test' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await close();
	});
});
