import '../nodes/harness/environment';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';

import type { JsonObject } from '../../engine';
import { JourneyContent } from '../../nodes/JourneyContent/JourneyContent.node';
import { DATABASES } from '../engine/databases';
import { SHOWING } from '../engine/onsite/shop';
import { defaulted } from '../nodes/admin/desk';
import { flowNodes, PREFIX } from '../nodes/harness/journey';
import { TestN8n, type Edge } from '../nodes/harness/n8n';
import { DAY_MS, HOUR_MS, Story, type WorkflowJson } from './failures/story';

const CONTENT = `${PREFIX}journeyContent`;
const LAMP = { product_id: 'arc', name: 'Lamp Arc', url: 'https://shop.example/arc', price: '49.90', currency: 'EUR' };

/** The journeys of workflows/journeys as somebody imports and publishes them: their set-up, their people, their mails. */
describe.each(DATABASES)('the ready-made journeys, on %s', (kind) => {
	let story: Story;
	beforeEach(async () => {
		story = await Story.begin(kind, { settings: { caps: [], quietHours: null, zone: 'UTC' } });
	});
	afterEach(async () => await story.end());

	/** What n8n's own trigger starts when the workflow is published. */
	async function setUp(name: string): Promise<void> {
		const workflow = JSON.parse(readFileSync(join(__dirname, '..', '..', 'workflows', 'journeys', `${name}.json`), 'utf8')) as WorkflowJson;
		const edges = Object.entries(workflow.connections).flatMap(([from, { main }]) => (main ?? []).flatMap((targets, output) => (targets ?? []).map(({ node }): Edge => [from, node, output])));
		const first = edges.filter(([from]) => from === 'When Published').map(([, to]) => to);
		const nodes = workflow.nodes.filter(({ type }) => type === CONTENT || type === 'n8n-nodes-base.code');
		const n8n = new TestN8n({
			id: workflow.id, nodes: nodes.map(({ name: called, type, parameters, onError }) => ({ name: called, type, parameters, ...(onError === undefined ? {} : { onError }) })),
			edges: edges.filter(([from, to]) => nodes.some((node) => node.name === from) && nodes.some((node) => node.name === to)),
		}, { ...flowNodes, [CONTENT]: new JourneyContent() });
		for (const node of Object.values(n8n.workflow.nodes).filter(({ type }) => type === CONTENT)) node.parameters = defaulted(new JourneyContent(), node.parameters, node as INode);
		for (const start of first) {
			const run = await n8n.execute(start, [{ json: { event: 'Workflow published' } }]);
			expect(run.data.resultData.error).toBeUndefined();
		}
	}
	async function publish(name: string): Promise<void> {
		await setUp(name);
		await story.publish(`journeys/${name}`);
	}
	const buy = async (name: string, properties: object = {}) => await story.world.happens('Order Completed', [`${name}@example.com`], { total: '80', currency: 'EUR', ...properties } as never);
	const mails = (...names: string[]) => names.map((name) => story.mailsTo(name));
	const ended = async (id: string) => {
		const { active, completed, exited } = await story.journey(id);
		return { active, completed, exited };
	};
	/** Their time has come, and what was due has been done. */
	async function after(ms: number, condition: () => boolean | Promise<boolean>): Promise<void> {
		story.pass(ms);
		await story.engine.tick();
		await story.until(condition);
	}
	const gone = (id: string) => async () => (await story.journey(id)).active === 0;

	/** Somebody sends the sign-up form that a page of the shop has shown them. */
	async function signUp(name: string, firstName: string): Promise<void> {
		const anonymousId = `visitor-0000-of-${name}`;
		const onSite = async (body: JsonObject) => {
			const { status, body: answer } = await story.engine.collector.handle({ method: 'POST', route: 'onsite', query: {}, headers: {}, body: new Uint8Array(Buffer.from(JSON.stringify({ writeKey: 'wk_12345678', ...body }))) });
			expect(status).toBe(200);
			return JSON.parse(String(answer)) as { onSite?: { overlay: { token: string } } };
		};
		await story.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: anonymousId }, { kind: 'email', value: `${name}@example.com` }], attributes: { firstName } }], { source: 'shop' });
		await story.engine.messages.sendOnSite({
			step: { workflow: 'site', step: 'form', name: 'Form', type: 'onSite' }, purpose: 'transactional', topic: '', provider: { kind: 'onSite' }, showing: { ...SHOWING, anyBrowser: true },
			content: { headline: 'News?', text: '', buttons: [], form: { fields: ['email', 'firstName'], consentText: 'I want the newsletter.', topics: ['newsletter'], submitLabel: 'Join', thanks: 'Look into your mailbox' } },
			items: [{ index: 0, item: {}, contact: { email: `${name}@example.com`, key: name } }],
		});
		const { onSite: shown } = await onSite({ do: 'decide', anonymousId, page: { url: 'https://shop.example/' } });
		await onSite({ token: shown?.overlay.token ?? '', url: 'https://shop.example/', do: 'signUp', fields: { email: `${name}@example.com`, firstName } });
	}

	it.each(['best-customers', 'birthday', 'cart-recovery', 'cross-and-up-sell', 'first-purchase-feedback', 'lead-nurture', 'store-visits', 'welcome-double-opt-in', 'win-back'])('%s sets itself up when it is published, and what somebody has written there since stays when it is published again', async (name) => {
		await setUp(name);
		const made = await story.engine.templates.list();
		for (const { key } of made) await story.engine.templates.save({ key, channel: 'email', language: 'en', content: { subject: 'Mine', body: { kind: 'text', source: 'Mine {{ links.unsubscribeUrl }}' } } } as never);
		await setUp(name);
		const again = await story.engine.templates.list();

		expect(made.length).toBeGreaterThan(0);
		expect(made.map(({ published }) => published)).toEqual(made.map(() => 1));
		expect(again.map(({ key, published }) => [key, published])).toEqual(made.map(({ key }) => [key, 1]));
		for (const { key } of again) expect(JSON.stringify(await story.engine.templates.get(key))).toContain('Mine');
		const pools = (await story.engine.coupons.pools()).map(({ name: pool, codes }) => [pool, codes]);
		expect(pools).toEqual(name === 'birthday' ? [['birthday', 1000]] : []);
	});

	it('welcome: the confirm link first, the welcome once they have confirmed, and the second mail unless they order or unsubscribe', async () => {
		await publish('welcome-double-opt-in');
		for (const [name, firstName] of [['ann', 'Ann'], ['bea', 'Bea'], ['cy', 'Cy'], ['dee', 'Dee']] as const) await signUp(name, firstName);
		await story.waitingAt('welcome-double-opt-in', 'Confirmed?', 4);
		for (const name of ['ann', 'bea', 'cy']) await story.visit(story.linkTo(name, 'confirm'), 'POST', { body: 'do=confirm' });
		await story.waitingAt('welcome-double-opt-in', 'Three Days to Look Around', 3);
		await buy('bea');
		await story.visit(story.linkTo('cy', 'unsubscribe', 1), 'POST', { body: 'List-Unsubscribe=One-Click' });
		await story.until(async () => (await story.journey('welcome-double-opt-in')).active === 2);

		await after(3 * DAY_MS, () => story.mailsTo('ann').length === 3);
		await after(4 * DAY_MS, gone('welcome-double-opt-in'));

		expect(mails('ann', 'bea', 'cy', 'dee')).toEqual([['Please confirm your address', 'Welcome, Ann', 'Where most people begin'], ['Please confirm your address', 'Welcome, Bea'], ['Please confirm your address', 'Welcome, Cy'], ['Please confirm your address']]);
		expect(await ended('welcome-double-opt-in')).toEqual({ active: 0, completed: 1, exited: { 'goal: First Order': 1, 'no consent to email, topic newsletter': 1, 'never confirmed': 1 } });
	});

	it('cart recovery: the reminder shows what is in the cart after four hours, who orders or says no gets none, and what it brings is counted', async () => {
		await publish('cart-recovery');
		await story.meet({ ann: {}, bea: {}, cy: {} });
		const people = await story.world.happens('Checkout Started', ['ann', 'bea', 'cy'].map((name) => `${name}@example.com`), { products: [LAMP], cartUrl: 'https://shop.example/cart/7' });
		await story.waitingAt('cart-recovery', 'Four Hours to Finish', 3);
		await buy('bea');
		await story.engine.consent.set([{ profile: people[2] ?? 0, channel: 'email', topic: 'offers', state: 'unsubscribed', source: 'page' }]);
		await story.until(async () => (await story.journey('cart-recovery')).active === 1);
		const early = mails('ann');
		await after(4 * HOUR_MS, async () => (await story.standing('cart-recovery', 'Three Days to Think')).waiting === 1);
		await buy('ann', { total: '49.90' });
		await story.until(gone('cart-recovery'));

		expect(early).toEqual([[]]);
		// One in ten is held out, and walks the same way.
		const [, , held] = [...(await story.ledger(people[0] ?? 0)).map(({ guard }) => guard), null, null, null];
		expect(held).toBeNull();
		expect(mails('ann', 'bea', 'cy')).toEqual([['Your cart is still here'], [], []]);
		expect(story.mailbox.accepted[0]?.raw).toContain('Lamp Arc');
		expect(await ended('cart-recovery')).toEqual({ active: 0, completed: 0, exited: { 'Order Completed': 2, 'no consent to email, topic offers': 1 } });
		expect((await story.journey('cart-recovery')).goals).toEqual([{ name: 'Recovered Order', count: 2, currency: 'EUR', value: '129.90' }]);
	});

	it('first purchase: asks a week after the first order alone, in the morning, and the unhappy are told from the happy', async () => {
		await story.meet({ old: {} });
		await buy('old');
		await publish('first-purchase-feedback');
		await buy('old');
		for (const name of ['ann', 'bea', 'cy', 'dee']) await buy(name);
		await story.waitingAt('first-purchase-feedback', 'A Week to Try It', 4);
		await after(7 * DAY_MS, async () => (await story.standing('first-purchase-feedback', 'In the Morning')).waiting === 4);
		const [dee] = await story.happens('Known', 'dee');
		await story.engine.consent.set([{ profile: dee ?? 0, channel: 'email', topic: 'feedback', state: 'unsubscribed', source: 'page' }]);
		story.at('2026-03-10T10:00:00Z');
		await story.waitingAt('first-purchase-feedback', 'Did They Answer?', 3);
		await story.world.happens('Feedback Given', ['ann@example.com'], { rating: 1 });
		await story.world.happens('Feedback Given', ['bea@example.com'], { rating: 5 });
		await story.until(async () => (await story.journey('first-purchase-feedback')).active === 1);
		await after(7 * DAY_MS, gone('first-purchase-feedback'));

		expect(mails('old', 'ann', 'bea', 'cy', 'dee')).toEqual([[], ['How did we do?'], ['How did we do?'], ['How did we do?'], []]);
		expect((await ended('first-purchase-feedback')).exited).toEqual({ unhappy: 1, happy: 1, 'no answer': 1, 'no consent to email, topic feedback': 1 });
	});

	it('birthday: on the day at nine, with a code of their own, and not for who wants no offers', async () => {
		const people = await story.meet({ ann: { firstName: 'Ann', birthday: '1990-03-04' }, bea: { birthday: '1980-03-04' }, cy: { birthday: '1980-03-04' }, dee: { birthday: '1980-06-01' } });
		await story.engine.consent.set([{ profile: people.cy ?? 0, channel: 'email', topic: 'offers', state: 'unsubscribed', source: 'page' }]);
		await publish('birthday');
		story.at('2026-03-04T08:59:00Z');
		await story.engine.tick();
		const before = mails('ann', 'bea');
		await after(60_000, async () => (await story.standing('birthday', 'Did They Order?')).waiting === 2);
		await buy('ann');
		await story.until(async () => (await story.journey('birthday')).active === 1);
		await after(14 * DAY_MS, gone('birthday'));
		const codes = await story.engine.coupons.codes({ pool: 'birthday', state: 'given' });

		expect(before).toEqual([[], []]);
		expect(mails('ann', 'bea', 'cy', 'dee')).toEqual([['Happy birthday, Ann'], ['Happy birthday'], [], []]);
		expect(codes.map(({ profile }) => profile).sort()).toEqual([people.ann, people.bea].sort());
		for (const { code } of codes) expect(story.mailbox.accepted.filter(({ raw }) => raw.replace(/=\r?\n/g, '').includes(code))).toHaveLength(1);
		expect((await ended('birthday')).exited).toMatchObject({ ordered: 1, 'did not order': 1 });
	});

	it('cross-sell and up-sell: two weeks after an order, by what they have ordered, with products of the feed', async () => {
		const { importId } = await story.engine.products.importStart({});
		await story.engine.products.importChunk(importId, new Uint8Array(Buffer.from('id,title,link,price,product_type\narc,Lamp Arc,https://shop.example/arc,49.90 EUR,lamps\ngrand,Lamp Grand,https://shop.example/grand,149 EUR,lamps\nbulb,Bulb,https://shop.example/bulb,5 EUR,bulbs\n')));
		await story.engine.products.importEnd(importId);
		await story.meet({ ann: {}, bea: {} });
		await buy('bea', { products: [LAMP] });
		await publish('cross-and-up-sell');
		await buy('ann', { products: [LAMP] });
		await buy('bea', { products: [LAMP] });
		await story.waitingAt('cross-and-up-sell', 'Two Weeks to Enjoy It', 2);
		await after(14 * DAY_MS, async () => (await story.standing('cross-and-up-sell', 'In the Morning')).waiting === 2);
		await after(HOUR_MS, gone('cross-and-up-sell'));

		expect(mails('ann', 'bea')).toEqual([['Goes well with your last order'], ['When you are ready for the next one']]);
		expect(story.mailbox.accepted.every(({ raw }) => !raw.includes('Lamp Arc'))).toBe(true);
		expect(story.mailbox.accepted.find(({ to }) => to === 'bea@example.com')?.raw).toContain('Lamp Grand');
	});

	it('best customers: on the first of the month, by what they have spent in a year', async () => {
		await story.meet({ ann: {}, bea: {}, cy: {} });
		await buy('ann', { total: '499.99' });
		await buy('ann', { total: '0.01' });
		await buy('bea', { total: '499.99' });
		const [cy] = await buy('cy', { total: '900' });
		await story.engine.consent.set([{ profile: cy ?? 0, channel: 'email', topic: 'offers', state: 'unsubscribed', source: 'page' }]);
		await publish('best-customers');
		story.at('2026-04-01T09:59:00Z');
		await story.engine.tick();
		const before = mails('ann');
		story.pass(60_000);
		await story.until(async () => {
			await story.engine.tick();
			return (await story.standing('best-customers', 'One Day Ahead')).waiting === 1;
		});
		await after(DAY_MS, gone('best-customers'));

		expect(before).toEqual([[]]);
		expect(mails('ann', 'bea', 'cy')).toEqual([['You first'], [], []]);
	});

	it('win-back: after 90 days without an order, once in half a year; an order or an opt-out ends it, and who shows no interest is left in peace', async () => {
		await story.meet({ ann: {}, bea: {}, cy: {}, dee: {} });
		for (const name of ['ann', 'bea', 'cy']) await buy(name);
		const [cy] = await story.happens('Known', 'cy');
		await publish('win-back');
		await story.engine.events.ingest([{ type: 'track', event: 'Order Completed', identities: [{ kind: 'email', value: 'eve@example.com' }], properties: { total: '10' }, timestamp: story.world.clock.nowMs() - 100 * DAY_MS }], { source: 'shop' });
		story.at('2026-03-03T10:00:00Z');
		await story.until(async () => {
			await story.engine.tick();
			return (await story.standing('win-back', 'Did They Look?')).waiting === 1;
		});
		const before = mails('ann', 'eve');
		await after(14 * DAY_MS, gone('win-back'));
		story.at('2026-06-01T10:00:00Z');
		await story.until(async () => {
			await story.engine.tick();
			return (await story.standing('win-back', 'Did They Look?')).waiting === 3;
		});
		await buy('bea');
		await story.engine.consent.set([{ profile: cy ?? 0, channel: 'email', topic: 'offers', state: 'unsubscribed', source: 'page' }]);
		await story.until(async () => (await story.journey('win-back')).active === 1);
		await after(14 * DAY_MS, gone('win-back'));
		await after(DAY_MS, () => true);

		expect(before).toEqual([[], ['It has been a while']]);
		expect(mails('ann', 'bea', 'cy', 'dee', 'eve')).toEqual([['It has been a while'], ['It has been a while'], ['It has been a while'], [], ['It has been a while']]);
		expect((await ended('win-back')).exited).toEqual({ 'Order Completed': 1, 'no consent to email, topic offers': 1, 'no interest': 2 });
	});

	it('store visits: near the shop, not again within 30 days, and a visit ends it', async () => {
		const people = await story.meet({ ann: {}, bea: {}, cy: {} });
		await publish('store-visits');
		const go = (name: string, location: string) => story.engine.profiles.upsert([{ identities: [{ kind: 'email', value: `${name}@example.com` }], attributes: { location } }], { source: 'app' });
		await story.engine.consent.set([{ profile: people.cy ?? 0, channel: 'email', topic: 'store', state: 'unsubscribed', source: 'page' }]);
		await go('ann', '52.5201, 13.4052');
		await go('bea', '48.1, 11.5');
		await go('cy', '52.5201, 13.4052');
		await story.waitingAt('store-visits', 'A Week to Come By', 1);
		await story.happens('Store Visited', 'ann');
		await story.until(gone('store-visits'));
		await go('ann', '48.1, 11.5');
		await after(DAY_MS, () => true);
		await go('ann', '52.5201, 13.4052');
		await after(DAY_MS, gone('store-visits'));

		expect(mails('ann', 'bea', 'cy')).toEqual([['Around the corner from you'], [], []]);
		expect((await ended('store-visits')).exited).toMatchObject({ 'goal: Visit': 1 });
	});

	it('lead nurture: questions on the next weekday, one offer a week after silence, and who books leaves', async () => {
		await publish('lead-nurture');
		story.at('2026-03-06T12:00:00Z');
		await story.meet({ ann: {}, bea: {}, cy: {} });
		const people = await story.world.happens('Guide Downloaded', ['ann', 'bea', 'cy'].map((name) => `${name}@example.com`), { topic: 'our planning tool' });
		await story.waitingAt('lead-nurture', 'Next Weekday at Ten', 3);
		await after(2 * DAY_MS, () => true);
		const weekend = mails('ann');
		story.at('2026-03-09T10:00:00Z');
		await story.waitingAt('lead-nurture', 'Did They Read On?', 3);
		await story.happens('Demo Booked', 'bea');
		await story.engine.consent.set([{ profile: people[2] ?? 0, channel: 'email', topic: 'advice', state: 'unsubscribed', source: 'page' }]);
		await story.until(async () => (await story.journey('lead-nurture')).active === 1);
		await after(4 * DAY_MS, async () => (await story.standing('lead-nurture', 'A Week of Silence')).waiting === 1);
		await after(7 * DAY_MS, async () => (await story.standing('lead-nurture', 'A Week of Silence')).waiting === 0);
		await after(3 * DAY_MS, gone('lead-nurture'));

		expect(weekend).toEqual([[]]);
		expect(mails('ann', 'bea', 'cy')).toEqual([['Three questions to ask before you decide', 'Half an hour with somebody who knows'], ['Three questions to ask before you decide'], ['Three questions to ask before you decide']]);
		expect((await ended('lead-nurture')).exited).toEqual({ 'goal: Demo': 1, 'no consent to email, topic advice': 1 });
	});
});
