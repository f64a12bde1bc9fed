import { createConsent, createSuppression, type ConsentGiven, type SuppressionAdded } from '../../../engine/consent';
import { createPreferences, type PreferenceChange, type PreferencesDeps } from '../../../engine/preferences';
import { systemRandom } from '../../../engine/kernel';
import type { Store } from '../../../engine/store';
import { DATABASES, testStore } from '../databases';
import { withProfiles } from './people';

describe.each(DATABASES)('a call about many people on %s', (kind) => {
	let store: Store;
	let close: () => Promise<void>;
	beforeEach(async () => {
		({ store, close } = await testStore(kind));
		await withProfiles(store, [1, 2, 3]);
	});
	afterEach(() => close());
	const three = <Entry>(good: Entry, wrong: object) => [good, { ...good, ...wrong }, good].map((one, index) => ({ ...one, whose: { profileId: index + 1 } }));

	it.each([
		['state', { state: 'opted_out' }, /The state is none/], ['channel', { channel: 'Email' }, /The channel is none/], ['topic', { topic: 'x'.repeat(201) }, /The topic is no text/],
		['source', { source: 5 }, /The source is no text/], ['text version', { textVersion: '\0' }, /The text version is no text/], ['IP address', { ip: '\0' }, /The IP address is no text/],
	])('rejects the one consent with a bad %s and stores the others', async (_what, wrong, reason) => {
		const consent = createConsent({ store, storesIps: () => Promise.resolve(true) });

		const report = await consent.setFor(three({ channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }, wrong) as ConsentGiven[]);

		expect(report).toEqual({ profiles: [1, null, 3], rejected: [{ index: 1, reason: expect.stringMatching(reason) as string }] });
		expect(await Promise.all([1, 2, 3].map(async (profileId) => (await consent.get({ profileId }))?.consents.length))).toEqual([1, 0, 1]);
	});

	it('lifts do-not-sell for false and for nothing else', async () => {
		const consent = createConsent({ store });
		await consent.setDoNotSell([1, 2, 3].map((profileId) => ({ whose: { profileId }, active: true, source: 'test' })));

		const report = await consent.setDoNotSell(three({ active: false, source: 'test' }, { active: 'true' as unknown as boolean }));

		expect(report.rejected).toEqual([{ index: 1, reason: expect.stringContaining('neither true nor false') as string }]);
		expect(await Promise.all([1, 2, 3].map(async (profileId) => (await consent.get({ profileId }))?.doNotSell))).toEqual([false, true, false]);
	});

	it.each([['pauseDays', null], ['pauseDays', '3'], ['maxPerWeek', '2'], ['maxPerWeek', 0], ['language', 5], ['source', 'x'.repeat(201)]])('rejects the one preference whose %s is %p and stores the others', async (name, value) => {
		const preferences = createPreferences({ store, segments: { refresh: () => Promise.resolve() } } as unknown as PreferencesDeps);
		await preferences.set([1, 2, 3].map((profileId) => ({ whose: { profileId }, maxPerWeek: 2, pauseDays: 3, source: 'page' })));

		const report = await preferences.set(three({ maxPerWeek: 1, source: 'test' }, { [name]: value }) as PreferenceChange[]);

		expect(report).toMatchObject({ profiles: [1, null, 3], rejected: [{ index: 1 }] });
		const now = await Promise.all([1, 2].map(async (profileId) => await createConsent({ store }).get({ profileId })));
		expect(now).toMatchObject([{ maxPerWeek: 1 }, { maxPerWeek: 2, pausedUntil: '2026-03-05T09:00:00.000Z' }]);
	});

	it.each([['channel', { channel: 'e-mail' }], ['reason', { reason: 'bounce' }], ['address', { address: 'none' }]])('rejects the one address with a bad %s among many and adds the others', async (_what, wrong) => {
		const suppression = createSuppression({ store, random: systemRandom });
		const entries = Array.from({ length: 800 }, (_, n) => ({ channel: 'email', address: `s${n}@example.com`, ...(n === 700 ? wrong : {}) })) as SuppressionAdded[];

		expect(await suppression.add(entries)).toMatchObject({ added: 799, rejected: [{ index: 700 }] });
	});

	it('says why an address cannot be looked up, instead of that it is free', async () => {
		const suppression = createSuppression({ store, random: systemRandom });
		await suppression.add([{ channel: 'sms', address: '+491701234567' }]);

		const answers = await suppression.check([['sms', '+491701234567'], ['sms', '0170 1234567'], ['email', 'Anna <anna@example.com>'], ['e-mail', 'anna@example.com'], ['email', 'anna@example.com']].map(([channel = '', address = '']) => ({ channel, address })));

		const refused = { refused: expect.any(String) as string };
		expect(answers).toEqual(['manual', refused, refused, refused, null]);
	});

	it('knows an address of an internationalised domain in each of its spellings', async () => {
		const suppression = createSuppression({ store, random: systemRandom });
		await suppression.add([{ channel: 'email', address: 'anna@müller.de' }]);

		const answers = await suppression.check(['anna@xn--mller-kva.de', 'Anna@MÜLLER.de', 'anna@mu\u0308ller.de', 'anna@muller.de'].map((address) => ({ channel: 'email', address })));

		expect(answers).toEqual(['manual', 'manual', 'manual', null]);
	});
});
