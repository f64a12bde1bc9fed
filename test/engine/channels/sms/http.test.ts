import { createSmsProvider } from '../../../../engine/channels';
import { httpSmsCallbacks, type HttpSmsCallbacks } from '../../../../engine/channels/sms/http-callbacks';
import type { HttpSmsConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const config = (baseUrl: string): HttpSmsConfig => ({
	kind: 'http', service: 'Acme SMS', method: 'POST', url: `${baseUrl}/send`, headers: { authorization: 'Token {{secret}}' }, bodyType: 'json',
	body: '{"to":"{{to}}","from":"{{ from }}","text":"{{text}}","ref":"{{id}}","dlr":"{{callbackUrl}}","media":"{{mediaUrl}}"}', secret: 'secret-of-acme', acceptedStatus: '200-299', acceptedText: '', idPath: 'result.id', testUrl: '', callbackKey: 'ours', timeoutMs: 30_000,
});
const took: Answer = { status: 202, json: { result: { id: 'acme-1' } } };

describe('a service over HTTP that is not in the list', () => {
	it('gets the message in its own words, escaped for JSON', async () => {
		const { outcome, calls } = await sendOnce(config, took, outgoing({ text: 'He said "hi"\n\\o/', mediaUrls: ['https://cdn.example/a.jpg'] }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'acme-1' });
		expect(calls).toMatchObject([{ method: 'POST', path: '/send' }]);
		expect(calls[0]?.headers).toMatchObject({ authorization: 'Token secret-of-acme', 'content-type': 'application/json' });
		expect(calls[0]?.json).toEqual({ to: TO, from: '+15005550006', text: 'He said "hi"\n\\o/', ref: 'msg-1', dlr: 'https://shop.example/j/callbacks/x?message=msg-1&key=ours', media: 'https://cdn.example/a.jpg' });
	});

	it('as a form, or in the address of a GET, with values that cannot break out of their place', async () => {
		const evil = outgoing({ text: 'a&to=+1900&b=c d' });
		const form = await sendOnce((url) => ({ ...config(url), bodyType: 'form', body: 'to={{toDigits}}&text={{text}}', idPath: '' }), took, evil);
		const get = await sendOnce((url) => ({ ...config(url), method: 'GET', bodyType: 'none', body: '', url: `${url}/send?to={{to}}&text={{text}}`, headers: { 'x-text': '{{text}}\r\nX-Evil: 1' } }), took, evil);

		expect([...form.calls[0]!.form]).toEqual([['to', '4915112345678'], ['text', 'a&to=+1900&b=c d']]);
		expect(form.outcome).toEqual({ kind: 'accepted', providerId: 'msg-1' });
		expect(Object.fromEntries(new URL(get.calls[0]!.path, 'http://x').searchParams)).toEqual({ to: TO, text: 'a&to=+1900&b=c d' });
		expect(get.calls[0]?.body.toString()).toBe('');
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a refusal', { status: 400, json: { error: { message: `Unknown number ${TO}` } } }, { kind: 'permanent' }],
		['an answer without the id it should hold', { status: 200, json: { result: {} } }, { kind: 'ambiguous' }],
		['an answer that leads elsewhere', { status: 302, text: '', headers: { location: 'https://sms.example/done' } }, { kind: 'ambiguous' }],
		['an answer that says that it took too long', { status: 408, text: '' }, { kind: 'ambiguous' }],
		['an answer that is no JSON', { status: 200, text: 'OK' }, { kind: 'ambiguous' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|secret-of-acme/);
	});

	it('counts as accepted what the credential says, by status and text', async () => {
		const gateway = (url: string): HttpSmsConfig => ({ ...config(url), acceptedStatus: '200, 202', acceptedText: 'OK', idPath: '' });
		const outcomes = await Promise.all([{ status: 200, text: 'OK 17' }, { status: 200, text: 'ERR 3' }, { status: 201, text: 'OK' }].map(async (answer) => (await sendOnce(gateway, answer)).outcome.kind));

		expect(outcomes).toEqual(['accepted', 'permanent', 'ambiguous']);
	});

	it('is tested by the address for it, else by whether the service answers at all', async () => {
		expect(await verifyOnce((url) => ({ ...config(url), testUrl: `${url}/balance?key={{secret}}` }), { status: 200, json: {} })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/balance?key=secret-of-acme' }] });
		expect((await verifyOnce((url) => ({ ...config(url), testUrl: `${url}/balance` }), { status: 401, json: { message: 'no' } })).error).toMatch(/^Acme SMS refused the login/);
		expect(await verifyOnce(config, { status: 200, text: '' })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/' }] });
	});

	it('says what of the credential cannot be used', () => {
		expect(() => createSmsProvider({ ...config('x'), url: 'acme.example' })).toThrow(/does not begin with http/);
		expect(() => createSmsProvider({ ...config('http://x'), acceptedStatus: '2xx' })).toThrow(/Accepted Status/);
	});
});

describe('callbacks of a service that is not in the list', () => {
	const read = (body: string | object, { key = 'ours', settings = {}, query = '&message=msg-1' }: { key?: string; settings?: HttpSmsCallbacks; query?: string } = {}) =>
		httpSmsCallbacks.read(callback({ url: `https://shop.example/j/callbacks/http?key=${key}${query}`, body }), { callbackKey: 'ours', ...settings }, 0);

	it('are read as JSON or a form, by the names and words of the credential', async () => {
		expect(await read({ id: 'a1', status: 'Delivered', to: '4915112345678' })).toMatchObject({ reports: [{ kind: 'delivered', message: 'msg-1', providerId: 'a1', address: TO, id: 'msg-1:delivered' }] });
		expect(await read('id=a1&status=expired')).toMatchObject({ reports: [{ kind: 'bounced', bounce: { type: 'soft', category: 'expired' } }] });
		expect(await read({ id: 'a1', status: 'queued' })).toEqual({ kind: 'reports', reports: [] });
		expect(await read({ dlr: { state: 'DEAD' } }, { settings: { statusField: 'dlr.state', hardBounced: ['dead'] } })).toMatchObject({ reports: [{ kind: 'bounced', bounce: { type: 'hard', category: 'dead' } }] });
	});

	it('tell of what came in', async () => {
		expect(await read({ id: 'a2', from: '4915112345678', text: 'PARAR' }, { query: '' })).toMatchObject({ reports: [{ kind: 'unsubscribed', address: TO }] });
		expect(await read({ msgid: 'a3', msisdn: '4915112345678', content: 'Hola' }, { query: '', settings: { idField: 'msgid', fromField: 'msisdn', textField: 'content' } })).toMatchObject({ reports: [{ kind: 'replied', text: 'Hola' }] });
	});

	it.each(['received', 'Inbound', 'incoming', 'MO'])('tell of what came in, too, where the service calls that %s', async (status) => {
		expect(await read({ id: 'a4', status, from: '4915112345678', to: '4930123456', text: 'STOP' }, { query: '' })).toMatchObject({ reports: [{ kind: 'unsubscribed', address: TO, id: 'in:a4' }] });
		// Of a message of ours: on its way.
		expect(await read({ id: 'a1', status, to: '4915112345678' })).toEqual({ kind: 'reports', reports: [] });
		expect(await read({ id: 'a1', status: 'sent', from: '4930123456', to: '4915112345678', text: 'STOP answers this' })).toEqual({ kind: 'reports', reports: [] });
		const whole = { id: 'a1', status, from: '4930123456', to: '4915112345678', text: 'STOP answers this' };
		expect(await read(whole)).toEqual({ kind: 'reports', reports: [] });
		expect(await read(whole, { query: '', settings: { delivered: [status] } })).toMatchObject({ reports: [{ kind: 'delivered', address: TO }] });
	});

	it('are not believed without the key, and not read when they name nobody', async () => {
		expect((await read({ id: 'a1', status: 'delivered' }, { key: 'theirs' })).kind).toBe('refused');
		expect((await read({ hello: 'world' }, { query: '' })).kind).toBe('malformed');
	});
});
