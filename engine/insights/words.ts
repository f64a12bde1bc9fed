import type { CreditedConversion } from '../attribution/types';
import type { ExplainedMessage, ExplainedPlace, ExplainedRun, Explanation } from './types';

const BY_NUMBER: Readonly<Record<string, readonly string[]>> = {
	trigger: ['went in'], wait: ['waited'], waitForEvent: ['the event came', 'timed out'], filter: ['in', 'out'], email: ['sent', 'not sent'], goal: ['goal reached'],
	bestChannel: ['reached', 'not reached'], join: ['the paths met', 'timed out'], throttle: ['had their turn'],
};

/** `outcome` is an output's number, or already a word: a path's name, what became of a message. */
export function outcomeInWords(type: string, outcome: string): string {
	const known = /^\d+$/.test(outcome) ? BY_NUMBER[type]?.[Number(outcome)] : undefined;
	if (known !== undefined) return known;
	if (type === 'bestChannel') return outcome === 'notReached' ? 'not reached' : outcome === 'reached' ? outcome : `by ${outcome}`;
	// Each path that comes to a join says so.
	if (type === 'join' && outcome === 'join') return 'a path arrived';
	return /^\d+$/.test(outcome) ? `output ${outcome}` : outcome;
}

/** Whether the person can still come to the step that was asked for. */
export interface Reach {
	step: string;
	leads: boolean;
	/** They are there. */
	stands: boolean;
}

/** The whole explanation as text: entry, way, place or end, messages, what comes next. */
export function textOf(told: Omit<Explanation, 'text'>, reach: Reach | null): string {
	const { journey, status, runs, refusals, qualifies, messages, conversions, outlook } = told;
	if (status === 'unknown person') return 'No profile is found by this. Check the identity, or whether the person was erased or merged.';
	const [run] = runs;
	return [
		...(run === undefined ? [`This person has never been in "${journey.name}".`] : runInWords(journey.name, run, runs.length, journey.paused !== null)),
		...aheadInWords(told.ahead, reach),
		...(refusals.length === 0 || run?.state === 'active' ? [] : [`The last time they qualified, on ${day(refusals[0]?.at)}, they were not let in: ${refusals[0]?.reason ?? ''}.`]),
		...(qualifies === null ? [] : [qualifiedInWords(qualifies)]),
		...(journey.paused === null ? [] : [pausedInWords(journey.paused)]),
		...(journey.published ? [] : ['The journey is not published now: nobody enters, and nobody goes on.']),
		...messages.slice(0, 3).map(messageInWords),
		...conversions.slice(0, 3).map(creditedInWords),
		...(outlook === null ? [] : [outlookInWords(outlook)]),
	].join(' ');
}

function runInWords(name: string, run: ExplainedRun, runs: number, paused: boolean): string[] {
	const often = runs > 1 ? ` for the last time` : '';
	const way = run.way.filter(({ type }) => type !== 'trigger').map(({ step, outcome }) => `${step} (${outcome})`);
	return [
		`This person entered "${name}"${often} on ${day(run.enteredAt)} by ${run.enteredBy}.`,
		...(way.length === 0 ? [] : [`Way so far: ${way.length > 12 ? `… ${way.slice(-12).join(', ')}` : way.join(', ')}.`]),
		...run.channels.slice(-3).map(channelInWords),
		...(run.movedAt === null ? [] : [`They were moved by hand on ${day(run.movedAt)}.`]),
		...run.goals.slice(-3).map((goal) => `They reached the goal "${goal.name}"${goal.value === null ? '' : ` (${goal.value} ${goal.currency ?? ''})`} on ${day(goal.at)}.`),
		...(run.heldOut ? ['They are held out: they walk the journey and get none of its marketing messages, so that results can be compared.'] : []),
		...(run.state === 'active' ? run.places.map((place) => placeInWords(place, paused)) : [endInWords(run)]),
	];
}

/** Why this channel, and why not the others. */
function channelInWords({ step, channel, outcome, passed }: ExplainedRun['channels'][number]): string {
	const others = passed.map(({ channel: by, reason }) => `not by ${by} (${reason.replace(/\.$/, '')})`).join(', ');
	if (outcome === 'notReached' || channel === null) return `"${step}" found no channel that reaches them: ${others}.`;
	return `"${step}" ${outcome === 'reached' ? 'reached them' : 'is writing to them'} by ${channel}${others === '' ? '' : `; ${others}`}.`;
}

const MOST_NAMED = 5;

/** "Will get": what the drawing says, no promise; filters, exits and guards decide on the way. */
function aheadInWords(ahead: Explanation['ahead'], reach: Reach | null): string[] {
	if (ahead === null) return [];
	if (reach !== null && !reach.stands) return [reach.leads ? `The way from there leads on to "${reach.step}".` : `No way leads from there to "${reach.step}": in this run they do not come to it any more.`];
	if (ahead.length === 0) return ['There the way ends.'];
	const next = ahead.filter(({ steps }) => steps === 1).map(({ step }) => `"${step}"`);
	const messages = ahead.filter(({ sends }) => sends).map(({ step }) => `"${step}"`);
	return [
		next.length === 1 ? `The next step is ${next[0]}.` : `The next steps are ${next.slice(0, MOST_NAMED).join(', ')}, as their way goes.`,
		messages.length === 0 ? 'No message lies ahead of them.' : `Messages that lie ahead, if their way leads there: ${messages.slice(0, MOST_NAMED).join(', ')}${messages.length > MOST_NAMED ? ` and ${messages.length - MOST_NAMED} more` : ''}.`,
	];
}

