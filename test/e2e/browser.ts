import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

import { findChromium } from '../../scripts/setup/chromium.mjs';

const ARGUMENTS = [
	'--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** HeadlessChrome in the name would make every click a machine's, which is no click. */
const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The machine's own Chromium with a new profile. `npm run e2e` installs one where it may. */
export async function launchChromium(): Promise<Browser> {
	const executablePath = findChromium();
	if (executablePath === undefined) throw new Error('Chromium is missing: install it, or set CHROMIUM_PATH. `npm run e2e` does so by itself.');
	return await chromium.launch({ executablePath, args: ARGUMENTS });
}

export async function newContext(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
	const context = await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1600, height: 1000 }, ...options });
	context.setDefaultTimeout(60_000);
	return context;
}

/** Kept beside the test's other output, git-ignored, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
	const folder = join(__dirname, '..', '..', 'artifacts', 'e2e');
	mkdirSync(folder, { recursive: true });
	await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** What n8n's own editor complains of, whatever nodes it shows. Keep it short: nothing of ours may ever match. */
const NOISE_OF_N8N = [
	// It asks who is signed in before anybody is.
	/\b401\b.*\/rest\/login\b/,
	// It looks for an example output beside each node type; few of its own have one, and there is no way to say so.
	/\b404\b.*\/schemas\/[\w.-]+\/[\d.]+(\/[\w/-]+)?\.json\b/,
];

/** Everything a page complains about from now on: console errors, uncaught exceptions, requests that failed. */
export class Complaints {
	private readonly heard: string[] = [];

	constructor(page: Page) {
		page.on('console', (message) => {
			if (message.type() === 'error') this.hear(`console: ${message.text()} (${message.location().url})`);
		});
		page.on('pageerror', (error) => this.hear(`exception: ${error.message}`));
		page.on('response', (response) => {
			if (response.status() >= 400) this.hear(`${response.status()}: ${response.request().method()} ${response.url()}`);
		});
		page.on('requestfailed', (request) => {
			const reason = request.failure()?.errorText ?? '';
			// A page that is left cancels what it still loads.
			if (reason !== 'net::ERR_ABORTED') this.hear(`${reason}: ${request.method()} ${request.url()}`);
		});
	}

	/** What was heard since the last time. */
	take(): string[] {
		return this.heard.splice(0);
	}

	private hear(complaint: string): void {
		if (!NOISE_OF_N8N.some((noise) => noise.test(complaint))) this.heard.push(complaint);
	}
}
