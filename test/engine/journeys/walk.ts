import type { EngineApi } from '../../../engine/api';
import type { EventMatch } from '../../../engine/events/types';
import type { ClaimedItem, ExecutionOutcome, JoinRequest, JoinResult, JourneyConfig, ParkRequest, ParkResult, SettleResult, Stamp, StepRef, ThrottleLimit, VisitResult } from '../../../engine/journeys/types';
import type { JsonObject } from '../../../engine/kernel';
import type { ChatSendRequest, EmailSendRequest, MailExtras, PushSendRequest, SendResult, SmsSendRequest, WhatsAppSendRequest, WebPushSendRequest } from '../../../engine/messages/types';
import type { SegmentRule } from '../../../engine/segments/types';

/** One person on the canvas, as an n8n item carries them. */
export interface Person {
	stamp: Stamp;
	json: JsonObject;
	outcome: ClaimedItem['outcome'];
}

/** An execution that has begun: its lease and the people it may act for. */
export interface Leg {
	nonce: string;
	people: Person[];
	dropped: number;
}

export interface StartOptions {
	limit?: number;
	leaseMs?: number;
	foreignEffects?: boolean;
	/** Node ids of the workflow as it is now. */
	steps?: string[];
}

export type Mail = Omit<EmailSendRequest, 'step' | 'items'>;
export type Chat = Omit<ChatSendRequest, 'step' | 'items'>;
export type Sms = Omit<SmsSendRequest, 'step' | 'items'>;
export type WhatsApp = Omit<WhatsAppSendRequest, 'step' | 'items'>;
export type Push = Omit<PushSendRequest, 'step' | 'items'>;
export type WebPush = Omit<WebPushSendRequest, 'step' | 'items'>;

interface Sent {
	results: SendResult[];
	sent: Person[];
	notSent: Person[];
}

/** Plays n8n for one workflow: claims and begins as a pump's execution does, calls the engine for each step, settles. */
export class Walk {
	constructor(readonly engine: Pick<EngineApi, 'journeys' | 'messages'>, readonly workflow = 'wf') {}

	step(step: string, type: string): StepRef {
		return { workflow: this.workflow, step, name: `The ${step}`, type };
	}

	async register(step: StepRef, config: Partial<JourneyConfig> & Pick<JourneyConfig, 'entry'>): Promise<void> {
		await this.engine.journeys.register(step, { name: 'Welcome', reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold', ...config });
	}

	async claim(step: StepRef, { limit = 500, leaseMs = 30_000 }: StartOptions = {}): Promise<{ nonce: string; people: Person[]; nextDueMs: number | null }> {
		const { nonce, items, nextDueMs } = await this.engine.journeys.claim(step, { limit, leaseMs });
		return { nonce, people: items, nextDueMs };
	}

	/** Claim and begin: the execution's start. Nobody due: an empty leg. */
	async start(step: StepRef, options: StartOptions = {}): Promise<Leg> {
		const { nonce, people } = await this.claim(step, options);
		return people.length === 0 ? { nonce, people: [], dropped: 0 } : await this.begin(nonce, people, options);
	}

	async begin(nonce: string, people: readonly Person[], { foreignEffects = false, steps = [] }: StartOptions = {}): Promise<Leg> {
		const { live, dropped } = await this.engine.journeys.begin({ nonce, workflow: this.workflow, steps, foreignEffects });
		return { nonce, people: people.filter(({ stamp }) => live.includes(stamp.token)), dropped };
	}

	/** A step that only routes: the people of each output; those who have moved on come out nowhere. */
	async route(step: StepRef, people: readonly Person[], output: (person: Person) => number = () => 0): Promise<Person[][]> {
		const items = people.map((person, index) => ({ index, stamp: person.stamp, output: output(person) }));
		return outputsOf(people, await this.engine.journeys.route(step, items));
	}

	/** What a wait for an event does with the people its pump brought back: output 0 continued, 1 timed out. */
	async resume(step: StepRef, people: readonly Person[]): Promise<[continued: Person[], timedOut: Person[]]> {
		const [continued = [], timedOut = []] = await this.route(step, people, (person) => (person.outcome === 'timeout' ? 1 : 0));
		return [continued, timedOut];
	}

	async filter(step: StepRef, people: readonly Person[], by: { name: string } | { rule: SegmentRule }): Promise<[inside: Person[], outside: Person[]]> {
		const [inside = [], outside = []] = outputsOf(people, await this.engine.journeys.filter(step, visits(people), by));
		return [inside, outside];
	}

	/** Parks; answers with those who were (or had been) parked. */
	async park(step: StepRef, people: readonly Person[], delayMs: number, until?: EventMatch): Promise<Person[]> {
		const results = await this.engine.journeys.park({ step, items: visits(people), delayMs, ...(until === undefined ? {} : { until }) });
		return people.filter((_person, index) => results[index]?.parked === true);
	}

	/** A path of these people arrives at a Journey Join: what became of each. Default: two paths are needed, within a week. */
	async join(step: StepRef, people: readonly Person[], path: string, more: Partial<Pick<JoinRequest, 'needed' | 'timeoutMs' | 'ahead'>> = {}): Promise<Array<JoinResult['outcome']>> {
		const results = await this.engine.journeys.join({ step, items: visits(people), path, needed: 2, timeoutMs: 7 * 86_400_000, ahead: [], ...more });
		return results.map(({ outcome }) => outcome);
	}

	async throttle(step: StepRef, people: readonly Person[], limit: ThrottleLimit): Promise<ParkResult[]> {
		return await this.engine.journeys.throttle(step, visits(people), limit);
	}

	/** As park, for every other kind of wait; `dates` by person, in their order. */
	async wait(step: StepRef, people: readonly Person[], request: Partial<Omit<ParkRequest, 'step' | 'items'>>, dates: readonly string[] = []): Promise<ParkResult[]> {
		const items = visits(people).map((visit, n) => ({ ...visit, ...(dates[n] === undefined ? {} : { date: dates[n] }) }));
		return await this.engine.journeys.park({ step, items, delayMs: null, ...request });
	}

	async email(step: StepRef, people: readonly Person[], mail: Mail, extras?: MailExtras): Promise<Sent> {
		return onwardOf(people, await this.engine.messages.sendEmail({ ...mail, step, items: people.map(({ stamp, json }, index) => ({ index, stamp, item: json, ...(extras === undefined ? {} : { extras }) })) }));
	}

	async sms(step: StepRef, people: readonly Person[], message: Sms): Promise<Sent> {
		return onwardOf(people, await this.engine.messages.sendSms({ ...message, step, items: people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) }));
	}

	async whatsApp(step: StepRef, people: readonly Person[], message: WhatsApp): Promise<Sent> {
		return onwardOf(people, await this.engine.messages.sendWhatsApp({ ...message, step, items: people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) }));
	}

