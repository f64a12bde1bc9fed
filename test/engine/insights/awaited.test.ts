import type { WaitUntil } from '../../../engine/journeys/types';
import { DATABASES } from '../databases';
import { DAY_MS, World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

describe.each(DATABASES)('Explain says in words what a wait is for on %s', (kind) => {
	let world: World;
	let ada: number;

	beforeEach(async () => {
		world = await World.open(kind);
		await world.engine.lists.create('VIP');
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		[ada = 0] = await world.people(1, { attributes: { renewal: '2027-01-01' } });
		await world.track('Signed Up', [ada]);
	});
	afterEach(() => world.close());

	const waiting = async (until: WaitUntil): Promise<void> => {
		const leg = await world.walk.start(world.walk.step('trigger', 'trigger'));
		await world.walk.wait(world.walk.step('wait', 'waitForEvent'), leg.people, { delayMs: DAY_MS, until });
		await world.walk.settle(leg);
	};
	const told = async () => await world.engine.insights.explain({ who: { profileId: ada }, workflow: 'wf' });
	const awaits = async () => (await told()).runs[0]?.places[0]?.awaits;

	it.each<[string, WaitUntil, string]>([
		['entering a list', { kind: 'segment', segment: 'VIP', change: 'entered' }, 'their coming into "VIP"'],
		['leaving a list', { kind: 'segment', segment: 'VIP', change: 'left', already: false }, 'their leaving "VIP"'],
		['a consent', { kind: 'consent', channel: 'sms', state: 'subscribed' }, 'a yes to sms'],
		['taking back the consent to a topic', { kind: 'consent', channel: 'email', topic: 'News', state: 'unsubscribed' }, 'a no to "news" by email'],
		['an answer to a message that was never sent', { kind: 'message', happened: 'clicked' }, 'a message of this run to be clicked, of which there is none: only the time-out ends this wait'],
		['a date of the person', { kind: 'attribute', attribute: 'renewal' }, 'the date in "renewal"'],
	])('%s', async (_what, until, words) => {
		await waiting(until);

		expect(await awaits()).toBe(words);
		expect((await told()).text).toContain(`they wait at "The wait" for ${words}`);
	});

	it('a message, by the name of the step that sent it', async () => {
		const mailbox = await Mailbox.open();
		const leg = await world.walk.start(world.walk.step('trigger', 'trigger'));
		const { sent } = await world.walk.email(world.walk.step('mail', 'email'), leg.people, mailbox.mail());
		await world.walk.wait(world.walk.step('wait', 'waitForEvent'), sent, { delayMs: DAY_MS, until: { kind: 'message', happened: 'opened' } });
		await world.walk.settle(leg);

		expect(await awaits()).toBe('the message of "The mail" to be opened');
		await mailbox.close();
	});

	it('a list by the name it has now, and one that was deleted as such', async () => {
		await waiting({ kind: 'segment', segment: 'VIP', change: 'entered' });

		await world.engine.lists.delete('VIP');

		expect(await awaits()).toBe('a segment or list that was deleted');
	});
});
