import type { Choice } from '../preferences';
import { FIELD, LEAVE_ALL, offeredLanguages, SAVE } from './preferences-page';

const LONGEST_PAUSE_DAYS = 365;
const MOST_A_WEEK = 100;

/**
 * What a posted form changes against what its page showed (`was`); null for a post that is none of this form: it changes nothing.
 * A box that was shown and does not come back was unticked. languages: those of the settings.
 */
export function choiceOf(form: URLSearchParams, languages: readonly string[]): Choice | null {
	const action = form.get(FIELD.action);
	if (action === LEAVE_ALL) return { channels: new Map(), topics: new Map(), leaveAll: true };
	if (action !== SAVE) return null;
	const ticked = { topic: new Set(form.getAll(FIELD.topic)), channel: new Set(form.getAll(FIELD.channel)) };
	const choice: Choice = { channels: new Map(), topics: new Map(), leaveAll: false };
	const changed = { topic: choice.topics as Map<string, boolean>, channel: choice.channels as Map<string, boolean> };
	for (const { kind, key, value } of form.getAll(FIELD.was).map(shown)) {
		if (kind === 'topic' || kind === 'channel') {
			const on = ticked[kind].has(key);
			if (on !== (value === '1')) changed[kind].set(key, on);
		} else if (kind === 'sale') {
			const on = form.get(FIELD.sale) === '1';
			if (on !== (value === '1')) choice.doNotSell = on;
		} else if (kind === 'frequency') {
			const wanted = form.get(FIELD.frequency);
			if (wanted !== null && wanted !== key && (wanted === '' || within(wanted, MOST_A_WEEK))) choice.maxPerWeek = wanted === '' ? null : Number(wanted);
		} else if (kind === 'language') {
			const wanted = form.get(FIELD.language) ?? '';
			if (wanted !== key && offeredLanguages(languages).includes(wanted)) choice.language = wanted;
		}
	}
	const pause = form.get(FIELD.pause) ?? '';
	if (pause === '0' || within(pause, LONGEST_PAUSE_DAYS)) choice.pauseDays = Number(pause);
	return choice;
}

/** 'topic:weekly news:1': the key may hold colons of its own. */
function shown(text: string): { kind: string; key: string; value: string } {
	const first = text.indexOf(':');
	const last = text.lastIndexOf(':');
	return first === -1 || last === first ? { kind: '', key: '', value: '' } : { kind: text.slice(0, first), key: text.slice(first + 1, last), value: text.slice(last + 1) };
}

function within(text: string, most: number): boolean {
	return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= most;
}
