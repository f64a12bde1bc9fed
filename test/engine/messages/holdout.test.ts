import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import { World } from '../journeys/world';
import { Mailbox } from './mailbox';

describe.each(DATABASES)('held-out people on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let ann: number;
	let bob: number;

	beforeEach(async () => {
		mailbox = await Mailbox.open();
		world = await World.open(kind);
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, goals: [{ name: 'Bought', match: { event: 'Order' }, withinMs: 1_000_000 }] });
		[ann = 0, bob = 0] = await world.people(2);
		await world.track('Signed Up', [ann, bob]);
		await world.change(`update enrollment set holdout = 1 where profile = ${ann}`);
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const email = () => world.walk.step('email', 'email');
	const ledger = async () => (await world.engine.messages.list({})).map(({ profile, state, guard, reason }) => ({ profile, state, guard, reason }));
	const byProfile = (one: { profile: number | null }, other: { profile: number | null }) => Number(one.profile) - Number(other.profile);

	it('get no marketing: the message is skipped at the first guard, and they walk the way of the others', async () => {
		await world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		const leg = await world.walk.start(trigger());

		const { results, sent, notSent } = await world.walk.email(email(), leg.people, mailbox.mail({ purpose: 'marketing' }));

		expect([...results].sort(byProfile)).toMatchObject([{ profile: ann, outcome: 'heldOut', reason: 'held out, to compare with' }, { profile: bob, outcome: 'sent' }]);
		expect([sent.length, notSent.length]).toEqual([2, 0]);
		expect(new Set(sent.map(({ stamp }) => stamp.trail)).size).toBe(1);
		expect((await ledger()).sort(byProfile)).toEqual([{ profile: ann, state: 'skipped', guard: 'holdout', reason: 'held out, to compare with' }, { profile: bob, state: 'sent', guard: null, reason: null }]);
		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['p1@customer.example']);
		expect((await world.engine.journeys.status())[0]?.steps.find(({ step }) => step === 'email')).toMatchObject({ messages: { sent: 1, skipped: 1 }, guards: [{ guard: 'holdout', skipped: 1 }] });
	});

	it('get what is transactional: an order or a password is no part of what is measured', async () => {
		const leg = await world.walk.start(trigger());

		const { results } = await world.walk.email(email(), leg.people, mailbox.mail({ purpose: 'transactional' }));

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(mailbox.accepted).toHaveLength(2);
	});

	it('take the same way on a replay, also where n8n died before it was remembered (rule 12)', async () => {
		const leg = await world.walk.start(trigger());
		const first = await world.walk.email(email(), leg.people, mailbox.mail({ purpose: 'marketing' }));
		const again = await world.walk.email(email(), leg.people, mailbox.mail({ purpose: 'marketing' }));
		const [held] = await world.rows<{ id: string; token: string }>(`select id, token from message where profile = ${ann}`);
		await world.change(`update memo set value = '{"message":"${held?.id ?? ''}"}' where token = '${held?.token ?? ''}'`);
		const unremembered = await world.walk.email(email(), leg.people, mailbox.mail({ purpose: 'marketing' }));

		for (const { results } of [again, unremembered]) expect([...results].sort(byProfile)).toEqual([...first.results].sort(byProfile));
		expect(mailbox.accepted).toHaveLength(1);
	});

	it('reach goals like everybody, which is what they are compared by', async () => {
		await world.track('Order', [ann, bob]);

		expect(await world.rows('select e.holdout, count(*) as people from goal g join enrollment e on e.id = g.enrollment group by e.holdout order by e.holdout')).toEqual([{ holdout: 0, people: 1 }, { holdout: 1, people: 1 }]);
	});
});
