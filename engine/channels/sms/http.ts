import { EngineError } from '../../kernel';
import { textAt, type HttpAnswer, type HttpCall } from '../http';
import { withKey } from './callback-key';
import { createHttpSmsProvider } from './http-provider';
import type { HttpSmsConfig, OutgoingSms, SmsProvider } from './types';

/** A service's own words are taken from these, wherever it puts them. */
const SAID = ['message', 'error.message', 'error', 'errors.0.message', 'errors.0.detail', 'description', 'detail'];
const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

type Escape = (value: string) => string;

/** Any service with an HTTP API. Throws BAD_INPUT for an address that is none and for a range of statuses that cannot be read. */
export function createHttpSms(config: HttpSmsConfig): SmsProvider {
	if (!/^https?:\/\/./.test(config.url)) throw new EngineError('BAD_INPUT', 'The address of the SMS service does not begin with http:// or https://. Correct it in the credential.');
	const isAccepted = statusRange(config.acceptedStatus);
	return createHttpSmsProvider(config, {
		name: 'http', service: config.service === '' ? 'The SMS service' : config.service, baseUrl: '', secrets: [config.secret, config.callbackKey],
		call: (message) => callFor(config, valuesOf(config, message)),
		accepted: (answer, message) => {
			if (!isAccepted(answer.status) || !asText(answer).includes(config.acceptedText)) return undefined;
			// Without an id of its own the service's callbacks can still name ours, which stands in their address.
			return config.idPath === '' ? message.id : textAt(answer.body, config.idPath);
		},
		said: (answer) => SAID.map((path) => textAt(answer.body, path)).find((text) => text !== undefined) ?? (typeof answer.body === 'string' ? answer.body : undefined),
		sort: (answer) => {
			if (isAccepted(answer.status) && !asText(answer).includes(config.acceptedText)) return { kind: 'permanent', what: 'The answer does not hold the text that means "accepted"' };
			// By HTTP nothing was taken; some gateways say so when the service behind them was slow.
			if (answer.status === 408) return { kind: 'ambiguous', what: 'The answer says that it took too long (408), which does not say whether the message was taken' };
			// Some lead on to a page after they have taken the message.
			return answer.status >= 300 && answer.status < 400 ? { kind: 'ambiguous', what: `The answer leads to another address (${answer.status}), which does not say whether the message was taken` } : undefined;
		},
		check: () => (config.testUrl === '' ? { method: 'GET', path: new URL(filled(config.url, valuesOf(config, NOBODY), encodeURIComponent)).origin } : { method: 'GET', path: filled(config.testUrl, valuesOf(config, NOBODY), encodeURIComponent), headers: headersOf(config, valuesOf(config, NOBODY)) }),
	});
}

const NOBODY: OutgoingSms = { id: '', to: '', from: '', text: '', mediaUrls: [] };

function callFor(config: HttpSmsConfig, values: Readonly<Record<string, string>>): HttpCall {
	const { method, url, bodyType, body } = config;
	const [escape, type] = BODIES[bodyType];
	const headers = headersOf(config, values);
	const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
	return {
		method, path: filled(url, values, encodeURIComponent), headers: { ...(type === null || hasType || method === 'GET' ? {} : { 'content-type': type }), ...headers },
		...(bodyType === 'none' || method === 'GET' ? {} : { body: filled(body, values, escape) }),
	};
}

const BODIES: Readonly<Record<HttpSmsConfig['bodyType'], [Escape, string | null]>> = {
	// Inside the quotes that the body has already.
	json: [(value) => JSON.stringify(value).slice(1, -1), 'application/json'],
	form: [encodeURIComponent, 'application/x-www-form-urlencoded'],
	text: [(value) => value, 'text/plain; charset=utf-8'],
	none: [(value) => value, null],
};

function valuesOf({ secret = '', callbackKey }: HttpSmsConfig, { id, to, from, text, mediaUrls, callbackUrl }: OutgoingSms): Record<string, string> {
	return { id, to, toDigits: to.replace(/^\+/, ''), from, text, mediaUrl: mediaUrls[0] ?? '', callbackUrl: callbackUrl === undefined ? '' : withKey(callbackUrl, callbackKey), secret };
}

/** A header is one line, whatever a value holds. */
function headersOf({ headers }: HttpSmsConfig, values: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value, values, (text) => text.replace(/\p{Cc}+/gu, ' '))]));
}

function filled(text: string, values: Readonly<Record<string, string>>, escape: Escape): string {
	return text.replace(PLACEHOLDER, (_whole, name: string) => escape(Object.hasOwn(values, name) ? (values[name] ?? '') : ''));
}

function asText({ body }: HttpAnswer): string {
	return typeof body === 'string' ? body : JSON.stringify(body);
}

/** "200-299, 304": whether a status is within. */
function statusRange(text: string): (status: number) => boolean {
	const ranges = text.split(',').map((part) => /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/.exec(part));
	if (ranges.some((range) => range === null)) throw new EngineError('BAD_INPUT', 'Accepted Status in the credential is no list of statuses. Write 200-299, or 200,202.');
	return (status) => ranges.some((range) => range !== null && status >= Number(range[1]) && status <= Number(range[2] ?? range[1]));
}
