import type { SendVariants } from '../../../engine';
import type { DirectMailSendRequest } from '../../../engine/messages/types';
import { httpService } from '../channels/http-service';
import { DATABASES } from '../databases';
import type { JsonObject } from '../../../engine/kernel';
import type { Leg } from '../journeys/walk';
import { DAY_MS, World } from '../journeys/world';
import { ChatGateway } from './chat-gateway';
import { MetaNumber } from './meta-number';
import { PushService, token } from './push-service';

const PEOPLE = 10;
const HOME = { street: '210 King St', city: 'San Francisco', state: 'CA', postalCode: '94107' };
const page = (source: string) => ({ kind: 'html' as const, source });
const ab = (content: JsonObject, more: object = {}): SendVariants => ({ factors: [{ name: '', alternatives: [{ name: 'A', parts: {} }, { name: 'B', parts: { content, ...more } }] }], metric: { kind: 'own', happened: 'clicked' }, windowMs: DAY_MS });

describe.each(DATABASES)('variants of the other channels, on %s', (kind) => {
	let world: World;
	let leg: Leg;
	const step = (name: string) => world.walk.step(name, name);
	const items = () => leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json }));

	async function enter(given?: World): Promise<void> {
		world = given ?? (await World.open(kind));
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		const { profiles } = await world.engine.profiles.upsert(Array.from({ length: PEOPLE }, (_, n) => ({
			identities: [{ kind: 'user_id', value: `u${n}` }, { kind: 'anonymous_id', value: `visitor-${n}` }, { kind: 'telegram', value: `111111${n}` }, { kind: 'phone', value: `+1500555001${n}` }, { kind: 'device', value: token(`d${n}`) }],
			attributes: { number: n, name: `P${n}`, address: HOME },
		})), { source: 'test' });
		await world.track('Signed Up', profiles.map(Number));
		leg = await world.walk.start(world.walk.step('trigger', 'trigger'));
	}
	afterEach(async () => {
		await world.close();
	});

	/** What left is of both variants, and of each as often as the ledger says. */
	async function expectBoth(shown: readonly unknown[], a: unknown, b: unknown): Promise<void> {
		const variants = (await world.engine.messages.list({ limit: 100 })).map(({ variant, state }) => `${variant} ${state}`);
		expect(new Set(variants)).toEqual(new Set(['A sent', 'B sent']));
		const count = (of: unknown) => shown.filter((one) => JSON.stringify(one) === JSON.stringify(of)).length;
		expect([count(a), count(b)]).toEqual([variants.filter((one) => one === 'A sent').length, variants.filter((one) => one === 'B sent').length]);
		expect(shown).toHaveLength(PEOPLE);
	}

	it('Chat', async () => {
		await enter();
		const gateway = await ChatGateway.open();

		await world.walk.chat(step('chat'), leg.people, gateway.chat({ content: { format: 'plain', text: 'One' }, variants: ab({ text: 'Two, {{ journey.variant }}' }) }));
		await gateway.close();

		await expectBoth(gateway.sent.map(({ json }) => json.text), 'One', 'Two, B');
	});

	it('Push', async () => {
		await enter();
		const service = await PushService.open();

		await world.walk.push(step('push'), leg.people, service.push({ content: { title: 'One', body: 'Same' }, variants: ab({ title: 'Two' }) }));
		await service.close();

		await expectBoth(service.sent.map(({ title, body }: { title?: unknown; body?: unknown }) => [title, body]), ['One', 'Same'], ['Two', 'Same']);
	});

	it('Web Push', async () => {
		await enter();
		const service = await PushService.open();
		await world.engine.settings.set({ pushServices: [service.host] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		for (let n = 0; n < PEOPLE; n += 1) {
			await world.engine.collector.handle({ method: 'POST', route: 'webpush-subscribe', query: {}, headers: { origin: 'https://shop.example' }, ip: '203.0.113.7', body: Buffer.from(JSON.stringify({ writeKey: 'a-long-key', anonymousId: `visitor-${n}`, subscription: service.subscription(`b${n}`), agreed: true, page: 'https://shop.example/', language: 'en' })) });
		}

		await world.walk.webPush(step('webPush'), leg.people, service.webPush({ content: { title: 'One', body: 'Same' }, variants: ab({ body: 'Other' }) }));
		await service.close();

		await expectBoth(service.shown.map(({ payload }) => JSON.stringify(payload).includes('Other')), false, true);
	});

	it('On-Site', async () => {
		await enter();

		await world.engine.messages.sendOnSite({
			purpose: 'transactional', topic: '', provider: { kind: 'onSite' }, step: step('onSite'), items: items(), content: { headline: 'One', text: 'Same', buttons: [] }, variants: ab({ headline: 'Two for {{ profile.number }}' }),
			showing: { kind: 'banner', slot: '', anyBrowser: false, recall: true, priority: 50, mostShows: 3, gapHours: 1, expiresAfterHours: 24, rules: { trigger: { on: 'load' }, urls: [], notUrls: [] }, style: { accent: '', theme: 'auto', position: 'top' } },
		});

		const queued = await world.rows<{ content: string | { headline: string } }>('select content from onsite_message');
		await expectBoth(queued.map(({ content }) => (typeof content === 'string' ? (JSON.parse(content) as { headline: string }) : content).headline.replace(/\d+$/, '')), 'One', 'Two for ');
	});

	it('Direct Mail, whose postcards and letters cannot be variants of each other, by whichever template', async () => {
		await enter();
		const lob = await httpService(() => ({ status: 200, json: { id: 'psc_1' } }));
		const [card, two] = [{ kind: 'postcard' as const, front: page('<h1>One</h1>'), back: page('<p>Back</p>') }, { kind: 'letter' as const, letter: page('<h1>Two</h1>') }];
		for (const [key, content] of Object.entries({ card, letter: two })) {
			await world.engine.templates.save({ key, channel: 'directmail', content });
			await world.engine.templates.publish(key);
		}
		const request: Omit<DirectMailSendRequest, 'content'> = {
			purpose: 'transactional', topic: '', step: step('post'), items: items(), from: { id: 'adr_1' }, provider: { kind: 'lob', apiKey: 'live_key', baseUrl: lob.url, timeoutMs: 10_000 },
			address: { name: '{{ profile.name }}', company: '', line1: '{{ profile.address.street }}', line2: '', city: '{{ profile.address.city }}', state: '{{ profile.address.state }}', postalCode: '{{ profile.address.postalCode }}', country: '' },
			print: { mailType: 'usps_first_class', postcard: { size: '4x6' }, letter: { size: 'us_letter', color: false, doubleSided: true, addressPlacement: 'top_first_page', extraService: null } },
		};

		for (const mixed of [{ content: card, variants: ab({}, { template: 'letter' }) }, { template: 'letter', variants: ab({}, { template: 'card' }) }, { template: 'card', variants: ab(two) }]) {
			await expect(world.engine.messages.sendDirectMail({ ...request, ...mixed })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('mix postcards and letters') as string });
		}
		expect([lob.calls, await world.engine.messages.list({})]).toEqual([[], []]);
		await world.engine.messages.sendDirectMail({ ...request, content: card, variants: ab({ front: page('<h1>Two</h1>') }) });
		await lob.close();

		await expectBoth(lob.calls.map(({ json }) => JSON.stringify(json).includes('<h1>Two</h1>')), false, true);
	});

	it('WhatsApp, whose templates and free-form messages cannot be variants of each other', async () => {
		const number = await MetaNumber.open(kind);
		number.templates = ['order_a', 'order_b'].map((name) => ({ name, language: 'en', status: 'APPROVED', category: 'UTILITY', components: [{ type: 'BODY', text: 'Your order' }] }));
		await enter(number.world);
		const template = { kind: 'template' as const, id: 'order_a', language: 'en' };

		await expect(world.walk.whatsApp(step('whatsapp'), leg.people, number.message({ purpose: 'transactional', content: template, variants: ab({ kind: 'text', text: 'Free' }) }))).rejects.toThrow('mix templates of WhatsApp');
		const before = number.sent.length;
		await world.engine.consent.set(leg.people.map(({ stamp: { profile } }) => ({ profile, channel: 'whatsapp' as const, topic: '', state: 'subscribed' as const, source: 'form' })));
		await world.walk.whatsApp(step('whatsapp'), leg.people, number.message({ purpose: 'transactional', content: template, variants: ab({ id: 'order_b' }) }));
		await number.service.close();

		expect(before).toBe(0);
		await expectBoth(number.sent.map((given) => given.template?.name), 'order_a', 'order_b');
	});
});
