import type { JourneyEntry } from '../../../../engine/journeys/types';
import { reply } from '../../channels/email/inbound-mails';
import { DATABASES } from '../../databases';
import { Mailbox } from '../../messages/mailbox';
import { HOUR_MS, MINUTE_MS, World } from '../world';

type Happened = Extract<JourneyEntry, { kind: 'message' }>['happened'];

describe.each(DATABASES)('journeys that start by what becomes of a message on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	beforeEach(async () => {
		world = await World.open(kind);
		mailbox = await Mailbox.open();
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	const trigger = (step: string) => world.walk.step(step, 'trigger');
	const startsWhen = async (happened: Happened, more: Partial<Extract<JourneyEntry, { kind: 'message' }>> = {}, step: string = happened) =>
		await world.walk.register(trigger(step), { entry: { kind: 'message', happened, ...more }, carryEvent: true });
	const who = async () => (await world.rows<{ step: string; profile: number }>("select j.step, e.profile from enrollment e join journey j on j.id = e.journey where j.step <> 'mails' order by e.id")).map(({ step, profile }) => `${step} ${profile}`);

	/** A journey mails them; answers with the ids of the messages, in the order of the people. */
	async function mailed(people: readonly number[]): Promise<string[]> {
		await world.walk.register(trigger('mails'), { entry: { kind: 'enroll' } });
		await world.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'mails' }, people: people.map((profileId) => ({ profileId })) });
		const leg = await world.walk.start(trigger('mails'));
		const { results } = await world.walk.email(world.walk.step('mail', 'email'), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		const ids = new Map(results.map(({ profile, message }) => [profile, message ?? '']));
		return people.map((profile) => ids.get(profile) ?? '');
	}

	async function tell(event: string, profile: number, message: string, properties: { machine?: boolean } = {}): Promise<number> {
		return (await world.engine.events.ingest([{ type: 'track', event, profileId: profile, message, properties }], { source: 'tracking', own: true })).entered;
	}

	it('start once a message, when it is opened by a person, and when it is clicked, which is to have opened it', async () => {
		await startsWhen('opened', { workflow: 'wf', step: 'mail' });
		await startsWhen('clicked', { channel: 'email' });
		await startsWhen('opened', { workflow: 'wf', step: 'another' }, 'elsewhere');
		const [ann = 0, ben = 0] = await world.people(2);
		const [one = '', two = ''] = await mailed([ann, ben]);

		await tell('Email Opened', ann, one, { machine: true });
		const machine = await who();
		await tell('Email Opened', ann, one, { machine: false });
		await tell('Email Opened', ann, one, { machine: false });
		await tell('Email Link Clicked', ann, one);
		await tell('Email Link Clicked', ben, two);
		const { people } = await world.walk.start(trigger('opened'));

		expect(machine).toEqual([]);
		expect((await who()).sort()).toEqual([`clicked ${ann}`, `clicked ${ben}`, `opened ${ann}`, `opened ${ben}`]);
		expect(people.map(({ json }) => (json.event as { name: string }).name)).toEqual(['Email Opened', 'Email Link Clicked']);
	});

	it('start when a provider reports a message delivered or bounced; anybody\'s own event of that name is no report', async () => {
		await startsWhen('delivered');
		await startsWhen('bounced');
		const [ann = 0] = await world.people(1);
		const [one = ''] = await mailed([ann]);

		await world.track('Email Delivered', [ann]);
		await tell('Email Delivered', ann, one);
		await tell('Email Bounced', ann, one);

		expect(await who()).toEqual([`delivered ${ann}`, `bounced ${ann}`]);
	});

	it('start when a message is answered by a person, once a message', async () => {
		await startsWhen('replied', { workflow: 'wf', step: 'mail' });
		const [ann = 0, ben = 0] = await world.people(2);
		const [one = '', two = ''] = await mailed([ann, ben]);

		await tell('Email Auto-Replied', ben, two);
		await tell('Email Replied', ann, one);
		await tell('Email Replied', ann, one);

		expect(await who()).toEqual([`replied ${ann}`]);
	});

	it('start when a message was not opened, or not clicked, in time, to the millisecond; a machine\'s look is no answer', async () => {
		await startsWhen('notOpened', { withinMs: HOUR_MS });
		await startsWhen('notClicked', { withinMs: 2 * HOUR_MS });
		const [ann = 0, ben = 0, cid = 0] = await world.people(3);
		const [one = '', two = '', three = ''] = await mailed([ann, ben, cid]);
		await tell('Email Opened', ann, one, { machine: true });
		await tell('Email Opened', ben, two, { machine: false });
		await tell('Email Link Clicked', cid, three);

		world.clock.advance(HOUR_MS - 1);
		await world.engine.tick();
		const early = await who();
		world.clock.advance(1);
		await world.engine.tick();
		const opened = await who();
		world.clock.advance(HOUR_MS);
		await world.engine.tick();
		await world.engine.tick();

		expect([early, opened]).toEqual([[], [`notOpened ${ann}`]]);
		expect((await who()).sort()).toEqual([`notClicked ${ann}`, `notClicked ${ben}`, `notOpened ${ann}`]);
		expect(await world.rows('select * from silence_entry')).toEqual([]);
		expect((await world.walk.start(trigger('notOpened'))).people[0]?.json.event).toEqual({ name: 'Message Not Opened', properties: { message: one, workflow: 'wf', step: 'mail' } });
	});

	it('do not start as not opened by whoever has answered without loading the pictures; a machine\'s answer is none, and to answer is not to click', async () => {
		await startsWhen('notOpened', { withinMs: HOUR_MS });
		await startsWhen('notClicked', { withinMs: HOUR_MS });
		const [ann = 0, ben = 0] = await world.people(2);
		const [one = '', two = ''] = await mailed([ann, ben]);

		await tell('Email Replied', ann, one);
		await tell('Email Auto-Replied', ben, two);
		world.clock.advance(HOUR_MS);
		await world.engine.tick();

		expect((await who()).sort()).toEqual([`notClicked ${ann}`, `notClicked ${ben}`, `notOpened ${ben}`]);
	});

	it('do not start as not opened by a mail that only its answer says has left', async () => {
		await startsWhen('notOpened', { withinMs: HOUR_MS });
		const [ann = 0, ben = 0] = await world.people(2);
		const [one = '', two = ''] = await mailed([ann, ben]);
		await world.change('delete from silence_entry');
		await world.change("update message set state = 'unknown' where step = 'mail'");

		await world.engine.collector.takeMails([one, two].map((id, n) => ({ raw: Buffer.from(reply({ from: `p${n}@customer.example`, to: 'replies@shop.example', answered: `${id}@shop.example`, id: `${n}@mail.example` }, 'Yes', n === 0 ? {} : { 'Auto-Submitted': 'auto-replied' })) })));
		const appointments = await world.rows('select * from silence_entry');
		world.clock.advance(HOUR_MS);
		await world.engine.tick();

		expect([appointments.length, await who()]).toEqual([2, [`notOpened ${ben}`]]);
	});

	it('leave an answer its effect that is stored while an appointment is taken up by another process', async () => {
		await startsWhen('notOpened', { withinMs: HOUR_MS });
		const [ann = 0] = await world.people(1);
		const [one = ''] = await mailed([ann]);
		const { engine } = await world.another();
		world.clock.advance(HOUR_MS);

		await Promise.all([tell('Email Opened', ann, one, { machine: false }), engine.tick(), world.engine.tick()]);
		await world.engine.tick();

		// Either order is right, and no other: entered or not, once, and nothing is left behind.
		expect((await who()).length).toBeLessThanOrEqual(1);
		expect(await world.rows('select * from silence_entry')).toEqual([]);
	});

	it('go with the message when its person becomes another one, and are gone when they are erased', async () => {
		await startsWhen('notOpened', { withinMs: HOUR_MS });
		const made = await world.engine.profiles.upsert(['a', 'b', 'c'].map((value) => ({ identities: [{ kind: 'email', value: `${value}@customer.example` }] })), { source: 'test' });
		const [one = 0, two = 0, three = 0] = made.profiles.map(Number);
		await mailed([two, three]);

		await world.engine.profiles.merge({ profileId: one }, { profileId: two });
		await world.engine.privacy.erasePerson({ profileId: three }, { source: 'test' });
		world.clock.advance(HOUR_MS);
		await world.engine.tick();

		expect(await who()).toEqual([`notOpened ${one}`]);
	});

	it('run by the virtual clock of the test person whom the message went to', async () => {
		await startsWhen('notOpened', { withinMs: 24 * HOUR_MS });
		const [ann = 0] = await world.people(1, { test: true });
		await world.walk.register(trigger('mails'), { entry: { kind: 'enroll' }, virtualDaySeconds: 60 });
		await world.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'mails' }, people: [{ profileId: ann }] });
		const leg = await world.walk.start(trigger('mails'));
		await world.walk.email(world.walk.step('mail', 'email'), leg.people, mailbox.mail());

		world.clock.advance(MINUTE_MS);
		await world.engine.tick();

		expect(await who()).toEqual([`notOpened ${ann}`]);
	});
});
