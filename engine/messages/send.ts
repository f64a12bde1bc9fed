import type { ProviderSettings } from '../channels/types';
import type { LiveTemplate } from '../content';
import { freeStopped, nextTrail, STOPPED_REASON } from '../journeys';
import { EngineError, isTopic, LONGEST_TOPIC } from '../kernel';
import { addressKindOf } from './addressed';
import { attemptChunk, type Attempted } from './attempt';
import { chunkSize, notePace } from './calls';
import type { MessageChannel, Sending } from './channel';
import { confirmChunk, type Fate } from './confirm';
import type { Work } from './guards';
import type { MessagesDeps } from './index';
import { madeOf, textsInAllLanguages } from './made-of';
import { AGAIN } from './repeat';
import { SAME, sameMessages } from './same-message';
import { reserveForJourney, reserveOutside, type JourneyItem, type Reserved } from './reserve';
import type { AnySendItem, LedgerRequest, MadeOf, SendRequest, SendResult } from './types';
import { checkKinds, checkSendVariants, giveVariants, inAllVariants } from './variants';

type AnyRequest = SendRequest<unknown, ProviderSettings>;

/**
 * A send from end to end: reserve the batch, then, in chunks of a few turns of the provider's concurrency (calls.ts) or of one of its batches, guards and
 * attempt, the calls, the confirmation (PROTOCOL 14); between two chunks what the service wants uploaded first (uploads.ts). What is wrong for everyone is said before anything is reserved:
 * throws TEMPLATE_INVALID, BAD_INPUT (marketing outside a journey without an unsubscribe route), WRONG_WORKFLOW.
 */
export async function send<Request extends AnyRequest, Message>(deps: MessagesDeps, channel: MessageChannel<Request, Message>, given: MadeOf<Request>, tested: LiveTemplate | null = null): Promise<SendResult[]> {
	if (tested === null && given.purpose !== 'marketing' && given.purpose !== 'transactional') throw new EngineError('BAD_INPUT', `"${given.step.name}" sends neither marketing nor transactional messages. Choose a Purpose; nothing was sent.`);
	checkSendVariants(given);
	const made = tested === null ? await madeOf(deps, channel.name, given) : { request: given as Request, template: tested, variants: null };
	const request = 'request' in made ? made.request : (given as unknown as Request);
	if (!isTopic(request.topic)) throw new EngineError('BAD_INPUT', `The topic of "${request.step.name}" is no text of at most ${LONGEST_TOPIC} characters: nobody could unsubscribe from it. Choose a shorter one; nothing was sent.`);
	const linking = { address: await deps.settings.trackingAddress(), secret: await deps.settings.signingSecret() };
	const unroutable = 'missing' in made ? noTemplate(request, made.missing) : request.purpose === 'marketing' && linking.address === null ? noRoute(channel, request) : null;
	if (unroutable !== null && request.items.some((item) => item.stamp === undefined)) throw new EngineError('BAD_INPUT', unroutable);
	if ('request' in made) await checkAll(channel, request, made);
	const local = channel.local?.(request) ?? null;
	const sending: Sending<Request, Message> = { channel, request, ledger: ledgerRequest(channel, request), provider: local?.provider ?? channel.provider(request.provider), local, uploads: unroutable === null ? (channel.uploads?.(request, deps.pictures) ?? null) : null, linking, template: 'request' in made ? made.template : null, variants: 'request' in made ? made.variants : null };

	const reserved = await reserve(deps, sending);
	const works = reserved.filter((entry) => entry.kind === 'work');
	const fates = new Map<number, Fate>();
	const fated = unroutable === null ? await sendAll(deps, sending, works) : await leaveUntried(deps, sending, works, '', unroutable);
	for (const fate of fated) fates.set(fate.work.item.index, fate);
	await freeIfResumed(deps, [...fates.values()]);
	return reserved.map((entry) => result(request, entry, fates.get(entry.kind === 'same' ? entry.first : entry.item.index)));
}

/** A template in each of its languages, and what each variant makes of it: who gets which is known only later. */
export async function checkAll<Request extends AnyRequest, Message>(channel: MessageChannel<Request, Message>, request: Request, { template, variants }: Pick<Sending<Request, Message>, 'template' | 'variants'>): Promise<void> {
	await channel.check(request);
	const contents = inAllVariants(variants, template?.contents() ?? [request.content]);
	if (variants !== null) checkKinds(request.step.name, [request.content, ...contents]);
	for (const content of contents) if (content !== request.content) await channel.check({ ...request, content });
}

