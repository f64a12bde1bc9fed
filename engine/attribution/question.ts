import { EngineError, isJsonObject } from '../kernel';
import { checkConvertingEvent, checkRules, type SettingsValues } from '../settings';
import type { Converting, Stretch } from './reached';
import type { ConversionRef } from './types';

const DAY_MS = 86_400_000;

/** Throws NOT_FOUND for a name that Settings do not have, BAD_INPUT. */
export function convertingOf(given: ConversionRef, { conversions }: Pick<SettingsValues, 'conversions'>): Converting {
	const ref: unknown = given;
	if (!isJsonObject(ref)) throw refused('needs a conversion: one that Settings name, an event, or a goal of a journey');
	switch (ref.kind) {
		case 'named': {
			const name = String(ref.name ?? '').trim().toLowerCase();
			const found = conversions.find((conversion) => conversion.name.toLowerCase() === name);
			if (found !== undefined) return { kind: 'event', ...found };
			const known = conversions.length === 0 ? 'There are none yet' : `There are: ${conversions.map((conversion) => conversion.name).join(', ')}`;
			throw new EngineError('NOT_FOUND', `There is no conversion "${name.slice(0, 80)}" in the settings. ${known}. Choose another one, give its event instead, or add it in Profile Engine: Settings, Conversions.`, { conversion: name.slice(0, 80) });
		}
		case 'event': return { kind: 'event', ...checkConvertingEvent(ref, (must) => { throw refused(must.replace(/^must have/, 'needs')); }) };
		case 'goal': {
			const workflow = typeof ref.workflow === 'string' ? ref.workflow.trim() : '';
			if (workflow === '') throw refused('needs the journey whose goal it is');
			const goal = typeof ref.goal === 'string' ? ref.goal.trim() : '';
			return { kind: 'goal', workflow, ...(goal === '' ? {} : { goal }) };
		}
		default: throw refused('has no conversion of a kind that there is; use named, event or goal');
	}
}

export function rulesOf(given: unknown, base: SettingsValues['attribution']): SettingsValues['attribution'] {
	return checkRules(given ?? {}, base, (must) => { throw refused(must); });
}

/** Default: so many days up to now. */
export function stretchOf({ since, until }: { since?: string; until?: string }, nowMs: number, days: number): Stretch {
	const end = until === undefined ? nowMs + 1 : instant(until, 'until');
	const begin = since === undefined ? end - days * DAY_MS : instant(since, 'since');
	if (begin >= end) throw refused('must have as "since" a time before "until"');
	return { since: begin, until: end };
}

function instant(text: string, name: string): number {
	const ms = Date.parse(text);
	if (Number.isNaN(ms)) throw refused(`must have as "${name}" a time in ISO 8601, for example 2026-03-01T00:00:00Z`);
	return ms;
}

export function refused(must: string): EngineError {
	return new EngineError('BAD_INPUT', `The question ${must.replace(/\.$/, '')}.`);
}
