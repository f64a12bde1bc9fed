import { sql } from 'kysely';

import { isJsonObject, type JsonValue } from '../kernel';
import type { Tx } from '../store';
import { knownAmong, markOf, NOT_PROVEN } from './proof';

/*
 * Two people become one, and each had devices that were believed to be theirs. Whoever can make two people one (an identify call with a write key can) must not have
 * one's devices get what is sent to the other. So what was believed of a half is kept for that half's user id, which no other can ever share; without one it has to be told again.
 * A half that is known by nothing (a visitor's anonymous id) brings nothing along that could be read on the other's devices, so those stay believed.
 */

type Kind = 'device' | 'browser';

/** One that was believed, and what it was marked with instead. */
interface Kept {
	what: Kind;
	id: string;
	mark: string;
}

/** Before identities and browsers are moved. One statement where neither half has a device that is believed. */
export async function keepMarks(tx: Tx, { into, from }: { into: number; from: number }): Promise<Kept[]> {
	const either = tx.dialect.anyOf(sql.ref('profile'), [into, from]);
	const believed = await tx.all(sql<{ what: Kind; id: string; profile: number }>`select 'device' as what, value as id, profile from identity where ${tx.dialect.unsearched(sql`kind`)} = 'device' and proven is null and ${either}
		union all select 'browser' as what, id, profile from web_push_subscription where proven is null and ${either}`);
	if (believed.length === 0) return [];
	const known = await knownAmong(tx, [into, from]);
	const kept = believed.flatMap(({ what, id, profile }): Kept[] => {
		const own = known.get(profile);
		if (own === undefined) return [{ what, id, mark: NOT_PROVEN }];
		return known.has(profile === into ? from : into) ? [{ what, id, mark: markOf(own[0] ?? null) ?? NOT_PROVEN }] : [];
	});
	await setMarks(tx, kept, 'mark', [into, from]);
	return kept;
}

/** After all is where it was. What has been told anew since stays as it was told. */
export async function takeMarksBack(tx: Tx, { into, from }: { into: number; from: number }, undo: JsonValue): Promise<void> {
	const kept = Array.isArray(undo) ? undo.filter((one) => isJsonObject(one)) as unknown as Kept[] : [];
	await setMarks(tx, kept, 'believed', [into, from]);
}

async function setMarks(tx: Tx, kept: readonly Kept[], to: 'mark' | 'believed', profiles: readonly number[]): Promise<void> {
	const value = to === 'mark' ? sql`r.mark` : sql`null`;
	for (const what of ['device', 'browser'] as const) {
		const own = kept.filter((one) => one.what === what).map(({ id, mark }) => ({ id, mark }));
		if (own.length === 0) continue;
		const rows = tx.dialect.rows(own, { id: 'text', mark: 'text' }, 'r');
		const stands = (table: string) => sql`${to === 'mark' ? sql`${sql.ref(`${table}.proven`)} is null` : sql`${sql.ref(`${table}.proven`)} = r.mark`} and ${tx.dialect.anyOf(sql.ref(`${table}.profile`), profiles)}`;
		if (what === 'device') await tx.run(sql`update identity set proven = ${value} from ${rows} where identity.kind = 'device' and identity.value = r.id and ${tx.dialect.anyOf(sql`identity.value`, own.map(({ id }) => id))} and ${stands('identity')}`);
		else await tx.run(sql`update web_push_subscription set proven = ${value} from ${rows} where web_push_subscription.id = r.id and ${stands('web_push_subscription')}`);
	}
}
