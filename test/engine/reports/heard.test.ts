import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { addressOf, PostOffice, SIGNED_UP, type Sent } from './post-office';

describe.each(DATABASES)('what journeys hear of reports, on %s', (kind) => {
	let post: PostOffice;
	let ann: number;
	let ben: number;
	beforeEach(async () => {
		({ post, ann, ben } = await PostOffice.withTwo(kind));
	});
	afterEach(() => post.leave());

	it('more than a day old starts no journey, and is stored', async () => {
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' } });
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		post.world.clock.advance(2 * DAY_MS);
		await post.world.engine.journeys.markLeader();
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' } });

		await post.tell(post.bounce(one, 'HardBounce', addressOf(one), 25 * HOUR_MS));
		await post.tell(post.bounce(two, 'HardBounce', addressOf(two), 23 * HOUR_MS));

		const entered = await post.world.rows<{ profile: number }>(`select profile from enrollment where journey = '${post.world.journey('rescue')}'`);
		expect(entered).toEqual([{ profile: ben }]);
		expect((await post.events()).map(({ profile, historical }) => [profile, Number(historical)])).toEqual([[ann, 1], [ben, 0]]);
		expect(await post.suppressed()).toHaveLength(2);
	});

	it('ends a wait for the delivery, of which nothing is known before it is told', async () => {
		const wait = post.world.walk.step('wait', 'waitForEvent');
		const { sent: [message], leg } = await post.send([ann]);
		await post.world.walk.wait(wait, leg.people, { until: { kind: 'message', happened: 'delivered' }, delayMs: DAY_MS });
		await post.world.walk.settle(leg);
		post.world.clock.advance(MINUTE_MS);
		const before = (await post.world.walk.claim(wait)).people.length;

		await post.tell(post.delivery(message as Sent));

		expect([before, (await post.world.walk.claim(wait)).people.map(({ outcome }) => outcome)]).toEqual([0, ['event']]);
	});

	it('a complaint brakes the journey that sent the messages', async () => {
		await post.publish({ alerts: { limits: { complaints: 1 } } });
		const people = (await post.world.engine.profiles.upsert(Array.from({ length: 60 }, (_, n) => ({ identities: [{ kind: 'email', value: `p${n}@customer.example` }] })), { source: 'test' })).profiles.map(Number);
		const { sent } = await post.send(people);

		await post.tell(sent.slice(0, 3).map((message) => post.complaint(message)));
		await post.world.engine.tick();

		expect((await post.world.engine.journeys.status({ workflow: 'wf' }))[0]?.paused?.reason).toContain('5 % of 60 messages of the last 24 hours were marked as spam');
	});

	it('a journey can start by it at once', async () => {
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' }, reEntry: 'anyTime' });
		await post.publish({ entry: SIGNED_UP });
		const [message] = (await post.sendTo(ann)) as [Sent];

		await post.tell(post.bounce(message));

		expect((await post.world.walk.claim(post.world.walk.step('rescue', 'trigger'))).people.map(({ stamp }) => stamp.profile)).toEqual([ann]);
	});
});
