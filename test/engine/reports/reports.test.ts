import { randomBytes } from 'node:crypto';

import { DATABASES } from '../databases';
import { HOUR_MS, MINUTE_MS } from '../journeys/world';
import { addressOf, PostOffice, type Sent } from './post-office';

describe.each(DATABASES)('what a delivery service tells of messages, on %s', (kind) => {
	let post: PostOffice;
	let ann: number;
	let ben: number;
	beforeEach(async () => {
		({ post, ann, ben } = await PostOffice.withTwo(kind));
	});
	afterEach(() => post.leave());

	const consent = async (profile = ann) => (await post.world.engine.consent.get({ profileId: profile }))?.consents.find(({ channel, topic }) => channel === 'email' && topic === '')?.state ?? null;

	it('is written into the ledger and as events by Segment\'s names, in whatever order it arrives', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];

		const answers = [await post.tell(post.open(message)), await post.tell(post.delivery(message)), await post.tell(post.click(message, 'https://shop.example/b'))];

		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(await answers[0]?.text()).toBe('');
		expect((await post.events()).map(({ name, profile, message: of, properties }) => [name, profile, of, properties.provider, properties.machine, properties.url])).toEqual([
			['Email Opened', ann, message.id, 'postmark', false, undefined], ['Email Delivered', ann, message.id, 'postmark', undefined, undefined], ['Email Link Clicked', ann, message.id, 'postmark', undefined, 'https://shop.example/b'],
		]);
		expect(await post.status()).toMatchObject({ sent: 1, delivered: 1, opened: 1, clicked: 1, bounced: 0, complained: 0 });
	});

	it('a callback that comes again changes nothing, and several in one transaction are each told once', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		const told = [post.delivery(one), post.delivery(two), post.delivery(one), post.bounce(two, 'SoftBounce')];

		const commits = () => post.world.points.filter((point) => point === 'delivery-reports:after-commit').length;
		const before = commits();
		await post.tell(told);
		const between = commits();
		post.world.clock.advance(HOUR_MS);
		await post.tell(told);

		expect(between - before).toBe(1);
		expect((await post.names()).sort()).toEqual(['Email Bounced', 'Email Delivered', 'Email Delivered']);
		expect(await post.status()).toMatchObject({ sent: 2, delivered: 2, bounced: 1 });
	});

	it('is heard, too, where the service calls the message by an id that no index holds', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		for (const message of [one, two]) await post.put(message, 'unknown', ', provider_id = null');

		const { status } = await post.tell([{ ...post.delivery(one), MessageID: randomBytes(9_000).toString('base64url') }, post.delivery(two)]);

		expect([status, await post.stateOf(one), await post.stateOf(two)]).toEqual([200, expect.objectContaining({ state: 'sent' }), expect.objectContaining({ state: 'sent' })]);
	});

	it('a hard bounce, also after the delivery, puts the address onto the suppression list; a soft one does not', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];

		await post.tell(post.delivery(one));
		await post.tell([post.bounce(one), post.bounce(two, 'SpamNotification')]);

		expect((await post.events()).filter(({ name }) => name === 'Email Bounced').map(({ profile, properties: { type, category } }) => [profile, type, category])).toEqual([[ann, 'hard', 'invalid'], [ben, 'soft', 'spam-block']]);
		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ann }), 'hard-bounce']]);
		expect((await post.world.engine.privacy.audit({ action: 'suppression.add' })).entries).toMatchObject([{ who: 'postmark' }]);
		expect(await post.status()).toMatchObject({ delivered: 1, bounced: 2 });
		await post.send([ann, ben]);
		expect((await post.world.rows<{ profile: number; guard: string | null }>("select profile, guard from message where state = 'skipped'"))).toEqual([{ profile: ann, guard: 'suppression' }]);
	});

	it('a complaint suppresses the person, and counts', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		await post.world.engine.segments.save({ name: 'Complained', rule: { message: 'complained' }, wait: true });

		await post.tell(post.complaint(message));

		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ann }), 'complaint']]);
		expect(await post.names()).toEqual(['Email Marked as Spam']);
		expect(await post.status()).toMatchObject({ complained: 1 });
		expect((await post.world.engine.segments.members('Complained')).map(({ profile }) => profile)).toEqual([ann]);
		expect(JSON.stringify(await post.world.engine.privacy.exportPerson({ profileId: ann }, { source: 'test' }))).toContain('complainedAt');
	});

	it('who leaves at the service has left the channel; the same report again does not take back that they came back', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		const left = post.subscription(message, true);

		await post.tell(left);
		const after = await consent();
		await post.world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'subscribed', source: 'page' }]);
		await post.tell(left);

		expect([after, await consent()]).toEqual(['unsubscribed', 'subscribed']);
		expect(await post.names()).toEqual(['Unsubscribed']);
		expect(await post.status()).toMatchObject({ unsubscribed: 1 });
	});

	it('a way back is heard only after the service\'s own opt-out, and never one that is older', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		const early = post.subscription(two, false);
		post.world.clock.advance(MINUTE_MS);
		await post.tell([post.subscription(one, true), post.subscription(two, true)]);
		await post.tell(early);
		post.world.clock.advance(MINUTE_MS);
		await post.tell(post.subscription(one, false));
		const [back, stillOut] = [await consent(ann), await consent(ben)];
		await post.world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		post.world.clock.advance(MINUTE_MS);
		await post.tell(post.subscription(one, false));

		expect([back, stillOut, await consent(ann)]).toEqual(['subscribed', 'unsubscribed', 'unsubscribed']);
	});

	it('what staff did at the service says nothing of the person', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];

		await post.tell([post.subscription(message, true, { Origin: 'Customer' }), post.subscription(message, true, { SuppressionReason: 'HardBounce' })]);

		expect([await consent(), await post.names()]).toEqual([null, []]);
	});

	it('a reply is an event with its text, where that is kept, of the mail that it answers or of none', async () => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 100, unmatched: 'person', days: 30 } });
		const [message] = (await post.sendTo(ann)) as [Sent];
		const inbound = (headers: object[], id: string, from = addressOf(message)) => ({
			FromName: 'Ann', MessageStream: 'inbound', From: from, FromFull: { Email: from, Name: 'Ann', MailboxHash: '' }, To: 'hello@shop.example', OriginalRecipient: 'hash@inbound.postmarkapp.com',
			Subject: 'Re: Hello', MessageID: id, Date: 'Mon, 2 Mar 2026 10:00:00 +0100', TextBody: 'Yes!\n> Hi', StrippedTextReply: 'Yes!', Headers: headers, Attachments: [],
		});

		await post.tell([inbound([{ Name: 'In-Reply-To', Value: `<${message.provider_id}@mtasv.net>` }], 'in-1'), inbound([], 'in-2'), inbound([], 'in-3', 'stranger@elsewhere.example')]);

		expect((await post.events()).map(({ name, profile, message: of, properties }) => [name, profile, of, properties.text])).toEqual([['Email Replied', ann, message.id, 'Yes!'], ['Email Replied', ann, null, 'Yes!']]);
		expect(await post.world.engine.profiles.count()).toBe(2);
	});

	it('finds the message by the service\'s own id where ours does not come back, and only among that service\'s', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		await post.put(two, 'sent', ", provider = 'smtp'");

		await post.tell([{ ...post.delivery(one), Metadata: {} }, { ...post.delivery(two), Metadata: {} }]);

		expect((await post.events()).map(({ message }) => message)).toEqual([one.id]);
	});

	it('without any id is never of a message that has no id of the service yet', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		await post.put(message, 'unknown', ', provider_id = null');
		const stranger = { FromFull: { Email: 'stranger@elsewhere.example', Name: '', MailboxHash: '' }, To: 'hello@shop.example', MessageID: 'in-1', TextBody: 'Yes!', StrippedTextReply: 'Yes!', Headers: [], Attachments: [] };

		await post.tell([{ ...post.delivery(message), MessageID: undefined }, stranger]);

		expect((await post.events()).map(({ name, profile }) => [name, profile])).toEqual([['Email Delivered', ann]]);
	});

	it('about an address without a message suppresses it where it is somebody\'s here, and keeps nothing of strangers', async () => {
		const known = { id: 'none', profile: ann, provider_id: 'of-another-program' };

		await post.tell([post.bounce(known), post.bounce({ ...known, provider_id: 'other' }, 'HardBounce', 'stranger@elsewhere.example'), post.delivery(known)]);

		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ann }), 'hard-bounce']]);
		expect((await post.events()).map(({ name, profile, message }) => [name, profile, message])).toEqual([['Email Bounced', ann, null]]);
	});

	it('about a copy of a mail is about who got the copy, not about the mail', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];

		await post.tell(post.bounce(message, 'HardBounce', addressOf({ profile: ben })));

		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ben }), 'hard-bounce']]);
		expect(await post.status()).toMatchObject({ bounced: 0 });
	});

	it('what a stranger in copy does with a mail is none of the person\'s doing', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		const copy = { Recipient: 'boss@partner.example' };

		await post.tell([post.open(message, copy), post.click(message, 'https://shop.example/b', copy), post.subscription(message, true, copy), post.complaint(message, 'boss@partner.example'), { ...post.delivery(message), ...copy }]);

		expect([await consent(), await post.names(), await post.suppressed()]).toEqual([null, [], []]);
		expect(await post.status()).toMatchObject({ delivered: 0, opened: 0, clicked: 0, complained: 0, unsubscribed: 0 });
	});

	it('a bounce that names no address is about the only one that the person had then; of two, about none', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		await post.world.engine.profiles.upsert([{ profileId: ben, identities: [{ kind: 'email', value: 'ben@new.example' }] }], { source: 'test' });

		await post.tell([{ ...post.bounce(one), Email: '' }, { ...post.bounce(two), Email: '' }]);

		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ann }), 'hard-bounce']]);
		expect(await post.status()).toMatchObject({ bounced: 2 });
	});

	it('a bounce that names no address is not about one that the person has got since', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		post.world.clock.advance(MINUTE_MS);
		await post.world.change(`delete from identity where kind = 'email' and profile = ${ann}`);
		await post.world.engine.profiles.upsert([{ profileId: ann, identities: [{ kind: 'email', value: 'ann@new.example' }] }], { source: 'test' });

		await post.tell({ ...post.bounce(message), Email: '' });

		expect(await post.suppressed()).toEqual([]);
		expect(await post.status()).toMatchObject({ bounced: 1 });
	});

	it('of somebody erased only counts, and of a merged person reaches who they are now', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		await post.world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });
		const carl = (await post.world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'carl' }] }], { source: 'test' })).profiles[0] as number;
		await post.world.engine.profiles.merge({ profileId: carl }, { profileId: ben });

		await post.tell([post.bounce(one), post.complaint(one), post.subscription(one, true), post.bounce(two)]);

		const survivor = (await post.world.rows<{ profile: number }>(`select profile from message where id = '${two.id}'`))[0]?.profile;
		expect((await post.events()).map(({ name, profile }) => [name, profile])).toEqual([['Email Bounced', survivor]]);
		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ben }), 'hard-bounce']]);
		expect(await post.status()).toMatchObject({ bounced: 2, complained: 1, unsubscribed: 1 });
		expect((await post.world.rows<{ provider_id: string | null; reason: string }>(`select provider_id, reason from message where id = '${one.id}'`))[0]).toEqual({ provider_id: null, reason: 'erased' });
	});

	it('a refusal at sending that says the address is dead is a bounce at once', async () => {
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' } });
		const address = addressOf({ profile: ann });
		post.service.answer = { status: 422, json: { ErrorCode: 300, Message: `Invalid 'To' address: '${address}'.` } };

		const { sent: [message] } = await post.send([ann]);

		expect(await post.stateOf(message as Sent)).toEqual({ state: 'failed', reason: "Postmark cannot send to this address. Postmark said: Invalid 'To' address: '[address]'." });
		expect(await post.suppressed()).toEqual([['email', address, 'hard-bounce']]);
		expect((await post.events()).map(({ name, profile, properties: { type, category } }) => [name, profile, type, category])).toEqual([['Email Bounced', ann, 'hard', 'refused']]);
		expect(await post.status()).toMatchObject({ failed: 1, bounced: 1 });
		expect((await post.world.walk.claim(post.world.walk.step('rescue', 'trigger'))).people.map(({ stamp }) => stamp.profile)).toEqual([ann]);
	});
});
