import type { IDataObject, INodeParameters, IRun } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
	await test.engine.profiles.upsert(['anna', 'ben', 'carl'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }] })), { source: 'test' });
	await test.engine.collector.configure({ writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
});
afterEach(async () => await test.close());

const desk = (parameters: INodeParameters, onError?: 'continueRegularOutput') => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters, ...(onError === undefined ? {} : { onError }) });
const byEmail: INodeParameters = { identifyBy: 'email', identityValue: '={{ $json.email }}' };
const consent = (operation: string, parameters: INodeParameters): INodeParameters => ({ resource: 'consent', operation, ...byEmail, ...parameters });
const named = (value: string) => ({ __rl: true, mode: 'name', value });
const three = (values: unknown[]) => ['anna', 'ben', 'carl'].map((name, index) => ({ email: `${name}@example.com`, v: values[index] }) as IDataObject);
/** Of each item: the place it belongs to, and whether it is an error. */
const told = (run: IRun) => outputOf(run, SUBJECT).map(({ json, pairedItem }) => [(pairedItem as { item: number }).item, 'error' in json]);
const ONE_BAD = [[0, false], [1, true], [2, false]];
const LONG = 'x'.repeat(201);

describe('One bad item of Profile Engine', () => {
	it.each<[string, INodeParameters, unknown[]]>([
		['Consent Set with a state', consent('set', { state: '={{ $json.v }}' }), ['unsubscribed', 'opted_out', 'unsubscribed']],
		['Consent Set with a channel', consent('set', { state: 'unsubscribed', channel: '={{ $json.v }}' }), ['email', 'Email', 'email']],
		['Consent Set with a source', consent('set', { state: 'unsubscribed', options: { source: '={{ $json.v }}' } }), ['a', LONG, 'c']],
		['Consent Set with a topic', consent('set', { state: 'unsubscribed', topic: named('={{ $json.v }}') }), ['a', LONG, 'c']],
		['Request Double Opt-In with a topic', consent('request', { textVersion: 'v', topic: named('={{ $json.v }}') }), ['a', LONG, 'c']],
		['Request Double Opt-In with hours', consent('request', { textVersion: 'v', options: { expiresInHours: '={{ $json.v }}' } }), [5, 'soon', 5]],
		['Set Preferences with a language', consent('setPreferences', { preferences: { language: '={{ $json.v }}' } }), ['de', 'English', 'fr']],
		['Set Do Not Sell with a source', consent('doNotSell', { source: '={{ $json.v }}' }), ['a', LONG, 'c']],
	])('is the only one of %s that is not stored', async (_what, parameters, values) => {
		const run = await desk(parameters, 'continueRegularOutput').run(three(values));

		expect(told(run)).toEqual(ONE_BAD);
		const stored = await Promise.all([1, 2, 3].map(async (profileId) => (await test.engine.consent.history({ profileId }))?.length));
		expect(stored).toEqual([1, 0, 1]);
	});

	it('stops the node with its own number, and the others are stored', async () => {
		const run = await desk(consent('set', { state: '={{ $json.v }}' })).run(three(['unsubscribed', 'opted_out', 'unsubscribed']));

		expect(errorOf(run)).toMatchObject({ message: expect.stringContaining('use subscribed, unsubscribed') as string, context: { itemIndex: 1 } });
		expect(errorOf(run)?.description).toContain('the other 2 are stored');
		expect((await test.engine.consent.get({ profileId: 3 }))?.consents).toMatchObject([{ state: 'unsubscribed' }]);
	});

	it.each([['add', [true, true]], ['check', [false, false]], ['remove', [false, false]]])('is the only one of Suppression %s that is refused', async (operation, suppressed) => {
		const run = await desk({ resource: 'suppression', operation, channel: '={{ $json.v }}', address: '={{ $json.email }}' }, 'continueRegularOutput').run(three(['email', 'e-mail', 'email']));

		expect(told(run)).toEqual(ONE_BAD);
		expect(outputOf(run, SUBJECT).filter(({ error }) => error === undefined).map(({ json }) => json.suppressed)).toEqual(suppressed);
		expect(await test.engine.suppression.list()).toHaveLength(operation === 'add' ? 2 : 0);
	});

	it('is the only one of 800 that Suppression Add refuses for its reason', async () => {
		const items = Array.from({ length: 800 }, (_, n) => ({ a: `s${n}@example.com`, r: n === 700 ? 'bounce' : 'manual' }));

		const run = await desk({ resource: 'suppression', operation: 'add', address: '={{ $json.a }}', reason: '={{ $json.r }}' }).run(items);

		expect(errorOf(run)).toMatchObject({ context: { itemIndex: 700 } });
		expect(errorOf(run)?.description).toContain('1 of 800 addresses were refused');
		expect(await test.engine.suppression.list({ limit: 1000 })).toHaveLength(799);
	});

	it('is the one whose list there is not, and the others are put on theirs', async () => {
		await test.engine.lists.create('Press');

		const run = await desk({ resource: 'list', operation: 'add', list: named('={{ $json.v }}'), ...byEmail }, 'continueRegularOutput').run(three(['Press', 'Nope', 'Press']));

		expect(told(run)).toEqual(ONE_BAD);
		expect(await test.engine.lists.list()).toMatchObject([{ name: 'Press', members: 2 }]);
	});
});

