import { scriptedServer, usual } from '../../engine/channels/servers';
import { DATABASES } from '../../engine/databases';
import { mail, step, drawn, Story, DAY_MS, HOUR_MS, type WorkflowJson } from './story';

const PEOPLE = ['ann', 'bea', 'cid', 'dan', 'eve'];
const BATCH = Array.from({ length: 30 }, (_, n) => `p${n}`);

const greeting: WorkflowJson = {
	id: 'greeting',
	nodes: [step('Signed Up', 'journeyTrigger', { event: 'Signed Up', reEntry: 'never' }), mail('Greeting'), step('Rest', 'journeyWait', { amount: 1, unit: 'days' })],
	connections: drawn([['Signed Up', 'Greeting'], ['Greeting', 'Rest'], ['Greeting', 'Rest', 1]]),
};

describe.each(DATABASES)('a batch of mails, on %s', (kind) => {
	let story: Story;
	/** Lets a mail server that keeps somebody waiting answer. */
	let answer: () => void = () => undefined;
	afterEach(async () => {
		answer();
		await story.end();
	});

	it('failure 1: n8n dies in the middle of a batch: nobody is skipped, nobody is mailed twice, and those of the attempt that was under way are known as unknown', async () => {
		// Five people sign up. The mail server has the third mail in its hands when n8n dies; the second is of the same attempt, and nothing of it is written down yet.
		let third: () => void = () => undefined;
		const reached = new Promise<void>((resolve) => (third = resolve));
		const answered = new Promise<void>((resolve) => (answer = resolve));
		let handedOver = 0;
		story = await Story.begin(kind, { mailbox: { beforeAccept: async () => {
			handedOver += 1;
			if (handedOver !== 3) return;
			third();
			await answered;
		} } });
		const n8n = await story.publish('demo/welcome-series', { connections: 1 });
		await story.happens('Signed Up', ...PEOPLE);
		await reached;

		// A quarter of an hour later it is started again, with connections of its own.
		await story.dies(n8n);
		await story.publish('demo/welcome-series', { connections: 2 });
		await story.waitingAt('welcome-series', 'Click on the Welcome?', 5);
		const afterwards = { mails: story.mailbox.accepted.length, journey: await story.journey('welcome-series'), messages: (await story.engine.messages.list({})).map(({ state }) => state).sort() };

		// The server's answer about the third mail comes late: both did arrive.
		answer();
		await story.until(async () => (await story.engine.messages.list({ state: 'unknown' })).length === 0);

		expect(afterwards.mails).toBe(4);
		expect(afterwards.messages).toEqual(['sent', 'sent', 'sent', 'unknown', 'unknown']);
		expect(afterwards.journey).toMatchObject({ entered: 5, active: 5, completed: 0 });
		expect(story.mailbox.accepted.map(({ to }) => to).sort()).toEqual(PEOPLE.map((name) => `${name}@example.com`));
	});

	it('failure 2: two n8n serve the same journey, and the event is delivered three times: everybody enters once and gets one mail', async () => {
		story = await Story.begin(kind);
		await story.publish(greeting);
		await story.publish(greeting);
		const deliver = (messageId: (name: string) => string) => story.engine.events.ingest(BATCH.map((name) => ({ type: 'track' as const, event: 'Signed Up', userId: name, traits: {}, identities: [{ kind: 'email', value: `${name}@example.com` }], messageId: messageId(name) })), { source: 'shop' });

		// The site repeats its call; somebody else's form says the same a second time.
		await Promise.all([deliver((name) => `call-${name}`), deliver((name) => `call-${name}`)]);
		await deliver((name) => `form-${name}`);
		await story.waitingAt('greeting', 'Rest', 30);

		expect(story.mailbox.accepted.map(({ to }) => to).sort()).toEqual(BATCH.map((name) => `${name}@example.com`).sort());
		expect(await story.journey('greeting')).toMatchObject({ entered: 30, active: 30 });
		const [profile = 0] = (await story.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'p0@example.com' }] }], { source: 'shop' })).profiles.map(Number);
		expect((await story.engine.privacy.exportPerson({ profileId: profile }, { source: 'test' }))?.sections.journeys).toMatchObject({ refusals: [{ reason: 'has been in this journey before' }] });
	});

	it('failure 3: one recipient is refused and one is told to come later: the others get their mail once, at once', async () => {
		let full = true;
		story = await Story.begin(kind, { mailbox: { refuse: (to) => (to === 'bad@example.com' ? 550 : to === 'full@example.com' && full ? 452 : undefined) } });
		await story.publish(greeting);
		await story.happens('Signed Up', 'ann', 'bad', 'cid', 'full', 'eve');
		await story.waitingAt('greeting', 'Rest', 4);
		const first = story.mailbox.accepted.map(({ to }) => to).sort();

		// Room in the mailbox again: only that mail is tried again.
		full = false;
		story.pass(HOUR_MS);
		await story.waitingAt('greeting', 'Rest', 5);

		expect(first).toEqual(['ann@example.com', 'cid@example.com', 'eve@example.com']);
		expect(story.mailbox.accepted.map(({ to }) => to).sort()).toEqual([...first, 'full@example.com'].sort());
		expect((await story.engine.messages.list({ state: 'failed' })).map(({ reason }) => reason)).toEqual([expect.stringContaining('550')]);
	});

	it('failure 14: the server takes the mail and the connection breaks before it says so: the mail is unknown, and no restart sends it again', async () => {
		let taken = 0;
		const breaking = await scriptedServer((line, socket) => {
			if (line !== '.') return usual(line, socket);
			taken += 1;
			socket.destroy();
		});
		story = await Story.begin(kind);
		const n8n = await story.publish(greeting, { port: breaking.config.port });
		await story.happens('Signed Up', 'ann');
		await story.until(async () => (await story.standing('greeting', 'Rest')).waiting === 1);

		// n8n dies as well, twice, and weeks pass.
		await story.dies(n8n);
		await story.dies(await story.publish(greeting));
		await story.publish(greeting);
		story.pass(14 * DAY_MS);
		await story.until(async () => (await story.journey('greeting')).completed === 1);
		await breaking.close();

		expect([taken, story.mailbox.accepted.length]).toEqual([1, 0]);
		expect((await story.engine.messages.list({})).map(({ state, reason }) => [state, reason])).toEqual([['unknown', expect.any(String) as string]]);
	});
});
