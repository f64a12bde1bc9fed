import { isPrice } from '../../channels/sms';
import type { SmsConfig } from '../../channels/types';
import type { LiveTemplate } from '../../content';
import { previewVariants } from '../../experiments';
import { heldOutAmong, journeyId } from '../../journeys';
import { EngineError, hashId, iso } from '../../kernel';
import type { Segments } from '../../segments';
import type { Reader } from '../../store';
import { brokenBy } from '../broken';
import type { Linking, MessageFacts } from '../channel';
import { foreseenContentFacts } from '../content-facts';
import { outlooks, type Addressed, type Outlook } from '../guards';
import type { MessagesDeps } from '../index';
import { contentFor, madeOf, textsWithBlocks } from '../made-of';
import { readPageFacts } from '../page-links';
import { checkAll } from '../send';
import { smsChannel, writeSms } from '../sms';
import type { MadeOf, SmsSendRequest } from '../types';
import { checkSendVariants, withVariant, type ReadyVariants } from '../variants';
import { SmsCount, type Looked } from './count';
import type { SmsEstimate, SmsEstimateRequest } from './types';

/*
 * What an SMS step would cost: each person of an audience is asked of the guards and their text is made, by the very code that sends, in pages of a read each. Nothing is
 * reserved, drawn, locked or written, no service is called, and what is held of people is one page.
 */

export interface EstimateDeps extends Pick<MessagesDeps, 'store' | 'settings' | 'content' | 'products'> {
	audience: Pick<Segments, 'count' | 'people'>;
}

/** People a read. On SQLite nothing else happens in the engine's thread until they all are looked at. */
const PAGE = 100;

interface Estimating {
	given: MadeOf<SmsEstimateRequest>;
	request: SmsSendRequest;
	template: LiveTemplate | null;
	variants: ReadyVariants | null;
	linking: Linking;
}

/** Throws BAD_INPUT (prices, variants), NOT_FOUND (segment, template), RULE_INVALID, TEMPLATE_INVALID, CANCELLED (the signal was aborted). */
export async function estimateSms(deps: EstimateDeps, given: MadeOf<SmsEstimateRequest>, signal?: Pick<AbortSignal, 'aborted'>): Promise<SmsEstimate> {
	checkPrices(given.prices);
	const estimating = await prepare(deps, given);
	const isLookedAt = await sampled(deps, given);
	const count = new SmsCount();
	for await (const slice of deps.audience.people(given.people)) {
		count.audience += slice.length;
		const looked = slice.filter(isLookedAt);
		for (let from = 0; from < looked.length; from += PAGE) {
			for (const one of await lookAt(deps, estimating, looked.slice(from, from + PAGE))) count.add(one);
			// Others want to get a word in between, whoever gives up among them.
			await new Promise((resolve) => setImmediate(resolve));
			if (signal?.aborted === true) throw new EngineError('CANCELLED', 'The estimate was given up before everybody was looked at.');
		}
	}
	return count.result(given.prices);
}

function checkPrices(prices: SmsEstimateRequest['prices']): void {
	const wrong = Object.entries(prices).find(([, price]) => !isPrice(price));
	if (wrong !== undefined) throw new EngineError('BAD_INPUT', `"${wrong[1]}" is no price for ${wrong[0] === '*' ? 'all other countries' : wrong[0]}. Write it with a point and without a currency, for example 0.0075.`);
}

async function prepare(deps: EstimateDeps, given: MadeOf<SmsEstimateRequest>): Promise<Estimating> {
	const { provider, people: _people, journey: _journey, prices: _prices, lookAtMost: _lookAtMost, ...making } = given;
	// Of the service only its kind is asked for: nothing is handed over.
	const asked = { ...making, provider: { kind: provider } as SmsConfig, items: [] } as MadeOf<SmsSendRequest>;
	checkSendVariants(asked);
	const made = await madeOf(deps, smsChannel.name, asked);
	if ('missing' in made) throw new EngineError('NOT_FOUND', `${made.missing}. Publish it with Journey Content, or choose another one.`);
	// It is compiled for whom it is sent to.
	await checkAll(smsChannel, { ...made.request, items: [{ index: 0, item: {} }] }, made);
	return { given, ...made, linking: { address: await deps.settings.trackingAddress(), secret: await deps.settings.signingSecret() } };
}

