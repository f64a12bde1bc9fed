import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import { visits, type Person } from '../journeys/walk';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { OURS, TextTalk } from './text-talk';

const PHONE = '+4915112345670';
const REPLIED = { kind: 'message', happened: 'replied' } as const;

describe.each(DATABASES)('an answer that names no message, on %s', (kind) => {
	let talk: TextTalk;
	let ann: number;
	beforeEach(async () => {
		talk = await TextTalk.open(kind);
		await talk.journey('trigger');
		ann = await talk.person('ann', PHONE);
	});
	afterEach(async () => {
		const found = await protocolViolations(talk.world.engine.store, [], { entryEvent: 'Signed Up', atRest: false });
		await talk.close();
		expect(found).toEqual({});
	});

	const walk = () => talk.world.walk;
	const outcomes = async (step: string) => (await walk().claim(walk().step(step, 'waitForEvent'))).people.map(({ outcome }) => outcome);

	describe('counts for the newest message that went to its number', () => {
		it('in the figures of the step, the ledger and the event, which says that it was guessed, and for no run of a journey', async () => {
			const leg = await talk.enter('trigger', ann);
			const { message } = await talk.text(leg.people);
			talk.world.clock.advance(HOUR_MS);

			await talk.answer(PHONE);

			expect(await talk.told()).toMatchObject([{ name: 'SMS Replied', profile: ann, message, enrollment: null, properties: { message, step: 'sms', workflow: 'wf', match: 'latest', guess: true, text: 'Yes please', to: OURS } }]);
			expect(await talk.replied()).toBe(1);
			expect((await talk.world.engine.messages.list({ limit: 1 }))[0]?.repliedAt).not.toBeNull();
		});

		it('to waits for an answer, Journey Branch and segments; and to no wait for an answer to an older message', async () => {
			await talk.world.engine.segments.save({ name: 'Answered', rule: { message: 'replied', channel: 'sms' }, wait: true });
			const leg = await talk.enter('trigger', ann);
			const older = await talk.text(leg.people, { step: 'older' });
			talk.world.clock.advance(MINUTE_MS);
			const newest = await talk.text(older.people, { step: 'newest' });
			await walk().wait(walk().step('of older', 'waitForEvent'), newest.people, { until: { ...REPLIED, step: 'older' }, delayMs: DAY_MS });
			await walk().wait(walk().step('of newest', 'waitForEvent'), newest.people, { until: { ...REPLIED, step: 'newest' }, delayMs: DAY_MS });
			await walk().settle(leg);
			const branch = async () => await talk.world.engine.journeys.tryBranch(
				['older', 'newest'].map((step) => ({ name: step, by: { rule: { message: 'replied' as const, step, workflow: 'wf', sinceEnrollment: true } } })), visits(newest.people).map(({ stamp }) => ({ profile: stamp.profile, enrollment: stamp.enrollment })),
			);
			const before = await branch();

			await talk.answer(PHONE);

			expect([before, await branch()]).toEqual([[null], [1]]);
			expect([await outcomes('of older'), await outcomes('of newest')]).toEqual([[], ['event']]);
			expect(await talk.world.rows("select m.profile from segment_member m join segment s on s.id = m.segment where s.name = 'Answered'")).toEqual([{ profile: ann }]);
		});

		it('to journeys that react to answers, and takes back that nobody looked', async () => {
			await walk().register(walk().step('answered', 'trigger'), { entry: { kind: 'message', happened: 'replied', step: 'sms', workflow: 'wf' } });
			await walk().register(walk().step('silent', 'trigger'), { entry: { kind: 'message', happened: 'notOpened', withinMs: DAY_MS } });
			await talk.text((await talk.enter('trigger', ann)).people);
			const awaited = (await talk.world.rows('select message from silence_entry')).length;

			await talk.answer(PHONE);
			await talk.answer(PHONE, 'And another thing');

			expect((await walk().claim(walk().step('answered', 'trigger'))).people).toHaveLength(1);
			expect([awaited, (await talk.world.rows('select message from silence_entry')).length]).toEqual([1, 0]);
		});

		it('once however often the service tells it, also when another message has left meanwhile', async () => {
			const leg = await talk.enter('trigger', ann);
			const { people, message } = await talk.text(leg.people);
			await talk.answer(PHONE, 'Yes', { sid: 'SM1' });
			talk.world.clock.advance(MINUTE_MS);
			await talk.text(people, { step: 'next' });

			await talk.answer(PHONE, 'Yes', { sid: 'SM1' });

			expect(await talk.ties()).toEqual([[ann, message]]);
			expect([await talk.replied('sms'), await talk.replied('next')]).toEqual([1, 0]);
		});

		it.each<[string, string, string]>([['sms', PHONE, OURS], ['whatsapp', `whatsapp:${PHONE}`, `whatsapp:${OURS}`]])('and one that other nodes have sent meanwhile is such a message: by %s', async (channel, from, to) => {
			await talk.world.engine.consent.set([{ profile: ann, channel, topic: '', state: 'subscribed', source: 'form' }]);
			const leg = await talk.enter('trigger', ann);
			const { people } = await talk.text(leg.people);
			talk.world.clock.advance(MINUTE_MS);
			const gate = walk().step('gate', 'anyChannel');
			const [item] = people.map(({ stamp, json }, index) => ({ index, stamp, item: json }));
			if (item === undefined) throw new Error('nobody');
			await talk.world.engine.messages.gateEnter(gate, [item]);
			await walk().settle(leg);
			const there = (await walk().start(gate)).people.map(({ stamp, json }, index) => ({ index, stamp, item: json }));
			const request = { step: gate, channel, service: 'Gateway', purpose: 'transactional', topic: '', answerWithinMs: 10 * MINUTE_MS } as const;
			const { out } = await talk.world.engine.messages.gateTurn(request, { answer: null, queue: there });
			await talk.world.engine.messages.gateTurn(request, { answer: { item: there[0] as typeof item, message: out?.message ?? '', nonce: out?.nonce ?? '', failed: null }, queue: [] });

			await talk.answer(from, 'Yes', { to });

			expect(out).not.toBeNull();
			expect((await talk.told()).map(({ profile, message }) => [profile, message])).toEqual([[ann, out?.message]]);
		});
	});

	it('is never about a mail, which says what it answers: none is looked for by its address', async () => {
		await talk.world.engine.profiles.upsert([{ profileId: ann, identities: [{ kind: 'email', value: 'ann@customer.example' }] }], { source: 'test' });
		const leg = await talk.enter('trigger', ann);

		await walk().email(talk.post.email(), leg.people, talk.post.mail());

		expect(await talk.world.rows('select channel, state, sent_to from message')).toEqual([{ channel: 'email', state: 'sent', sent_to: null }]);
	});

	it('tells Journey Best Channel that the message has reached them, so that no other channel is tried', async () => {
		await talk.world.engine.profiles.upsert([{ profileId: ann, identities: [{ kind: 'email', value: 'ann@customer.example' }] }], { source: 'test' });
		const best = walk().step('best', 'bestChannel');
		const choose = async (people: readonly Person[]) => (await talk.world.engine.messages.bestChannel(
			{ step: best, channels: [{ channel: 'sms' }, { channel: 'email' }], purpose: 'transactional', topic: '', order: 'given', engagedWithinMs: DAY_MS, deliveryWithinMs: 30 * MINUTE_MS, unknown: 'asSent' },
			people.map(({ stamp, json }, index) => ({ index, stamp, item: json })),
		)).map((result) => ({ ...result, person: people[result.index] }));
		const leg = await talk.enter('trigger', ann);
		const [out] = await choose(leg.people);
		const { people } = await talk.text([{ ...leg.people[0], stamp: out?.stamp ?? leg.people[0]?.stamp } as Person]);
		const [waiting] = await choose(people);
		await walk().settle(leg);

		await talk.answer(PHONE);

		expect([out?.channel, waiting?.outcome]).toEqual(['sms', 'parked']);
		expect((await choose((await walk().start(best)).people)).map(({ outcome, channel }) => [outcome, channel])).toEqual([['reached', 'sms']]);
	});

	describe('goes on counting for all that listens for the event', () => {
		/** Ann is asked by one journey, and in another one, which has sent her nothing. */
		async function inTwo(more: object = {}) {
			await talk.journey('Other', more);
			const other = await talk.enter('Other', ann);
			const asked = await talk.enter('trigger', ann);
			return { other, asked };
		}

		it('a wait of another run, and one that begins only after the answer', async () => {
			const { other, asked } = await inTwo();
			await walk().wait(walk().step('in other', 'waitForEvent'), other.people, { until: { event: 'SMS Replied' }, delayMs: DAY_MS });
			await walk().settle(other);
			const later = await talk.enter('Other', await talk.person('ben', '+4915112345671'), ann);
			await talk.text(asked.people);

			await talk.answer(PHONE);
			await walk().wait(walk().step('later', 'waitForEvent'), later.people, { until: { event: 'SMS Replied' }, delayMs: DAY_MS });

			expect(await outcomes('in other')).toEqual(['event']);
		});

		it('a wait that looks back, of a run that sent nothing', async () => {
			const { other, asked } = await inTwo();
			await talk.text(asked.people);
			await talk.answer(PHONE);

			await walk().wait(walk().step('looks back', 'waitForEvent'), other.people, { until: { event: 'SMS Replied' }, delayMs: DAY_MS });
			await walk().settle(other);

			expect(await outcomes('looks back')).toEqual(['event']);
		});

		it('exits and goals of another journey, and its rules since the entry', async () => {
			const { other, asked } = await inTwo({ exitOn: { event: 'SMS Replied', filters: [{ path: 'text', operator: 'equals', value: 'Enough' }] }, goals: [{ name: 'Talked', match: { event: 'SMS Replied' }, withinMs: DAY_MS }] });
			await talk.text(asked.people);

			await talk.answer(PHONE);
			const [answered] = await talk.world.engine.journeys.tryBranch([{ name: 'Yes', by: { rule: { event: 'SMS Replied', sinceEnrollment: true } } }], other.people.map(({ stamp }) => ({ profile: stamp.profile, enrollment: stamp.enrollment })));
			await talk.answer(PHONE, 'Enough');

			expect(answered).toBe(0);
			expect(await talk.world.rows('select name, profile from goal')).toEqual([{ name: 'Talked', profile: ann }]);
			expect((await talk.world.enrollments()).map(({ end_reason: reason }) => reason).sort()).toEqual(['SMS Replied', null]);
		});

		it('the journey that starts by it', async () => {
			await talk.journey('SMS Replied');
			await talk.text((await talk.enter('trigger', ann)).people);

			await talk.answer(PHONE);

			expect((await walk().claim(walk().step('SMS Replied', 'trigger'))).people).toHaveLength(1);
		});

		it('and the preferred channel: each answer is one, as long as nobody says to what', async () => {
			await talk.world.engine.profiles.upsert([{ profileId: ann, identities: [{ kind: 'email', value: 'ann@customer.example' }] }], { source: 'test' });
			const leg = await talk.enter('trigger', ann);
			const { people } = await talk.text(leg.people);
			await talk.world.track('Email Opened', [ann]);
			await talk.world.track('Email Link Clicked', [ann]);
			for (const text of ['One', 'Two', 'Three']) await talk.answer(PHONE, text);

			const [chosen] = await talk.world.engine.messages.bestChannel(
				{ step: walk().step('best', 'bestChannel'), channels: [{ channel: 'email' }, { channel: 'sms' }], purpose: 'transactional', topic: '', order: 'engaged', engagedWithinMs: DAY_MS, deliveryWithinMs: null, unknown: 'asSent' },
				people.map(({ stamp, json }, index) => ({ index, stamp, item: json })),
			);

			expect(chosen?.channel).toBe('sms');
		});
	});

	describe('is about none', () => {
		const untied = async () => (await talk.told()).filter(({ name }) => name === 'SMS Replied').map(({ message, properties: { match, step } }) => [message, match, step]);

		it('where it is a word to leave, to come back or for help', async () => {
			await talk.text((await talk.enter('trigger', ann)).people);

			for (const word of ['HELP', 'STOP', 'START']) await talk.answer(PHONE, word);

			expect((await talk.told()).map(({ name, message }) => [name, message])).toEqual([['SMS Replied', null], ['Unsubscribed', null], ['Resubscribed', null]]);
			expect(await talk.replied()).toBe(0);
		});

		it('of a message of more than seven days ago', async () => {
			await talk.text((await talk.enter('trigger', ann)).people);
			talk.world.clock.advance(7 * DAY_MS);

			await talk.answer(PHONE);

			expect(await untied()).toEqual([[null, undefined, undefined]]);
			expect(await talk.replied()).toBe(0);
		});

		it('that failed, or came back and did not arrive after all', async () => {
			talk.gateway.answerWith({ status: 400, json: { code: 21211, message: 'Invalid To' } });
			await talk.text((await talk.enter('trigger', ann)).people);
			await talk.answer(PHONE, 'One');
			await talk.world.change("update message set state = 'sent', bounced_at = attempted_at");
			await talk.answer(PHONE, 'Two');
			await talk.world.change('update message set delivered_at = attempted_at');
			await talk.answer(PHONE, 'Three');

			expect(await untied()).toEqual([[null, undefined, undefined], [null, undefined, undefined], [expect.any(String), 'latest', 'sms']]);
		});

		it('while the newest is still on its way, rather than about the one before', async () => {
			const { people } = await talk.text((await talk.enter('trigger', ann)).people);
			talk.world.clock.advance(MINUTE_MS);
			const { message } = await talk.text(people, { step: 'next' });
			await talk.world.change(`update message set state = 'attempting' where id = '${message}'`);

			await talk.answer(PHONE);

			expect(await untied()).toEqual([[null, undefined, undefined]]);
			await talk.world.change(`update message set state = 'sent' where id = '${message}'`);
		});

		it('of another service, or another channel of it', async () => {
			await talk.text((await talk.enter('trigger', ann)).people);

			await talk.answerByHttp(PHONE);
			await talk.answer(`whatsapp:${PHONE}`, 'Yes', { to: `whatsapp:${OURS}` });

			expect((await talk.told()).map(({ name, message }) => [name, message])).toEqual([['SMS Replied', null], ['WhatsApp Replied', null]]);
		});
	});

	it('proves nothing of a message of which nobody knows whether it has left', async () => {
		const { message } = await talk.text((await talk.enter('trigger', ann)).people);
		await talk.world.change("update message set state = 'unknown'");

		await talk.answer(PHONE);

		expect(await talk.ties()).toEqual([[ann, message]]);
		expect(await talk.world.messages()).toMatchObject([{ state: 'unknown' }]);
	});
});
