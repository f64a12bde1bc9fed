import { DATABASES } from '../../engine/databases';
import { BestStage, NOT_REACHED, REACHED } from '../../nodes/harness/bestChannel';

/** Whole journeys with a Journey Best Channel: mail first, a text for those whom it does not reach. */
describe.each(DATABASES)('the channel that reaches somebody, on %s', (kind) => {
	let stage: BestStage;
	afterEach(() => stage.close());

	it('a mail that is not delivered within 30 minutes is followed by a text; one that is told to have arrived is not', async () => {
		stage = await BestStage.open(kind);
		await stage.meet('ann', 'bea');
		const n8n = await stage.publish();
		await stage.signUp('ann');
		await stage.until(async () => (await stage.waiting()) === 1);
		await stage.tellDelivered('email');
		await stage.until(async () => (await stage.goals()).Reached === 1);
		await stage.signUp('bea');
		await stage.until(async () => (await stage.waiting()) === 1);

		await stage.upFor(30);
		await stage.until(async () => stage.texts.length === 1 && (await stage.waiting()) === 1);
		await stage.tellDelivered('sms');
		await stage.until(async () => (await stage.goals()).Reached === 2);
		// The mail after all: told too late to change anything.
		await stage.tellDelivered('email');

		expect(stage.mails).toEqual(['ann', 'bea']);
		expect(stage.texts).toEqual(['bea']);
		expect(stage.left(n8n.runs, REACHED).map(({ name, bestChannel }) => [name, bestChannel])).toEqual([
			['ann', { channel: 'email', passed: [] }], ['bea', { channel: 'sms', passed: [{ channel: 'email', reason: 'not told to have arrived within 30 minutes' }] }],
		]);
		expect(await stage.goals()).toEqual({ Reached: 2 });
		const explained = await stage.world.engine.insights.explain({ who: { kind: 'email', value: 'bea@example.com' }, workflow: 'workflow-1' });
		expect(explained.text).toContain('"Best" reached them by sms; not by email (not told to have arrived within 30 minutes).');
	});

	it('who has said no to mail gets the text at once, and who has said no to both leaves by Not Reached', async () => {
		stage = await BestStage.open(kind);
		const [ann = 0, bea = 0] = await stage.meet('ann', 'bea');
		await stage.world.engine.consent.set([
			...[ann, bea].map((profile) => ({ profile, channel: 'email', topic: '', state: 'unsubscribed' as const, source: 'form' })),
			{ profile: ann, channel: 'sms', topic: '', state: 'subscribed', source: 'form' },
		]);
		const canvas = stage.canvas({ purpose: 'marketing', waitForDelivery: false });
		for (const node of canvas.nodes) if (node.name === 'Mail' || node.name === 'Text') node.parameters = { ...node.parameters, purpose: 'marketing' };
		const n8n = await stage.publish({}, canvas);

		await stage.signUp('ann', 'bea');
		await stage.until(async () => Object.values(await stage.goals()).reduce((sum, count) => sum + count, 0) === 2);

		expect(stage.mails).toEqual([]);
		expect(stage.texts.map((text) => text.split(/\s/)[0])).toEqual(['ann']);
		expect(stage.left(n8n.runs, NOT_REACHED)).toMatchObject([{ name: 'bea', bestChannel: { channel: null, passed: [{ channel: 'email' }, { channel: 'sms' }] } }]);
		expect((await stage.ledger()).map(({ channel }) => channel)).toEqual(['sms']);
	});

	it('Most Engaged First: who clicks in texts gets a text, everybody else the mail', async () => {
		stage = await BestStage.open(kind);
		const [ann = 0] = await stage.meet('ann', 'bea');
		await stage.world.engine.events.ingest([{ type: 'track', event: 'SMS Link Clicked', profileId: ann }], { source: 'test', own: true });
		await stage.publish({ order: 'engaged', waitForDelivery: false });

		await stage.signUp('ann', 'bea');
		await stage.until(async () => (await stage.goals()).Reached === 2);

		expect([stage.mails, stage.texts]).toEqual([['bea'], ['ann']]);
	});

	it.each(['before', 'after'])('a crash %s the step has written down what became of the mail: nobody gets it twice, and nobody is lost', async (when) => {
		let commits = 0;
		stage = await BestStage.open(kind, (point) => {
			// Once for the way out, once for the way back: the mail has left by then.
			if (point === `best-channel:${when}-commit` && (commits += 1) === 2) throw new Error('the process dies here');
		});
		await stage.meet('ann');
		await stage.publish();
		await stage.signUp('ann');

		// Tried again, alone, after a pause.
		await stage.until(async () => (await stage.waiting('trigger')) === 1);
		expect(stage.mails).toEqual(['ann']);
		await stage.upFor(1);
		await stage.until(async () => commits > 2 && (await stage.waiting('trigger')) === 0 && (await stage.waiting()) === 1);
		await stage.upFor(31);
		await stage.until(async () => stage.texts.length === 1 && (await stage.waiting()) === 1);
		await stage.tellDelivered('sms');
		await stage.until(async () => (await stage.goals()).Reached === 1);

		expect([stage.mails, stage.texts]).toEqual([['ann'], ['ann']]);
		expect(await stage.goals()).toEqual({ Reached: 1 });
	});

	it('n8n is down while somebody waits for a delivery: another start goes on, one message by each channel', async () => {
		stage = await BestStage.open(kind);
		await stage.meet('ann');
		const first = await stage.publish();
		await stage.signUp('ann');
		await stage.until(async () => (await stage.waiting()) === 1);
		await first.close();
		stage.world.clock.advance(45 * 60_000);
		await stage.world.engine.journeys.markLeader();

		await stage.publish();
		// Ten minutes more: the service may tell again what nobody answered.
		await stage.until(async () => (await stage.waiting()) === 1);
		expect(stage.texts).toEqual([]);
		await stage.upFor(10);
		await stage.until(async () => stage.texts.length === 1 && (await stage.waiting()) === 1);
		await stage.tellDelivered('sms');
		await stage.until(async () => (await stage.goals()).Reached === 1);

		expect([stage.mails, stage.texts]).toEqual([['ann'], ['ann']]);
	});
});