/** Taken back, deleted, or of another channel: people of a journey wait at the step and come again. */
function noTemplate({ step }: AnyRequest, missing: string): string {
	return `${missing}, so "${step.name}" sends nothing. Publish it with Journey Content, or choose another one in the step; whoever waits here goes on by itself then.`;
}

/** Republishing the collector takes its address away for a moment: people of a journey wait at the step and come again. */
function noRoute<Request extends AnyRequest, Message>({ words }: MessageChannel<Request, Message>, { step }: AnyRequest): string {
	return `"${step.name}" sends ${words.marketing}, but no address for unsubscribe links is known, so nothing is sent. Publish a workflow with a Journey Collector Trigger that has a public address.`;
}

function ledgerRequest<Request extends AnyRequest, Message>({ name, ledger }: MessageChannel<Request, Message>, request: Request): LedgerRequest {
	const { step, purpose, topic, holding, once } = request;
	return { ...ledger?.(request), step, channel: name, purpose, topic, ...(holding === undefined ? {} : { holding }), ...(once === undefined ? {} : { once }), ...(request.variants === undefined ? {} : { varied: true }) };
}

async function leaveUntried<Request extends AnyRequest, Message>(deps: MessagesDeps, { ledger, provider }: Sending<Request, Message>, works: readonly Work[], nonce: string, reason: string): Promise<Fate[]> {
	const rest = works.map((work): Attempted => ({ kind: 'untried', work, reason }));
	return rest.length === 0 ? [] : await confirmChunk(deps, ledger, provider.name, nonce, rest);
}

async function reserve<Request extends AnyRequest, Message>(deps: MessagesDeps, sending: Sending<Request, Message>): Promise<Reserved[]> {
	const { request, ledger, variants } = sending;
	const inside = request.items.filter((item): item is JourneyItem => item.stamp !== undefined);
	const outside = request.items.filter((item) => item.stamp === undefined);
	const entries = inside.length === 0 ? [] : await deps.store.tx('reserve', async (tx) => giveVariants(tx, request, variants, await reserveForJourney(tx, ledger, inside)));
	if (outside.length > 0) entries.push(...(await reserveOutsideAll(deps, sending, outside)));
	return entries;
}

/** Outside a journey the person is found or made by the address. Throws BAD_INPUT naming the item without one. */
async function reserveOutsideAll<Request extends AnyRequest, Message>(deps: MessagesDeps, sending: Sending<Request, Message>, items: readonly AnySendItem[]): Promise<Reserved[]> {
	const { channel: { words, contactBy }, request, ledger } = sending;
	const known = items.flatMap((item) => (item.contact?.profile === undefined ? [] : [{ item, profile: item.contact.profile, key: item.contact.key }]));
	if (known.length === items.length) return await reserveFound(deps, sending, known);
	const kind = contactBy ?? addressKindOf(ledger);
	const identityOf = ({ contact }: AnySendItem): { kind: string; value: string } | undefined => {
		if (kind === undefined) return contact?.identity;
		const value = contact?.[kind];
		return value === undefined ? undefined : { kind, value };
	};
	const contacts = items.map((item) => {
		const identity = identityOf(item);
		if (item.contact === undefined || identity === undefined) throw new EngineError('NOT_IN_JOURNEY', `Item ${item.index} of "${ledger.step.name}" carries no contact of a journey and no ${words.contact}. Fill in ${words.contactField}, or put the node into a journey.`, { item: item.index });
		return { item, identity, key: item.contact.key };
	});
	const report = await deps.profiles.upsert(contacts.map(({ identity }) => ({ identities: [identity] })), { source: 'node', historical: true, audited: false, test: request.purpose === 'test' });
	const refused = report.rejected[0];
	if (refused !== undefined) throw new EngineError('BAD_INPUT', `Item ${contacts[refused.index]?.item.index ?? refused.index} of "${ledger.step.name}" has no usable ${words.contact}: ${refused.reason}`, { item: contacts[refused.index]?.item.index });
	const found = contacts.flatMap(({ item, key }, index) => {
		const profile = report.profiles[index];
		return profile === null || profile === undefined ? [] : [{ item, profile, key }];
	});
	return await reserveFound(deps, sending, found);
}

async function reserveFound<Request extends AnyRequest, Message>(deps: MessagesDeps, sending: Sending<Request, Message>, found: Parameters<typeof reserveOutside>[2]): Promise<Reserved[]> {
	return await deps.store.tx('reserve', async (tx) => giveVariants(tx, sending.request, sending.variants, await reserveOutside(tx, sending.ledger, found, sending.linking.secret, (rows) => sameMessages(rows, textsInAllLanguages(sending)))));
}

