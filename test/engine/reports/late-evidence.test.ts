import type { Answer } from '../channels/http-service';
import { DATABASES } from '../databases';
import { HOUR_MS } from '../journeys/world';
import { PostOffice, type Sent } from './post-office';

describe.each(DATABASES)('what a report says of whether a message has left, on %s', (kind) => {
	let post: PostOffice;
	let ann: number;
	let ben: number;
	beforeEach(async () => {
		({ post, ann, ben } = await PostOffice.withTwo(kind));
	});
	afterEach(() => post.leave());

	const consent = async (profile: number) => (await post.world.engine.consent.get({ profileId: profile }))?.consents.find(({ channel, topic }) => channel === 'email' && topic === '')?.state ?? null;

	it.each(['delivery', 'open', 'complaint', 'bounce'] as const)('a message of which nobody knew whether it had left was sent, by its %s', async (what) => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		await post.put(message, 'unknown', ", reason = 'n8n stopped'");

		await post.tell(post[what](message));

		expect(await post.stateOf(message)).toEqual({ state: 'sent', reason: null });
	});

	it.each([['deferred', 'sent'], ['failed', 'failed']])('a message that is %s and comes back is %s: the service has had it, unless it had refused it', async (before, after) => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		await post.put(message, before, before === 'deferred' ? `, deferred_until = ${post.world.clock.nowMs() + HOUR_MS}` : '');

		await post.tell(post.bounce(message, 'SoftBounce'));

		expect((await post.stateOf(message))?.state).toBe(after);
		expect(await post.status()).toMatchObject({ bounced: 1 });
	});

	it('a message that was never handed over was not sent, whatever is told of it', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		await post.put(message, 'skipped', ', attempted_at = null');

		await post.tell(post.delivery(message));

		expect((await post.stateOf(message))?.state).toBe('skipped');
	});

	it('of somebody erased meanwhile it is still said that they were', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		await post.put(message, 'unknown');
		await post.world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });

		await post.tell(post.delivery(message));

		expect(await post.stateOf(message)).toEqual({ state: 'sent', reason: 'erased' });
	});

	it('a message that was to be tried again, and came back as delivered, is not sent a second time', async () => {
		post.service.answer = { status: 503, json: { ErrorCode: 100, Message: 'Maintenance' } };
		const { sent: [message], leg } = await post.send([ann]);
		await post.world.walk.settle(leg);
		const before = (await post.stateOf(message as Sent))?.state;
		const calls = post.service.calls.length;

		await post.tell({ ...post.delivery(message as Sent), MessageID: 'pm-late' });
		post.world.clock.advance(HOUR_MS);
		const again = await post.world.walk.start(post.email());
		const { results } = await post.world.walk.email(post.email(), again.people, post.mail());

		expect([before, (await post.stateOf(message as Sent))?.state, results.map(({ outcome }) => outcome), post.service.calls.length - calls]).toEqual(['deferred', 'sent', ['sent'], 0]);
	});

	it('a report that overtakes the end of its attempt says how it ended, however the call did', async () => {
		const overtaking = async (profile: number, answer: Answer) => {
			post.service.answer = async ({ json }) => {
				const [mail] = [json].flat() as Array<{ Metadata: Record<string, string> }>;
				const id = mail?.Metadata.journeys_message ?? '';
				await post.tell(post.delivery({ id, profile, provider_id: `pm-early-${profile}` }));
				return answer;
			};
			const { sent: [message], leg } = await post.send([profile]);
			await post.world.walk.settle(leg);
			return message as Sent;
		};
		const [lost, busy] = [await overtaking(ann, 'drop'), await overtaking(ben, { status: 503, json: { ErrorCode: 100, Message: 'Maintenance' } })];

		expect([(await post.stateOf(lost))?.state, (await post.stateOf(busy))?.state]).toEqual(['sent', 'sent']);
		post.world.clock.advance(HOUR_MS);
		const calls = post.service.calls.length;
		const again = await post.world.walk.start(post.email());
		await post.world.walk.email(post.email(), again.people, post.mail());
		expect(post.service.calls.length).toBe(calls);
	});

	it('an attempt whose process died was sent where the service has told of it, else nobody knows', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		await post.world.engine.segments.save({ name: 'Mailed', rule: { message: 'sent' }, wait: true });
		for (const message of [one, two]) await post.put(message, 'attempting', ", ended_at = null, attempt_until = 1, token = id");
		await post.world.engine.segments.save({ name: 'Mailed', rule: { message: 'sent', channel: 'email' }, wait: true });

		await post.tell(post.delivery(one));
		const between = (await post.stateOf(one))?.state;
		for (let n = 0; n < 20; n += 1) await post.world.engine.tick();

		expect([between, (await post.stateOf(one))?.state, (await post.stateOf(two))?.state]).toEqual(['attempting', 'sent', 'unknown']);
		expect((await post.world.engine.segments.members('Mailed')).map(({ profile }) => profile)).toEqual([ann]);
	});

	it('that the person has left at the service does not say that a message had', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		await post.put(one, 'failed', ", reason = 'refused'");
		await post.put(two, 'unknown');

		await post.tell([post.bounce(one, 'Unsubscribe'), post.bounce(two, 'Unsubscribe')]);

		expect([await post.stateOf(one), (await post.stateOf(two))?.state]).toEqual([{ state: 'failed', reason: 'refused' }, 'unknown']);
		expect(await Promise.all([ann, ben].map(consent))).toEqual(['unsubscribed', 'unsubscribed']);
		expect(await post.status()).toMatchObject({ unsubscribed: 2 });
	});

	it('what the service says it never sent has failed, unless it was seen to arrive or came back', async () => {
		const carl = (await post.world.people(3))[2] as number;
		const [one, two, three] = (await post.sendTo(ann, ben, carl)) as [Sent, Sent, Sent];
		await post.tell([post.delivery(two), post.bounce(three, 'SoftBounce')]);

		await post.tell([post.bounce(one, 'ManuallyDeactivated'), post.bounce(two, 'ManuallyDeactivated'), post.bounce(three, 'ManuallyDeactivated')]);

		expect([await post.stateOf(one), (await post.stateOf(two))?.state, (await post.stateOf(three))?.state]).toEqual([{ state: 'failed', reason: 'Postmark did not send it (ManuallyDeactivated)' }, 'sent', 'sent']);
		expect((await post.names()).sort()).toEqual(['Email Bounced', 'Email Delivered']);
	});
});
