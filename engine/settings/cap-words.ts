import type { FrequencyCap, SettingsValues } from './types';

export function whatCounts(guardedPurposes: SettingsValues['guardedPurposes']): string {
	return guardedPurposes === 'all' ? '' : 'marketing ';
}

/** what: 'marketing ', or '' where every message counts. '2 marketing messages in 24 hours over all channels'. */
export function capInWords(cap: FrequencyCap, what: string): string {
	return `${cap.max} ${what}${cap.max === 1 ? 'message' : 'messages'} in ${span(cap.perSeconds)} ${cap.channel === 'all' ? 'over all channels' : `by ${cap.channel}`}`;
}

/** 86400 -> '24 hours', 604800 -> '7 days', 90 -> '90 seconds'. */
export function span(seconds: number): string {
	const units: Array<[number, string]> = [[86_400, 'days'], [3_600, 'hours'], [60, 'minutes'], [1, 'seconds']];
	const [size, name] = units.find(([unit]) => seconds % unit === 0 && (unit < 86_400 || seconds > unit)) ?? [1, 'seconds'];
	const count = seconds / size;
	return `${count} ${count === 1 ? name.slice(0, -1) : name}`;
}
