import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { readDrawing } from '../journeys';
import type { Messages } from '../messages';
import type { MessageView } from '../messages/types';
import { findProfile, type IdentityRules } from '../profiles';
import type { Segments } from '../segments';
import type { Reader, Store } from '../store';
import type { CreditedConversion } from '../attribution/types';
import { aheadOf, toldAhead } from './ahead';
import { journeyOf, type KnownJourney } from './journey';
import { qualify } from './qualify';
import { remedyFor } from './remedies';
import { readRefusals, readRuns } from './runs';
import type { ExplainedMessage, Explanation, ExplainRequest, Outlook } from './types';
import { textOf, type Reach } from './words';

const MOST_MESSAGES = 20;
/** The ledger is read so far back for a message by its id. */
const DEEPEST_LOOK = 1000;

export interface ExplainDeps {
	store: Store;
	segments: Pick<Segments, 'evaluateIn'>;
	messages: Pick<Messages, 'list' | 'foresee'>;
	identityOptions: IdentityRules;
	/** To which messages the person's conversions are credited. */
	credited(profile: number): Promise<CreditedConversion[]>;
}

/** Puts together what is recorded; nothing is stored. See InsightsApi. */
export async function explain(deps: ExplainDeps, request: ExplainRequest): Promise<Explanation> {
	const { store, segments, identityOptions } = deps;
	const profile = await store.read(async (reader) => findProfile(reader, request.who, await identityOptions(reader)));
	const journey = await store.read((reader) => journeyOf(reader, request, profile));
	const about = { workflow: journey.workflow, step: journey.step, name: journey.name, published: journey.published, paused: journey.paused };
	if (profile === null) return withText({ profile, journey: about, status: 'unknown person', runs: [], ahead: null, refusals: [], qualifies: null, messages: [], conversions: [], outlook: null });
	const step = request.step === undefined ? null : await store.read((reader) => stepOf(reader, journey, request.step ?? ''));
	const { runs, refusals, qualifies, drawing } = await store.read(async (reader) => {
		const own = await readRuns(reader, journey, profile);
		const isIn = own.some(({ state }) => state === 'active');
		return { runs: own, drawing: isIn ? await readDrawing(reader, journey.workflow) : null, refusals: await readRefusals(reader, journey, profile), qualifies: isIn ? null : await qualify(reader, segments, journey.config, journey.created_at, profile) };
	});
	const messages = await messagesOf(deps, request, journey.workflow, profile, step?.step);
	const status = runs.length === 0 ? 'not entered' : runs.some(({ state }) => state === 'active') ? 'under way' : 'ended';
	const ahead = drawing === null ? null : aheadOf(drawing, runs.flatMap(({ places }) => places));
	const reach = step === null || ahead === null ? null : { step: step.name, leads: ahead.some(({ stepId }) => stepId === step.step), stands: runs.some(({ places }) => places.some(({ stepId }) => stepId === step.step)) };
	const outlook = step === null ? null : await outlookAt(deps, step, profile);
	const conversions = await deps.credited(profile);
	return withText({ profile, journey: about, status, runs, ahead: ahead === null ? null : toldAhead(ahead), refusals, qualifies, messages, conversions, outlook }, reach);
}

function withText(told: Omit<Explanation, 'text'>, reach: Reach | null = null): Explanation {
	return { ...told, text: textOf(told, reach) };
}

async function stepOf(reader: Reader, { workflow }: KnownJourney, asked: string): Promise<{ workflow: string; step: string; name: string }> {
	const row = await reader.first<{ step: string; name: string }>(sql<{ step: string; name: string }>`select step, name from step where workflow = ${workflow} and (step = ${asked} or name = ${asked})
		order by case when step = ${asked} then 0 else 1 end, seen_at desc limit 1`);
	if (row === undefined) throw new EngineError('NOT_FOUND', `The engine knows no step "${asked.slice(0, 100)}" of this journey. A step is known once somebody came by it or its workflow was published.`);
	return { workflow, ...row };
}

async function messagesOf({ messages }: ExplainDeps, { message }: ExplainRequest, workflow: string, profile: number, step: string | undefined): Promise<ExplainedMessage[]> {
	const views = await messages.list({ profile, workflow, limit: message === undefined ? MOST_MESSAGES : DEEPEST_LOOK, ...(step === undefined ? {} : { step }) });
	const found = message === undefined ? views : views.filter(({ id }) => id === message);
	if (message !== undefined && found.length === 0) throw new EngineError('NOT_FOUND', 'This person has no such message in this journey. Its id is the messageId of Journey Control: Get Messages.');
	return found.map(explained);
}

function explained(view: MessageView): ExplainedMessage {
	const { id, step, stepName, channel, state, guard, reason, until, reservedAt, endedAt, openedAt, clickedAt, variant } = view;
	return { message: id, stepId: step, step: stepName, channel, state, guard, reason, until, reservedAt, endedAt, openedAt, clickedAt, variant, remedy: remedyFor(view) };
}

/** As a message of the step was sent, the person's own if there is one: its channel, purpose and topic. null for a step that has never sent. */
async function outlookAt({ store, messages }: ExplainDeps, step: { workflow: string; step: string; name: string }, profile: number): Promise<Outlook | null> {
	const [own] = await messages.list({ profile, workflow: step.workflow, step: step.step, limit: 1 });
	const like = own ?? (await store.read((reader) => reader.first<SentLike>(sql<SentLike>`select channel, purpose, topic from message where workflow = ${step.workflow} and step = ${step.step} limit 1`)));
	if (like === undefined) return null;
	const [foreseen] = await messages.foresee({ profiles: [profile], channel: like.channel, purpose: like.purpose === 'transactional' ? 'transactional' : 'marketing', topic: like.topic, ...(like.channel === 'directmail' ? { postal: null } : {}) });
	if (foreseen === undefined) return null;
	const { verdict, guard, reason, until } = foreseen;
	return { step: step.name, channel: like.channel, verdict, guard, reason, until, remedy: verdict === 'send' ? null : remedyFor({ state: verdict === 'hold' ? 'deferred' : 'skipped', guard, reason }) };
}

interface SentLike {
	channel: string;
	purpose: string;
	topic: string;
}
