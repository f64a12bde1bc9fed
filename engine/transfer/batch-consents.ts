import { sql } from 'kysely';

import { normaliseTopic } from '../consent';
import type { ConsentState } from '../consent/types';
import type { Batch, Placed } from './batch';
import { placeDoNotSell } from './batch-do-not-sell';
import { noteConsents, noteProved, type ConsentNote } from './journal';
import { NO_PROOF, readProof, type Proof } from './proof';

/** The stricter state wins: within the file, and against what is stored. An import never undoes an opt-out. */
export const STRICTNESS: Readonly<Record<ConsentState, number>> = { none: 0, subscribed: 1, pending: 2, unsubscribed: 3 };

interface Wish {
	profile: number;
	channel: string;
	topic: string;
	state: ConsentState;
	proof: Proof;
	keys: readonly string[];
}

interface Stored {
	profile: number;
	channel: string;
	topic: string;
	state: ConsentState;
	source: string;
	by_import: number | null;
	changed_at: number;
	given_at: number | null;
	given_source: string | null;
	text_version: string | null;
	ip: string | null;
}

/**
 * Sets what the rows say of consent and of being sold, before segments have seen who is new: with neither, they would be in an audience, and
 * on the way of its journeys, until then. Answers with whom it keeps from being sold, whom segments have yet to look at.
 */
export async function placeConsents(batch: Batch, placed: readonly Placed[]): Promise<ReadonlySet<number>> {
	const unsold = await placeDoNotSell(batch, placed.filter(({ record }) => record.doNotSell).map(({ profile }) => profile));
	await placeStates(batch, placed);
	return unsold;
}

async function placeStates(batch: Batch, placed: readonly Placed[]): Promise<void> {
	const { tx, seen, counts } = batch;
	const wishes = strictest(placed, tx.nowMs);
	if (wishes.length === 0) return;
	const people = [...new Set(wishes.map((wish) => wish.profile))];
	const rows = await tx.all(sql<Stored>`select profile, channel, topic, state, source, by_import, changed_at, given_at, given_source, text_version, ip from consent where ${tx.dialect.anyOf(sql.ref('profile'), people)}`);
	const stored = new Map(rows.map((row) => [keyOf(row), row]));
	if (seen !== null) await seen.load(tx, wishes.flatMap((wish) => wish.keys.flatMap((key) => Object.values(STRICTNESS).map((rank) => seenKey(key, wish, rank)))));
	/** Said of somebody of whom it is known already: changes nothing, and is noted, so that undoing the import that said it first leaves it. */
	const saidToo: Wish[] = [];
	const changes = wishes.filter((wish) => {
		if (saysToo(wish, stored.get(keyOf(wish))?.state ?? 'none')) saidToo.push(wish);
		const current = Math.max(STRICTNESS[stored.get(keyOf(wish))?.state ?? 'none'], seenStrictness(batch, wish));
		if (STRICTNESS[wish.state] < current) counts.consentsKept += 1;
		return STRICTNESS[wish.state] > current;
	});
	const noteOf = ({ profile, channel, topic, state, proof }: Wish): ConsentNote => {
		const before = stored.get(keyOf({ profile, channel, topic }));
		return { profile, channel, topic, state, before: before?.state ?? '', before_source: before?.source ?? '', before_by_import: before?.by_import ?? null, proof, before_proof: proofOf(before) };
	};
	await noteConsents(tx, batch.importId, saidToo.map(noteOf), 'said');
	await addProofs(batch, saidToo);
	if (changes.length === 0) return;
	for (const change of changes) for (const key of change.keys) seen?.add(seenKey(key, change, STRICTNESS[change.state]));
	counts.consents += changes.length;
	await batch.parts.consent.setIn(tx, changes.map(({ profile, channel, topic, state, proof }) => ({ profile, channel, topic, state, source: batch.source, ...proof })), { historical: batch.historical, byImport: true });
	await noteConsents(tx, batch.importId, changes.map(noteOf), 'changed');
}

/** What is known already, and was never proved: a file that was imported without its columns of proof, and once more with them. */
async function addProofs({ tx, importId, parts, source }: Batch, saidToo: readonly Wish[]): Promise<void> {
	const added = await parts.consent.addProofIn(tx, saidToo.map(({ profile, channel, topic, state, proof }) => ({ profile, channel, topic, state, source, ...proof })));
	await noteProved(tx, importId, added);
}

/** 'subscribed' of somebody who has opted out or not confirmed says nothing: it must not subscribe them later, by the back door of an undo. */
function saysToo({ state }: Wish, current: ConsentState): boolean {
	return state !== 'none' && STRICTNESS[state] <= STRICTNESS[current] && (state !== 'subscribed' || current === 'subscribed');
}

/** When it was given is when it was stored, unless it came from elsewhere. */
function proofOf(stored: Stored | undefined): Proof {
	return stored === undefined ? NO_PROOF : { givenAtMs: stored.given_at ?? stored.changed_at, givenSource: stored.given_source, textVersion: stored.text_version, ip: stored.ip };
}

/** Of two alike the proof of the one given first: the person has thought so since then. When it was given never makes one of two states win. */
function strictest(placed: readonly Placed[], nowMs: number): Wish[] {
	const wishes = new Map<string, Wish>();
	for (const { record, profile, keys } of placed) {
		for (const { channel, topic: given, state, proof } of record.consents) {
			const wish = { profile, channel, topic: normaliseTopic(given), state, proof: readProof(proof, nowMs), keys };
			const other = wishes.get(keyOf(wish));
			if (other === undefined || STRICTNESS[state] > STRICTNESS[other.state]) wishes.set(keyOf(wish), wish);
			else if (state === other.state && wish.proof.givenAtMs !== null && wish.proof.givenAtMs < (other.proof.givenAtMs ?? Infinity)) wishes.set(keyOf(wish), { ...other, proof: wish.proof });
		}
	}
	return [...wishes.values()];
}

function seenStrictness({ seen }: Batch, wish: Wish): number {
	if (seen === null) return 0;
	return Math.max(0, ...Object.values(STRICTNESS).filter((rank) => wish.keys.some((key) => seen.has(seenKey(key, wish, rank)))));
}

function seenKey(key: string, { channel, topic }: Wish, rank: number): string {
	return `c ${key} ${channel} ${topic} ${rank}`;
}

function keyOf({ profile, channel, topic }: { profile: number; channel: string; topic: string }): string {
	return JSON.stringify([profile, channel, topic]);
}
