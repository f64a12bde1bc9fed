import { sql } from 'kysely';

import type { Identity } from '../events/types';
import { iso, type JsonObject } from '../kernel';
import type { Reader } from '../store';
import { apartOf } from './apart';
import { countryFoundFor, locationOf, readLocation, zoneFoundFor } from './place';
import { storedObject } from './storable';
import type { GetOptions, ProfileView, Suppressed } from './types';
import { mergeHistory } from './unmerge';

const EVENTS_SHOWN = 50;
const MESSAGES_SHOWN = 200;
const ENROLLMENTS_SHOWN = 200;
const MERGES_SHOWN = 50;
/** What waits for sending to be resumed stands at JavaScript's last date. */
const LATEST_MS = 8_000_000_000_000_000;

/** Where push reaches a person: devices' to know. */
export type PersonDevicesOf = (reader: Reader, profile: number) => Promise<ProfileView['devices']>;

/** Which of a person's addresses are never written to: consent's to know. */
export type SuppressedOf = (reader: Reader, identities: readonly Identity[]) => Promise<Suppressed[]>;

/** Scores of people as of now, by model: scores' to know. */
export type ScoresOf = (reader: Reader, profiles: readonly number[]) => Promise<ReadonlyMap<number, ReadonlyArray<Omit<ProfileView['scores'][number], 'updatedAt'> & { updatedAtMs: number }>>>;

/** The full picture of one person; a statement a table. */
export async function viewProfile(reader: Reader, id: number, options: GetOptions & { zone: string; suppressed: SuppressedOf; scores: ScoresOf; devices: PersonDevicesOf }): Promise<ProfileView | null> {
	const profile = await reader.first(
		sql<{ attributes: unknown; is_test: number; created_at: number; updated_at: number }>`select attributes, is_test, created_at, updated_at from profile where id = ${id}`,
	);
	if (profile === undefined) return null;
	const attributes = storedObject(profile.attributes);
	const identities = await reader.all(sql<{ kind: string; value: string }>`select kind, value from identity where profile = ${id} order by kind, created_at, value`);
	const merged = await reader.all(sql<{ id: number }>`select id from profile_alias where profile = ${id} order by id`);
	const kept = await apartOf(reader, [id]);
	// The newest, as the guards take it.
	const phone = identities.findLast((identity) => identity.kind === 'phone')?.value ?? null;
	const country = countryFoundFor({ attributes, phone });
	const zone = zoneFoundFor({ attributes, phone });
	return {
		id,
		attributes,
		identities: identities.map(({ kind, value }) => ({ kind, value })),
		mergedIds: merged.map((alias) => alias.id),
		merges: await mergeHistory(reader, id, MERGES_SHOWN),
		apart: kept.map(({ other }) => other),
		test: profile.is_test === 1,
		createdAt: iso(profile.created_at),
		updatedAt: iso(profile.updated_at),
		...(await belonging(reader, id)),
		...(await standing(reader, id, options.scores)),
		...(await wishes(reader, id)),
		suppressed: await options.suppressed(reader, identities.map(({ kind, value }) => ({ kind, value }))),
		devices: await options.devices(reader, id),
		country: country?.country ?? null,
		countryFrom: country?.from ?? null,
		zone: zone?.zone ?? options.zone,
		zoneFrom: zone?.from ?? 'settings',
		location: locationOf(attributes) ?? (await lastLocation(reader, id, options.location)),
		...(await doings(reader, id)),
	};
}

async function belonging(reader: Reader, id: number): Promise<Pick<ProfileView, 'groups' | 'segments' | 'lists'>> {
	const groups = await reader.all(
		sql<{ key: string; attributes: unknown; joined_at: number }>`select a.key, a.attributes, m.joined_at from account_member m join account a on a.id = m.account where m.profile = ${id} order by a.key`,
	);
	const segments = await reader.all(
		sql<{ name: string; kind: string }>`select s.name, s.kind from segment s cross join segment_member m where m.segment = s.id and m.profile = ${id} and s.kind in ('rule', 'list') order by s.name`,
	);
	return {
		groups: groups.map((row) => ({ key: row.key, attributes: storedObject(row.attributes), since: iso(row.joined_at) })),
		segments: segments.filter(({ kind }) => kind === 'rule').map(({ name }) => name),
		lists: segments.filter(({ kind }) => kind === 'list').map(({ name }) => name),
	};
}

