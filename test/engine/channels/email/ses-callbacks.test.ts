import { sign } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createSesCallbacks, sesCallbacks } from '../../../../engine/channels';
import { recipientMark } from '../../../../engine/channels/email/recipients';
import { callback, reportsOf } from './samples';
import { localhostCertificate } from '../certificate';

const TOPIC = 'arn:aws:sns:us-west-2:123456789012:SES_Events';
const secrets = { topicArns: ['arn:aws:sns:eu-west-1:123456789012:other', TOPIC] };
const NOW = Date.parse('2018-03-26T18:00:00.000Z');
const ID = '00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000';
const ANN = 'ann.marsh@customer.example';

const { cert, key } = localhostCertificate(Date.now());
const trusted = getCACertificates();
let server: Server;
let host: string;
let asked: string[];
let confirms = 200;

/** Stands in for sns.us-west-2.amazonaws.com: gives the certificate and takes confirmations. */
beforeAll(async () => {
	setDefaultCACertificates([...trusted, cert]);
	server = createServer({ cert, key }, ({ url = '' }, response) => {
		asked.push(url);
		if (url.endsWith('.pem')) return void response.end(cert);
		response.writeHead(confirms).end('<ConfirmSubscriptionResponse/>');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
	setDefaultCACertificates(trusted);
	await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
	asked = [];
	confirms = 200;
});

type Sns = Record<string, string>;

/** As AWS describes it: the fields of the type in their order, each name and value on a line of its own. */
function signed(given: Sns, version: '1' | '2' = '2'): Sns {
	const message: Sns = {
		Type: 'Notification', MessageId: '19ba9823-d7f2-53c1-860e-cb10e0d13dfc', TopicArn: TOPIC, Message: '{}', Timestamp: '2018-03-26T17:58:59.675Z',
		SigningCertURL: `https://${host}/SimpleNotificationService-12345abcde.pem`, ...given, SignatureVersion: version,
	};
	const names = message.Type === 'Notification' ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
	const text = names.filter((name) => message[name] !== undefined).map((name) => `${name}\n${message[name]}\n`).join('');
	return { ...message, Signature: sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text), key).toString('base64') };
}

const reader = () => createSesCallbacks({ host });
const read = (message: Sns, given = secrets, nowMs = NOW) => reader().read(callback(JSON.stringify(message), { 'content-type': 'text/plain; charset=UTF-8' }), given, nowMs);
const told = async (event: object) => reportsOf(await read(signed({ Subject: 'Amazon SES Email Event Notification', Message: `${JSON.stringify(event)}\n` })));

const mail = (given: object = {}) => ({
	timestamp: '2016-01-27T14:59:38.237Z', source: 'news@shop.example', sourceArn: 'arn:aws:ses:us-west-2:888888888888:identity/shop.example', sendingAccountId: '123456789012',
	messageId: ID, destination: [ANN], ...given,
});
const TAGS = { 'ses:configuration-set': ['journeys'], journeys_message: ['bXNnLWlkLTEyMzQ1Njc4OQ'], journeys_recipient: [recipientMark(ANN)] };
const AT = { timestamp: '2017-08-05T00:41:02.669Z' };
const BOUNCE = { bounceType: 'Permanent', bounceSubType: 'General', feedbackId: 'f-1', ...AT, reportingMTA: 'dsn; mta.example.com',
	bouncedRecipients: [{ emailAddress: ANN, action: 'failed', status: '5.1.1', diagnosticCode: `smtp; 550 5.1.1 <${ANN}>... User unknown` }] };
const bounce = (bounceType: string, bounceSubType: string) => ({ eventType: 'Bounce', bounce: { ...BOUNCE, bounceType, bounceSubType } });
const USER_UNKNOWN = 'smtp; 550 5.1.1 <[address]>... User unknown';

