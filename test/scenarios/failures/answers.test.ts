import { DATABASES } from '../../engine/databases';
import { drawn, mail, MINUTE_MS, step, Story, type WorkflowJson } from './story';

it.each(DATABASES)('failure 10: for everybody the ledger says why they got the mail, did not, or will later, on %s', async (kind) => {
	const news: WorkflowJson = {
		id: 'news',
		nodes: [step('Published', 'journeyTrigger', { event: 'Published', reEntry: 'never' }), mail('News')],
		connections: drawn([['Published', 'News']]),
	};
	const story = await Story.begin(kind, { mailbox: { refuse: (to) => (to === 'gone@example.com' ? 550 : undefined) }, settings: { caps: [{ channel: 'all', max: 1, perSeconds: 86_400 }] } });
	await story.publish(news);
	const people = await story.meet({ ann: {}, left: {}, bounced: {}, gone: {}, asleep: { timezone: 'Asia/Tokyo' }, twice: {} });
	const { profiles: [nameless = 0] } = await story.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'nameless' }] }], { source: 'shop' });
	await story.engine.consent.set([{ profile: people.left ?? 0, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
	await story.engine.suppression.add([{ channel: 'email', address: 'bounced@example.com', reason: 'hard-bounce' }]);
	// One in the afternoon, which is ten in the evening in Tokyo.
	story.at('2026-03-02T13:00:00Z');
	await story.happens('Published', 'twice');
	await story.until(() => story.mailsTo('twice').length === 1);
	story.pass(MINUTE_MS);
	await story.engine.messages.sendEmail({ ...story.mailbox.mail({ purpose: 'marketing' }), step: { workflow: 'news', step: 'id-News', name: 'News', type: 'email' }, items: [{ index: 0, item: {}, contact: { email: 'twice@example.com', key: 'another' } }] });

	story.pass(MINUTE_MS);
	await story.happens('Published', 'ann', 'left', 'bounced', 'gone', 'asleep', 'twice');
	await story.engine.events.ingest([{ type: 'track', event: 'Published', userId: 'nameless' }], { source: 'shop' });
	await story.until(async () => (await story.journey('news')).completed === 6 && (await story.standing('news', 'News')).waiting === 1);

	const why = async (profile: number) => (await story.ledger(profile)).map(({ state, guard, reason, until }) => [state, guard, reason, until]);
	const answers = Object.fromEntries(await Promise.all(Object.entries({ ...people, nameless: Number(nameless) }).map(async ([name, profile]) => [name, await why(profile)])));
	const refusals = (await story.engine.privacy.exportPerson({ profileId: people.twice ?? 0 }, { source: 'test' }))?.sections.journeys;
	await story.end();

	expect(answers).toEqual({
		ann: [['sent', null, null, null]],
		left: [['skipped', 'consent', 'no consent: unsubscribed from email', null]],
		bounced: [['skipped', 'suppression', 'suppressed: hard-bounce', null]],
		gone: [['failed', null, expect.stringContaining('550'), null]],
		asleep: [['deferred', 'quiet hours', 'quiet hours 21:00 to 08:00 in Asia/Tokyo', '2026-03-02T23:00:00.000Z']],
		twice: [['sent', null, null, null], ['skipped', 'frequency cap', 'frequency cap: 1 marketing message in 24 hours over all channels', null]],
		nameless: [['skipped', 'address', 'no email address', null]],
	});
	expect(refusals).toMatchObject({ refusals: [{ reason: 'has been in this journey before' }] });
});
