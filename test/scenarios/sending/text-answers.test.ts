import { createHmac } from 'node:crypto';

import { DATABASES } from '../../engine/databases';
import { SmsGateway } from '../../engine/messages/sms-gateway';
import { DAY_MS, drawn, MINUTE_MS, named, step, Story, type WorkflowJson } from '../failures/story';
import { LINKS, phoneOf } from './carriers';

const OURS = '+15005550006';

const text = (name: string) => step(name, 'journeySms', { provider: 'twilio', purpose: 'transactional', from: OURS, contentSource: 'text', text: `${name}!` });

const appointment: WorkflowJson = {
	id: 'appointment',
	nodes: [
		step('Booked', 'journeyTrigger', { event: 'Booked' }), text('Shall we keep it?'), step('Answered?', 'journeyWaitForEvent', { waitFor: 'message', happened: 'replied', timeout: 1, timeoutUnit: 'days' }),
		text('See you'), step('Kept', 'journeyGoal', { goal: 'Kept' }), step('Released', 'journeyExit', { reason: 'no answer' }),
	],
	connections: drawn([['Booked', 'Shall we keep it?'], ['Shall we keep it?', 'Answered?'], ['Answered?', 'See you'], ['Answered?', 'Released', 1], ['See you', 'Kept']]),
};

/** Sends nothing, and listens for whatever people write, as it did before answers were about messages. */
const care: WorkflowJson = {
	id: 'care',
	nodes: [step('Complained', 'journeyTrigger', { event: 'Complained' }), step('Wrote?', 'journeyWaitForEvent', { event: named('SMS Replied'), timeout: 9, timeoutUnit: 'days' }), step('Spoken', 'journeyGoal', { goal: 'Spoken' })],
	connections: drawn([['Complained', 'Wrote?'], ['Wrote?', 'Spoken']]),
};

describe.each(DATABASES)('a reminder by text message that asks for an answer, on %s', (kind) => {
	let story: Story;
	let gateway: SmsGateway;
	let answers = 0;
	beforeEach(async () => {
		gateway = await SmsGateway.open();
		story = await Story.begin(kind, { settings: { caps: [], quietHours: null } });
		await story.engine.collector.configure({ workflow: 'collector', writeKeys: { wk_12345678: 'shop' }, publicUrl: LINKS, port: null, host: '127.0.0.1', callbacks: { twilio: { authToken: gateway.config.authToken } } });
		await story.engine.profiles.upsert(['ann', 'bea', 'cid'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }, { kind: 'phone', value: phoneOf(name) }] })), { source: 'shop' });
		const credentials = { journeyTwilioApi: { accountSid: 'AC1', authToken: gateway.config.authToken, baseUrl: gateway.service.url } };
		for (const journey of [appointment, care]) await story.publish(journey, { credentials });
	});
	afterEach(async () => {
		await story.end();
		await gateway.close();
	});

	/** As Twilio calls; `sid`: one that it has told before. */
	async function writes(name: string, said: string, sid = `SMin${(answers += 1)}`): Promise<string> {
		const form = new URLSearchParams({ MessageSid: sid, SmsStatus: 'received', From: phoneOf(name), To: OURS, Body: said });
		const signed = `${LINKS}/callbacks/twilio${[...form.keys()].sort().map((field) => field + form.get(field)).join('')}`;
		const { status } = await story.engine.collector.handle({
			route: 'callbacks/twilio', method: 'POST', query: {}, headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': createHmac('sha1', gateway.config.authToken).update(signed).digest('base64') },
			body: new Uint8Array(Buffer.from(form.toString())),
		});
		expect(status).toBe(200);
		return sid;
	}
	const textsTo = (name: string) => gateway.sent.filter(({ to }) => to === phoneOf(name)).map(({ text: said }) => said);
	const replied = async (name: string) => (await story.journey('appointment')).steps.find((one) => one.name === name)?.messages?.replied;

	it('goes on with whoever answers, not with a word for help or to leave; the step counts it, each answer goes to what it answers, and other journeys hear of it as ever', async () => {
		await story.happens('Booked', 'ann', 'bea', 'cid');
		await story.happens('Complained', 'ann');
		await story.waitingAt('appointment', 'Answered?', 3);
		await story.waitingAt('care', 'Wrote?', 1);
		story.pass(MINUTE_MS);

		const yes = await writes('ann', 'Yes');
		await writes('bea', 'HELP');
		await writes('cid', 'STOP');
		await story.until(async () => (await story.journey('appointment')).goals.length === 1 && (await story.journey('care')).completed === 1);
		story.pass(MINUTE_MS);
		await writes('ann', 'Bye');
		await writes('ann', 'Yes', yes);
		const waiting = (await story.standing('appointment', 'Answered?')).waiting;
		story.pass(DAY_MS);
		await story.until(async () => (await story.journey('appointment')).active === 0);

		expect(waiting).toBe(2);
		expect([textsTo('ann'), textsTo('bea'), textsTo('cid')]).toEqual([['Shall we keep it?!', 'See you!'], ['Shall we keep it?!'], ['Shall we keep it?!']]);
		expect([await replied('Shall we keep it?'), await replied('See you')]).toEqual([1, 1]);
		expect((await story.journey('appointment')).goals).toMatchObject([{ name: 'Kept', count: 1 }]);
		expect((await story.journey('care')).goals).toMatchObject([{ name: 'Spoken', count: 1 }]);
	});
});
