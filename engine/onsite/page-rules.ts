import type { OnSiteRules, OnSiteTrigger, PageState } from './types';

export function fitsPage({ urls, notUrls }: OnSiteRules, url: string): boolean {
	return (urls.length === 0 || urls.some((part) => contains(url, part))) && !notUrls.some((part) => contains(url, part));
}

/** Whether the address holds this, whatever its case; * stands for any number of characters. By pieces: a regular expression of somebody's own could run for ever. */
function contains(url: string, part: string): boolean {
	const text = url.toLowerCase();
	let from = 0;
	for (const piece of part.trim().toLowerCase().split('*')) {
		const at = text.indexOf(piece, from);
		if (at < 0) return false;
		from = at + piece.length;
	}
	return true;
}

export function isMet(trigger: OnSiteTrigger, page: PageState): boolean {
	switch (trigger.on) {
		case 'load':
			return true;
		case 'delay':
			return page.seconds >= trigger.seconds;
		case 'scroll':
			return page.scroll >= trigger.percent;
		case 'exit':
			return page.exit;
		case 'event':
			return page.events.includes(trigger.event);
	}
}
