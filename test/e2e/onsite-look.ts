import type { Page } from 'playwright-core';

const { messageFaults } = jest.requireActual<{ messageFaults(): string[] }>('./onsite-look-page.cjs');

/** What is wrong with the messages that stand on a page, for people who do not see them as they were drawn: each as a sentence. The numbers are WCAG 2.2's, as in accessible.ts. */
export async function faultsOf(page: Page): Promise<string[]> {
	return await page.evaluate(messageFaults);
}
