import { createHmac } from 'node:crypto';

import type { Browser, BrowserContext, Page } from 'playwright-core';

import type { OnSiteContent, OnSiteShowing, Survey } from '../../engine/onsite/types';
import { USER_SECRET } from '../engine/onsite/shop';
import { Complaints, launchChromium, newContext, screenshot } from './browser';
import { faultsOf } from './onsite-look';
import { Site } from './onsite-site';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const WIDE = { viewport: { width: 1280, height: 860 } };
const SURVEY: Survey = { question: 'How likely are you to recommend Kiln & Clay to a friend?', scale: 'nps', choices: [], lowLabel: 'Not at all', highLabel: 'Very likely', followUp: 'What is the main reason for your score?', thanks: 'Thank you! It helps us to get better.' };
const FORM = {
	fields: ['firstName' as const, 'email' as const], consentText: 'I want news about new glazes by email, about twice a month. I can leave at any time.', topics: ['news'], submitLabel: 'Join the list', thanks: 'Almost there: please confirm in the mail that we have just sent you.',
};

/** What each looks like: the message, by the name of its screenshots. */
type Look = [name: string, showing: Partial<OnSiteShowing>, content: (site: Site) => Partial<OnSiteContent>];
const LOOKS: Look[] = [
	['banner', { kind: 'banner', style: { accent: '', theme: 'auto', position: 'top' } }, () => ({ headline: 'Free delivery until Sunday', text: 'On all orders over 40 €. No code needed.', buttons: [{ label: 'Shop the sale', url: 'https://shop.example/sale' }] })],
	['banner-picture', { kind: 'banner', style: { accent: '#b9532f', theme: 'auto', position: 'bottom' } }, (site) => ({ headline: 'Your basket is still warm', text: 'The ochre bowl is waiting for you.', imageUrl: site.picture, imageAlt: 'Hills at dusk', buttons: [{ label: 'To the basket', url: 'https://shop.example/cart' }, { label: 'Not now', url: '' }] })],
	['modal', { style: { accent: '#b9532f', theme: 'auto', position: 'end' } }, (site) => ({ headline: 'Welcome back, {{ profile.firstName }}', text: 'Three new glazes came out of the kiln this week. You get to see them a day before everybody else.\n\nSee you there!', imageUrl: site.picture, imageAlt: 'Hills at dusk', buttons: [{ label: 'See the new glazes', url: 'https://shop.example/new' }, { label: 'Maybe later', url: '' }] })],
	['slide-in', { kind: 'slideIn' }, (site) => ({ headline: 'A workshop near you', text: 'Throw your first bowl with us on Saturday. Two places are left.', imageUrl: site.picture, imageAlt: '', buttons: [{ label: 'Book a place', url: 'https://shop.example/workshop' }] })],
	['inline', { kind: 'inline', slot: 'hero' }, (site) => ({ headline: 'Made for you', text: 'Because you like stoneware: our new series in matt black.', imageUrl: site.picture, imageAlt: 'Hills at dusk', buttons: [{ label: 'Have a look', url: 'https://shop.example/black' }] })],
	['form', {}, () => ({ headline: 'Ten percent off your first bowl', text: 'Join our list, and the code is in your mailbox a minute later.', buttons: [], form: FORM })],
	['form-slide-in', { kind: 'slideIn', style: { accent: '#0f766e', theme: 'auto', position: 'start' } }, () => ({ headline: 'Stay in touch', text: '', buttons: [], form: { ...FORM, fields: ['email', 'phone'] } })],
	['nps', { kind: 'slideIn' }, () => ({ headline: '', text: '', buttons: [], survey: SURVEY })],
	['nps-modal', {}, () => ({ headline: 'One question', text: '', buttons: [], survey: SURVEY })],
	['csat', { kind: 'banner', style: { accent: '', theme: 'auto', position: 'bottom' } }, () => ({ headline: '', text: '', buttons: [], survey: { ...SURVEY, question: 'How happy are you with your order?', scale: 'csat', lowLabel: 'Unhappy', highLabel: 'Happy' } })],
	['stars', { kind: 'inline', slot: 'hero' }, () => ({ headline: '', text: '', buttons: [], survey: { ...SURVEY, question: 'How do you like your new mug?', scale: 'stars', lowLabel: '', highLabel: '' } })],
	['thumbs', { kind: 'slideIn' }, () => ({ headline: '', text: '', buttons: [], survey: { ...SURVEY, question: 'Did you find what you were looking for?', scale: 'thumbs', lowLabel: '', highLabel: '' } })],
	['choice', {}, () => ({ headline: 'Help us to choose', text: '', buttons: [], survey: { ...SURVEY, question: 'Which glaze should come back?', scale: 'choice', choices: ['Celadon green', 'Tenmoku brown', 'Shino white, with a bit of red where it is thin'], lowLabel: '', highLabel: '' } })],
];

