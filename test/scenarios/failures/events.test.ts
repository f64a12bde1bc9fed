import { DATABASES } from '../../engine/databases';
import { Story } from './story';

it.each(DATABASES)('failure 15: the database fails while an event is stored: neither event nor entry is there, the site is told, and its second call brings both, once, on %s', async (kind) => {
	let broken = false;
	const story = await Story.begin(kind, { atPoint: (point) => {
		if (broken && point === 'ingest:before-commit') throw new Error('disk I/O error');
	} });
	await story.publish('demo/welcome-series');
	await story.meet({ ann: {} });
	const call = () => story.call('track', { userId: 'u-ann', event: 'Signed Up', messageId: 'the-sign-up', context: { traits: {} }, timestamp: new Date(story.world.clock.nowMs()).toISOString() });
	const kept = async () => ({ events: (await story.world.rows()).event, entered: (await story.journey('welcome-series')).entered });
	await story.until(async () => (await story.engine.journeys.status()).length === 1);
	const before = await kept();

	broken = true;
	const refused = await call();
	const meanwhile = await kept();
	broken = false;
	const taken = [await call(), await call()];
	await story.until(async () => (await story.journey('welcome-series')).completed === 1);
	const after = await kept();
	await story.end();

	expect(refused.status).toBeGreaterThanOrEqual(500);
	expect(meanwhile).toEqual(before);
	expect(taken.map(({ status }) => status)).toEqual([200, 200]);
	expect(after).toEqual({ events: Number(before.events) + 1, entered: before.entered + 1 });
});
