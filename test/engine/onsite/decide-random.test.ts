import fc from 'fast-check';

import { DATABASES } from '../databases';
import { HOUR_MS } from '../journeys/world';
import { Shop } from './shop';

const PEOPLE = ['a0000000-anonymous-of-ann', 'b0000000-anonymous-of-bob', 'c0000000-anonymous-of-cid'];

/** One thing that happens; `who` is a place in PEOPLE. */
const step = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('queue' as const), who: fc.nat(2), mostShows: fc.integer({ min: 0, max: 2 }), gapHours: fc.constantFrom(0, 1, 3), expiresAfterHours: fc.constantFrom(1, 4, 48), topic: fc.constantFrom('', 'offers'), priority: fc.integer({ min: 1, max: 3 }) }) },
	{ weight: 6, arbitrary: fc.record({ do: fc.constant('visit' as const), who: fc.nat(2) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('consent' as const), who: fc.nat(2), topic: fc.constantFrom('', 'offers'), state: fc.constantFrom('subscribed' as const, 'unsubscribed' as const, 'none' as const) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('later' as const), hours: fc.constantFrom(0.5, 1, 3) }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), stopped: fc.boolean() }) },
);

interface Known {
	message: string;
	who: number;
	priority: number;
	topic: string;
	mostShows: number;
	gapMs: number;
	queuedAtMs: number;
	expiresAtMs: number;
	shownAtMs: number[];
}

describe.each(DATABASES)('the decision, on %s', (kind) => {
	it('is always the best that the person may see, and never one that is expired, withdrawn, seen often enough, or another person\'s', async () => {
		const shop = await Shop.open(kind);
		let runs = 0;
		await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
			// Somebody new each time.
			const browsers = PEOPLE.map((id) => `${id}-${(runs += 1)}`);
			const profiles: number[] = [];
			for (const browser of browsers) profiles.push(await shop.visitor(browser));
			await shop.world.engine.journeys.resumeSending();
			const known: Known[] = [];
			const states = new Map<string, string>();
			let stopped = false;
			const isOut = (who: number, topic: string) => ['', topic].some((one) => states.get(`${who} ${one}`) === 'unsubscribed');
			for (const one of steps) {
				const nowMs = shop.world.clock.nowMs();
				if (one.do === 'later') shop.world.clock.advance(one.hours * HOUR_MS);
				if (one.do === 'stop') {
					stopped = one.stopped;
					await (stopped ? shop.world.engine.journeys.stopSending('test') : shop.world.engine.journeys.resumeSending());
				}
				if (one.do === 'consent') {
					states.set(`${one.who} ${one.topic}`, one.state);
					await shop.world.engine.consent.set([{ profile: profiles[one.who] ?? 0, channel: 'onsite', topic: one.topic, state: one.state, source: 'page' }]);
				}
				if (one.do === 'queue') {
					const { who, topic, priority, mostShows, gapHours, expiresAfterHours } = one;
					const [result] = await shop.queue(profiles[who] ?? 0, { priority, mostShows, gapHours, expiresAfterHours }, {}, { topic });
					if (result?.outcome === 'sent') known.push({ message: String(result.message), who, topic, priority, mostShows, gapMs: gapHours * HOUR_MS, queuedAtMs: nowMs, expiresAtMs: nowMs + expiresAfterHours * HOUR_MS, shownAtMs: [] });
					expect(result?.outcome === 'sent').toBe(!stopped && !isOut(who, topic));
					// No two at the same moment, so that which is older is certain.
					shop.world.clock.advance(1);
				}
				if (one.do === 'visit') {
					const may = known.filter((message) => !stopped && message.who === one.who && message.expiresAtMs > nowMs && !isOut(one.who, message.topic) && (message.mostShows === 0 || message.shownAtMs.length < message.mostShows)
						&& message.shownAtMs.every((atMs) => atMs + message.gapMs <= nowMs));
					const [best] = may.sort((a, b) => b.priority - a.priority || a.queuedAtMs - b.queuedAtMs);
					const before = (await shop.events('On-Site Shown')).length;

					await shop.visit(browsers[one.who] ?? '');

					const told = (await shop.events('On-Site Shown')).slice(before);
					expect(told.map(({ message, profile }) => ({ message, profile }))).toEqual(best === undefined ? [] : [{ message: best.message, profile: profiles[one.who] }]);
					best?.shownAtMs.push(nowMs);
				}
			}
		}), { numRuns: kind === 'sqlite' ? 40 : 15 });
		await shop.close();
	});
});
