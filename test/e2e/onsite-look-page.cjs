/* Runs in the browser's page (onsite-look.ts): plain JavaScript, since the tests' types know no DOM. It may use nothing from outside of itself. */

function messageFaults() {
	const found = [];
	const parsed = (text) => {
		const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
		return [r, g, b, a];
	};
	const luminance = ([r, g, b]) => {
		const [x = 0, y = 0, z = 0] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
		return 0.2126 * x + 0.7152 * y + 0.0722 * z;
	};
	const contrast = (a, b) => {
		const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
		return (light + 0.05) / (dark + 0.05);
	};
	const ground = (element) => {
		for (let at = element; at !== null; at = at.parentElement ?? (at.getRootNode().host || null)) {
			const colour = parsed(getComputedStyle(at).backgroundColor);
			if (colour[3] > 0.9) return colour;
		}
		return [255, 255, 255, 1];
	};
	const told = (element) => `<${element.tagName.toLowerCase()} class="${element.className}"> "${(element.textContent ?? '').trim().slice(0, 40)}"`;
	const isSeen = (element) => element.getClientRects().length > 0;

	for (const host of document.querySelectorAll('[data-journeys]')) {
		const root = host.shadowRoot;
		for (const element of root.querySelectorAll('input,textarea')) if (isSeen(element) && element.labels.length !== 1) found.push(`${told(element)} has not one label.`);
		for (const element of root.querySelectorAll('img')) if (!element.hasAttribute('alt')) found.push(`${told(element)} has no alternative text.`);
		for (const element of root.querySelectorAll('a,button,input')) {
			if (!isSeen(element)) continue;
			const { width, height, left, right } = element.getBoundingClientRect();
			if (element.type !== 'checkbox' && (width < 24 || height < 24)) found.push(`${told(element)} is too small to be hit.`);
			if (left < 0 || right > innerWidth) found.push(`${told(element)} stands outside of the window.`);
			if (element.tagName === 'BUTTON' && (element.getAttribute('aria-label') ?? element.textContent.trim()) === '') found.push(`${told(element)} has no name.`);
		}
		for (const element of root.querySelectorAll('section,dialog')) {
			if (!isSeen(element)) continue;
			const name = element.getAttribute('aria-label') ?? root.getElementById(element.getAttribute('aria-labelledby') ?? '')?.textContent ?? '';
			if (name === '' && root.querySelector('legend') === null) found.push(`${told(element)} has no name.`);
			if (element.scrollWidth > element.clientWidth + 1) found.push(`${told(element)} is wider than itself.`);
			const style = getComputedStyle(element.querySelector('h2,legend,p') ?? element);
			if (style.textTransform !== 'none' || /Comic/.test(style.fontFamily)) found.push('The page\'s styles reach into the message.');
		}
		const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
		for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
			const element = node.parentElement;
			if (element === null || (node.textContent ?? '').trim() === '' || !isSeen(element)) continue;
			const ratio = contrast(parsed(getComputedStyle(element).color), ground(element));
			if (ratio < 4.5) found.push(`${told(element)} has a contrast of ${ratio.toFixed(2)}.`);
			const overlaps = root.querySelector('.close');
			if (overlaps !== null && isSeen(overlaps) && element.closest('.close') === null) {
				const [range, box] = [document.createRange(), overlaps.getBoundingClientRect()];
				range.selectNodeContents(node);
				if (element.closest('.item') === null && [...range.getClientRects()].some((line) => line.right > box.left + 6 && line.left < box.right - 6 && line.bottom > box.top + 6 && line.top < box.bottom - 6)) found.push(`${told(element)} runs under the closing button.`);
			}
		}
	}
	if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push('The page is wider than the window.');
	return found;
}

module.exports = { messageFaults };
