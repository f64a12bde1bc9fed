import type { JourneyEntry } from '../../../engine/journeys/types';
import type { JsonValue } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { Mailbox } from '../messages/mailbox';
import { World } from './world';

describe.each(DATABASES)('a sample item of the trigger shows what a real entry would on %s', (kind) => {
	let world: World;
	let ada: number;

	beforeEach(async () => {
		world = await World.open(kind);
		[ada = 0] = await world.people(1, { test: true, attributes: { plan: 'pro', birthday: '1990-05-04', location: { lat: 52.5, lon: 13.4 } } });
	});
	afterEach(() => world.close());

	const sampled = async (entry: JourneyEntry, carryEvent = true): Promise<JsonValue | undefined> =>
		(await world.engine.journeys.sample({ name: 'J', entry, reEntry: 'never', fields: [], carryEvent, onFailure: 'hold' }, { profileId: ada }))?.json.event;

	it.each<[string, JourneyEntry, object | undefined]>([
		['an attribute', { kind: 'attribute', attribute: 'plan', from: { operator: 'equals', value: 'free' } }, { name: 'Attribute Changed', properties: { attribute: 'plan', from: 'free', to: 'pro' } }],
		['an attribute the person does not have', { kind: 'attribute', attribute: 'stage', to: { operator: 'equals', value: 'won' } }, { name: 'Attribute Changed', properties: { attribute: 'stage', from: null, to: 'won' } }],
		['a consent', { kind: 'consent', channel: 'sms', topic: 'News', state: 'subscribed' }, { name: 'Consent Changed', properties: { channel: 'sms', topic: 'news', from: 'none', to: 'subscribed' } }],
		['a date', { kind: 'date', attribute: 'birthday', yearly: true, offsetDays: -1, at: '09:00' }, { name: 'Date Reached', properties: { attribute: 'birthday', day: '2026-05-03' } }],
		['a schedule', { kind: 'schedule', when: { cron: '0 9 * * 1' }, zone: 'Europe/Berlin', people: { rule: { attribute: 'plan', operator: 'exists' } }, localTime: false }, { name: 'Broadcast', properties: { at: '2026-03-09T08:00:00.000Z' } }],
		['a place', { kind: 'area', lat: 52.5, lon: 13.4, km: 5 }, { name: 'Area Entered', properties: { location: { lat: 52.5, lon: 13.4 } } }],
		['a message that was not opened, before any was sent', { kind: 'message', happened: 'notOpened', workflow: 'w', step: 's' }, { name: 'Message Not Opened', properties: { message: null, workflow: 'w', step: 's' } }],
		['a segment, whose entries carry nothing', { kind: 'segment', segment: 'VIP' }, undefined],
		['an enrollment without data', { kind: 'enroll' }, undefined],
	])('of %s', async (_what, entry, event) => {
		expect(await sampled(entry)).toEqual(event);
	});

	it('of an event: the newest that the journey would start by', async () => {
		await world.track('Bought', [ada], { properties: { total: 90 } });
		await world.track('Bought', [ada], { properties: { total: 5 } });

		expect(await sampled({ kind: 'event', match: { event: 'Bought', filters: [{ path: 'total', operator: 'greater', value: 50 }] } })).toEqual({ name: 'Bought', properties: { total: 90 } });
		expect(await sampled({ kind: 'event', match: { event: 'Never Seen' } })).toEqual({ name: 'Never Seen', properties: {} });
	});

	it('of messages: the newest of the person, and what became of it', async () => {
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', [ada]);
		const mailbox = await Mailbox.open();
		const leg = await world.walk.start(world.walk.step('trigger', 'trigger'));
		await world.walk.email(world.walk.step('mail', 'email'), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		const [message] = await world.messages();

		expect(await sampled({ kind: 'message', happened: 'notClicked', channel: 'email' })).toEqual({ name: 'Message Not Clicked', properties: { message: message?.id, workflow: 'wf', step: 'mail' } });
		expect(await sampled({ kind: 'message', happened: 'clicked' })).toEqual({ name: 'Email Link Clicked', properties: {} });
		expect(await sampled({ kind: 'message', happened: 'delivered' })).toMatchObject({ name: 'Email Delivered' });
		await mailbox.close();
	});

	it('and nothing where the journey carries none', async () => {
		expect(await sampled({ kind: 'date', attribute: 'birthday', yearly: true, offsetDays: 0, at: '09:00' }, false)).toBeUndefined();
	});
});