/** Attempts of which nobody could be begun, one after the other: then they wait at the step, and the execution ends. */
const MOST_IDLE = 20;
const NOT_BEGUN = 'It could not be made sure in time that this message may still be sent';

async function sendAll<Request extends AnyRequest, Message>(deps: MessagesDeps, sending: Sending<Request, Message>, works: readonly Work[]): Promise<Fate[]> {
	const { channel, request, ledger, provider, local } = sending;
	const width = provider.batch?.size ?? Math.max(1, request.provider.connections ?? channel.connections);
	const fates: Fate[] = [];
	let waiting = works;
	let idle = 0;
	while (waiting.length > 0) {
		await sending.uploads?.settle();
		const size = chunkSize(provider, width);
		const { nonce, attempted, outcomes, taken } = await attemptChunk(deps, sending, waiting.slice(0, size), width);
		const confirmed = await confirmChunk(deps, ledger, provider.name, nonce, attempted, taken, local?.deliver);
		const again = confirmed.flatMap((fate) => (fate.kind === 'again' ? [fate.work] : []));
		fates.push(...confirmed.filter(({ kind }) => kind !== 'again'));
		waiting = [...again, ...waiting.slice(size)];
		idle = again.length === attempted.length ? idle + 1 : 0;
		if (idle === MOST_IDLE) return [...fates, ...(await leaveUntried(deps, sending, waiting, nonce, NOT_BEGUN))];
		notePace(provider, width, outcomes);
		const trouble = outcomes.find((outcome) => outcome.kind === 'account');
		// The account is wrong for everyone: the rest of the batch waits without knocking at the door again.
		if (trouble?.kind === 'account') return [...fates, ...(await leaveUntried(deps, sending, waiting, nonce, trouble.reason))];
	}
	return fates;
}

/** Sending may have been resumed between the attempt that saw it stopped and the confirmation: then resuming did not see these people parked. */
export async function freeIfResumed(deps: Pick<MessagesDeps, 'store' | 'settings'>, fates: readonly Fate[]): Promise<void> {
	if (!fates.some((fate) => fate.kind === 'parked' && fate.reason === STOPPED_REASON)) return;
	if (!(await deps.settings.stopSwitch()).stopped) await freeStopped(deps.store);
}

function result(request: AnyRequest, entry: Reserved, fate: Fate | undefined): SendResult {
	const { item } = entry;
	const base = { index: item.index, ...(item.stamp === undefined ? {} : { stamp: item.stamp }) };
	const onward = (output: 0 | 1) =>
		item.stamp === undefined ? {} : { stamp: { ...item.stamp, trail: nextTrail(item.stamp.trail, request.step.step, output) } };
	switch (entry.kind) {
		case 'dropped':
			return { ...base, outcome: 'dropped', reason: null, message: null, profile: item.stamp?.profile ?? null };
		case 'parked':
			return { ...base, outcome: 'parked', reason: null, message: entry.message, profile: entry.profile };
		case 'decided':
			return { ...base, ...onward(entry.output), outcome: outcomeOf(entry.output, entry.state), reason: entry.reason, message: entry.message, profile: entry.profile };
		case 'same': {
			const about = { message: entry.message, profile: entry.profile };
			if (fate === undefined || fate.kind !== 'passed') return { ...base, ...about, outcome: 'dropped', reason: null };
			return fate.output === 0 ? { ...base, ...about, outcome: 'alreadySent', reason: SAME } : { ...base, ...about, outcome: outcomeOf(fate.output, fate.state), reason: fate.reason };
		}
		case 'work': {
			const about = { message: entry.message, profile: entry.profile };
			if (fate === undefined || fate.kind === 'dropped' || fate.kind === 'again') return { ...base, ...about, outcome: 'dropped', reason: null };
			if (fate.kind !== 'passed') return { ...base, ...about, outcome: 'parked', reason: fate.reason };
			return { ...base, ...about, ...onward(fate.output), outcome: outcomeOf(fate.output, fate.state), reason: fate.reason };
		}
	}
}

const ON_BY_SENT: Record<string, SendResult['outcome']> = { unknown: 'unknown', skipped: 'heldOut', [AGAIN]: 'alreadySent' };

export function outcomeOf(output: 0 | 1, state: string): SendResult['outcome'] {
	if (output === 0) return ON_BY_SENT[state] ?? 'sent';
	return state === 'failed' ? 'failed' : 'skipped';
}
