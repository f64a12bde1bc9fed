import { sql } from 'kysely';

import type { WaitHappening } from '../../../../engine/journeys/types';
import { systemRandom } from '../../../../engine/kernel';
import { lockProfiles } from '../../../../engine/profiles';
import { createSettings } from '../../../../engine/settings';
import { signToken, type TokenPayload } from '../../../../engine/tracking/sign';
import { untilBlocked } from '../../blocked';
import { reply } from '../../channels/email/inbound-mails';
import { DATABASES } from '../../databases';
import type { Person } from '../walk';
import { HOUR_MS, MINUTE_MS, World } from '../world';

const VIP: WaitHappening = { kind: 'segment', segment: 'VIP', change: 'entered' };
const NOT_VIP: WaitHappening = { kind: 'segment', segment: 'VIP', change: 'left' };
const YES: WaitHappening = { kind: 'consent', channel: 'sms', state: 'subscribed' };
const NO: WaitHappening = { kind: 'consent', channel: 'email', topic: 'news', state: 'unsubscribed' };
const OPENED: WaitHappening = { kind: 'message', happened: 'opened' };
const PERSON = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
const MACHINE = { 'user-agent': 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)' };

describe.each(DATABASES)('waiting for something else that happens on %s', (kind) => {
	let world: World;
	let ann: number;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.segments.save({ name: 'VIP', rule: { attribute: 'plan', operator: 'equals', value: 'gold' }, wait: true });
		[ann] = (await world.people(1)) as [number];
		await world.track('Signed Up', [ann]);
		world.clock.advance(MINUTE_MS);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = (name = 'wait') => world.walk.step(name, 'waitForEvent');
	const plan = async (value: string | null, profile = ann) => await world.engine.profiles.upsert([{ profileId: profile, attributes: { plan: value } }], { source: 'test' });
	const say = async (channel: string, state: 'subscribed' | 'unsubscribed', topic = '', profile = ann) => await world.engine.consent.set([{ profile, channel, topic, state, source: 'test' }]);
	const claimed = async (name = 'wait') => (await world.walk.claim(wait(name))).people.map(({ outcome }) => outcome);

	async function parkAt(until: WaitHappening, name = 'wait', from?: { nonce: string; people: Person[] }): Promise<void> {
		const leg = from ?? (await world.walk.start(trigger()));
		await world.walk.wait(wait(name), leg.people, { until, delayMs: HOUR_MS });
		await world.walk.settle(leg);
	}

	async function sent(id: string, person: Person | undefined, step = 'email', state = 'sent'): Promise<void> {
		const { enrollment = 0, profile = 0, token = '' } = person?.stamp ?? {};
		await world.engine.store.tx('test', (tx) => tx.run(sql`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, provider, reserved_at)
			values (${id}, ${token}, ${step}, ${id}, '', ${enrollment}, 'wf', ${profile}, 'email', 'marketing', '', ${state}, 'smtp', ${tx.nowMs})`));
		world.clock.advance(1000);
	}

	async function visit(payload: TokenPayload, headers: Record<string, string> = PERSON): Promise<void> {
		const secret = await createSettings({ store: world.engine.store, random: systemRandom }).signingSecret();
		await world.engine.collector.handle({ method: 'GET', route: payload.k === 'o' ? 'open' : 'click', query: { t: signToken(payload, secret) }, headers, body: new Uint8Array() });
		world.clock.advance(3_000);
		await world.engine.tick();
	}
	const open = async (id: string, headers = PERSON) => await visit({ k: 'o', m: id }, headers);
	const answer = async (message: string, more: Record<string, string> = {}) => {
		await world.engine.collector.takeMails([{ raw: Buffer.from(reply({ from: 'ann@customer.example', to: 'replies@shop.example', answered: `${message}@shop.example`, id: `${world.clock.nowMs()}@mail.example` }, 'Yes', more)) }]);
		world.clock.advance(1000);
	};
	const click = async (id: string) => await visit({ k: 'c', m: id, u: 'https://shop.example/a', l: 0 });

	it.each([
		['entering a segment', VIP, () => plan('gold')],
		['a yes to a channel', YES, () => say('sms', 'subscribed')],
		['a no to a topic', NO, () => say('email', 'unsubscribed', 'News ')],
		['a no to the channel of the topic', NO, () => say('email', 'unsubscribed')],
	])('%s ends the wait at once, in the transaction in which it happens', async (_what, until, happens) => {
		await parkAt(until);
		const before = await claimed();
		await happens();

		expect([before, await claimed()]).toEqual([[], ['event']]);
	});

	it('what is something else, or the opposite, ends no wait; the time-out does', async () => {
		await parkAt(YES);
		await say('sms', 'unsubscribed');
		await say('email', 'subscribed');
		await say('sms', 'subscribed', 'news');
		const before = await claimed();
		world.clock.advance(HOUR_MS);

		expect([before, await claimed()]).toEqual([[], ['timeout']]);
	});

	it('a list counts as a segment does, joined and left', async () => {
		await world.engine.lists.create('Press');
		await parkAt({ kind: 'segment', segment: 'Press', change: 'entered' });
		await world.engine.lists.add('Press', [{ profileId: ann }], { source: 'test' });
		const joined = await world.walk.start(wait());
		await parkAt({ kind: 'segment', segment: 'Press', change: 'left', already: false }, 'second', joined);
		await world.engine.lists.remove('Press', [{ profileId: ann }], { source: 'test' });

		expect([joined.people.map(({ outcome }) => outcome), await claimed('second')]).toEqual([['event'], ['event']]);
	});

	it.each([
		['in the segment', VIP, () => plan('gold')],
		['outside of the segment', NOT_VIP, () => Promise.resolve()],
		['said yes', YES, () => say('sms', 'subscribed')],
	])('whoever has %s already goes on at once, and does not where it has to happen anew', async (_what, until, before) => {
		await before();
		world.clock.advance(MINUTE_MS);
		await world.track('Signed Up', [ann]);
		const { people } = await world.walk.start(trigger());
		// Of the run that began after it had happened.
		const late = people.filter(({ stamp }) => stamp.enrollment === Math.max(...people.map((one) => one.stamp.enrollment)));
		await world.walk.wait(wait(), late, { until, delayMs: HOUR_MS });
		await world.walk.wait(wait('anew'), late, { until: { ...until, already: false }, delayMs: HOUR_MS });

		expect([await claimed(), await claimed('anew')]).toEqual([['event'], []]);
	});

	it.each([
		['entered and left the segment', { ...VIP, already: false }, async () => {
			await plan('gold');
			await plan('basic');
		}],
		['said yes and no again', { ...YES, already: false }, async () => {
			await say('sms', 'subscribed');
			await say('sms', 'unsubscribed');
		}],
	] as Array<[string, WaitHappening, () => Promise<void>]>)('who %s between the beginning of the leg and the park is not missed (rule 17)', async (_what, until, happens) => {
		const leg = await world.walk.start(trigger());
		await happens();
		world.clock.advance(MINUTE_MS);
		await parkAt(until, 'wait', leg);

		expect(await claimed()).toEqual(['event']);
	});

	it('the first leg begins with the entry, not with the claim (rule 17)', async () => {
		await plan('gold');
		await plan('basic');
		world.clock.advance(MINUTE_MS);
		await parkAt({ ...VIP, already: false });

		expect(await claimed()).toEqual(['event']);
	});

	it('what ended one wait does not end the next (rule 17)', async () => {
		await parkAt({ ...VIP, already: false });
		await plan('gold');
		await parkAt({ ...VIP, already: false }, 'second', await world.walk.start(wait()));
		const before = await claimed('second');
		await plan('basic');
		world.clock.advance(1000);
		await plan('gold');

		expect([before, await claimed('second')]).toEqual([[], ['event']]);
	});

	it('what a park found when it looked back ends no second wait either: a loop on the canvas goes round once (rule 17)', async () => {
		const anew = { ...VIP, already: false };
		let leg = await world.walk.start(trigger());
		world.clock.advance(1000);
		await plan('gold');
		await say('sms', 'subscribed');
		world.clock.advance(1000);
		const rounds: string[][] = [];
		for (let n = 0; n < 3; n += 1) {
			await parkAt(anew, 'wait', leg);
			world.clock.advance(1000);
			leg = await world.walk.start(wait());
			rounds.push(leg.people.map(({ outcome }) => outcome));
			if (n === 0) await world.walk.wait(wait('other'), leg.people, { until: { ...YES, already: false }, delayMs: HOUR_MS });
		}
		await plan('basic');
		await plan('gold');

		expect(rounds).toEqual([['event'], [], []]);
		expect([await claimed('other'), await claimed()]).toEqual([['event'], ['event']]);
	});

	it('the next wait finds an event that came after what ended this one and before its claim (rule 17)', async () => {
		await parkAt(VIP);
		world.clock.advance(1000);
		await plan('gold');
		world.clock.advance(1000);
		await world.track('Ordered', [ann]);
		const leg = await world.walk.start(wait());
		await world.walk.park(wait('second'), leg.people, HOUR_MS, { event: 'Ordered' });

		expect(await claimed('second')).toEqual(['event']);
	});

	it('after a time-out was claimed, a change that comes does not make it something else, whatever becomes of the claim (rule 16)', async () => {
		await parkAt(VIP);
		world.clock.advance(HOUR_MS);
		const { nonce, people } = await world.walk.claim(wait());
		// Nothing ran: back to the park, with the outcome that the first claim has fixed.
		await world.walk.settle({ nonce }, { kind: 'unproven' });
		await plan('gold');
		world.clock.advance(30_001);

		expect([people.map(({ outcome }) => outcome), await claimed()]).toEqual([['timeout'], ['timeout']]);
	});

	it('a park that comes while somebody enters the segment waits for it, and finds it (rule 3)', async () => {
		const leg = await world.walk.start(trigger());

		const { parking } = await world.engine.store.tx('test-change', async (tx) => {
			await lockProfiles(tx, [ann]);
			await tx.run(sql`insert into segment_member (segment, profile, entered_at) select id, ${ann}, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from segment where name = 'VIP'`);
			const begun = world.walk.wait(wait(), leg.people, { until: VIP, delayMs: HOUR_MS });
			if (kind === 'postgres') await untilBlocked(tx, [begun]);
			return { parking: begun };
		});
		await parking;

		expect(await claimed()).toEqual(['event']);
	});

	it('changes and parks that run at the same time never miss each other (rule 3)', async () => {
		const other = await world.another();
		const { profiles } = await world.engine.profiles.upsert(Array.from({ length: 30 }, (_, n) => ({ identities: [{ kind: 'user_id', value: `race${n}` }] })), { source: 'test' });
		await world.track('Signed Up', profiles.map(Number));
		const leg = await world.walk.start(trigger());
		const racing = leg.people.filter(({ stamp }) => stamp.profile !== ann);

		await Promise.all(racing.flatMap((person, n) => [
			world.walk.wait(wait(), [person], { until: n % 2 === 0 ? { ...VIP, already: false } : { ...YES, already: false }, delayMs: HOUR_MS }),
			n % 2 === 0
				? other.engine.profiles.upsert([{ profileId: person.stamp.profile, attributes: { plan: 'gold' } }], { source: 'test' })
				: other.engine.consent.set([{ profile: person.stamp.profile, channel: 'sms', topic: '', state: 'subscribed', source: 'test' }]),
		]));

		const waiting = (await world.tokens()).filter(({ step }) => step === 'wait');
		expect(waiting).toHaveLength(30);
		expect(waiting.filter(({ outcome }) => outcome !== 'event')).toEqual([]);
	});

	it('what the other half of a person is or does ends the wait when the two become one', async () => {
		const [gold] = (await world.engine.profiles.upsert([{ identities: [{ kind: 'crm', value: 'c1' }], attributes: { plan: 'gold' } }], { source: 'test' })).profiles;
		await say('sms', 'subscribed', '', Number(gold));
		world.clock.advance(MINUTE_MS);
		await world.track('Signed Up', [ann]);
		const leg = await world.walk.start(trigger());
		await world.walk.wait(wait('vip'), leg.people, { until: VIP, delayMs: HOUR_MS });
		await world.walk.wait(wait('yes'), leg.people, { until: YES, delayMs: HOUR_MS });
		const before = [await claimed('vip'), await claimed('yes')];

		await world.engine.profiles.merge({ kind: 'crm', value: 'c1' }, { kind: 'user_id', value: 'u0' });

		expect(before).toEqual([[], []]);
		expect([await claimed('vip'), await claimed('yes')]).toEqual([['event', 'event'], ['event', 'event']]);
	});

	it('an erased person leaves nothing of a wait behind, and an exit takes those who wait (rule 20)', async () => {
		await parkAt(VIP);
		await world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });

		expect(await world.tokens()).toEqual([]);
		expect((await world.enrollments())[0]).toMatchObject({ profile: 0, state: 'erased' });
	});

	describe('engagement with a message', () => {
		it('the last message of this run counts, opened by a person and not by a machine, nor one of an earlier run', async () => {
			const leg = await world.walk.start(trigger());
			await sent('old', leg.people[0]);
			await sent('new', leg.people[0]);
			await world.change(`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, reserved_at) values ('other', 't', 'email', '', '', 999, 'wf', ${ann}, 'email', 'marketing', '', 'sent', 9000000000000)`);
			await parkAt(OPENED, 'wait', leg);
			await open('old');
			await open('other');
			await open('new', MACHINE);
			const before = await claimed();
			await open('new');

			expect([before, await claimed()]).toEqual([[], ['event']]);
		});

		it('a click is an open; that of a named step counts where another has sent since', async () => {
			const leg = await world.walk.start(trigger());
			await sent('first', leg.people[0], 'offer');
			await sent('second', leg.people[0], 'reminder');
			await world.walk.wait(wait(), leg.people, { until: { ...OPENED, step: 'offer' } as WaitHappening, delayMs: HOUR_MS });
			await world.walk.wait(wait('clicked'), leg.people, { until: { kind: 'message', happened: 'clicked' }, delayMs: HOUR_MS });
			await click('first');

			expect([await claimed(), await claimed('clicked')]).toEqual([['event'], []]);
		});

		it('one opened before the wait goes on at once, however long ago, or not where it has to happen anew', async () => {
			const leg = await world.walk.start(trigger());
			await sent('m', leg.people[0]);
			await world.walk.wait(wait('pause'), leg.people, { delayMs: HOUR_MS });
			await open('m');
			world.clock.advance(2 * HOUR_MS);
			const later = await world.walk.start(wait('pause'));
			await world.walk.wait(wait(), later.people, { until: OPENED, delayMs: HOUR_MS });
			await world.walk.wait(wait('anew'), later.people, { until: { ...OPENED, already: false } as WaitHappening, delayMs: HOUR_MS });
			const found = [await claimed(), await claimed('anew')];
			await open('m');

			expect([found, await claimed('anew')]).toEqual([[['event'], []], ['event']]);
		});

		it('not opened in time: the person times out; one that never left, or was never sent, runs into it as well', async () => {
			const leg = await world.walk.start(trigger());
			const [ofNow] = leg.people;
			await sent('of an earlier run', ofNow === undefined ? ofNow : { ...ofNow, stamp: { ...ofNow.stamp, enrollment: 999, token: 'gone' } });
			await open('of an earlier run');
			await world.walk.wait(wait('none'), leg.people, { until: OPENED, delayMs: HOUR_MS });
			await sent('old', leg.people[0]);
			await open('old');
			await sent('skipped', leg.people[0], 'email', 'skipped');
			await parkAt(OPENED, 'wait', leg);
			const before = [await claimed('none'), await claimed()];
			world.clock.advance(HOUR_MS);

			expect([before, await claimed('none'), await claimed()]).toEqual([[[], []], ['timeout'], ['timeout']]);
		});

		it('opened by whoever has answered it without loading its pictures, before the wait and while it lasts; a machine has not', async () => {
			const leg = await world.walk.start(trigger());
			await sent('a'.repeat(22), leg.people[0]);
			await parkAt({ ...OPENED, already: false }, 'wait', leg);
			await answer('a'.repeat(22), { 'Auto-Submitted': 'auto-replied' });
			const none = await claimed();
			await answer('a'.repeat(22));
			const after = await world.walk.start(wait());
			await world.walk.wait(wait('already'), after.people, { until: OPENED, delayMs: HOUR_MS });
			await world.walk.wait(wait('anew'), after.people, { until: { ...OPENED, already: false }, delayMs: HOUR_MS });

			expect([none, after.people.map(({ outcome }) => outcome), await claimed('already'), await claimed('anew')]).toEqual([[], ['event'], ['event'], []]);
		});

		it('replied to is what the person has answered: not a machine, and not another message', async () => {
			const leg = await world.walk.start(trigger());
			const [before, last] = ['a'.repeat(22), 'b'.repeat(22)];
			await sent(before, leg.people[0]);
			await sent(last, leg.people[0]);
			await parkAt({ kind: 'message', happened: 'replied', already: false }, 'wait', leg);
			await answer(before);
			await answer(last, { 'Auto-Submitted': 'auto-replied' });
			await click(last);
			const none = await claimed();
			await answer(last);
			const after = await world.walk.start(wait());
			await world.walk.wait(wait('already'), after.people, { until: { kind: 'message', happened: 'replied' }, delayMs: HOUR_MS });
			await world.walk.wait(wait('anew'), after.people, { until: { kind: 'message', happened: 'replied', already: false }, delayMs: HOUR_MS });

			expect([none, after.people.map(({ outcome }) => outcome), await claimed('already'), await claimed('anew')]).toEqual([[], ['event'], ['event'], []]);
		});

		it('delivered is what the server of SMTP has taken', async () => {
			const leg = await world.walk.start(trigger());
			await sent('m', leg.people[0]);
			await world.walk.wait(wait(), leg.people, { until: { kind: 'message', happened: 'delivered' }, delayMs: HOUR_MS });
			await sent('unknown', leg.people[0], 'email', 'unknown');
			await world.walk.wait(wait('unknown'), leg.people, { until: { kind: 'message', happened: 'delivered' }, delayMs: HOUR_MS });

			expect([await claimed(), await claimed('unknown')]).toEqual([['event'], []]);
		});
	});

	it.each([
		[{ kind: 'segment', segment: 'Nobody', change: 'entered' }, 'no segment or list "Nobody"'],
		[{ kind: 'consent', channel: 'pigeon', state: 'subscribed' }, 'none of those there are'],
	] as Array<[WaitHappening, string]>)('refuses %j with what to do', async (until, message) => {
		const leg = await world.walk.start(trigger());

		await expect(world.walk.wait(wait(), leg.people, { until })).rejects.toThrow(message);
	});
});
