/** What a mail program finds in a mail: the open pixel, the tracked links, the one-click unsubscribe address. */

const decode = (text) => text.replaceAll('&amp;', '&').replaceAll('&#x2F;', '/').replaceAll('&#61;', '=');

/** @param {import('./inbox.mjs').Mail} mail @returns {string | undefined} */
export function pixelOf(mail) {
	return urls(mail.html, /<img\b[^>]*\bsrc\s*=\s*["']([^"']+)["']/gi).find((url) => /\/open\?/.test(url));
}

/** @param {import('./inbox.mjs').Mail} mail @returns {string[]} In the order of the mail; the unsubscribe link is none of them. */
export function trackedLinksOf(mail) {
	return urls(mail.html, /<a\b[^>]*\bhref\s*=\s*["']([^"']+)["']/gi).filter((url) => /\/click\?/.test(url));
}

/** @param {import('./inbox.mjs').Mail} mail @returns {string | undefined} The https or http address of List-Unsubscribe (RFC 8058). */
export function oneClickOf(mail) {
	const header = mail.headers['list-unsubscribe'];
	return header ? /<(https?:[^>]+)>/i.exec(Array.isArray(header) ? header.join(',') : header)?.[1] : undefined;
}

const urls = (html, pattern) => [...html.matchAll(pattern)].map((match) => decode(match[1]));
