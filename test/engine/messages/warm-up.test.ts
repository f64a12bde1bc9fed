import { sql } from 'kysely';

import { warmUpDay } from '../../../engine/messages/warm-up';
import type { WarmUpPlan } from '../../../engine/settings/types';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Person } from '../journeys/walk';
import { HOUR_MS, World } from '../journeys/world';
import { Mailbox, smtp } from './mailbox';

const plan = (given: Partial<WarmUpPlan> = {}): WarmUpPlan => ({ sender: 'shop.example', from: '2026-03-02', first: 3, growth: 2, final: 10, ...given });

describe('the ceiling of a day of a warm-up plan', () => {
	const on = (iso: string, given: Partial<WarmUpPlan> = {}, zone = 'UTC', address = 'news@shop.example') => warmUpDay({ warmUps: [plan(given)], zone }, address, Date.parse(iso));

	it('grows by its factor each day up to the final one, and there is none before the first day', () => {
		const ceilings = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05', '2030-01-01'].map((day) => on(`${day}T12:00:00Z`)?.ceiling);

		expect(ceilings).toEqual([undefined, 3, 6, 10, 10, 10]);
		expect(['02', '03', '04', '05'].map((day) => on(`2026-03-${day}T12:00:00Z`, { first: 10, growth: 1.1, final: 1_000 })?.ceiling)).toEqual([10, 11, 12, 13]);
	});

	it('is of the calendar in the zone of the settings, which has 23 or 25 hours where the clocks change', () => {
		const berlin = (iso: string) => on(iso, {}, 'Europe/Berlin');

		expect(berlin('2026-03-28T22:59:59Z')).toMatchObject({ day: '2026-03-28', endsAtMs: Date.parse('2026-03-28T23:00:00Z') });
		expect(berlin('2026-03-28T23:00:00Z')).toMatchObject({ day: '2026-03-29', endsAtMs: Date.parse('2026-03-29T22:00:00Z') });
		expect(berlin('2026-10-25T00:30:00Z')).toMatchObject({ day: '2026-10-25', endsAtMs: Date.parse('2026-10-25T23:00:00Z') });
		expect(on('2026-04-23T21:59:59Z', {}, 'Africa/Cairo')).toMatchObject({ day: '2026-04-23', endsAtMs: Date.parse('2026-04-23T22:00:00Z') });
		expect(on('2026-03-30T10:00:00Z', { from: '2026-03-28' }, 'Europe/Berlin')?.ceiling).toBe(10);
		expect(on('2026-03-29T22:30:00Z', { from: '2026-03-29', first: 1, final: 100 }, 'Europe/Berlin')?.ceiling).toBe(2);
	});

	it('is that of the address before that of its domain, and of no other domain', () => {
		const warmUps = [plan(), plan({ sender: 'vip@shop.example', first: 9 })];
		const of = (address: string) => warmUpDay({ warmUps, zone: 'UTC' }, address, Date.parse('2026-03-02T12:00:00Z'))?.ceiling;

		expect([of('News@Shop.example'), of('vip@shop.example'), of('news@other.example'), of('news@mail.shop.example')]).toEqual([3, 9, undefined, undefined]);
	});
});

