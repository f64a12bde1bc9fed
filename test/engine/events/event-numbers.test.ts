import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TrackingMessage } from '../../../engine/events';
import { applyRetention } from '../../../engine/events/retention';
import { reactions } from '../../../engine/journeys';
import { createSegments } from '../../../engine/segments';
import { brokenInvariants } from '../profiles/merge-invariants';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';
import { imported } from '../transfer/fixture';

const CLICK = { event: 'Clicked' };
const ann = { kind: 'user_id', value: 'ann' };
const browser = { kind: 'anonymous_id', value: 'browser' };
const annDid = (event: string, more: Partial<TrackingMessage> = {}): TrackingMessage => ({ type: 'track', event, userId: 'ann', ...more });
const browserDid = (event: string): TrackingMessage => ({ type: 'track', event, anonymousId: 'browser' });

/** Where the newest events of a person are deleted, nothing but the floor under their numbers tells how far these had come. */
describe.each(DATABASES)('numbers of events on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(step('trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
	});
	afterEach(() => world.close());

	const step = (name: string) => world.walk.step(name, 'waitForEvent');
	const ingest = async (...messages: TrackingMessage[]) => await world.engine.events.ingest(messages, { source: 's' });
	const numbers = async () => (await world.rows<{ profile: number; event_no: number; name: string }>(
		"select profile, event_no, name from event where name <> 'Newest of All' order by profile, event_no")).map(({ profile, event_no, name }) => `${profile} ${name} ${event_no}`);
	const floors = async () => (await world.rows<{ event_no: number }>('select event_no from profile order by id')).map(({ event_no }) => event_no);
	const watched = async () => (await world.rows<{ watch_from: number }>("select watch_from from token where state = 'parked' order by profile")).map(({ watch_from }) => watch_from);

	/** The newest event of the table always stays: somebody else's. */
	async function prune(retention: Record<string, number>): Promise<void> {
		world.clock.advance(2 * DAY_MS);
		await ingest({ type: 'track', event: 'Newest of All', userId: 'somebody' });
		await applyRetention(world.engine.store, createSegments({ store: world.engine.store, reactions }), retention);
	}

	/** Those who have signed up pass a wait, during which `meanwhile` happens, and then wait for the click: from the number on that the last of it has. */
	async function waitForClick(meanwhile: () => Promise<unknown>): Promise<void> {
		const entered = await world.walk.start(step('trigger'));
		await world.walk.park(step('pause'), entered.people, HOUR_MS);
		await world.walk.settle(entered);
		await meanwhile();
		world.clock.advance(HOUR_MS);
		const paused = await world.walk.start(step('pause'));
		await world.walk.park(step('wait'), paused.people, 30 * DAY_MS, CLICK);
		await world.walk.settle(paused);
	}

	/** Whose wait the click has ended, by profile id. */
	async function woken(): Promise<number[]> {
		const { people } = await world.walk.claim(step('wait'));
		expect(people.filter(({ outcome }) => outcome !== 'event')).toEqual([]);
		return people.map(({ stamp }) => stamp.profile).sort((a, b) => a - b);
	}

	it('a wait is ended by the next event though retention has taken the newest ones', async () => {
		await ingest(annDid('Signed Up'));
		await waitForClick(() => ingest(annDid('View'), annDid('View'), annDid('View')));
		await prune({ View: 1 });

		await ingest(annDid('Clicked'));

		expect(await watched()).toEqual([4]);
		expect(await woken()).toEqual([1]);
		expect(await numbers()).toEqual(['1 Signed Up 1', '1 Clicked 5']);
	});

	it('a wait is ended by the next event though the undoing of an import has taken the newest ones', async () => {
		await ingest(annDid('Signed Up'));
		let importId = '';
		await waitForClick(async () => {
			({ importId } = await imported(world.engine.transfer, 'user_id,event,timestamp\nann,Bought,2026-02-01T10:00:00Z\nann,Bought,2026-02-02T10:00:00Z\n', { about: 'events', source: 'shop' }));
		});
		await world.engine.transfer.importUndo(importId, { source: 'test' });

		await ingest(annDid('Clicked'));

		expect(await watched()).toEqual([3]);
		expect(await woken()).toEqual([1]);
		expect(await numbers()).toEqual(['1 Signed Up 1', '1 Clicked 4']);
	});

	it('a wait that begins when everything is gone is ended by the next event, and by none of before', async () => {
		await ingest(annDid('Clicked'), annDid('Clicked'), annDid('View'));
		await prune({ '*': 1 });
		await ingest(annDid('Signed Up'));
		await waitForClick(() => prune({ '*': 1 }));
		const before = await woken();

		await ingest(annDid('Clicked'));

		expect(before).toEqual([]);
		expect(await watched()).toEqual([4]);
		expect(await woken()).toEqual([1]);
	});

	it('whoever enters a journey by a segment, with the newest event gone, finds the next one in the first wait', async () => {
		await world.engine.segments.save({ name: 'VIP', rule: { attribute: 'vip', operator: 'isTrue' } });
		await world.walk.register(world.walk.step('vip', 'trigger'), { entry: { kind: 'segment', segment: 'VIP' } });
		await ingest(annDid('View'), annDid('View'));
		await prune({ View: 1 });
		await ingest({ type: 'identify', userId: 'ann', traits: { vip: true } });
		const entered = await world.walk.start(step('vip'));
		await world.walk.park(step('wait'), entered.people, HOUR_MS, CLICK);
		await world.walk.settle(entered);

		await ingest(annDid('Clicked'));

		expect(await watched()).toEqual([2]);
		expect(await woken()).toEqual([1]);
		expect(await numbers()).toEqual(['1 Clicked 3']);
	});

	it('are never given out twice, however often everything is deleted', async () => {
		const given: string[] = [];
		for (let round = 0; round < 3; round += 1) {
			await ingest(annDid('View'), annDid('View', { messageId: `m${round}` }), browserDid('View'));
			await ingest(annDid('View', { messageId: `m${round}` }), annDid('View'));
			given.push(...await numbers());
			await prune({ View: 1 });
		}

		expect(await numbers()).toEqual([]);
		expect(given).toEqual([
			'1 View 1', '1 View 2', '1 View 3', '2 View 1', '1 View 4', '1 View 5', '1 View 6', '2 View 2', '1 View 7', '1 View 8', '1 View 9', '2 View 3',
		]);
	});

	it('go on from what the row of the person says where that is more, as a database of before has it', async () => {
		await ingest(annDid('View'), annDid('View'));
		await world.change('update profile set event_no = 2');
		const asCounted = await ingest(annDid('View')).then(numbers);
		await world.change('update profile set event_no = 9');

		await ingest(annDid('View'), annDid('View'));

		expect(asCounted.at(-1)).toBe('1 View 3');
		expect((await numbers()).slice(-2)).toEqual(['1 View 10', '1 View 11']);
	});

	it('write nothing into the rows of the people: neither does a deletion that leaves newer events', async () => {
		await ingest({ type: 'identify', userId: 'ann', traits: { plan: 'free' } });
		const before = await world.rows('select * from profile');
		world.clock.advance(HOUR_MS);
		await ingest(annDid('View'), annDid('Order'));
		await prune({ View: 1 });
		const after = await world.rows('select * from profile where id = 1');

		await prune({ '*': 1 });

		expect(after).toEqual(before);
		expect(await floors()).toEqual([2, 0]);
	});

	describe('of two people, each with the newest event gone,', () => {
		// Ann has had 1 to 3, the browser 1 and 2; both wait for the click.
		beforeEach(async () => {
			await ingest(annDid('Signed Up'), browserDid('Signed Up'));
			await waitForClick(() => ingest(annDid('View'), annDid('View'), browserDid('View')));
			await prune({ View: 1 });
		});

		it('stand one behind the other after a merge: the next click ends both waits', async () => {
			const { profile } = await world.engine.profiles.merge(ann, browser);
			await ingest(annDid('Clicked'));

			expect(profile).toBe(1);
			expect(await numbers()).toEqual(['1 Signed Up 1', '1 Signed Up 4', '1 Clicked 6']);
			expect(await woken()).toEqual([1, 1]);
		});

		it('stand one behind the other after a merge and the loss of everything that was left', async () => {
			await world.engine.profiles.merge(ann, browser);
			await prune({ '*': 1 });

			await ingest(annDid('Clicked'));

			expect(await numbers()).toEqual(['1 Clicked 6']);
			expect(await woken()).toEqual([1, 1]);
		});

		it('go on from where each of them was when the merge is taken back', async () => {
			await world.engine.profiles.merge(ann, browser);
			await world.engine.profiles.unmerge(ann);

			await ingest(annDid('Clicked'), browserDid('Clicked'));

			expect(await numbers()).toEqual(['1 Signed Up 1', '1 Clicked 4', '2 Signed Up 1', '2 Clicked 3']);
			expect(await woken()).toEqual([1, 2]);
		});

		it('go on from where each of them was when what came since the merge is gone too', async () => {
			await world.engine.profiles.merge(ann, browser);
			await ingest(annDid('View'), annDid('View'));
			await prune({ View: 1 });
			await world.engine.profiles.unmerge(ann);

			await ingest(annDid('Clicked'), browserDid('Clicked'));

			expect(await numbers()).toEqual(['1 Signed Up 1', '1 Clicked 6', '2 Signed Up 1', '2 Clicked 3']);
			expect(await woken()).toEqual([1, 2]);
		});

		it('of several merged at once, each goes on behind the one before, and back again', async () => {
			await ingest({ type: 'track', event: 'View', anonymousId: 'tablet' });
			await prune({ View: 1 });
			await ingest({ type: 'identify', userId: 'ann', anonymousId: 'browser', identities: [{ kind: 'anonymous_id', value: 'tablet' }] });
			const together = await ingest(annDid('Clicked')).then(numbers);
			await world.engine.profiles.unmerge(ann);
			await world.engine.profiles.unmerge(ann);

			await ingest(annDid('Clicked'), browserDid('Clicked'), { type: 'track', event: 'Clicked', anonymousId: 'tablet' });

			expect(together).toEqual(['1 Signed Up 1', '1 Signed Up 5', '1 Clicked 7']);
			expect(await numbers()).toEqual(['1 Signed Up 1', '1 Clicked 4', '1 Clicked 5', '2 Signed Up 1', '2 Clicked 3', '4 Clicked 2']);
		});

		afterEach(async () => {
			const { 'event numbers without gaps': _expected, ...broken } = await world.engine.store.read((reader) => brokenInvariants(reader));
			expect(broken).toEqual({});
		});
	});
});

describe('deleting events', () => {
	it('is left to those who see to the floor under the numbers, or take back what nobody has seen', () => {
		const engine = join(__dirname, '../../../engine');
		const files = readdirSync(engine, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));

		const deleting = files.filter((path) => /delete from event\b/i.test(readFileSync(join(engine, path), 'utf8')));

		expect(deleting.map((path) => path.replaceAll('\\', '/')).sort()).toEqual(['events/delete-events.ts', 'events/event-rows.ts']);
	});
});
