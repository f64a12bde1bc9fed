import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

const email = (value: string) => ({ kind: 'email', value });
const source = { source: 'test' };

/** An address that is blocked in Settings after it had been taken for somebody's. */
describe.each(DATABASES)('an address that is blocked later, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;

	beforeEach(async () => {
		mailbox = await Mailbox.open();
		world = await World.open(kind);
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	async function enter(profiles: number[]): Promise<Leg> {
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', profiles);
		return await world.walk.start(trigger);
	}

	async function people(...inputs: Parameters<typeof world.engine.profiles.upsert>[0]): Promise<number[]> {
		return (await world.engine.profiles.upsert(inputs, source)).profiles.map(Number);
	}

	const block = (...values: string[]) => world.engine.settings.set({ blockedIdentities: { email: values } });

	it('gets no mail, neither as attribute nor as identity; an address of the person beside it does', async () => {
		const all = await people({ identities: [{ kind: 'user_id', value: 'u1' }], attributes: { email: 'info@x.example' } }, { identities: [email('desk@x.example')] }, { identities: [email('ann@x.example')] });
		world.clock.advance(1000);
		await people({ identities: [email('ann@x.example'), email('zdesk@x.example')] });
		await block('INFO@x.example ', 'desk@x.example', 'zdesk@x.example');
		const leg = await enter(all);
		const reason = 'the email address is one that the settings block (Blocked Identities): it is nobody\'s in particular';

		const foreseen = await world.engine.messages.foresee({ profiles: all, channel: 'email', purpose: 'marketing', topic: '' });
		const { results } = await world.walk.email(world.walk.step('email', 'email'), leg.people, mailbox.mail());

		expect(foreseen).toMatchObject([{ verdict: 'skip', guard: 'address', reason }, { verdict: 'skip', guard: 'address', reason }, { verdict: 'send' }]);
		expect(results.map((one) => `${one.outcome} ${one.reason ?? ''}`).sort()).toEqual(['sent ', `skipped ${reason}`, `skipped ${reason}`]);
		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['ann@x.example']);
	});

	it('can be opted out, suppressed, exported and erased', async () => {
		const [profile] = await people({ identities: [email('info@x.example')] });
		await block('info@x.example');
		const { engine } = world;
		const info = email('info@x.example');

		expect(await engine.profiles.get(info)).toMatchObject({ id: profile });
		expect(await engine.consent.setFor([{ whose: info, channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }])).toEqual({ profiles: [profile], rejected: [] });
		expect(await engine.suppression.add([{ channel: 'email', address: 'info@x.example' }])).toMatchObject({ added: 1, rejected: [] });
		expect(await engine.privacy.exportPerson(info, source)).toMatchObject({ profile });
		expect(await engine.privacy.erasePerson(info, source)).toMatchObject({ erased: true, profile });
	});

	it('makes nobody, and is given to nobody, by no way that attaches', async () => {
		await world.engine.settings.set({ blockedIdentities: { email: ['info@x.example'], anonymous_id: ['kiosk'] } });
		const { engine } = world;

		expect((await engine.profiles.upsert([{ identities: [email('info@x.example')] }], source)).rejected).toMatchObject([{ index: 0 }]);
		await engine.events.ingest([
			{ type: 'identify', userId: 'u1', traits: { email: 'info@x.example' } },
			{ type: 'alias', userId: 'u2', previousId: 'kiosk' },
		], source);
		await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u3' }], operations: [{ attribute: 'email', operation: 'set', value: 'info@x.example' }] }], source);

		expect(await engine.profiles.get(email('info@x.example'))).toBeNull();
		expect(await engine.profiles.get({ kind: 'anonymous_id', value: 'kiosk' })).toBeNull();
		expect((await engine.profiles.get({ kind: 'user_id', value: 'u2' }))?.identities).toEqual([{ kind: 'user_id', value: 'u2' }]);
	});
});
