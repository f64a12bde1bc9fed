import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Store, Tx } from '../store';
import type { ConsentApi, ConsentChange } from './types';

export { consentBlocksSql, type ConsentScope } from './blocks';
export type { ConsentApi, ConsentChange, ConsentState } from './types';

/** Topics are told apart without case and outer space: a capital letter must not undo an opt-out. */
export function normaliseTopic(topic: string): string {
	return topic.trim().normalize('NFC').toLowerCase();
}

const STATES = new Set(['subscribed', 'unsubscribed', 'pending']);

export interface Consent extends ConsentApi {
	/**
	 * Inside the caller's transaction; locks the profiles in id order (PROTOCOL rule 3), so call it before locking enrollments
	 * or tokens. Answers with the profiles that exist no more: nothing was stored for them.
	 */
	setIn(tx: Tx, changes: readonly ConsentChange[]): Promise<{ missing: number[] }>;
}

/** Only the current state is kept; of several changes to the same (profile, channel, topic) in one call the last counts. */
export function createConsent({ store }: { store: Store }): Consent {
	async function setIn(tx: Tx, changes: readonly ConsentChange[]): Promise<{ missing: number[] }> {
		changes.forEach(check);
		const ids = [...new Set(changes.map((change) => change.profile))].sort((a, b) => a - b);
		if (ids.length === 0) return { missing: [] };
		const found = await tx.all<{ id: number }>(
			sql<{ id: number }>`select id from profile where ${tx.dialect.anyOf(sql`id`, ids)} order by id ${tx.dialect.forUpdate}`,
		);
		const known = new Set(found.map((row) => row.id));
		// One row a key: PostgreSQL refuses an upsert that would touch the same row twice.
		const rows = new Map<string, ConsentChange>();
		for (const change of changes) {
			const topic = normaliseTopic(change.topic);
			if (known.has(change.profile)) rows.set(JSON.stringify([change.profile, change.channel, topic]), { ...change, topic });
		}
		if (rows.size > 0) {
			const given = [...rows.values()].map((change) => ({ ...change, at: tx.nowMs }));
			const shape = { profile: 'integer', channel: 'text', topic: 'text', state: 'text', source: 'text', at: 'integer' } as const;
			await tx.run(sql`insert into consent (profile, channel, topic, state, source, changed_at)
				select profile, channel, topic, state, source, at from ${tx.dialect.rows(given, shape, 'given')} where true
				on conflict (profile, channel, topic) do update set state = excluded.state, source = excluded.source, changed_at = excluded.changed_at`);
		}
		return { missing: ids.filter((id) => !known.has(id)) };
	}

	return {
		setIn,
		set: (changes) =>
			store.tx('set-consent', async (tx) => {
				const { missing } = await setIn(tx, changes);
				const [first] = missing;
				if (first !== undefined) {
					throw new EngineError('NOT_FOUND', `No profile has the id ${first}; no consent of this call was changed. Look the person up by an identity first.`, { profile: first, missing: missing.length });
				}
			}),
	};
}

function check(change: ConsentChange, index: number): void {
	if (!Number.isSafeInteger(change.profile)) throw new EngineError('BAD_INPUT', `Consent change ${index} has no profile id.`, { index });
	if (change.channel === '') throw new EngineError('BAD_INPUT', `Consent change ${index} names no channel; use 'email'.`, { index });
	if (!STATES.has(change.state)) throw new EngineError('BAD_INPUT', `Consent change ${index} has no usable state; use subscribed, unsubscribed or pending.`, { index });
}