async function standing(reader: Reader, id: number, scoresOf: ScoresOf): Promise<Pick<ProfileView, 'scores' | 'stage'>> {
	const scores = (await scoresOf(reader, [id])).get(id) ?? [];
	const stage = await reader.first(sql<{ stage: string; since: number }>`select stage, since from stage where profile = ${id}`);
	return {
		scores: scores.map(({ updatedAtMs, ...score }) => ({ ...score, updatedAt: iso(updatedAtMs) })),
		stage: stage === undefined ? null : { stage: stage.stage, since: iso(stage.since) },
	};
}

async function wishes(reader: Reader, id: number): Promise<Pick<ProfileView, 'consents' | 'doNotSell' | 'preferences'>> {
	const consents = await reader.all(
		sql<{ channel: string; topic: string; state: string; source: string; changed_at: number }>`select channel, topic, state, source, changed_at from consent where profile = ${id} order by channel, topic`,
	);
	const doNotSell = await reader.first(sql<{ active: number }>`select active from do_not_sell where profile = ${id}`);
	const chosen = await reader.first(sql<{ max_per_week: number | null; paused_until: number | null; language: string | null }>`select max_per_week, paused_until, language from preference where profile = ${id}`);
	const pausedUntil = chosen?.paused_until ?? null;
	return {
		consents: consents.map((row) => ({ channel: row.channel, topic: row.topic, state: row.state, source: row.source, at: iso(row.changed_at) })),
		preferences: { maxPerWeek: chosen?.max_per_week ?? null, pausedUntil: iso(pausedUntil), language: chosen?.language ?? null },
		doNotSell: doNotSell?.active === 1,
	};
}

async function doings(reader: Reader, id: number): Promise<Pick<ProfileView, 'events' | 'messages' | 'enrollments'>> {
	const events = await reader.all(
		sql<{ name: string; occurred_at: number; properties: unknown }>`select name, occurred_at, properties from event
			where profile = ${id} order by occurred_at desc, event_no desc limit ${sql.lit(EVENTS_SHOWN)}`,
	);
	const messages = await reader.all(
		sql<{ id: string; channel: string; state: string; guard: string | null; reason: string | null; until: number | null; at: number }>`select id, channel, state, reason,
				coalesce(ended_at, attempted_at, reserved_at) as at, guard, case when state = 'deferred' and deferred_until < ${LATEST_MS} then deferred_until end as until
			from message where profile = ${id} order by 5 desc, id limit ${sql.lit(MESSAGES_SHOWN)}`,
	);
	const enrollments = await reader.all(
		sql<{ id: number; workflow: string; journey: string; state: string; entered_at: number; end_reason: string | null }>`select e.id, e.workflow, coalesce(j.name, e.journey) as journey, e.state, e.entered_at, e.end_reason
			from enrollment e left join journey j on j.id = e.journey where e.profile = ${id} order by e.entered_at desc, e.id desc limit ${sql.lit(ENROLLMENTS_SHOWN)}`,
	);
	return {
		events: events.map((row) => ({ name: row.name, at: iso(row.occurred_at), properties: storedObject(row.properties) })),
		messages: messages.map((row) => ({ id: row.id, channel: row.channel, state: row.state, guard: row.guard, reason: row.reason, until: iso(row.until), at: iso(row.at) })),
		enrollments: enrollments.map((row) => ({ id: row.id, workflow: row.workflow, journey: row.journey, state: row.state, enteredAt: iso(row.entered_at), endReason: row.end_reason })),
	};
}

/** Of so many newest events of the name: somebody whose app sends no place must not be searched back to the beginning. */
const LOCATIONS_LOOKED_AT = 200;

async function lastLocation(reader: Reader, id: number, asked: GetOptions['location']): Promise<ProfileView['location']> {
	if (asked === undefined) return null;
	const rows = await reader.all(
		sql<{ occurred_at: number; properties: unknown }>`select occurred_at, properties from event
			where profile = ${id} and name = ${asked.event} order by occurred_at desc, event_no desc limit ${sql.lit(LOCATIONS_LOOKED_AT)}`,
	);
	for (const row of rows) {
		const at = asked.property.split('.').reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? (value as JsonObject)[name] : undefined), storedObject(row.properties));
		const location = readLocation(at as JsonObject | undefined);
		if (location !== null) return { ...location, event: asked.event, at: iso(row.occurred_at) };
	}
	return null;
}
