import { sql } from 'kysely';

import { inboundReport } from '../../../engine/channels/sms/inbound';
import type { DeliveryReport } from '../../../engine/channels/types';
import type { Channel } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { startParts, type Parts } from '../collector/parts';
import { DAY_MS, MINUTE_MS } from '../journeys/world';
import { PostOffice, type Sent } from './post-office';

describe.each(DATABASES)('reports of other channels than mail, on %s', (kind) => {
	describe('in journeys', () => {
		let post: PostOffice;
		let ann: number;
		let message: Sent;
		beforeEach(async () => {
			post = await PostOffice.open(kind);
			await post.publish({ alerts: { limits: { complaints: 1 } } });
			[ann] = (await post.world.people(1)) as [number];
		});
		afterEach(() => post.close());

		/** As if a sender of this channel had sent it: a message's own channel counts. */
		const sentBy = async (channel: Channel) => {
			const { sent, leg } = await post.send([ann]);
			message = sent[0] as Sent;
			await post.world.change(`update message set channel = '${channel}' where id = '${message.id}'`);
			return leg;
		};

		it('end waits for what becomes of a message', async () => {
			const wait = post.world.walk.step('wait', 'waitForEvent');
			const leg = await sentBy('whatsapp');
			await post.world.walk.wait(wait, leg.people, { until: { kind: 'message', happened: 'opened' }, delayMs: DAY_MS });
			await post.world.walk.settle(leg);
			post.world.clock.advance(MINUTE_MS);

			await post.tell(post.open(message));

			expect(await post.names()).toEqual(['WhatsApp Opened']);
			expect((await post.world.walk.claim(wait)).people.map(({ outcome }) => outcome)).toEqual(['event']);
		});

		it('start journeys of their channel, and take back that nobody answered', async () => {
			await post.world.walk.register(post.world.walk.step('bounced', 'trigger'), { entry: { kind: 'message', happened: 'bounced', channel: 'sms' } });
			await post.world.walk.register(post.world.walk.step('silent', 'trigger'), { entry: { kind: 'message', happened: 'notClicked', withinMs: DAY_MS } });
			await sentBy('sms');
			const awaited = (await post.world.rows('select message from silence_entry')).length;

			await post.tell([post.bounce(message, 'SoftBounce'), post.click(message, 'https://shop.example/x')]);

			expect((await post.names()).sort()).toEqual(['SMS Bounced', 'SMS Link Clicked']);
			expect((await post.world.walk.claim(post.world.walk.step('bounced', 'trigger'))).people).toHaveLength(1);
			expect([awaited, (await post.world.rows('select message from silence_entry')).length]).toEqual([1, 0]);
		});

		it('count for the brake', async () => {
			await sentBy('sms');

			await post.tell(post.complaint(message));

			expect(await post.names()).toEqual(['SMS Marked as Spam']);
			expect((await post.world.rows<{ kind: string }>("select kind from journey_tally_new where kind = 'complained'"))).toEqual([{ kind: 'complained' }]);
		});
	});

	describe('by address', () => {
		let parts: Parts;
		beforeEach(async () => {
			parts = await startParts(kind);
			await parts.events.ingest([{ type: 'identify', userId: 'ann', traits: { phone: '+491701234567' }, identities: [{ kind: 'device', value: 'token-1' }] }], { source: 'test' });
		});
		afterEach(() => parts.close());

		const take = async (channel: Channel, given: Partial<DeliveryReport> & Pick<DeliveryReport, 'kind'>, id: string = given.kind) =>
			await parts.reports.take([{ message: null, providerId: null, address: '491701234567', atMs: null, id, provider: 'service', channel, ...given }]);
		const suppressed = async () => await parts.store.read((reader) => reader.all(sql<{ channel: string; address: string }>`select channel, address from suppression order by channel`));
		const state = async (channel: string) => (await parts.store.read((reader) => reader.first(sql<{ state: string }>`select state from consent where channel = ${channel} and topic = ''`)))?.state;

		it('know numbers without the plus before them, and dead device tokens', async () => {
			await take('sms', { kind: 'bounced', bounce: { type: 'hard', category: 'unknown-subscriber' } });
			await take('push', { kind: 'bounced', bounce: { type: 'hard', category: 'unregistered' }, address: 'token-1' }, 'of the device');
			await take('sms', { kind: 'bounced', bounce: { type: 'hard', category: 'x' }, address: '491709999999' }, 'of a stranger');

			expect(await suppressed()).toEqual([{ channel: 'push', address: 'token-1' }, { channel: 'sms', address: '+491701234567' }]);
			expect(parts.told.map(({ name }) => name)).toEqual(['SMS Bounced', 'Push Notification Bounced']);
		});

		it('who writes a word to leave has left, and comes back by another, however they had left', async () => {
			await take('whatsapp', { kind: 'unsubscribed' });
			const left = await state('whatsapp');
			await parts.consent.set([{ profile: 1, channel: 'sms', topic: '', state: 'unsubscribed', source: 'page' }]);
			parts.clock.advance(MINUTE_MS);
			await take('sms', { kind: 'resubscribed' });

			expect([left, await state('sms')]).toEqual(['unsubscribed', 'subscribed']);
		});

		it('who asks for help by one word is told as such, so that a journey can answer in any language', async () => {
			await take('sms', inboundReport({ id: '1', from: '+491701234567', to: '+4930123', text: 'Hilfe!', atMs: null }), 'in:1');
			await take('sms', inboundReport({ id: '2', from: '+491701234567', to: null, text: 'Can you help me?', atMs: null }), 'in:2');

			const rows = await parts.store.read((reader) => reader.all(sql<{ properties: unknown }>`select properties from event where name = 'SMS Replied' order by event_no`));
			expect(rows.map(({ properties }) => typeof properties === 'string' ? JSON.parse(properties) as object : properties)).toEqual([
				{ channel: 'sms', provider: 'service', text: 'Hilfe!', keyword: 'help', to: '+4930123' }, { channel: 'sms', provider: 'service', text: 'Can you help me?' },
			]);
		});

		it('a word to come back from somebody who never left is no consent', async () => {
			await take('sms', { kind: 'resubscribed' });

			expect(await state('sms')).toBeUndefined();
		});
	});
});
