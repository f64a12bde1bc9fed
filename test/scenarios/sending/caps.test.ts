import { Walk, type Leg } from '../../engine/journeys/walk';
import { DATABASES } from '../../engine/databases';
import { HOUR_MS } from '../../engine/journeys/world';
import { CARRIERS } from './carriers';
import { Stage } from './stage';

const CAPPED = { caps: [{ channel: 'all' as const, max: 1, perSeconds: 3600 }], quietHours: null };
const FULL = 'frequency cap: 1 marketing message in 1 hour over all channels';

describe.each(DATABASES)('a frequency cap that is reached within one batch, on %s', (kind) => {
	describe.each(CARRIERS)('%s', (_name, open) => {
		let stage: Stage;
		afterEach(() => stage.close());

		it.each([['at the same time', 5], ['one after the other', 1]])('one person twice in a batch that goes out %s: the first message leaves, the second is skipped and says why', async (_how, connections) => {
			stage = await Stage.open(kind, open, { settings: CAPPED });
			const [ann = 0, bea = 0] = await stage.meet({ ann: {}, bea: {} });
			await stage.world.track('Published', [ann]);

			const leg = await stage.enter(ann, bea);
			const { results } = await stage.carrier.send(stage.world.walk, stage.step(), leg.people, { connections });

			expect(leg.people).toHaveLength(3);
			expect(stage.arrived.sort()).toEqual(['News to ann', 'News to bea']);
			expect(results.filter(({ profile }) => profile === ann).map(({ outcome, reason }) => [outcome, reason])).toEqual([['sent', null], ['skipped', FULL]]);
			expect((await stage.ledger(ann)).map(({ state, guard }) => [state, guard]).sort()).toEqual([['sent', null], ['skipped', 'frequency cap']]);
		});

		it('one person twice in a batch of a step that holds: the second leaves when the hour of the first is over, and not a millisecond before', async () => {
			stage = await Stage.open(kind, open, { settings: CAPPED });
			const [ann = 0] = await stage.meet({ ann: {} });
			await stage.world.track('Published', [ann]);
			const leg = await stage.enter(ann);
			const holding = { whenCapped: 'hold' as const };

			const { results } = await stage.carrier.send(stage.world.walk, stage.step(), leg.people, { holding });
			await stage.world.walk.settle(leg);
			stage.world.clock.advance(HOUR_MS - 1);
			const early = await stage.world.walk.start(stage.step());
			stage.world.clock.advance(1);
			const due = await stage.world.walk.start(stage.step());
			const later = await stage.carrier.send(stage.world.walk, stage.step(), due.people, { holding });

			expect(results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'sent']);
			expect(early.people).toEqual([]);
			expect(later.results.map(({ outcome }) => outcome)).toEqual(['sent']);
			expect(stage.arrived).toEqual(['News to ann', 'News to ann']);
		});

		it('two journeys write to the same twenty people at the same instant, each in a process of its own: everybody gets one message', async () => {
			stage = await Stage.open(kind, open, { settings: CAPPED });
			const people = await stage.meet(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`p${n}`, {}])));
			const { engine } = await stage.world.another();
			const other = new Walk(engine, 'another-workflow');
			await other.register(other.step('trigger', 'trigger'), { name: 'Offers', entry: { kind: 'event', match: { event: 'Published' } } });
			const mine = await stage.enter(...people);
			const theirs: Leg = await other.start(other.step('trigger', 'trigger'));
			// The first message of each process is with the service before any is answered: neither is through when the other asks.
			let open20: () => void = () => undefined;
			const both = new Promise<void>((resolve) => (open20 = resolve));
			stage.carrier.beforeAnswer = async () => {
				setTimeout(open20, 50);
				await both;
			};

			const sends = await Promise.all([
				stage.carrier.send(stage.world.walk, stage.step(), mine.people, { connections: 20 }),
				stage.carrier.send(other, { ...stage.step('Offer'), workflow: 'another-workflow' }, [...theirs.people].reverse(), { connections: 20 }),
			]);

			const outcomes = sends.flatMap(({ results }) => results);
			expect([mine.people.length, theirs.people.length]).toEqual([20, 20]);
			expect(outcomes.filter(({ outcome }) => outcome === 'sent').map(({ profile }) => profile).sort()).toEqual([...people].sort());
			expect(outcomes.filter(({ outcome }) => outcome === 'skipped').map(({ reason }) => reason)).toEqual(people.map(() => FULL));
			expect(stage.carrier.taken.map(({ name }) => name).sort()).toEqual(people.map((_, n) => `p${n}`).sort());
		});
	});
});
