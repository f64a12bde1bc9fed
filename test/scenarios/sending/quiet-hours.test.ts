import { DATABASES } from '../../engine/databases';
import { CARRIERS } from './carriers';
import { Stage } from './stage';

const at = (iso: string) => Date.parse(iso);

/** Nights from 21:00 to 08:00 in which the clocks change, and one in which they never do, by the calendar: name (its zone), first and last instant in UTC. */
const NIGHTS: ReadonlyArray<[name: string, from: string, until: string]> = [
	// 02:00 becomes 03:00.
	['york', '2026-03-08T02:00:00Z', '2026-03-08T12:00:00Z'],
	['kolkata', '2026-03-10T15:30:00Z', '2026-03-11T02:30:00Z'],
	['berlin', '2026-03-28T20:00:00Z', '2026-03-29T06:00:00Z'],
	// Summer ends in the south: 02:00 becomes 01:30.
	['howe', '2026-04-04T10:00:00Z', '2026-04-04T21:30:00Z'],
	// Summer begins there: 02:00 becomes 02:30.
	['howe', '2026-10-03T10:30:00Z', '2026-10-03T21:00:00Z'],
	// 03:00 becomes 02:00, and in New York 02:00 becomes 01:00.
	['berlin', '2026-10-24T19:00:00Z', '2026-10-25T07:00:00Z'],
	['york', '2026-11-01T01:00:00Z', '2026-11-01T13:00:00Z'],
];

const ZONES: Readonly<Record<string, string>> = { berlin: 'Europe/Berlin', york: 'America/New_York', howe: 'Australia/Lord_Howe', kolkata: 'Asia/Kolkata' };

describe.each(DATABASES)('quiet hours across midnight and the change of the clocks, on %s', (kind) => {
	describe.each(CARRIERS)('%s', (_name, open) => {
		let stage: Stage;
		afterEach(() => stage.close());

		it('a message of the last quiet-free millisecond leaves at once; one of the first quiet one waits for 08:00 where the person is, and leaves then, once', async () => {
			stage = await Stage.open(kind, open, { startMs: at('2026-03-01T12:00:00Z'), settings: { caps: [], quietHours: { from: '21:00', to: '08:00' } } });
			const { world, carrier } = stage;
			const names = Object.keys(ZONES);
			const ids = await stage.meet(Object.fromEntries(names.map((name) => [name, { timezone: ZONES[name] ?? '' }])));
			const seen: string[][] = [];

			for (const [name, from, until] of NIGHTS) {
				const id = ids[names.indexOf(name)] ?? 0;
				const before = carrier.taken.length;
				const send = async (instant: number) => {
					world.clock.set(instant);
					const leg = await stage.enter(id);
					const { results } = await carrier.send(world.walk, stage.step(), leg.people);
					await world.walk.settle(leg);
					return results.map(({ outcome }) => outcome);
				};
				const outcomes = [...(await send(at(from) - 1)), ...(await send(at(from)))];
				// Looked for at midnight, an hour before the end, and a millisecond before it.
				const early: number[] = [];
				for (const instant of [at(from) + 3 * 3_600_000, at(until) - 3_600_000, at(until) - 1]) {
					world.clock.set(instant);
					early.push((await world.walk.start(stage.step())).people.length);
				}
				world.clock.set(at(until));
				const morning = await world.walk.start(stage.step());
				await carrier.send(world.walk, stage.step(), morning.people);
				await world.walk.settle(morning);
				// A minute later, and in the next quiet-free afternoon.
				for (const later of [60_000, 6 * 3_600_000]) {
					world.clock.set(at(until) + later);
					early.push((await world.walk.start(stage.step())).people.length);
				}
				const times = (await stage.ledger(id)).slice(-2).map(({ state, attemptedAt }) => `${state} ${attemptedAt}`);
				seen.push([name, ...outcomes, ...times, `${carrier.taken.length - before} arrived`, `${early.join('')} early or again`]);
			}

			const iso = (instant: number) => new Date(instant).toISOString();
			expect(seen).toEqual(NIGHTS.map(([name, from, until]) => [name, 'sent', 'parked', `sent ${iso(at(from) - 1)}`, `sent ${iso(at(until))}`, '2 arrived', '00000 early or again']));
		});

		it.each([
			['a time that the clocks skip is the first instant after the gap', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
			['of a time that comes twice it is the first', '2026-10-24T23:30:00Z', '2026-10-25T00:30:00.000Z'],
		])('an end at 02:30 in Berlin: %s', async (_what, now, until) => {
			stage = await Stage.open(kind, open, { startMs: at(now), settings: { caps: [], quietHours: { from: '21:00', to: '02:30' } } });
			const [id = 0] = await stage.meet({ berlin: { timezone: 'Europe/Berlin' } });
			const leg = await stage.enter(id);
			await stage.carrier.send(stage.world.walk, stage.step(), leg.people);
			await stage.world.walk.settle(leg);
			const held = (await stage.ledger()).map((line) => line.until);
			stage.world.clock.set(at(until) - 1);
			const early = await stage.world.walk.start(stage.step());
			stage.world.clock.set(at(until));
			const due = await stage.world.walk.start(stage.step());
			await stage.carrier.send(stage.world.walk, stage.step(), due.people);

			expect([held, early.people, stage.arrived]).toEqual([[until], [], ['News to berlin']]);
		});
	});
});
