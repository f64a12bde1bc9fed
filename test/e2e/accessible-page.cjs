/* Runs in the browser's page (accessible.ts): plain JavaScript, since the tests' types know no DOM. Each function may use nothing from outside of itself. */

function lookedAt() {
	const found = [];
	const parsed = (text) => {
		const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
		return [r, g, b, a];
	};
	const luminance = ([r, g, b]) => {
		const [x = 0, y = 0, z = 0] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
		return 0.2126 * x + 0.7152 * y + 0.0722 * z;
	};
	const ground = (element) => {
		for (let at = element; at !== null; at = at.parentElement) {
			const colour = parsed(getComputedStyle(at).backgroundColor);
			if (colour[3] === 1) return colour;
		}
		return [255, 255, 255, 1];
	};
	const contrast = (a, b) => {
		const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
		return (light + 0.05) / (dark + 0.05);
	};
	const told = (element) => `<${element.tagName.toLowerCase()}> "${(element.textContent ?? '').trim().slice(0, 40)}"`;

	if (!document.documentElement.lang) found.push('The page does not say its language.');
	if (document.title.trim() === '') found.push('The page has no title.');
	if (document.querySelectorAll('main').length !== 1 || document.querySelectorAll('h1').length !== 1) found.push('The page has not one main part and one first heading.');
	const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
	if (new Set(ids).size < ids.length) found.push('An id occurs twice.');
	for (const element of document.querySelectorAll('[aria-describedby],[aria-labelledby],[for],a[href^="#"]')) {
		for (const name of ['aria-describedby', 'aria-labelledby', 'for', 'href']) {
			const target = element.getAttribute(name)?.replace(/^#/, '') ?? '';
			if (target !== '' && !target.includes('?') && !/^(https?:|unsubscribe)/.test(target) && document.getElementById(target) === null) found.push(`${told(element)} points at #${target}, which is not there.`);
		}
	}
	for (const element of document.querySelectorAll('input:not([type=hidden]),select')) {
		if (element.labels?.length !== 1) found.push(`${told(element)} has not one label.`);
	}
	for (const element of document.querySelectorAll('a,button,label.row,select')) {
		const { width, height } = element.getBoundingClientRect();
		if (width < 24 || height < 24) found.push(`${told(element)} is too small to be hit.`);
	}
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
		const element = node.parentElement;
		if (element === null || (node.textContent ?? '').trim() === '' || element.closest('option') !== null || element.getClientRects().length === 0) continue;
		const ratio = contrast(parsed(getComputedStyle(element).color), ground(element));
		if (ratio < 4.5) found.push(`${told(element)} has a contrast of ${ratio.toFixed(2)}.`);
	}
	if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push('The page is wider than the window.');
	return found;
}

/** Where the keyboard is: null when on the page itself. Marks what it has seen. */
function focusHere() {
	const element = document.activeElement;
	if (element === null || element === document.body) return null;
	const { outlineStyle, outlineWidth } = getComputedStyle(element);
	const seen = element.hasAttribute('data-seen');
	element.setAttribute('data-seen', '');
	return { seen, name: element.outerHTML.slice(0, 80), visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
}

/** How the page moves, and how large its text is in pixels. */
function manner() {
	return { motion: `${getComputedStyle(document.querySelector('button')).transitionDuration} ${getComputedStyle(document.documentElement).scrollBehavior}`, text: parseFloat(getComputedStyle(document.querySelector('p')).fontSize) };
}

module.exports = { lookedAt, focusHere, manner };
