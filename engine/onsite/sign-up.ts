import { sql } from 'kysely';

import { hashId, type JsonObject } from '../kernel';
import { admitIdentity, cleanText } from '../profiles';
import type { Identity, TrackingMessage } from '../events/types';
import type { OptInAsked, OptInReport } from '../consent/types';
import { lockedRow, mark } from './act';
import type { OnSiteParts } from './index';
import { SOURCE as EVENT_SOURCE } from './record';
import { countSignUp, type OverLimit } from './sign-up-limits';
import type { ActFacts, ActResult, OnSiteContent, SignUpField, SignUpForm } from './types';

const CHANNEL_OF = { email: 'email', phone: 'sms' } as const;
const SAYS: Readonly<Record<SignUpField, string>> = { email: 'Enter your email address.', phone: 'Enter your phone number with its country code.', firstName: 'Enter your first name.' };
const LONGEST_NAME = 100;
/** Who mistypes tries again; whoever types one address after another wants others to get mail. */
const MOST_SIGN_UPS = 5;
const SOURCE = 'sign-up-form';
/** A journey that mails `links.confirmUrl` starts by it, whatever the person has said before; by the state alone it would start but once. */
const REQUESTED = 'Double Opt-In Requested';
/** One a person and topic in this time, by however many forms: nobody can fill somebody else's inbox. */
const ONCE_IN_MS = 3_600_000;

/**
 * Double opt-in from a form on a page: what was typed in is asked to be confirmed and nothing more. Anybody can type anybody's address: an address that belongs
 * to somebody asks that one, whoever typed it, and neither joins the two nor changes what is known of them; the answer is the same in each case. One that is nobody's yet becomes
 * the visitor's own. The mail that asks comes from a journey that starts when consent is asked for.
 */
export async function signUp(parts: OnSiteParts, id: string, given: Partial<Record<SignUpField, string>>, facts: ActFacts): Promise<ActResult> {
	const options = await parts.identityOptions();
	const secret = await parts.settings.signingSecret();
	const seen = await parts.store.read((reader) => reader.first<{ content: unknown; profile: number }>(sql<{ content: unknown; profile: number }>`select content, profile from onsite_message where message = ${id}`));
	const form = seen === undefined ? undefined : contentOf(seen.content).form;
	if (seen === undefined || form === undefined) return seen === undefined ? 'unknown' : { refused: 'The message has no form.' };
	const identities: Identity[] = [];
	for (const field of ['email', 'phone'] as const) {
		if (!form.fields.includes(field)) continue;
		const found = admitIdentity(field, given[field] ?? '', options);
		if (!found.ok) return { refused: SAYS[field], field };
		identities.push(found.identity);
	}
	const firstName = cleanText(given.firstName ?? '').trim().slice(0, LONGEST_NAME);
	if (form.fields.includes('firstName') && firstName === '') return { refused: SAYS.firstName, field: 'firstName' };
	if (identities.length === 0) return { refused: 'The form asks for no address.' };

	const counted = await parts.store.tx('onsite-sign-up', async (tx): Promise<ActResult> => {
		const acted = await lockedRow(tx, id);
		if (acted === null) return 'unknown';
		if (Number(acted.row.sign_ups) >= MOST_SIGN_UPS) return { refused: 'This form was sent too often.' };
		const over = await countSignUp(tx, secret, facts.ip, identities);
		if (over !== null) return tooOften(over, tx.nowMs);
		await tx.run(sql`update onsite_message set sign_ups = sign_ups + 1 where message = ${id}`);
		return 'done';
	});
	if (counted !== 'done') return counted;
	await takeIn(parts, seen.profile, identities, firstName);
	const requests = identities.flatMap((whose) => asked(form, whose, id, facts));
	await tellRequests(parts, requests, await parts.optIn.request(requests));
	return await parts.store.tx('onsite-signed-up', async (tx) => {
		const acted = await lockedRow(tx, id);
		return acted === null ? 'unknown' : await mark(tx, acted.row, 'answered_at', { closes: true });
	});
}

/** What was typed in stays in the form: later it can be sent as it is. */
function tooOften({ identity, untilMs }: OverLimit, nowMs: number): ActResult {
	const retryAfterS = Math.max(1, Math.ceil((untilMs - nowMs) / 1000));
	if (identity === undefined) return { refused: 'Too many sign-ups came from this network. Try again later.', retryAfterS };
	return { refused: 'This address was signed up too often. Look for the message that was sent there, or try again later.', retryAfterS, field: identity.kind === 'phone' ? 'phone' : 'email' };
}

/** Of those whose yes is missing. In the order of their ids, as all lock people. */
async function tellRequests({ store, events }: OnSiteParts, requests: readonly OptInAsked[], report: OptInReport): Promise<void> {
	const open = requests.flatMap(({ channel, topic = '' }, n) => {
		const found = report.requests[n];
		return found?.state === 'pending' ? [{ profile: found.profile, channel, topic }] : [];
	});
	if (open.length === 0) return;
	await store.tx('onsite-opt-in', (tx) => events.ingestIn(tx, open.sort((a, b) => a.profile - b.profile).map(({ profile, channel, topic }): TrackingMessage => ({
		type: 'track', event: REQUESTED, profileId: profile, properties: { channel, topic }, messageId: hashId('opt-in', profile, channel, topic, Math.floor(tx.nowMs / ONCE_IN_MS)),
	})), { source: EVENT_SOURCE, own: true }));
}

function contentOf(column: unknown): OnSiteContent {
	return (typeof column === 'string' ? JSON.parse(column) : column) as OnSiteContent;
}

/** Each address that is nobody's: of the visitor, where they have none of its kind; else of somebody new. */
async function takeIn(parts: OnSiteParts, visitor: number, identities: readonly Identity[], firstName: string): Promise<void> {
	const facts = await parts.store.read(async (reader) => ({
		taken: new Set((await reader.all<Identity>(sql<Identity>`select kind, value from identity where (kind, value) in (select r.kind, r.value from ${reader.dialect.rows(identities.map(({ kind, value }) => ({ kind, value })), { kind: 'text', value: 'text' }, 'r')})`)).map(({ kind, value }) => `${kind} ${value}`)),
		has: new Set((await reader.all<{ kind: string }>(sql<{ kind: string }>`select distinct kind from identity where profile = ${visitor}`)).map(({ kind }) => kind)),
	}));
	const fresh = identities.filter(({ kind, value }) => !facts.taken.has(`${kind} ${value}`));
	const attributes: JsonObject = firstName === '' ? {} : { firstName };
	const theirs = fresh.filter(({ kind }) => !facts.has.has(kind) && !facts.has.has('user_id'));
	if (theirs.length > 0 && theirs.length === identities.length) await parts.profiles.upsert([{ profileId: visitor, identities: theirs, attributes }], { source: SOURCE, audited: false });
	else if (fresh.length > 0) await parts.profiles.upsert(fresh.map((identity) => ({ identities: [identity], attributes })), { source: SOURCE, audited: false });
}

function asked(form: SignUpForm, whose: Identity, message: string, { ip, url }: ActFacts): OptInAsked[] {
	const channel = CHANNEL_OF[whose.kind === 'phone' ? 'phone' : 'email'];
	const textVersion = `on-site form ${hashId('consent text', form.consentText).slice(0, 8)}`;
	return (form.topics.length === 0 ? [''] : form.topics).map((topic) => ({ whose, channel, topic, textVersion, source: SOURCE, ip, seen: { page: url, message, text: form.consentText } }));
}
