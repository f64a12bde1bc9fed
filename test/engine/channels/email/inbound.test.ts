import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

import { callbackReader } from '../../../../engine/channels/callbacks';
import { mailReports, readMime, sesMail } from '../../../../engine/channels/email/inbound';
import { addressesIn } from '../../../../engine/channels/email/inbound/headers';
import { ownTextOf } from '../../../../engine/channels/email/inbound/own-text';
import type { CallbackRequest, CallbackResult, DeliveryReport } from '../../../../engine/channels/types';
import { httpService, type Answer } from '../http-service';
import { bounce, feedback, mailgunSigned, reply } from './inbound-mails';

const NOW = Date.parse('2026-03-02T10:00:00Z');
const ANN = { from: 'ann@customer.example', to: 'replies+tag@inbound.example', answered: 'AAAAAAAAAAAAAAAAAAAAAA@shop.example' };

const told = async (raw: string | Buffer): Promise<DeliveryReport[]> => {
	const mail = await readMime(raw);
	return mail === null ? [] : await mailReports(mail);
};
const kinds = async (raw: string): Promise<string[]> => (await told(raw)).map(({ kind }) => kind);

describe('a mail that came in', () => {
	it('of a person is an answer, by whom, to which mail and to which address, with what they wrote themselves', async () => {
		const [report] = await told(reply(ANN, undefined, { Date: 'Mon, 2 Mar 2026 09:58:00 +0000', 'Delivered-To': 'box@inbound.example' }));

		expect(report).toEqual({
			kind: 'replied', message: null, providerId: null, address: ANN.from, atMs: Date.parse('2026-03-02T09:58:00Z'), id: 'mail:reply-1@mail.example', text: 'Yes, please!', to: 'box@inbound.example',
			answers: { messageIds: [ANN.answered, 'other@elsewhere.example'], recipients: ['box@inbound.example', ANN.to], byPerson: true },
		});
	});

	it('keeps what is signed in an address to itself', async () => {
		expect((await told(reply(ANN)))[0]?.to).toBe('replies@inbound.example');
	});

	it.each<[string, Record<string, string>]>([
		['Auto-Submitted', { 'Auto-Submitted': 'auto-replied' }], ['X-Auto-Response-Suppress', { 'X-Auto-Response-Suppress': 'All' }], ['Precedence', { Precedence: 'bulk' }], ['X-Autoreply', { 'X-Autoreply': 'yes' }],
		['a null return path', { 'Return-Path': '<>' }], ['a daemon', { From: 'MAILER-DAEMON@mx.example' }], ['its subject and a list', { Subject: 'Out of Office: Hello', 'List-Id': '<a.example>' }], ['its subject and an address that nobody reads', { Subject: 'Automatische Antwort: Hello', From: 'no-reply@customer.example' }],
	])('of a machine is none, which says %s, whatever its words', async (_what, headers) => {
		expect(await kinds(reply(ANN, 'stop', headers))).toEqual(['autoReplied']);
	});

	it.each<[string, Record<string, string>]>([
		['Auto-Submitted: no', { 'Auto-Submitted': 'no' }], ['a subject alone', { Subject: 'Out of office hours?' }], ['a list alone', { 'List-Id': '<a.example>' }], ['a return path', { 'Return-Path': '<ann@customer.example>' }], ['X-Auto-Response-Suppress: None', { 'X-Auto-Response-Suppress': 'None' }],
	])('of a person stays one with %s', async (_what, headers) => {
		expect(await kinds(reply(ANN, undefined, headers))).toEqual(['replied']);
	});

	it.each<[string, string]>([
		['STOP', 'unsubscribed'], ['\r\n\r\n  Unsubscribe.\r\n\r\nSent from my phone', 'unsubscribed'], ['> Hello\r\n> there\r\n\r\nabmelden', 'unsubscribed'], ['On Mon, 2 Mar 2026 at 10:00, The Shop\r\n<news@shop.example> wrote:\r\n> Hi\r\nremove me', 'unsubscribed'],
		['Please do not stop sending these', 'replied'], ['Thanks!\r\nstop', 'replied'], ['T', 'replied'], ['start', 'replied'], ['I am fine\r\n-- \r\nstop', 'replied'], ['Hi\r\n-----Original Message-----\r\nFrom: news@shop.example\r\nunsubscribe', 'replied'],
		['> unsubscribe', 'replied'], ['', 'replied'],
	])('that begins by %j is %s', async (body, kind) => {
		expect(await kinds(reply(ANN, body))).toEqual([kind]);
	});

	it('that a mail program sent for the button to leave says so for the topic of the message, also with the mark of a machine', async () => {
		const [report] = await told(reply(ANN, '', { Subject: 'unsubscribe', 'Auto-Submitted': 'auto-generated', Date: 'Fri, 1 Jan 2010 00:00:00 +0000' }));

		expect(report).toMatchObject({ kind: 'unsubscribed', ofTopic: true, atMs: null });
	});

	it('in HTML alone, or in another charset, is read all the same', async () => {
		const html = reply(ANN, '<div>Abmelden</div><div class="gmail_quote">On Monday wrote:<blockquote>Hello</blockquote></div>', { 'Content-Type': 'text/html; charset=utf-8' });
		const latin = Buffer.from(reply(ANN, 'désinscription', { 'Content-Type': 'text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding': '8bit' }), 'latin1');

		expect([await kinds(html), (await told(latin)).map(({ kind }) => kind)]).toEqual([['unsubscribed'], ['unsubscribed']]);
	});

	it.each<[string, string, string, string]>([
		['5.1.1', '550 5.1.1 <ann@customer.example>: user unknown', 'hard', 'invalid'], ['5.0.0', '550 No such user here', 'hard', 'undelivered'], ['5.0.0', '554 rejected', 'soft', 'undelivered'], ['5.2.2', '552 5.2.2 mailbox full', 'soft', 'mailbox-full'],
		['5.7.1', '550 5.7.1 blocked by policy', 'soft', 'policy'], ['4.4.1', '', 'soft', 'unreachable'],
	])('that reports %s %j is a bounce, %s, of the mail in it', async (status, diagnostic, type, category) => {
		const [report] = await told(bounce({ ...ANN, from: 'mailer-daemon@mx.example' }, { recipient: ANN.from, status, diagnostic }));

		expect(report).toMatchObject({ kind: 'bounced', address: ANN.from, bounce: { type, category }, answers: { messageIds: [ANN.answered], recipients: [], byPerson: false } });
		expect(report?.reason).not.toContain('ann@');
	});

	it('that reports a failure and names nobody makes no address a dead one', async () => {
		const raw = bounce({ ...ANN, from: 'mailer-daemon@mx.example' }, { recipient: ANN.from, status: '5.1.1', diagnostic: '550 5.1.1 user unknown' }).replace(/^(Final|Original)-Recipient:.*\r\n/gim, '');

		expect(await told(raw)).toMatchObject([{ kind: 'bounced', address: null, bounce: { type: 'soft' } }]);
	});

	it('that reports a delay is nothing', async () => {
		expect(await told(bounce(ANN, { recipient: ANN.from, action: 'delayed', status: '4.4.1', diagnostic: '421 later' }))).toEqual([]);
	});

	it.each([['abuse', ['complained']], ['opt-out', ['unsubscribed']], ['not-spam', []], ['auth-failure', []]])('of a feedback loop with %s is %j', async (type, expected) => {
		const reports = await told(feedback({ ...ANN, from: 'fbl@provider.example' }, type, ANN.from));

		expect(reports.map(({ kind }) => kind)).toEqual(expected);
		expect(reports.every(({ address, answers }) => address === ANN.from && answers?.messageIds[0] === ANN.answered && !answers.byPerson)).toBe(true);
	});

	it('nested without end, or of headers without end, is none', async () => {
		const deep = Array.from({ length: 50 }, (_, n) => `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}`).join('\r\n');
		const wide = `From: a@x.example\r\n${'X-A: b\r\n'.repeat(60_000)}\r\nHi`;

		expect([await told(deep), await told(wide)]).toEqual([[], []]);
	});

	describe('that was written to keep its reader busy', () => {
		const odd = (headers: string, body: string, type = 'text/plain') => `From: a@x.example\r\nMessage-ID: <odd@x.example>\r\n${headers}Content-Type: ${type}\r\n\r\n${body}`;

		// Quadratic rules took minutes with the first two; the third is beyond any stack.
		it.each<[string, string]>([
			['an address that does not end', odd(`Cc: ${'a'.repeat(200_000)}\r\n`, 'Hello')],
			['quotes that do not end', odd(`Cc: "${'\\"'.repeat(100_000)}\r\n`, 'Hello')],
			['elements in each other', odd('', `${'<div>'.repeat(30_000)}Hello${'</div>'.repeat(30_000)}`, 'text/html')],
			['a line of somebody who wrote, and wrote', odd('', `On ${'wrote '.repeat(50)}${' '.repeat(150_000)}x`)],
		])('is somebody\'s answer all the same: %s', async (_what, mail) => {
			expect((await told(mail)).map(({ kind, address }) => [kind, address])).toEqual([['replied', 'a@x.example']]);
		}, 10_000);

		it('is read to the end of what people write, and not to the end of their files', async () => {
			const file = `${'A'.repeat(76)}\r\n`.repeat(60_000);
			const mail = odd('MIME-Version: 1.0\r\n', `--b\r\nContent-Type: text/plain\r\n\r\nSTOP\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${file}--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n--b--\r\n`, 'multipart/mixed; boundary=b');

			// The report behind the file is not looked for: with it the mail would be no answer.
			expect((await told(mail)).map(({ kind }) => kind)).toEqual(['unsubscribed']);
		});
	});

	it.each([
		['Ann <ann@x.example>, "Bob, the <odd@one.example>" <bob@x.example>', ['ann@x.example', 'bob@x.example']],
		['rfc822;ann@x.example', ['ann@x.example']], ['"an@y" <ann@x.example>', ['ann@x.example']], ['@x.example, ann@, none', []],
	])('addresses in %j', (value, expected) => {
		expect(addressesIn(value)).toEqual(expect.arrayContaining(expected));
		if (expected.length === 0) expect(addressesIn(value)).toEqual([]);
	});

	it('without a Message-ID is known again by what stands in it', async () => {
		const raw = reply(ANN).replace(/Message-ID: .*\r\n/, '');
		const ids = [await told(raw), await told(raw), await told(raw.replace('please', 'thanks'))].map(([report]) => report?.id);

		expect(ids[0]).toBe(ids[1]);
		expect(ids[2]).not.toBe(ids[0]);
	});
});

