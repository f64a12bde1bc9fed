import fc from 'fast-check';
import { parse } from 'csv-parse/sync';

import { CsvRecords } from '../../../engine/csv';

interface Read {
	rows: Array<[line: number, cells: string[]]>;
	rejected: Array<[line: number, reason: string]>;
}

async function read(text: string, piece = text.length + 1, shape: Partial<ConstructorParameters<typeof CsvRecords>[0]> = {}): Promise<Read> {
	const found: Read = { rows: [], rejected: [] };
	const records = new CsvRecords({ delimiters: [','], longestRow: 128 * 1024, ...shape }, {
		row: (line, cells) => void found.rows.push([line, cells]), reject: (line, reason) => void found.rejected.push([line, reason]),
	});
	for (let from = 0; from < text.length; from += piece) await records.feed(text.slice(from, from + piece));
	await records.end();
	return found;
}

const HEAD = 'id,name,note';
const cellsOf = ({ rows }: Read): string[][] => rows.slice(1).map(([, cells]) => cells);
const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

describe('rows of a CSV file', () => {
	it.each<[string, string, string[]]>([
		['an address of several lines', 'u1,"Main St 5\nSpringfield, IL\nUSA",x', ['u1', 'Main St 5\nSpringfield, IL\nUSA', 'x']],
		['a note at the end with doubled quotes, commas and empty lines', 'u1,Ann,"She said ""no"",\r\n\r\nthen, later, ""yes"""', ['u1', 'Ann', 'She said "no",\r\n\r\nthen, later, "yes"']],
		['a first cell of two lines', '"u\n1",Ann,x', ['u\n1', 'Ann', 'x']],
		['a note of 60 lines', `u1,"${'word\n'.repeat(60)}",x`, ['u1', 'word\n'.repeat(60), 'x']],
		['inches', 'u1,Screen 15",x', ['u1', 'Screen 15"', 'x']],
		['a nickname', 'u1,"The Dude" Lebowski,x', ['u1', '"The Dude" Lebowski', 'x']],
		['empty quotes', 'u1,"",""', ['u1', '', '']],
	])('reads %s', async (_what, row, cells) => {
		for (const piece of [1, 3, 1000]) expect(await read(`${HEAD}\n${row}\nu2,Ben,y\n`, piece)).toEqual({ rows: [[1, ['id', 'name', 'note']], [2, cells], [2 + row.split('\n').length, ['u2', 'Ben', 'y']]], rejected: [] });
	});

	it.each<[string, string[], number[], string[]]>([
		['closed much later by inches', ['u1,"Ann,x', 'u2,Ben,y', 'u3,Cat,z', 'u4,Screen 15",w', 'u5,Eve,v'], [2], ['u2', 'u3', 'u4', 'u5']],
		['met by a quoted cell of the next row', ['u1,"Ann,x', 'u2,"Ben, jr",y', 'u3,Cat,z'], [2], ['u2', 'u3']],
		['met by a quoted cell that starts with the delimiter', ['u1,Ann,"x', 'u2,Ben,", jr"', 'u3,Cat,z'], [2], ['u2', 'u3']],
		['met by empty quotes', ['u1,"Ann,x', 'u2,"",y', 'u3,Cat,z'], [2], ['u2', 'u3']],
		['in a file that quotes everything', ['"u1","Ann,"x"', '"u2","Ben","y"', '"u3","Cat","z'], [2, 4], ['u2']],
		['in the last row', ['u1,Ann,x', 'u2,"Ben,y'], [3], ['u1']],
		['which the very next row seems to close: neither is believed', ['u1,Ann,"x', 'u2,Ben,15"', 'u3,Cat,z'], [2, 3], ['u3']],
		['in a row that has too few cells', ['u1,"Ann', 'u2,Ben,y', 'u3,Cat,z"'], [2], ['u2', 'u3']],
	])('refuses the line that opens a quote that is not one, and nobody else: %s', async (_what, lines, refused, ids) => {
		for (const piece of [1, 5, 1000]) {
			const found = await read([HEAD, ...lines].join('\n'), piece);

			const wide = found.rows.slice(1).filter(([, cells]) => cells.length === 3);
			expect(wide.map(([, [id]]) => id)).toEqual(ids);
			expect([...found.rejected.map(([line]) => line), ...found.rows.filter(([, cells]) => cells.length !== 3).map(([line]) => line)].sort()).toEqual(refused);
		}
	});

	it('finds rows whose delimiters have blanks behind them when the rows before have them', async () => {
		const found = await read('id, name\nu1, Ann\nu2, "Ben\nu3, Cat\nu4, Dan"\nu5, Eve\n', 4);
		const late = await read('id, name\nu1, Ann\nu2,"Ben\nu3, Cat\nu4, Dan\nu5, 15"\nu6, Eve\n');

		expect(cellsOf(found)).toHaveLength(5);
		expect([cellsOf(late).map(([id]) => id), late.rejected.map(([line]) => line)]).toEqual([['u1', 'u3', 'u4', 'u5', 'u6'], [3]]);
	});

	it('knows line breaks of all three kinds, and the line each row starts on', async () => {
		for (const ending of ['\n', '\r\n', '\r']) {
			for (const piece of [1, 2, 7, 1000]) {
				expect((await read(['\ufeffid,b', '', 'u1,"x', 'y"', 'u2,z', ''].join(ending), piece)).rows).toEqual([[1, ['id', 'b']], [3, ['u1', `x${ending}y`]], [5, ['u2', 'z']]]);
			}
		}
	});

	it('refuses a line or a quoted cell without end, wherever the pieces of the file end, and reads on behind it', async () => {
		const long = 'x'.repeat(200);
		for (const piece of [1, 90, 101, 10_000]) {
			const found = await read(`a,b\nu1,${long}\nu2,y\nu3,"${'word\n'.repeat(30)}u4,z\n`, piece, { longestRow: 100 });
			expect(found.rows.filter(([, cells]) => cells.length === 2)).toEqual([[1, ['a', 'b']], [3, ['u2', 'y']], [34, ['u4', 'z']]]);
			expect(found.rejected.map(([line]) => line)).toEqual([2, 4]);
		}
	});

	it('says which line it is when the names of the columns cannot be read', async () => {
		await expect(read('\nid,"name\nu1,Ann\nu2,15"\n')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('line 2') as string });
		await expect(read(`id,"name${'\nx'.repeat(40)}`)).rejects.toMatchObject({ code: 'BAD_INPUT' });
		expect((await read('id,"Full\nname, maybe",x\nu1,Ann,y\n')).rows).toHaveLength(2);
		expect(() => new CsvRecords({ delimiters: [''], longestRow: 100 }, { row: () => undefined, reject: () => undefined })).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
	});

	it('keeps a quoted cell whole whose lines have as many cells as a row, where they cannot be one by what they say', async () => {
		const shape = { mayBeRow: ([id = '']: readonly string[]) => /^u\d+$/.test(id) };
		const rows = ['u1,"Ann\nfoo,bar"', 'u2,"see:\nfoo,bar\nmore,and\nmore"', 'u3,Cat'];

		for (const piece of [1, 5, 1000]) {
			const found = await read(`id,note\n${rows.join('\n')}\n`, piece, shape);
			expect(found).toEqual({ rows: [[1, ['id', 'note']], [2, ['u1', 'Ann\nfoo,bar']], [4, ['u2', 'see:\nfoo,bar\nmore,and\nmore']], [8, ['u3', 'Cat']]], rejected: [] });
		}
		expect((await read('id,note\nu1,"Ann\nu2,Ben\nu3,15"\n', 3, shape)).rows.map(([line]) => line)).toEqual([1, 3, 4]);
	});

	it('reads a long line that leaves a quote open before many short ones in a time that grows with the length of both', async () => {
		const found = await read(`a,b\n"${','.repeat(60_000)}\n${'\n'.repeat(60_000)}u1,x\n`);

		expect(found.rows.at(-1)).toEqual([60_003, ['u1', 'x']]);
	}, 10_000);

	it('reads a file of nothing but stray quotes in a time that grows with its length only', async () => {
		const found = await read(`id,name\n${'u,"\n'.repeat(50_000)}`, 65_536);

		expect(found.rejected.length + found.rows.length).toBe(50_001);
	}, 10_000);
});

