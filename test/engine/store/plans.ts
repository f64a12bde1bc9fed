import type { Query, Reader, Store, Tx } from '../../../engine/store';
import { createCompiler } from '../../../engine/store/compile';

/** Tables that grow with people and with what they do. */
const LARGE = new Set(['consent', 'enrollment', 'event', 'identity', 'memo', 'message', 'profile', 'suppression', 'token']);
/** What many of their rows have alike. */
const COMMON = /\((channel|journey|kind|place|state|step|workflow)=\?\)$/;
/** Of few rows at a time. */
const FEW = /USING (COVERING )?INDEX (enrollment_virtual|message_attempting|token_held)\b/;

/**
 * The same SQLite store, noting every statement that reads a large table in whole, or all rows of it that have something common. SQLite has no figures of its tables here and chooses by the
 * indexes alone, so an empty database shows what a full one does; PostgreSQL chooses by size.
 */
export function planned(store: Store): { store: Store; large: string[] } {
	const compile = createCompiler('sqlite');
	const large: string[] = [];

	async function look(reader: Reader, query: Query): Promise<void> {
		const { sql: text, parameters } = compile(query);
		const asked = { compile: () => ({ sql: `explain query plan ${text}`, parameters }) } as unknown as Query<{ detail: string }>;
		for (const { detail } of await reader.all(asked)) {
			const [, how, alias = ''] = /^(SCAN|SEARCH) (\w+)/.exec(detail) ?? [];
			if (LARGE.has(tableOf(alias, text)) && (how === 'SCAN' || COMMON.test(detail)) && !FEW.test(detail)) large.push(`${detail} | ${text.replace(/\s+/g, ' ')}`);
		}
	}
	const reading = <View extends Reader>(view: View) => ({
		...view,
		all: async <Row>(query: Query<Row>) => (await look(view, query), await view.all(query)),
		first: async <Row>(query: Query<Row>) => (await look(view, query), await view.first(query)),
	});
	const writing = (tx: Tx): Tx => ({ ...reading(tx), run: async (query) => (await look(tx, query), await tx.run(query)) });

	return { large, store: { ...store, tx: (name, work) => store.tx(name, (tx) => work(writing(tx))), read: (work) => store.read((reader) => work(reading(reader))) } };
}

/** A line of a plan names the alias. */
function tableOf(alias: string, text: string): string {
	return new RegExp(`(?:from|join|update|into|,)\\s+"?(\\w+)"?\\s+(?:as\\s+)?"?${alias}"?(?:\\W|$)`, 'i').exec(text)?.[1] ?? alias;
}
