import type { SettingsValues } from '../../settings';
import type { Reader } from '../../store';
import { foresee, TIMING_GUARDS } from '../guards';
import { engagement } from './engaged';
import type { Tried } from './choices';
import type { BestChannelOption, BestChannelRequest } from './types';

/** Why a person is not to be had by a channel; null: nothing speaks against it. */
export type Objection = (profile: number, channel: string) => string | null;

/**
 * What consent, suppression and address say, as the guards do (guards.ts); what is only too much or too late now is the sender's to hold or skip, and where a postal address
 * stands its panel alone says. A constant number of statements a channel.
 */
export async function objections(reader: Reader, request: BestChannelRequest, settings: SettingsValues, asked: ReadonlyMap<string, ReadonlySet<number>>): Promise<Objection> {
	const reasons = new Map<string, string>();
	for (const { channel, ...by } of request.channels) {
		const profiles = [...(asked.get(channel) ?? [])];
		if (profiles.length === 0) continue;
		for (const { profile, verdict, guard, reason } of await foresee(reader, { ...by, postal: null, profiles, channel, purpose: request.purpose, topic: request.topic }, settings)) {
			if (verdict === 'skip' && (guard === null || !TIMING_GUARDS.has(guard))) reasons.set(`${profile} ${channel}`, reason ?? 'cannot be reached by it');
		}
	}
	const known = new Set(request.channels.map(({ channel }) => channel));
	return (profile, channel) => (known.has(channel) ? (reasons.get(`${profile} ${channel}`) ?? null) : 'this step has the channel no more');
}

/** The order in which the channels are tried for each person. At most one statement. */
export async function orders(reader: Reader, { channels, order, engagedWithinMs }: BestChannelRequest, profiles: readonly number[]): Promise<(profile: number) => string[]> {
	const given = channels.map(({ channel }: BestChannelOption) => channel);
	if (order === 'given' || profiles.length === 0) return () => [...given];
	const engaged = await engagement(reader, profiles, given, reader.nowMs - engagedWithinMs);
	// A stable sort: equals stay as they were given.
	return (profile) => [...given].sort((a, b) => engaged(profile, b) - engaged(profile, a));
}

/** The first that nothing speaks against, what was passed over before it, and what is left behind it. */
export function firstOf(left: readonly string[], objection: (channel: string) => string | null): { channel: string | null; passed: Tried[]; left: string[] } {
	const passed: Tried[] = [];
	for (const [n, channel] of left.entries()) {
		const reason = objection(channel);
		if (reason === null) return { channel, passed, left: left.slice(n + 1) };
		passed.push({ channel, reason });
	}
	return { channel: null, passed, left: [] };
}
