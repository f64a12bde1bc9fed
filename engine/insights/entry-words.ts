import { sentenceOf } from '../segments';
import type { SegmentRule } from '../segments/types';
import type { AttributeTest, JourneyEntry } from '../journeys/types';

/** Who put somebody in by name, whatever the journey starts by otherwise. */
export const ENROLLED = 'Journey Control: Enroll';

/** What brought somebody in: the entry event's name where it is still known, else what the journey starts by now. */
export function entryInWords(entry: JourneyEntry, event: string | null): string {
	if (event !== null) return `the event "${event}"`;
	switch (entry.kind) {
		case 'event': return `the event "${entry.match.event}"`;
		case 'segment': return `${entry.change === 'left' ? 'leaving' : 'coming into'} "${entry.segment}"`;
		case 'score': return `the score "${entry.model}"`;
		case 'stage': return `the stage "${entry.stage}"`;
		case 'attribute': return `a change of "${entry.attribute}"`;
		case 'consent': return consentInWords(entry);
		case 'message': return `a message that was ${HAPPENED[entry.happened]}`;
		case 'date': return `${dayInWords(entry)} "${entry.attribute}"`;
		case 'schedule': return 'the schedule';
		case 'area': return `coming within ${entry.km} km of ${entry.lat}, ${entry.lon}`;
		case 'enroll': return ENROLLED;
	}
}

/** What has to happen, as a sentence: 'It starts …'. */
export function startInWords(entry: JourneyEntry): string {
	switch (entry.kind) {
		case 'event': return `It starts by what somebody does: ${sentenceOf({ event: entry.match.event, ...(entry.match.filters === undefined || entry.match.filters.length === 0 ? {} : { filters: entry.match.filters }) })}`;
		case 'segment': return `It starts when somebody ${entry.change === 'left' ? 'leaves' : 'comes into'} "${entry.segment}".`;
		case 'score': return `It starts the moment the ${entry.grade === undefined ? `bucket of "${entry.model}" becomes "${entry.bucket ?? ''}"` : `grade of "${entry.model}" becomes "${entry.grade}"`}.`;
		case 'stage': return `It starts the moment the stage becomes "${entry.stage}".`;
		case 'attribute': return `It starts the moment "${entry.attribute}" changes${tested(entry.attribute, entry.from, 'before')}${tested(entry.attribute, entry.to, 'then')}.`;
		case 'consent': return `It starts the moment of ${consentInWords(entry)}.`;
		case 'message': return `It starts when a message${entry.channel === undefined ? '' : ` by ${entry.channel}`}${entry.workflow === undefined ? '' : ` of ${entry.step === undefined ? 'one workflow' : 'one step'}`} is ${HAPPENED[entry.happened]}.`;
		case 'date': return `It starts ${dayInWords(entry)} "${entry.attribute}"${entry.yearly ? ', each year' : ''}, at ${entry.at} where they are.`;
		case 'schedule': return `It starts ${'cron' in entry.when ? `on the schedule ${entry.when.cron}` : `once, at ${entry.when.at}`}${entry.localTime ? ' where they are' : ''}, for whoever belongs to its people then.`;
		case 'area': return `It starts when somebody comes within ${entry.km} km of ${entry.lat}, ${entry.lon}, by ${entry.event === undefined ? `the attribute "${entry.attribute ?? 'location'}"` : `the event "${entry.event}"`}.`;
		case 'enroll': return `Nobody comes in by themselves: it starts by ${ENROLLED} only.`;
	}
}

/**
 * What is true of a person who has just started it, as far as that can be asked for now. null: nothing can, or, of a schedule and a segment, it is
 * a rule of their own.
 */
export function startRule(entry: JourneyEntry): SegmentRule | null {
	switch (entry.kind) {
		case 'score': return entry.grade === undefined ? { bucket: entry.model, in: [entry.bucket ?? ''] } : { grade: entry.model, in: [entry.grade] };
		case 'stage': return { stage: { in: [entry.stage] } };
		case 'attribute': return entry.to === undefined ? null : { attribute: entry.attribute, ...entry.to };
		case 'consent': return { consent: entry.channel, ...(entry.topic === undefined ? {} : { topic: entry.topic }), state: entry.state };
		case 'area': {
			const { kind: _kind, attribute, event, property, ...circle } = entry;
			return { near: { ...circle, ...(event === undefined ? { attribute: attribute ?? 'location' } : { event, ...(property === undefined ? {} : { property }) }) } };
		}
		case 'event': case 'segment': case 'message': case 'date': case 'schedule': case 'enroll': return null;
	}
}

const HAPPENED = { delivered: 'delivered', opened: 'opened', clicked: 'clicked', replied: 'replied to', bounced: 'returned', notOpened: 'not opened in time', notClicked: 'not clicked in time' } as const;

export function consentInWords({ channel, topic = '', state }: Pick<Extract<JourneyEntry, { kind: 'consent' }>, 'channel' | 'topic' | 'state'>): string {
	return `${state === 'subscribed' ? 'a yes to' : state === 'unsubscribed' ? 'a no to' : 'a double opt-in begun for'} ${topic === '' ? channel : `"${topic}" by ${channel}`}`;
}

function dayInWords({ offsetDays }: Extract<JourneyEntry, { kind: 'date' }>): string {
	const days = Math.abs(offsetDays);
	return offsetDays === 0 ? 'on' : `${days} day${days === 1 ? '' : 's'} ${offsetDays < 0 ? 'before' : 'after'}`;
}

/** ', and before it was one of "free", "trial"' of a rule's own sentence. */
function tested(attribute: string, test: AttributeTest | undefined, when: 'before' | 'then'): string {
	if (test === undefined) return '';
	const said = sentenceOf({ attribute, ...test }).replace(/^People whose /, '').replace(/\.$/, '');
	return when === 'before' ? `; before, ${said}` : `; then, ${said}`;
}
