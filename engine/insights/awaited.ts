import type { EventMatch } from '../events/types';
import { fromJsonColumn, type Happening } from '../journeys';
import { sentenceOf } from '../segments';
import { consentInWords } from './entry-words';

/** What a parked token waits for, as it is stored: an awaited event (watch_name, rule), or a change of something else (awaits, awaited). */
export interface Awaiting {
	watch_name: string | null;
	rule: EventMatch | string | null;
	awaits: string | null;
	awaited: Happening | { kind: 'attribute'; attribute: string } | string | null;
	/** Name of the segment or list as it is now; null when it was deleted. */
	awaited_segment: string | null;
	/** Name of the step that sent the message; null when the run had sent none. */
	awaited_sender: string | null;
}

/** To stand behind "they wait for"; null: only for their time. */
export function awaited(row: Awaiting): string | null {
	if (row.watch_name !== null && row.watch_name !== '') return eventInWords(row.watch_name, row.rule);
	if (row.awaits === null || row.awaited === null) return null;
	const rule = fromJsonColumn<Exclude<Awaiting['awaited'], string | null>>(row.awaited);
	switch (rule.kind) {
		case 'segment': return row.awaited_segment === null ? 'a segment or list that was deleted' : `their ${rule.change === 'left' ? 'leaving' : 'coming into'} "${row.awaited_segment}"`;
		case 'consent': return consentInWords(rule);
		case 'message': return row.awaited_sender === null
			? `a message of this run to be ${inWords(rule.happened)}, of which there is none: only the time-out ends this wait`
			: `the message of "${row.awaited_sender}" to be ${inWords(rule.happened)}`;
		case 'attribute': return `the date in "${rule.attribute}"`;
	}
}

function inWords(happened: Extract<Happening, { kind: 'message' }>['happened']): string {
	return happened === 'reported' ? 'reported as delivered' : happened === 'replied' ? 'replied to' : happened;
}

function eventInWords(name: string, rule: EventMatch | string | null): string {
	const match = rule === null ? null : fromJsonColumn<Partial<EventMatch>>(rule);
	if (match?.event === undefined || match.filters === undefined || match.filters.length === 0) return `"${name}"`;
	return sentenceOf({ event: match.event, filters: match.filters }).replace(/^People who did /, '').replace(/\.$/, '');
}