describe('A failure of the whole call', () => {
	it('is told on every item, so that none is lost', async () => {
		await test.engine.close();

		const run = await desk({ resource: 'profile', operation: 'upsert', ...byEmail }, 'continueRegularOutput').run(three([]));

		expect(told(run)).toEqual([[0, true], [1, true], [2, true]]);
	});
});

describe('Values that an expression gives', () => {
	it('lift Do Not Sell only when they say so', async () => {
		const set = async (v: unknown) => await desk(consent('doNotSell', { doNotSell: '={{ $json.v }}' }), 'continueRegularOutput').run(three([v]).slice(0, 1));
		const active = async () => (await test.engine.consent.get({ profileId: 1 }))?.doNotSell;

		for (const [v, ends] of [['true', true], [1, true], ['yes', true], [null, true], ['', true], ['false', false], [1, false], ['TRUE', true], [false, false], [true, true]] as const) {
			const run = await set(v);
			expect([v, await active(), told(run)[0]?.[1]]).toEqual([v, ends, v === 1 || v === 'yes' || v === null || v === '']);
		}
	});

	it.each([['maxPerWeek', null], ['maxPerWeek', ''], ['maxPerWeek', 'never'], ['maxPerWeek', 2.5], ['pauseDays', null], ['pauseDays', ''], ['pauseDays', 'never']])('leave %s as it is when they give %p', async (name, v) => {
		await test.engine.preferences.set([1, 2, 3].map((profileId) => ({ whose: { profileId }, maxPerWeek: 2, pauseDays: 3, source: 'page' })));

		const run = await desk(consent('setPreferences', { preferences: { [name]: '={{ $json.v }}' } }), 'continueRegularOutput').run(three([1, v, '1']));

		expect(told(run)).toEqual(ONE_BAD);
		expect(await test.engine.consent.get({ profileId: 2 })).toMatchObject({ maxPerWeek: 2, pausedUntil: '2026-03-05T09:00:00.000Z' });
		expect(await test.engine.consent.get({ profileId: 3 })).toMatchObject(name === 'maxPerWeek' ? { maxPerWeek: 1 } : { pausedUntil: '2026-03-03T09:00:00.000Z' });
	});

	it('are read for each item: how long links last, and who lifts an address', async () => {
		const days = await desk(consent('link', { expiresInDays: '={{ $json.v }}' })).run(three([90, 1, 90]));
		const hours = await desk(consent('request', { textVersion: 'v', options: { expiresInHours: '={{ $json.v }}' } })).run(three([1, 48, 1]));
		await test.engine.suppression.add(three([]).map(({ email }) => ({ channel: 'email', address: String(email) })));
		await desk({ resource: 'suppression', operation: 'remove', address: '={{ $json.email }}', source: '={{ $json.v }}' }).run(three(['a', 'b', 'a']));

		expect(outputOf(days, SUBJECT).map(({ json }) => String(json.expiresAt).slice(0, 10))).toEqual(['2026-05-31', '2026-03-03', '2026-05-31']);
		expect(outputOf(hours, SUBJECT).map(({ json }) => json.expiresAt)).toEqual(['2026-03-02T10:00:00.000Z', '2026-03-04T09:00:00.000Z', '2026-03-02T10:00:00.000Z']);
		const lifted = outputOf(await desk({ resource: 'auditLog', operation: 'getMany', filters: { action: 'suppression.remove' } }).run([{}]), SUBJECT);
		expect(lifted.map(({ json }) => [json.who, json.detail])).toEqual(expect.arrayContaining([['a', { count: 2, reasons: { manual: 2 } }], ['b', { count: 1, reasons: { manual: 1 } }]]));
	});
});

describe('Suppression Check', () => {
	it('says nothing about what is no address of the channel', async () => {
		await test.engine.suppression.add([{ channel: 'sms', address: '+4917012345678' }]);
		const items = [['sms', '+4917012345678'], ['sms', '0170 12345678'], ['sms', 'rubbish'], ['email', 'Anna <anna@example.com>'], ['email', 'mailto:anna@'], ['email', 'anna@example.com']].map(([c, a]) => ({ c: c as string, a: a as string }));

		const run = await desk({ resource: 'suppression', operation: 'check', channel: '={{ $json.c }}', address: '={{ $json.a }}' }, 'continueRegularOutput').run(items);

		expect(outputOf(run, SUBJECT).map(({ json }) => ('error' in json ? 'error' : json.suppressed))).toEqual([true, 'error', 'error', 'error', 'error', false]);
	});
});

describe('More items than an engine call takes', () => {
	it.each<[string, INodeParameters]>([
		['Consent Set', consent('set', { state: 'unsubscribed' })],
		['Event Track', { resource: 'event', operation: 'track', event: 'Looked', ...byEmail }],
		['Suppression Check', { resource: 'suppression', operation: 'check', address: '={{ $json.email }}' }],
	])('go through %s all the same', async (_what, parameters) => {
		const run = await desk(parameters).run(Array.from({ length: 20_001 }, () => ({ email: 'anna@example.com' })));

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT)).toHaveLength(20_001);
	}, 60_000);
});
