import type { UtmParameters } from './types';

const NAMES: ReadonlyArray<readonly [keyof UtmParameters, string]> = [['source', 'utm_source'], ['medium', 'utm_medium'], ['campaign', 'utm_campaign'], ['content', 'utm_content'], ['term', 'utm_term']];

/**
 * The address with these parameters. Those that it has already stay as somebody wrote them, and everything else stays byte for byte: other
 * parameters may be signed, and a server may tell `%20` from `+`.
 */
export function withUtm(url: string, utm: UtmParameters): string {
	const hash = url.indexOf('#');
	const address = hash === -1 ? url : url.slice(0, hash);
	const query = address.indexOf('?');
	const present = new Set(query === -1 ? [] : address.slice(query + 1).split('&').map((pair) => nameOf(pair)));
	const added = NAMES.flatMap(([key, name]) => {
		const value = utm[key]?.trim() ?? '';
		return value === '' || present.has(name) ? [] : [`${name}=${encodeURIComponent(value)}`];
	});
	if (added.length === 0) return url;
	const joint = query === -1 ? '?' : /[?&]$/.test(address) ? '' : '&';
	return `${address}${joint}${added.join('&')}${hash === -1 ? '' : url.slice(hash)}`;
}

function nameOf(pair: string): string {
	const name = pair.split('=', 1)[0] ?? '';
	try {
		return decodeURIComponent(name).toLowerCase();
	} catch {
		return name.toLowerCase();
	}
}
