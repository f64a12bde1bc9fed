import { DATABASES } from '../databases';
import type { Person } from '../journeys/walk';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';
import { Mailbox } from './mailbox';

const HAD = 'has this message in this run already, and the journey as it is now brings nobody here twice';

describe.each(DATABASES)('a sender by which a run comes once, as drawn, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let profiles: number[];

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const side = () => world.walk.step('side', 'filter');
	const email = () => world.walk.step('email', 'email');
	const send = async (people: readonly Person[], once: boolean) => await world.walk.email(email(), people, mailbox.mail({ once }));
	const said = async () => (await world.messages()).map(({ state, reason }) => [state, reason]);

	beforeEach(async () => {
		mailbox = await Mailbox.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(3);
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	/** By two branches at once, the second a day later when it goes by the wait. */
	async function forked(second: 'at once' | 'a day later'): Promise<{ first: Person[]; second: () => Promise<Person[]>; settle: () => Promise<void> }> {
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger());
		const [routed = []] = await world.walk.route(side(), leg.people);
		if (second === 'a day later') await world.walk.park(wait(), routed, DAY_MS);
		return {
			first: leg.people,
			second: async () => {
				if (second === 'at once') return routed;
				world.clock.advance(DAY_MS);
				return (await world.walk.start(wait())).people;
			},
			settle: async () => void (await world.walk.settle(leg)),
		};
	}

	it('does not write again to whom an edit brings back to it, tells why in the ledger, and does the same on a replay', async () => {
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger());
		const { sent } = await send(leg.people, true);
		await world.walk.park(wait(), sent, DAY_MS);
		await world.walk.settle(leg);
		world.clock.advance(DAY_MS);

		const behind = await world.walk.start(wait());
		const again = await send(behind.people, true);
		const replayed = await send(behind.people, true);

		for (const { results } of [again, replayed]) expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual(profiles.map(() => ['alreadySent', HAD]));
		expect(replayed.sent.map(({ stamp }) => stamp.trail)).toEqual(again.sent.map(({ stamp }) => stamp.trail));
		expect(mailbox.accepted).toHaveLength(3);
		expect((await said()).sort()).toEqual([...profiles.map(() => ['sent', null]), ...profiles.map(() => ['skipped', HAD])]);
	});

	it('writes again where the canvas brings people back, as in a loop', async () => {
		const { first, second, settle } = await forked('a day later');
		await send(first, false);
		await settle();

		expect((await send(await second(), false)).sent).toHaveLength(3);
		expect(mailbox.accepted).toHaveLength(6);
	});

	it('writes once to whom two legs bring there in one batch', async () => {
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger());
		const [routed = []] = await world.walk.route(side(), leg.people);
		for (const path of [leg.people, routed]) await world.walk.park(wait(), path, DAY_MS);
		await world.walk.settle(leg);
		world.clock.advance(DAY_MS);

		const { results } = await send((await world.walk.start(wait())).people, true);

		expect(results).toHaveLength(6);
		expect(results.filter(({ outcome }) => outcome === 'alreadySent')).toHaveLength(3);
		expect(mailbox.accepted).toHaveLength(3);
		expect(new Set(mailbox.accepted.map(({ to }) => to)).size).toBe(3);
	});

	it('writes again in another run of the same person', async () => {
		for (let run = 0; run < 2; run += 1) {
			await world.track('Signed Up', profiles);
			const leg = await world.walk.start(trigger());
			expect((await send(leg.people, true)).sent).toHaveLength(3);
			await world.walk.settle(leg);
			world.clock.advance(HOUR_MS);
		}
		expect(mailbox.accepted).toHaveLength(6);
	});

	it('writes by the second leg to whom the first could not: the server had refused that mail', async () => {
		mailbox.options.refuse = (to) => (to.startsWith('p0') ? 554 : undefined);
		const { first, second, settle } = await forked('a day later');
		const before = await send(first, true);
		await settle();
		mailbox.options.refuse = () => undefined;

		const after = await send(await second(), true);

		expect(before.results.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'sent', 'sent']);
		expect(after.results.map(({ outcome }) => outcome).sort()).toEqual(['alreadySent', 'alreadySent', 'sent']);
		expect(mailbox.accepted.map(({ to }) => to).sort()).toEqual(['p0@customer.example', 'p1@customer.example', 'p2@customer.example']);
	});

	it('counts what is still to leave for another leg, and no longer when that leg has ended', async () => {
		await world.engine.journeys.stopSending('Wrong prices');
		const { first, second, settle } = await forked('a day later');
		await send(first, true);
		await settle();
		expect(await said()).toEqual(profiles.map(() => ['deferred', expect.any(String)]));

		const behind = await second();
		const [stays, ...others] = behind;
		const waiting = await send([stays as Person], true);
		await world.change(`delete from token where message is not null`);
		await world.engine.journeys.resumeSending();
		const rest = await send(others, true);

		expect(waiting.results).toMatchObject([{ outcome: 'alreadySent', reason: HAD }]);
		expect(rest.results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
	});

	it('is one of two legs that come in two processes at the same moment', async () => {
		const { first, second } = await forked('at once');
		const later = await second();

		const [one, two] = await Promise.all([send(first, true), send(later, true)]);

		expect([...one.results, ...two.results].map(({ outcome }) => outcome).sort()).toEqual([...profiles.map(() => 'alreadySent'), ...profiles.map(() => 'sent')]);
		expect(mailbox.accepted).toHaveLength(3);
	});
});
