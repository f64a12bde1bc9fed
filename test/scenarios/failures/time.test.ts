import { DATABASES } from '../../engine/databases';
import { drawn, mail, named, step, Story, DAY_MS, HOUR_MS, type WorkflowJson } from './story';

describe.each(DATABASES)('time, on %s', (kind) => {
	let story: Story;
	afterEach(() => story.end());

	it('failure 4: n8n is down for three days: what became due comes once, in the person\'s daytime; what people did long ago starts nothing', async () => {
		const reminder: WorkflowJson = {
			id: 'reminder',
			nodes: [step('Cart', 'journeyTrigger', { event: 'Cart Filled' }), step('Six Hours', 'journeyWait', { amount: 6, unit: 'hours' }), mail('Reminder')],
			connections: drawn([['Cart', 'Six Hours'], ['Six Hours', 'Reminder']]),
		};
		story = await Story.begin(kind);
		const n8n = await story.publish(reminder);
		const { ann = 0 } = await story.meet({ ann: { timezone: 'Europe/Berlin' }, bea: {} });
		story.at('2026-03-03T12:00:00Z');
		await story.happens('Cart Filled', 'ann');
		await story.waitingAt('reminder', 'Six Hours', 1);

		// Bea fills her cart while nobody is there; her browser keeps the event and delivers it when n8n is back, at four in the morning in Berlin.
		const cartOfBea = Date.parse('2026-03-04T10:00:00Z');
		await n8n.close();
		story.at('2026-03-06T03:00:00Z');
		await story.publish(reminder);
		const late = await story.call('track', { userId: 'bea', event: 'Cart Filled', timestamp: new Date(cartOfBea).toISOString(), messageId: 'late' });
		await story.until(async () => (await story.ledger(ann)).some(({ state }) => state === 'deferred'));
		const atNight = [...story.mailbox.accepted];
		story.at('2026-03-06T07:00:00Z');
		await story.until(() => story.mailbox.accepted.length > 0);
		story.pass(10 * DAY_MS);
		await story.until(async () => (await story.journey('reminder')).active === 0);

		expect(late.status).toBe(200);
		expect(atNight).toEqual([]);
		expect(story.mailbox.accepted.map(({ to }) => to)).toEqual(['ann@example.com']);
		expect(await story.journey('reminder')).toMatchObject({ entered: 1 });
	});

	describe('failure 8: time zones and the change of the clocks', () => {
		const news: WorkflowJson = {
			id: 'news',
			nodes: [step('Published', 'journeyTrigger', { event: 'Published', reEntry: 'anyTime' }), mail('News')],
			connections: drawn([['Published', 'News']]),
		};

		it.each([
			// The clocks of Berlin go forward in this night; New York's and Kolkata's do not.
			['in spring', '2026-03-28T20:30:00Z', { york: '2026-03-28T20:30:00Z', kolkata: '2026-03-29T02:30:00Z', berlin: '2026-03-29T06:00:00Z', london: '2026-03-29T07:00:00Z', howe: '2026-03-28T21:00:00Z' }],
			// Back again; Lord Howe's half an hour of summer time began three weeks ago.
			['in autumn', '2026-10-24T20:30:00Z', { york: '2026-10-24T20:30:00Z', howe: '2026-10-24T21:00:00Z', kolkata: '2026-10-25T02:30:00Z', berlin: '2026-10-25T07:00:00Z', london: '2026-10-25T08:00:00Z' }],
		])('%s everybody is mailed at eight in the morning of their own clock, not a minute before', async (_when, publishedAt, wanted) => {
			story = await Story.begin(kind, { startMs: Date.parse('2026-03-02T09:00:00Z') });
			await story.publish(news);
			const zones = { york: 'America/New_York', kolkata: 'Asia/Kolkata', berlin: 'Europe/Berlin', london: 'Europe/London', howe: 'Australia/Lord_Howe' };
			const people = await story.meet(Object.fromEntries(Object.entries(zones).map(([name, timezone]) => [name, { timezone }])));
			story.at(publishedAt);
			// In London it is not yet nine: there it comes later, when it is.
			await story.happens('Published', ...Object.keys(zones).filter((name) => name !== 'london'));
			await story.until(async () => (await story.engine.messages.list({})).filter(({ state }) => state === 'sent' || state === 'deferred').length === 4);
			story.pass(HOUR_MS / 2);
			await story.until(() => story.mailsTo('howe').length === 1);
			story.pass(HOUR_MS / 2);
			await story.happens('Published', 'london');

			const sent: Record<string, string> = {};
			for (const [name, at] of Object.entries(wanted).sort(([, a], [, b]) => Date.parse(a) - Date.parse(b))) {
				if (Date.parse(at) > story.world.clock.nowMs()) {
					story.pass(Date.parse(at) - 1 - story.world.clock.nowMs());
					await story.engine.tick();
					expect([name, story.mailsTo(name)]).toEqual([name, []]);
					story.at(at);
				}
				await story.until(() => story.mailsTo(name).length === 1);
			}
			for (const name of Object.keys(wanted)) sent[name] = (await story.ledger(people[name] ?? 0)).map(({ attemptedAt }) => attemptedAt).join(' ').replace('.000', '');

			expect(sent).toEqual(wanted);
			expect(story.mailbox.accepted).toHaveLength(5);
		});
	});

	it('failure 13: a click on the mail of an earlier run does not count for the later one', async () => {
		const offer: WorkflowJson = {
			id: 'offer',
			nodes: [
				step('Cart', 'journeyTrigger', { event: 'Cart Filled', reEntry: 'afterLeaving' }), mail('Offer'),
				step('Clicked?', 'journeyWaitForEvent', { event: named('Email Link Clicked'), timeout: 1, timeoutUnit: 'days' }),
				step('Interested', 'journeyGoal', { goal: 'Interested' }), step('Left', 'journeyExit', { reason: 'no click' }),
			],
			connections: drawn([['Cart', 'Offer'], ['Offer', 'Clicked?'], ['Clicked?', 'Interested'], ['Clicked?', 'Left', 1]]),
		};
		story = await Story.begin(kind);
		await story.publish(offer);
		await story.meet({ ann: {} });

		// First run: a mail, no click. Second run, two days later: another mail.
		await story.happens('Cart Filled', 'ann');
		await story.waitingAt('offer', 'Clicked?', 1);
		story.pass(DAY_MS);
		await story.until(async () => (await story.journey('offer')).active === 0);
		story.pass(DAY_MS);
		await story.happens('Cart Filled', 'ann');
		await story.waitingAt('offer', 'Clicked?', 1);

		// Ann clicks in the old mail, and then in the new one.
		await story.visit(story.linkTo('ann', 'click', 0), 'GET');
		await story.settled();
		const afterOld = [await story.standing('offer', 'Clicked?'), (await story.journey('offer')).goals];
		await story.visit(story.linkTo('ann', 'click', 1), 'GET');
		await story.settled();
		await story.until(async () => (await story.journey('offer')).completed === 1);

		expect(afterOld).toEqual([{ waiting: 1, due: 0, held: 0, stranded: 0 }, []]);
		expect(await story.journey('offer')).toMatchObject({ entered: 2, exited: { 'no click': 1 }, goals: [{ name: 'Interested', count: 1 }] });
	});
});
