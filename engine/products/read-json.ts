import { EngineError } from '../kernel';
import { fieldName } from './fields';
import { LONGEST_ROW, type FeedReader, type FeedSink } from './rows';

/**
 * Products of a JSON file: a list, an object with a list in it ({"products": […]}), or an object a line. Read character by character, one product in memory at a time: what is within
 * the list is found by its brackets, and only that is parsed.
 */
export function jsonReader(sink: FeedSink): FeedReader {
	let line = 1;
	let began = 1;
	/** Open brackets outside of a product. */
	const around: string[] = [];
	let depth = 0;
	let [inText, escaped] = [false, false];
	let piece = '';
	let tooLong = false;
	let decided: 'lines' | 'list' | undefined;
	let head = '';

	async function scan(text: string): Promise<void> {
		let from = 0;
		for (let at = 0; at < text.length; at += 1) {
			const character = text[at];
			if (character === '\n') line += 1;
			if (inText) {
				if (escaped) escaped = false;
				else if (character === '\\') escaped = true;
				else if (character === '"') inText = false;
				continue;
			}
			if (character === '"') inText = true;
			else if (character === '{' || character === '[') {
				if (depth > 0) depth += 1;
				else if (character === '{' && isProductHere()) {
					[depth, from, began, piece, tooLong] = [1, at, line, '', false];
				} else {
					around.push(character);
					if (around.length > 8) throw new EngineError('BAD_INPUT', 'The JSON has no list of products near its top. Give a list of objects, an object with such a list, or an object a line.');
				}
			} else if (character === '}' || character === ']') {
				if (depth === 0) around.pop();
				else if ((depth -= 1) === 0) {
					piece += text.slice(from, at + 1);
					await take();
				}
			}
		}
		if (depth > 0) keep(text.slice(from));
	}

	/** An object directly in the list, or on its own in a line. */
	function isProductHere(): boolean {
		if (decided === 'lines') return around.length === 0;
		return around.at(-1) === '[' && around.length <= 3;
	}

	function keep(text: string): void {
		if (tooLong) return;
		piece += text;
		if (piece.length > LONGEST_ROW) [tooLong, piece] = [true, ''];
	}

	async function take(): Promise<void> {
		if (tooLong || piece.length > LONGEST_ROW) return sink.reject(began, `The product has more than ${LONGEST_ROW} characters. Leave out what messages do not show.`);
		let value: unknown;
		try {
			value = JSON.parse(piece);
		} catch {
			return sink.reject(began, 'This is no JSON object. Look for a missing quote or comma.');
		}
		await sink.row(began, valuesOf(value as Record<string, unknown>));
	}

	return {
		feed: async (text) => {
			if (decided !== undefined) return await scan(text);
			head += text;
			if (!head.includes('\n') && head.length < LONGEST_ROW) return;
			decided = kindOf(head);
			await scan(head);
		},
		end: async () => {
			if (decided === undefined) {
				decided = kindOf(head);
				await scan(head);
			}
			if (depth > 0 || around.length > 0) sink.cut(began, 'The file ends in the middle of this product or of the list: it was not received in whole. Get it again.');
		},
	};
}

/** A first line that is an object without a list of objects in it is one of many. */
function kindOf(head: string): 'lines' | 'list' {
	const first = head.trimStart().split(/\r?\n/)[0] ?? '';
	if (!first.startsWith('{')) return 'list';
	try {
		const value = JSON.parse(first) as Record<string, unknown>;
		return Object.values(value).some((one) => Array.isArray(one) && one.some((entry) => typeof entry === 'object' && entry !== null)) && value.id === undefined ? 'list' : 'lines';
	} catch {
		return 'list';
	}
}

/** Of objects within, what is called price or value; of lists, their texts. */
function valuesOf(object: Record<string, unknown>): Record<string, string> {
	return Object.fromEntries(Object.entries(object).flatMap(([name, value]) => {
		const text = textOf(value);
		return text === '' ? [] : [[fieldName(name), text]];
	}));
}

function textOf(value: unknown): string {
	if (typeof value === 'string') return value;
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	if (Array.isArray(value)) return value.filter((one) => typeof one === 'string' || typeof one === 'number').join(', ');
	if (typeof value !== 'object' || value === null) return '';
	// Google's Content API: {"value": "12.34", "currency": "EUR"}.
	const { value: amount, currency } = value as { value?: unknown; currency?: unknown };
	return (typeof amount === 'string' || typeof amount === 'number') && typeof currency === 'string' ? `${amount} ${currency}` : '';
}
