import { sql } from 'kysely';

import { lockProfiles } from '../profiles';
import type { Tx } from '../store';
import { appendHistory } from './history';
import { normaliseTopic } from './channels';
import { sayingKey } from './repeat';
import type { SetParts } from './set';
import type { ConsentChange } from './types';

interface Row {
	profile: number;
	channel: string;
	topic: string;
	state: string;
	given_at: number | null;
	given_source: string | null;
	text_version: string | null;
	ip: string | null;
}

/**
 * Adds what proves a state to one that stands without any proof, as imports alone have said it; where both name the same time at which it was given, what is
 * missing. Neither state nor `changed_at` changes, so nobody's answer does and nothing follows; what anybody but an import has said has its own time and source
 * as proof, and is left. The history gets a line. Answers with those that it was added to. Four statements at most.
 */
export async function addProofIn(tx: Tx, { storesIps }: Pick<SetParts, 'storesIps'>, given: readonly ConsentChange[]): Promise<ConsentChange[]> {
	const proofs = given.filter(({ givenAtMs, givenSource, textVersion, ip }) => [givenAtMs, givenSource, textVersion, ip].some((part) => (part ?? null) !== null));
	if (proofs.length === 0) return [];
	const people = [...new Set(proofs.map(({ profile }) => profile))];
	await lockProfiles(tx, people);
	const stored = await tx.all(sql<Row>`select profile, channel, topic, state, given_at, given_source, text_version, ip from consent where by_import = 1 and ${tx.dialect.anyOf(sql.ref('profile'), people)}`);
	const current = new Map(stored.map((row) => [sayingKey(row), row]));
	const withIp = proofs.some(({ ip }) => (ip ?? null) !== null) && ((await storesIps?.(tx)) ?? false);
	const added = proofs.flatMap((change) => {
		const row = current.get(sayingKey({ ...change, topic: normaliseTopic(change.topic) }));
		if (row === undefined || row.state !== change.state) return [];
		const isBare = row.given_at === null && row.given_source === null && row.text_version === null && row.ip === null;
		if (!isBare && (row.given_at === null || row.given_at !== change.givenAtMs)) return [];
		const next: Row = {
			...row, given_at: row.given_at ?? change.givenAtMs ?? null, given_source: row.given_source ?? change.givenSource ?? null, text_version: row.text_version ?? change.textVersion ?? null,
			ip: row.ip ?? (withIp ? (change.ip ?? null) : null),
		};
		return JSON.stringify(next) === JSON.stringify(row) ? [] : [{ change, next }];
	});
	if (added.length === 0) return [];
	const shape = { profile: 'integer', channel: 'text', topic: 'text', given_at: 'integer', given_source: 'text', text_version: 'text', ip: 'text' } as const;
	await tx.run(sql`update consent set given_at = r.given_at, given_source = r.given_source, text_version = r.text_version, ip = r.ip
		from ${tx.dialect.rows(added.map(({ next: { state: _state, ...row } }) => row), shape, 'r')} where consent.profile = r.profile and consent.channel = r.channel and consent.topic = r.topic`);
	await appendHistory(tx, added.map(({ change, next }) => ({ ...next, kind: 'consent', previous: next.state, source: change.source, seen: undefined })));
	return added.map(({ change }) => change);
}
