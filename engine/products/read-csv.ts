import { CsvRecords } from '../csv';
import { EngineError } from '../kernel';
import { fieldName } from './fields';
import { LONGEST_ROW, type FeedReader, type FeedSink } from './rows';

/** Comma, semicolon or tab: what the header has most of. */
export function csvReader(sink: FeedSink, delimiter?: string): FeedReader {
	let records: CsvRecords | undefined;
	let head = '';
	let names: string[] | undefined;
	function open(): CsvRecords {
		const header = head.split(/\r?\n/)[0] ?? '';
		const [best = ','] = [',', ';', '\t', '|'].sort((a, b) => header.split(b).length - header.split(a).length);
		return new CsvRecords({ delimiters: [delimiter === undefined || delimiter === '' ? best : delimiter], longestRow: LONGEST_ROW }, {
			row: (line, cells) => {
				if (names === undefined) {
					names = cells.map(fieldName);
					return;
				}
				if (cells.length !== names.length) return sink.reject(line, `The row has ${cells.length} columns, the header has ${names.length}. Look for a missing quote or delimiter.`);
				return sink.row(line, Object.fromEntries(names.flatMap((name, n) => (name === '' ? [] : [[name, cells[n] ?? '']]))));
			},
			reject: (line, reason) => sink.reject(line, reason),
		});
	}
	return {
		feed: async (text) => {
			if (records !== undefined) return await records.feed(text);
			head += text;
			if (!head.includes('\n') && head.length < LONGEST_ROW) return;
			records = open();
			await records.feed(head);
		},
		end: async () => {
			if (records === undefined) {
				records = open();
				await records.feed(head);
			}
			await records.end();
			if (names === undefined) throw new EngineError('BAD_INPUT', 'The file is empty: it has no header. Its first line names the columns, such as id, title, link, image_link, price, availability.');
		},
	};
}
