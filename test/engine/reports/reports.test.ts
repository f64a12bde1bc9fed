import type { Answer } from '../channels/http-service';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { addressOf, PostOffice, SIGNED_UP, type Sent } from './post-office';

describe.each(DATABASES)('what a delivery service tells of messages, on %s', (kind) => {
	let post: PostOffice;
	let ann: number;
	let ben: number;
	beforeEach(async () => {
		post = await PostOffice.open(kind);
		await post.publish();
		[ann, ben] = (await post.world.people(2)) as [number, number];
	});
	afterEach(async () => {
		expect(await protocolViolations(post.world.engine.store, [], { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await post.close();
	});

	const sendTo = async (...people: number[]): Promise<Sent[]> => (await post.send(people)).sent;
	const stateOf = async (message: Sent) => (await post.world.rows<{ state: string; reason: string | null }>(`select state, reason from message where id = '${message.id}'`))[0];
	const put = async (message: Sent, state: string, more = '') => await post.world.change(`update message set state = '${state}'${more} where id = '${message.id}'`);
	const consent = async (profile = ann) => (await post.world.engine.consent.get({ profileId: profile }))?.consents.find(({ channel, topic }) => channel === 'email' && topic === '')?.state ?? null;

	/** Visits of our own pictures and links are judged some seconds after the last. */
	const judged = async () => {
		post.world.clock.advance(MINUTE_MS);
		await post.world.engine.tick();
	};

	it('is written into the ledger and as events by Segment\'s names, in whatever order it arrives', async () => {
		const [message] = (await sendTo(ann)) as [Sent];

		const answers = [await post.tell(post.open(message)), await post.tell(post.delivery(message)), await post.tell(post.click(message, 'https://shop.example/b'))];

		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(await answers[0]?.text()).toBe('');
		expect((await post.events()).map(({ name, profile, message: of, properties }) => [name, profile, of, properties.provider, properties.machine, properties.url])).toEqual([
			['Email Opened', ann, message.id, 'postmark', false, undefined], ['Email Delivered', ann, message.id, 'postmark', undefined, undefined], ['Email Link Clicked', ann, message.id, 'postmark', undefined, 'https://shop.example/b'],
		]);
		expect(await post.status()).toMatchObject({ sent: 1, delivered: 1, opened: 1, clicked: 1, bounced: 0, complained: 0 });
	});

	it('a callback that comes again changes nothing, and several in one transaction are each told once', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
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

	it('a hard bounce, also after the delivery, puts the address onto the suppression list; a soft one does not', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];

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
		const [message] = (await sendTo(ann)) as [Sent];
		await post.world.engine.segments.save({ name: 'Complained', rule: { message: 'complained' }, wait: true });

		await post.tell(post.complaint(message));

		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ann }), 'complaint']]);
		expect(await post.names()).toEqual(['Email Marked as Spam']);
		expect(await post.status()).toMatchObject({ complained: 1 });
		expect((await post.world.engine.segments.members('Complained')).map(({ profile }) => profile)).toEqual([ann]);
		expect(JSON.stringify(await post.world.engine.privacy.exportPerson({ profileId: ann }, { source: 'test' }))).toContain('complainedAt');
	});

	it('who leaves at the service has left the channel; the same report again does not take back that they came back', async () => {
		const [message] = (await sendTo(ann)) as [Sent];
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
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
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
		const [message] = (await sendTo(ann)) as [Sent];

		await post.tell([post.subscription(message, true, { Origin: 'Customer' }), post.subscription(message, true, { SuppressionReason: 'HardBounce' })]);

		expect([await consent(), await post.names()]).toEqual([null, []]);
	});

	it('a reply is an event with its text, where that is kept, of the mail that it answers or of none', async () => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 100, unmatched: 'person', days: 30 } });
		const [message] = (await sendTo(ann)) as [Sent];
		const inbound = (headers: object[], id: string, from = addressOf(message)) => ({
			FromName: 'Ann', MessageStream: 'inbound', From: from, FromFull: { Email: from, Name: 'Ann', MailboxHash: '' }, To: 'hello@shop.example', OriginalRecipient: 'hash@inbound.postmarkapp.com',
			Subject: 'Re: Hello', MessageID: id, Date: 'Mon, 2 Mar 2026 10:00:00 +0100', TextBody: 'Yes!\n> Hi', StrippedTextReply: 'Yes!', Headers: headers, Attachments: [],
		});

		await post.tell([inbound([{ Name: 'In-Reply-To', Value: `<${message.provider_id}@mtasv.net>` }], 'in-1'), inbound([], 'in-2'), inbound([], 'in-3', 'stranger@elsewhere.example')]);

		expect((await post.events()).map(({ name, profile, message: of, properties }) => [name, profile, of, properties.text])).toEqual([['Email Replied', ann, message.id, 'Yes!'], ['Email Replied', ann, null, 'Yes!']]);
		expect(await post.world.engine.profiles.count()).toBe(2);
	});

	it('finds the message by the service\'s own id where ours does not come back, and only among that service\'s', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		await put(two, 'sent', ", provider = 'smtp'");

		await post.tell([{ ...post.delivery(one), Metadata: {} }, { ...post.delivery(two), Metadata: {} }]);

		expect((await post.events()).map(({ message }) => message)).toEqual([one.id]);
	});

	it('without any id is never of a message that has no id of the service yet', async () => {
		const [message] = (await sendTo(ann)) as [Sent];
		await put(message, 'unknown', ', provider_id = null');
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
		const [message] = (await sendTo(ann)) as [Sent];

		await post.tell(post.bounce(message, 'HardBounce', addressOf({ profile: ben })));

		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ben }), 'hard-bounce']]);
		expect(await post.status()).toMatchObject({ bounced: 0 });
	});

	it('what a stranger in copy does with a mail is none of the person\'s doing', async () => {
		const [message] = (await sendTo(ann)) as [Sent];
		const copy = { Recipient: 'boss@partner.example' };

		await post.tell([post.open(message, copy), post.click(message, 'https://shop.example/b', copy), post.subscription(message, true, copy), post.complaint(message, 'boss@partner.example'), { ...post.delivery(message), ...copy }]);

		expect([await consent(), await post.names(), await post.suppressed()]).toEqual([null, [], []]);
		expect(await post.status()).toMatchObject({ delivered: 0, opened: 0, clicked: 0, complained: 0, unsubscribed: 0 });
	});

	it('a bounce that names no address is about the only one that the person had then; of two, about none', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		await post.world.engine.profiles.upsert([{ profileId: ben, identities: [{ kind: 'email', value: 'ben@new.example' }] }], { source: 'test' });

		await post.tell([{ ...post.bounce(one), Email: '' }, { ...post.bounce(two), Email: '' }]);

		expect(await post.suppressed()).toEqual([['email', addressOf({ profile: ann }), 'hard-bounce']]);
		expect(await post.status()).toMatchObject({ bounced: 2 });
	});

	it('of somebody erased only counts, and of a merged person reaches who they are now', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
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

	it.each(['delivery', 'open', 'complaint', 'bounce'] as const)('a message of which nobody knew whether it had left was sent, by its %s', async (what) => {
		const [message] = (await sendTo(ann)) as [Sent];
		await put(message, 'unknown', ", reason = 'n8n stopped'");

		await post.tell(post[what](message));

		expect(await stateOf(message)).toEqual({ state: 'sent', reason: null });
	});

	it('a message that was to be tried again, and came back as delivered, is not sent a second time', async () => {
		post.service.answer = { status: 503, json: { ErrorCode: 100, Message: 'Maintenance' } };
		const { sent: [message], leg } = await post.send([ann]);
		await post.world.walk.settle(leg);
		const before = (await stateOf(message as Sent))?.state;
		const calls = post.service.calls.length;

		await post.tell({ ...post.delivery(message as Sent), MessageID: 'pm-late' });
		post.world.clock.advance(HOUR_MS);
		const again = await post.world.walk.start(post.email());
		const { results } = await post.world.walk.email(post.email(), again.people, post.mail());

		expect([before, (await stateOf(message as Sent))?.state, results.map(({ outcome }) => outcome), post.service.calls.length - calls]).toEqual(['deferred', 'sent', ['sent'], 0]);
	});

	it('a report that overtakes the end of its attempt says how it ended, however the call did', async () => {
		const overtaking = async (profile: number, answer: Answer) => {
			post.service.answer = async ({ json }) => {
				const [mail] = [json].flat() as Array<{ Metadata: Record<string, string> }>;
				const id = mail?.Metadata.journeys_message ?? '';
				await post.tell(post.delivery({ id, profile, provider_id: `pm-early-${profile}` }));
				return answer;
			};
			const { sent: [message], leg } = await post.send([profile]);
			await post.world.walk.settle(leg);
			return message as Sent;
		};
		const [lost, busy] = [await overtaking(ann, 'drop'), await overtaking(ben, { status: 503, json: { ErrorCode: 100, Message: 'Maintenance' } })];

		expect([(await stateOf(lost))?.state, (await stateOf(busy))?.state]).toEqual(['sent', 'sent']);
		post.world.clock.advance(HOUR_MS);
		const calls = post.service.calls.length;
		const again = await post.world.walk.start(post.email());
		await post.world.walk.email(post.email(), again.people, post.mail());
		expect(post.service.calls.length).toBe(calls);
	});

	it('an attempt whose process died was sent where the service has told of it, else nobody knows', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		await post.world.engine.segments.save({ name: 'Mailed', rule: { message: 'sent' }, wait: true });
		for (const message of [one, two]) await put(message, 'attempting', ", ended_at = null, attempt_until = 1, token = id");
		await post.world.engine.segments.save({ name: 'Mailed', rule: { message: 'sent', channel: 'email' }, wait: true });

		await post.tell(post.delivery(one));
		const between = (await stateOf(one))?.state;
		for (let n = 0; n < 20; n += 1) await post.world.engine.tick();

		expect([between, (await stateOf(one))?.state, (await stateOf(two))?.state]).toEqual(['attempting', 'sent', 'unknown']);
		expect((await post.world.engine.segments.members('Mailed')).map(({ profile }) => profile)).toEqual([ann]);
	});

	it('that the person has left at the service does not say that a message had', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		await put(one, 'failed', ", reason = 'refused'");
		await put(two, 'unknown');

		await post.tell([post.bounce(one, 'Unsubscribe'), post.bounce(two, 'Unsubscribe')]);

		expect([await stateOf(one), (await stateOf(two))?.state]).toEqual([{ state: 'failed', reason: 'refused' }, 'unknown']);
		expect([await consent(ann), await consent(ben)]).toEqual(['unsubscribed', 'unsubscribed']);
		expect(await post.status()).toMatchObject({ unsubscribed: 2 });
	});

	it('what the service says it never sent has failed, unless it was seen to arrive', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		await post.tell(post.delivery(two));

		await post.tell([post.bounce(one, 'ManuallyDeactivated'), post.bounce(two, 'ManuallyDeactivated')]);

		expect([await stateOf(one), (await stateOf(two))?.state]).toEqual([{ state: 'failed', reason: 'Postmark did not send it (ManuallyDeactivated)' }, 'sent']);
		expect(await post.names()).toEqual(['Email Delivered']);
	});

	it('opens by machines are told apart by our own rules, their clicks are none, and a click is an open', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		const proxy = { UserAgent: 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)' };

		await post.tell([post.open(one, proxy), post.click(one, 'https://shop.example/a', { UserAgent: 'Barracuda Sentinel (EE)' }), post.click(two, 'https://shop.example/a')]);

		expect((await post.events()).map(({ name, profile, properties }) => [name, profile, properties.machine])).toEqual([['Email Link Clicked', ben, undefined], ['Email Opened', ann, true]]);
		expect(await post.status()).toMatchObject({ opened: 1, clicked: 1, machineOpened: 1, machineClicked: 1 });
	});

	it('what no event tells of counts once, too, however often it is told: a machine\'s click, an open of who was erased', async () => {
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		const scanner = { UserAgent: 'Barracuda Sentinel (EE)' };
		const [click, other, open] = [post.click(one, 'https://shop.example/a', scanner), post.click(one, 'https://shop.example/b', scanner), post.open(two)];
		await post.world.engine.privacy.erasePerson({ profileId: ben }, { source: 'test' });

		await post.tell([click, click, open]);
		post.world.clock.advance(HOUR_MS);
		await post.tell([click, other, open]);
		const counts = (await post.world.rows<{ clicks: number; machine_clicks: number; opens: number }>('select clicks, machine_clicks, opens from message order by machine_clicks')).map(({ clicks, machine_clicks: machine, opens }) => [clicks, machine, opens].map(Number));
		const remembered = await post.world.rows('select id from told_report');
		post.world.clock.advance(32 * DAY_MS);
		for (let n = 0; n < 21; n += 1) await post.world.engine.tick();

		expect(counts).toEqual([[0, 0, 1], [0, 2, 0]]);
		expect(remembered).toHaveLength(3);
		expect(await post.world.rows('select id from told_report')).toEqual([]);
	});

	it('an open that our own picture has counted is not counted twice, nor a click on our own link', async () => {
		const [message] = (await sendTo(ann)) as [Sent];
		post.world.clock.advance(HOUR_MS);
		const [pixel, link] = ['open', 'click'].map((route) => new RegExp(`https://links\\.shop\\.example/${route}\\?t=[^"]+`).exec(post.lastHtml())?.[0] ?? '');
		await fetch(String(pixel).replace('https://links.shop.example', post.url), { headers: { 'user-agent': 'Mozilla/5.0 (Macintosh)' } });
		await fetch(String(link).replace('https://links.shop.example', post.url), { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 (Macintosh)' } });
		const told = [post.open(message), post.click(message, String(link))];
		await judged();
		const before = await post.names();

		await post.tell(told);
		post.world.clock.advance(3 * HOUR_MS);
		await post.tell(post.open(message));

		expect(before).toEqual(['Email Opened', 'Email Link Clicked']);
		expect(await post.names()).toEqual(['Email Opened', 'Email Link Clicked', 'Email Opened']);
	});

	it('an open that the service told of first is not counted again by our own picture', async () => {
		const [message] = (await sendTo(ann)) as [Sent];
		post.world.clock.advance(HOUR_MS);
		const pixel = /https:\/\/links\.shop\.example(\/open\?t=[^"]+)/.exec(post.lastHtml())?.[1] ?? '';
		expect(pixel).not.toBe('');

		await post.tell(post.open(message));
		await fetch(`${post.url}${pixel}`, { headers: { 'user-agent': 'Mozilla/5.0 (Macintosh)' } });
		await judged();

		expect(await post.names()).toEqual(['Email Opened']);
	});

	it('more than a day old starts no journey, and is stored', async () => {
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' } });
		const [one, two] = (await sendTo(ann, ben)) as [Sent, Sent];
		post.world.clock.advance(2 * DAY_MS);
		await post.world.engine.journeys.markLeader();
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' } });

		await post.tell(post.bounce(one, 'HardBounce', addressOf(one), 25 * HOUR_MS));
		await post.tell(post.bounce(two, 'HardBounce', addressOf(two), 23 * HOUR_MS));

		const entered = await post.world.rows<{ profile: number }>(`select profile from enrollment where journey = '${post.world.journey('rescue')}'`);
		expect(entered).toEqual([{ profile: ben }]);
		expect((await post.events()).map(({ profile, historical }) => [profile, Number(historical)])).toEqual([[ann, 1], [ben, 0]]);
		expect(await post.suppressed()).toHaveLength(2);
	});

	it('ends a wait for the delivery, of which nothing is known before it is told', async () => {
		const wait = post.world.walk.step('wait', 'waitForEvent');
		const { sent: [message], leg } = await post.send([ann]);
		await post.world.walk.wait(wait, leg.people, { until: { kind: 'message', happened: 'delivered' }, delayMs: DAY_MS });
		await post.world.walk.settle(leg);
		post.world.clock.advance(MINUTE_MS);
		const before = (await post.world.walk.claim(wait)).people.length;

		await post.tell(post.delivery(message as Sent));

		expect([before, (await post.world.walk.claim(wait)).people.map(({ outcome }) => outcome)]).toEqual([0, ['event']]);
	});

	it('a complaint brakes the journey that sent the messages', async () => {
		await post.publish({ alerts: { limits: { complaints: 1 } } });
		const people = (await post.world.engine.profiles.upsert(Array.from({ length: 60 }, (_, n) => ({ identities: [{ kind: 'email', value: `p${n}@customer.example` }] })), { source: 'test' })).profiles.map(Number);
		const { sent } = await post.send(people);

		await post.tell(sent.slice(0, 3).map((message) => post.complaint(message)));
		await post.world.engine.tick();

		expect((await post.world.engine.journeys.status({ workflow: 'wf' }))[0]?.paused?.reason).toContain('5 % of 60 messages of the last 24 hours were marked as spam');
	});

	it('a refusal at sending that says the address is dead is a bounce at once', async () => {
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' } });
		const address = addressOf({ profile: ann });
		post.service.answer = { status: 422, json: { ErrorCode: 300, Message: `Invalid 'To' address: '${address}'.` } };

		const { sent: [message] } = await post.send([ann]);

		expect(await stateOf(message as Sent)).toEqual({ state: 'failed', reason: "Postmark cannot send to this address. Postmark said: Invalid 'To' address: '[address]'." });
		expect(await post.suppressed()).toEqual([['email', address, 'hard-bounce']]);
		expect((await post.events()).map(({ name, profile, properties: { type, category } }) => [name, profile, type, category])).toEqual([['Email Bounced', ann, 'hard', 'refused']]);
		expect(await post.status()).toMatchObject({ failed: 1, bounced: 1 });
		expect((await post.world.walk.claim(post.world.walk.step('rescue', 'trigger'))).people.map(({ stamp }) => stamp.profile)).toEqual([ann]);
	});

	it('a journey can start by it at once', async () => {
		await post.world.walk.register(post.world.walk.step('rescue', 'trigger'), { entry: { kind: 'message', happened: 'bounced' }, reEntry: 'anyTime' });
		await post.publish({ entry: SIGNED_UP });
		const [message] = (await sendTo(ann)) as [Sent];

		await post.tell(post.bounce(message));

		expect((await post.world.walk.claim(post.world.walk.step('rescue', 'trigger'))).people.map(({ stamp }) => stamp.profile)).toEqual([ann]);
	});
});
