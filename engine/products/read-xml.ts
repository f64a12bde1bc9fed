import { EngineError } from '../kernel';
import { entityDecoder } from './entities';
import { fieldName } from './fields';
import { LONGEST_ROW, type FeedReader, type FeedSink } from './rows';

const DEEPEST = 64;
/** Characters that may lie between two signs of life of the parser: a comment or CDATA that never ends would be kept as a whole. */
const LONGEST_PIECE = 4 * 1024 * 1024;
/** Longer than the longest name in HTML, which has 31 letters. */
const UNFINISHED = /&[#\da-z]{0,40}$/i;

/**
 * Google's product feed: RSS 2.0 <item> or Atom <entry>, fields with or without the g: namespace (https://support.google.com/merchants/answer/7052112). A stream of events, no tree.
 * Entities are those of XML and HTML, which shops write as well. What a DTD declares is not known here and stays as it is written, so none can grow, and nothing outside of the file is ever read.
 */
export async function xmlReader(sink: FeedSink): Promise<FeedReader> {
	const { Parser } = await import('htmlparser2');
	const decode = await entityDecoder();
	/** Rows that are whole, taken between two pieces: the parser itself cannot wait. */
	const ready: Array<{ line: number; values: Record<string, string>; size: number }> = [];
	let [depth, fed, seen, line, lineAt] = [0, 0, 0, 1, 0];
	let text = '';
	let row: { depth: number; line: number; values: Record<string, string>; size: number } | undefined;
	let field: { depth: number; name: string; isOwn: boolean; text: string } | undefined;
	let hasRoot = false;
	let isCdata = false;
	/** The beginning of an entity whose end comes with the next piece. */
	let begun = '';

	function say(said: string): void {
		if (row === undefined || field === undefined) return;
		row.size += said.length;
		// Of what lies deeper, such as a country's shipping costs, nothing is the product's; markup in a description is.
		if (row.size <= LONGEST_ROW && (depth === field.depth || field.name === 'description')) field.text += said;
	}

	/** What was begun never ended. */
	function sayBegun(): void {
		say(begun);
		begun = '';
	}

	function lineOf(offset: number): number {
		const end = Math.min(offset - fed, text.length);
		for (; lineAt < end; lineAt += 1) if (text.charCodeAt(lineAt) === 10) line += 1;
		return line;
	}

	const parser = new Parser({
		onopentagname: sayBegun,
		onopentag(name, attributes) {
			depth += 1;
			seen = parser.endIndex;
			if (depth > DEEPEST) throw new EngineError('BAD_INPUT', `The XML has elements more than ${DEEPEST} deep: it is no product feed.`);
			const bare = name.toLowerCase();
			hasRoot ||= ['rss', 'feed', 'rdf:rdf', 'channel', 'products'].includes(bare);
			if (row === undefined && ['item', 'entry', 'product'].includes(bare)) row = { depth, line: lineOf(parser.startIndex), values: {}, size: 0 };
			else if (row !== undefined && depth === row.depth + 1) {
				field = { depth, name: fieldName(name), isOwn: bare.startsWith('g:'), text: bare === 'link' && (attributes.rel ?? 'alternate') === 'alternate' ? decode(attributes.href ?? '') : '' };
			}
		},
		ontext(piece) {
			seen = parser.endIndex;
			if (isCdata) return say(piece);
			const written = begun + piece;
			[begun] = UNFINISHED.exec(written) ?? [''];
			say(decode(written.slice(0, written.length - begun.length)));
		},
		oncdatastart() {
			sayBegun();
			isCdata = true;
		},
		oncdataend() {
			isCdata = false;
		},
		onclosetag() {
			seen = parser.endIndex;
			sayBegun();
			if (row !== undefined && field?.depth === depth) {
				// Of a name that comes twice the g: one counts, else the first; one that says nothing (<atom:link rel="self" …/>) is none.
				const said = field.text.trim();
				if ((field.isOwn && said !== '') || (row.values[field.name] ?? '') === '') row.values[field.name] = said;
				field = undefined;
			} else if (row?.depth === depth) {
				ready.push(row);
				row = undefined;
			}
			depth -= 1;
		},
	}, { xmlMode: true, decodeEntities: false });

	async function drain(): Promise<void> {
		for (const { line: at, values, size } of ready.splice(0)) {
			if (size > LONGEST_ROW) sink.reject(at, `The product has more than ${LONGEST_ROW} characters. Leave out what messages do not show.`);
			else await sink.row(at, values);
		}
	}

	return {
		feed: async (piece) => {
			// Small ones, so that few rows wait.
			for (let at = 0; at < piece.length; at += 65_536) {
				[text, lineAt] = [piece.slice(at, at + 65_536), 0];
				parser.write(text);
				lineOf(fed + text.length);
				fed += text.length;
				if (fed - seen > LONGEST_PIECE) throw new EngineError('BAD_INPUT', `Something that begins near line ${line} of the XML does not end: a comment, CDATA or quote that is not closed. Correct the feed.`);
				await drain();
			}
		},
		end: async () => {
			// The parser closes what is open: half a product would look like a whole one.
			const cut = row?.line ?? (depth > 0 ? line : undefined);
			row = undefined;
			parser.end();
			await drain();
			if (!hasRoot) throw new EngineError('BAD_INPUT', 'This is no product feed: RSS 2.0 or Atom, as Google Merchant Center takes it, has products as <item> or <entry>.');
			if (cut !== undefined) sink.cut(cut, 'The file ends in the middle of this product or of the list: it was not received in whole. Get it again.');
		},
	};
}
