import { DATABASES } from '../../engine/databases';
import { Story, DAY_MS } from './story';

/** Programs that follow every link of a mail before anybody reads it. */
const SCANNERS = ['Mozilla/5.0 (compatible; Barracuda Sentinel)', 'Proofpoint-URL-Defense/1.0', 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 HeadlessChrome/120.0', 'curl/8.4.0'];
const SIGNED_UP = 'welcome-series';

describe.each(DATABASES)('what people want, and what only programs do, on %s', (kind) => {
	let story: Story;
	let ann: number;
	beforeEach(async () => {
		story = await Story.begin(kind);
		({ ann = 0 } = await story.meet({ ann: {} }));
		await story.publish(`demo/${SIGNED_UP}`);
		await story.happens('Signed Up', 'ann');
		await story.waitingAt(SIGNED_UP, 'Click on the Welcome?', 1);
	});
	afterEach(() => story.end());

	const consents = async () => (await story.engine.consent.get({ kind: 'email', value: 'ann@example.com' }))?.consents ?? [];

	it('failure 7: Ann unsubscribes while she waits: no further mail leaves, nothing is tried again, and her journey goes on to its end', async () => {
		await story.visit(story.linkTo('ann', 'unsubscribe'), 'POST', { body: 'List-Unsubscribe=One-Click' });
		story.pass(2 * DAY_MS);
		await story.waitingAt(SIGNED_UP, 'First Order?', 1);
		for (let day = 0; day < 10; day += 1) {
			story.pass(DAY_MS);
			await story.engine.tick();
		}
		await story.until(async () => (await story.journey(SIGNED_UP)).active === 0);

		expect(story.mailsTo('ann')).toEqual(['Welcome']);
		expect((await story.ledger(ann)).map(({ stepName, state, guard, attemptedAt }) => [stepName, state, guard, attemptedAt !== null])).toEqual([
			['Welcome Mail', 'sent', null, true], ['One Reminder', 'skipped', 'consent', false],
		]);
		expect(await story.journey(SIGNED_UP)).toMatchObject({ completed: 1, exited: {} });
	});

	it('failure 9: scanners open every link of the mail: nobody is unsubscribed, nobody has clicked; Ann\'s own click and her own button count', async () => {
		const links = story.linksTo('ann');
		for (const agent of SCANNERS) {
			for (const url of links) for (const method of ['HEAD', 'GET', 'GET']) await story.visit(url, method, { agent });
		}
		// A scanner that looks like a browser: for it, too, looking at the page changes nothing.
		for (const method of ['HEAD', 'GET']) for (const url of links) await story.visit(url, method);
		await story.settled();
		const afterwards = { consents: await consents(), waiting: (await story.standing(SIGNED_UP, 'Click on the Welcome?')).waiting, clicked: (await story.ledger(ann)).map(({ clickedAt }) => clickedAt) };

		await story.visit(story.linkTo('ann', 'click'), 'GET');
		await story.settled();
		await story.waitingAt(SIGNED_UP, 'First Order?', 1);
		await story.visit(story.linkTo('ann', 'unsubscribe'), 'POST', { body: 'do=unsubscribe' });

		expect(links.length).toBeGreaterThanOrEqual(3);
		expect(afterwards).toEqual({ consents: [], waiting: 1, clicked: [null] });
		expect(story.mailsTo('ann')).toEqual(['Welcome', 'Glad you like it, friend']);
		expect((await consents()).map(({ channel, state }) => [channel, state])).toEqual([['email', 'unsubscribed']]);
	});

	it('failure 16: List-Unsubscribe stands on one line, however long it is, so that DKIM holds; one click by it unsubscribes', async () => {
		const raw = story.mailbox.accepted[0]?.raw ?? '';
		const [headers = ''] = raw.split('\r\n\r\n');
		const lines = headers.split('\r\n');
		const at = lines.findIndex((line) => /^list-unsubscribe:/i.test(line));
		const line = lines[at] ?? '';
		const url = /<(https:[^>]+)>/.exec(line)?.[1] ?? '';

		const answer = await story.visit(url, 'POST', { body: 'List-Unsubscribe=One-Click' });

		expect(line.length).toBeGreaterThan(78);
		expect(lines[at + 1]).not.toMatch(/^\s/);
		expect(lines).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
		expect(answer.status).toBe(200);
		expect((await consents()).map(({ channel, state }) => [channel, state])).toEqual([['email', 'unsubscribed']]);
	});
});
