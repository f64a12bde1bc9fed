import { allowed, suppressErasedIn, type ConsentState } from '../../../engine/consent';
import type { GuardName } from '../../../engine/messages';
import { DATABASES } from '../databases';
import { DAY_MS, World } from '../journeys/world';
import { Mailbox } from './mailbox';

type Suppressed = 'no' | 'manual' | 'hard-bounce' | 'erased';

/** All that can be said about one person; each combination is one of the people below. */
interface Said {
	channel: ConsentState;
	topic: ConsentState;
	suppressed: Suppressed;
	paused: boolean;
	/** They want one a week, and got it an hour ago. */
	had: boolean;
	doNotSell: boolean;
}

const STATES: ConsentState[] = ['none', 'subscribed', 'pending', 'unsubscribed'];

function everyPerson(): Said[] {
	const people: Said[] = [];
	for (const channel of STATES) for (const topic of STATES) for (const suppressed of ['no', 'manual', 'hard-bounce', 'erased'] as const) {
		for (const paused of [false, true]) for (const had of [false, true]) for (const doNotSell of [false, true]) people.push({ channel, topic, suppressed, paused, had, doNotSell });
	}
	return people;
}

/** What must happen, written down once more and plainly. null: it leaves. */
function expected(said: Said, purpose: 'marketing' | 'transactional'): GuardName | null {
	if (said.suppressed !== 'no') return 'suppression';
	if (purpose === 'transactional') return null;
	if ([said.channel, said.topic].some((state) => state === 'unsubscribed' || state === 'pending')) return 'consent';
	if (said.paused) return 'pause';
	return said.had ? 'frequency cap' : null;
}

describe.each(DATABASES)('every pair of what a person can say, against a real send, on %s', (kind) => {
	it.each(['marketing', 'transactional'] as const)('%s leaves exactly to whom it may', async (purpose) => {
		const people = everyPerson();
		const [world, mailbox] = [await World.open(kind), await Mailbox.open()];
		const { engine, walk, clock } = world;
		await engine.collector.configure({ workflow: 'collector', writeKeys: { wk_12345678: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		// Caps of the settings off, and every guard asked for transactional mail too: what is left to hold it back is what people said.
		await engine.settings.set({ caps: [], quietHours: null, guardedPurposes: 'all' });
		await walk.register(walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const ids = await world.people(people.length);
		const of = (index: number) => ids[index] ?? 0;
		await world.track('Signed Up', ids);
		const leg = await walk.start(walk.step('trigger', 'trigger'), { limit: 2000 });
		await engine.consent.set(people.flatMap((said, n) => [{ profile: of(n), channel: 'email', topic: '', state: said.channel, source: 'test' }, { profile: of(n), channel: 'email', topic: 'news', state: said.topic, source: 'test' }]));
		await engine.consent.setDoNotSell(people.map((said, n) => ({ whose: { profileId: of(n) }, active: said.doNotSell, source: 'test' })));
		await engine.suppression.add(people.flatMap((said, n) => (said.suppressed === 'manual' || said.suppressed === 'hard-bounce' ? [{ channel: 'email', address: `p${n}@customer.example`, reason: said.suppressed }] : [])));
		await engine.store.tx('erase', (tx) => suppressErasedIn(tx, people.flatMap((said, n) => (said.suppressed === 'erased' ? [{ channel: 'email', address: `p${n}@customer.example` }] : []))));
		await engine.preferences.set(people.map((said, n) => ({ whose: { profileId: of(n) }, source: 'test', ...(said.paused ? { pauseDays: 2 } : {}), ...(said.had ? { maxPerWeek: 1 } : {}) })));
		for (const [n, said] of people.entries()) {
			if (said.had) await world.change(`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, reserved_at, attempted_at) values ('had${n}', '', 'x', '', '${n}', 'w', ${of(n)}, 'email', 'marketing', '', 'sent', 0, ${clock.nowMs() - DAY_MS / 24})`);
		}

		const verdicts = await engine.store.read((reader) => allowed(reader, ids, 'email', 'news', purpose));
		const foreseen = new Map((await engine.messages.foresee({ profiles: ids, channel: 'email', purpose, topic: 'news' })).map((one) => [one.profile, one.guard]));
		await walk.email(walk.step('mail', 'email'), leg.people, mailbox.mail({ purpose, topic: 'news' }));

		const ledger = new Map((await world.rows<{ profile: number; state: string; guard: GuardName | null }>("select profile, state, guard from message where step = 'mail'")).map((row) => [Number(row.profile), row]));
		const got = new Set(mailbox.accepted.map(({ to }) => to));
		const wrong = people.flatMap((said, n) => {
			const guard = expected(said, purpose);
			const row = ledger.get(of(n));
			const consents = purpose === 'transactional' || ![said.channel, said.topic].some((state) => state === 'unsubscribed' || state === 'pending');
			const right = row?.guard === guard && row.state === (guard === null ? 'sent' : 'skipped') && got.has(`p${n}@customer.example`) === (guard === null)
				&& verdicts.get(of(n))?.allowed === consents && foreseen.get(of(n)) === guard;
			return right ? [] : [{ said, purpose, expected: guard, row, sent: got.has(`p${n}@customer.example`), foreseen: foreseen.get(of(n)) }];
		});
		await world.close();
		await mailbox.close();
		expect(wrong).toEqual([]);
		expect(ledger.size).toBe(512);
	});

	it('an address that was imported before anybody had it is suppressed for whoever comes with it, and only until it is lifted', async () => {
		const [world, mailbox] = [await World.open(kind), await Mailbox.open()];
		const { engine, walk } = world;
		const { importId } = await engine.suppression.importStart({ source: 'old system' });
		await engine.suppression.importChunk(importId, new Uint8Array(Buffer.from('Email;Reason\r\nP0@Customer.example;spam\r\nnobody;\r\n')));
		const report = await engine.suppression.importEnd(importId);
		await walk.register(walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const ids = await world.people(2);
		const mail = async (step: string) => {
			await world.track('Signed Up', ids);
			const leg = await walk.start(walk.step('trigger', 'trigger'));
			return (await walk.email(walk.step(step, 'email'), leg.people, mailbox.mail())).results.map(({ outcome, reason }) => [outcome, reason]);
		};

		const before = await mail('a');
		await engine.suppression.remove([{ channel: 'email', address: 'p0@customer.example' }], { source: 'ticket' });
		const after = await mail('b');

		await world.close();
		await mailbox.close();
		expect(report).toMatchObject({ rows: 2, added: 1, rejected: [{ line: 3 }] });
		expect(before).toEqual([['skipped', 'suppressed: complaint'], ['sent', null]]);
		expect(after).toEqual([['sent', null], ['sent', null]]);
	});
});
