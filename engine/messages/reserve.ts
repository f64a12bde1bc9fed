import { sql } from 'kysely';

import { normaliseTopic } from '../consent';
import { allowNew, openVisits, remember, type Visit } from '../journeys';
import type { Stamp } from '../journeys/types';
import { hashId, secretId } from '../kernel';
import { currentProfiles, lockProfiles } from '../profiles';
import type { Tx } from '../store';
import { skipRepeats } from './repeat';
import { skipSame } from './same-message';
import type { AnySendItem, LedgerRequest } from './types';

export type JourneyItem = AnySendItem & { stamp: Stamp };

/** What became of a person at the reserve. */
export type Reserved =
	| { kind: 'work'; item: AnySendItem; message: string; visit: Visit<JourneyItem> | null; profile: number }
	| { kind: 'decided'; item: AnySendItem; message: string; profile: number; output: 0 | 1; state: string; reason: string | null }
	| { kind: 'parked'; item: AnySendItem; message: string; profile: number }
	/** Outside a journey: `first`, an item of the same batch, sends this person the same message. */
	| { kind: 'same'; item: AnySendItem; message: string; profile: number; first: number }
	| { kind: 'dropped'; item: AnySendItem };

interface NewMessage {
	id: string;
	token: string;
	trail: string;
	item_key: string;
	enrollment: number | null;
	journey: string | null;
	profile: number;
}

/**
 * PROTOCOL 14, first half: a batch is reserved at once. One message a visit: a replay finds the same one.
 * A token that was parked to send a deferred message takes that message up again.
 */
export async function reserveForJourney(tx: Tx, request: LedgerRequest, items: readonly JourneyItem[]): Promise<Reserved[]> {
	const { step } = request;
	const visits = await openVisits(tx, step, items);
	const fresh = await allowNew(tx, step, visits);
	const idOf = (visit: Visit) => visit.token.message ?? hashId('message', visit.token.id, step.step, visit.item.stamp.trail, visit.itemKey);
	await insertMessages(tx, request, fresh.filter((visit) => visit.token.message === null).map((visit) => ({
		id: idOf(visit), token: visit.token.id, trail: visit.item.stamp.trail, item_key: visit.itemKey,
		enrollment: visit.token.enrollment, journey: visit.token.journey, profile: visit.token.profile,
	})));
	const waited = fresh.flatMap((visit) => (visit.token.message === null ? [] : [visit.token.message]));
	if (waited.length > 0) {
		await tx.run(sql`update message set state = 'reserved', deferred_until = null where ${tx.dialect.anyOf(sql`id`, waited)} and state = 'deferred'`);
	}
	const repeated = await skipRepeats(tx, step, request.once ?? false, fresh.filter((visit) => visit.token.message === null).map((visit) => ({ id: idOf(visit), enrollment: visit.token.enrollment, itemKey: visit.itemKey })));
	await remember(tx, step, fresh.map((visit) => {
		const again = repeated.get(idOf(visit));
		return { visit, kind: request.memo ?? 'send', value: { message: idOf(visit), ...again }, ...(again === undefined ? {} : { output: String(again.output) }) };
	}));
	await asItIsNow(tx, request, visits.map((visit) => (visit.memo === null ? idOf(visit) : String(visit.memo.value.message))));

	const freshVisits = new Set(fresh);
	const byIndex = new Map<number, Reserved>();
	const seen = new Map<string, number>();
	for (const visit of visits) {
		const { item, token, memo } = visit;
		const message = memo === null ? idOf(visit) : String(memo.value.message);
		// Two items of one person in one call are one visit: only the first works, the other follows its fate as dropped.
		const first = seen.get(`${token.id} ${item.stamp.trail}`);
		if (first !== undefined && first !== item.index) continue;
		seen.set(`${token.id} ${item.stamp.trail}`, item.index);
		if (memo === null && !freshVisits.has(visit)) continue;
		const again = memo === null ? repeated.get(message) : undefined;
		if (memo?.value.parked === true) byIndex.set(item.index, { kind: 'parked', item, message, profile: token.profile });
		else if (again !== undefined) byIndex.set(item.index, { kind: 'decided', item, message, profile: token.profile, ...again });
		else if (memo?.value.output === 0 || memo?.value.output === 1) {
			byIndex.set(item.index, { kind: 'decided', item, message, profile: token.profile, output: memo.value.output, state: String(memo.value.state), reason: typeof memo.value.reason === 'string' ? memo.value.reason : null });
		} else byIndex.set(item.index, { kind: 'work', item, message, visit, profile: token.profile });
	}
	return items.map((item) => byIndex.get(item.index) ?? { kind: 'dropped', item });
}

