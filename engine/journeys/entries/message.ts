import { sql } from 'kysely';

import { messageEvents, type StoredEvent } from '../../events';
import type { Tx } from '../../store';
import { CLICKED, isByPerson, OPENED, REPLIED } from '../engagement';
import type { JourneyEntry } from '../types';
import type { ListeningBy } from './listening';

type MessageEntry = Extract<JourneyEntry, { kind: 'message' }>;
type Happened = Exclude<MessageEntry['happened'], 'notOpened' | 'notClicked'>;

/** The engine's own events that tell it. Who clicks has opened, whether or not the mail program showed pictures. */
export const TOLD_BY: Readonly<Record<Happened, readonly string[]>> = {
	delivered: messageEvents('delivered'), opened: [...new Set([...OPENED, ...CLICKED])], clicked: CLICKED, replied: REPLIED, bounced: messageEvents('bounced'),
};

/** What an event tells of its message. */
export function happenedBy(event: string): Happened[] {
	return (Object.keys(TOLD_BY) as Happened[]).filter((happened) => TOLD_BY[happened].includes(event));
}

interface MessageRow {
	id: string;
	workflow: string;
	step: string;
	channel: string;
}

export function isOfEntry({ workflow, step, channel }: MessageEntry, message: Omit<MessageRow, 'id'>): boolean {
	return (workflow === undefined || workflow === message.workflow) && (step === undefined || step === message.step) && (channel === undefined || channel === message.channel);
}

/**
 * Of these events, those that tell for the first time that this happened to a message of the journey's: whoever looks at a mail ten times has
 * opened it once. A machine's look is none.
 */
export async function eventsOfMessages(tx: Tx, journey: ListeningBy<'message'>, events: readonly StoredEvent[]): Promise<number[]> {
	const { entry } = journey.config;
	const names = entry.happened === 'notOpened' || entry.happened === 'notClicked' ? [] : TOLD_BY[entry.happened];
	const mine = events.filter(({ name, message, historical }) => message !== null && !historical && names.includes(name));
	if (mine.length === 0) return [];
	const rows = await tx.all(sql<{ event: number } & MessageRow>`select ev.id as event, m.id, m.workflow, m.step, m.channel from event ev join message m on m.id = ev.message
		where ${tx.dialect.anyOf(sql.ref('ev.id'), mine.map(({ id }) => id))} and m.purpose <> 'test' and ${isByPerson(tx.dialect, 'ev')}
		and not exists (select 1 from event old where old.profile = ev.profile and ${tx.dialect.anyOf(sql.ref('old.name'), names)} and old.message = ev.message and old.event_no < ev.event_no and ${isByPerson(tx.dialect, 'old')})`);
	return rows.filter((row) => isOfEntry(entry, row)).map(({ event }) => event);
}
