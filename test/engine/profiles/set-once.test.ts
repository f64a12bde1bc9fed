import type { ProfileInput } from '../../../engine/profiles';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

const user = (value: string) => ({ kind: 'user_id', value });
const email = (value: string) => ({ kind: 'email', value });
const once = (attribute: string, value: string) => ({ attribute, operation: 'setOnce' as const, value });

describe.each(DATABASES)('Set Once of an email or a phone, on %s', (kind) => {
	let world: World;
	const upsert = (...batch: ProfileInput[]) => world.engine.profiles.upsert(batch, { source: 'test' });
	const emails = async (id: string) => ((await world.engine.profiles.get(user(id)))?.identities ?? []).filter((one) => one.kind === 'email').map((one) => one.value);

	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	it('is who they are, as with Set, and is stored as it is compared', async () => {
		const { profiles: [profile] } = await upsert({ identities: [user('u1')], operations: [once('email', ' Ann@X.example '), once('phone', '+49 170 1234567')] });

		const again = await upsert({ identities: [email('ann@x.example')] }, { identities: [{ kind: 'phone', value: '+491701234567' }] });

		expect(again).toMatchObject({ created: 0, profiles: [profile, profile] });
		expect((await world.engine.profiles.get(user('u1')))?.attributes.email).toBe('ann@x.example');
	});

	it('finds or makes a person by itself', async () => {
		const first = await upsert({ operations: [once('email', 'ann@x.example')] });
		const second = await upsert({ operations: [once('email', 'ANN@x.example'), once('city', 'Bonn')] });

		expect([first.created, second.created]).toEqual([1, 0]);
		expect(second.profiles).toEqual(first.profiles);
	});

	it('gives nothing to who has one already, in the database, in the batch or in the same row', async () => {
		await upsert({ identities: [user('u1')], attributes: { email: 'old@x.example' } }, { identities: [email('other@x.example')], attributes: { name: 'Other' } });

		const { profiles: [one], left } = await upsert(
			{ identities: [user('u1')], operations: [once('email', 'other@x.example')] },
			{ identities: [user('u2')], attributes: { email: 'first@x.example' } },
			{ identities: [user('u2')], operations: [once('email', 'second@x.example')] },
			{ identities: [user('u3')], operations: [once('email', 'third@x.example'), once('email', 'fourth@x.example')] },
		);

		expect([await emails('u1'), await emails('u2'), await emails('u3')]).toEqual([['old@x.example'], ['first@x.example'], ['third@x.example']]);
		expect((await world.engine.profiles.get(email('other@x.example')))?.id).not.toBe(one);
		expect(left).toBeUndefined();
	});

	it('is written to; and an address that is nobody\'s identity is told as such', async () => {
		const mailbox = await Mailbox.open();
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const { profiles } = await upsert(
			{ identities: [user('u1')], operations: [once('email', 'ann@x.example')] },
			// As a mere attribute: five addresses are theirs already.
			{ identities: [user('u2'), ...[1, 2, 3, 4, 5].map((n) => email(`bob${n}@x.example`))], attributes: { email: 'bob6@x.example' } },
		);
		await world.track('Signed Up', profiles.map(Number));
		const leg = await world.walk.start(trigger);

		const { results } = await world.walk.email(world.walk.step('email', 'email'), leg.people, mailbox.mail());

		expect(results).toMatchObject([{ outcome: 'sent' }, { outcome: 'skipped', reason: 'the email address is not known as this person\'s' }]);
		await mailbox.close();
	});
});
