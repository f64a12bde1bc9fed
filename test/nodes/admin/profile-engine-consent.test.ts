import type { INodeParameters } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
	await test.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'anna@example.com' }, { kind: 'phone', value: '+4917012345678' }] }], { source: 'test' });
});
afterEach(async () => await test.close());

const desk = (parameters: INodeParameters, more: Partial<DeskOptions> = {}) => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters, ...more });
const byEmail: INodeParameters = { identifyBy: 'email', identityValue: '={{ $json.email }}' };
const consent = (operation: string, parameters: INodeParameters = {}): INodeParameters => ({ resource: 'consent', operation, ...byEmail, ...parameters });
const publish = () => test.engine.collector.configure({ writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });

describe('Profile Engine: Consent', () => {
	it('sets a state with its proof, and gets it back with do-not-sell and preferences', async () => {
		const set = await desk(consent('set', { channel: 'sms', topic: 'Offers', state: 'subscribed', options: { textVersion: 'form 3', source: 'shop' } })).run([{ email: 'ANNA@example.com' }]);
		await desk(consent('doNotSell', { doNotSell: true })).run([{ email: 'anna@example.com' }]);

		const [item] = outputOf(await desk(consent('get')).run([{ email: 'anna@example.com' }]), SUBJECT);

		expect(errorOf(set)).toBeUndefined();
		expect(outputOf(set, SUBJECT)[0]).toMatchObject({ json: { email: 'ANNA@example.com', profileId: 1 }, pairedItem: { item: 0 } });
		expect(item?.json).toMatchObject({
			profileId: 1, doNotSell: true, maxPerWeek: null,
			consents: [{ channel: 'sms', topic: 'offers', state: 'subscribed', source: 'shop', textVersion: 'form 3', ip: null }],
		});
	});

	it('names the item that nobody is found for, and stores the others', async () => {
		const run = await desk(consent('set', { state: 'unsubscribed' })).run([{ email: 'anna@example.com' }, { email: 'nobody@example.com' }]);

		expect(errorOf(run)).toMatchObject({ message: 'No profile has this email.', context: { itemIndex: 1 } });
		expect(errorOf(run)?.description).toContain('the other 1 are stored');
		expect((await test.engine.consent.get({ profileId: 1 }))?.consents).toMatchObject([{ channel: 'email', topic: '', state: 'unsubscribed' }]);
	});

	it('puts out an error for an item that cannot be used, when it continues on fail', async () => {
		const run = await desk(consent('set'), { onError: 'continueRegularOutput' }).run([{ email: '' }, { email: 'nobody@example.com' }, { email: 'anna@example.com' }]);

		const items = outputOf(run, SUBJECT);
		expect(items.map(({ json }) => json.error ?? json.profileId)).toEqual(['Nothing says whose this item is: the value to identify by is empty', 'No profile has this email.', 1]);
	});

	it('gives the history, newest first, as one item each', async () => {
		await desk(consent('set', { state: 'subscribed' })).run([{ email: 'anna@example.com' }]);
		await desk(consent('set', { state: 'unsubscribed' })).run([{ email: 'anna@example.com' }]);

		const all = outputOf(await desk(consent('history')).run([{ email: 'anna@example.com' }]), SUBJECT);
		const one = outputOf(await desk(consent('history', { limit: 1 })).run([{ email: 'anna@example.com' }]), SUBJECT);

		expect(all.map(({ json }) => [json.state, json.previous])).toEqual([['unsubscribed', 'subscribed'], ['subscribed', null]]);
		expect(one).toHaveLength(1);
	});

	it('passes people by who are not there, or stops', async () => {
		const stopped = await desk(consent('get')).run([{ email: 'nobody@example.com' }]);
		const passed = await desk(consent('get', { whenNotFound: 'nothing' })).run([{ email: 'nobody@example.com' }]);

		expect(errorOf(stopped)?.message).toBe('No profile has this email');
		expect(outputOf(passed, SUBJECT)).toEqual([]);
	});

	it('asks for a double opt-in and says what is missing', async () => {
		const request = consent('request', { topic: 'news', textVersion: 'form 3' });
		const unrouted = await desk(request).run([{ email: 'anna@example.com' }]);
		await publish();

		const run = await desk(request).run([{ email: 'anna@example.com' }]);
		const unworded = await desk({ ...request, textVersion: '={{ $json.none }}' }).run([{ email: 'anna@example.com' }]);

		expect(errorOf(unrouted)?.message).toContain('No address for the confirmation link is known');
		expect(outputOf(run, SUBJECT)[0]?.json).toMatchObject({
			profileId: 1, consentState: 'pending', confirmUrl: expect.stringMatching(/^https:\/\/n8n\.example\/webhook\/j\/confirm\?t=/) as string, expiresAt: '2026-03-09T09:00:00.000Z',
		});
		expect(errorOf(unworded)?.message).toContain('which wording');
	});

	it('sets how often, a pause and the language of a person, and leaves what is not added', async () => {
		const set = (preferences: INodeParameters, items = [{ email: 'anna@example.com' }]) => desk(consent('setPreferences', { preferences }), { timezone: 'Europe/Berlin' }).run(items);
		const now = async () => outputOf(await desk(consent('get')).run([{ email: 'anna@example.com' }]), SUBJECT)[0]?.json;

		const first = await set({ maxPerWeek: 2, pauseDays: 3, language: '={{ "de" }}' });
		const chosen = await now();
		await set({ pausedUntil: '2026-03-20 09:00' });
		const until = await now();
		await set({ maxPerWeek: 0, pauseDays: 0, language: '' });

		expect(outputOf(first, SUBJECT)[0]).toMatchObject({ json: { profileId: 1 }, pairedItem: { item: 0 } });
		expect(chosen).toMatchObject({ maxPerWeek: 2, pausedUntil: '2026-03-05T09:00:00.000Z', language: 'de' });
		expect(until).toMatchObject({ maxPerWeek: 2, pausedUntil: '2026-03-20T08:00:00.000Z', language: 'de' });
		expect(await now()).toMatchObject({ maxPerWeek: null, pausedUntil: null, language: null });
		expect((await test.engine.consent.history({ profileId: 1 }))?.map(({ kind, topic, state, source }) => [kind, topic, state, source]).at(-1)).toEqual(['preference', 'maxPerWeek', '2', 'n8n workflow workflow-1, node "Subject"']);
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a pause that is given twice', { pauseDays: 3, pausedUntil: '2026-03-20T09:00:00Z' }, /given twice/],
		['a time that is none', { pausedUntil: 'soon' }, /cannot be read/],
		['a language that is none', { language: 'German, please' }, /language tag/],
		['too many a week', { maxPerWeek: 1000 }, /1 to 100/],
		['a pause without an end', { pauseDays: 5000 }, /0 \(ends a pause\) to 365/],
	])('refuses %s and stores nothing', async (_what, preferences, message) => {
		const run = await desk(consent('setPreferences', { preferences })).run([{ email: 'anna@example.com' }]);

		expect(errorOf(run)?.message).toMatch(message);
		expect(await test.engine.consent.history({ profileId: 1 })).toEqual([]);
	});

	it('gives a link to the preference centre', async () => {
		await publish();

		const run = await desk(consent('link', { expiresInDays: 2 })).run([{ email: 'anna@example.com' }]);
		const nobody = await desk(consent('link')).run([{ email: 'nobody@example.com' }]);

		expect(outputOf(run, SUBJECT)[0]?.json).toMatchObject({
			preferencesUrl: expect.stringMatching(/^https:\/\/n8n\.example\/webhook\/j\/preferences\?t=/) as string, expiresAt: '2026-03-04T09:00:00.000Z',
		});
		expect(errorOf(nobody)?.message).toContain('No profile');
	});
});

it('can be used as a tool', () => {
	expect(new ProfileEngine().description.usableAsTool).toBe(true);
});
