import { sql } from 'kysely';

import type { SettingsValues } from '../settings';
import type { Reader } from '../store';
import { normaliseTopic } from './channels';

export interface Opening {
	topic: string;
	state: 'subscribed' | 'unsubscribed';
}

/**
 * Who had left the whole channel and now says yes to one topic gets that topic and no other: the channel opens, and what else is
 * known there (of the person or in the settings) is left explicitly. Nothing where the channel is open anyway.
 */
export async function opening(reader: Reader, { topics }: Pick<SettingsValues, 'topics'>, { profile, channel, topic }: { profile: number; channel: string; topic: string }): Promise<Opening[]> {
	if (topic === '') return [];
	const rows = await reader.all(sql<{ topic: string; state: string }>`select topic, state from consent where profile = ${profile} and channel = ${channel}`);
	if (!rows.some((row) => row.topic === '' && row.state !== 'subscribed')) return [];
	const others = new Set([...rows.map((row) => row.topic), ...topics.filter((one) => one.channels === undefined || one.channels.includes(channel)).map((one) => normaliseTopic(one.key))]);
	others.delete('');
	others.delete(topic);
	return [{ topic: '', state: 'subscribed' }, ...[...others].map((other): Opening => ({ topic: other, state: 'unsubscribed' }))];
}
