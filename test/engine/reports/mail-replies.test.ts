import type { Mail } from '../journeys/walk';
import { bounce, feedback, reply } from '../channels/email/inbound-mails';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS } from '../journeys/world';
import { addressOf, KEY, PostOffice, type Sent } from './post-office';

const TOKEN = 'a-token-of-the-relay';

describe.each(DATABASES)('mails that come in, on %s', (kind) => {
	let post: PostOffice;
	let ann: number;
	let ben: number;
	beforeEach(async () => {
		({ post, ann, ben } = await PostOffice.withTwo(kind, { postmark: { callbackKey: KEY }, sparkpost: { callbackKey: TOKEN } }));
	});
	afterEach(() => post.leave());

	/** By any service: SparkPost's, which gives mails as they are. */
	const arrive = async (...raws: string[]): Promise<number> =>
		(await fetch(`${post.url}/callbacks/sparkpost`, {
			method: 'POST', headers: { 'content-type': 'application/json', 'x-messagesystems-webhook-token': TOKEN },
			body: JSON.stringify(raws.map((raw) => ({ msys: { relay_message: { content: { email_rfc822: raw, email_rfc822_is_base64: false }, rcpt_to: /^To: (.*)$/m.exec(raw)?.[1] ?? '', msg_from: /^Return-Path: <>/m.test(raw) ? '' : 'x@y.example' } } }))),
		})).status;
	const sendTo = async (given: Partial<Mail> = {}): Promise<Sent> => ((await post.send([ann], given)).sent as [Sent])[0];
	const idOf = (message: Sent): string => `${message.provider_id}@mtasv.net`;
	const ownId = (message: Sent): string => `${message.id}@shop.example`;
	const signedAddress = (): string => ([post.service.calls.at(-1)?.json].flat() as Array<{ ReplyTo: string }>).at(-1)?.ReplyTo ?? '';
	const from = (message: Sent, more: object = {}) => ({ from: addressOf(message), to: 'replies@inbound.example', answered: idOf(message), ...more });
	const consents = async () => ((await post.world.engine.consent.get({ profileId: ann }))?.consents ?? []).filter(({ channel }) => channel === 'email').map(({ topic, state }) => [topic, state]);
	const replies = async () => (await post.events()).map(({ name, profile, message, properties: { match, guess, text } }) => [name, profile, message, match, guess ?? false, text ?? null]);

	it('are answers to the mail whose Message-ID they name: once, whichever way and however often they come, and without their text', async () => {
		const message = await sendTo();
		const raw = reply(from(message));

		const statuses = [await arrive(raw), await arrive(raw, raw)];
		await post.tell({ From: addressOf(message), FromFull: { Email: addressOf(message) }, ToFull: [], Subject: 'Re: Hello', MessageID: 'in-1', TextBody: 'Yes', Headers: [{ Name: 'Message-ID', Value: '<reply-1@mail.example>' }, { Name: 'In-Reply-To', Value: `<${idOf(message)}>` }] });

		expect(statuses).toEqual([200, 200]);
		expect(await replies()).toEqual([['Email Replied', ann, message.id, 'messageId', false, null]]);
		expect(await post.status()).toMatchObject({ replied: 1, autoReplied: 0 });
	});

	it('that name no mail are one answer to the newest for Journey Best Channel, however many come', async () => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 0, unmatched: 'latest', days: 2 } });
		await post.world.engine.profiles.upsert([{ profileId: ann, identities: [{ kind: 'phone', value: '+4915112345670' }] }], { source: 'test' });
		const { sent: [message], leg } = await post.send([ann]);
		await post.world.track('SMS Link Clicked', [ann]);
		await post.world.track('SMS Replied', [ann]);

		await arrive(...[1, 2, 3].map((n) => reply({ from: addressOf(message as Sent), to: 'replies@inbound.example', id: `reply-${n}@mail.example` })));

		const [chosen] = await post.world.engine.messages.bestChannel(
			{ step: post.world.walk.step('best', 'bestChannel'), channels: [{ channel: 'email' }, { channel: 'sms' }], purpose: 'transactional', topic: '', order: 'engaged', engagedWithinMs: DAY_MS, deliveryWithinMs: null, unknown: 'asSent' },
			leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })),
		);
		expect((await replies()).map(([name, , about, match]) => [name, about, match])).toEqual([1, 2, 3].map(() => ['Email Replied', message?.id, 'latest']));
		expect(chosen?.channel).toBe('sms');
	});

	it('that name no mail are meant for the run whose newest mail they are taken to answer', async () => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 0, unmatched: 'latest', days: 2 } });
		const { sent: [message], leg } = await post.send([ann]);

		await arrive(reply({ from: addressOf(message as Sent), to: 'replies@inbound.example' }));

		const rows = await post.world.rows<{ enrollment: number | null }>("select enrollment from event where name = 'Email Replied'");
		expect(rows.map(({ enrollment }) => Number(enrollment))).toEqual([leg.people[0]?.stamp.enrollment]);
	});

	it('are known by our own Message-ID, too, as SMTP sends it', async () => {
		const message = await sendTo();

		await arrive(reply(from(message, { answered: ownId(message) })));

		expect(await replies()).toEqual([['Email Replied', ann, message.id, 'messageId', false, null]]);
	});

	it('are known by the address that was signed for the message, whoever they come from and whatever they name', async () => {
		const message = await sendTo({ replyTo: 'help@shop.example', replyTracking: 'replies@inbound.example' });
		const to = signedAddress();

		await arrive(reply({ from: 'ann@private.example', to }), reply({ from: addressOf(message), to: to.toUpperCase(), id: 'reply-2@mail.example' }));

		expect(to).toMatch(/^replies\+[a-z2-7]{43}@inbound\.example$/);
		expect(await replies()).toEqual([['Email Replied', ann, message.id, 'address', false, null], ['Email Replied', ann, message.id, 'address', false, null]]);
		expect(await post.status()).toMatchObject({ replied: 1 });
	});

	it('are about none of several messages that a service gave one id', async () => {
		const [message] = (await post.send([ann, ben])).sent as [Sent];
		await post.world.change("update message set provider_id = 'same'");

		await arrive(reply(from(message, { answered: 'same@mtasv.net' }), 'STOP'));

		expect(await replies()).toEqual([['Email Replied', ann, null, 'sender', false, null]]);
	});

	it('have their first characters kept where the setting says so', async () => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 5, unmatched: 'person', days: 30 } });
		const message = await sendTo();

		await arrive(reply(from(message)));

		expect((await replies()).map((row) => row.at(-1))).toEqual(['Yes, ']);
	});

	it('of a machine are counted apart', async () => {
		const message = await sendTo();

		await arrive(reply(from(message), 'stop', { 'Auto-Submitted': 'auto-replied' }));

		expect((await replies()).map(([name]) => name)).toEqual(['Email Auto-Replied']);
		expect(await post.status()).toMatchObject({ replied: 0, autoReplied: 1 });
		expect(await consents()).toEqual([]);
	});

	it.each<['person' | 'latest' | 'none', unknown[][]]>([
		['person', [['Email Replied', 'ann', null, 'sender', false]]],
		['latest', [['Email Replied', 'ann', 'message', 'latest', true]]],
		['none', []],
	])('that name no mail count for %s as the setting says', async (unmatched, expected) => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 0, unmatched, days: 2 } });
		const message = await sendTo();

		await arrive(reply({ from: addressOf(message).toUpperCase(), to: 'replies@inbound.example' }), reply({ from: 'stranger@elsewhere.example', to: 'replies@inbound.example', id: 'other@mail.example' }));

		expect((await replies()).map(([name, profile, of, match, guess]) => [name, profile === ann ? 'ann' : profile, of === message.id ? 'message' : of, match, guess])).toEqual(expected);
		expect(await post.world.engine.profiles.count()).toBe(2);
	});

	it('are guessed, and do not say that a mail has left of which nobody knows it', async () => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 0, unmatched: 'latest', days: 2 } });
		const message = await sendTo();
		await post.world.change(`update message set state = 'unknown' where id = '${message.id}'`);

		await arrive(reply({ from: addressOf(message), to: 'replies@inbound.example' }));
		const guessed = await post.world.rows('select state from message');
		await arrive(reply(from(message), 'Yes', { 'Message-ID': '<second@mail.example>' }));

		expect([guessed, await post.world.rows('select state from message')]).toEqual([[{ state: 'unknown' }], [{ state: 'sent' }]]);
	});

	it('are guessed to be about no mail that is older than the setting says', async () => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 0, unmatched: 'latest', days: 2 } });
		const message = await sendTo();
		post.world.clock.advance(2 * DAY_MS + HOUR_MS);

		await arrive(reply({ from: addressOf(message), to: 'replies@inbound.example' }));

		expect(await replies()).toEqual([['Email Replied', ann, null, 'sender', false, null]]);
	});

	it('with a word to leave count, also after a way that brings the headers alone', async () => {
		const message = await sendTo();
		const raw = reply(from(message), 'STOP');

		await arrive(`${raw.split('\r\n\r\n')[0] ?? ''}\r\n\r\n`, raw, raw);

		expect(await consents()).toEqual([['', 'unsubscribed']]);
		expect((await post.events()).map(({ name }) => name)).toEqual(['Email Replied', 'Unsubscribed']);
	});

	it('with a word to leave, of somebody else than the mail went to, are their answer and nobody\'s opt-out', async () => {
		const [toAnn, toBen] = (await post.send([ann, ben])).sent as [Sent, Sent];

		await arrive(reply({ ...from(toAnn), from: addressOf(toBen) }, 'STOP'));

		expect(await consents()).toEqual([]);
		expect(await replies()).toEqual([['Email Replied', ben, null, 'sender', false, null]]);
	});

	it('take somebody out of the channel by a word to leave, when they name the mail', async () => {
		const message = await sendTo({ topic: 'news' });

		await arrive(reply(from(message), 'STOP'));

		expect(await consents()).toEqual([['', 'unsubscribed']]);
		expect((await post.events()).map(({ name, message: of, properties: { topic } }) => [name, of, topic])).toEqual([['Unsubscribed', message.id, '']]);
		expect(await post.status()).toMatchObject({ unsubscribed: 1, replied: 0 });
	});

	it('take somebody out of the topic by the button of their mail program, to the address in List-Unsubscribe', async () => {
		const message = await sendTo({ topic: 'news', replyTracking: 'replies@inbound.example' });
		const header = ([post.service.calls.at(-1)?.json].flat() as Array<{ Headers: Array<{ Name: string; Value: string }> }>).at(-1)?.Headers.find(({ Name }) => Name === 'List-Unsubscribe')?.Value ?? '';
		const [, to = '', subject = ''] = /^<https:[^>]+>, <mailto:([^?]+)\?subject=(\w+)>$/.exec(header) ?? [];

		await arrive(reply({ from: addressOf(message), to }, '', { Subject: subject }));

		expect(to).toBe(signedAddress());
		expect(await consents()).toEqual([['news', 'unsubscribed']]);
		expect((await post.events()).map(({ name, properties: { topic } }) => [name, topic])).toEqual([['Unsubscribed', 'news']]);
	});

	it.each<[string, (message: Sent, other: Sent) => string]>([
		['names no mail', (message) => reply({ from: addressOf(message), to: 'replies@inbound.example' }, 'STOP')],
		['names a mail that is none of ours', (message) => reply({ from: addressOf(message), to: 'replies@inbound.example', answered: 'BBBBBBBBBBBBBBBBBBBBBB@shop.example' }, 'STOP')],
		['comes to an address that we have not signed', (message) => reply({ from: addressOf(message), to: `replies+${'a'.repeat(43)}@inbound.example` }, '', { Subject: 'unsubscribe' })],
		['names the mail of somebody else', (message, other) => reply({ from: addressOf(message), to: 'replies@inbound.example', answered: ownId(other) }, 'STOP')],
		['is a bounce that names no mail', (message) => bounce({ from: 'mailer-daemon@mx.example', to: 'news@shop.example' }, { recipient: addressOf(message), status: '5.1.1', diagnostic: '550 5.1.1 unknown' })],
		['is a bounce of somebody else\'s mail', (message, other) => bounce({ from: 'mailer-daemon@mx.example', to: 'news@shop.example', answered: ownId(other) }, { recipient: addressOf(message), status: '5.1.1', diagnostic: '550 5.1.1 unknown' })],
		['is a complaint that names no mail', (message) => feedback({ from: 'fbl@provider.example', to: 'abuse@shop.example' }, 'abuse', addressOf(message))],
	])('change nobody\'s consent when one %s, whoever it says it is from', async (_what, raw) => {
		await post.world.engine.settings.set({ mailReplies: { keepCharacters: 0, unmatched: 'latest', days: 30 } });
		const [message, other] = (await post.send([ann, ben])).sent as [Sent, Sent];

		expect(await arrive(raw(message, other))).toBe(200);

		expect(await post.world.rows('select profile from consent')).toEqual([]);
		expect(await post.suppressed()).toEqual([]);
		expect((await post.names()).filter((name) => name !== 'Email Replied')).toEqual([]);
		expect(await post.status()).toMatchObject({ bounced: 0, complained: 0, unsubscribed: 0 });
	});

	it('of a mail server are bounces, hard by their status, and of a provider complaints', async () => {
		const [one, two] = (await post.send([ann, ben])).sent as [Sent, Sent];

		await arrive(
			bounce({ from: 'mailer-daemon@mx.example', to: 'news@shop.example', answered: ownId(one) }, { recipient: addressOf(one), status: '5.1.1', diagnostic: '550 5.1.1 user unknown' }),
			feedback({ from: 'fbl@provider.example', to: 'abuse@shop.example', answered: ownId(two) }, 'abuse', addressOf(two)),
		);

		expect((await post.suppressed()).sort()).toEqual([['email', addressOf(one), 'hard-bounce'], ['email', addressOf(two), 'complaint']].sort());
		expect((await post.events()).map(({ name, profile, properties: { type, category } }) => [name, profile, type, category])).toEqual([['Email Bounced', ann, 'hard', 'invalid'], ['Email Marked as Spam', ben, undefined, undefined]]);
		expect(await post.status()).toMatchObject({ bounced: 1, complained: 1 });
	});

	it('from somebody else who is known count for whom they come from, not for the mail that was passed on to them', async () => {
		const message = await sendTo();

		await arrive(reply(from(message, { from: addressOf({ profile: ben }) })));

		expect(await replies()).toEqual([['Email Replied', ben, null, 'sender', false, null]]);
		expect(await post.status()).toMatchObject({ replied: 0 });
	});

	it('of who was erased say nothing of anybody', async () => {
		const message = await sendTo({ replyTracking: 'replies@inbound.example' });
		const to = signedAddress();
		await post.world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });

		expect(await arrive(reply({ from: addressOf(message), to }, 'STOP'), reply({ from: addressOf(message), to, id: 'reply-2@mail.example' }))).toBe(200);

		expect(await post.names()).toEqual([]);
		expect(await post.world.engine.profiles.count()).toBe(1);
	});

	it('end the journey that an answer ends, start one, and are what a segment asks for', async () => {
		await post.publish({ exitOn: { event: 'Email Replied' } });
		await post.world.walk.register(post.world.walk.step('sales', 'trigger'), { entry: { kind: 'event', match: { event: 'Email Replied' } } });
		await post.world.engine.segments.save({ name: 'Answered', rule: { message: 'replied', channel: 'email' }, wait: true });
		const message = await sendTo();

		await arrive(reply(from(message)));

		expect((await post.world.engine.segments.members('Answered')).map(({ profile }) => profile)).toEqual([ann]);
		const states = await post.world.rows<{ state: string; end_reason: string | null; entry: string }>('select e.state, e.end_reason, j.entry_kind as entry from enrollment e join journey j on j.id = e.journey order by e.id');
		expect(states.map(({ state, end_reason: reason }) => [state, reason])).toEqual([['exited', 'Email Replied'], ['active', null]]);
		expect(JSON.stringify(await post.world.engine.privacy.exportPerson({ profileId: ann }, { source: 'test' }))).toContain('repliedAt');
	});

	it('end a wait for an answer', async () => {
		const wait = post.world.walk.step('wait', 'waitForEvent');
		const { sent: [message], leg } = await post.send([ann]);
		await post.world.walk.park(wait, leg.people, DAY_MS, { event: 'Email Replied' });
		await post.world.walk.settle(leg);
		await arrive(reply(from(message as Sent), 'out of office', { 'Auto-Submitted': 'auto-replied' }));
		const before = (await post.world.walk.claim(wait)).people.length;

		await arrive(reply(from(message as Sent, { id: 'reply-2@mail.example' })));

		expect([before, (await post.world.walk.claim(wait)).people.map(({ outcome }) => outcome)]).toEqual([0, ['event']]);
	});
});
