import type { JsonObject } from '../kernel';
import { isZone } from '../kernel/local-time';
import { zoneOf } from '../profiles';
import type { SettingsValues } from '../settings';
import type { CapQuestion, Pressure } from './frequency';
import { silentAt } from './quiet-hours';
import type { GuardName, HoldingPolicy } from './types';

const HOUR_MS = 3_600_000;

/** One message that consent allows; may it leave now? */
export interface TimingQuestion extends CapQuestion {
	attributes: JsonObject;
	phone: string | undefined;
	/** No marketing before then, as the person asked; null: not paused. */
	pausedUntilMs: number | null;
	/** When their enrollment began; a virtual clock counts from there. null outside a journey. */
	startedAtMs: number | null;
	/** When a guard first made this message wait; null: none has. */
	heldSinceMs: number | null;
	/** Whether there is a token that can wait at the step: only in a journey. */
	canWait: boolean;
}

export type TimingVerdict =
	| { kind: 'go' }
	| { kind: 'hold'; guard: GuardName; reason: string; untilMs: number }
	| { kind: 'skip'; guard: GuardName; reason: string };

interface Obstacle {
	guard: GuardName;
	reason: string;
	untilMs: number;
	/** What the sender wants done about it. */
	action: 'hold' | 'skip';
}

/**
 * The guards that look at the time, in the design's order: what the person asked for (pause), frequency cap, then quiet hours and blackout
 * dates. The first that objects decides; whoever is held is asked again when they come back, by all of them.
 *
 * Test people on a virtual clock live in the time of their enrollment, started_at + (now - started_at) / scale: there it is
 * night or not, there the windows of the caps run, and how long they are held is scaled back to real time.
 */
export function judgeTiming(question: TimingQuestion, pressure: Pressure, settings: SettingsValues, policy: HoldingPolicy, nowMs: number): TimingVerdict {
	const obstacle = paused(question, policy, nowMs) ?? capped(question, pressure, policy) ?? silent(question, settings, policy, nowMs);
	if (obstacle === null) {
		pressure.count(question);
		return { kind: 'go' };
	}
	const { guard, reason, untilMs, action } = obstacle;
	if (action === 'skip') return { kind: 'skip', guard, reason };
	if (!question.canWait) return { kind: 'skip', guard, reason: `${reason}; only in a journey can a message wait` };
	const mostHours = policy.atMostHours ?? settings.holdAtMostHours;
	const waitsMs = (untilMs - (question.heldSinceMs ?? nowMs)) / question.timeScale;
	if (waitsMs > mostHours * HOUR_MS) return { kind: 'skip', guard, reason: `${reason}; it would have waited longer than ${mostHours} ${mostHours === 1 ? 'hour' : 'hours'}` };
	return { kind: 'hold', guard, reason, untilMs };
}

/** A pause is from marketing, also where the settings guard transactional messages: nobody means their passwords and bills by it. */
function paused({ pausedUntilMs, purpose }: TimingQuestion, policy: HoldingPolicy, nowMs: number): Obstacle | null {
	if (purpose !== 'marketing' || pausedUntilMs === null || pausedUntilMs <= nowMs) return null;
	return { guard: 'pause', reason: 'the person has paused messages', untilMs: pausedUntilMs, action: policy.whenCapped ?? 'skip' };
}

function capped(question: TimingQuestion, pressure: Pressure, policy: HoldingPolicy): Obstacle | null {
	const full = pressure.full(question);
	return full === null ? null : { guard: 'frequency cap', ...full, action: policy.whenCapped ?? 'skip' };
}

function silent({ channel, attributes, phone, startedAtMs, timeScale }: TimingQuestion, settings: SettingsValues, policy: HoldingPolicy, nowMs: number): Obstacle | null {
	// Shown to whoever is on the page of their own accord: nobody is disturbed.
	if (channel === 'onsite') return null;
	const found = zoneOf({ attributes, ...(phone === undefined ? {} : { phone }) }, settings.zone);
	const isVirtual = timeScale !== 1 && startedAtMs !== null;
	const localNowMs = isVirtual ? startedAtMs + (nowMs - startedAtMs) / timeScale : nowMs;
	const silence = silentAt(localNowMs, isZone(found) ? found : settings.zone, settings);
	if (silence === null) return null;
	const untilMs = isVirtual ? Math.ceil(nowMs + (silence.untilMs - localNowMs) * timeScale) : silence.untilMs;
	return { guard: silence.guard, reason: silence.reason, untilMs, action: policy.whenQuiet ?? 'hold' };
}