/** Whom to look at: everybody, or a part of them that has nothing to do with who they are or when they came, and is the same the next time. */
async function sampled({ audience }: EstimateDeps, { people, lookAtMost }: Pick<SmsEstimateRequest, 'people' | 'lookAtMost'>): Promise<(profile: number) => boolean> {
	if (lookAtMost === undefined) return () => true;
	const size = await audience.count(people);
	if (size <= lookAtMost) return () => true;
	const bound = (lookAtMost / size) * 2 ** 32;
	return (profile) => scattered(profile) < bound;
}

/** A number below 2^32 for each: the finalizer of MurmurHash3 (Appleby, public domain), which leaves no trace of the order of ids. */
function scattered(id: number): number {
	let value = Math.imul(id ^ (id >>> 16), 0x85ebca6b);
	value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
	return (value ^ (value >>> 16)) >>> 0;
}

async function lookAt(deps: EstimateDeps, estimating: Estimating, profiles: readonly number[]): Promise<Looked[]> {
	const { request, linking } = estimating;
	const { kept, going, facts } = await deps.store.read((reader) => readPage(reader, deps, estimating, profiles));
	const made = await Promise.all(going.map(async ({ person, later }): Promise<Looked> => {
		const written = await writeSms(request, person, linking, facts).catch((error: unknown) => ({ broken: brokenBy(error, smsChannel.words.message).reason }));
		return 'broken' in written ? { kind: 'broken', reason: written.broken, later } : { kind: 'message', to: person.to, text: written.text, media: written.mediaUrls.length > 0, later };
	}));
	return [...kept, ...made];
}

interface Page {
	kept: Looked[];
	going: Array<{ person: Addressed; later: boolean }>;
	facts: MessageFacts;
}

async function readPage(reader: Reader, deps: EstimateDeps, { given, request, template, variants, linking }: Estimating, profiles: readonly number[]): Promise<Page> {
	const { step, purpose, topic, holding, journey } = given;
	const views = await outlooks(reader, { profiles: [...profiles], channel: smsChannel.name, purpose, topic, ...(holding === undefined ? {} : { holding }) }, await deps.settings.current(reader));
	const heldOut = purpose === 'marketing' && journey !== undefined
		? await heldOutAmong(reader, { id: journeyId({ workflow: step.workflow, step: journey.trigger }), config: journey.holdoutPercent === undefined ? {} : { holdout: { percent: journey.holdoutPercent } } }, profiles)
		: new Set<number>();
	const kept: Looked[] = [];
	const going: Page['going'] = [];
	for (const view of views) {
		const { profile, verdict, guard } = view.foreseen;
		// Asked before all other guards.
		if (heldOut.has(profile)) kept.push({ kind: 'kept', guard: 'holdout' });
		else if (verdict === 'skip' && guard !== null) kept.push({ kind: 'kept', guard });
		else going.push({ person: addressed(view, journey?.name ?? null, reader.nowMs), later: verdict === 'hold' });
	}
	const people = going.map(({ person }) => person);
	const names = variants === null ? [] : await previewVariants(reader, step, variants.test, people.map(({ work }) => work.profile));
	for (const [n, { work, language }] of people.entries()) {
		if (variants !== null) work.item = withVariant(work.item, variants, names[n] ?? null);
		work.item = { ...work.item, content: contentFor({ request, template, variants }, { work, language }).content };
	}
	const texts = people.map(({ work }) => textsWithBlocks(smsChannel, request, work.item));
	const pages = await readPageFacts(reader, { channel: smsChannel.name, topic }, people, ({ work }) => textsWithBlocks(smsChannel, request, work.item));
	return { kept, going, facts: { ...pages, extras: { suppressed: new Map(), kept: new Map() }, content: await foreseenContentFacts(reader, deps, linking.address, texts, people) } };
}

/** As if it were their turn now. The message's id is as long as a real one, so that the links that are signed for it are. */
function addressed({ foreseen: { profile }, to, attributes, language }: Outlook, journey: string | null, nowMs: number): Addressed {
	return {
		work: { kind: 'work', item: { index: 0, item: {} }, message: hashId('estimate', profile), visit: null, profile },
		to, attempts: 0, language, profile: { ...attributes, id: profile, phone: to }, journey: { name: journey, enrollment: null, enteredAt: iso(nowMs) }, event: null,
	};
}
