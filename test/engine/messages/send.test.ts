import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { scriptedServer, usual } from '../channels/servers';
import { Mailbox, smtp, type MailboxOptions } from './mailbox';

describe.each(DATABASES)('sending to people in a journey on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let profiles: number[];
	let leg: Leg;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const states = async () => (await world.messages()).map(({ state }) => state);

	async function open(people = 3, options: MailboxOptions = {}, atPoint?: (point: string) => void): Promise<void> {
		mailbox = await Mailbox.open(options);
		world = await World.open(kind, atPoint === undefined ? {} : { atPoint });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(people);
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
	}
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	it('sends nothing about a topic that is too long for anybody to leave, and says so', async () => {
		await open(1);

		await expect(world.walk.email(step(), leg.people, mailbox.mail({ topic: 'x'.repeat(201) }))).rejects.toMatchObject({
			code: 'BAD_INPUT', message: expect.stringContaining('is no text of at most 200 characters: nobody could unsubscribe from it. Choose a shorter one; nothing was sent.') as string,
		});
		expect(await world.messages()).toEqual([]);
	});

	it('sends each person their own content once, and remembers it in the ledger (rules 13, 14)', async () => {
		await open();

		const { results, sent } = await world.walk.email(step(), leg.people, mailbox.mail());

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect(sent).toHaveLength(3);
		expect(mailbox.accepted.map(({ to }) => to).sort()).toEqual(['p0@customer.example', 'p1@customer.example', 'p2@customer.example']);
		expect(await world.messages()).toMatchObject(profiles.map((profile) => ({ profile, step: 'email', state: 'sent', attempts: 1 })));
	});

	it('sends nothing again on a replay, and takes the same way (rules 12, 13)', async () => {
		await open();
		const first = await world.walk.email(step(), leg.people, mailbox.mail());
		world.clock.advance(90_000);

		const again = await world.walk.start(trigger());
		const second = await world.walk.email(step(), again.people, mailbox.mail());

		expect(mailbox.accepted).toHaveLength(3);
		expect(second.results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect(second.sent.map(({ stamp }) => stamp.trail)).toEqual(first.sent.map(({ stamp }) => stamp.trail));
		expect((await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'email')).toMatchObject({ passed: { 0: 3 }, messages: { sent: 3 } });
	});

	it('sends once for two items of one person, and twice for two visits of a loop (rule 13)', async () => {
		await open(1);

		const { results, sent } = await world.walk.email(step(), [...leg.people, ...leg.people], mailbox.mail());
		await world.walk.email(step(), sent, mailbox.mail());

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'dropped']);
		expect(mailbox.accepted).toHaveLength(2);
	});

	it('sends once to a person whose branches were laid together, by the way of the first (rules 13, 25)', async () => {
		await open(1);
		const branches = await world.walk.route(world.walk.step('tag', 'goal'), leg.people);

		const { results, sent } = await world.walk.email(step(), [...leg.people, ...branches.flat()], mailbox.mail());

		expect(branches.flat()[0]?.stamp.trail).not.toBe(leg.people[0]?.stamp.trail);
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'dropped']);
		expect(sent).toHaveLength(1);
		expect(mailbox.accepted).toHaveLength(1);
	});

	it('reserves the batch at once, then attempts as many as the provider sends at a time, and twice as many when it took them (rule 14)', async () => {
		const ledgers: string[] = [];
		await open(5, { beforeAccept: async () => void ledgers.push((await states()).sort().join(' ')) });

		await world.walk.email(step(), leg.people, mailbox.mail({ provider: smtp(mailbox.port, { connections: 1 }) }));

		const first = 'attempting reserved reserved reserved reserved';
		const second = 'attempting attempting reserved reserved sent';
		const third = 'attempting attempting sent sent sent';
		expect(ledgers).toEqual([first, second, second, third, third]);
	});

	it('takes an opt-out between the reserve and the attempt into account (rules 3, 14)', async () => {
		let optOut: Promise<void> | undefined;
		await open(2, { beforeAccept: (to) => {
			if (to !== 'p0@customer.example') return;
			optOut = world.engine.consent.set([{ profile: Number(profiles[1]), channel: 'email', topic: '', state: 'unsubscribed', source: 'one-click' }]);
			return optOut;
		} });
		await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		const inOrder = [...leg.people].sort((a, b) => a.stamp.profile - b.stamp.profile);

		const { results } = await world.walk.email(step(), inOrder, mailbox.mail({ purpose: 'marketing', provider: smtp(mailbox.port, { connections: 1 }) }));

		expect(optOut).toBeDefined();
		expect(results).toMatchObject([{ outcome: 'sent' }, { outcome: 'skipped', reason: 'no consent: unsubscribed from email' }]);
		expect(mailbox.accepted).toHaveLength(1);
		expect(await states()).toEqual(['sent', 'skipped']);
	});

	it('a transactional mail goes to who opted out of marketing, a suppressed address gets none', async () => {
		await open(2);
		await world.engine.consent.set([{ profile: Number(profiles[0]), channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		await world.change('insert into suppression (channel, address, reason, created_at) values (\'email\', \'p1@customer.example\', \'hard-bounce\', 1)');

		const { results } = await world.walk.email(step(), leg.people, mailbox.mail());

		expect(results.map(({ outcome, reason }) => [outcome, reason]).sort()).toEqual([['sent', null], ['skipped', 'suppressed: hard-bounce']]);
		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['p0@customer.example']);
	});

	it('does not send to who left while the batch was under way (rule 20)', async () => {
		let exit: Promise<unknown> | undefined;
		await open(2, { beforeAccept: async (to) => {
			if (to === 'p0@customer.example') await (exit = world.track('Ordered', [Number(profiles[1])]));
		} });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });
		const inOrder = [...leg.people].sort((a, b) => a.stamp.profile - b.stamp.profile);

		const { results } = await world.walk.email(step(), inOrder, mailbox.mail({ provider: smtp(mailbox.port, { connections: 1 }) }));

		expect(exit).toBeDefined();
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'dropped']);
		expect(await world.messages()).toMatchObject([{ state: 'sent' }, { state: 'skipped', reason: 'left the journey' }]);
	});

	it('who leaves while their own mail is on its way is not passed on (rules 7, 20)', async () => {
		await open(1, { beforeAccept: async () => void (await world.track('Ordered', profiles)) });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });

		const { results, sent } = await world.walk.email(step(), leg.people, mailbox.mail());

		expect([results.map(({ outcome }) => outcome), sent]).toEqual([['dropped'], []]);
		expect(await states()).toEqual(['sent']);
	});

	it('a recipient that the server refuses for good has failed, and goes on by Not Sent', async () => {
		await open(2, { refuse: (to) => (to === 'p0@customer.example' ? 550 : undefined) });

		const { results, notSent } = await world.walk.email(step(), leg.people, mailbox.mail());

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'sent']);
		expect(notSent.map(({ stamp }) => stamp.profile)).toEqual([profiles[0]]);
		expect(await states()).toEqual(['failed', 'sent']);
		expect((await world.messages())[0]?.reason).not.toContain('p0@customer.example');
	});

	it('stops knocking when the account is refused: the rest of the batch waits (rule 14)', async () => {
		await open(6);
		let senders = 0;
		const refusing = await scriptedServer((line, socket) => {
			if (line === null || !line.startsWith('MAIL')) return usual(line, socket);
			senders += 1;
			socket.write('530 5.7.0 Authentication required\r\n');
		});

		const { results } = await world.walk.email(step(), leg.people, mailbox.mail({ provider: { ...refusing.config, connections: 2 } }));
		await refusing.close();

		expect(senders).toBe(2);
		expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'parked'));
		expect((await world.messages()).map(({ state, attempts }) => `${state} ${attempts}`).sort()).toEqual(['deferred 0', 'deferred 0', 'deferred 0', 'deferred 0', 'deferred 1', 'deferred 1']);
		expect((await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'email')?.problem).toMatch(/Authentication required/);
	});

	it.each([
		['MJML that does not compile', { subject: 'x', body: { kind: 'mjml', source: '<mjml><mj-body><mj-nonsense/></mj-body></mjml>' } }],
		['Liquid that does not parse', { subject: 'Hello {{ profile.name', body: { kind: 'html', source: '<p>x</p>' } }],
	] as const)('reserves nothing when the template is wrong for everyone (%s): nobody is lost and the retry sends', async (_what, content) => {
		await open();

		await expect(world.walk.email(step(), leg.people, mailbox.mail({ content }))).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
		await world.walk.settle(leg, { kind: 'failed', reason: 'the template' });
		const ledger = await states();
		await world.engine.journeys.retryHeld({ workflow: 'wf' });
		for (let n = 0; n < 3; n += 1) {
			const again = await world.walk.start(trigger());
			await world.walk.email(step(), again.people, mailbox.mail());
			await world.walk.settle(again);
		}

		expect(ledger).toEqual([]);
		expect(mailbox.accepted).toHaveLength(3);
		expect(await world.enrollments()).toMatchObject(profiles.map(() => ({ state: 'completed' })));
	});

	it('holds who alone breaks the template, sends to the others, and sends to the held once it is repaired', async () => {
		await open();
		await world.engine.profiles.upsert([{ profileId: Number(profiles[1]), attributes: { broken: 'yes' } }], { source: 'test' });
		const content = { subject: 'Hi', body: { kind: 'html', source: '<p>marker:{{ profile.id }}: {% if profile.broken %}{% for n in (1..100000000) %}x{% endfor %}{% endif %}</p>' } } as const;

		const first = await world.walk.email(step(), leg.people, mailbox.mail({ content }));
		await world.walk.settle(leg);
		const held = await world.tokens();
		await world.engine.journeys.retryHeld({ workflow: 'wf' });
		const again = await world.walk.start(trigger());
		const second = await world.walk.email(step(), again.people, mailbox.mail());

		expect(first.results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'sent', 'sent']);
		expect(held).toMatchObject([{ profile: profiles[1], state: 'held', reason: expect.stringMatching(/./) as string }]);
		expect(second.results).toMatchObject([{ outcome: 'sent' }]);
		expect(mailbox.accepted).toHaveLength(3);
	});

	it('sends no marketing while no address for unsubscribe links is known; people wait at the step and get it when one is', async () => {
		await open(1);

		const refused = await world.walk.email(step(), leg.people, mailbox.mail({ purpose: 'marketing' }));
		await world.walk.settle(leg, { kind: 'success' });
		const [status] = await world.engine.journeys.status();
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		world.clock.advance(61_000);
		const again = await world.walk.start(step());
		const sent = await world.walk.email(step(), again.people, mailbox.mail({ purpose: 'marketing' }));

		expect(refused.results).toMatchObject([{ outcome: 'parked' }]);
		expect(status?.steps.find((one) => one.step === 'email')?.problem).toContain('no address for unsubscribe links is known');
		expect(sent.results).toMatchObject([{ outcome: 'sent' }]);
		expect(mailbox.accepted).toHaveLength(1);
	});

	it('outside a journey makes the person, sends once per key, and says what item has no contact', async () => {
		await open(1);
		const request = { ...mailbox.mail({ content: { subject: 's', body: { kind: 'html', source: '<p>marker:{{ profile.id }}:</p>' } } }), step: step() };
		const item = { index: 0, contact: { email: 'New@Customer.example', key: 'run-1:0' }, item: {} };

		const first = await world.engine.messages.sendEmail({ ...request, items: [item] });
		const again = await world.engine.messages.sendEmail({ ...request, items: [item] });
		const other = await world.engine.messages.sendEmail({ ...request, items: [{ ...item, contact: { ...item.contact, key: 'run-2:0' } }] });

		expect([first[0]?.outcome, again[0]?.outcome, other[0]?.outcome]).toEqual(['sent', 'sent', 'sent']);
		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['new@customer.example', 'new@customer.example']);
		await expect(world.engine.messages.sendEmail({ ...request, items: [{ index: 4, item: {} }] })).rejects.toMatchObject({ code: 'NOT_IN_JOURNEY', details: { item: 4 } });
	});
});
