import { capInWords, whatCounts, type SettingsValues } from '../settings';
import type { LimitsRequest } from './types';
import { warmUpDay } from './warm-up';

/**
 * The settings that may hold a message of this channel and purpose back, each in words, for whoever draws the step: 'at most 2
 * marketing messages in 24 hours over all channels'. Empty: none do. The person's own wishes (pause, so many a week) come on top.
 */
export function limitsInWords(settings: SettingsValues, { channel, purpose, holding, sender }: LimitsRequest, nowMs: number): string[] {
	const { caps, quietHours, blackoutDates, guardedPurposes, holdAtMostHours } = settings;
	if (purpose !== 'marketing' && guardedPurposes !== 'all') return [];
	// Of on-site messages none: see timing.ts.
	const silences = channel === 'onsite' ? [] : [
		...(quietHours === null ? [] : [`quiet hours ${quietHours.from} to ${quietHours.to} where the person is`]),
		...blackoutDates.map(({ date, name }) => `blackout date ${date}${name === undefined ? '' : ` (${name})`}`),
	];
	const limits = [
		...caps.filter((cap) => cap.channel === 'all' || cap.channel === channel).map((cap) => `at most ${capInWords(cap, whatCounts(guardedPurposes))}`),
		...silences,
	];
	const today = purpose === 'marketing' && sender !== undefined ? warmUpDay(settings, sender, nowMs) : null;
	const warmUp = today === null ? [] : [`warm-up of ${today.sender}: at most ${today.ceiling} marketing mails today; the others wait for the next day`];
	return limits.length === 0 ? warmUp : [...limits, ...warmUp, `held for at most ${holding?.atMostHours ?? holdAtMostHours} hours in all, then skipped`];
}
