import { sql } from 'kysely';

import { cameUpWithin, nextTrail, type Visit } from '../../journeys';
import type { StepRef } from '../../journeys/types';
import type { Tx } from '../../store';
import { readChoices, type Choice } from './choices';
import { messagesOf, type Said } from './delivery';
import type { BestChannelItem } from './types';

/** Services tell again, within minutes, what nobody answered. */
export const TOLD_AGAIN_MS = 10 * 60_000;

export type BestVisit = Visit<BestChannelItem>;

/** How somebody comes to stand here. */
export type Situation =
	/** moved: put here by hand, which has counted them already. */
	| { kind: 'new'; moved: boolean }
	/**
	 * From the sender of the channel they were given out by, or out of the wait for a delivery (`waited`). message null: nothing was sent behind that output. slept: n8n was down while
	 * they waited and is up again for a few minutes only, so that what it missed is still being told.
	 */
	| { kind: 'back'; choice: Choice; message: Said | null; sent: boolean; waited: boolean; slept: boolean }
	/** From a sender behind an output to which this step has not given them: they were moved there. */
	| { kind: 'stray'; channel: string; message: Said | null; sent: boolean }
	/** By a second line from a channel that is behind them: the first has taken them on. */
	| { kind: 'late' };

interface TokenRow {
	id: string;
	trail: string;
	message: string | null;
	awaited: string | null;
	stands: number;
	slept: number;
}

/**
 * Told by the ledger and by the trail, never by the item: behind the output of a channel a person's trail is known, the sender's message bears it, and the trail
 * under which they come back follows from it and from the output by which that sender let them go (PROTOCOL 13). So it is the same whether the sender had
 * sent at once or held them for days. Three statements for any number of people.
 */
export async function situationsOf(tx: Tx, step: StepRef, visits: readonly BestVisit[]): Promise<Map<BestVisit, Situation>> {
	if (visits.length === 0) return new Map();
	const tokens = [...new Set(visits.map(({ token }) => token.id))];
	const rows = await tx.all<TokenRow>(sql<TokenRow>`select t.id, t.trail, t.message, case when t.awaits = 'message' and s.step is not null then t.awaits_key end as awaited, case when s.step is null then 0 else 1 end as stands, case when ${cameUpWithin(TOLD_AGAIN_MS, tx, sql`t.parked_at`)} then 1 else 0 end as slept
		from token t left join step s on s.place = t.place and s.workflow = ${step.workflow} and s.step = ${step.step} where ${tx.dialect.anyOf(sql`t.id`, tokens)}`);
	const messages = await messagesOf(tx, tokens, rows.flatMap(({ message, awaited }) => [message, awaited].filter((id) => id !== null)));
	const choices = await readChoices(tx, step.step, [...new Set(visits.map(({ token }) => token.enrollment))]);
	const tokensById = new Map(rows.map((row) => [row.id, row]));
	return new Map(visits.map((visit) => {
		const token = tokensById.get(visit.token.id);
		const theirs = messages.filter(({ id, token: of }) => of === visit.token.id || id === token?.message || id === token?.awaited);
		return [visit, situationOf(visit, token, theirs, choices.filter(({ enrollment }) => enrollment === visit.token.enrollment))];
	}));
}

function situationOf({ item }: BestVisit, token: TokenRow | undefined, messages: readonly Said[], choices: readonly Choice[]): Situation {
	const { trail } = item.stamp;
	const begins = token !== undefined && Number(token.stands) === 1 && token.trail === trail;
	const awaited = begins ? messages.find(({ id }) => id === token.awaited) : undefined;
	if (awaited !== undefined) {
		const choice = choices.find(({ outTrail, outcome, message }) => outcome === null && outTrail === awaited.trail && message === awaited.id);
		if (choice !== undefined) return { kind: 'back', choice, message: awaited, sent: true, waited: true, slept: Number(token?.slept) === 1 };
	}
	if (begins) return { kind: 'new', moved: true };
	const sender = senderOf(trail, messages);
	const out = sender?.message.trail ?? trail;
	const choice = choices.find(({ outTrail, outcome }) => outcome === null && outTrail === out);
	if (choice !== undefined) return { kind: 'back', choice, message: sender?.message ?? null, sent: sender?.sent ?? false, waited: false, slept: false };
	if (choices.some(({ outTrail, tried }) => outTrail === out || tried.some((one) => one.trail === out))) return { kind: 'late' };
	if (item.back !== undefined) return { kind: 'stray', channel: item.back, message: sender?.message ?? null, sent: sender?.sent ?? false };
	return { kind: 'new', moved: false };
}

/** The message of the sender that has just let the person go. */
function senderOf(trail: string, messages: readonly Said[]): { message: Said; sent: boolean } | undefined {
	for (const message of messages) {
		if (nextTrail(message.trail, message.step, 0) === trail) return { message, sent: true };
		if (nextTrail(message.trail, message.step, 1) === trail) return { message, sent: false };
	}
	return undefined;
}
