import { sql } from 'kysely';

import type { Reader, Tx } from '../store';
import { signToken } from '../tracking';
import { candidatesOf, type Candidate } from './candidates';
import type { OnSiteParts } from './index';
import { fitsPage, isMet } from './page-rules';
import { lockedReading, readingOf } from './reader';
import { recordShown } from './record';
import type { Browser, Decision, Inbox, InboxMessage, OnSiteTrigger, PageState, ShownMessage } from './types';

const NOTHING: Decision = { overlay: null, slots: {}, watch: [], unread: 0 };
const LONGEST_URL = 2_000;

/**
 * What is shown on a page now: the best overlay, where one may be laid over it, and the best message of each free place. Decided and counted in one
 * transaction with the person locked, so what two tabs ask at once is shown in one of them; content leaves the engine only to be shown at once. What has to
 * happen on the page first is told as `watch`, and the page asks again when it has.
 */
export async function decide(parts: OnSiteParts, browser: Browser, page: PageState): Promise<Decision> {
	// Most pages are seen by people for whom nothing waits: they cost one read and lock nobody.
	if (!(await parts.store.read((reader) => isAwaited(reader, browser)))) return NOTHING;
	const secret = await parts.settings.signingSecret();
	return await parts.store.tx('onsite-decide', async (tx) => {
		const reading = await lockedReading(tx, browser);
		if (reading === null || (await parts.settings.stopSwitch(tx)).stopped) return NOTHING;
		const fitting = (await candidatesOf(tx, reading, 'page')).filter(({ rules }) => fitsPage(rules, page.url));
		const [met, waiting] = [fitting.filter(({ rules }) => isMet(rules.trigger, page)), fitting.filter(({ rules }) => !isMet(rules.trigger, page))];
		const overlay = page.overlay ? met.find(({ kind }) => kind !== 'inline') : undefined;
		const placed = [...new Set(page.slots)].flatMap((slot) => met.find((one) => one.kind === 'inline' && one.slot === slot) ?? []);
		await recordShown(parts, tx, [...(overlay === undefined ? [] : [overlay]), ...placed], page.url.slice(0, LONGEST_URL));
		const unread = (await candidatesOf(tx, reading, 'inbox')).filter(({ readAtMs }) => readAtMs === null).length;
		return {
			overlay: overlay === undefined ? null : shownMessage(overlay, secret), slots: Object.fromEntries(placed.map((one) => [one.slot ?? '', shownMessage(one, secret)])),
			watch: triggersOf(waiting.filter(({ kind, slot }) => kind !== 'inline' || page.slots.includes(slot ?? ''))), unread,
		};
	});
}

/** The person's inbox, newest first. `opened`: they look at it now, so what is new in it has been shown. */
export async function inboxOf(parts: OnSiteParts, browser: Browser, opened: boolean): Promise<Inbox> {
	if (!(await parts.store.read((reader) => isAwaited(reader, browser)))) return { messages: [], unread: 0 };
	const secret = await parts.settings.signingSecret();
	return await parts.store.tx('onsite-inbox', async (tx: Tx) => {
		const reading = await lockedReading(tx, browser);
		if (reading === null || (await parts.settings.stopSwitch(tx)).stopped) return { messages: [], unread: 0 };
		const found = await candidatesOf(tx, reading, 'inbox');
		if (opened) await recordShown(parts, tx, found.filter(({ shows }) => shows === 0), '');
		const messages = found.map((one): InboxMessage => ({ ...shownMessage(one, secret), at: new Date(one.queuedAtMs).toISOString(), read: one.readAtMs !== null }));
		return { messages, unread: messages.filter(({ read }) => !read).length };
	});
}

async function isAwaited(reader: Reader, browser: Browser): Promise<boolean> {
	const reading = await readingOf(reader, browser);
	if (reading === null) return false;
	return (await reader.first(sql`select 1 as found from onsite_message where profile = ${reading.profile} and open = 1 and expires_at > ${reader.nowMs} limit 1`)) !== undefined;
}

function shownMessage({ message, kind, content: { style, ...content } }: Candidate, secret: Uint8Array): ShownMessage {
	return { token: signToken({ k: 's', m: message }, secret), kind, content, style };
}

/** Each once. */
function triggersOf(waiting: readonly Candidate[]): OnSiteTrigger[] {
	return [...new Map(waiting.map(({ rules: { trigger } }) => [JSON.stringify(trigger), trigger])).values()];
}
