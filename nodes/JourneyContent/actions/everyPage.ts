/** Rows a call of the engine gives at most. */
const PAGE = 1_000;

/** Rows up to a limit, page by page. `goesOn`: whether a page may follow its last row. */
export async function everyPage<Row>(limit: number, page: (limit: number, last: Row | undefined) => Promise<Row[]>, goesOn: (last: Row) => boolean = () => true): Promise<Row[]> {
	const rows: Row[] = [];
	for (;;) {
		const size = Math.min(PAGE, limit - rows.length);
		const next = size <= 0 ? [] : await page(size, rows.at(-1));
		rows.push(...next);
		const last = next.at(-1);
		if (next.length < size || last === undefined || !goesOn(last)) return rows;
	}
}
