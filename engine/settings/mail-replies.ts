import { EngineError, isJsonObject } from '../kernel';
import type { SettingsValues } from './types';

type MailReplies = SettingsValues['mailReplies'];

export const DEFAULT_MAIL_REPLIES: MailReplies = { keepCharacters: 0, unmatched: 'person', days: 30 };

const UNMATCHED: ReadonlySet<unknown> = new Set<MailReplies['unmatched']>(['person', 'latest', 'none']);
const MOST_CHARACTERS = 10_000;
const MOST_DAYS = 365;

/** What is given, over the defaults. Throws BAD_INPUT. */
export function checkMailReplies(value: unknown): MailReplies {
	if (!isJsonObject(value)) refuse('must be an object such as {"keepCharacters": 500, "unmatched": "none"}.');
	const { keepCharacters, unmatched, days } = { ...DEFAULT_MAIL_REPLIES, ...value };
	if (!UNMATCHED.has(unmatched)) refuse('must have "person", "latest" or "none" as "unmatched".');
	return { keepCharacters: whole(keepCharacters, 0, MOST_CHARACTERS, '"keepCharacters"'), unmatched, days: whole(days, 1, MOST_DAYS, '"days"') };
}

function whole(value: unknown, from: number, to: number, what: string): number {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < from || value > to) refuse(`must have ${what}: a whole number from ${from} to ${to}.`);
	return value;
}

function refuse(must: string): never {
	throw new EngineError('BAD_INPUT', `Setting "mailReplies" ${must}`, { setting: 'mailReplies' });
}
