import { openRequests } from '../consent';
import type { Reader } from '../store';
import { confirmUrl, preferencesUrl } from '../tracking';
import { contentOf } from './content';
import type { Addressed } from './guards';
import type { Linking } from './render';
import type { EmailSendRequest } from './types';

/** What the links to pages need, read in the transaction that decides to attempt. */
export interface PageFacts {
	nowMs: number;
	/** Profile -> its open double opt-in; read only where a template asks for it. */
	requests: ReadonlyMap<number, string>;
}

/** A mail is forwarded, and what this link opens changes a person's choices; the unsubscribe link lasts for ever. */
const PREFERENCES_LAST_MS = 90 * 86_400_000;
const CONFIRM_LINK = 'links.confirmUrl';

export async function readPageFacts(reader: Reader, request: EmailSendRequest, going: readonly Addressed[]): Promise<PageFacts> {
	const asking = going.filter((person) => asksToConfirm(request, person));
	const requests = asking.length === 0 ? new Map<number, string>() : await openRequests(reader, asking.map((person) => ({ profile: person.work.profile, to: person.to })), 'email', request.topic);
	return { nowMs: reader.nowMs, requests };
}

/** Liquid's `links.preferencesUrl` and `links.confirmUrl`; or why the mail must not leave: it would ask for a confirmation that leads nowhere. */
export function pageLinks(request: EmailSendRequest, person: Addressed, { address, secret }: Linking, facts: PageFacts): { links: Record<string, string> } | { broken: string } {
	if (address === null) return { links: {} };
	const links: Record<string, string> = { preferencesUrl: preferencesUrl(address, { message: person.work.message }, facts.nowMs + PREFERENCES_LAST_MS, secret) };
	if (!asksToConfirm(request, person)) return { links };
	const open = facts.requests.get(person.work.profile);
	if (open === undefined) {
		return { broken: `The template shows ${CONFIRM_LINK}, but this person has no open request for consent to confirm: it was never made, was confirmed, has expired, or was made for another address. Put Profile Engine, Consent: Request Double Opt-In before this step.` };
	}
	return { links: { ...links, confirmUrl: confirmUrl(address, open, secret) } };
}

function asksToConfirm(request: EmailSendRequest, person: Addressed): boolean {
	const { subject, preheader = '', body } = contentOf(request, person.work.item);
	return [subject, preheader, body.source].some((text) => text.includes(CONFIRM_LINK));
}
