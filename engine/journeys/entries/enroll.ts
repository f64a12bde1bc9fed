import { sql } from 'kysely';

import { findAll } from '../../consent';
import { EngineError, isJsonObject } from '../../kernel';
import { lockFound, storable, type IdentityRules } from '../../profiles';
import type { Store, Tx } from '../../store';
import type { Listening } from '../react';
import type { EnrollRequest, Enrolled } from '../types';
import { enterWith, inRounds, type EntryData } from './enter-with';
import { journeysWhere } from './listening';

const LARGEST_CALL = 20_000;
const BATCH = 500;
const LONGEST_REQUEST = 255;
/** n8n retries within minutes; somebody who repeats an execution by hand does so within days. */
const REMEMBERED_MS = 30 * 86_400_000;
/** Tells apart what several times of one person in a request stand for. */
const TOLD_APART = ':';

interface Asked {
	index: number;
	profile: number;
	/** Of this person's in the request. */
	nth: number;
	data: EntryData | undefined;
}

/**
 * Enrolls by name: in slices, a transaction each. A call that was cut short is repeated with the same request id; whoever entered by the
 * first one is answered for, not entered. Only entries are remembered: who was refused is asked again.
 */
export async function enroll({ store, identityOptions }: { store: Store; identityOptions: IdentityRules }, request: EnrollRequest): Promise<Enrolled[]> {
	const { people, requestId } = request;
	if (!Array.isArray(people) || people.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `The people to enroll come as a list of at most ${LARGEST_CALL}. Send more in several calls.`);
	if (requestId !== undefined && (typeof requestId !== 'string' || requestId === '' || requestId.length > LONGEST_REQUEST)) throw new EngineError('BAD_INPUT', `The request id is no text of 1 to ${LONGEST_REQUEST} characters.`);
	const options = await identityOptions();
	const answers: Enrolled[] = [];
	let times = new Map<number, number>();
	for (let from = 0; from < people.length; from += BATCH) {
		const batch = people.slice(from, from + BATCH);
		const part = await store.tx('enroll', async (tx) => {
			const whose = batch.map((one) => (isJsonObject(one) ? one : { kind: '', value: '' }));
			const found = await lockFound(tx, async () => (await findAll(tx, whose, options)).map((one) => ('profile' in one ? one.profile : one.reason)));
			// A retry of the transaction counts anew.
			const counts = new Map(times);
			const refused: Enrolled[] = [];
			const asked: Asked[] = [];
			batch.forEach(({ data }, n) => {
				const index = from + n;
				const profile = found[n] ?? 'Nobody was found.';
				const given = dataOf(data);
				if (typeof profile === 'string') return void refused.push(refusedAs(index, null, profile));
				if (typeof given === 'string') return void refused.push(refusedAs(index, profile, given));
				const nth = counts.get(profile) ?? 0;
				counts.set(profile, nth + 1);
				asked.push({ index, profile, nth, data: given });
			});
			const journey = await journeyOf(tx, request.journey);
			const done = typeof journey === 'string' ? asked.map(({ index, profile }) => refusedAs(index, profile, journey)) : await enrollIn(tx, journey, asked, requestId);
			return { counts, answers: [...refused, ...done].sort((a, b) => a.index - b.index) };
		});
		times = part.counts;
		answers.push(...part.answers);
	}
	return answers;
}

function refusedAs(index: number, profile: number | null, reason: string): Enrolled {
	return { index, profile, outcome: 'refused', enrollment: null, reason, repeated: false };
}

function enteredAs({ index, profile }: Asked, enrollment: number, repeated: boolean): Enrolled {
	return { index, profile, outcome: 'entered', enrollment, reason: null, repeated };
}

/** A text: why it cannot travel. */
function dataOf(data: unknown): EntryData | undefined | string {
	if (data === undefined || data === null) return undefined;
	if (!isJsonObject(data)) return 'The data is not an object.';
	const checked = storable(data, 'data');
	return checked.ok ? { name: 'Enrolled', properties: JSON.parse(checked.json) as EntryData['properties'], given: true } : checked.reason;
}

