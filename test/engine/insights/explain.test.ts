import type { Explanation, ExplainRequest } from '../../../engine/insights/types';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

describe.each(DATABASES)('Explain on %s', (kind) => {
	let world: World;
	let ada: number;
	let ben: number;

	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up', filters: [{ path: 'plan', operator: 'equals', value: 'pro' }] } }, exitOn: { event: 'Ordered' }, reEntry: 'never' });
		[ada = 0, ben = 0] = await world.people(2);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const click = () => world.walk.step('click', 'waitForEvent');
	const mail = () => world.walk.step('mail', 'email');
	const explain = (profile: number, more: Partial<ExplainRequest> = {}): Promise<Explanation> => world.engine.insights.explain({ who: { profileId: profile }, workflow: 'wf', ...more });
	const signUp = (profiles: number[]) => world.track('Signed Up', profiles, { properties: { plan: 'pro' } });

	it('says by what and when somebody entered, the way they took, and until when they wait for what', async () => {
		await signUp([ada]);
		const leg = await world.walk.start(trigger());
		const [inside = []] = await world.walk.route(trigger(), leg.people);
		const [, chosen = []] = await world.walk.route(world.walk.step('branch', 'branch'), inside, () => 1);
		await world.walk.park(click(), chosen, DAY_MS, { event: 'Email Link Clicked', filters: [{ path: 'url', operator: 'contains', value: 'shop' }] });
		await world.walk.settle(leg);

		const told = await explain(ada);

		expect(told).toMatchObject({
			profile: ada, status: 'under way', qualifies: null, refusals: [], messages: [], journey: { name: 'Welcome', published: true },
			runs: [{
				enteredBy: 'the event "Signed Up"', way: [{ step: 'The trigger', outcome: 'went in' }, { step: 'The branch', outcome: 'output 1' }],
				places: [{ step: 'The click', state: 'waiting', until: new Date(world.clock.nowMs() + DAY_MS).toISOString(), awaits: '"Email Link Clicked" with url that contains "shop"' }],
			}],
		});
		expect(told.text).toBe('This person entered "Welcome" on 2026-03-02 09:00 UTC by the event "Signed Up". Way so far: The branch (output 1). '
			+ 'Since 2026-03-02 09:00 UTC they wait at "The click" for "Email Link Clicked" with url that contains "shop", until 2026-03-03 09:00 UTC at the latest.');
	});

	it('tells what runs right now from the memos of the leg', async () => {
		await signUp([ada]);
		const leg = await world.walk.start(trigger());
		await world.walk.route(trigger(), leg.people);

		expect(await explain(ada)).toMatchObject({ runs: [{ way: [{ step: 'The trigger' }], places: [{ state: 'running' }] }] });
	});

	it('says why somebody never entered: the event that does not fit, the one that came by import, the one of before the journey', async () => {
		expect(await explain(ada)).toMatchObject({ status: 'not entered', runs: [], qualifies: { holds: false, conditions: [{ sentence: 'They have done "Signed Up".', holds: false }] } });

		await world.track('Signed Up', [ada], { properties: { plan: 'free' } });
		expect((await explain(ada)).qualifies?.conditions).toEqual([{ sentence: 'They have done "Signed Up".', holds: true }, { sentence: 'One of these events fits the conditions of the trigger.', holds: false }]);

		await world.engine.events.ingest([{ type: 'track', event: 'Signed Up', profileId: ada, properties: { plan: 'pro' } }], { source: 'test', historical: true });
		expect((await explain(ada)).text).toMatch(/never been in "Welcome".*imports and events that arrive a day late start no journey/);
	});

	it('names the condition of the segment that does not hold, in the segment’s own words', async () => {
		await world.engine.segments.save({ name: 'Pros', rule: { all: [{ attribute: 'plan', operator: 'equals', value: 'pro' }, { all: [{ attribute: 'number', operator: 'exists' }] }] }, wait: true });
		await world.walk.register(world.walk.step('second', 'trigger'), { entry: { kind: 'segment', segment: 'Pros' } });

		const told = await explain(ada, { journey: 'second' });

		expect(told.qualifies).toEqual({
			holds: false, sentence: 'It starts when somebody comes into "Pros": People whose plan is "pro" and whose number is set.',
			conditions: [{ sentence: 'People whose plan is "pro".', holds: false }, { sentence: 'People whose number is set.', holds: true }],
		});
		expect(told.text).toContain('Of this, not true: "People whose plan is "pro"".');
	});

	it('gives the recorded reason of an entry that was refused, and how the last run ended', async () => {
		await signUp([ada]);
		await world.track('Ordered', [ada]);
		world.clock.advance(HOUR_MS);
		await signUp([ada]);

		const told = await explain(ada);

		expect(told).toMatchObject({ status: 'ended', refusals: [{ reason: 'has been in this journey before', at: new Date(world.clock.nowMs()).toISOString() }], runs: [{ state: 'exited', endReason: 'Ordered' }] });
		expect(told.text).toContain('They left on 2026-03-02 09:00 UTC: Ordered. The last time they qualified, on 2026-03-02 10:00 UTC, they were not let in: has been in this journey before.');
	});

	it('says why somebody is held, and that nobody serves the step of a stranded one', async () => {
		await signUp([ada, ben]);
		const leg = await world.walk.start(trigger(), { limit: 1 });
		await world.walk.settle(leg, { kind: 'failed', reason: 'The service is down.' });
		const held = leg.people[0]?.stamp.profile ?? 0;
		await world.upFor(20);

		expect((await explain(held)).text).toContain('They are held at "The trigger". The reason: The service is down. Journey Control: Retry Held lets them go on.');
		const told = await explain(held === ada ? ben : ada);
		expect(told).toMatchObject({ journey: { published: false }, runs: [{ places: [{ state: 'stranded' }] }] });
		expect(told.text).toContain('Journey Control: Move or Exit takes them from there. The journey is not published now');
	});

	it('names the guard that kept a message back and what would let it through, and what it would do with the next', async () => {
		const mailbox = await Mailbox.open();
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { wk_12345678: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		await world.engine.consent.set([{ profile: ada, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'test' }]);
		await signUp([ada, ben]);
		const leg = await world.walk.start(trigger());
		await world.walk.email(mail(), leg.people, mailbox.mail({ purpose: 'marketing', topic: 'news' }));
		await world.walk.settle(leg);
		await mailbox.close();

		const refused = await explain(ada, { step: 'The mail' });
		const got = await explain(ben, { step: 'mail' });

		expect(refused).toMatchObject({ messages: [{ state: 'skipped', guard: 'consent', remedy: expect.stringContaining('has to agree') as string }], outlook: { verdict: 'skip', guard: 'consent' } });
		expect(refused.text).toMatch(/The message of "The mail" was not sent on 2026-03-02 09:00 UTC: .*What would let it through: The person has to agree.*If they came to "The mail" now, its message would not be sent/);
		expect(got).toMatchObject({ messages: [{ state: 'sent', guard: null, remedy: null }], outlook: { verdict: 'send', remedy: null } });
		expect(JSON.stringify(got)).not.toContain('@customer.example');
		expect(await explain(ben, { message: got.messages[0]?.message ?? '' })).toMatchObject({ messages: [{ message: got.messages[0]?.message }] });
		await expect(explain(ada, { message: got.messages[0]?.message ?? '' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('says what lies ahead of somebody, as the workflow is drawn: the next step, the messages, and whether they still come to a step', async () => {
		const wait = world.walk.step('wait', 'wait');
		const drawn = (step: string, to: string[], sends = false) => ({ step, name: `The ${step}`, sends, to });
		const drawing = [drawn('trigger', ['early']), drawn('early', ['wait'], true), drawn('wait', ['filter']), drawn('filter', ['late', 'last']), drawn('late', ['wait'], true), drawn('last', [], true)];
		for (const name of ['early', 'late', 'last']) await world.engine.journeys.beat(world.walk.step(name, 'email'));
		await signUp([ada]);
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait, leg.people, DAY_MS);
		await world.walk.settle(leg);
		const unknown = await explain(ada);
		await world.engine.journeys.noteDrawing({ workflow: 'wf', steps: drawing });

		const told = await explain(ada);
		const [late, early] = [await explain(ada, { step: 'The late' }), await explain(ada, { step: 'early' })];
		await world.engine.journeys.noteDrawing({ workflow: 'wf', steps: drawing.map((one) => (one.step === 'wait' ? drawn('wait', []) : one)) });
		const cut = await explain(ada);

		expect(unknown.ahead).toBeNull();
		expect(told.ahead?.map(({ step, sends, steps }) => [step, sends, steps])).toEqual([['The filter', false, 1], ['The late', true, 2], ['The last', true, 2], ['The wait', false, 3]]);
		expect(told.text).toContain('The next step is "The filter". Messages that lie ahead, if their way leads there: "The late", "The last".');
		expect(late.text).toContain('The way from there leads on to "The late".');
		expect(early.text).toContain('No way leads from there to "The early": in this run they do not come to it any more.');
		expect([cut.ahead, cut.text.endsWith('There the way ends.')]).toEqual([[], true]);
		expect((await explain(ben)).ahead).toBeNull();
	});

	it('names the steps behind a fork, says of the step where they stand what comes next, and how many messages there are that it does not name', async () => {
		const wait = world.walk.step('wait', 'wait');
		const drawn = (step: string, to: string[], sends = false) => ({ step, name: step, sends, to });
		const draw = (steps: Array<ReturnType<typeof drawn>>) => world.engine.journeys.noteDrawing({ workflow: 'wf', steps });
		await signUp([ada]);
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait, leg.people, DAY_MS);
		await world.walk.settle(leg);

		await draw([drawn('wait', ['filter']), drawn('filter', ['wait'])]);
		const [silent, there] = [await explain(ada), await explain(ada, { step: 'wait' })];
		await draw([drawn('wait', ['m0', 'm1']), ...Array.from({ length: 7 }, (_, n) => drawn(`m${n}`, n < 6 ? [`m${n + 1}`] : [], true))]);
		const many = await explain(ada);

		expect(silent.text).toContain('The next step is "filter". No message lies ahead of them.');
		expect(there.text).toContain('The next step is "filter".');
		expect(many.text).toContain('The next steps are "m0", "m1", as their way goes. Messages that lie ahead, if their way leads there: "m0", "m1", "m2", "m3", "m4" and 2 more.');
	});

	it('keeps a drawing that is told again as it is, and refuses one of thousands of nodes', async () => {
		const steps = [{ step: 'trigger', name: 'The trigger', sends: false, to: ['mail'] }];
		await world.engine.journeys.noteDrawing({ workflow: 'wf', steps });
		const before = world.points.length;

		await world.engine.journeys.noteDrawing({ workflow: 'wf', steps });

		expect(world.points.slice(before)).toEqual([]);
		await expect(world.engine.journeys.noteDrawing({ workflow: 'wf', steps: Array.from({ length: 2001 }, (_, n) => ({ step: `s${n}`, name: 'x', sends: false, to: [] })) })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});

	it('answers for people nobody knows, and refuses journeys and steps that are none', async () => {
		expect(await world.engine.insights.explain({ who: { kind: 'email', value: 'nobody@customer.example' }, workflow: 'wf' })).toMatchObject({ status: 'unknown person', profile: null, runs: [] });
		await expect(explain(ada, { workflow: 'elsewhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(explain(ada, { step: 'No Such Step' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('stores nothing', async () => {
		await signUp([ada]);
		const before = world.points.length;

		await explain(ada);

		expect(world.points.slice(before)).toEqual([]);
	});
});