describe.each(DATABASES)('a sender that is warmed up, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let leg: Leg;
	let others: World['walk'] | undefined;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const mail = (port = mailbox.port) => mailbox.mail({ purpose: 'marketing', provider: smtp(port, { connections: 2 }) });
	const ledger = async () => await world.engine.store.read((reader) => reader.all(sql<{ state: string; guard: string | null; n: number }>`select state, guard, count(*) as n from message group by state, guard order by state`));
	const outcomes = (results: Array<{ outcome: string }>) => results.map(({ outcome }) => outcome).sort();

	async function open(people: number, plans: WarmUpPlan[] = [plan()]): Promise<void> {
		[world, mailbox] = [await World.open(kind), await Mailbox.open()];
		await world.engine.settings.set({ warmUps: plans, quietHours: null, caps: [], zone: 'UTC' });
		await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', await world.people(people));
		leg = await world.walk.start(trigger());
	}
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
		others = undefined;
	});

	it('sends what the day has room for, also in the middle of a batch; the others wait at the step for the next days, and nobody is lost or mailed twice', async () => {
		await open(14);
		const first = await world.walk.email(step(), leg.people, mail());
		await world.walk.settle(leg);
		const atRest = await ledger();
		const sent: number[] = [mailbox.accepted.length];
		for (let day = 0; day < 3; day += 1) {
			world.clock.advance(24 * HOUR_MS);
			const next = await world.walk.start(step());
			await world.walk.email(step(), next.people, mail());
			await world.walk.settle(next);
			sent.push(mailbox.accepted.length);
		}

		expect(outcomes(first.results)).toEqual([...Array.from({ length: 11 }, () => 'parked'), 'sent', 'sent', 'sent']);
		expect(first.results.find(({ outcome }) => outcome === 'parked')?.reason).toBe('warm-up: shop.example has sent its 3 marketing mails of 2026-03-02');
		expect(atRest).toMatchObject([{ state: 'deferred', guard: 'warm-up', n: 11 }, { state: 'sent', n: 3 }]);
		expect(sent).toEqual([3, 9, 14, 14]);
		expect(new Set(mailbox.accepted.map(({ to }) => to)).size).toBe(14);
	});

	it('lets nobody through before midnight in the settings\' zone, and tells until when they wait, and why', async () => {
		await open(5, [plan({ first: 1, growth: 1, final: 1 })]);
		await world.engine.settings.set({ zone: 'Asia/Seoul' });
		await world.walk.email(step(), leg.people, mail());
		await world.walk.settle(leg);
		const waiting = await world.engine.messages.list({ state: 'deferred' });
		// 09:00 UTC is 18:00 in Seoul.
		world.clock.advance(6 * HOUR_MS - 1);
		const early = await world.walk.start(step());
		world.clock.advance(1);
		const next = await world.walk.start(step());

		expect(waiting).toHaveLength(4);
		expect(waiting[0]).toMatchObject({ guard: 'warm-up', until: '2026-03-02T15:00:00.000Z', reason: 'warm-up: shop.example has sent its 1 marketing mails of 2026-03-02' });
		expect(await world.engine.messages.warmUps()).toEqual([{ sender: 'shop.example', day: '2026-03-03', ceiling: 1, sent: 0, until: '2026-03-03T15:00:00.000Z', waiting: 4 }]);
		expect(await world.engine.messages.limits({ channel: 'email', purpose: 'marketing', sender: 'news@shop.example' })).toEqual(['warm-up of shop.example: at most 1 marketing mails today; the others wait for the next day']);
		expect(early.people).toEqual([]);
		expect(next.people).toHaveLength(4);
	});

	it('skips nobody for having waited longer than quiet hours may hold', async () => {
		await open(3, [plan({ first: 1, growth: 1, final: 1 })]);
		await world.engine.settings.set({ quietHours: { from: '23:00', to: '08:00' }, holdAtMostHours: 12 });
		let now: Leg = leg;
		for (let turn = 0; turn < 6; turn += 1) {
			await world.walk.email(step(), now.people, mail());
			await world.walk.settle(now);
			// To midnight, to the end of the quiet hours, to the next midnight, …
			const due = Number((await world.engine.store.read((reader) => reader.first(sql<{ due: number | null }>`select min(due_at) as due from token`)))?.due ?? 0);
			if (due === 0) break;
			world.clock.advance(due - world.clock.nowMs());
			now = await world.walk.start(step());
		}

		expect(mailbox.accepted).toHaveLength(3);
		expect(await ledger()).toMatchObject([{ state: 'sent', n: 3 }]);
	});

	it('counts two processes at once together: neither takes the other\'s room', async () => {
		await open(20, [plan({ first: 7 })]);
		others = (await world.another()).walk;
		const halves = [leg.people.slice(0, 10), leg.people.slice(10)] as [Person[], Person[]];

		const [mine, theirs] = await Promise.all([world.walk.email(step(), halves[0], mail()), others.email(step(), halves[1], mail())]);

		expect(mailbox.accepted).toHaveLength(7);
		expect(outcomes([...mine.results, ...theirs.results]).filter((outcome) => outcome === 'sent')).toHaveLength(7);
		expect(outcomes([...mine.results, ...theirs.results]).filter((outcome) => outcome === 'parked')).toHaveLength(13);
		expect(mine.results.some(({ outcome }) => outcome === 'sent') && theirs.results.some(({ outcome }) => outcome === 'sent')).toBe(true);
	});

	it('does not count what certainly did not leave: a server that is down uses up no day', async () => {
		await open(6);
		await mailbox.die();
		await world.walk.email(step(), leg.people, mail());
		await world.walk.settle(leg);
		const meanwhile = await world.engine.messages.warmUps();
		await mailbox.revive();
		world.clock.advance(5 * 60_000);
		const again = await world.walk.start(step());
		await world.walk.email(step(), again.people, mail());

		expect(meanwhile).toMatchObject([{ sent: 0 }]);
		expect(mailbox.accepted).toHaveLength(3);
	});

	it('neither holds nor counts a test on a virtual clock', async () => {
		await open(3, [plan({ first: 1, growth: 1, final: 1 })]);
		await world.change('update enrollment set time_scale = 0.001');

		const { results } = await world.walk.email(step(), leg.people, mail());

		expect(outcomes(results)).toEqual(['sent', 'sent', 'sent']);
		expect(await world.engine.messages.warmUps()).toMatchObject([{ sent: 0 }]);
	});

	it('holds no transactional mail, no other sender and nobody while all sending is stopped', async () => {
		await open(5, [plan({ first: 1, growth: 1, final: 1 })]);
		await world.engine.journeys.stopSending('Wrong prices');
		const stopped = await world.walk.email(step(), leg.people.slice(0, 1), mail());
		const counted = await world.engine.messages.warmUps();
		await world.engine.journeys.resumeSending();
		const bills = await world.walk.email(step(), leg.people.slice(1, 3), { ...mail(), purpose: 'transactional' });
		const other = await world.walk.email(world.walk.step('email2', 'email'), leg.people.slice(3), { ...mail(), from: { address: 'news@other.example' } });

		expect(stopped.results).toMatchObject([{ outcome: 'parked', reason: 'all sending is stopped' }]);
		expect(counted).toMatchObject([{ sent: 0 }]);
		expect(outcomes([...bills.results, ...other.results])).toEqual(['sent', 'sent', 'sent', 'sent']);
	});
});
