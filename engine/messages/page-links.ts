import { openRequests } from '../consent';
import type { Reader } from '../store';
import { confirmUrl, preferencesUrl, startToken } from '../tracking';
import type { Linking } from './channel';
import type { Addressed } from './guards';

/** What the links to pages need, read in the transaction that decides to attempt. */
export interface PageFacts {
	nowMs: number;
	/** Profile -> its open double opt-in; read only where a template asks for it. */
	requests: ReadonlyMap<number, string>;
	/** Messages that ask to confirm; absent: their texts tell it. */
	asking?: ReadonlySet<string>;
	/** Messages that show the token by which a chat becomes the person's; absent: their texts tell it. */
	starting?: ReadonlySet<string>;
}

/** A mail is forwarded, and what this link opens changes a person's choices; the unsubscribe link lasts for ever. */
const PREFERENCES_LAST_MS = 90 * 86_400_000;
const CONFIRM_LINK = 'links.confirmUrl';
/** Whoever follows it first is taken for the person. */
const START_LASTS_MS = 30 * 86_400_000;
const START_TOKEN = 'links.chatStart';

/** `textsOf`: all that is rendered for a person. */
export async function readPageFacts(reader: Reader, { channel, topic }: { channel: string; topic: string }, going: readonly Addressed[], textsOf: (person: Addressed) => string[]): Promise<PageFacts> {
	const texts = new Map(going.map((person) => [person, textsOf(person)]));
	const asking = going.filter((person) => asksToConfirm(texts.get(person) ?? []));
	const starting = going.filter((person) => showsStart(texts.get(person) ?? []));
	const requests = asking.length === 0 ? new Map<number, string>() : await openRequests(reader, asking.map((person) => ({ profile: person.work.profile, to: person.to })), channel, topic);
	return { nowMs: reader.nowMs, requests, asking: new Set(asking.map(({ work }) => work.message)), starting: new Set(starting.map(({ work }) => work.message)) };
}

/** Liquid's `links.preferencesUrl`, `links.chatStart` and `links.confirmUrl`; or why the message must not leave: it would ask for a confirmation that leads nowhere. */
export function pageLinks(texts: readonly string[], person: Addressed, { address, secret }: Linking, facts: PageFacts): { links: Record<string, string> } | { broken: string } {
	if (address === null) return { links: {} };
	const links: Record<string, string> = { preferencesUrl: preferencesUrl(address, { message: person.work.message }, facts.nowMs + PREFERENCES_LAST_MS, secret) };
	if (showsStart(texts) || facts.starting?.has(person.work.message) === true) links.chatStart = startToken(person.work.profile, facts.nowMs + START_LASTS_MS, secret);
	if (!asksToConfirm(texts) && facts.asking?.has(person.work.message) !== true) return { links };
	const open = facts.requests.get(person.work.profile);
	if (open === undefined) {
		return { broken: `The template shows ${CONFIRM_LINK}, but this person has no open request for consent to confirm: it was never made, was confirmed, has expired, or was made for another address. Put Profile Engine, Consent: Request Double Opt-In before this step.` };
	}
	return { links: { ...links, confirmUrl: confirmUrl(address, open, secret) } };
}

function asksToConfirm(texts: readonly string[]): boolean {
	return texts.some((text) => text.includes(CONFIRM_LINK));
}

function showsStart(texts: readonly string[]): boolean {
	return texts.some((text) => text.includes(START_TOKEN));
}
