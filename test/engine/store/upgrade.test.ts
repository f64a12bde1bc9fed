import { ManualClock, silentLog } from '../../../engine/kernel';
import { openStore } from '../../../engine/store';
import { DATABASES, type OwnDatabase } from '../databases';
import { HALVES } from '../experiments/splitting';
import { protocolViolations } from '../journeys/protocol-checks';
import { visits, type Leg } from '../journeys/walk';
import { HOUR_MS, World } from '../journeys/world';
import { Mailbox, smtp } from '../messages/mailbox';
import { databaseOf, left, rowsOf } from './older';

/*
 * A database in which the engine of an earlier version (schema 58) left people: 1 to 3 have the welcome and wait for a click, which has come of 2; 4 is to be tried again; 5 had opted out; 6 is held; 7 has ordered and
 * left; 8 was under way when the process ended; 9 is a visitor whom nobody knows. With templates, codes, devices, browsers, a split, a segment and settings.
 */
const LEFT = left(58);
const at = (n: number): string => `p${n - 1}@customer.example`;

describe.each(DATABASES)('a database of an earlier version, on %s', (kind) => {
	let own: OwnDatabase;
	beforeEach(async () => {
		own = await databaseOf(kind, 58, LEFT.tables);
	});

	it('is brought up to date by opening it, with every row that was in it', async () => {
		const tables = Object.keys(LEFT.tables);
		const before = await rowsOf(own.database, tables);

		const store = await openStore({ database: own.database, clock: new ManualClock(LEFT.nowMs), log: silentLog });
		const { schemaVersion } = store;
		await store.close();
		const after = await rowsOf(own.database, tables);
		await own.drop();

		expect(schemaVersion).toBeGreaterThanOrEqual(71);
		expect(Object.fromEntries(tables.map((table) => [table, before[table]?.length]))).toEqual(Object.fromEntries(Object.entries(LEFT.tables).map(([table, rows]) => [table, rows.length])));
		for (const table of tables) expect([table, after[table]?.map(({ proven: _marked, ...row }) => row)]).toEqual([table, before[table]]);
		const marks = [...(after.identity ?? []), ...(after.web_push_subscription ?? [])].filter(({ proven }) => proven !== undefined).map(({ profile, proven }) => [Number(profile), proven]);
		expect(marks).toEqual([[9, '-'], [9, '-']]);
	});

	describe('is gone on with', () => {
		let world: World;
		let mailbox: Mailbox;
		const walk = () => world.walk;
		const step = (name: string, type: string) => walk().step(name, type);

		beforeEach(async () => {
			mailbox = await Mailbox.open();
			world = await World.open(kind, { own, startMs: LEFT.nowMs });
			await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'site' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'collector' });
		});
		afterEach(async () => {
			expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Signed Up', atRest: false })).toEqual({});
			await world.close();
			await mailbox.close();
		});

		const mailed = () => mailbox.accepted.map(({ to, raw }) => [to, /^Subject: (\S+)/m.exec(raw)?.[1], /code:(\w+):/.exec(raw)?.[1]]).sort();

		it('by everybody who waited, each from where they stood: nobody gets a mail again, and a code stays whose it is', async () => {
			const welcome = async (leg: Leg): Promise<void> => {
				const { content: _own, ...mail } = mailbox.mail({ purpose: 'marketing', provider: smtp(mailbox.port), trackClicks: true, trackOpens: true });
				const sent = await world.engine.messages.sendEmail({ ...mail, template: 'welcome', step: step('welcome', 'email'), items: leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) });
				const onward = sent.flatMap(({ index, outcome, stamp }) => (outcome === 'sent' && stamp !== undefined && leg.people[index] !== undefined ? [{ ...leg.people[index], stamp }] : []));
				await walk().park(step('click', 'waitForEvent'), onward, 6 * HOUR_MS, { event: 'Email Link Clicked' });
				await walk().settle(leg);
			};
			const click = async (): Promise<number[][]> => {
				const leg = await walk().start(step('click', 'waitForEvent'));
				const [continued, timedOut] = await walk().resume(step('click', 'waitForEvent'), leg.people);
				await walk().email(step('second', 'email'), leg.people, mailbox.mail({ purpose: 'marketing', content: { subject: 'More', body: { kind: 'html', source: '<p>code:{% coupon "spring" %}:</p>' } } }));
				await walk().settle(leg);
				return [continued, timedOut].map((people) => people.map(({ stamp }) => stamp.profile).sort());
			};

			const clicked = await click();
			await welcome(await walk().start(step('welcome', 'email')));
			world.clock.advance(HOUR_MS);
			await world.engine.tick();
			expect(await world.engine.journeys.retryHeld({ workflow: 'wf' })).toEqual({ retried: 1 });
			// Whoever was held is claimed alone.
			for (let leg = await walk().start(step('trigger', 'trigger')); leg.people.length > 0; leg = await walk().start(step('trigger', 'trigger'))) await welcome(leg);
			world.clock.advance(6 * HOUR_MS);
			const late = await click();

			expect({ clicked, late }).toEqual({ clicked: [[2], []], late: [[], [1, 3, 4, 6, 8]] });
			expect(mailed()).toEqual([
				[at(1), 'More', 'SPRING0'], [at(2), 'More', 'SPRING1'], [at(3), 'More', 'SPRING2'],
				[at(4), 'Hello', 'SPRING3'], [at(4), 'More', 'SPRING3'],
				[at(6), 'Hello', expect.stringMatching(/SPRING[5-8]/)], [at(6), 'More', expect.stringMatching(/SPRING[5-8]/)],
				[at(8), 'Hello', expect.stringMatching(/SPRING[5-8]/)], [at(8), 'More', expect.stringMatching(/SPRING[5-8]/)],
			]);
			expect([new Set(mailed().map(([to, , code]) => `${to} ${code}`)).size, new Set(mailed().map(([, , code]) => code)).size]).toEqual([6, 6]);
			for (const [to, { code }] of Object.entries(LEFT.mails)) expect((await world.engine.coupons.codes({ pool: 'spring' })).find(({ profile }) => profile !== null && at(profile) === to)?.code).toBe(code);
			expect(await world.enrollments()).toEqual(expect.arrayContaining([1, 2, 3, 4, 5, 6, 8].map((profile) => expect.objectContaining({ profile, state: 'completed' }) as unknown)));
			expect((await world.enrollments()).filter(({ state }) => state === 'exited')).toMatchObject([{ profile: 7, end_reason: 'Ordered' }]);
		});

		it('by the links of mails that were sent before, which end the wait', async () => {
			const answer = await world.engine.collector.handle({ method: 'GET', route: 'click', query: { t: LEFT.mails[at(1)]?.link ?? '' }, headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }, body: new Uint8Array() });
			world.clock.advance(60_000);
			await world.engine.tick();

			expect(answer).toMatchObject({ status: 302, headers: { location: expect.stringContaining('https://shop.example/tea') as string } });
			expect((await world.tokens()).filter(({ outcome, state }) => outcome === 'event' && state === 'parked').map(({ profile }) => profile)).toEqual([1, 2]);
		});

		it('by its split, its template with the draft, its segment and its devices', async () => {
			const split = step('split', 'split');
			await world.track('Signed Up', [1, 2, 3]);
			const again = await walk().start(step('trigger', 'trigger'));
			const inOrder = again.people.filter(({ stamp }) => stamp.profile <= 3).sort((one, other) => one.stamp.profile - other.stamp.profile);
			const paths = await world.engine.experiments.split(split, visits(inOrder), HALVES);
			await walk().settle(again);
			const published = await world.engine.templates.publish('welcome');
			const preview = await world.engine.templates.preview({ key: 'welcome', language: 'de', profileId: 3 });
			const devices = async (profileId: number) => (await world.engine.profiles.get({ profileId }))?.devices.map(({ channel, why }) => [channel, why === null]).sort();
			await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'site' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'collector', userSecret: 'a-secret-of-the-site' });
			await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'visitor-9' }, { kind: 'user_id', value: 'nine' }] }], { source: 'test' });

			expect(paths.map(({ name }) => name)).toEqual(['A', 'B', 'B']);
			expect(published).toMatchObject({ published: 2 });
			expect(preview).toMatchObject({ subject: 'Hallo 2' });
			expect(await world.engine.segments.count({ name: 'Everybody with a number' })).toBe(8);
			expect([await devices(1), await devices(9)]).toEqual([[['push', true], ['webpush', true]], [['push', false], ['webpush', false]]]);
		});
	});
});