/** What people write: words, blanks after commas, quotes, breaks, other scripts. */
const word = fc.stringMatching(/^[a-zé김" .;']{0,8}$/);
const prose = fc.array(word, { minLength: 1, maxLength: 4 }).chain((words) => fc.constantFrom(', ', '\n', '\r\n', '"', ' ').map((glue) => words.join(glue)));
const simple = fc.stringMatching(/^[a-z]{1,6}$/);
const mustQuote = /[",\r\n]/;

it('random rows with any legal quoting are read as they were written, in any pieces, as csv-parse reads them', async () => {
	const row = fc.array(fc.tuple(prose, fc.boolean()), { minLength: 5, maxLength: 5 });
	await fc.assert(fc.asyncProperty(fc.array(row, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 60 }), async (rows, ending, piece) => {
		const text = ['id,a,b,c,d,e', ...rows.map((cells, n) => [`u${n}`, ...cells.map(([cell, more]) => (more || mustQuote.test(cell) ? quoted(cell) : cell))].join(','))].join(ending);

		const found = await read(text, piece);

		const rules = { relax_quotes: true, relax_column_count: true, record_delimiter: ending };
		expect(found.rejected).toEqual([]);
		expect(found.rows.map(([, cells]) => cells)).toEqual([['id', 'a', 'b', 'c', 'd', 'e'], ...rows.map((cells, n) => [`u${n}`, ...cells.map(([cell]) => cell)])]);
		expect(found.rows.map(([, cells]) => cells)).toEqual(parse(text, rules));
	}), { numRuns: 500 });
});

it('random stray quotes lose at most the rows that have them', async () => {
	const cell = fc.oneof(simple, simple.map(quoted), fc.constant(''), fc.constant('""'), fc.tuple(simple, simple).map(([a, b]) => quoted(`${a}, ${b}`)), fc.tuple(simple, simple).map(([a, b]) => quoted(`,${a}"${b}`)), fc.tuple(simple, simple).map(([a, b]) => quoted(`${a}\n${b}`)));
	const row = fc.tuple(fc.array(cell, { minLength: 3, maxLength: 3 }), fc.option(fc.nat(), { freq: 3 }));
	await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), fc.integer({ min: 1, max: 60 }), async (rows, piece) => {
		const written = rows.map(([cells, stray], n) => {
			const text = [`u${n}`, ...cells].join(',');
			const at = (stray ?? 0) % (text.length + 1);
			return stray === null ? text : `${text.slice(0, at)}"${text.slice(at)}`;
		});

		const found = await read(['id,a,b,c', ...written].join('\n'), piece);

		const healthy = rows.flatMap(([cells, stray], n) => (stray === null ? [[`u${n}`, ...cells.map((one) => (one.startsWith('"') ? one.slice(1, -1).replaceAll('""', '"') : one))]] : []));
		const ids = new Set(healthy.map(([id]) => id));
		expect(cellsOf(found).filter(([id]) => ids.has(id ?? ''))).toEqual(healthy);
	}), { numRuns: 2000 });
});
