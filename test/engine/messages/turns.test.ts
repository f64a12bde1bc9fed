import { FRESH_MS, MOST_TURNS, PATIENCE_MS } from '../../../engine/messages/calls';
import { DATABASES } from '../databases';
import type { ServiceCall } from '../channels/http-service';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { SmsGateway } from './sms-gateway';

const REFUSED = { status: 401, json: { code: 20003, message: 'Authenticate', status: 401 } };

describe.each(DATABASES)('messages that take turns at a provider, on %s', (kind) => {
	let world: World;
	let gateway: SmsGateway;
	let profiles: number[];
	let leg: Leg;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('sms', 'sms');
	const phone = (n: number) => `+1500555${String(1000 + n)}`;

	async function open(people: number): Promise<void> {
		gateway = await SmsGateway.open();
		world = await World.open(kind);
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = (await world.engine.profiles.upsert(Array.from({ length: people }, (_, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }, { kind: 'phone', value: phone(n) }] })), { source: 'test' })).profiles.map(Number);
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
		leg.people.sort((a, b) => a.stamp.profile - b.stamp.profile);
	}
	afterEach(async () => {
		await world.close();
		await gateway.close();
	});
	const send = async (connections: number) => await world.walk.sms(step(), leg.people, gateway.sms({ provider: { ...gateway.config, connections } }));
	async function subscribe(): Promise<void> {
		await world.engine.consent.set(profiles.map((profile) => ({ profile, channel: 'sms' as const, topic: '', state: 'subscribed' as const, source: 'form' })));
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
	}
	const receivers = () => gateway.sent.map(({ to }) => to);
	const ledger = () => world.rows<{ state: string; attempts: number; reason: string | null; profile: number; nonce: string | null }>('select state, attempts, reason, profile, attempt_nonce as nonce from message order by profile');
	const took = { status: 201, json: { sid: `SM${'0'.repeat(32)}`, status: 'queued' } };

	it('are attempted a few turns at a time: of no more it is unknown whether they left when the process dies (rule 14)', async () => {
		await open(120);
		const attempting: number[] = [];
		gateway.service.answer = async () => {
			attempting.push((await world.rows("select id from message where state = 'attempting'")).length);
			return took;
		};

		await send(2);

		// Begins carefully, grows while all is well, and never beyond some turns of its two connections.
		expect(Math.max(...attempting.slice(0, 2))).toBe(2);
		expect(Math.max(...attempting)).toBe(2 * MOST_TURNS);
		expect(new Set(receivers()).size).toBe(120);
		expect(receivers()).toHaveLength(120);
	});

	it('are no attempts for those whose turn had not come when the account failed, and go to each once when it is mended (rule 14)', async () => {
		await open(60);
		gateway.service.answer = () => (gateway.service.calls.length <= 20 ? took : REFUSED);

		const { results } = await send(2);

		// Two may have been on their way when the first refusal came back.
		expect(gateway.service.calls.length).toBeLessThanOrEqual(22);
		expect(results.filter(({ outcome }) => outcome === 'sent')).toHaveLength(20);
		expect(results.filter(({ outcome }) => outcome === 'parked')).toHaveLength(40);
		const waiting = (await ledger()).filter(({ state }) => state === 'deferred');
		expect(waiting).toHaveLength(40);
		expect(waiting.filter(({ attempts }) => attempts === 0).length).toBeGreaterThanOrEqual(38);
		await world.walk.settle(leg);
		gateway.service.answer = took;
		const tried = gateway.service.calls.length;
		world.clock.advance(61_000);
		leg = await world.walk.start(step());
		await send(2);
		await world.walk.settle(leg);

		expect(new Set(receivers()).size).toBe(60);
		expect(gateway.service.calls.length).toBe(tried + 40);
	});

	it('ask the guards anew when their turn comes late: who opted out meanwhile gets nothing, the others one (rules 3, 14)', async () => {
		await open(8);
		const opted = phone(6);
		gateway.service.answer = async ({ form }: ServiceCall) => {
			// The first of the attempt of four, which are the fourth to the seventh person.
			if (form.get('To') === phone(3)) {
				await world.engine.consent.set([{ profile: Number(profiles[6]), channel: 'sms', topic: '', state: 'unsubscribed', source: 'reply' }]);
				await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS + 100));
			}
			return took;
		};
		await subscribe();

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms({ purpose: 'marketing', provider: { ...gateway.config, connections: 1 } }));

		expect(receivers()).not.toContain(opted);
		expect(receivers().sort()).toEqual(profiles.map((_, n) => phone(n)).filter((to) => to !== opted));
		expect(results.map(({ outcome }) => outcome)).toEqual([...Array.from({ length: 6 }, () => 'sent'), 'skipped', 'sent']);
		// Reserved again, not attempted: what waited for its turn counts no try.
		const ended = await ledger();
		expect(ended.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1, 1, 0, 1]);
		expect(ended[4]?.nonce).not.toBe(ended[3]?.nonce);
	});

	/** At the first of the attempt of four, which are the fourth to the seventh person, or at another one. */
	const meanwhile = (what: () => Promise<unknown>, at = 3) => {
		gateway.service.answer = async ({ form }: ServiceCall) => {
			if (form.get('To') === phone(at)) await what();
			return took;
		};
	};
	const marketing = () => gateway.sms({ purpose: 'marketing', provider: { ...gateway.config, connections: 1 } });

	it('are not begun for whom an opt-out, the suppression list or an exit stands in the way meanwhile, however short the while is (rules 3, 14, 20)', async () => {
		await open(8);
		await subscribe();
		meanwhile(async () => {
			await world.engine.suppression.add([{ channel: 'sms', address: phone(4), reason: 'manual' }]);
			await world.engine.consent.set([{ profile: Number(profiles[5]), channel: 'sms', topic: '', state: 'unsubscribed', source: 'reply' }]);
			await world.engine.journeys.exitPeople({ workflow: 'wf', people: [Number(profiles[6])], reason: 'by hand' });
		});

		const { results } = await world.walk.sms(step(), leg.people, marketing());

		expect(receivers()).toEqual([0, 1, 2, 3, 7].map(phone));
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent', 'skipped', 'skipped', 'dropped', 'sent']);
	});

	it('are not begun for whoever has complained or was blocked meanwhile at another address of theirs; one that only bounced keeps nobody from the other (rules 3, 14)', async () => {
		await open(8);
		await subscribe();
		const older = (n: number) => `+1500555${String(2000 + n)}`;
		const second = [4, 5, 6].map((n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }, { kind: 'phone', value: older(n) }], attributes: { phone: phone(n) } }));
		await world.engine.profiles.upsert(second, { source: 'test' });
		meanwhile(() => world.engine.suppression.add([{ channel: 'sms', address: older(4), reason: 'complaint' }, { channel: 'sms', address: older(5), reason: 'manual' }, { channel: 'sms', address: older(6), reason: 'hard-bounce' }]));

		const { results } = await world.walk.sms(step(), leg.people, marketing());

		expect(receivers()).toEqual([0, 1, 2, 3, 6, 7].map(phone));
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent', 'skipped', 'skipped', 'sent', 'sent']);
	});

	it('are asked about again when their own turn takes long to come: an answer does not keep (rules 3, 14)', async () => {
		await open(6);
		await subscribe();
		let release: () => void = () => undefined;
		const released = new Promise<void>((resolve) => (release = resolve));
		// The attempt of four, on two connections: one of each is busy until the last of them has opted out, long after somebody asked about her.
		gateway.service.answer = async ({ form }: ServiceCall) => {
			if (form.get('To') === phone(3)) await released;
			if (form.get('To') === phone(4)) {
				await world.engine.consent.set([{ profile: Number(profiles[5]), channel: 'sms', topic: '', state: 'unsubscribed', source: 'reply' }]);
				await new Promise((resolve) => setTimeout(resolve, FRESH_MS * 3));
				release();
			}
			return took;
		};

		const { results } = await world.walk.sms(step(), leg.people, gateway.sms({ purpose: 'marketing', provider: { ...gateway.config, connections: 2 } }));

		expect(receivers().sort()).toEqual([0, 1, 2, 3, 4].map(phone));
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent', 'sent', 'skipped']);
	});

	it('are asked about anew at each turn before which somebody has written anything (rules 3, 14)', async () => {
		await open(8);
		await subscribe();
		meanwhile(() => world.engine.suppression.add([{ channel: 'sms', address: phone(6), reason: 'manual' }]), 5);

		const { results } = await world.walk.sms(step(), leg.people, marketing());

		expect(receivers()).toEqual([0, 1, 2, 3, 4, 5, 7].map(phone));
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent', 'sent', 'sent', 'skipped', 'sent']);
	});

	it('are not begun once all sending is stopped (rule 20)', async () => {
		await open(8);
		await subscribe();
		meanwhile(() => world.engine.journeys.stopSending('a mistake'));

		const { results } = await world.walk.sms(step(), leg.people, marketing());

		expect(receivers()).toEqual([0, 1, 2, 3].map(phone));
		expect(results.slice(4).map(({ outcome }) => outcome)).toEqual(['parked', 'parked', 'parked', 'parked']);
	});

	/** Whoever is being attempted stands on the suppression list until they are not, for so many attempts: all guards let them pass, and who looks again does not. */
	async function suppressWhileAttempted(attempts: number): Promise<void> {
		const [add, remove] = [
			`insert into suppression (channel, address, reason, source, created_at) select 'sms', value, 'manual', 'test', 1 from identity where kind = 'phone' and profile = new.profile and (select count(*) from tried) < ${attempts}`,
			"delete from suppression where source = 'test' and address in (select value from identity where kind = 'phone' and profile = new.profile)",
		];
		await world.change('create table tried (message text not null)');
		if (kind === 'sqlite') {
			await world.change(`create trigger suppress_attempted after update of state on message when new.state = 'attempting' begin insert into tried values (new.id); ${add}; end`);
			await world.change(`create trigger free_reserved after update of state on message when new.state <> 'attempting' begin ${remove}; end`);
			return;
		}
		await world.change(`create function suppress_attempted() returns trigger language plpgsql as $$ begin if new.state = 'attempting' then insert into tried values (new.id); ${add}; else ${remove}; end if; return new; end $$`);
		await world.change('create trigger suppress_attempted after update of state on message for each row execute function suppress_attempted()');
	}

	it('wait at the step when nobody of them could be begun in twenty attempts, and go to each once later (rule 14)', async () => {
		await open(2);
		await suppressWhileAttempted(60);
		let nowMs = performance.now();
		// Every look at the clock finds the last answer too old.
		const clock = jest.spyOn(performance, 'now').mockImplementation(() => (nowMs += FRESH_MS + 1));

		const { results } = await send(1).finally(() => clock.mockRestore());

		expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual(Array.from({ length: 2 }, () => ['parked', expect.stringContaining('could not be made sure')]));
		expect(receivers()).toEqual([]);
		expect((await world.rows<{ n: number }>('select count(*) as n from tried')).map(({ n }) => Number(n))).toEqual([20]);
		expect(await ledger()).toEqual([expect.objectContaining({ state: 'deferred', attempts: 0 }), expect.objectContaining({ state: 'deferred', attempts: 0 })]);
		await world.walk.settle(leg);
		await world.change(kind === 'sqlite' ? 'drop trigger suppress_attempted' : 'drop trigger suppress_attempted on message');
		world.clock.advance(61_000);
		leg = await world.walk.start(step());
		await send(1);

		expect(receivers().sort()).toEqual([0, 1].map(phone));
	});

	it('are asked about before the first turn when making them took long: somebody may have opted out meanwhile (rules 3, 14)', async () => {
		await open(1);
		await suppressWhileAttempted(2);
		let nowMs = performance.now();
		const clock = jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
		// Time passes where the text asks for the word, and nowhere else.
		const items = leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: Object.defineProperty({ ...json }, 'word', { enumerable: true, get: () => `${(nowMs += FRESH_MS + 1)}` }) }));

		const results = await world.engine.messages.sendSms({ ...gateway.sms({ content: { text: 'Hello {{ item.word }}' } }), step: step(), items }).finally(() => clock.mockRestore());

		// On the list during the first attempt, which began nothing; off it during the second.
		expect(await world.rows('select message from tried')).toHaveLength(2);
		expect([results.map(({ outcome }) => outcome), receivers()]).toEqual([['sent'], [phone(0)]]);
	});
});
