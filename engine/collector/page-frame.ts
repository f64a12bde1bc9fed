import { createHash } from 'node:crypto';

import { page } from './answers';
import type { CollectorResponse } from './types';

/** Small on purpose: no script, no picture, no font, nothing from elsewhere; readable without styles too. */
const STYLE = `
:root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#16181d;--soft:#565d6b;--line:#dfe2e8;--edge:#868e9e;--act:#2b4fd8;--act-ink:#fff;--ring:#7a94ff}
@media(prefers-color-scheme:dark){:root{--paper:#121419;--card:#1b1e25;--ink:#f1f3f7;--soft:#a7afbd;--line:#323743;--edge:#6f778a;--act:#8ea4ff;--act-ink:#0d1430;--ring:#c3cfff}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:1.25rem;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{width:100%;max-width:27rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:clamp(1.5rem,6vw,2.5rem);
box-shadow:0 1px 2px rgb(0 0 0/.04),0 12px 32px -16px rgb(0 0 0/.18)}
h1{margin:0 0 .625rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.015em;text-wrap:balance}
p{margin:0;color:var(--soft);overflow-wrap:anywhere;text-wrap:pretty}
strong{color:var(--ink);font-weight:600}
form{display:grid;gap:.75rem;margin-top:1.75rem}
button{width:100%;min-height:3rem;padding:.625rem 1rem;border:1px solid var(--act);border-radius:.625rem;background:var(--act);color:var(--act-ink);
font:inherit;font-weight:600;cursor:pointer;overflow-wrap:anywhere}
button.quiet{background:transparent;border-color:var(--edge);color:var(--ink)}
button:hover{filter:brightness(1.08)}
button:focus-visible{outline:3px solid var(--ring);outline-offset:2px}
`;

/** Only this very style sheet may apply, forms post only here, and nobody may frame the page to trick a click out of somebody. */
const POLICY = [
	"default-src 'none'",
	`style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
	"form-action 'self'",
	"base-uri 'none'",
	"frame-ancestors 'none'",
].join('; ');

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
}

/** The form has no action: it posts to the address of the page, token included. */
export function framed(status: number, { title, text, answer = false, buttons = [] }: PageContent): CollectorResponse {
	const form = buttons.length === 0 ? '' : `<form method="post">${buttons.map(button).join('')}</form>`;
	const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main><h1>${escapeHtml(title)}</h1><p${answer ? ' role="status"' : ''}>${text}</p>${form}</main>
</body>
</html>
`;
	return page(status, html, POLICY);
}

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function button({ label, name, value, quiet = false }: Button): string {
	return `<button type="submit" name="${escapeHtml(name)}" value="${escapeHtml(value)}"${quiet ? ' class="quiet"' : ''}>${escapeHtml(label)}</button>`;
}