describe('An event of Amazon SES', () => {
	it.each<[string, object, object | null]>([
		['Send', { eventType: 'Send', send: {} }, null],
		['DeliveryDelay', { eventType: 'DeliveryDelay', deliveryDelay: { ...AT, delayType: 'TransientCommunicationFailure', delayedRecipients: [{ emailAddress: ANN }] } }, null],
		['Delivery', { eventType: 'Delivery', delivery: { ...AT, recipients: [ANN], smtpResponse: '250 ok' } }, { kind: 'delivered', id: `${ID}:delivered:${AT.timestamp}:0` }],
		['Bounce Permanent', bounce('Permanent', 'General'), { kind: 'bounced', bounce: { type: 'hard', category: 'general' }, reason: USER_UNKNOWN, id: `${ID}:bounced:f-1:0` }],
		['Bounce Permanent, no mailbox', bounce('Permanent', 'NoEmail'), { kind: 'bounced', bounce: { type: 'hard', category: 'no-email' }, reason: USER_UNKNOWN, id: `${ID}:bounced:f-1:0` }],
		['Bounce Permanent for policy', { eventType: 'Bounce', bounce: { ...BOUNCE, bouncedRecipients: [{ emailAddress: ANN, status: '5.7.1' }] } }, { kind: 'bounced', bounce: { type: 'soft', category: 'general' }, id: `${ID}:bounced:f-1:0` }],
		['Bounce Transient', bounce('Transient', 'MailboxFull'), { kind: 'bounced', bounce: { type: 'soft', category: 'mailbox-full' }, reason: USER_UNKNOWN, id: `${ID}:bounced:f-1:0` }],
		['Bounce Undetermined', bounce('Undetermined', 'Undetermined'), { kind: 'bounced', bounce: { type: 'soft', category: 'undetermined' }, reason: USER_UNKNOWN, id: `${ID}:bounced:f-1:0` }],
		['Bounce by the list of the account', bounce('Permanent', 'OnAccountSuppressionList'), { kind: 'failed', reason: USER_UNKNOWN, id: `${ID}:failed:f-1:0` }],
		['Bounce by the list of SES', bounce('Permanent', 'Suppressed'), { kind: 'failed', reason: USER_UNKNOWN, id: `${ID}:failed:f-1:0` }],
		['Complaint', { eventType: 'Complaint', complaint: { ...AT, feedbackId: 'f-2', complaintFeedbackType: 'abuse', complainedRecipients: [{ emailAddress: ANN }] } }, { kind: 'complained', reason: 'abuse', id: `${ID}:complained:f-2:0` }],
		['Complaint by the list of the account', { eventType: 'Complaint', complaint: { ...AT, feedbackId: 'f-2', complaintSubType: 'OnAccountSuppressionList', complainedRecipients: [{ emailAddress: ANN }] } }, { kind: 'failed', id: `${ID}:failed:f-2:0` }],
		['Complaint that is none', { eventType: 'Complaint', complaint: { ...AT, complaintFeedbackType: 'not-spam', complainedRecipients: [{ emailAddress: ANN }] } }, null],
		['Open', { eventType: 'Open', open: { ...AT, ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0' } }, { kind: 'opened', userAgent: 'Mozilla/5.0', id: `${ID}:opened:${AT.timestamp}:0` }],
		['Click', { eventType: 'Click', click: { ...AT, link: 'https://shop.example/a', userAgent: 'Mozilla/5.0' } }, { kind: 'clicked', url: 'https://shop.example/a', userAgent: 'Mozilla/5.0', id: `${ID}:clicked:${AT.timestamp}:0` }],
		['Reject', { eventType: 'Reject', reject: { ...AT, reason: 'Bad content' } }, { kind: 'failed', reason: 'Bad content', id: `${ID}:failed:${AT.timestamp}:0` }],
		['Rendering Failure', { eventType: 'Rendering Failure', failure: { ...AT, errorMessage: 'Attribute is not present', templateName: 'T' } }, { kind: 'failed', reason: 'Attribute is not present', id: `${ID}:failed:${AT.timestamp}:0` }],
		['Subscription: left all', { eventType: 'Subscription', subscription: { ...AT, contactList: 'L', source: 'UnsubscribeHeader', newTopicPreferences: { unsubscribeAll: true, topicSubscriptionStatus: [] }, oldTopicPreferences: { unsubscribeAll: false } } },
			{ kind: 'unsubscribed', id: `${ID}:unsubscribed:${AT.timestamp}:0` }],
		['Subscription: left a topic', { eventType: 'Subscription', subscription: { ...AT, newTopicPreferences: { unsubscribeAll: false, topicSubscriptionStatus: [{ topicName: 'A', subscriptionStatus: 'OptOut' }] }, oldTopicPreferences: { unsubscribeAll: false, topicSubscriptionStatus: [{ topicName: 'A', subscriptionStatus: 'OptIn' }] } } },
			{ kind: 'unsubscribed', id: `${ID}:unsubscribed:${AT.timestamp}:0` }],
		['Subscription: came back', { eventType: 'Subscription', subscription: { ...AT, newTopicPreferences: { unsubscribeAll: false }, oldTopicPreferences: { unsubscribeAll: true } } }, { kind: 'resubscribed', id: `${ID}:resubscribed:${AT.timestamp}:0` }],
	])('%s', async (_title, event, expected) => {
		expect(await told({ ...event, mail: mail({ tags: TAGS }) })).toEqual(expected === null ? [] : [{
			message: 'bXNnLWlkLTEyMzQ1Njc4OQ', providerId: ID, address: ANN, atMs: Date.parse(AT.timestamp), ...expected,
		}]);
	});

	it('as feedback of an identity is known by its MessageId, and by our Message-ID where headers are given', async () => {
		const feedback = { notificationType: 'Bounce', bounce: BOUNCE };

		const [bare] = await told({ ...feedback, mail: mail() });
		const [withHeaders] = await told({ ...feedback, mail: mail({ headers: [{ name: 'From', value: 'x' }, { name: 'Message-ID', value: '<bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>' }] }) });
		const [published] = await told({ ...bounce('Permanent', 'General'), mail: mail({ tags: TAGS }) });

		expect(bare).toMatchObject({ kind: 'bounced', message: null, providerId: ID });
		expect(withHeaders).toMatchObject({ message: 'bXNnLWlkLTEyMzQ1Njc4OQ', providerId: ID });
		expect(bare?.id).toBe(published?.id);
	});

	it('about several is one report each, and of no message of ours for those in copy', async () => {
		const destination = [ANN, 'copy@partner.example'];
		const reports = await told({ eventType: 'Delivery', delivery: { ...AT, recipients: destination }, mail: mail({ tags: TAGS, destination }) });
		const opened = await told({ eventType: 'Open', open: AT, mail: mail({ tags: TAGS, destination }) });

		expect(reports).toMatchObject([{ address: ANN, message: 'bXNnLWlkLTEyMzQ1Njc4OQ', providerId: ID }, { address: 'copy@partner.example', message: null, providerId: null }]);
		expect(new Set(reports.map(({ id }) => id)).size).toBe(2);
		expect(opened).toMatchObject([{ kind: 'opened', address: null, message: 'bXNnLWlkLTEyMzQ1Njc4OQ' }]);
	});

	it('that only says that the topic works tells nothing', async () => {
		expect(reportsOf(await read(signed({ Message: 'Successfully validated SNS topic for Amazon SES event publishing.' })))).toEqual([]);
		expect(await told({ notificationType: 'AmazonSnsSubscriptionSucceeded', message: 'You have successfully subscribed' })).toEqual([]);
		expect(await read(signed({ Message: 'Hello' }))).toMatchObject({ kind: 'malformed' });
	});
});

describe('A message of Amazon SNS', () => {
	it.each(['1', '2'] as const)('is believed with signature version %s, its certificate fetched once', async (version) => {
		const path = `/SimpleNotificationService-v${version}.pem`;
		const message = signed({ SigningCertURL: `https://${host}${path}` }, version);

		expect((await read(message)).kind).toBe('reports');
		expect((await read(message)).kind).toBe('reports');
		expect(asked).toEqual([path]);
	});

	it.each<[string, () => Sns]>([
		['with another text', () => ({ ...signed({}), Message: '{"eventType":"Complaint"}' })],
		['with another signature', () => ({ ...signed({}), Signature: signed({ MessageId: 'x' }).Signature! })],
		['with a certificate from elsewhere', () => signed({ SigningCertURL: 'https://sns.us-west-2.amazonaws.com.evil.example/a.pem' })],
		['with a certificate over http', () => signed({ SigningCertURL: `http://${host}/a.pem` })],
		['with no certificate', () => signed({ SigningCertURL: 'x' })],
		['of a topic that is not ours', () => signed({ TopicArn: 'arn:aws:sns:us-west-2:999999999999:theirs' })],
		['of a topic that is none', () => signed({ TopicArn: 'x' })],
	])('is refused %s', async (_title, message) => {
		expect(await read(message())).toMatchObject({ kind: 'refused' });
	});

	it('is refused with a certificate from a host whose name only ends as Amazon\'s does', async () => {
		const message = signed({ SigningCertURL: `https://${host}/SimpleNotificationService-other.pem` });

		expect(await createSesCallbacks({ host: host.slice(1) }).read(callback(JSON.stringify(message), {}), secrets, NOW)).toMatchObject({ kind: 'refused' });
		expect(asked).toEqual([]);
	});

	it('is refused while the credential names no topic, and a stranger makes us fetch nothing', async () => {
		const fresh = signed({ SigningCertURL: `https://${host}/SimpleNotificationService-fresh.pem` });

		expect(await read(fresh, { topicArns: [] })).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Topic ARNs') });
		expect(asked).toEqual([]);
	});

	it('is refused when it is too old or of the future', async () => {
		const message = signed({});

		expect((await read(message, secrets, NOW + 23 * 3_600_000)).kind).toBe('reports');
		expect((await read(message, secrets, NOW + 25 * 3_600_000)).kind).toBe('refused');
		expect((await read(message, secrets, NOW - 3_600_000)).kind).toBe('refused');
	});

	it('is believed by default only from Amazon in the topic\'s own region', async () => {
		const message = signed({});

		expect(await sesCallbacks.read(callback(JSON.stringify(message)), secrets, NOW)).toMatchObject({ kind: 'refused' });
		expect(asked).toEqual([]);
	});

	it('that came without its envelope, or is none, cannot be read', async () => {
		expect(await read({ eventType: 'Bounce' })).toMatchObject({ kind: 'malformed', reason: expect.stringContaining('raw message delivery') });
		expect(await reader().read(callback('not json'), secrets, NOW)).toMatchObject({ kind: 'malformed' });
	});
});

describe('The confirmation of an SNS subscription', () => {
	const path = '/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-west-2:123456789012:SES_Events&Token=2336412f37';
	const confirmation = (SubscribeURL = `https://${host}${path}`) => signed({ Type: 'SubscriptionConfirmation', Token: '2336412f37', SubscribeURL, Message: 'You have chosen to subscribe' });

	it('is given by calling the address that was signed', async () => {
		expect(await read(confirmation())).toMatchObject({ kind: 'answer', status: 200 });
		expect(asked.filter((url) => !url.endsWith('.pem'))).toEqual([path]);
	});

	it('is tried again by SNS when Amazon does not answer well', async () => {
		confirms = 500;

		expect(await read(confirmation())).toMatchObject({ kind: 'answer', status: 502 });
	});

	it.each(['https://evil.example/', 'http://sns.us-west-2.amazonaws.com/', 'https://x@127.0.0.1/', 'nonsense'])('is never given at %s', async (address) => {
		expect(await read(confirmation(address))).toMatchObject({ kind: 'refused' });
		expect(asked.filter((url) => !url.endsWith('.pem'))).toEqual([]);
	});

	it('is given neither unsigned nor for another topic', async () => {
		expect(await read({ ...confirmation(), Token: 'other' })).toMatchObject({ kind: 'refused' });
		expect(await read({ ...confirmation(), TopicArn: 'arn:aws:sns:us-west-2:999999999999:theirs' })).toMatchObject({ kind: 'refused' });
		expect(asked.filter((url) => !url.endsWith('.pem'))).toEqual([]);
	});

	it('is not given back when somebody ends it', async () => {
		expect(await read(signed({ Type: 'UnsubscribeConfirmation', Token: 'x', SubscribeURL: `https://${host}${path}` }))).toMatchObject({ kind: 'answer', status: 200 });
		expect(asked).toEqual([]);
	});
});
