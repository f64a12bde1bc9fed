import { createEngine, type LocalEngine } from '../../../engine';
import { STARTERS } from '../../../engine/content/templates/starters';
import { ManualClock, type JsonObject } from '../../../engine/kernel';
import { emptyDatabase, TEST_START_MS } from '../databases';

/** Contrast by WCAG 2.2, 1 to 21. */
function contrast(one: string, other: string): number {
	const light = (colour: string): number => {
		const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [high = 0, low = 0] = [light(one), light(other)].sort((a, b) => b - a);
	return (high + 0.05) / (low + 0.05);
}

const all = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map((match) => match[1] ?? match[0]);

/** What common clients take, by https://www.caniemail.com: Outlook on Windows, Gmail, Apple Mail, on screens of any width, light and dark. */
describe.each(STARTERS.map(({ key, purpose, preheader }) => ({ key, purpose, preheader })))('the starter $key', ({ key, purpose, preheader }) => {
	let engine: LocalEngine;
	let drop: () => Promise<void>;
	let html = '';
	let text = '';

	beforeAll(async () => {
		const own = await emptyDatabase('sqlite');
		drop = own.drop;
		engine = await createEngine({ database: own.database, clock: new ManualClock(TEST_START_MS) });
		await engine.templates.createFromStarter(key, 'mine');
		const products: unknown[] = [{ title: 'Lamp & "Co"', link: 'https://shop.example.org/arc', image_link: 'https://shop.example.org/arc.jpg', current_price: '49.90', currency: 'EUR' }, { name: 'Dot', url: 'https://shop.example.org/dot', price: '29' }];
		const [sample] = STARTERS.filter((one) => one.key === key).map((one) => one.sample);
		await engine.templates.saveSample('mine', 'Pictured', { profile: sample?.profile ?? {}, item: { ...sample?.item, products } as unknown as JsonObject, ...(sample?.event === undefined ? {} : { event: { name: sample.event.name, properties: { ...sample.event.properties, products } as unknown as JsonObject } }) });
		({ html = '', text = '' } = await engine.templates.preview({ key: 'mine', sample: 'Pictured' }));
	});
	afterAll(async () => {
		await engine.close();
		await drop();
	});

	it('is drawn by tables that readers aloud leave out, without anything that a client strips', () => {
		expect(html).toMatch(/^\s*<!doctype html>/i);
		expect(html).toMatch(/<html[^>]* lang="en"/);
		expect(all(html, /<table(?![^>]*role="(?:presentation|none)")[^>]*>/g).filter((table) => !table.includes('Table'))).toEqual([]);
		expect(html).not.toMatch(/<(?:script|form|link|iframe|svg|video)\b(?![^>]*fonts\.googleapis)|display:\s*(?:flex|grid)|position:\s*(?:absolute|fixed)|var\(--/i);
		expect(html).toContain('<!--[if mso');
		expect(Buffer.byteLength(html)).toBeLessThan(51 * 1024);
	});

	it('fits a phone: one viewport, nothing wider than 600 pixels, and buttons that a thumb hits', () => {
		expect(html).toContain('width=device-width');
		expect(all(html, /(?:max-width|\bwidth)[:=]"?\s*(\d+)px/g).map(Number).filter((width) => width > 600)).toEqual([]);
		const buttons = all(html, /<a\b[^>]*style="([^"]*display:\s*(?:inline-)?block[^"]*)"/g).map((style) => Number(/padding:\s*(\d+)px/.exec(style)?.[1] ?? 0));
		expect(buttons.length).toBeGreaterThan(0);
		expect(Math.min(...buttons)).toBeGreaterThanOrEqual(12);
	});

	it('can be read in the light and in the dark, also where Outlook makes the dark', () => {
		const dark = Object.fromEntries([...html.matchAll(/@media \(prefers-color-scheme: dark\) \{([\s\S]*?)\n\s*\}\n/g)].flatMap(([, rules = '']) => [...rules.matchAll(/\.(page|card|ink|faint)[^{]*\{[^}]*?(#[0-9a-f]{6})/g)].map(([, name = '', colour = '']) => [name, colour])));
		// Whatever is dark on light has a class by which it becomes light on dark.
		const unturned = all(html, /<td(?![^>]*class="(?:ink|faint)")[^>]*>\s*<div[^>]*[;"\s]color:\s*#(?!ffffff)[0-9a-f]{6}/g);

		expect(html).toContain('name="color-scheme" content="light dark"');
		expect(Object.keys(dark).sort()).toEqual(['card', 'faint', 'ink', 'page']);
		for (const colour of [...new Set(all(html, /[;"\s]color:\s*(#[0-9a-f]{6})/g))].filter((colour) => !['#ffffff', ...Object.values(dark)].includes(colour))) {
			expect([colour, contrast(colour, '#ffffff') >= 4.5, contrast(colour, '#f3f4f8') >= 4.5]).toEqual([colour, true, true]);
		}
		expect(contrast('#ffffff', all(html, /bgcolor="(#[0-9a-f]{6})"[^>]*role="presentation"/g)[0] ?? '#4338ca')).toBeGreaterThanOrEqual(4.5);
		for (const name of ['page', 'card'] as const) for (const on of ['ink', 'faint'] as const) expect(contrast(dark[name] ?? '', dark[on] ?? '')).toBeGreaterThanOrEqual(4.5);
		for (const name of ['page', 'card', 'ink', 'faint']) expect(html).toMatch(new RegExp(`\\[data-ogs[bc]\\] \\.${name}\\b`));
		expect(unturned).toEqual([]);
		expect(html).toMatch(/<td[^>]*class="ink"/);
	});

	it('has words for each picture, a preheader that is not seen, and the same as plain text', () => {
		const pictures = all(html, /<img\b[^>]*>/g);
		const written = STARTERS.find((one) => one.key === key);

		expect(pictures.filter((picture) => !/\salt="[^"]+"/.test(picture))).toEqual([]);
		expect(pictures.filter((picture) => !/\swidth="\d+"/.test(picture))).toEqual([]);
		if (written?.products !== undefined) expect([pictures.length, html.includes('Lamp &#38; &#34;Co&#34;') || html.includes('Lamp &amp; &quot;Co&quot;') || html.includes('Lamp &amp; &#34;Co&#34;')]).toEqual([1, true]);
		const hidden = /<body[^>]*>\s*(<div[^>]*>[\s\S]*?<\/div>)/.exec(html)?.[1] ?? '';
		expect(hidden).toContain('display:none');
		if (!preheader.includes('{')) expect(hidden).toContain(preheader);
		expect(text).toContain(written?.button.text ?? '-');
		expect(text).not.toMatch(/<(?!https?:)[a-z]|&[a-z]+;|\{[{%]/);
		for (const link of purpose === 'marketing' ? ['Unsubscribe', 'Choose what you get'] : []) expect(text).toContain(link);
	});
});
