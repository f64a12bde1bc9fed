import { sql, type RawBuilder } from 'kysely';

import { platformOf } from '../channels/push';
import { hashId } from '../kernel';
import type { Reader, Tx } from '../store';
import { knownAmong, markOf, needsProof, NOT_PROVEN, serves } from './proof';
import type { Device, GoneDevice } from './types';

/** Phones, tablets and what is installed on them; of more only the newest are written to. */
export const MOST_DEVICES = 20;

export function isOfDevices(channel: string): boolean {
	return channel === 'push' || channel === 'webpush';
}

export function subscriptionId(endpoint: string): string {
	return hashId('web push', endpoint);
}

/** The devices of each of these people that a channel writes to, the newest first, behind them those that nobody proved; `platforms`: only of these. Three statements at most. */
export async function devicesOf(reader: Reader, channel: string, profiles: readonly number[], platforms?: readonly string[]): Promise<Map<number, Device[]>> {
	const found = channel === 'webpush' ? await browsersOf(reader, profiles) : await tokensOf(reader, profiles, platforms?.includes('user_id') === true ? 'user_id' : 'device');
	const wanted = found.filter(({ device }) => platforms === undefined || platforms.includes(device.platform));
	const unproven = await unprovenAmong(reader, wanted);
	const devices = new Map<number, Device[]>(profiles.map((profile) => [profile, []]));
	// Those that serve first: anybody can tell of any number of others.
	for (const owned of [...wanted.filter((one) => !unproven.has(one)), ...unproven]) {
		const theirs = devices.get(owned.profile);
		if (theirs !== undefined && theirs.length < MOST_DEVICES) theirs.push(unproven.has(owned) ? { ...owned.device, unproven: true } : owned.device);
	}
	return devices;
}

/** In the ledger and wherever devices are listed. */
export const NO_PROVEN_DEVICE = 'no proven device: nobody proved with a user token that any of their devices is theirs (Journey Collector credential, User Token Secret)';
const NOT_PROVEN_HERE = 'not proven: it came without the user token (Journey Collector credential, User Token Secret)';

/** Of one person, by channel, as people look at them. */
export async function listDevices(reader: Reader, profile: number): Promise<Array<{ channel: string; address: string; why: string | null }>> {
	const of = async (channel: string) => ((await devicesOf(reader, channel, [profile])).get(profile) ?? []).map(({ address, unproven }) => ({ channel, address, why: unproven === true ? NOT_PROVEN_HERE : null }));
	return [...(await of('push')), ...(await of('webpush'))];
}

interface Owned {
	profile: number;
	device: Device;
	/** See proof.ts. */
	proven: string | null;
}

async function unprovenAmong(reader: Reader, found: readonly Owned[]): Promise<Set<Owned>> {
	const asked = found.filter(({ proven }) => proven !== null);
	if (asked.length === 0 || !(await needsProof(reader))) return new Set();
	const known = await knownAmong(reader, asked.map(({ profile }) => profile));
	return new Set(asked.filter(({ profile, proven }) => !serves(proven, known.get(profile))));
}

async function browsersOf(reader: Reader, profiles: readonly number[]): Promise<Owned[]> {
	const rows = await reader.all(sql<{ profile: number; endpoint: string; p256dh: string; auth: string; proven: string | null }>`select profile, endpoint, p256dh, auth, proven from web_push_subscription
		where ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])} order by seen_at desc, id`);
	return rows.map(({ profile, endpoint, p256dh, auth, proven }) => ({ profile, proven, device: { platform: 'webpush', address: endpoint, keys: { p256dh, auth } } }));
}

