import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';

import { createEngine, type LocalEngine } from '../../engine/engine';
import { LANGUAGES, TEXTS } from '../../engine/pages';
import { emptyDatabase } from '../engine/databases';
import { faults, manner } from './accessible';
import { Complaints, launchChromium, newContext, screenshot } from './browser';

/** The pages that people see, served by the own listener, in a real browser without a mouse and without scripts. */
describe('the pages of the collector in a browser', () => {
	let engine: LocalEngine;
	let drop: () => Promise<void>;
	let browser: Browser;
	let base: string;
	let preferences: string;
	let confirm: string;
	let whose = { kind: 'email', value: '' };
	let people = 0;

	beforeAll(async () => {
		const { database, drop: remove } = await emptyDatabase('sqlite');
		drop = remove;
		engine = await createEngine({ database });
		const { port } = await engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: 'http://127.0.0.1:1', port: 0, host: '127.0.0.1', workflow: 'collector' });
		base = `http://127.0.0.1:${port}`;
		await engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: base, port, host: '127.0.0.1', workflow: 'collector' });
		await engine.settings.set({ topics: [
			{ key: 'news', name: 'Weekly newsletter', description: 'What is new in the shop, on Thursdays' },
			{ key: 'offers', name: 'Offers and sales', description: 'Prices that are lower for a few days' },
			{ key: 'tips', name: 'Care tips', channels: ['email', 'sms'] },
		] });
		browser = await launchChromium();
	});
	beforeEach(async () => {
		// Somebody new each time.
		people += 1;
		whose = { kind: 'email', value: `anna${people}@example.com` };
		await engine.profiles.upsert([{ identities: [whose, { kind: 'phone', value: `+49170123456${String(people).padStart(2, '0')}` }] }], { source: 'test' });
		preferences = (await engine.preferences.links([whose]))[0]?.url ?? '';
		confirm = (await engine.consent.request([{ whose, channel: 'email', topic: 'offers', textVersion: 'form 3', source: 'form' }])).requests[0]?.confirmUrl ?? '';
		await engine.consent.setFor([{ whose, channel: 'email', topic: 'offers', state: 'none', source: 'test' }]);
	});
	afterAll(async () => {
		await browser.close();
		await engine.close();
		await drop();
	});

	async function opened(url: string, options: Parameters<typeof newContext>[1] = {}): Promise<{ page: Page; complaints: Complaints }> {
		const context = await newContext(browser, { javaScriptEnabled: false, locale: 'en-US', viewport: { width: 900, height: 1100 }, ...options });
		const page = await context.newPage();
		const complaints = new Complaints(page);
		await page.goto(url);
		return { page, complaints };
	}

	const chosen = async () => await engine.consent.get(whose);

	it('lets somebody choose with the keyboard alone, and shows the result first', async () => {
		const { page, complaints } = await opened(preferences);

		const order = await tabOrder(page);
		await pressUntil(page, 'Tab', 'Offers and sales');
		await page.keyboard.press('Space');
		await pressUntil(page, 'Tab', 'Everything, as it comes');
		await page.keyboard.press('ArrowDown');
		await pressUntil(page, 'Tab', 'Save my choices');
		await screenshot(page, 'preferences-focus');
		await page.keyboard.press('Enter');
		await page.getByRole('status').waitFor();

		expect(order).toEqual([
			'Weekly newsletter', 'Offers and sales', 'Care tips', 'Email', 'Text messages (SMS)', 'Everything, as it comes', 'Take a break', 'Language of our messages',
			'Do not sell or share my personal data', 'Save my choices', 'Unsubscribe from everything', 'English', 'Deutsch', 'Español', 'Français', '日本語', '한국어', '中文',
		].map((name) => expect.stringContaining(name) as string));
		expect(await page.getByRole('status').textContent()).toBe('Your choices are saved.');
		expect(await page.title()).toBe('Your choices are saved. Your preferences');
		expect((await focused(page)).name).toContain('Your choices are saved.');
		expect((await chosen())?.consents).toMatchObject([{ channel: 'email', topic: 'offers', state: 'unsubscribed' }, { channel: 'sms', topic: 'offers', state: 'unsubscribed' }]);
		expect(await chosen()).toMatchObject({ maxPerWeek: 3 });
		await screenshot(page, 'preferences-saved');
		expect(complaints.take()).toEqual([]);
		await page.context().close();
	});

	it.each(LANGUAGES)('says everything in %s, with a name for every control and the language in the markup', async (language) => {
		const { page, complaints } = await opened(`${preferences}&lang=${language}`);
		const say = TEXTS[language].preferences;

		const nodes = await accessibility(page);
		const controls = nodes.filter(({ role }) => ['checkbox', 'radio', 'combobox', 'button', 'link', 'group', 'navigation'].includes(role));
		await fullScreenshot(page, `preferences-${language}`);
		await page.getByRole('button', { name: say.leaveAll }).press('Enter');
		await page.getByRole('status').waitFor();

		expect(await page.locator('html').getAttribute('lang')).toBe(language === 'zh' ? 'zh-Hans' : language);
		expect(controls.length).toBeGreaterThan(15);
		expect(controls.filter(({ name }) => name.trim() === '' || /undefined|null|\{/.test(name))).toEqual([]);
		expect(controls.filter(({ role }) => role === 'group').map(({ name }) => name)).toEqual([say.topics, say.channels, say.frequency, say.privacy]);
		expect(nodes.filter(({ role }) => role === 'heading').map(({ name }) => name)).toEqual([say.title]);
		expect(await page.getByRole('status').textContent()).toBe(say.left);
		expect((await chosen())?.consents).toHaveLength(9);
		expect(complaints.take()).toEqual([]);
		await page.context().close();
	});

	it.each([
		['phone', { viewport: { width: 320, height: 700 } }], ['phone-dark', { viewport: { width: 390, height: 800 }, colorScheme: 'dark' as const }],
		['dark', { colorScheme: 'dark' as const }], ['large-text', { viewport: { width: 640, height: 900 }, deviceScaleFactor: 2 }], ['forced-colors', { forcedColors: 'active' as const }],
	])('fits on a %s: nothing runs out of the page, and what is pressed is large enough', async (name, options) => {
		const { page, complaints } = await opened(`${preferences}&lang=de`, options);

		const width = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
		const heights = await page.locator('label.row, button, select').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
		await fullScreenshot(page, `preferences-${name}`);

		expect(width).toBe(0);
		expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
		expect(complaints.take()).toEqual([]);
		await page.context().close();
	});

	it.each([['light', 900], ['dark', 360]] as const)('shows the brand above them, its logo in a box of its own, in %s', async (colorScheme, width) => {
		const logo = 'https://cdn.shop.example/logo.svg';
		await engine.brand.set({ name: 'Kiln & Clay Pottery', logo });
		const { page, complaints } = await opened('about:blank', { colorScheme, viewport: { width, height: 900 } });
		await page.context().route(logo, (route) => route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="100"><rect width="600" height="100" fill="#7a3b12"/></svg>' }));
		const found: object[] = [];
		for (const [name, url] of [['preferences', preferences], ['confirm', confirm]] as const) {
			await page.goto(url);
			await fullScreenshot(page, `brand-${name}-${colorScheme}`);
			const image = page.getByRole('img', { name: 'Kiln & Clay Pottery' });
			const box = await image.boundingBox();
			found.push({ loaded: await image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth), inside: box !== null && box.x >= 0 && box.x + box.width <= width && box.height <= 48 });
		}
		await engine.brand.set({ name: null, logo: null });

		expect(found).toEqual([{ loaded: 600, inside: true }, { loaded: 600, inside: true }]);
		expect(await faults(page)).toEqual([]);
		expect(complaints.take()).toEqual([]);
		await page.context().close();
	});

	it('confirms a subscription by its button only, and shows a used and a broken link', async () => {
		await engine.consent.setFor([{ whose, channel: 'email', topic: 'offers', state: 'pending', source: 'form' }]);
		const { page } = await opened(confirm);
		await screenshot(page, 'confirm-ask');
		const before = (await chosen())?.consents;

		await pressUntil(page, 'Tab', 'Yes, subscribe me');
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'You are subscribed' }).waitFor();
		await screenshot(page, 'confirm-done');
		const after = (await chosen())?.consents;
		await page.goto(confirm);
		await screenshot(page, 'confirm-used');
		const used = await page.getByRole('heading').textContent();
		await page.goto(`${confirm}x`);
		await screenshot(page, 'confirm-broken');

		expect(before).toMatchObject([{ topic: 'offers', state: 'pending' }]);
		expect(after).toMatchObject([{ topic: 'offers', state: 'subscribed', source: 'double-opt-in' }]);
		expect([used, await page.getByRole('heading').textContent()]).toEqual(['This link was used before', 'This link is not complete']);
		await page.context().close();
	});

	it.each([['light', 'no-preference'], ['dark', 'reduce']] as const)('has no fault that a check of accessibility finds, on any page, in %s', async (colorScheme, reducedMotion) => {
		await engine.journeys.register({ workflow: 'wf', step: 'trigger', name: 'Trigger', type: 'trigger' }, { name: 'New link', entry: { kind: 'event', match: { event: 'Preference Link Requested' } }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold' });
		const expired = (await engine.preferences.links([whose], { expiresInDays: 0.000001 }))[0]?.url ?? '';
		const { page } = await opened(preferences, { colorScheme, reducedMotion });
		const found: Record<string, string[]> = {};
		const look = async (name: string): Promise<void> => {
			found[name] = await faults(page);
			await fullScreenshot(page, `${name}-${colorScheme}`);
		};

		await look('preferences');
		await page.getByRole('button', { name: 'Save my choices' }).press('Enter');
		await look('saved');
		await page.getByRole('button', { name: 'Unsubscribe from everything' }).press('Enter');
		await look('left');
		await page.getByRole('checkbox', { name: 'Text messages' }).check();
		await page.getByRole('checkbox', { name: 'Email' }).check();
		await page.getByRole('button', { name: 'Save my choices' }).press('Enter');
		await page.getByRole('checkbox', { name: 'Email' }).uncheck();
		await page.getByRole('checkbox', { name: 'Text messages' }).uncheck();
		await page.getByRole('checkbox', { name: 'Offers' }).check();
		await page.getByRole('button', { name: 'Save my choices' }).press('Enter');
		await look('partly');
		await page.goto(confirm);
		await look('confirm');
		await page.goto(`${preferences}x`);
		await look('broken');
		await page.waitForTimeout(1_100);
		await page.goto(expired);
		await look('expired');
		await page.getByRole('button', { name: 'Send me a new link' }).press('Enter');
		await look('resent');

		expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
		expect(await page.getByRole('heading').textContent()).toBe('A new link is on its way');
		await page.context().close();
	});

	it('names what could not be saved first, with a link to the box that mends it', async () => {
		await engine.consent.setFor(['email', 'sms'].map((channel) => ({ whose, channel, topic: '', state: 'unsubscribed' as const, source: 'test' })));
		const { page } = await opened(preferences);
		await page.getByRole('checkbox', { name: 'Email' }).check();
		await page.getByRole('button', { name: 'Save my choices' }).press('Enter');
		await page.getByRole('checkbox', { name: 'Email' }).uncheck();
		await page.getByRole('checkbox', { name: 'Offers and sales' }).check();
		await page.getByRole('button', { name: 'Save my choices' }).press('Enter');
		const alert = page.getByRole('alert');
		await alert.waitFor();
		const focus = await focused(page);
		const link = alert.getByRole('link');
		const told = await link.textContent();
		await link.press('Enter');
		const target = await focused(page);

		expect(focus).toMatchObject({ role: 'alert' });
		expect(told).toBe('To receive Offers and sales, also choose how: Email or Text messages (SMS).');
		expect(new URL(page.url()).hash).toBe('#channel-email');
		expect(target).toMatchObject({ role: 'checkbox', name: 'Email' });
		expect(await page.getByRole('checkbox', { name: 'Offers and sales' }).isChecked()).toBe(true);
		expect((await chosen())?.consents.filter(({ topic, state }) => topic === 'offers' && state === 'subscribed')).toEqual([]);
		await page.context().close();
	});

	it('keeps its width with text of twice the size, and moves nothing for those who asked for less motion', async () => {
		const { page } = await opened(preferences, { viewport: { width: 1280, height: 900 } });
		const session = await page.context().newCDPSession(page);
		await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
		await page.reload();
		const { text } = await page.evaluate(manner);
		const found = await faults(page);
		await fullScreenshot(page, 'preferences-text-200');
		const motion = async (reducedMotion: 'reduce' | 'no-preference'): Promise<string> => {
			await page.emulateMedia({ reducedMotion });
			return (await page.evaluate(manner)).motion;
		};

		expect(text).toBeGreaterThanOrEqual(32);
		expect(found).toEqual([]);
		expect(await motion('reduce')).toBe('0s auto');
		expect(await motion('no-preference')).not.toContain('0s auto');
		await page.context().close();
	});

	it('changes the language of a page by its own links, and keeps the link', async () => {
		const { page, complaints } = await opened(preferences);

		await page.getByRole('link', { name: '한국어' }).press('Enter');
		await page.getByRole('heading', { name: TEXTS.ko.preferences.title }).waitFor();

		expect(await page.getByRole('link', { name: '한국어' }).getAttribute('aria-current')).toBe('true');
		expect((await chosen())?.language).toBeNull();
		expect(complaints.take()).toEqual([]);
		await page.context().close();
	});
});