/**
 * Outside a journey the caller's key (execution, node, item) makes the message unique. The key holds a hash of the address, and the row
 * outlives the person: its id is made with the database's secret, or trying an address against the few numbers that executions have
 * would find an erased person's mails again. It stays the same at an erasure, so that a repeated execution still sends nothing twice.
 */
export async function reserveOutside(tx: Tx, request: LedgerRequest, items: ReadonlyArray<{ item: AnySendItem; profile: number; key: string }>, secret: Uint8Array, sameIn: (rows: Array<{ item: AnySendItem; profile: number }>) => Map<number, number>): Promise<Reserved[]> {
	// They were found in a transaction of their own: a merge since then has moved them.
	await lockProfiles(tx, items.map(({ profile }) => profile));
	const current = await currentProfiles(tx, items.map(({ profile }) => profile));
	const rows = items.map(({ item, profile: found, key }) => ({ item, profile: current.get(found) ?? found, key })).map(({ item, profile, key }) => ({ item, id: secretId(secret, 'message', request.step.workflow, request.step.step, key), token: '', trail: request.step.workflow, item_key: key, enrollment: null, journey: null, profile }));
	await insertMessages(tx, request, rows.map(({ item: _item, ...row }) => row));
	await asItIsNow(tx, request, rows.map((row) => row.id));
	const same = sameIn(rows);
	await skipSame(tx, rows.flatMap(({ item, id }) => (same.has(item.index) ? [id] : [])));
	return rows.map(({ item, id, profile }): Reserved => {
		const first = same.get(item.index);
		return first === undefined ? { kind: 'work', item, message: id, visit: null, profile } : { kind: 'same', item, message: id, profile, first };
	});
}

/**
 * A message that waited may be sent under other settings than it was reserved with: the step was edited meanwhile. Consent and caps are
 * asked for what is sent now, and the unsubscribe link names that topic.
 */
async function asItIsNow(tx: Tx, request: LedgerRequest, messages: readonly string[]): Promise<void> {
	if (messages.length === 0) return;
	const topic = normaliseTopic(request.topic);
	const { channel, purpose, varied = false } = request;
	const forget = varied ? sql`` : sql`, variant = null`;
	const isOther = varied ? sql`` : sql` or variant is not null`;
	await tx.run(sql`update message set channel = ${channel}, purpose = ${purpose}, topic = ${topic}${forget} where ${tx.dialect.anyOf(sql`id`, messages)}
		and state in ('reserved', 'deferred') and (channel <> ${channel} or purpose <> ${purpose} or topic <> ${topic}${isOther})`);
}

async function insertMessages(tx: Tx, request: LedgerRequest, rows: readonly NewMessage[]): Promise<void> {
	if (rows.length === 0) return;
	const { step } = request;
	const given = tx.dialect.rows(rows, { id: 'text', token: 'text', trail: 'text', item_key: 'text', enrollment: 'integer', journey: 'text', profile: 'integer' }, 'r');
	await tx.run(sql`insert into message (id, token, step, trail, item_key, enrollment, journey, workflow, profile, channel, purpose, topic, state, reserved_at)
		select r.id, r.token, ${step.step}, r.trail, r.item_key, r.enrollment, r.journey, ${step.workflow}, r.profile, ${request.channel}, ${request.purpose}, ${normaliseTopic(request.topic)}, 'reserved', ${tx.nowMs}
		from ${given} where true on conflict do nothing`);
}