describe('on-site messages in Chromium', () => {
	let browser: Browser;
	let site: Site;
	let visitors = 0;
	let context: BrowserContext;
	let page: Page;
	let complaints: Complaints;
	let ann: string;

	beforeAll(async () => {
		browser = await launchChromium();
		site = await Site.open();
	});
	afterAll(async () => {
		await browser?.close();
		await site?.close();
	});
	afterEach(async () => {
		expect(complaints.take()).toEqual([]);
		await context.close();
	});

	/** A browser that has been here before, so that messages can wait for it. */
	async function visitor(options: Parameters<typeof newContext>[1] = WIDE): Promise<void> {
		ann = `visitor-${(visitors += 1)}-0000-0000`;
		context = await newContext(browser, options);
		context.setDefaultTimeout(10_000);
		await context.addInitScript(`localStorage.setItem('ajs_anonymous_id', JSON.stringify('${ann}'))`);
		page = await context.newPage();
		complaints = new Complaints(page);
		site.page = { script: 'onsite.js', attributes: '', body: '', lang: 'en', dir: 'ltr', head: '' };
	}
	async function visit(path = '/'): Promise<void> {
		const asked = page.waitForResponse((response) => response.url().endsWith('/onsite'));
		await page.goto(`${site.url}${path}`);
		await asked;
	}
	const shown = (selector = 'dialog, section:not([hidden])') => page.locator(`[data-journeys]:not([data-journeys=bell]) ${selector}`).first();
	const stored = async (name: string) => (await site.engine.events.list({ identity: { kind: 'anonymous_id', value: ann }, name, limit: 50 })).events.map(({ properties }) => properties);
	async function until(what: string, check: () => Promise<unknown>): Promise<void> {
		for (let n = 0; n < 200; n += 1) {
			if (await check()) return;
			await page.waitForTimeout(50);
		}
		throw new Error(`Waited in vain until ${what}.`);
	}

	describe.each<[string, Parameters<typeof newContext>[1]]>([
		['wide', WIDE], ['wide-dark', { ...WIDE, colorScheme: 'dark' }], ['phone', PHONE], ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
	])('look right and can be used by everybody, %s', (screen, options) => {
		it.each(LOOKS)('%s', async (name, showing, content) => {
			await visitor({ ...options, reducedMotion: 'reduce' });
			await site.queue(ann, showing, content(site));

			await visit();
			await shown().waitFor();
			await page.waitForLoadState('networkidle');
			const faults = await faultsOf(page);
			await screenshot(page, `onsite-${name}-${screen}`);

			expect(faults).toEqual([]);
		});
	});

	it('are closed by Escape or the button, give the focus back, are told as dismissed and do not come again', async () => {
		await visitor();
		site.page.body = '<p><a href="#here" id="before">A link of the page</a></p>';
		await site.queue(ann, { rules: { trigger: { on: 'event', event: 'Asked' }, urls: [], notUrls: [] } });
		await visit();
		await page.waitForTimeout(300);
		await page.focus('#before');
		await page.evaluate("journeys.track('Asked')");
		await shown('dialog').waitFor();
		for (let n = 0; n < 6; n += 1) {
			await page.keyboard.press('Tab');
			expect(await page.evaluate("document.activeElement === document.body || document.activeElement.hasAttribute('data-journeys')")).toBe(true);
		}

		await page.keyboard.press('Escape');

		await until('it is told', async () => (await stored('On-Site Dismissed')).length === 1);
		expect(await page.evaluate('document.activeElement.id')).toBe('before');
		await visit('/next');
		await page.waitForTimeout(500);
		expect(await page.locator('[data-journeys=modal]').count()).toBe(0);
	});

	it('show what stands in a person\'s name as text, and lead where their button says, which is told', async () => {
		await visitor();
		await site.queue(ann, {}, { headline: 'Hello {{ profile.firstName }}', buttons: [{ label: 'Go', url: `${site.url}/sale` }] });
		await visit();

		expect(await shown('h2').textContent()).toBe('Hello Ada <b>');
		await shown('a').click();
		await page.waitForURL('**/sale');

		await until('it is told', async () => (await stored('On-Site Clicked')).length === 1);
		expect(await stored('On-Site Clicked')).toMatchObject([{ url: `${site.url}/sale`, button: 'Go' }]);
		expect((await site.engine.messages.list({ limit: 1 }))[0]).toMatchObject({ channel: 'onsite', state: 'sent', openedAt: expect.any(String) as string, clickedAt: expect.any(String) as string });
	});

	it('come after so many seconds, once scrolled so far, or when the pointer leaves; each is counted when it is there', async () => {
		for (const [trigger, act] of [
			[{ on: 'delay', seconds: 1 }, async () => undefined], [{ on: 'scroll', percent: 50 }, async () => await page.mouse.wheel(0, 2_000)],
			[{ on: 'exit' }, async () => { await page.mouse.move(400, 300); await page.mouse.move(400, 2); await page.evaluate("document.documentElement.dispatchEvent(new MouseEvent('mouseleave', { clientY: -1 }))"); }],
		] as const) {
			await visitor();
			await site.queue(ann, { kind: 'slideIn', rules: { trigger, urls: [], notUrls: [] } });
			await visit();
			await page.waitForTimeout(400);
			expect(await stored('On-Site Shown')).toEqual([]);

			await act();

			await shown('section').waitFor();
			expect(await stored('On-Site Shown')).toHaveLength(1);
			if (trigger.on !== 'exit') await context.close();
		}
	});

	it('come in the answer of the very request that tells of an event, and follow changes of the address without a new page', async () => {
		await visitor();
		await site.queue(ann, { kind: 'slideIn', rules: { trigger: { on: 'event', event: 'Added to Cart' }, urls: [], notUrls: [] } }, { headline: 'Good choice' });
		await visit();
		// What the page asks by itself as it opens is over.
		await page.waitForLoadState('networkidle');
		const asked: string[] = [];
		page.on('request', (request) => asked.push(new URL(request.url()).pathname));

		await page.evaluate("journeys.track('Added to Cart', { sku: 'bowl' })");
		await shown('section').waitFor();

		expect(asked.slice(0, 1)).toEqual(['/track']);
		expect(await stored('Added to Cart')).toMatchObject([{ sku: 'bowl', context: { page: { path: '/' } } }]);
		await page.locator('[data-journeys] .close').click();
		await site.queue(ann, { kind: 'slideIn', rules: { trigger: { on: 'load' }, urls: ['/checkout'], notUrls: [] } }, { headline: 'Nearly done' });
		await page.evaluate("history.pushState(null, '', '/checkout')");
		await page.getByRole('heading', { name: 'Nearly done' }).waitFor();
	});

	it('come a moment after the event that started their journey, on the page that is open', async () => {
		await visitor();
		await site.queue(ann, { kind: 'slideIn', mostShows: 1 }, { headline: 'First' });
		await visit();
		await shown('section').waitFor();
		await page.locator('[data-journeys=slideIn] .close').click();

		await page.evaluate("journeys.track('Signed In')");
		await site.queue(ann, { kind: 'slideIn' }, { headline: 'Second' });

		await page.getByRole('heading', { name: 'Second' }).waitFor();
	});

	it('ask for double opt-in: the form says what is missing, and what was typed in waits to be confirmed', async () => {
		await visitor();
		await site.queue(ann, {}, { headline: 'Ten percent off', text: '', buttons: [], form: FORM });
		await visit();
		await page.getByLabel('First name').fill('Ada');
		await page.getByLabel('Email', { exact: true }).fill('ada@localhost');
		await page.getByRole('checkbox').check();
		await page.getByRole('button', { name: 'Join the list' }).click();
		await page.getByText('Please check: Email').waitFor();
		await screenshot(page, 'onsite-form-wrong');
		// The page hears of a refusal as of a failed request, which is in order here.
		expect(complaints.take().every((complaint) => complaint.includes('400'))).toBe(true);

		await page.getByLabel('Email', { exact: true }).fill(`ada${visitors}@example.com`);
		await page.getByRole('button', { name: 'Join the list' }).click();
		await page.getByText('Almost there').waitFor();
		await screenshot(page, 'onsite-form-thanks');

		expect((await site.engine.consent.get({ kind: 'email', value: `ada${visitors}@example.com` }))?.consents).toMatchObject([{ channel: 'email', topic: 'news', state: 'pending', source: 'sign-up-form' }]);
	});

	it('ask a question: the score is an event at once, words come as another', async () => {
		await visitor();
		await site.queue(ann, { kind: 'slideIn' }, { headline: '', text: '', buttons: [], survey: SURVEY });
		await visit();
		await page.getByRole('button', { name: '9', exact: true }).click();
		await page.getByLabel('What is the main reason').fill('The mugs');
		await screenshot(page, 'onsite-nps-words');
		expect(await stored('Survey Answered')).toMatchObject([{ question: SURVEY.question, scale: 'nps', score: 9 }]);

		await page.getByRole('button', { name: 'Send' }).click();
		await page.getByText('Thank you!').waitFor();
		await screenshot(page, 'onsite-nps-thanks');

		await until('the words are told', async () => (await stored('Survey Answered')).length === 2);
		expect((await stored('Survey Answered')).find(({ comment }) => comment !== undefined)).toMatchObject({ score: 9, comment: 'The mugs' });
	});

	it.each([['wide', WIDE], ['phone', PHONE]])('ring a bell: unread are counted, listed newest first and read by being looked at, %s', async (screen, options) => {
		await visitor({ ...options, reducedMotion: 'reduce' });
		await site.queue(ann, { kind: 'inbox' }, { headline: 'Your order is on its way', text: 'It arrives on Thursday.', buttons: [{ label: 'Track it', url: 'https://shop.example/track' }] });
		await site.queue(ann, { kind: 'inbox' }, { headline: 'New in: matt black', text: 'Twelve pieces, all thrown by hand.', imageUrl: site.picture, imageAlt: '', buttons: [] });
		await visit();
		const bell = page.getByRole('button', { name: 'Messages, 2 new' });
		await bell.waitFor();
		await screenshot(page, `onsite-bell-${screen}`);

		await bell.click();
		await page.getByRole('heading', { name: 'New in: matt black' }).waitFor();
		await page.waitForLoadState('networkidle');
		const faults = await faultsOf(page);
		await screenshot(page, `onsite-inbox-${screen}`);

		expect(faults).toEqual([]);
		expect(await page.locator('[data-journeys=bell] h3').allTextContents()).toEqual(['New in: matt black', 'Your order is on its way']);
		await until('both are read', async () => ((await page.evaluate('journeys.inbox()')) as { unread: number }).unread === 0);
		expect(await stored('On-Site Shown')).toHaveLength(2);
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Messages', exact: true }).waitFor();
		expect(await page.locator('[data-journeys=bell] .panel').isVisible()).toBe(false);
	});

	it('stand right to left, in the page\'s language', async () => {
		await visitor({ ...WIDE, reducedMotion: 'reduce' });
		site.page.lang = 'ar';
		site.page.dir = 'rtl';
		await site.queue(ann, { kind: 'slideIn' }, { headline: 'توصيل مجاني حتى الأحد', text: 'لجميع الطلبات التي تزيد عن ٤٠ يورو.', buttons: [{ label: 'تسوق الآن', url: 'https://shop.example/' }] });
		await visit();
		await shown('section').waitFor();
		await screenshot(page, 'onsite-rtl');

		expect(await faultsOf(page)).toEqual([]);
		expect(await page.getByRole('button', { name: 'إغلاق' }).count()).toBe(1);
		expect(await shown('section').evaluate((box) => (box as unknown as { getBoundingClientRect(): { left: number } }).getBoundingClientRect().left)).toBeLessThan(100);
	});

	it('are shown to who is signed in only as the site proves it', async () => {
		await visitor();
		const userId = `user ${visitors}`;
		await site.queue(ann, { kind: 'slideIn' }, { headline: 'Only for you' }, { userId });
		await visit();
		await page.waitForTimeout(500);
		expect(await page.locator('[data-journeys=slideIn]').count()).toBe(0);

		site.page.attributes = `data-user-id="${userId}" data-user-token="${createHmac('sha256', USER_SECRET).update(userId).digest('hex')}"`;
		await visit();
		await page.getByRole('heading', { name: 'Only for you' }).waitFor();
	});

	it('come with the snippet after consent, as events of its SDK happen, and go with it', async () => {
		await visitor();
		site.page.script = 'snippet.js';
		site.page.attributes = 'data-consent="required" data-onsite data-color="#b9532f"';
		await site.queue(ann, { kind: 'slideIn', rules: { trigger: { on: 'event', event: 'Product Viewed' }, urls: [], notUrls: [] } }, { headline: 'You have taste' });
		const asked: string[] = [];
		page.on('request', (request) => { if (!request.url().startsWith(site.url)) asked.push(new URL(request.url()).pathname); });
		await page.goto(`${site.url}/`);
		await until('the snippet has run', async () => await page.evaluate('Boolean(window.journeys && window.journeys.consent)'));
		await page.waitForTimeout(500);
		expect(asked).toEqual(['/snippet.js']);

		await page.evaluate('journeys.consent(true)');
		await until('both have run', async () => await page.evaluate('Boolean(window.journeys.onSite && window.analytics.initialized)'));
		await until('it was asked', async () => asked.includes('/onsite'));
		await page.evaluate("analytics.track('Product Viewed')");
		await page.getByRole('heading', { name: 'You have taste' }).waitFor();
		await page.evaluate('journeys.consent(false)');

		await page.locator('[data-journeys=slideIn]').waitFor({ state: 'detached' });
		asked.splice(0);
		await page.waitForTimeout(6_000);
		expect(asked.filter((path) => path === '/onsite')).toEqual([]);
	});
});