async function tokensOf(reader: Reader, profiles: readonly number[], kind: 'device' | 'user_id'): Promise<Owned[]> {
	const rows = await reader.all(sql<{ profile: number; value: string; proven: string | null }>`select profile, value, proven from identity
		where ${reader.dialect.unsearched(sql`kind`)} = ${kind} and ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])} order by created_at desc, value`);
	return rows.flatMap(({ profile, value, proven }): Owned[] => {
		const platform = kind === 'user_id' ? kind : platformOf(value);
		return platform === null ? [] : [{ profile, proven, device: { platform, address: value } }];
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

/** What an app, or somebody for it, says. */
export interface DeviceClaim {
	profile: number;
	token: string;
	/** The user id that was proved with it; null: a write key alone says so; absent: believed. */
	provenFor?: string | null;
}

/**
 * What an app says: this device is this person's now. A token is of a device and not of a person, so whoever says so last has it; found by it like by an email, the next
 * one to log in on a phone would get the messages of the one before. What was proved of a device holds for as long as nobody else has it. Locks nobody: the caller has locked the claiming people.
 */
export async function claimDevices(tx: Tx, claims: readonly DeviceClaim[]): Promise<void> {
	const last = new Map<string, Marked>();
	for (const { profile, token, provenFor } of claims) if (platformOf(token) !== null) last.set(token, claimed(last.get(token), { profile, proven: markOf(provenFor) }));
	if (last.size === 0) return;
	const known = new Map((await tx.all(sql<Marked & { value: string }>`select value, profile, proven from identity where kind = 'device' and ${tx.dialect.anyOf(sql`value`, [...last.keys()])}`)).map((row) => [row.value, row]));
	const changed = [...last].flatMap(([value, claim]) => {
		const before = known.get(value);
		const now = claimed(before, claim);
		return before !== undefined && before.profile === now.profile && before.proven === now.proven ? [] : [{ value, profile: now.profile, proven: now.proven }];
	});
	if (changed.length === 0) return;
	const rows = tx.dialect.rows(changed, { value: 'text', profile: 'integer', proven: 'text' }, 'r');
	await tx.run(sql`insert into identity (kind, value, profile, created_at, proven) select 'device', r.value, r.profile, ${tx.nowMs}, r.proven from ${rows} where true
		on conflict (kind, value) do update set profile = excluded.profile, proven = excluded.proven, created_at = case when identity.profile = excluded.profile then identity.created_at else excluded.created_at end`);
	await forgetOldest(tx, [...new Set(changed.map(({ profile }) => profile))]);
}

interface Marked {
	profile: number;
	proven: string | null;
}

/** Who only says again whose a device is takes nothing from what was proved of it. */
function claimed(before: Marked | undefined, claim: Marked): Marked {
	return before?.profile === claim.profile && claim.proven === NOT_PROVEN ? before : claim;
}

/** Nodes and imports name devices as identities of people: those are believed. */
export async function believeDevices(tx: Tx, said: ReadonlyArray<{ profile: number; identities: ReadonlyArray<{ kind: string; value: string }> }>): Promise<void> {
	const devices = said.flatMap(({ profile, identities }) => identities.flatMap(({ kind, value }) => (kind === 'device' ? [{ profile, value }] : [])));
	if (devices.length === 0) return;
	const rows = tx.dialect.rows(devices, { profile: 'integer', value: 'text' }, 'r');
	await tx.run(sql`update identity set proven = null where kind = 'device' and proven is not null and (value, profile) in (select r.value, r.profile from ${rows})`);
}

async function forgetOldest(tx: Tx, profiles: readonly number[]): Promise<void> {
	const provenFirst = await provenFirstSql(tx);
	await tx.run(sql`delete from identity where kind = 'device' and value in (select value from (
		select value, row_number() over (partition by profile order by ${provenFirst} created_at desc, value) as place from identity where ${tx.dialect.unsearched(sql`kind`)} = 'device' and ${tx.dialect.anyOf(sql`profile`, profiles)}
	) ranked where place > ${MOST_DEVICES})`);
}

/** Where proof is asked for, whoever has a write key must not be able to push those out that have it. */
export async function provenFirstSql(reader: Reader): Promise<RawBuilder<unknown>> {
	return (await needsProof(reader)) ? sql`case when proven = ${NOT_PROVEN} then 1 else 0 end,` : sql``;
}
