import * as fc from 'fast-check';

import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { DAY_MS, World } from '../journeys/world';
import { Mailbox, smtp } from '../messages/mailbox';

const CODE = /code:([A-Z0-9-]*):/;

describe.each(DATABASES)('coupons in messages, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let leg: Leg;
	let profiles: number[];

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name = 'email') => world.walk.step(name, 'email');
	const mail = (source = '<p>code:{% coupon \'p\' %}:</p>', more: object = {}) => mailbox.mail({ content: { subject: 'Hello', body: { kind: 'html', source } }, provider: smtp(mailbox.port), ...more });
	const codes = () => mailbox.accepted.map(({ to, raw }) => [to, CODE.exec(raw.replace(/=\r?\n/g, ''))?.[1] ?? 'none']);
	const given = async () => (await world.engine.coupons.codes({ pool: 'p', limit: 1000 })).filter(({ state }) => state !== 'free').map(({ code, profile }) => [code, profile]);

	async function open(people: number, stock: number, options: { atPoint?: (point: string) => void; mailbox?: ConstructorParameters<typeof Object>[0] } = {}): Promise<void> {
		mailbox = await Mailbox.open(options.mailbox as never);
		world = await World.open(kind, options.atPoint === undefined ? {} : { atPoint: options.atPoint });
		await world.engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.coupons.createPool({ name: 'p' });
		if (stock > 0) await world.engine.coupons.addCodes('p', Array.from({ length: stock }, (_none, n) => `C${String(n).padStart(4, '0')}`));
		profiles = await world.people(people);
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
	}
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	it('are one a person, of the pool that the template names, and the same in the next message of the journey', async () => {
		await open(7, 20);
		await world.walk.email(step(), leg.people, mail());
		const first = new Map(codes() as Array<[string, string]>);
		const { results } = await world.walk.email(step('second'), leg.people, mail('<p>{% coupon "p" as gift %}code:{{ gift.code }}: {{ gift.expires_at }}</p>'));

		expect(new Set(first.values()).size).toBe(7);
		expect(results.every(({ outcome }) => outcome === 'sent')).toBe(true);
		expect(mailbox.accepted).toHaveLength(14);
		for (const [to, code] of codes()) expect(first.get(to ?? '')).toBe(code);
		expect(await given()).toHaveLength(7);
	});

	it('are one a person where a liquid tag shows them, too', async () => {
		await open(3, 5);
		const { results } = await world.walk.email(step(), leg.people, mail("<p>{%- liquid\n  assign kind = 'p'\n  coupon 'p' as gift\n  echo 'code:'\n  echo gift.code\n  echo ':' -%}</p>"));

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect(new Set(codes().map(([, code]) => code)).size).toBe(3);
		expect(await given()).toHaveLength(3);
	});

	it('hold those for whom there is none, with the reason, and nobody gets an empty code; who is held goes on when there are more', async () => {
		await open(5, 3);
		const { results } = await world.walk.email(step(), leg.people, mail());
		const reason = results.find(({ outcome }) => outcome === 'parked')?.reason;
		await world.walk.settle(leg);
		await world.engine.coupons.addCodes('p', ['MORE1', 'MORE2']);
		await world.engine.journeys.retryHeld({ workflow: world.walk.workflow });
		// Whoever was held comes back alone.
		for (let turn = 0; turn < 2; turn += 1) {
			const next = await world.walk.start(trigger());
			await world.walk.email(step(), next.people, mail());
			await world.walk.settle(next);
		}

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'parked', 'sent', 'sent', 'sent']);
		expect(reason).toBe('Body, line 1: The coupon pool "p" has no code left. Import or generate more. Then use Journey Control: Retry Held.');
		expect(codes().map(([, code]) => code).sort()).toEqual(['C0000', 'C0001', 'C0002', 'MORE1', 'MORE2']);
		expect(new Set(codes().map(([to]) => to)).size).toBe(5);
	});

	it.each([
		['a pool that has ended', async () => void (await world.engine.coupons.updatePool('p', { expiresAt: '2026-03-02T09:00:00Z' })), /expired on 2026-03-02T09:00:00.000Z/],
		['a pool that there is not', async () => void (await world.engine.coupons.deletePool('p')), /There is no coupon pool "p"/],
	])('hold everybody at %s', async (_what, change, message) => {
		await open(2, 2);
		await change();

		const { results } = await world.walk.email(step(), leg.people, mail());

		expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([['parked', expect.stringMatching(message)], ['parked', expect.stringMatching(message)]]);
		expect(mailbox.accepted).toEqual([]);
	});

	it('are not shown when the days they are good for are over', async () => {
		await open(1, 2);
		await world.engine.coupons.updatePool('p', { validDays: 2 });
		await world.walk.email(step(), leg.people, mail());
		world.clock.advance(2 * DAY_MS - 1);
		const before = await world.walk.email(step('second'), leg.people, mail());
		world.clock.advance(1);
		const after = await world.walk.email(step('third'), leg.people, mail());

		expect(before.results[0]).toMatchObject({ outcome: 'sent' });
		expect(after.results[0]).toMatchObject({ outcome: 'parked', reason: expect.stringContaining('was good until 2026-03-04T09:00:00.000Z') as string });
	});

	it('are not used up by who is kept back by a guard, nor by who does not see one', async () => {
		await open(4, 10);
		await world.engine.suppression.add([{ channel: 'email', address: 'p0@customer.example', reason: 'manual', source: 'test' }]);

		const { results } = await world.walk.email(step(), leg.people, mail('{% if profile.number > 1 %}code:{% coupon \'p\' %}:{% else %}code:none:{% endif %}{% comment %}{% coupon \'p\' %}{% endcomment %}'));

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'sent', 'sent', 'skipped']);
		expect((await given()).map(([, profile]) => profile).sort()).toEqual([profiles[2], profiles[3]].sort());
	});

	it('stay the person\'s when the server says later, and are shown by the retry', async () => {
		let busy = true;
		await open(3, 10, { mailbox: { refuse: () => (busy ? 451 : undefined) } });
		const { results } = await world.walk.email(step(), leg.people, mail());
		await world.walk.settle(leg);
		const reserved = await given();
		busy = false;
		world.clock.advance(DAY_MS);
		const next = await world.walk.start(step());
		await world.walk.email(step(), next.people, mail());

		expect(results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked', 'parked']);
		expect(mailbox.accepted).toHaveLength(3);
		expect(await given()).toEqual(reserved);
		expect(new Set(codes().map(([, code]) => code))).toEqual(new Set(reserved.map(([code]) => code)));
	});

	it('are samples in previews and test mails, which use none', async () => {
		await open(1, 1);
		const content = { subject: 'S {% coupon \'p\' %}', body: { kind: 'html' as const, source: '<p>code:{% coupon \'p\' %}:</p>' } };

		const shown = await world.engine.messages.preview({ profileId: null, item: {}, content, from: { address: 'a@shop.example' }, testRecipient: 'me@shop.example', provider: smtp(mailbox.port) });

		expect([shown.subject, shown.html]).toEqual(['S SAMPLE-CODE', expect.stringContaining('code:SAMPLE-CODE:')]);
		expect(codes()).toEqual([['me@shop.example', 'SAMPLE-CODE']]);
		expect(await given()).toEqual([]);
		await expect(world.engine.messages.preview({ profileId: null, item: {}, content: { ...content, subject: "{% coupon 'q' %}" }, from: { address: 'a@shop.example' } })).rejects.toThrow(/no coupon pool "q"/);
	});

	it('are written as text: a code never becomes markup', async () => {
		await open(1, 0);
		await world.engine.coupons.addCodes('p', ['A-1']);
		await world.change("update coupon set code = '<b>&'");
		await world.walk.email(step(), leg.people, mail());

		expect(mailbox.accepted[0]?.raw).toContain('code:&lt;b&gt;&amp;:');
	});

	it('are in text messages too, where an unquoted pool is refused before anything is reserved', async () => {
		await open(1, 1);

		await expect(world.walk.email(step(), leg.people, mail('{% coupon p %}'))).rejects.toThrow(/name of a pool in quotes/);
		expect(await world.messages()).toEqual([]);
	});

	it('go to no two people when two processes send at once, and none is left over while anybody waits', async () => {
		await open(30, 25);
		const others = (await world.another()).walk;
		const halves = [leg.people.slice(0, 15), leg.people.slice(15)] as const;

		const both = await Promise.all([world.walk.email(step(), halves[0], mail()), others.email(step(), halves[1], mail())]);

		const sent = codes().map(([, code]) => code);
		expect(sent).toHaveLength(25);
		expect(new Set(sent).size).toBe(25);
		expect(both.flatMap(({ results }) => results).filter(({ outcome }) => outcome === 'parked')).toHaveLength(5);
		expect(await world.engine.coupons.pool('p')).toMatchObject({ left: 0, given: 25 });
	});

	it('stay one a person, and one person\'s, when the process dies around any commit and people are erased (random stories)', async () => {
		let dies: 'before' | 'after' | null = null;
		await open(0, 0, { atPoint: (point) => {
			if (point === `coupon-assign:${dies}-commit`) throw new Error('The process died.');
		} });
		const { coupons, profiles: people, keepers, store } = world.engine;
		const keeper = keepers.find(({ name }) => name === 'coupons');
		let run = 0;
		await fc.assert(fc.asyncProperty(fc.array(fc.oneof(
			{ weight: 6, arbitrary: fc.record({ kind: fc.constant('give' as const), who: fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 }), journey: fc.constantFrom('a', 'b'), dies: fc.constantFrom('before' as const, 'after' as const, null) }) },
			{ weight: 2, arbitrary: fc.record({ kind: fc.constant('stock' as const), count: fc.integer({ min: 1, max: 8 }) }) },
			{ weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), who: fc.nat(9) }) },
		), { minLength: 1, maxLength: 14 }), async (story) => {
			const pool = `p${(run += 1)}`;
			await coupons.createPool({ name: pool });
			const ids = (await people.upsert(Array.from({ length: 10 }, (_none, n) => ({ identities: [{ kind: 'user_id', value: `${pool}-${n}` }] })), { source: 'test' })).profiles.map(Number);
			/** Person and journey -> what they were told; and whom a code was ever told to. */
			const shown = new Map<string, string>();
			const owner = new Map<string, string>();
			const give = (who: readonly number[], journey: string) => coupons.assign({ pool, journey, people: who.map((n) => ({ profileId: ids[n] ?? 0 })) });
			for (const event of story) {
				if (event.kind === 'stock') await coupons.generate({ pool, count: event.count });
				else if (event.kind === 'erase') {
					await store.tx('erase', async (tx) => keeper?.eraseAll(tx, [ids[event.who] ?? 0]));
					for (const key of [...shown.keys()]) if (key.startsWith(`${event.who} `)) shown.delete(key);
				} else {
					const had = (await coupons.pool(pool)).given;
					dies = event.dies;
					if (dies !== null) await expect(give(event.who, event.journey)).rejects.toThrow();
					if (dies === 'before') expect((await coupons.pool(pool)).given).toBe(had);
					dies = null;
					const answers = await give(event.who, event.journey);
					answers.forEach(({ code }, n) => {
						const key = `${event.who[n]} ${event.journey}`;
						if (shown.has(key)) expect(code).toBe(shown.get(key));
						if (code === null) return;
						expect(owner.get(code) ?? key).toBe(key);
						shown.set(key, code);
						owner.set(code, key);
					});
				}
			}
			const { codes: all, left } = await coupons.pool(pool);
			expect(left + owner.size).toBe(all);
		}), { numRuns: 40 });
	}, 120_000);
});
