import { createHash } from 'node:crypto';

import { brandHeader, pictureSource, type PageBrand } from './brand';
import { escapeHtml } from './escape';
import { STYLE } from './style';
import { LANGUAGES, OWN_NAMES, TAGS, TEXTS, type Language } from './texts';

export { escapeHtml };

/** What a page answers; the collector sends it as it is. */
export interface PageResponse {
	status: number;
	headers: Record<string, string>;
	body: string;
}

/** Only this very style sheet may apply, no picture but the brand's logo is loaded, forms post only here, and nobody may frame the page to trick a click out of somebody. */
const POLICY = [
	"default-src 'none'",
	`style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
	"form-action 'self'",
	"base-uri 'none'",
	"frame-ancestors 'none'",
].join('; ');

const HEADERS = {
	'cache-control': 'no-store',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
	'x-robots-tag': 'noindex',
	'content-type': 'text/html; charset=utf-8',
	'content-security-policy': POLICY,
};

export interface Button {
	label: string;
	/** Fields that it posts. */
	name: string;
	value: string;
	quiet?: boolean;
}

export interface PageContent {
	title: string;
	/** HTML; escape what was not written here. */
	text: string;
	/** Announced by screen readers: the page is an answer to what they did. */
	answer?: boolean;
	buttons?: Button[];
	/** A link below the text. */
	away?: { label: string; href: string };
}

/** Where and how a page is shown. */
export interface PageScene {
	language: Language;
	/** The link's token, for the links that change the language. */
	token: string;
	/** null: none is set. */
	brand: PageBrand | null;
}

/** A page that says one thing. The form has no action: it posts to the address of the page, token included. */
export function framed(scene: PageScene, status: number, { title, text, answer = false, buttons = [], away }: PageContent): PageResponse {
	const form = buttons.length === 0 ? '' : `<form method="post">${buttons.map(button).join('')}</form>`;
	const link = away === undefined ? '' : `<p class="away"><a href="${escapeHtml(away.href)}">${escapeHtml(away.label)}</a></p>`;
	return document(scene, status, title, `<main><h1>${escapeHtml(title)}</h1><p${answer ? ' role="status"' : ''}>${text}</p>${link}${form}</main>`);
}

export function document({ language, token, brand }: PageScene, status: number, title: string, main: string): PageResponse {
	const html = `<!doctype html>
<html lang="${TAGS[language]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${brand === null ? '' : brandHeader(brand)}${main}
${languages(language, token)}
</body>
</html>
`;
	const picture = brand === null ? null : pictureSource(brand);
	return { status, headers: { ...HEADERS, ...(picture === null ? {} : { 'content-security-policy': `${POLICY}; img-src ${picture}` }) }, body: html };
}

function languages(current: Language, token: string): string {
	const links = LANGUAGES.map((language) => {
		const href = `?t=${encodeURIComponent(token)}&lang=${language}`;
		return `<li><a href="${escapeHtml(href)}" lang="${TAGS[language]}" hreflang="${TAGS[language]}"${language === current ? ' aria-current="true"' : ''}>${OWN_NAMES[language]}</a></li>`;
	});
	return `<nav aria-label="${escapeHtml(TEXTS[current].pageLanguage)}"><ul>${links.join('')}</ul></nav>`;
}

/** A text with its {places} filled in, as plain text. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
	return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** As `filled`, as HTML: the values stand out. */
export function filledHtml(text: string, values: Readonly<Record<string, string | number>>): string {
	return escapeHtml(text).replace(/\{(\w+)\}/g, (place, name: string) => (values[name] === undefined ? place : `<strong>${escapeHtml(String(values[name]))}</strong>`));
}

function button({ label, name, value, quiet = false }: Button): string {
	return `<button type="submit" name="${escapeHtml(name)}" value="${escapeHtml(value)}"${quiet ? ' class="quiet"' : ''}>${escapeHtml(label)}</button>`;
}