async function journeyOf(tx: Tx, { workflow, step }: EnrollRequest['journey']): Promise<Listening | string> {
	const named = step === undefined ? sql`` : sql`and (j.step = ${step} or j.step in (select s.step from step s where s.workflow = ${workflow} and s.name = ${step}))`;
	const found = await journeysWhere(tx, sql`j.workflow = ${workflow} ${named}`);
	const [journey] = found;
	if (journey === undefined) return 'there is no such journey: no Journey Trigger of this workflow was ever published, or none by this name';
	return found.length === 1 ? journey : 'the workflow has several journeys: name the trigger of the one that is meant';
}

/** One way in for each of a person's several, in their order; statements follow the most that one person has. */
async function enrollIn(tx: Tx, journey: Listening, asked: readonly Asked[], requestId: string | undefined): Promise<Enrolled[]> {
	const before = await earlier(tx, journey, asked, requestId);
	const answers: Enrolled[] = [];
	const fresh: Array<Asked & { enrollment: number }> = [];
	const open = asked.filter((one) => {
		const enrollment = before.get(`${one.profile}${TOLD_APART}${one.nth}`);
		if (enrollment !== undefined) answers.push(enteredAs(one, enrollment, true));
		return enrollment === undefined;
	});
	for (const round of inRounds(open)) {
		const entered = await enterWith(tx, journey, round.map(({ profile, data }) => ({ profile, ...(data === undefined ? {} : { data }) })), 'enroll');
		const refused = round.filter(({ profile }) => !entered.has(profile));
		const reasons = await reasonsOf(tx, journey, refused.map(({ profile }) => profile));
		answers.push(...refused.map(({ index, profile }) => refusedAs(index, profile, reasons.get(profile) ?? 'is in this journey already')));
		for (const one of round) {
			const enrollment = entered.get(one.profile);
			if (enrollment === undefined) continue;
			fresh.push({ ...one, enrollment });
			answers.push(enteredAs(one, enrollment, false));
		}
	}
	if (requestId !== undefined && fresh.length > 0) {
		const rows = fresh.map(({ profile, nth, enrollment }) => ({ profile, nth, enrollment }));
		await tx.run(sql`insert into enroll_request (journey, request, profile, nth, enrollment, at) select ${journey.id}, ${requestId}, r.profile, r.nth, r.enrollment, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(rows, { profile: 'integer', nth: 'integer', enrollment: 'integer' }, 'r')}`);
	}
	return answers;
}

/** Who entered by this request before. */
async function earlier(tx: Tx, journey: Listening, asked: readonly Asked[], requestId: string | undefined): Promise<Map<string, number>> {
	if (requestId === undefined || asked.length === 0) return new Map();
	const rows = await tx.all(sql<{ profile: number; nth: number; enrollment: number }>`select profile, nth, enrollment from enroll_request
		where ${tx.dialect.anyOf(sql.ref('profile'), asked.map(({ profile }) => profile))} and journey = ${journey.id} and request = ${requestId}`);
	return new Map(rows.map(({ profile, nth, enrollment }) => [`${profile}${TOLD_APART}${nth}`, enrollment]));
}

/** Why these people were refused just now. */
async function reasonsOf(tx: Tx, journey: Listening, profiles: readonly number[]): Promise<Map<number, string>> {
	if (profiles.length === 0) return new Map();
	const rows = await tx.all(sql<{ profile: number; reason: string }>`select profile, reason from refusal
		where ${tx.dialect.anyOf(sql.ref('profile'), profiles)} and journey = ${journey.id} and refused_at = ${tx.nowMs}`);
	return new Map(rows.map(({ profile, reason }) => [profile, reason]));
}

/** What no repeated request will ask for any more. */
export async function forgetRequests(store: Store): Promise<number> {
	return await store.tx('forget-requests', (tx) => tx.run(sql`delete from enroll_request where at < ${tx.nowMs - REMEMBERED_MS}`));
}
