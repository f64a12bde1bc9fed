import { sql } from 'kysely';

import { platformOf } from '../channels/push';
import { hashId } from '../kernel';
import type { Reader, Tx } from '../store';
import type { Device, GoneDevice } from './types';

/** Phones, tablets and what is installed on them; of more only the newest are written to. */
export const MOST_DEVICES = 20;

export function isOfDevices(channel: string): boolean {
	return channel === 'push' || channel === 'webpush';
}

export function subscriptionId(endpoint: string): string {
	return hashId('web push', endpoint);
}

/** The devices of each of these people that a channel writes to, the newest first; `platforms`: only of these. One statement. */
export async function devicesOf(reader: Reader, channel: string, profiles: readonly number[], platforms?: readonly string[]): Promise<Map<number, Device[]>> {
	const found = channel === 'webpush' ? await browsersOf(reader, profiles) : await tokensOf(reader, profiles, platforms?.includes('user_id') === true ? 'user_id' : 'device');
	const devices = new Map<number, Device[]>(profiles.map((profile) => [profile, []]));
	for (const { profile, device } of found) {
		const theirs = devices.get(profile);
		if (theirs !== undefined && theirs.length < MOST_DEVICES && (platforms === undefined || platforms.includes(device.platform))) theirs.push(device);
	}
	return devices;
}

interface Owned {
	profile: number;
	device: Device;
}

async function browsersOf(reader: Reader, profiles: readonly number[]): Promise<Owned[]> {
	const rows = await reader.all(sql<{ profile: number; endpoint: string; p256dh: string; auth: string }>`select profile, endpoint, p256dh, auth from web_push_subscription
		where ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])} order by seen_at desc, id`);
	return rows.map(({ profile, endpoint, p256dh, auth }) => ({ profile, device: { platform: 'webpush', address: endpoint, keys: { p256dh, auth } } }));
}

async function tokensOf(reader: Reader, profiles: readonly number[], kind: 'device' | 'user_id'): Promise<Owned[]> {
	const rows = await reader.all(sql<{ profile: number; value: string }>`select profile, value from identity
		where kind = ${kind} and ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])} order by created_at desc, value`);
	return rows.flatMap(({ profile, value }): Owned[] => {
		const platform = kind === 'user_id' ? kind : platformOf(value);
		return platform === null ? [] : [{ profile, device: { platform, address: value } }];
	});
}

/** Takes devices away from whose they were when they were written to; one that somebody else has by now stays theirs. */
export async function removeDevices(tx: Tx, channel: string, gone: readonly GoneDevice[]): Promise<void> {
	if (gone.length === 0) return;
	if (channel === 'webpush') {
		const rows = tx.dialect.rows(gone.map(({ profile, address }) => ({ profile, id: subscriptionId(address) })), { profile: 'integer', id: 'text' }, 'gone');
		await tx.run(sql`delete from web_push_subscription where (id, profile) in (select gone.id, gone.profile from ${rows})`);
		return;
	}
	const rows = tx.dialect.rows(gone.map(({ profile, address }) => ({ profile, value: address })), { profile: 'integer', value: 'text' }, 'gone');
	await tx.run(sql`delete from identity where kind = 'device' and (value, profile) in (select gone.value, gone.profile from ${rows})`);
}

/**
 * What an app says: this device is this person's now. A token is of a device and not of a person, so whoever says so last has it; found by it like by an email, the next
 * one to log in on a phone would get the messages of the one before. Locks nobody: the caller has locked the claiming people.
 */
export async function claimDevices(tx: Tx, claims: ReadonlyArray<{ profile: number; token: string }>): Promise<void> {
	const last = new Map(claims.flatMap(({ profile, token }) => (platformOf(token) === null ? [] : [[token, profile] as const])));
	if (last.size === 0) return;
	const known = new Map((await tx.all(sql<{ value: string; profile: number }>`select value, profile from identity where kind = 'device' and ${tx.dialect.anyOf(sql`value`, [...last.keys()])}`)).map((row) => [row.value, row.profile]));
	const changed = [...last].flatMap(([value, profile]) => (known.get(value) === profile ? [] : [{ value, profile }]));
	if (changed.length === 0) return;
	const rows = tx.dialect.rows(changed, { value: 'text', profile: 'integer' }, 'r');
	await tx.run(sql`insert into identity (kind, value, profile, created_at) select 'device', r.value, r.profile, ${tx.nowMs} from ${rows} where true
		on conflict (kind, value) do update set profile = excluded.profile, created_at = excluded.created_at`);
	await forgetOldest(tx, [...new Set(changed.map(({ profile }) => profile))]);
}

async function forgetOldest(tx: Tx, profiles: readonly number[]): Promise<void> {
	await tx.run(sql`delete from identity where kind = 'device' and value in (select value from (
		select value, row_number() over (partition by profile order by created_at desc, value) as place from identity where kind = 'device' and ${tx.dialect.anyOf(sql`profile`, profiles)}
	) ranked where place > ${MOST_DEVICES})`);
}
