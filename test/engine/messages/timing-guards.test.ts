import { foresee } from '../../../engine/messages/guards';
import { DEFAULT_SETTINGS } from '../../../engine/settings';
import type { Reader } from '../../../engine/store';
import { DATABASES, TEST_START_MS } from '../databases';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';
import type { Leg, Mail, Person } from '../journeys/walk';
import { Mailbox } from './mailbox';

const at = (iso: string) => Date.parse(iso);
const NOTHING_HELD = { caps: [], quietHours: null };

describe.each(DATABASES)('guards that look at the time, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let people: number[];
	let leg: Leg;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name = 'email') => world.walk.step(name, 'email');
	const marketing = (given: Partial<Mail> = {}) => mailbox.mail({ purpose: 'marketing', ...given });

	async function open(options: { count?: number; startMs?: number; attributes?: Record<string, string>; test?: boolean; virtualDaySeconds?: number } = {}): Promise<void> {
		mailbox = await Mailbox.open();
		world = await World.open(kind, { startMs: options.startMs ?? TEST_START_MS });
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, ...(options.virtualDaySeconds === undefined ? {} : { virtualDaySeconds: options.virtualDaySeconds }) });
		people = await world.people(options.count ?? 1, { test: options.test ?? false, ...(options.attributes === undefined ? {} : { attributes: options.attributes }) });
		leg = await enter();
	}
	async function enter(): Promise<Leg> {
		await world.track('Signed Up', people);
		return await world.walk.start(trigger());
	}
	const ledger = async () => (await world.engine.messages.list({ limit: 1000 })).map(({ state, guard, reason, until }) => ({ state, guard, reason, until }));
	/** Mails from a leg of its own; answers with the outcomes. */
	async function mailAll(name: string, given: Partial<Mail> = {}, who: readonly Person[] = leg.people): Promise<string[]> {
		return (await world.walk.email(step(name), who, marketing(given))).results.map(({ outcome }) => outcome);
	}
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	describe('frequency cap', () => {
		it('by default lets two marketing messages a day through, skips the third and says which window is full', async () => {
			await open();
			const outcomes = [await mailAll('a'), await mailAll('b'), await mailAll('c')].flat();

			expect(outcomes).toEqual(['sent', 'sent', 'skipped']);
			expect((await ledger()).find(({ state }) => state === 'skipped')).toEqual({ state: 'skipped', guard: 'frequency cap', reason: 'frequency cap: 2 marketing messages in 24 hours over all channels', until: null });
			expect(mailbox.accepted).toHaveLength(2);
		});

		it('neither counts nor holds transactional mail, unless it is told to', async () => {
			await open();
			await world.engine.settings.set({ caps: [{ channel: 'email', max: 1, perSeconds: 3600 }] });
			const free = [await mailAll('a', { purpose: 'transactional' }), await mailAll('b', { purpose: 'transactional' }), await mailAll('c')].flat();
			await world.engine.settings.set({ guardedPurposes: 'all' });
			const guarded = await mailAll('d', { purpose: 'transactional' });

			expect(free).toEqual(['sent', 'sent', 'sent']);
			expect(guarded).toEqual(['skipped']);
			expect((await ledger()).find(({ state }) => state === 'skipped')?.reason).toBe('frequency cap: 1 message in 1 hour by email');
		});

		it('rolls: a message counts until exactly its window has passed', async () => {
			await open();
			await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 3600 }], quietHours: null });
			await mailAll('a');
			world.clock.advance(HOUR_MS - 1);
			const before = await mailAll('b');
			world.clock.advance(1);
			const after = await mailAll('c');

			expect([before, after]).toEqual([['skipped'], ['sent']]);
		});

		it('counts messages of one batch against each other, person by person', async () => {
			await open({ count: 3 });
			await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 3600 }] });
			const legs = [leg, await enter()];
			const outcomes = await mailAll('a', {}, legs.flatMap(({ people: own }) => own));

			expect(outcomes).toEqual(['sent', 'sent', 'sent', 'skipped', 'skipped', 'skipped']);
			expect(new Set(mailbox.accepted.map(({ to }) => to)).size).toBe(3);
		});

		it('holds instead of skipping when the sender says so: until the oldest message leaves the window, and sends then', async () => {
			await open();
			await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 7200 }], quietHours: null });
			await mailAll('a');
			world.clock.advance(HOUR_MS);
			const held = await mailAll('b', { holding: { whenCapped: 'hold' } });
			await world.walk.settle(leg);
			const [shown, status, person] = [await ledger(), await world.engine.journeys.status(), (await world.engine.journeys.people({ workflow: 'wf', step: 'b' }))[0]];
			world.clock.advance(HOUR_MS - 1);
			const early = await world.walk.start(step('b'));
			world.clock.advance(1);
			const due = await world.walk.start(step('b'));
			const sent = await mailAll('b', { holding: { whenCapped: 'hold' } }, due.people);

			const until = new Date(TEST_START_MS + 2 * HOUR_MS).toISOString();
			expect(held).toEqual(['parked']);
			expect(shown).toContainEqual({ state: 'deferred', guard: 'frequency cap', reason: 'frequency cap: 1 marketing message in 2 hours over all channels', until });
			expect(status[0]?.steps.find((one) => one.step === 'b')).toMatchObject({ waiting: 1, held: 0, problem: expect.stringContaining('frequency cap'), guards: [{ guard: 'frequency cap', skipped: 0, deferred: 1 }] });
			expect(person).toMatchObject({ dueAt: until, reason: expect.stringContaining('frequency cap') });
			expect(early.people).toEqual([]);
			expect(sent).toEqual(['sent']);
		});

		it('skips what would be held for too long', async () => {
			await open();
			await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 2 * 86_400 }], quietHours: null });
			await mailAll('a');
			const outcome = await mailAll('b', { holding: { whenCapped: 'hold', atMostHours: 47 } });

			expect(outcome).toEqual(['skipped']);
			expect((await ledger()).map(({ reason }) => reason)).toContainEqual(expect.stringMatching(/would have waited longer than 47 hours/));
		});

		it('follows what the person wants: at most so many a week, and nothing while they have paused', async () => {
			await open({ count: 2 });
			await world.engine.settings.set(NOTHING_HELD);
			await world.change(`insert into preference (profile, max_per_week, paused_until, updated_at) values (${people[0]}, 1, null, 0), (${people[1]}, null, ${TEST_START_MS + DAY_MS}, 0)`);
			const first = await mailAll('a');
			const second = await mailAll('b');
			world.clock.advance(DAY_MS);
			const third = await mailAll('c');
			world.clock.advance(6 * DAY_MS);
			const fourth = await mailAll('d');

			expect([first, second, third, fourth]).toEqual([['sent', 'skipped'], ['skipped', 'skipped'], ['skipped', 'sent'], ['sent', 'sent']]);
			expect((await ledger()).map(({ reason }) => reason)).toEqual(expect.arrayContaining(['frequency cap: the person wants 1 a week at most', 'the person has paused messages']));
		});

		it('a person\'s own wishes are about marketing, also where the settings guard every message: passwords and bills still come, and count for nothing', async () => {
			await open({ count: 2 });
			await world.engine.settings.set({ ...NOTHING_HELD, guardedPurposes: 'all' });
			await world.engine.preferences.set([{ whose: { profileId: people[0]! }, source: 'test', maxPerWeek: 1 }, { whose: { profileId: people[1]! }, source: 'test', pauseDays: 3 }]);

			const bills = [await mailAll('a', { purpose: 'transactional' }), await mailAll('b', { purpose: 'transactional' })];
			const news = [await mailAll('c'), await mailAll('d')];

			expect(bills).toEqual([['sent', 'sent'], ['sent', 'sent']]);
			expect(news).toEqual([['sent', 'skipped'], ['skipped', 'skipped']]);
		});

		it('says in words what may hold a message back', async () => {
			await open();
			await world.engine.settings.set({ caps: [{ channel: 'all', max: 2, perSeconds: 86_400 }, { channel: 'sms', max: 1, perSeconds: 60 }], blackoutDates: [{ date: '12-25', name: 'Christmas' }] });

			expect(await world.engine.messages.limits({ channel: 'email', purpose: 'marketing', holding: { atMostHours: 12 } })).toEqual([
				'at most 2 marketing messages in 24 hours over all channels', 'quiet hours 21:00 to 08:00 where the person is', 'blackout date 12-25 (Christmas)', 'held for at most 12 hours in all, then skipped',
			]);
			expect(await world.engine.messages.limits({ channel: 'email', purpose: 'transactional' })).toEqual([]);
			expect(await world.engine.messages.limits({ channel: 'onsite', purpose: 'marketing', holding: { atMostHours: 12 } })).toEqual(['at most 2 marketing messages in 24 hours over all channels', 'held for at most 12 hours in all, then skipped']);
		});

		it('counts what may have arrived, and not what certainly did not', async () => {
			await open();
			await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 3600 }] });
			await mailAll('a');
			await world.change(`update message set state = 'failed'`);
			const afterFailure = await mailAll('b');
			await world.change(`update message set state = 'unknown' where step = 'b'`);
			const afterUnknown = await mailAll('c');

			expect([afterFailure, afterUnknown]).toEqual([['sent'], ['skipped']]);
		});

		it('two workers at the same moment never both pass it', async () => {
			await open({ count: 20 });
			await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 3600 }] });
			const legs = [leg, await enter()];
			const other = await world.another();

			const sending = await Promise.all([
				world.walk.email(step('a'), legs[0]!.people, marketing()),
				other.walk.email(step('b'), [...legs[1]!.people].reverse(), marketing()),
			]);

			const outcomes = sending.flatMap(({ results }) => results.map(({ outcome }) => outcome));
			expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(20);
			expect(outcomes.filter((outcome) => outcome === 'skipped')).toHaveLength(20);
			expect(new Set(mailbox.accepted.map(({ to }) => to)).size).toBe(20);
			expect(mailbox.accepted).toHaveLength(20);
		});
	});

	describe('quiet hours', () => {
		it('hold marketing at the step until the morning where the person is, and send it then', async () => {
			await open({ startMs: at('2026-03-02T22:30:00Z'), attributes: { timezone: 'Europe/Berlin' } });
			const [held, transactional] = [await mailAll('a'), await mailAll('b', { purpose: 'transactional' })];
			await world.walk.settle(leg);
			const shown = await ledger();
			world.clock.set(at('2026-03-03T06:59:59.999Z'));
			const early = await world.walk.start(step('a'));
			world.clock.advance(1);
			const morning = await world.walk.start(step('a'));
			const sent = await mailAll('a', {}, morning.people);

			expect([held, transactional, sent]).toEqual([['parked'], ['sent'], ['sent']]);
			expect(shown).toContainEqual({ state: 'deferred', guard: 'quiet hours', reason: 'quiet hours 21:00 to 08:00 in Europe/Berlin', until: '2026-03-03T07:00:00.000Z' });
			expect(early.people).toEqual([]);
			expect((await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'a')?.problem).toBeNull();
		});

		it('skip when the sender says so, when it would take too long, and outside a journey, where nothing can wait', async () => {
			await open({ startMs: at('2026-03-02T22:30:00Z') });
			const skipped = [await mailAll('a', { holding: { whenQuiet: 'skip' } }), await mailAll('b', { holding: { atMostHours: 9 } })].flat();
			const outside = await world.engine.messages.sendEmail({ ...marketing(), step: step('c'), items: [{ index: 0, item: {}, contact: { email: 'p0@customer.example', key: 'k' } }] });

			expect([...skipped, outside[0]?.outcome]).toEqual(['skipped', 'skipped', 'skipped']);
			expect((await ledger()).map(({ reason }) => reason).sort()).toEqual([
				'quiet hours 21:00 to 08:00 in UTC',
				'quiet hours 21:00 to 08:00 in UTC; it would have waited longer than 9 hours',
				'quiet hours 21:00 to 08:00 in UTC; only in a journey can a message wait',
			]);
			expect(mailbox.accepted).toEqual([]);
		});

		it('count the whole wait, not each night anew', async () => {
			await open({ startMs: at('2026-03-02T22:00:00Z') });
			await mailAll('a', { holding: { atMostHours: 30 } });
			await world.walk.settle(leg);
			await world.engine.settings.set({ blackoutDates: [{ date: '2026-03-03' }] });
			world.clock.set(at('2026-03-03T08:00:00Z'));
			const morning = await world.walk.start(step('a'));
			const outcome = await mailAll('a', { holding: { atMostHours: 30 } }, morning.people);

			expect(outcome).toEqual(['skipped']);
			expect(await ledger()).toEqual([{ state: 'skipped', guard: 'blackout date', reason: 'blackout date 2026-03-03; it would have waited longer than 30 hours', until: null }]);
		});

		it('a person held overnight who unsubscribes meanwhile gets nothing in the morning', async () => {
			await open({ startMs: at('2026-03-02T22:00:00Z') });
			await mailAll('a');
			await world.walk.settle(leg);
			await world.engine.consent.set([{ profile: people[0]!, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
			world.clock.set(at('2026-03-03T08:00:00Z'));
			const morning = await world.walk.start(step('a'));
			const outcome = await mailAll('a', {}, morning.people);

			expect(outcome).toEqual(['skipped']);
			expect(await ledger()).toMatchObject([{ state: 'skipped', guard: 'consent' }]);
			expect(mailbox.accepted).toEqual([]);
		});
	});

	it('while sending is stopped, what is too much or too late now waits for the resume and is not lost', async () => {
		await open({ startMs: at('2026-03-02T22:00:00Z') });
		await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 3600 }], quietHours: null });
		await mailAll('a');
		await world.engine.journeys.stopSending('maintenance');
		const stopped = await mailAll('b');
		await world.walk.settle(leg);
		world.clock.advance(HOUR_MS);
		await world.engine.journeys.resumeSending();
		const again = await world.walk.start(step('b'));

		expect(stopped).toEqual(['parked']);
		expect(await mailAll('b', {}, again.people)).toEqual(['sent']);
	});

	it('the profile shows what kept a message back and until when; local is where the phone is when nothing says it better', async () => {
		await open({ startMs: at('2026-03-02T13:00:00Z'), attributes: { phone: '+821012345678' } });
		await mailAll('a');

		expect((await world.engine.profiles.get({ kind: 'email', value: 'p0@customer.example' }))?.messages).toMatchObject([
			{ state: 'deferred', guard: 'quiet hours', reason: 'quiet hours 21:00 to 08:00 in Asia/Seoul', until: '2026-03-02T23:00:00.000Z' },
		]);
	});

	it('local is where the phone is, also when it was given as one writes it at home', async () => {
		await open({ startMs: at('2026-03-02T13:00:00Z') });
		await world.engine.settings.set({ defaultCountry: 'JP', zone: 'Europe/Berlin' });
		await world.engine.events.ingest([{ type: 'identify', profileId: people[0] ?? 0, traits: { phone: '090-1234-5678' } }], { source: 'test' });

		expect(await mailAll('a')).toEqual(['parked']);
		expect(await ledger()).toMatchObject([{ guard: 'quiet hours', reason: 'quiet hours 21:00 to 08:00 in Asia/Tokyo' }]);
		expect(await world.engine.profiles.get({ profileId: people[0] ?? 0 })).toMatchObject({ country: 'JP', countryFrom: 'phone', zone: 'Asia/Tokyo' });
	});

	describe('of a test person on a virtual clock', () => {
		const VIRTUAL = { test: true, virtualDaySeconds: 30 };

		it('run in the time of the enrollment: a night of eleven hours takes 14 seconds', async () => {
			await open({ ...VIRTUAL, startMs: at('2026-03-02T21:00:00Z') });
			const held = await mailAll('a');
			await world.walk.settle(leg);
			const [deferred] = await ledger();
			world.clock.set(at(deferred?.until ?? ''));
			const morning = await world.walk.start(step('a'));
			const sent = await mailAll('a', {}, morning.people);

			expect([held, sent]).toEqual([['parked'], ['sent']]);
			expect(at(deferred?.until ?? '') - at('2026-03-02T21:00:00Z')).toBe(Math.ceil((11 / 24) * 30_000));
		});

		it('see the night come although it is noon here, and caps roll over in seconds', async () => {
			await open({ ...VIRTUAL, startMs: at('2026-03-02T12:00:00Z') });
			const noon = [await mailAll('a'), await mailAll('b'), await mailAll('c')].flat();
			world.clock.advance(10_000);
			const evening = await mailAll('d', { holding: { whenQuiet: 'skip', whenCapped: 'hold' } });
			world.clock.advance(20_000);
			const nextDay = await mailAll('e');

			expect(noon).toEqual(['sent', 'sent', 'skipped']);
			// 20:00 in their time: still capped for four hours, of which none is quiet yet.
			expect(evening).toEqual(['parked']);
			expect(nextDay).toEqual(['sent']);
		});
	});

	it('lists the ledger page by page, by person, step, state and guard', async () => {
		await open({ count: 5 });
		await mailAll('a');
		world.clock.advance(1);
		await world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 3600 }] });
		await mailAll('b');
		const all = await world.engine.messages.list({});
		const paged = [];
		for (let page = await world.engine.messages.list({ limit: 3 }); page.length > 0; page = await world.engine.messages.list({ limit: 3, before: page.at(-1)! })) paged.push(...page);

		expect(paged).toEqual(all);
		expect(all.map(({ step: at, state }) => [at, state])).toEqual([...Array(5).fill(['b', 'skipped']), ...Array(5).fill(['a', 'sent'])]);
		expect(await world.engine.messages.list({ profile: people[2]!, guard: 'frequency cap' })).toMatchObject([{ profile: people[2], stepName: 'The b', state: 'skipped', channel: 'email', purpose: 'marketing' }]);
		expect(await world.engine.messages.list({ step: 'The a', state: 'sent', workflow: 'wf' })).toHaveLength(5);
		expect(await world.engine.messages.list({ workflow: 'other' })).toEqual([]);
	});

	it('foresees what would happen now, without storing anything', async () => {
		await open({ count: 3, startMs: at('2026-03-02T22:00:00Z'), attributes: { timezone: 'Europe/Berlin' } });
		await world.engine.consent.set([{ profile: people[1]!, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'page' }]);
		await world.change(`insert into preference (profile, max_per_week, paused_until, updated_at) values (${people[2]}, null, ${TEST_START_MS + 60 * DAY_MS}, 0)`);

		const foreseen = await world.engine.messages.foresee({ profiles: [...people, 99_999], channel: 'email', purpose: 'marketing', topic: 'News ' });
		const transactional = await world.engine.messages.foresee({ profiles: people, channel: 'email', purpose: 'transactional', topic: '' });

		expect(foreseen).toMatchObject([
			{ profile: people[0], verdict: 'hold', guard: 'quiet hours', until: '2026-03-03T07:00:00.000Z' },
			{ profile: people[1], verdict: 'skip', guard: 'consent' },
			{ profile: people[2], verdict: 'skip', guard: 'pause' },
		]);
		expect(transactional.map(({ verdict }) => verdict)).toEqual(['send', 'send', 'send']);
		expect(await ledger()).toEqual([]);
	});

	it('ask the database as often for 60 people as for 3', async () => {
		await open({ count: 60 });
		const settings = DEFAULT_SETTINGS;
		const statements = async (profiles: number[]): Promise<number> => await world.engine.store.read(async (reader) => {
			let asked = 0;
			const counting: Reader = { ...reader, dialect: reader.dialect, nowMs: reader.nowMs, all: (query) => {
				asked += 1;
				return reader.all(query);
			}, first: (query) => {
				asked += 1;
				return reader.first(query);
			} };
			const foreseen = await foresee(counting, { profiles, channel: 'email', purpose: 'marketing', topic: '' }, settings);
			expect(foreseen).toHaveLength(profiles.length);
			return asked;
		});

		const [few, many] = [await statements(people.slice(0, 3)), await statements(people)];
		expect(many).toBe(few);
		expect(many).toBeLessThan(8);
	});
});
