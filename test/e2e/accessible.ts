import type { Page } from 'playwright-core';

interface InPage {
	lookedAt(): string[];
	focusHere(): { seen: boolean; name: string; visible: boolean } | null;
	manner(): { motion: string; text: number };
}

export const { lookedAt, focusHere, manner } = jest.requireActual<InPage>('./accessible-page.cjs');

/**
 * What is wrong with a page for people who do not see it as it was drawn, each as a sentence; nothing new to install. Contrast and names
 * are those that the browser worked out, so styles, colour schemes and zoom all count. The numbers are WCAG 2.2's:
 * https://www.w3.org/TR/WCAG22/ (1.3.1, 1.4.3, 1.4.10, 2.4.7, 2.5.8, 3.1.1, 4.1.1, 4.1.2).
 */
export async function faults(page: Page): Promise<string[]> {
	return [...(await page.evaluate(lookedAt)), ...(await invisibleFocus(page))];
}

/** Every stop of the keyboard must be seen to be one: an outline of at least 2 pixels. */
async function invisibleFocus(page: Page): Promise<string[]> {
	const found: string[] = [];
	for (let stop = 0; stop < 60; stop += 1) {
		await page.keyboard.press('Tab');
		const here = await page.evaluate(focusHere);
		if (here === null || here.seen) return found;
		if (!here.visible) found.push(`The focus cannot be seen on ${here.name}.`);
	}
	return [...found, 'The keyboard never leaves the page.'];
}
