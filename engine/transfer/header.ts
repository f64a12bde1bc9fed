import { EngineError } from '../kernel';
import { cleanText } from '../profiles';
import { MOST_OWN_COLUMNS } from './rows';

/** What no column says, what it could be called and, in the panel, how another one is used for it. */
const MISSING = {
	who: { says: 'who the rows are about', names: 'email, phone, user_id, anonymous_id or device', use: 'Identity' },
	what: { says: 'what happened', names: 'event (or the option Event Name of the import)', use: 'Event Name' },
	when: { says: 'when it happened', names: 'timestamp', use: 'Time' },
} as const;

const MOST_COLUMNS = 2000;
const MOST_SHOWN = 30;
const LONGEST_SHOWN = 60;

/** The names in the first line of a CSV file, empty ones included. `isOwn`: whether it is the header of an own export. Throws BAD_INPUT when it cannot name columns. */
export function namesOf(cells: readonly string[], isOwn: (names: readonly string[]) => boolean): string[] {
	const names = cells.map((name) => name.trim());
	const most = isOwn(names) ? MOST_OWN_COLUMNS : MOST_COLUMNS;
	if (names.length > most) throw new EngineError('BAD_INPUT', `The CSV file has ${names.length} columns, more than ${most}. Leave out those that are not needed, or write it as NDJSON: one JSON object a line.`);
	if (names.every((name) => name === '')) throw new EngineError('BAD_INPUT', 'The first line of the CSV file is empty but for its separators. It must name the columns: take out the lines above the names.');
	const seen = new Set<string>();
	const twice = names.find((name) => name !== '' && (seen.has(name) || !seen.add(name)));
	if (twice === undefined) return names;
	throw new EngineError('BAD_INPUT', names.some(isValue) ? `Nothing names the columns of the CSV file. ${columnsOf(names)}` : `Two columns of the CSV file have the same name "${shown(twice)}". ${columnsOf(names)} Rename one of them.`);
}

/**
 * Checks the first line of a CSV file, which names the columns. `given`: columns of which the caller said what they are for; `missing`: what no column says.
 * Throws BAD_INPUT, with the columns that there are, those that are needed and how to map one.
 */
export function checkHeader(header: readonly string[], given: readonly string[], missing: ReadonlyArray<keyof typeof MISSING>): void {
	const unknown = given.filter((name) => !header.includes(name));
	if (unknown.length > 0) {
		throw new EngineError('BAD_INPUT', `The CSV file has no column ${unknown.slice(0, MOST_SHOWN).map((name) => `"${shown(name)}"`).join(', ')}, which Columns names. ${columnsOf(header)} Correct the name there, or the first line of the file.`);
	}
	if (missing.length === 0) return;
	const needed = missing.map((what) => MISSING[what]);
	const says = `No column of the CSV file says ${needed.map((one) => one.says).join(', and none ')}. ${columnsOf(header)} Needed: ${needed.map(({ names }) => `one named ${names}`).join('; ')}.`;
	throw new EngineError('BAD_INPUT', `${says} If another column is that, say so under Columns (Use As: ${needed.map(({ use }) => use).join('; ')}). The first line must be the one with the names: take out a title or note above it.`);
}

/** The names that were found. Not where they look like a row of values: those may be somebody's, and are no names. */
export function columnsOf(header: readonly string[]): string {
	if (header.some(isValue)) return `The first line holds values (an address, a number or a date) in place of names, ${header.length} of them: write the names of the columns above it.`;
	return `Its columns: ${header.slice(0, MOST_SHOWN).map(shown).join(', ')}${header.length > MOST_SHOWN ? ` and ${header.length - MOST_SHOWN} more` : ''}.`;
}

function isValue(name: string): boolean {
	return /\S@\S/.test(name) || /^[+(]?\d[\d\s().,:TZ\/-]{4,}$/.test(name);
}

function shown(name: string): string {
	return cleanText(name).slice(0, LONGEST_SHOWN);
}
