import { EngineError, type JsonObject, type JsonValue } from '../kernel';
import type { Identity } from '../events/types';
import type { ColumnUse, ProfileInput } from './types';

/**
 * Headers that name an identity when written alone, in lower case without separators. Others that end in "id" (company_id,
 * plan_id) stay attributes: as identities they would make one person of everybody who shares one.
 */
const IDENTITY_HEADERS: Readonly<Record<string, string>> = {
	userid: 'user_id', anonymousid: 'anonymous_id', email: 'email', emailaddress: 'email', phone: 'phone', phonenumber: 'phone', device: 'device', devicetoken: 'device',
};
const MOST_COLUMNS = 500;

type Use = { kind: 'identity'; identity: string } | { kind: 'attribute'; attribute: string } | { kind: 'both'; identity: 'email' | 'phone' } | { kind: 'skip' };

/** What the columns of a file mean. Throws BAD_INPUT when the header cannot be used. */
export class CsvColumns {
	private readonly uses: Use[];

	constructor(header: readonly string[], given: Readonly<Record<string, ColumnUse>>) {
		const names = header.map((name) => name.trim());
		if (names.length > MOST_COLUMNS) throw new EngineError('BAD_INPUT', `The CSV file has more than ${MOST_COLUMNS} columns.`);
		if (names.every((name) => name === '')) throw new EngineError('BAD_INPUT', 'The first line of the CSV file must name the columns.');
		const twice = names.find((name, n) => name !== '' && names.indexOf(name) !== n);
		if (twice !== undefined) throw new EngineError('BAD_INPUT', `Two columns of the CSV file have the same name "${twice.slice(0, 60)}".`);
		const missing = Object.keys(given).find((name) => !names.includes(name));
		if (missing !== undefined) throw new EngineError('BAD_INPUT', `The CSV file has no column "${missing.slice(0, 60)}". Its columns: ${names.slice(0, 30).join(', ')}.`);
		this.uses = names.map((name) => useOf(name, Object.hasOwn(given, name) ? given[name] : undefined));
		if (!this.uses.some((use) => use.kind === 'identity' || use.kind === 'both')) {
			throw new EngineError('BAD_INPUT', 'No column of the CSV file says who the rows are about. Name one "email", "user_id" or "phone", or say which column is an identity; a missing header line also looks like this.');
		}
	}

	/** One row; a text is the reason it is refused. */
	read(cells: readonly string[]): ProfileInput | string {
		if (cells.length !== this.uses.length) return `The row has ${cells.length} columns, the header has ${this.uses.length}.`;
		if (cells.some((cell) => cell.includes('\uFFFD'))) return 'The row is not valid UTF-8. Save the file as "CSV UTF-8".';
		const identities: Identity[] = [];
		const attributes: Array<[string, JsonValue]> = [];
		for (const [n, use] of this.uses.entries()) {
			const value = (cells[n] ?? '').trim();
			// An empty cell says nothing: it neither sets nor unsets.
			if (value === '' || use.kind === 'skip') continue;
			if (use.kind === 'identity') identities.push({ kind: use.identity, value });
			else if (use.kind === 'attribute') attributes.push([use.attribute, typed(value)]);
			else if (use.identity === 'email') {
				identities.push({ kind: 'email', value });
				attributes.push(['email', value.toLowerCase()]);
			} else attributes.push(['phone', value]);
		}
		return { identities, attributes: Object.fromEntries(attributes) as JsonObject };
	}
}

function useOf(name: string, given: ColumnUse | undefined): Use {
	if (given === 'skip' || (given === undefined && name === '')) return { kind: 'skip' };
	if (given !== undefined) return 'identity' in given ? { kind: 'identity', identity: given.identity } : { kind: 'attribute', attribute: given.attribute };
	const identity = IDENTITY_HEADERS[name.toLowerCase().replace(/[\s_-]/g, '')];
	if (identity === 'email' || identity === 'phone') return { kind: 'both', identity };
	return identity === undefined ? { kind: 'attribute', attribute: name } : { kind: 'identity', identity };
}

/** true, false and numbers that are written the way numbers are: '007', '+49' and '1.50' stay texts, nothing is lost. */
function typed(value: string): JsonValue {
	if (value === 'true' || value === 'false') return value === 'true';
	const number = Number(value);
	return String(number) === value && Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : value;
}