it('what people wrote themselves stands alone, wherever they wrote it', () => {
	expect(ownTextOf('Hi\n\n> quoted\n\nmore\n-- \nAnn')).toBe('Hi\n\nmore');
	expect(ownTextOf('Ja\n\nAm Mo., 2. März 2026 um 10:00 Uhr schrieb The Shop <news@shop.example>:\n> x')).toBe('Ja');
	expect(ownTextOf('Oui\n________________________________\nDe : The Shop')).toBe('Oui');
});

describe('services that take mails in', () => {
	const read = async (provider: string, request: Partial<CallbackRequest>, secrets: object, nowMs = NOW): Promise<CallbackResult | undefined> =>
		await callbackReader(provider)?.read({ method: 'POST', url: `https://c.example/callbacks/${provider}`, query: {}, headers: {}, body: Buffer.alloc(0), ...request }, secrets as never, nowMs);
	const reported = (result: CallbackResult | undefined) => (result?.kind === 'reports' ? result.reports.map(({ kind, address, answers, text }) => [kind, address, answers?.messageIds[0], answers?.recipients.includes(ANN.to), text]) : result?.kind);
	const ANSWER = [['replied', ANN.from, ANN.answered, true, 'Yes, please!']];
	const multipart = async (fields: Record<string, string | Buffer>): Promise<Partial<CallbackRequest>> => {
		const form = Object.entries(fields).map(([name, value]) => Buffer.concat([Buffer.from(`--xYzZY\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`), Buffer.from(value), Buffer.from('\r\n')]));
		return await Promise.resolve({ headers: { 'content-type': 'multipart/form-data; boundary=xYzZY' }, body: Buffer.concat([...form, Buffer.from('--xYzZY--\r\n')]) });
	};
	const json = (value: unknown): Partial<CallbackRequest> => ({ headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) });
	const headers = reply(ANN).split('\r\n\r\n')[0] ?? '';
	const named = headers.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
	const TEXT = 'Yes, please!\r\n\r\n> Hello';

	describe('SendGrid', () => {
		const envelope = JSON.stringify({ to: [ANN.to], from: ANN.from });

		it('posts a mail in parts or whole, by the key in its address', async () => {
			const parsed = await multipart({ headers, envelope, to: 'x', from: 'Ann', subject: 'Re: Hello', charsets: JSON.stringify({ text: 'iso-8859-1' }), text: Buffer.from(TEXT.replace('please', 'bitte schön'), 'latin1'), html: '<p>Yes</p>', SPF: 'pass' });
			const raw = await multipart({ envelope, email: reply(ANN) });
			const secrets = { verificationKey: '', callbackKey: 'k' };

			expect(reported(await read('sendgrid', { ...parsed, query: { key: 'k' } }, secrets))).toEqual([['replied', ANN.from, ANN.answered, true, 'Yes, bitte schön!']]);
			expect(reported(await read('sendgrid', { ...raw, query: { key: 'k' } }, secrets))).toEqual(ANSWER);
		});

		it('is refused without the key, and believed by its signature', async () => {
			const raw = await multipart({ envelope, email: reply(ANN) });
			const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
			const verificationKey = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
			const timestamp = String(NOW / 1000);
			const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), raw.body ?? Buffer.alloc(0)]), createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }))).toString('base64');
			const signed = { ...raw, headers: { ...raw.headers, 'x-twilio-email-event-webhook-signature': signature, 'x-twilio-email-event-webhook-timestamp': timestamp } };

			expect(reported(await read('sendgrid', signed, { verificationKey, callbackKey: '' }))).toEqual(ANSWER);
			expect(reported(await read('sendgrid', { ...signed, body: Buffer.concat([Buffer.from(raw.body ?? []), Buffer.from(' ')]) }, { verificationKey, callbackKey: '' }))).toBe('refused');
			expect(reported(await read('sendgrid', signed, { verificationKey, callbackKey: '' }, NOW + 3 * 24 * 3_600_000))).toBe('refused');
			expect(reported(await read('sendgrid', { ...raw, query: { key: 'x' } }, { verificationKey, callbackKey: 'k' }))).toBe('refused');
			expect(reported(await read('sendgrid', { ...raw, query: { key: '' } }, { verificationKey, callbackKey: '' }))).toBe('refused');
		});
	});

	describe('SendGrid, before anything of the form is read', () => {
		const secrets = { verificationKey: '', callbackKey: 'k' };

		it('is asked for its key', async () => {
			const broken = { headers: { 'content-type': 'multipart/form-data' }, body: Buffer.from('no form') };

			expect(await read('sendgrid', { ...broken, query: { key: 'x' } }, secrets)).toEqual({ kind: 'refused', reason: expect.stringContaining('does not bear the Inbound Key') as string });
			expect(await read('sendgrid', { ...broken, query: { key: 'k' } }, secrets)).toMatchObject({ kind: 'malformed' });
		});

		it('has its fields counted: no mail has more than a thousand', async () => {
			const fields = (more: number) => Object.fromEntries([...Array.from({ length: more }, (_none, n) => [`x${n}`, '']), ['email', reply(ANN)]]) as Record<string, string>;
			const of = async (more: number) => reported(await read('sendgrid', { ...(await multipart(fields(more))), query: { key: 'k' } }, secrets));

			expect([await of(500), await of(1_000)]).toEqual([ANSWER, 'malformed']);
		});
	});

	describe('Mailgun', () => {
		const fields = { recipient: ANN.to, sender: ANN.from, from: 'Ann', 'message-headers': JSON.stringify(named), 'body-plain': TEXT, 'stripped-text': 'Yes, please!', ...mailgunSigned('key', NOW) };

		it('posts a mail in parts, as either form, or whole, signed', async () => {
			const form: Partial<CallbackRequest> = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from(new URLSearchParams(fields).toString()) };

			expect(reported(await read('mailgun', form, { signingKey: 'key' }))).toEqual(ANSWER);
			expect(reported(await read('mailgun', await multipart(fields), { signingKey: 'key' }))).toEqual(ANSWER);
			expect(reported(await read('mailgun', await multipart({ recipient: ANN.to, sender: ANN.from, 'body-mime': reply(ANN), ...mailgunSigned('key', NOW) }), { signingKey: 'key' }))).toEqual(ANSWER);
		});

		it('is refused with a wrong or an old signature', async () => {
			expect(reported(await read('mailgun', await multipart(fields), { signingKey: 'other' }))).toBe('refused');
			expect(reported(await read('mailgun', await multipart({ ...fields, ...mailgunSigned('key', NOW - 3 * 24 * 3_600_000) }), { signingKey: 'key' }))).toBe('refused');
			expect(reported(await read('mailgun', await multipart({ a: 'b', ...mailgunSigned('key', NOW) }), { signingKey: 'key' }))).toBe('malformed');
		});
	});

	// https://postmarkapp.com/developer/webhooks/inbound-webhook
	it('Postmark posts JSON, with the raw mail or without', async () => {
		const event = {
			FromName: 'Ann', From: ANN.from, FromFull: { Email: ANN.from, Name: 'Ann', MailboxHash: '' }, To: ANN.to, ToFull: [{ Email: ANN.to, Name: '', MailboxHash: 'tag' }], OriginalRecipient: ANN.to, Subject: 'Re: Hello', MessageID: '22c74902', Date: 'Mon, 2 Mar 2026 10:00:00 +0000',
			TextBody: TEXT, HtmlBody: '', StrippedTextReply: 'Yes, please!', Headers: named.filter(([name]) => !/^(from|to|subject)$/i.test(name)).map(([Name, Value]) => ({ Name, Value })), Attachments: [],
		};

		expect(reported(await read('postmark', { ...json(event), query: { key: 'k' } }, { callbackKey: 'k' }))).toEqual(ANSWER);
		expect(reported(await read('postmark', { ...json({ ...event, RawEmail: reply(ANN) }), query: { key: 'k' } }, { callbackKey: 'k' }))).toEqual(ANSWER);
		expect(reported(await read('postmark', { ...json(event), query: { key: 'x' } }, { callbackKey: 'k' }))).toBe('refused');
	});

	// https://developers.brevo.com/docs/inbound-parse-webhooks
	it('Brevo posts a list of mails', async () => {
		const item = {
			Uuid: ['8d79f2b1'], MessageId: '<reply-1@mail.example>', InReplyTo: `<${ANN.answered}>`, From: { Name: 'Ann', Address: ANN.from }, To: [{ Name: null, Address: ANN.to }], Recipients: [ANN.to], Cc: [], ReplyTo: null, SentAtDate: 'Mon, 02 Mar 2026 10:00:00 +0000',
			Subject: 'Re: Hello', RawHtmlBody: '', RawTextBody: TEXT, ExtractedMarkdownMessage: 'Yes', SpamScore: 1, Attachments: [], Headers: { 'MIME-Version': '1.0', Subject: 'Re: Hello' },
		};

		expect(reported(await read('brevo', { ...json({ items: [item] }), query: { key: 'k' } }, { callbackKey: 'k' }))).toEqual(ANSWER);
		expect(reported(await read('brevo', json({ items: [item] }), { callbackKey: 'k' }))).toBe('refused');
	});

	// https://developers.sparkpost.com/api/relay-webhooks/
	it('SparkPost posts batches of raw mails, by its token', async () => {
		const batch = [false, true].map((isBase64) => ({ msys: { relay_message: { content: { email_rfc822: isBase64 ? Buffer.from(reply(ANN)).toString('base64') : reply(ANN), email_rfc822_is_base64: isBase64 }, friendly_from: ANN.from, msg_from: ANN.from, rcpt_to: ANN.to, webhook_id: '4839201967643219', protocol: 'smtp' } } }));

		const request = json(batch);
		expect(reported(await read('sparkpost', { ...request, headers: { ...request.headers, 'x-messagesystems-webhook-token': 'k' } }, { callbackKey: 'k' }))).toEqual([...ANSWER, ...ANSWER]);
		expect(reported(await read('sparkpost', { ...request, headers: { ...request.headers, 'x-messagesystems-webhook-token': 'x' } }, { callbackKey: 'k' }))).toBe('refused');
	});

	// https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-examples.html; how SNS signs it is ses-callbacks.test.ts's.
	it('Amazon SES publishes the mail as text or base64, and of other actions than SNS its headers alone', async () => {
		const event = { notificationType: 'Received', receipt: { recipients: [ANN.to], action: { type: 'SNS', topicArn: 'arn:aws:sns:us-east-1:012345678912:example-topic' } }, mail: { source: ANN.from, messageId: 'd6iitobk75ur44p8kdnnp7g2n800', destination: [ANN.to], headers: named.map(([name, value]) => ({ name, value })) } };
		const mails = [await sesMail({ ...event, content: reply(ANN) }), await sesMail({ ...event, content: Buffer.from(reply(ANN)).toString('base64') }), await sesMail(event)];
		const reports = await Promise.all(mails.map(async (mail) => (mail === null ? null : reported({ kind: 'reports', reports: await mailReports(mail) }))));

		expect(reports).toEqual([ANSWER, ANSWER, [['replied', ANN.from, ANN.answered, true, '']]]);
	});

	describe('Resend', () => {
		const secret = `whsec_${Buffer.from('a secret of resend').toString('base64')}`;
		const event = json({ type: 'email.received', created_at: '2026-03-02T10:00:00.000Z', data: { email_id: '56761188-7520-42d8-8898-ff6fc54ce618', from: 'Ann <ann@customer.example>', to: [ANN.to], subject: 'Re: Hello' } });
		const signed = async (): Promise<Partial<CallbackRequest>> => {
			const { createHmac } = await import('node:crypto');
			const timestamp = String(NOW / 1000);
			const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`msg_1.${timestamp}.`).update(event.body ?? '').digest('base64');
			return { ...event, headers: { ...event.headers, 'svix-id': 'msg_1', 'svix-timestamp': timestamp, 'svix-signature': `v1,${signature}` } };
		};
		const MAIL = { object: 'email', id: '56761188-7520-42d8-8898-ff6fc54ce618', to: [ANN.to], from: `Ann <${ANN.from}>`, created_at: '2026-03-02T09:59:00Z', subject: 'Re: Hello', html: '', text: TEXT, headers: { 'in-reply-to': `<${ANN.answered}>` }, bcc: [], cc: [], reply_to: [], message_id: '<reply-1@mail.example>', raw: null, attachments: [] };
		const withApi = async (answer: Answer, use: (baseUrl: string, calls: () => string[]) => Promise<void>): Promise<void> => {
			const service = await httpService(answer);
			await use(service.url, () => service.calls.map(({ path, headers: { authorization } }) => `${path} ${authorization}`));
			await service.close();
		};

		it('tells of a mail, which is fetched by its API', async () => {
			await withApi({ status: 200, json: MAIL }, async (baseUrl, calls) => {
				expect(reported(await read('resend', await signed(), { signingSecret: secret, apiKey: 're_1', baseUrl }))).toEqual(ANSWER);
				expect(calls()).toEqual(['/emails/receiving/56761188-7520-42d8-8898-ff6fc54ce618?html_format=cid Bearer re_1']);
			});
		});

		it('is asked to come again where the mail cannot be had for now, and refused where the key may not read', async () => {
			const statuses: unknown[] = [];
			for (const status of [500, 429, 403, 404]) {
				await withApi({ status, json: {} }, async (baseUrl) => {
					const result = await read('resend', await signed(), { signingSecret: secret, apiKey: 're_1', baseUrl });
					statuses.push(result?.kind === 'answer' ? result.status : result?.kind);
				});
			}
			expect(statuses).toEqual([503, 503, 'refused', 'reports']);
		});

		it('fetches the raw mail of a bounce, without its login', async () => {
			const store = await httpService({ status: 200, text: bounce({ ...ANN, from: 'mailer-daemon@mx.example' }, { recipient: ANN.from, status: '5.1.1', diagnostic: '550 5.1.1 unknown' }) });
			await withApi({ status: 200, json: { ...MAIL, headers: { 'content-type': 'multipart/report; report-type=delivery-status' }, raw: { download_url: `${store.url}/raw?signature=x`, expires_at: '2026-03-02T11:00:00Z' } } }, async (baseUrl) => {
				const result = await read('resend', await signed(), { signingSecret: secret, apiKey: 're_1', baseUrl });
				expect(reported(result)).toEqual([['bounced', ANN.from, ANN.answered, false, undefined]]);
			});
			expect(store.calls.map(({ path, headers: { authorization } }) => [path, authorization])).toEqual([['/raw?signature=x', undefined]]);
			await store.close();
		});

		it('with a wrong signature fetches nothing', async () => {
			await withApi({ status: 200, json: MAIL }, async (baseUrl, calls) => {
				expect(reported(await read('resend', await signed(), { signingSecret: `whsec_${createHash('sha256').update('x').digest('base64')}`, apiKey: 're_1', baseUrl }))).toBe('refused');
				expect(calls()).toEqual([]);
			});
		});
	});
});