interface Node {
	role: string;
	name: string;
}

/** What a screen reader gets. */
async function accessibility(page: Page): Promise<Node[]> {
	const session = await page.context().newCDPSession(page);
	const { nodes } = await session.send('Accessibility.getFullAXTree');
	await session.detach();
	return nodes.filter((node) => !node.ignored).map((node) => ({ role: String(node.role?.value ?? ''), name: String(node.name?.value ?? '') }));
}

async function focused(page: Page): Promise<Node> {
	const session = await page.context().newCDPSession(page);
	const { nodes } = await session.send('Accessibility.getFullAXTree');
	await session.detach();
	const node = nodes.filter((one) => one.properties?.some(({ name, value }) => name === 'focused' && value.value === true) === true).at(-1);
	const role = String(node?.role?.value ?? '');
	// A status has no name of its own: its text is what is read.
	const name = String(node?.name?.value ?? '') || (await page.locator(':focus').allTextContents()).join(' ');
	return { role, name };
}

/** Names of what Tab reaches, from the top of the page until it leaves it. */
async function tabOrder(page: Page): Promise<string[]> {
	const names: string[] = [];
	for (let presses = 0; presses < 60; presses += 1) {
		await page.keyboard.press('Tab');
		const { role, name } = await focused(page);
		if (role === '' || role === 'RootWebArea' || (names.length > 1 && name === names[0])) break;
		names.push(name);
	}
	await page.reload();
	return names;
}

async function pressUntil(page: Page, key: string, name: string): Promise<void> {
	for (let presses = 0; presses < 60; presses += 1) {
		await page.keyboard.press(key);
		if ((await focused(page)).name.includes(name)) return;
	}
	throw new Error(`The keyboard does not reach "${name}"`);
}

async function fullScreenshot(page: Page, name: string): Promise<void> {
	const folder = join(__dirname, '..', '..', 'artifacts', 'e2e');
	mkdirSync(folder, { recursive: true });
	await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
