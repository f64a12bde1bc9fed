import { DATABASES } from '../databases';
import type { World } from '../journeys/world';
import type { SmsGateway } from './sms-gateway';
import { BERLIN, SEOUL, SmsStage } from './sms-stage';

const source = { source: 'test' };

describe.each(DATABASES)('text messages and their recipients, on %s', (kind) => {
	let stage: SmsStage;
	let world: World;
	let gateway: SmsGateway;
	beforeEach(async () => {
		stage = await SmsStage.open(kind);
		({ world, gateway } = stage);
	});
	afterEach(() => stage.close());

	it('of marketing need an explicit yes for SMS: silence is a no, and a yes for mail is none', async () => {
		await stage.isReachable();
		const [silent, willing] = [await stage.person(BERLIN), await stage.person(SEOUL)];
		await world.engine.consent.set([{ profile: silent, channel: 'email', topic: '', state: 'subscribed', source: 'form' }]);
		await stage.wants(willing);
		const leg = await stage.enter(silent, willing);

		const { results } = await world.walk.sms(stage.step(), leg.people, stage.marketing());

		expect(gateway.sent.map(({ to }) => to)).toEqual([SEOUL]);
		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'skipped']);
		expect((await stage.ledger()).find(({ state }) => state === 'skipped')).toMatchObject({ guard: 'consent', reason: expect.stringMatching(/^no consent/) as string });
	});

	it('of marketing wait while nobody could answer STOP, since no address for callbacks is known', async () => {
		const willing = await stage.person(BERLIN);
		await stage.wants(willing);
		const leg = await stage.enter(willing);

		const { results } = await world.walk.sms(stage.step(), leg.people, stage.marketing());

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('sends marketing messages, but no address') as string }]);
		expect(gateway.sent).toEqual([]);
	});

	it.each<[string, string | null, Record<string, string>, string]>([
		['has none', null, {}, 'no phone number'],
		['has emptied theirs', BERLIN, { phone: '' }, 'no phone number'],
		['wrote none into it', BERLIN, { phone: 'call me' }, 'no phone number'],
	])('go to nobody who %s', async (_who, phone, attributes, reason) => {
		const leg = await stage.enter(await stage.person(phone, attributes));

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms());

		expect(results).toMatchObject([{ outcome: 'skipped', reason }]);
		expect(gateway.sent).toEqual([]);
	});

	it('never go to a number that belongs to another profile, nor to one that the settings block', async () => {
		await stage.person(SEOUL);
		const [confused, blocked, named] = [await stage.person(BERLIN), await stage.person('+4915100000000'), await stage.person('+4915100000001', { phone: '+49 151 00000001' })];
		// As an import of old days left it: the attribute names a number that is another person's identity.
		await world.change(`update profile set attributes = '{"phone":"${SEOUL}"}' where id = ${confused}`);
		await world.engine.settings.set({ blockedIdentities: { phone: ['+49 151 00000000', '+4915100000001'] } });
		const leg = await stage.enter(confused, blocked, named);

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms());

		expect(results.map(({ reason }) => reason).sort()).toEqual([
			'the phone number belongs to another profile', ...[blocked, named].map(() => 'the phone number is one that the settings block (Blocked Identities): it is nobody\'s in particular'),
		]);
		expect(gateway.sent).toEqual([]);
	});

	it('go to the number in the attribute as people write it, by the default country, and not to an older one', async () => {
		await world.engine.settings.set({ defaultCountry: 'DE' });
		const id = await stage.person('+4930111111');
		await world.engine.profiles.upsert([{ profileId: id, attributes: { phone: '0151 12345678' }, identities: [{ kind: 'phone', value: '0151 12345678' }] }], source);
		const leg = await stage.enter(id);

		await world.walk.sms(stage.step(), leg.people, gateway.sms());

		expect(gateway.sent.map(({ to }) => to)).toEqual([BERLIN]);
	});

	it('never go to a suppressed number', async () => {
		await world.engine.suppression.add([{ channel: 'sms', address: '+49 1511 2345678', reason: 'complaint' }]);
		const leg = await stage.enter(await stage.person(BERLIN));

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms());

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'suppressed: complaint' }]);
	});

	it('are capped by their own channel: a cap on SMS leaves mail alone, and counts SMS only', async () => {
		await stage.isReachable();
		await world.engine.settings.set({ caps: [{ channel: 'sms', max: 1, perSeconds: 86_400 }] });
		const id = await stage.person(BERLIN);
		await stage.wants(id);
		const leg = await stage.enter(id);

		const first = await world.walk.sms(stage.step('a'), leg.people, stage.marketing());
		const second = await world.walk.sms(stage.step('b'), first.sent, stage.marketing());

		expect(second.results).toMatchObject([{ outcome: 'skipped', reason: 'frequency cap: 1 marketing message in 24 hours by sms' }]);
		expect(await world.engine.messages.foresee({ profiles: [id], channel: 'email', purpose: 'marketing', topic: '' })).toMatchObject([{ guard: 'address', reason: 'no email address' }]);
		expect(await world.engine.messages.foresee({ profiles: [id], channel: 'sms', purpose: 'marketing', topic: '' })).toMatchObject([{ verdict: 'skip', guard: 'frequency cap' }]);
	});

	it('wait for the morning where the number is, when nothing else tells where the person is', async () => {
		await stage.isReachable();
		await world.engine.settings.set({ zone: 'UTC', quietHours: { from: '21:00', to: '08:00' } });
		// 10:00 UTC: 11 o'clock in Berlin, 19 in Seoul; three hours later it is 22 there.
		world.clock.set(Date.parse('2026-03-02T13:00:00Z'));
		const [berlin, seoul] = [await stage.person(BERLIN), await stage.person(SEOUL)];
		await Promise.all([stage.wants(berlin), stage.wants(seoul)]);
		const leg = await stage.enter(berlin, seoul);

		const { results } = await world.walk.sms(stage.step(), leg.people, stage.marketing());

		expect(gateway.sent.map(({ to }) => to)).toEqual([BERLIN]);
		expect(results.find(({ outcome }) => outcome === 'parked')).toMatchObject({ reason: 'quiet hours 21:00 to 08:00 in Asia/Seoul' });
	});

	it('come from the sender of the number\'s country, else from the default; where there is none the person is held', async () => {
		const [berlin, seoul, york] = [await stage.person(BERLIN), await stage.person(SEOUL), await stage.person('+12125550123')];
		const leg = await stage.enter(berlin, seoul, york);

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms({ senders: { default: '', byCountry: { DE: 'SHOP', US: '+15005550006' } } }));

		expect(gateway.sent.map(({ to, from }) => `${to} ${from}`).sort()).toEqual(['+12125550123 +15005550006', `${BERLIN} SHOP`]);
		expect(results.find(({ outcome }) => outcome === 'parked')).toMatchObject({ reason: expect.stringContaining('no sender for numbers in KR') as string });
	});
});
