import { createHttpClient } from '../http';
import { dateMs, fieldsOf, isFresh, jsonOf, malformed, refused } from '../callbacks/reading';
import type { CallbackRequest, CallbackResult } from '../types';

export interface SnsOptions {
	/** Host and port that certificates and confirmations are fetched from. Default: Amazon SNS in the topic's region. For a server that stands in for it. */
	host?: string;
}

export interface SnsSecrets {
	/** The topics that may call, such as arn:aws:sns:eu-west-1:123456789012:ses-events. A signature alone says only that it is some topic of some account of Amazon's. */
	topicArns: readonly string[];
}

export type SnsMessage = { kind: 'notification'; message: string } | CallbackResult;

const TOPIC = /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{3,40}):\d{12}:[\w-]{1,256}(\.fifo)?$/;
/** SNS gives up within an hour, unless the topic's delivery policy says otherwise. */
const OLDEST_MS = 24 * 3_600_000;
/** Amazon's certificate and confirmation come at once; the caller waits. */
const FETCH_TIMEOUT_MS = 10_000;

/**
 * One HTTPS delivery of Amazon SNS: checked, confirmed where it asks for that, or what was published.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export async function readSns(request: CallbackRequest, { topicArns }: SnsSecrets, nowMs: number, options: SnsOptions): Promise<SnsMessage> {
	const message = fieldsOf(jsonOf(request));
	if (typeof message.Type !== 'string') return malformed('This is no message of Amazon SNS. Switch raw message delivery off for the subscription: only whole messages are signed.');
	const topic = typeof message.TopicArn === 'string' ? message.TopicArn : '';
	const [, partition, region] = TOPIC.exec(topic) ?? [];
	if (partition === undefined || region === undefined || !topicArns.includes(topic)) {
		return refused('The SNS topic is not one of those in the Amazon SES credential. Enter its ARN there under Topic ARNs.');
	}
	// The validator looks at the wrong fields of this one (it leaves out Token); nothing is done with it anyway.
	if (message.Type === 'UnsubscribeConfirmation') return answer(200, 'The subscription has ended.');
	const host = options.host ?? `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
	if (!(await isSigned(message, host))) return refused('The signature of the message of Amazon SNS is wrong, or its certificate could not be had.');
	if (!isFresh(dateMs(message.Timestamp), nowMs, OLDEST_MS)) return refused('The message of Amazon SNS is too old, or the clock of this machine is wrong.');
	if (message.Type === 'SubscriptionConfirmation') return await confirm(String(message.SubscribeURL), host);
	if (message.Type !== 'Notification' || typeof message.Message !== 'string') return malformed('This kind of message of Amazon SNS is not known.');
	return { kind: 'notification', message: message.Message };
}

/** The certificate comes from `host` over https, where the validator keeps it. */
async function isSigned(message: Record<string, unknown>, host: string): Promise<boolean> {
	const { default: MessageValidator } = await import('sns-validator');
	const validator = new MessageValidator(new RegExp(`^${host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
	return await new Promise((resolve) => {
		const timer = setTimeout(() => resolve(false), FETCH_TIMEOUT_MS);
		const end = (valid: boolean): void => {
			clearTimeout(timer);
			resolve(valid);
		};
		try {
			validator.validate({ ...message }, (error) => end(error === null));
		} catch {
			// An address without a path makes it throw.
			end(false);
		}
	});
}

/** Without this call SNS sends nothing. The address is inside what was signed, and looked at all the same. */
async function confirm(address: string, host: string): Promise<CallbackResult> {
	if (!isAt(address, host)) return refused('The confirmation of the SNS subscription leads elsewhere than to Amazon SNS.');
	const http = createHttpClient({ service: 'Amazon SNS', baseUrl: `https://${host}`, connections: 1, timeoutMs: FETCH_TIMEOUT_MS, secrets: [] });
	const result = await http.call({ method: 'GET', path: address });
	http.close();
	if (result.kind === 'answer' && result.status === 200) return answer(200, 'The subscription is confirmed.');
	// SNS asks again when the answer is no 2xx.
	return answer(502, 'The subscription could not be confirmed.');
}

function isAt(address: string, host: string): boolean {
	try {
		const url = new URL(address);
		return url.protocol === 'https:' && url.host === host && url.username === '' && url.password === '';
	} catch {
		return false;
	}
}

function answer(status: number, body: string): CallbackResult {
	return { kind: 'answer', status, body, contentType: 'text/plain' };
}
