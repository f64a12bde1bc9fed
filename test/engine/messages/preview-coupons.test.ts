import type { MetaConfig } from '../../../engine/channels/types';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { CONTENT } from '../onsite/shop';
import { PushService } from './push-service';

const COUPON = "Your code: {% coupon 'welcome' %}";

describe.each(DATABASES)('a coupon in the preview of a message, on %s', (kind) => {
	let world: World;
	let service: PushService;

	beforeEach(async () => {
		service = await PushService.open();
		world = await World.open(kind);
		await world.engine.coupons.createPool({ name: 'welcome' });
		await world.engine.coupons.addCodes('welcome', ['CODE-1']);
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	const whose = { profileId: null, item: {} };
	const meta: MetaConfig = { kind: 'meta', version: 'v23.0', phoneNumberId: '1', accessToken: 'x', appSecret: 'x' };

	it.each<[string, () => Promise<unknown>]>([
		['of an app', () => world.engine.messages.previewPush({ ...service.push({ content: { title: 'A', body: COUPON } }), ...whose })],
		['of an app, in its override', () => world.engine.messages.previewPush({ ...service.push({ content: { title: 'A', body: 'B', override: { subtitle: COUPON } } }), ...whose })],
		['of a browser', () => world.engine.messages.previewWebPush({ ...whose, content: { title: 'A', body: COUPON }, trackClicks: false, urgency: 'normal' })],
		['of a chat', () => world.engine.messages.previewChat({ ...whose, service: 'telegram', content: { format: 'plain', text: COUPON } })],
		['of WhatsApp', () => world.engine.messages.previewWhatsApp({ ...whose, purpose: 'marketing', from: '', trackClicks: false, provider: meta, content: { kind: 'text', text: COUPON } })],
		['on a page', () => world.engine.messages.previewOnSite({ ...whose, content: { ...CONTENT, text: COUPON, buttons: [] } })],
		['by post', () => world.engine.messages.previewDirectMail({
			...whose, purpose: 'transactional', content: { kind: 'postcard', front: { kind: 'html', source: COUPON }, back: { kind: 'template', id: 'tmpl_1' } }, from: null,
			address: { name: '', company: '', line1: '', line2: '', city: '', state: '', postalCode: '', country: '' }, print: { mailType: 'usps_first_class', postcard: { size: '4x6' }, letter: { color: false, doubleSided: true, addressPlacement: 'top_first_page', size: 'us_letter', extraService: null } },
		})],
	])('%s is a sample, and uses none up', async (_what, preview) => {
		expect(JSON.stringify(await preview())).toContain('Your code: SAMPLE-CODE');
		expect(await world.engine.coupons.pool('welcome')).toMatchObject({ left: 1, given: 0 });
	});
});