function endInWords(run: ExplainedRun): string {
	const where = run.endStep === null ? '' : `, at "${run.endStep}"`;
	if (run.state === 'completed') return `They came to the end on ${day(run.endedAt)}${where}.`;
	return `They left on ${day(run.endedAt)}${where}: ${run.endReason ?? 'no reason is recorded'}.`;
}

function placeInWords({ step, state, since, until, awaits, reason }: ExplainedPlace, paused: boolean): string {
	const why = reason === null ? '' : ` The reason: ${reason.replace(/\.$/, '')}.`;
	switch (state) {
		case 'waiting': return `Since ${day(since)} they wait at "${step}"${awaits === null ? '' : ` for ${awaits}`}, ${until === null ? 'for as long as it takes' : `until ${day(until)} at the latest`}.${why}`;
		case 'due': return `They are due at "${step}" and go on ${paused ? 'when the journey is resumed' : 'in a moment'}.${why}`;
		case 'running': return `They are under way behind "${step}" right now.`;
		case 'away': return `They are inside a wait or approval of n8n's own behind "${step}", since ${day(since)}.`;
		case 'held': return `They are held at "${step}".${why} Journey Control: Retry Held lets them go on.`;
		case 'stranded': return `They stand at "${step}", which nobody serves: it was deleted, disabled, or its workflow is not published. Journey Control: Move or Exit takes them from there.`;
	}
}

function pausedInWords({ since, reason }: { since: string; reason: string }): string {
	return `The journey is paused since ${day(since)}, so nobody of it goes on or is sent anything: ${reason.replace(/\.$/, '')}. Journey Control: Resume lets them go on.`;
}

function messageInWords({ step: name, variant, state, reason, until, endedAt, reservedAt, openedAt, clickedAt, remedy }: ExplainedMessage): string {
	const step = `"${name}"${variant === null ? '' : ` (variant ${variant})`}`;
	const on = day(endedAt ?? reservedAt);
	const because = reason === null ? '' : `: ${reason.replace(/\.$/, '')}`;
	const help = remedy === null ? '' : ` What would let it through: ${remedy}`;
	switch (state) {
		case 'sent': return `The message of ${step} was sent on ${on}${clickedAt !== null ? ', opened and clicked' : openedAt !== null ? ' and opened' : ''}.`;
		case 'skipped': return `The message of ${step} was not sent on ${on}${because}.${help}`;
		case 'deferred': return `The message of ${step} is held back${because}${until === null ? '' : `, until ${day(until)}`}.${help}`;
		case 'failed': return `The message of ${step} failed on ${on}${because}.${help}`;
		case 'unknown': return `Whether the message of ${step} left on ${on} is not known.${help}`;
		case 'reserved': case 'attempting': return `The message of ${step} is being sent.`;
	}
}

function creditedInWords({ conversion, at, value, currency, credits }: CreditedConversion): string {
	const what = `"${conversion}" of ${day(at)}${value === null ? '' : ` (${value} ${currency ?? ''})`}`;
	if (credits.length === 0) return `No message gets credit for ${what}.`;
	const [only] = credits;
	if (credits.length === 1 && only !== undefined) return `${what} is credited to the message of "${only.stepName}".`;
	return `${what} is credited to the messages of ${credits.slice(-5).map(({ stepName, conversions }) => `"${stepName}" (${Math.round(Number(conversions) * 100)}%)`).join(', ')}.`;
}

function qualifiedInWords({ holds, sentence, conditions }: NonNullable<Explanation['qualifies']>): string {
	const missing = conditions.filter((condition) => !condition.holds).map((condition) => `"${condition.sentence.replace(/\.$/, '')}"`);
	if (holds === true) return `${sentence} That is true of them now; they enter when it becomes true, not while it is.`;
	if (missing.length > 0) return `${sentence} Of this, not true: ${missing.join(', ')}.`;
	return sentence;
}

function outlookInWords({ step, verdict, reason, until, remedy }: NonNullable<Explanation['outlook']>): string {
	if (verdict === 'send') return `If they came to "${step}" now, its message would be sent.`;
	const how = verdict === 'skip' ? 'would not be sent' : `would be held${until === null ? '' : ` until ${day(until)}`}`;
	return `If they came to "${step}" now, its message ${how}: ${reason ?? ''}.${remedy === null ? '' : ` ${remedy}`}`;
}

/** 2026-03-02 09:00 UTC. */
function day(iso: string | null | undefined): string {
	return iso === null || iso === undefined ? 'an unknown day' : `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
