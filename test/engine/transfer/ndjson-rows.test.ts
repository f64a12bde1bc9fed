import { NdjsonRows } from '../../../engine/transfer/ndjson-rows';
import type { SourceRow } from '../../../engine/transfer';

it('a line that does not end is refused as soon as it is too long, not kept until it ends', async () => {
	const taken: SourceRow[] = [];
	const refused: number[] = [];
	const rows = new NdjsonRows({ take: async (row) => void taken.push(row), reject: (line) => void refused.push(line) }, () => false);
	await rows.feed('{"email":"a@x.org"}\n{"text":"');

	for (let n = 0; n < 33; n += 1) await rows.feed('x'.repeat(64 * 1024));
	const early = [...refused];
	await rows.feed('"}\n{"email":"b@x.org"}');
	await rows.end();

	expect(early).toEqual([2]);
	expect(refused).toEqual([2]);
	expect(taken.map(({ line, values }) => [line, values.email])).toEqual([[1, 'a@x.org'], [3, 'b@x.org']]);
});
