import { sql } from 'kysely';

import type { StoredEvent } from '../../events';
import { lockProfiles } from '../../profiles';
import type { Store, Tx } from '../../store';
import { isByPerson } from '../engagement';
import { leaderBeatSql, UNSERVED_AFTER_MS } from '../serve';
import { enterWith, inRounds } from './enter-with';
import { journeysWhere, startsBy, type ListeningBy } from './listening';
import { happenedBy, isOfEntry } from './message';

const BATCH = 500;
const DEFAULT_WITHIN_MS = 3 * 86_400_000;

/** Journeys (alias j) that start when nothing comes back. */
export const startsBySilence = sql<boolean>`(j.entry_kind = 'message' and j.entry_name in ('notOpened', 'notClicked'))`;

/**
 * Appointments for messages that have just left: one statement a published journey of the kind. In the time of the enrollment that sent it, as
 * test people's waits are.
 */
export async function awaitAnswers(tx: Tx, journeys: ReadonlyArray<ListeningBy<'message'>>, sent: readonly string[]): Promise<void> {
	const leader = (await tx.first(sql<{ at: number }>`select ${leaderBeatSql} as at`))?.at ?? 0;
	for (const journey of journeys) {
		if (leader - journey.beat_at > UNSERVED_AFTER_MS) continue;
		const { workflow, step, channel, withinMs = DEFAULT_WITHIN_MS } = journey.config.entry;
		const of = [sql<boolean>`1 = 1`, ...Object.entries({ workflow, step, channel }).flatMap(([name, value]) => (value === undefined ? [] : [sql<boolean>`${sql.ref(`m.${name}`)} = ${value}`]))];
		await tx.run(sql`insert into silence_entry (journey, message, profile, due_at)
			select ${journey.id}, m.id, m.profile, cast(${tx.nowMs} + ${withinMs} * coalesce(e.time_scale, 1) as ${sql.raw(tx.dialect.types.int)})
			from message m left join enrollment e on e.id = m.enrollment where ${tx.dialect.anyOf(sql.ref('m.id'), sent)} and m.purpose <> 'test' and ${sql.join(of, sql` and `)} on conflict do nothing`);
	}
}

/** An answer takes its appointments away: who clicks has opened, and who replies has read, whether or not pictures were loaded. A machine's look or reply is no answer. */
export async function forgetAnswered(tx: Tx, events: readonly StoredEvent[]): Promise<void> {
	const tellsOf = (...answers: Array<'opened' | 'clicked' | 'replied'>) => events.filter(({ message, name }) => message !== null && happenedBy(name).some((happened) => answers.some((one) => one === happened)));
	const [opening, clicking] = [tellsOf('opened', 'replied'), tellsOf('clicked')];
	if (opening.length === 0) return;
	const answeredBy = (telling: readonly StoredEvent[]) => sql`(select ev.message from event ev where ${tx.dialect.anyOf(sql.ref('ev.id'), telling.map(({ id }) => id))} and ${isByPerson(tx.dialect, 'ev')})`;
	await tx.run(sql`delete from silence_entry where message in ${answeredBy(opening)} and journey in ${awaiting('notOpened')}`);
	if (clicking.length > 0) await tx.run(sql`delete from silence_entry where message in ${answeredBy(clicking)} and journey in ${awaiting('notClicked')}`);
}

const awaiting = (name: 'notOpened' | 'notClicked') => sql`(select j.id from journey j where j.entry_kind = 'message' and j.entry_name = ${name})`;

interface Due {
	journey: string;
	message: string;
	profile: number;
}

interface Unanswered extends Due {
	workflow: string;
	step: string;
	channel: string;
}

/** Lets those in who have not answered in time; answers with how many were looked at. One transaction a batch. */
export async function enterBySilence(store: Store): Promise<number> {
	return await store.tx('silence-entries', async (tx) => {
		const due = await tx.all(sql<Due>`select journey, message, profile from silence_entry where due_at <= ${tx.nowMs} order by due_at, message, journey limit ${sql.lit(BATCH)}`);
		if (due.length === 0) return 0;
		await lockProfiles(tx, new Set(due.map(({ profile }) => profile)));
		// Whoever has answered, was merged or was done by another process while we waited is not there any more.
		const keys = () => tx.dialect.rows(due, { journey: 'text', message: 'text', profile: 'integer' }, 'r');
		const rows = await tx.all(sql<Unanswered>`select s.journey, s.message, s.profile, m.workflow, m.step, m.channel from ${keys()}
			join silence_entry s on s.message = r.message and s.journey = r.journey and s.profile = r.profile
			join message m on m.id = s.message where m.bounced_at is null and m.clicked_at is null and (m.replied_at is null or s.journey not in ${awaiting('notOpened')}) order by s.due_at, s.message, s.journey`);
		await tx.run(sql`delete from silence_entry where (message, journey, profile) in (select r.message, r.journey, r.profile from ${keys()})`);
		const journeys = await journeysWhere(tx, sql`${startsBySilence} and ${tx.dialect.anyOf(sql.ref('j.id'), [...new Set(rows.map(({ journey }) => journey))])}`);
		for (const journey of journeys) {
			if (!startsBy(journey, 'message')) continue;
			const { entry } = journey.config;
			const name = entry.happened === 'notOpened' ? 'Message Not Opened' : 'Message Not Clicked';
			for (const round of inRounds(rows.filter((row) => row.journey === journey.id && isOfEntry(entry, row)))) {
				await enterWith(tx, journey, round.map(({ profile, message, workflow, step }) => ({ profile, data: { name, properties: { message, workflow, step } } })), 'silence');
			}
		}
		return due.length;
	});
}
