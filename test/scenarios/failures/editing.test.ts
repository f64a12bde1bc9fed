import { DATABASES } from '../../engine/databases';
import { drawn, mail, step, Story, DAY_MS, MINUTE_MS, type WorkflowJson } from './story';

describe.each(DATABASES)('editing while people are in a journey, on %s', (kind) => {
	let story: Story;
	afterEach(() => story.end());

	it('failure 5: a segment is rebuilt again and again: its members keep their scheduled step, and nobody starts anew', async () => {
		const spenders: WorkflowJson = {
			id: 'spenders',
			nodes: [step('Spends', 'journeyTrigger', { entry: 'segment', segment: 'Big Spenders', reEntry: 'anyTime' }), step('Three Days', 'journeyWait', { amount: 3, unit: 'days' }), mail('Thank You')],
			connections: drawn([['Spends', 'Three Days'], ['Three Days', 'Thank You']]),
		};
		const rule = (value: number) => ({ attribute: 'spent', operator: 'greater' as const, value });
		story = await Story.begin(kind);
		await story.engine.segments.save({ name: 'Big Spenders', rule: rule(500), wait: true });
		await story.publish(spenders);
		await story.meet({ ann: { spent: 100 }, bea: { spent: 100 } });
		await story.meet({ ann: { spent: 900 } });
		await story.waitingAt('spenders', 'Three Days', 1);
		const due = async () => (await story.engine.journeys.people({ workflow: 'spenders' })).map(({ profile, dueAt, enrollment }) => ({ profile, dueAt, enrollment }));
		// The execution that brought her here has ended too.
		await story.until(async () => (await due()).length === 1);
		const before = await due();

		// Somebody edits the rule three times; Ann belongs to each of them. Bea comes in by the last, for whom no journey is to start.
		for (const value of [600, 200, 50]) {
			story.pass(10 * MINUTE_MS);
			await story.engine.segments.save({ name: 'Big Spenders', rule: rule(value), wait: true });
		}
		const after = await due();
		story.pass(3 * DAY_MS);
		await story.until(async () => (await story.journey('spenders')).completed === 1);

		expect(after).toEqual(before);
		expect((await story.engine.segments.changes({ name: 'Big Spenders' })).map(({ change, why }) => [change, why])).toEqual([['entered', 'change'], ['entered', 'rebuild']]);
		expect(await story.journey('spenders')).toMatchObject({ entered: 1, active: 0 });
		expect(story.mailbox.accepted.map(({ to }) => to)).toEqual(['ann@example.com']);
	});

	it('failure 6: a step is deleted and another renamed while people wait in them: nobody is lost; the deleted one\'s people are shown as stranded and go on when it is back', async () => {
		const rest = (name: string, id: string) => step(name, 'journeyWait', { amount: 2, unit: 'days' }, id);
		const care = (nodes: WorkflowJson['nodes'], edges: Array<[string, string]>): WorkflowJson => ({
			id: 'care', nodes: [step('Bought', 'journeyTrigger', { event: 'Bought' }), ...nodes, step('Cared For', 'journeyGoal', { goal: 'Cared For' })], connections: drawn(edges),
		});
		const first = care([rest('Rest', 'the-rest'), rest('Breather', 'the-breather')], [['Bought', 'Rest'], ['Bought', 'Breather'], ['Rest', 'Cared For'], ['Breather', 'Cared For']]);
		const edited = care([rest('Long Pause', 'the-breather')], [['Bought', 'Long Pause'], ['Long Pause', 'Cared For']]);
		story = await Story.begin(kind);
		const n8n = await story.publish(first);
		await story.happens('Bought', 'ann', 'bea');
		await story.until(async () => (await story.standing('care', 'Rest')).waiting === 2 && (await story.standing('care', 'Breather')).waiting === 2);

		// The workflow is saved without Rest, and Breather is called Long Pause now. n8n stays up.
		await n8n.close();
		const second = await story.publish(edited);
		story.pass(2 * DAY_MS);
		await story.until(async () => (await story.journey('care')).goals[0]?.count === 2);
		for (let minute = 0; minute < 12; minute += 1) {
			story.pass(MINUTE_MS);
			await story.engine.journeys.markLeader();
		}
		const meanwhile = { journey: await story.journey('care'), rest: await story.standing('care', 'Rest') };

		// The step is put back.
		await second.close();
		await story.publish(first);
		await story.until(async () => (await story.journey('care')).active === 0);

		expect(meanwhile.journey).toMatchObject({ active: 2, completed: 0 });
		expect(meanwhile.journey.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['Long Pause', 'Rest']));
		expect(meanwhile.rest).toMatchObject({ held: 0, stranded: 2 });
		expect(await story.journey('care')).toMatchObject({ entered: 2, completed: 2, goals: [{ name: 'Cared For', count: 4 }] });
	});

	it('a mail is put behind the wait at which people who have it stand: they do not get it twice, and whoever comes later gets it there', async () => {
		const rest = step('Rest', 'journeyWait', { amount: 2, unit: 'days' });
		const welcome = (edges: Array<[string, string]>): WorkflowJson => ({
			id: 'welcome', nodes: [step('Joined', 'journeyTrigger', { event: 'Joined' }), rest, mail('Hello'), mail('Tips')], connections: drawn(edges),
		});
		story = await Story.begin(kind);
		const first = await story.publish(welcome([['Joined', 'Hello'], ['Hello', 'Rest'], ['Rest', 'Tips']]));
		const [ann = 0] = await story.happens('Joined', 'ann');
		await story.waitingAt('welcome', 'Rest', 1);

		await first.close();
		await story.publish(welcome([['Joined', 'Rest'], ['Rest', 'Hello'], ['Hello', 'Tips']]));
		await story.happens('Joined', 'bea');
		await story.waitingAt('welcome', 'Rest', 2);
		story.pass(2 * DAY_MS);
		await story.until(async () => (await story.journey('welcome')).active === 0);

		expect([story.mailsTo('ann'), story.mailsTo('bea')]).toEqual([['Hello', 'Tips'], ['Hello', 'Tips']]);
		expect(await story.ledger(ann)).toEqual(expect.arrayContaining([
			expect.objectContaining({ stepName: 'Hello', state: 'sent' }), expect.objectContaining({ stepName: 'Hello', state: 'skipped', reason: expect.stringContaining('has this message in this run already') as string }), expect.objectContaining({ stepName: 'Tips', state: 'sent' }),
		]));
	});
});
