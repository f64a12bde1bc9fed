import type { Browser, Page } from 'playwright-core';

import { oneClickOf, trackedLinksOf } from '../../demo/mail-links.mjs';
import type { Contact } from '../../demo/contacts.mjs';
import type { Mail } from '../../demo/inbox.mjs';
import { launchChromium, newContext, screenshot } from './browser';
import { Stand } from './stand';

const SHOP = 'https://leaf-and-kettle.example/';

describe('What people do with the mails of a journey', () => {
	let stand: Stand;
	let browser: Browser;
	let clicker: Contact;
	let leaver: Contact;
	let oneClicker: Contact;

	beforeAll(async () => {
		[stand, browser] = await Promise.all([Stand.up(), launchChromium()]);
		const people = await stand.importPeople(3, 11);
		[clicker, leaver, oneClicker] = people as [Contact, Contact, Contact];
	});

	afterAll(async () => {
		await browser?.close();
		await stand?.down();
	});

	test('who clicks the link of the welcome mail arrives at the shop and takes the clicked branch', async () => {
		const mail = await signUp(clicker);
		const page = await (await newContext(browser)).newPage();
		await answerForTheShop(page);

		const [link] = trackedLinksOf(mail);
		// Nobody clicks within a second of the sending: who does is taken for a link scanner.
		await page.waitForTimeout(1_500);
		await page.goto(String(link));

		await page.getByRole('heading', { name: 'The shop' }).waitFor();
		expect(page.url()).toMatch(SHOP);
		const second = await stand.mail(clicker.email, /^Glad you like it/);
		expect(second.html).toContain(clicker.firstName.replaceAll("'", '&#39;'));
		expect(second.subject.endsWith('first pick for members')).toBe(clicker.plan !== 'free');

		// An order ends the series by its goal; whoever has reached the end cannot get the reminder any more.
		await stand.send('track', { userId: clicker.userId, event: 'Order Completed', properties: { total: 49.9, currency: 'EUR' } });
		await stand.until('The series ends for the one who clicked', () => enrollmentOf(clicker)?.state === 'completed');
		expect(stand.database.rows('select name, value, currency from goal')).toEqual([{ name: 'First Order', value: '49.9', currency: 'EUR' }]);
		expect((await stand.mailsTo(clicker.email)).map(({ subject }) => subject.split(/[ ,]/)[0])).toEqual(['Welcome', 'Glad']);
		await page.context().close();
	});

	test('the unsubscribe page changes nothing until its button is pressed, and then no marketing mail follows', async () => {
		const mail = await signUp(leaver);
		const link = inEnglish(unsubscribeLinkOf(mail));
		const page = await (await newContext(browser, { viewport: { width: 1100, height: 760 } })).newPage();

		await page.goto(link);
		await page.getByRole('heading', { name: 'Unsubscribe?' }).waitFor();
		await screenshot(page, 'unsubscribe-light');
		expect(consentOf(leaver)).toEqual([]);

		await page.getByRole('button', { name: 'Unsubscribe' }).click();
		await page.getByRole('heading', { name: 'You are unsubscribed' }).waitFor();
		await screenshot(page, 'unsubscribe-done');
		expect(consentOf(leaver)).toEqual([{ topic: '', state: 'unsubscribed', source: 'page' }]);
		await page.context().close();

		await stand.until('The series goes on without mails', () => enrollmentOf(leaver)?.state === 'completed', 240_000);
		expect((await stand.mailsTo(leaver.email)).map(({ subject }) => subject.split(/[ ,]/)[0])).toEqual(['Welcome']);
		expect(
			stand.database.rows(`select m.state from message m join identity i on i.profile = m.profile where i.value = ? order by m.reserved_at`, leaver.email),
		).toEqual([{ state: 'sent' }, { state: 'skipped' }]);
	});

	test('one click in the mail program unsubscribes without a page (RFC 8058)', async () => {
		const mail = await signUp(oneClicker);
		const address = String(oneClickOf(mail));
		expect(mail.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');

		await fetch(address);
		expect(consentOf(oneClicker)).toEqual([]);
		const answer = await fetch(address, {
			method: 'POST',
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
			body: 'List-Unsubscribe=One-Click',
		});

		expect(answer.status).toBe(200);
		expect(consentOf(oneClicker)).toEqual([{ topic: '', state: 'unsubscribed', source: 'one-click' }]);
	});

	test.each([
		['dark', { colorScheme: 'dark', viewport: { width: 1100, height: 760 } }],
		['narrow', { viewport: { width: 320, height: 640 } }],
		['narrow-dark', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
	] as const)('the unsubscribe page fits a %s screen', async (name, options) => {
		const [mail] = await stand.mailsTo(clicker.email);
		const page = await (await newContext(browser, options)).newPage();

		await page.goto(inEnglish(unsubscribeLinkOf(mail as Mail)));

		await page.getByRole('button', { name: 'Unsubscribe' }).waitFor();
		await screenshot(page, `unsubscribe-${name}`);
		expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
		await page.context().close();
	});

	async function signUp({ userId, email, plan, firstName }: Contact): Promise<Mail> {
		await stand.send('identify', { userId, traits: { email, plan, first_name: firstName } });
		await stand.send('track', { userId, event: 'Signed Up', properties: { source: 'friend' } });
		return await stand.mail(email, /^Welcome/);
	}

	const enrollmentOf = ({ email }: Contact) =>
		stand.database.rows<{ state: string }>('select e.state from enrollment e join identity i on i.profile = e.profile where i.value = ?', email)[0];

	const consentOf = ({ email }: Contact) =>
		stand.database.rows('select c.topic, c.state, c.source from consent c join identity i on i.profile = c.profile where i.value = ?', email);
});

function unsubscribeLinkOf(mail: Mail): string {
	const link = /href="([^"]*\/unsubscribe\?[^"]*)"/.exec(mail.html)?.[1];
	if (link === undefined) throw new Error('The mail has no unsubscribe link.');
	return link.replaceAll('&amp;', '&');
}

/** The page speaks the language of the person, who is made up and may speak another one than this test. */
function inEnglish(link: string): string {
	return `${link}&lang=en`;
}

/** The shop's address does not exist. The browser's own routes see no redirects; its debugging protocol does. */
async function answerForTheShop(page: Page): Promise<void> {
	const session = await page.context().newCDPSession(page);
	session.on('Fetch.requestPaused', ({ requestId }) => {
		void session.send('Fetch.fulfillRequest', {
			requestId,
			responseCode: 200,
			responseHeaders: [{ name: 'content-type', value: 'text/html' }],
			body: Buffer.from('<h1>The shop</h1>').toString('base64'),
		});
	});
	await session.send('Fetch.enable', { patterns: [{ urlPattern: `${SHOP}*` }] });
}
