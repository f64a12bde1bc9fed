import { STYLE } from '../../../engine/pages/style';

/** Custom properties of one colour scheme: name -> #rrggbb. */
function colours(block: string): Record<string, string> {
	return Object.fromEntries([...block.matchAll(/--([\w-]+):#([0-9a-f]{3,6})\b/g)].map(([, name = '', hex = '']) => [name, hex.length === 3 ? [...hex].map((one) => one + one).join('') : hex]));
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
	const luminance = (hex: string): number => {
		const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	};
	const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (lighter + 0.05) / (darker + 0.05);
}

const [light = '', dark = ''] = [...STYLE.matchAll(/:root\{([^}]*)\}/g)].map((match) => match[1] ?? '');

describe.each([['light', colours(light)], ['dark', { ...colours(light), ...colours(dark) }]])('the colours of the pages, %s', (_scheme, colour) => {
	it.each([['ink', 'card'], ['soft', 'card'], ['soft', 'paper'], ['ink', 'paper'], ['act-ink', 'act'], ['ink', 'well'], ['soft', 'well'], ['ink', 'good']])('%s on %s can be read (4.5)', (text, ground) => {
		expect(contrast(colour[text] ?? '', colour[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
	});

	it.each([['edge', 'card'], ['act', 'card'], ['ring', 'card'], ['ring', 'paper'], ['good-line', 'card']])('%s on %s can be seen (3)', (line, ground) => {
		expect(contrast(colour[line] ?? '', colour[ground] ?? '')).toBeGreaterThanOrEqual(3);
	});
});
