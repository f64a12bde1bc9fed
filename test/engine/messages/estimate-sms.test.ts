import { smsSegments } from '../../../engine/channels/sms';
import type { SmsEstimateRequest } from '../../../engine/messages/types';
import { DATABASES } from '../databases';
import type { Sms } from '../journeys/walk';
import type { World } from '../journeys/world';
import type { SmsGateway } from './sms-gateway';
import { SmsStage } from './sms-stage';

const source = { source: 'test' };
const PRICES = { DE: '0.075', US: '0.0079' };

describe.each(DATABASES)('The estimate of an SMS step, on %s', (kind) => {
	let stage: SmsStage;
	let world: World;
	let gateway: SmsGateway;
	beforeEach(async () => {
		stage = await SmsStage.open(kind);
		({ world, gateway } = stage);
		await stage.isReachable();
	});
	afterEach(() => stage.close());

	const german = (n: number) => `+49151${String(23_000_000 + n)}`;
	const american = (n: number) => `+1415555${String(1000 + n)}`;
	const korean = (n: number) => `+82101234${String(1000 + n)}`;

	/** Each with a yes, unless it is said. */
	async function people(phones: ReadonlyArray<string | null>, { willing = true, attributes = () => ({}) }: { willing?: boolean; attributes?: (n: number) => Record<string, string | number> } = {}): Promise<number[]> {
		const { profiles } = await world.engine.profiles.upsert(phones.map((phone, n) => ({ identities: [{ kind: 'user_id', value: `u${phone ?? `none${n}`}` }, ...(phone === null ? [] : [{ kind: 'phone', value: phone }])], attributes: { meant: 1, n, ...attributes(n) } })), source);
		const ids = profiles.map(Number);
		if (willing) await world.engine.consent.set(ids.map((profile) => ({ profile, channel: 'sms', topic: '', state: 'subscribed', source: 'form' })));
		return ids;
	}

	const making = (given: Partial<Sms> = {}): Sms => gateway.sms({ purpose: 'marketing', ...given });
	const asked = ({ provider, ...sms }: Sms, more: Partial<SmsEstimateRequest> = {}): SmsEstimateRequest => ({ ...sms, provider: provider.kind, step: stage.step(), people: { rule: { attribute: 'meant', operator: 'exists' } }, prices: PRICES, ...more });
	const estimate = async (sms: Sms, more: Partial<SmsEstimateRequest> = {}) => await world.engine.messages.estimateSms(asked(sms, more));

	/** What the same step then really sends to the same people. */
	async function sent(sms: Sms, profiles: readonly number[], config: object = {}): Promise<string[]> {
		await world.walk.register(stage.trigger(), { entry: { kind: 'event', match: { event: 'Go' } }, reEntry: 'anyTime', ...config });
		await world.track('Go', profiles);
		const leg = await world.walk.start(stage.trigger(), { limit: 5_000 });
		await world.walk.sms(stage.step(), leg.people, sms);
		return gateway.sent.map(({ text }) => text);
	}

	async function written(): Promise<unknown> {
		return await world.rows(`select (select count(*) from message) as messages, (select count(*) from enrollment) as enrollments, (select count(*) from assignment) as assignments, (select count(*) from experiment) as experiments,
			(select count(*) from coupon where profile is not null) as codes, (select count(*) from event) as events, (select count(*) from step) as steps`);
	}

	it('is what the step then sends: whom the guards let through, the countries, and the segments of each one\'s own text with its signed links', async () => {
		const name = (n: number) => ({ name: n % 3 === 0 ? 'Ann' : n % 3 === 1 ? 'Élodie-Ωμέγα 😀' : 'Maximiliane'.repeat(12) });
		const reachable = [...(await people(Array.from({ length: 9 }, (_, n) => german(n)), { attributes: name })), ...(await people([american(1), american(2)], { attributes: name })), ...(await people([korean(1)], { attributes: name }))];
		const silent = await people([german(100), american(100)], { willing: false });
		const without = await people([null]);
		const [blocked = 0] = await people([german(200)]);
		await world.engine.suppression.add([{ channel: 'sms', address: german(200), reason: 'manual' }]);
		const [stranger = 0] = await people([german(300)], { attributes: () => ({ phone: german(1) }) });
		const sms = making({ content: { text: 'Hello {{ profile.name }}, at {{ journey.name }}: https://shop.example/sale {{ links.preferencesUrl }}' }, trackClicks: true, unsubscribeHint: 'Leave: {{ links.unsubscribeUrl }}' });
		const before = await written();

		const told = await estimate(sms, { journey: { name: 'Welcome', trigger: 'trigger' } });

		expect(await written()).toEqual(before);
		expect(gateway.sent).toEqual([]);
		const texts = await sent(sms, [...reachable, ...silent, ...without, blocked, stranger]);
		const segments = texts.reduce((sum, text) => sum + smsSegments(text).segments, 0);
		expect(texts).toHaveLength(12);
		expect(new Set(texts.map((text) => smsSegments(text).segments)).size).toBeGreaterThan(1);
		expect(told).toMatchObject({
			audience: 17, lookedAt: 17, reachable: 12, later: 0, broken: 0, messages: 12, segments, unicode: 4, media: 0, marginPercent: null,
			keptBack: [{ guard: 'address', people: 2 }, { guard: 'consent', people: 2 }, { guard: 'suppression', people: 1 }],
		});
		expect(told.countries.map(({ country, messages, price }) => [country, messages, price])).toEqual([['DE', 9, '0.075'], ['US', 2, '0.0079'], ['KR', 1, null]]);
		const [germany, america, korea] = told.countries;
		expect(germany?.cost).toBe(String(Math.round((germany?.segments ?? 0) * 75) / 1000));
		expect(korea).toMatchObject({ cost: null });
		expect(Number(told.cost)).toBeCloseTo(Number(germany?.cost) + Number(america?.cost), 9);
	});

	it('leaves out who would be held out of the journey, as the entry draws them', async () => {
		const profiles = await people(Array.from({ length: 40 }, (_, n) => german(n)));
		const sms = making({ content: { text: 'Hello' } });

		const told = await estimate(sms, { journey: { name: 'Welcome', trigger: 'trigger', holdoutPercent: 30 } });

		const texts = await sent(sms, profiles, { holdout: { percent: 30 } });
		expect(texts.length).toBeLessThan(40);
		expect(told).toMatchObject({ audience: 40, reachable: texts.length, messages: texts.length, keptBack: [{ guard: 'holdout', people: 40 - texts.length }] });
		expect(await estimate({ ...sms, purpose: 'transactional' }, { journey: { name: 'Welcome', trigger: 'trigger', holdoutPercent: 30 } })).toMatchObject({ messages: 40, keptBack: [] });
	});

	it('gives each person the variant that they will get, and draws nobody', async () => {
		const profiles = await people(Array.from({ length: 30 }, (_, n) => german(n)));
		const sms = making({
			content: { text: 'Short' },
			variants: { factors: [{ name: '', alternatives: [{ name: 'A', parts: {} }, { name: 'B', parts: { content: { text: 'x'.repeat(400) } } }] }], metric: { kind: 'own', happened: 'clicked' }, windowMs: 86_400_000, sendToWinner: true },
		});
		const before = await written();

		const told = await estimate(sms);

		expect(await written()).toEqual(before);
		const texts = await sent(sms, profiles);
		const long = texts.filter((text) => text.length > 100).length;
		expect(long).toBeGreaterThan(0);
		expect(told.segments).toBe(30 + 2 * long);
	});

	it('takes a template in each person\'s language, with a coupon as long as those of the pool and none given', async () => {
		await world.engine.coupons.createPool({ name: 'spring' });
		await world.engine.coupons.addCodes('spring', ['A'.repeat(8), 'B'.repeat(80)]);
		await world.engine.templates.save({ key: 'sale', channel: 'sms', language: 'en', content: { text: '{% coupon "spring" %}' } });
		await world.engine.templates.save({ key: 'sale', channel: 'sms', language: 'ko', content: { text: '{% coupon "spring" %}할인' } });
		await world.engine.templates.publish('sale');
		const [chosen = 0] = await people([american(1)], { attributes: () => ({ language: 'en' }) });
		await world.engine.preferences.set([{ whose: { profileId: chosen }, language: 'ko', source: 'test' }]);
		await world.engine.profiles.upsert([{ profileId: chosen, attributes: { language: 'en' } }], source);
		await people([german(1), korean(1)], { attributes: (n) => ({ language: n === 0 ? 'en' : 'ko' }) });
		const { content: _content, ...sms } = asked(making());
		const before = await written();

		const told = await world.engine.messages.estimateSms({ ...sms, template: 'sale' });

		expect(await written()).toEqual(before);
		expect(told.countries).toMatchObject([{ country: 'KR', segments: 2, unicode: 1 }, { country: 'US', segments: 2, unicode: 1 }, { country: 'DE', segments: 1, unicode: 0 }]);
	});

	it('counts apart who would wait for the morning, whose text cannot be made, and messages with pictures', async () => {
		await people([german(1), german(2), german(3)], { attributes: (n) => ({ text: n === 1 ? 'Hello' : '', picture: n === 0 ? '' : 'https://cdn.example/a.jpg' }) });
		await world.engine.settings.set({ quietHours: { from: '00:00', to: '23:59' }, holdAtMostHours: 48 });

		const sms = making({ content: { text: '{{ profile.text }}', mediaUrls: ['{{ profile.picture }}'] } });

		const [told, skipped] = [await estimate(sms), await estimate(sms, { holding: { whenQuiet: 'skip' } })];

		expect(told).toMatchObject({ reachable: 3, later: 3, broken: 1, messages: 2, segments: 1, media: 2, keptBack: [] });
		expect(skipped).toMatchObject({ reachable: 0, keptBack: [{ guard: 'quiet hours', people: 3 }] });
		expect(told.brokenReason).toContain('The text is empty for this person');
	});

	it('looks at a part of many people, says how many, scales it up so that the countries add up, and how far it may be off', async () => {
		const count = 1_500;
		for (let from = 0; from < count; from += 500) await people(Array.from({ length: 500 }, (_, n) => ((from + n) % 10 === 0 ? american(from + n) : german(from + n))), { attributes: (n) => ({ text: 'x'.repeat(n % 2 === 0 ? 10 : 300) }) });
		const sms = making({ content: { text: '{{ profile.text }}' } });

		const [all, part, again] = [await estimate(sms), await estimate(sms, { lookAtMost: 400 }), await estimate(sms, { lookAtMost: 400 })];

		expect(all).toMatchObject({ audience: count, lookedAt: count, messages: count, segments: count * 1.5, marginPercent: null });
		expect(part).toMatchObject({ audience: count, reachable: count });
		expect(part.lookedAt).toBeGreaterThan(320);
		expect(part.lookedAt).toBeLessThan(480);
		expect(part.marginPercent).toBeGreaterThan(1);
		expect(Math.abs(part.segments - all.segments) / all.segments).toBeLessThan((2 * (part.marginPercent ?? 0)) / 100);
		expect(part.countries.reduce((sum, { segments }) => sum + segments, 0)).toBe(part.segments);
		expect(part.countries[0]?.cost).toBe(String(Math.round((part.countries[0]?.segments ?? 0) * 75) / 1000));
		expect(again).toEqual(part);
		expect(await estimate(sms, { lookAtMost: count })).toEqual(all);
	});

	it('lets others get a word in after each hundred people', async () => {
		await people(Array.from({ length: 500 }, (_, n) => german(n)));
		let [turns, isLooking] = [0, true];
		const others = (async () => {
			while (isLooking) {
				await new Promise((resolve) => setImmediate(resolve));
				turns += 1;
			}
		})();

		const told = await estimate(making());
		isLooking = false;
		await others;

		expect(told.lookedAt).toBe(500);
		expect(turns).toBeGreaterThanOrEqual(5);
	});

	it('ends after the hundred people in whose midst it is given up', async () => {
		await people(Array.from({ length: 250 }, (_, n) => german(n)));
		let looks = 0;
		const givenUp = {
			get aborted() {
				looks += 1;
				return looks === 2;
			},
		} as AbortSignal;

		await expect(world.engine.messages.estimateSms(asked(making()), givenUp)).rejects.toMatchObject({ code: 'CANCELLED' });

		expect(looks).toBe(2);
		expect(await world.engine.messages.estimateSms(asked(making()), new AbortController().signal)).toMatchObject({ lookedAt: 250 });
	});

	it('is of the newest person, too', async () => {
		await people([german(1)]);

		expect(await estimate(making())).toMatchObject({ audience: 1, lookedAt: 1, messages: 1 });
	});

	it('is of a segment as well as of a rule, and of nobody', async () => {
		const [one = 0] = await people([german(1), german(2)]);
		await world.engine.lists.create('VIP');
		await world.engine.lists.add('VIP', [{ profileId: one }], { source: 'test' });
		await world.engine.segments.save({ name: 'Nobody', rule: { attribute: 'n', operator: 'greater', value: 9 } as never, wait: true });

		expect(await estimate(making(), { people: { name: 'VIP' } })).toMatchObject({ audience: 1, messages: 1 });
		expect(await estimate(making(), { people: { name: 'Nobody' } })).toEqual({
			audience: 0, lookedAt: 0, reachable: 0, later: 0, keptBack: [], broken: 0, brokenReason: null, messages: 0, segments: 0, unicode: 0, media: 0, marginPercent: null, countries: [], cost: null,
		});
	});

	it('says what is wrong before it looks at anybody', async () => {
		await expect(estimate(making(), { people: { name: 'Gone' } })).rejects.toThrow('Gone');
		await expect(estimate(making(), { prices: { DE: '7 ct' } })).rejects.toThrow('"7 ct" is no price for DE');
		await expect(estimate(making({ content: { text: '{{ x | nothing }}' } }))).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
		const { content: _content, ...sms } = asked(making());
		await expect(world.engine.messages.estimateSms({ ...sms, template: 'gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});
});
