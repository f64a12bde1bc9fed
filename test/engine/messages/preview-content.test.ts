import type { DirectMailPreviewRequest } from '../../../engine/messages/types';
import type { OnSiteContent } from '../../../engine/onsite/types';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { importRows } from '../products/shop';
import { PushService, token } from './push-service';

const TEXT = "Your code: {% coupon 'p' %}{% for product in products.viewed %}, {{ product.title }}{% endfor %}";
const SHOWN = 'Your code: SAMPLE-CODE, Boots';

describe.each(DATABASES)('previews of each channel, on %s', (kind) => {
	let world: World;
	let service: PushService;
	let profileId: number;

	beforeEach(async () => {
		service = await PushService.open();
		world = await World.open(kind);
		const { engine } = world;
		await engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		await engine.coupons.createPool({ name: 'p' });
		await engine.coupons.addCodes('p', ['REAL1']);
		await importRows(engine, [{ id: 'b', title: 'Boots' }]);
		const { profiles } = await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'ann' }, { kind: 'telegram', value: '4711' }, { kind: 'phone', value: '+4917012345678' }] }], { source: 'test' });
		profileId = Number(profiles[0]);
		await engine.events.ingest([{ type: 'track', event: 'Product Viewed', userId: 'ann', properties: { product_id: 'b' } }], { source: 'test' });
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	const as = () => ({ profileId, item: {} });

	it('show a sample of a coupon and products in a notification, its override too', async () => {
		const { messages } = world.engine;

		const push = await messages.previewPush({ ...service.push({ content: { title: 'A', body: TEXT, override: { subtitle: TEXT } } }), ...as() });
		const webPush = await messages.previewWebPush({ ...service.webPush({ content: { title: 'A', body: TEXT } }), ...as() });

		expect(push.notification).toMatchObject({ body: SHOWN, subtitle: SHOWN });
		expect(webPush.notification).toMatchObject({ options: { body: SHOWN } });
	});

	it('show them in chat, WhatsApp, on-site messages and direct mail', async () => {
		const { messages } = world.engine;
		const provider = { kind: 'meta' as const, accessToken: 't', phoneNumberId: '1', version: 'v24.0', baseUrl: service.service.url, timeoutMs: 30_000 };
		const onSite: OnSiteContent = { headline: 'A', text: TEXT, buttons: [] };
		const mail: DirectMailPreviewRequest = {
			...as(), purpose: 'marketing', from: null, address: { name: 'Ann', company: '', line1: '210 King St', line2: '', city: 'San Francisco', state: 'CA', postalCode: '94107', country: 'US' },
			content: { kind: 'letter', letter: { kind: 'html', source: TEXT } }, print: { mailType: 'usps_first_class', postcard: { size: '4x6' }, letter: { size: 'us_letter', color: false, doubleSided: true, addressPlacement: 'top_first_page', extraService: null } },
		};

		expect(await messages.previewChat({ service: 'telegram', content: { format: 'plain', text: TEXT }, ...as() })).toMatchObject({ text: SHOWN });
		expect(await messages.previewWhatsApp({ from: '', trackClicks: false, purpose: 'transactional', provider, content: { kind: 'text', text: TEXT }, ...as() })).toMatchObject({ message: { text: SHOWN } });
		expect(await messages.previewOnSite({ content: onSite, ...as() })).toMatchObject({ content: { text: SHOWN } });
		expect(await messages.previewDirectMail(mail)).toMatchObject({ pages: { letter: SHOWN } });
		expect(await world.engine.coupons.codes({ pool: 'p' })).toMatchObject([{ code: 'REAL1', state: 'free' }]);
	});

	it('a coupon in the override of a notification is given to whom it goes', async () => {
		const [trigger, step] = [world.walk.step('trigger', 'trigger'), world.walk.step('push', 'push')];
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.profiles.upsert([{ profileId, identities: [{ kind: 'device', value: token('a') }] }], { source: 'test' });
		await world.track('Signed Up', [profileId]);

		const { results } = await world.walk.push(step, (await world.walk.start(trigger)).people, service.push({ content: { title: 'A', body: 'B', override: { subtitle: "{% coupon 'p' %}" } } }));

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(service.sent).toMatchObject([{ subtitle: 'REAL1' }]);
	});
});