	async chat(step: StepRef, people: readonly Person[], message: Chat): Promise<Sent> {
		return onwardOf(people, await this.engine.messages.sendChat({ ...message, step, items: people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) }));
	}

	async push(step: StepRef, people: readonly Person[], message: Push): Promise<Sent> {
		return onwardOf(people, await this.engine.messages.sendPush({ ...message, step, items: people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) }));
	}

	async webPush(step: StepRef, people: readonly Person[], message: WebPush): Promise<Sent> {
		return onwardOf(people, await this.engine.messages.sendWebPush({ ...message, step, items: people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) }));
	}

	async goal(step: StepRef, people: readonly Person[], goal: { name: string; value?: string; currency?: string }): Promise<Person[]> {
		return outputsOf(people, await this.engine.journeys.goal(step, visits(people).map((visit) => ({ ...visit, ...goal }))))[0] ?? [];
	}

	async exit(step: StepRef, people: readonly Person[], reason: string): Promise<Person[]> {
		return outputsOf(people, await this.engine.journeys.exit(step, visits(people).map((visit) => ({ ...visit, reason }))))[0] ?? [];
	}

	async settle(leg: { nonce: string }, outcome: ExecutionOutcome = { kind: 'success' }): Promise<SettleResult> {
		return await this.engine.journeys.settle(leg.nonce, outcome);
	}
}

function onwardOf(people: readonly Person[], results: SendResult[]): Sent {
	const on = (...outcomes: Array<SendResult['outcome']>) => results.flatMap((result): Person[] => {
		const person = people[result.index];
		return person !== undefined && result.stamp !== undefined && outcomes.includes(result.outcome) ? [{ ...person, stamp: result.stamp }] : [];
	});
	return { results, sent: on('sent', 'unknown', 'heldOut', 'alreadySent'), notSent: on('skipped', 'failed') };
}

export function visits(people: readonly Person[]): Array<{ index: number; stamp: Stamp }> {
	return people.map(({ stamp }, index) => ({ index, stamp }));
}

export function outputsOf(people: readonly Person[], results: readonly VisitResult[]): Person[][] {
	const outputs: Person[][] = [];
	for (const { index, alive, stamp, output } of results) {
		const person = people[index];
		if (alive && person !== undefined) (outputs[output] ??= []).push({ ...person, stamp });
	}
	return Array.from(outputs, (output) => output ?? []);
}
