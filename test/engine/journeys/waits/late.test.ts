import { sql } from 'kysely';

import type { WaitHappening } from '../../../../engine/journeys/types';
import { forgetLateChanges, noteLateChange } from '../../../../engine/journeys/waits/late';
import { lockProfiles } from '../../../../engine/profiles';
import { untilBlocked } from '../../blocked';
import { HOUR_MS, MINUTE_MS, World } from '../world';

const VIP: WaitHappening = { kind: 'segment', segment: 'VIP', change: 'entered', already: false };
const YES: WaitHappening = { kind: 'consent', channel: 'sms', state: 'subscribed', already: false };

/** Its time is that of its transaction's beginning. SQLite has one writer: there it is over before anybody else takes the time. */
describe('a change that began before a leg and is committed in it, on postgres', () => {
	let world: World;
	let ann: number;
	beforeEach(async () => {
		world = await World.open('postgres');
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.segments.save({ name: 'VIP', rule: { attribute: 'plan', operator: 'equals', value: 'gold' }, wait: true });
		[ann] = (await world.people(1)) as [number];
		await world.track('Signed Up', [ann]);
		const first = await world.walk.start(trigger());
		await world.walk.wait(pause(), first.people, { delayMs: HOUR_MS });
		await world.walk.settle(first);
		world.clock.advance(HOUR_MS);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const pause = () => world.walk.step('pause', 'wait');
	const wait = (name = 'wait') => world.walk.step(name, 'waitForEvent');
	const change = async (value: string, engine = world.engine) => await engine.profiles.upsert([{ profileId: ann, attributes: { plan: value } }], { source: 'test' });
	const say = async (state: 'subscribed' | 'unsubscribed', engine = world.engine) => await engine.consent.set([{ profile: ann, channel: 'sms', topic: '', state, source: 'test' }]);
	const claimed = async (name = 'wait') => (await world.walk.claim(wait(name))).people.map(({ outcome }) => outcome);

	/** Begins the works one after the other while somebody else has the person, a second between them; then they go on. */
	async function begunBefore(legs: () => Promise<void>, ...works: Array<() => Promise<unknown>>): Promise<void> {
		const begun: Array<Promise<unknown>> = [];
		await world.engine.store.tx('hold', async (tx) => {
			await lockProfiles(tx, [ann]);
			for (const work of works) {
				begun.push(work());
				await untilBlocked(tx, begun);
				world.clock.advance(1000);
			}
			await legs();
		});
		await Promise.all(begun);
		world.clock.advance(1000);
	}

	it.each([
		['entering a segment', VIP, () => change('gold'), () => change('basic')],
		['a yes to a channel', YES, () => say('subscribed'), () => say('unsubscribed')],
	] as Array<[string, WaitHappening, () => Promise<unknown>, () => Promise<unknown>]>)('is found by a wait for it to happen anew: %s (rule 17)', async (_what, until, happens, over) => {
		let leg = { nonce: '', people: [] } as Pick<Awaited<ReturnType<typeof world.walk.start>>, 'nonce' | 'people'>;
		await begunBefore(async () => {
			leg = await world.walk.claim(pause());
		}, happens);
		await over();
		world.clock.advance(1000);
		const begun = await world.walk.begin(leg.nonce, leg.people);
		await world.walk.wait(wait(), begun.people, { until, delayMs: HOUR_MS });
		await world.walk.settle(begun);
		const found = await world.walk.start(wait());
		// Once: the next wait for the same is not ended by it as well.
		await world.walk.wait(wait('second'), found.people, { until, delayMs: HOUR_MS });
		await world.walk.settle(found);

		expect([found.people.map(({ outcome }) => outcome), await claimed('second')]).toEqual([['event'], []]);
	});

	it('holds nobody whom a batch waits for that has the others already, though some enter and some leave at once (rule 3)', async () => {
		const [ben] = await world.people(2).then((people) => people.slice(1)) as [number];
		await world.track('Signed Up', [ben]);
		const [first, last] = await world.rows<{ id: string; profile: number }>('select id, profile from token order by id') as [{ id: string; profile: number }, { id: string; profile: number }];
		const say = async (plans: Array<[number, string]>) => await world.engine.profiles.upsert(plans.map(([profileId, plan]) => ({ profileId, attributes: { plan } })), { source: 'test' });
		await say([[last.profile, 'gold']]);

		// As an execution that begins: in the order of their ids, the first of two already.
		const { begun, next } = await world.engine.store.tx('hold', async (tx) => {
			await tx.all(sql`select id from token where id = ${first.id} for update`);
			const changes = [say([[first.profile, 'gold'], [last.profile, 'basic']])];
			await untilBlocked(tx, changes);
			return { begun: changes, next: await tx.all(sql`select id from token where id = ${last.id} for update skip locked`) };
		});
		await Promise.all(begun);

		expect(next).toEqual([{ id: last.id }]);
	});

	it('is found in a leg that another change began: one begun later and committed first', async () => {
		const leg = await world.walk.start(pause());
		await world.walk.wait(wait(), leg.people, { until: YES, delayMs: HOUR_MS });
		await world.walk.settle(leg);
		world.clock.advance(MINUTE_MS);
		const begun: Array<Promise<unknown>> = [];

		await world.engine.store.tx('yes', async (tx) => {
			await lockProfiles(tx, [ann]);
			begun.push(change('gold'));
			await untilBlocked(tx, begun);
			// As what ends a wait writes it, a second later.
			const at = tx.nowMs + 1000;
			await tx.run(sql`update token set outcome = 'event', due_at = ${at}, leg_at = ${at}, since_no = watch_from where profile = ${ann} and state = 'parked'`);
		});
		await Promise.all(begun);
		world.clock.advance(2000);
		const second = await world.walk.start(wait());
		await world.walk.wait(wait('vip'), second.people, { until: VIP, delayMs: HOUR_MS });

		expect([second.people.length, await claimed('vip')]).toEqual([1, ['event']]);
	});

	it('is behind the beginning of a leg that is claimed once it is committed: a claim does not come in between', async () => {
		const other = await world.another();
		const during = await world.engine.store.tx('change', async (tx) => {
			await lockProfiles(tx, [ann]);
			await noteLateChange(tx, [ann]);
			return (await other.walk.claim(pause())).people;
		});

		expect([during, (await world.walk.claim(pause())).people.length, await world.rows('select token from late_change')]).toEqual([[], 1, []]);
	});

	it('waits for a claim that is being written, and comes into its leg', async () => {
		const changing: Array<Promise<unknown>> = [];
		await world.engine.store.tx('claim', async (tx) => {
			await tx.run(sql`update token set state = 'claimed', epoch = 1, nonce = 'n', leg_at = ${tx.nowMs + 1000} where profile = ${ann}`);
			changing.push(change('gold'));
			await untilBlocked(tx, changing);
		});
		await Promise.all(changing);

		expect(await world.rows('select at from late_change')).toEqual([{ at: world.clock.nowMs() }]);
	});

	it('is forgotten when its leg is over', async () => {
		await begunBefore(async () => {
			await world.walk.claim(pause());
		}, () => change('gold'));
		const kept = [await world.rows('select at from late_change'), await forgetLateChanges(world.engine.store)];
		await world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });

		expect([kept, await forgetLateChanges(world.engine.store), await world.rows('select at from late_change')]).toEqual([[[{ at: expect.any(Number) as number }], 0], 1, []]);
	});
});
