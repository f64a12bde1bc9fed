import type { JsonObject } from '../kernel';
import { clockMinutes, dayAfter, dayAt, instantOf, isZone } from '../kernel/local-time';
import { zoneOf } from '../profiles';
import type { SettingsValues } from '../settings';

/** Whoever comes this much after the time is sent to at once, and not a day later: a batch takes a while. */
const LATE_MS = 30 * 60_000;

export interface SendTimeQuestion {
	attributes: JsonObject;
	phone: string | undefined;
	/** As of TimingQuestion. */
	timeScale: number;
	startedAtMs: number | null;
	/** When the message came to be, which decides the day, however often it is asked again. */
	reservedAtMs: number;
}

/** Until when a message waits for its time of day (HH:MM) where the person is; null: it may leave. */
export function waitsForTime(at: string, { attributes, phone, timeScale, startedAtMs, reservedAtMs }: SendTimeQuestion, { zone: usual }: Pick<SettingsValues, 'zone'>, nowMs: number): { untilMs: number; reason: string } | null {
	const found = zoneOf({ attributes, ...(phone === undefined ? {} : { phone }) }, usual);
	const zone = isZone(found) ? found : usual;
	const isVirtual = timeScale !== 1 && startedAtMs !== null;
	const local = (realMs: number): number => (isVirtual ? startedAtMs + (realMs - startedAtMs) / timeScale : realMs);
	const wantedMs = firstAt(clockMinutes(at) ?? 0, local(reservedAtMs) - LATE_MS, zone);
	if (wantedMs <= local(nowMs)) return null;
	return { untilMs: isVirtual ? Math.ceil(nowMs + (wantedMs - local(nowMs)) * timeScale) : wantedMs, reason: `its variant is sent at ${at} in ${zone}` };
}

function firstAt(minutes: number, fromMs: number, zone: string): number {
	const day = dayAt(fromMs, zone);
	const today = instantOf(day, minutes, zone);
	return today >= fromMs ? today : instantOf(dayAfter(day, 1), minutes, zone);
}
