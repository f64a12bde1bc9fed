import { escapeHtml } from './escape';

/** Who the pages are from. */
export interface PageBrand {
	name: string;
	/** An https address that the pages may load; null: none. */
	logo: string | null;
}

/** Of what stands in the brand. null: it names nobody. A logo that is no https address is left out. */
export function pageBrand({ name, logo }: Readonly<Record<string, unknown>>): PageBrand | null {
	const shown = { name: typeof name === 'string' ? name.trim() : '', logo: typeof logo === 'string' ? logoAddress(logo) : null };
	return shown.name === '' && shown.logo === null ? null : shown;
}

function logoAddress(given: string): string | null {
	if (!URL.canParse(given)) return null;
	const { protocol, username, password, href } = new URL(given);
	return protocol === 'https:' && username === '' && password === '' ? href : null;
}

/** The one picture that a page may load, for its policy; https://www.w3.org/TR/CSP3/#framework-directive-source-list: a path holds neither ; nor , nor a query. */
export function pictureSource({ logo }: PageBrand): string | null {
	if (logo === null) return null;
	const { origin, pathname } = new URL(logo);
	return origin + pathname.replace(/;/g, '%3B').replace(/,/g, '%2C');
}

/** Its place is kept while the logo loads; the name is read out once. */
export function brandHeader({ name, logo }: PageBrand): string {
	const picture = logo === null ? '' : `<img src="${escapeHtml(logo)}" alt="${escapeHtml(name)}" width="192" height="48" referrerpolicy="no-referrer">`;
	const text = name === '' ? '' : `<span${logo === null ? '' : ' aria-hidden="true"'}>${escapeHtml(name)}</span>`;
	return `<header class="brand">${picture}${text}</header>\n`;
}
