import { sql } from 'kysely';

import { systemRandom } from '../../../engine/kernel';
import { createSettings } from '../../../engine/settings';
import { signToken, type TokenPayload } from '../../../engine/tracking';
import { sentMessage } from '../collector/parts';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** As stored: what journeys and segments go by. Scores.of would count anew. */
async function buckets(world: World): Promise<Array<{ profile: number; bucket: string }>> {
	return await world.rows<{ profile: number; bucket: string }>(`select profile, bucket from score order by profile`);
}

describe.each(DATABASES)('scores that ask for messages, on %s', (kind) => {
	it('follow a send in the transaction that writes it down', async () => {
		const mailbox = await Mailbox.open();
		const world = await World.open(kind);
		await world.engine.scores.saveModel({ name: 'M', rules: [{ name: 'Mailed', group: 'engagement', points: 40, when: { message: 'sent' } }] });
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const [ada = 0, ben = 0] = await world.people(2);
		await world.track('Signed Up', [ada]);
		const leg = await world.walk.start(trigger);

		await world.walk.email(world.walk.step('email', 'email'), leg.people, mailbox.mail());

		expect(await buckets(world)).toEqual([{ profile: ada, bucket: 'warm' }, { profile: ben, bucket: 'cold' }]);
		await world.close();
		await mailbox.close();
	});

	it('follow an open, a click and an unsubscribe at once, and start journeys by them', async () => {
		const world = await World.open(kind);
		const points = { opened: 10, clicked: 30, unsubscribed: -50 };
		await world.engine.scores.saveModel({ name: 'M', rules: (['opened', 'clicked', 'unsubscribed'] as const).map((message) => ({ name: message, group: 'engagement', points: points[message], when: { message } })) });
		await world.walk.register(world.walk.step('warm', 'trigger'), { entry: { kind: 'score', model: 'M', bucket: 'warm' } });
		const [ada = 0] = await world.people(1);
		await sentMessage(world.engine.store, { id: 'm1', profile: ada });
		const secret = await createSettings({ store: world.engine.store, random: systemRandom }).signingSecret();
		const visit = async (route: string, payload: TokenPayload, method = 'GET') => {
			await world.engine.collector.handle({ method, route, query: { t: signToken(payload, secret) }, headers: { 'user-agent': AGENT }, body: new Uint8Array() });
			world.clock.advance(3_000);
			await world.engine.tick();
		};
		const stored = async () => (await world.rows<{ value: number; bucket: string }>(`select value, bucket from score`)).map((row) => ({ ...row }));

		await visit('open', { k: 'o', m: 'm1' });
		expect(await stored()).toEqual([{ value: 10, bucket: 'cold' }]);
		await visit('click', { k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 });
		expect(await stored()).toEqual([{ value: 40, bucket: 'warm' }]);
		expect(await world.enrollments()).toMatchObject([{ profile: ada }]);
		await visit('unsubscribe', { k: 'u', m: 'm1' }, 'POST');

		expect(await stored()).toEqual([{ value: -10, bucket: 'cold' }]);
		expect(await world.engine.store.read((reader) => reader.all(sql`select 1 from score_change where kind = 'bucket'`))).toHaveLength(2);
		await world.close();
	});
});
