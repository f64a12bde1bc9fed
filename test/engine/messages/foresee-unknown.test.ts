import type { UnknownRequest } from '../../../engine/messages/types';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

/** A manual run says it of a contact whom nobody has yet: it must be what befalls that very person once there is a profile. */
describe.each(DATABASES)('what is foreseen of somebody unknown is what befalls a new profile, on %s', (kind) => {
	let world: World;

	beforeEach(async () => {
		world = await World.open(kind);
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.engine.suppression.add([{ channel: 'email', address: 'gone@x.example', reason: 'manual' }]);
	});
	afterEach(() => world.close());

	const by = (identity: string, value: string, channel: string, purpose: 'marketing' | 'transactional' = 'marketing'): UnknownRequest => ({ unknown: { kind: identity, value }, channel, purpose, topic: 'news' });

	it.each<[string, UnknownRequest, string | null]>([
		['a mail', by('email', 'New@X.example', 'email'), null],
		['a mail to an address on the suppression list', by('email', 'gone@x.example', 'email'), 'suppressed'],
		['a mail to what is no address', by('email', 'x', 'email'), 'address'],
		['a text message', by('phone', '+1 500 555 0011', 'sms'), 'consent'],
		['a text message that is no marketing', by('phone', '+1 500 555 0011', 'sms', 'transactional'), null],
		['a text message to a number that is no phone of theirs', by('user_id', '+15005550011', 'sms', 'transactional'), 'address'],
		['a message by WhatsApp', by('phone', '+1 500 555 0011', 'whatsapp'), 'consent'],
		['a chat message', { ...by('telegram', '42', 'chat'), addressedBy: 'telegram' }, null],
		['a notification', by('user_id', 'u1', 'push'), 'address'],
		['a browser notification', by('user_id', 'u1', 'webpush'), 'address'],
	])('%s', async (_what, request, guard) => {
		const before = await world.rows('select id from profile');

		const { profile: _nobody, ...outlook } = await world.engine.messages.foreseeUnknown(request);

		expect(outlook.guard).toBe(guard === 'suppressed' ? 'suppression' : guard);
		expect(await world.rows('select id from profile')).toEqual(before);
		if (request.unknown.value === 'x') return;
		const { profiles: [known] } = await world.engine.profiles.upsert([{ identities: [request.unknown] }], { source: 'test' });
		const { unknown: _unknown, ...rest } = request;
		const [{ profile: _known, ...real } = { profile: 0 }] = await world.engine.messages.foresee({ ...rest, profiles: [Number(known)] });
		expect(outlook).toEqual(real);
	});

	it('a text message, which waits for the morning where the number is', async () => {
		await world.engine.settings.set({ quietHours: { from: '17:00', to: '19:00' }, guardedPurposes: 'all' });
		const inSeoul = by('phone', '+82 10 1234 5678', 'sms', 'transactional');

		const { profile: _nobody, ...outlook } = await world.engine.messages.foreseeUnknown(inSeoul);

		const { profiles: [known] } = await world.engine.profiles.upsert([{ identities: [inSeoul.unknown] }], { source: 'test' });
		const [{ profile: _known, ...real } = { profile: 0 }] = await world.engine.messages.foresee({ channel: 'sms', purpose: 'transactional', topic: 'news', profiles: [Number(known)] });
		expect(outlook).toMatchObject({ verdict: 'hold', guard: 'quiet hours' });
		expect(outlook).toEqual(real);
	});
});
