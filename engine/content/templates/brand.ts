import { canonicalJson, EngineError, iso, isJsonObject } from '../../kernel';
import type { Store, Tx } from '../../store';
import type { AuditContent } from './audit';
import { lockContents, point, readItem, readVersions, writeDraft, writeVersion } from './items';
import { republish, templatesBehind } from './publish';
import { BRAND, readShown } from './shown';
import type { BrandApi, BrandValues, BrandView } from './types';

const MOST_VALUES = 100;
const LONGEST_VALUE = 2_000;

export function createBrand({ store, audit }: { store: Store; audit: AuditContent }): BrandApi {
	return {
		get: () => store.read(async (reader) => viewOf(await readItem<BrandValues>(reader, 'brand', BRAND))),
		set: (given, { by = 'api', republish: again = false } = {}) => store.tx('brand-set', async (tx) => {
			await lockContents(tx);
			const before = await readItem<BrandValues>(tx, 'brand', BRAND);
			const values = merged(before?.draft ?? {}, given);
			if (before === null || canonicalJson(values) !== canonicalJson(before.draft)) await write(tx, values, by);
			const shown = await readShown(tx);
			const behind = await templatesBehind(tx, shown, 'brand');
			const republished = again ? await republish(tx, behind, shown, by) : [];
			await audit(tx, { action: 'brand.set', who: by, detail: { changed: Object.keys(given).slice(0, MOST_VALUES), ...(again ? { republished } : {}) } });
			return { ...viewOf(await readItem<BrandValues>(tx, 'brand', BRAND)), behind: again ? [] : behind.map(({ key }) => key), republished };
		}),
	};
}

async function write(tx: Tx, values: BrandValues, by: string): Promise<void> {
	await writeDraft(tx, { kind: 'brand', key: BRAND, name: 'Brand', channel: null, draft: values, by });
	const item = await readItem<BrandValues>(tx, 'brand', BRAND);
	if (item === null) return;
	const version = ((await readVersions(tx, item.id))[0]?.version ?? 0) + 1;
	await writeVersion(tx, item.id, version, { content: values, blocks: {}, brand: null }, by);
	await point(tx, item.id, version, by);
}

/** Throws BAD_INPUT. */
function merged(before: BrandValues, given: Record<string, unknown>): BrandValues {
	const after: BrandValues = { ...before };
	for (const [name, value] of Object.entries(given)) {
		if (!/^[A-Za-z]\w{0,59}$/.test(name)) throw refused(`"${name.slice(0, 60)}" is no name that Liquid can say: it takes letters, digits and _, and begins with a letter`);
		if (value === null || value === '') delete after[name];
		else if (typeof value === 'string') after[name] = text(name, value);
		else if (isJsonObject(value as never)) after[name] = Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, text(`${name}.${key}`, inner)]));
		else throw refused(`"${name}" is neither text nor an object of texts`);
	}
	for (const name of ['logo', 'url'] as const) if (after[name] !== undefined && !/^https?:\/\//i.test(String(after[name]))) throw refused(`"${name}" is no web address: it begins with https://`);
	if (Object.keys(after).length > MOST_VALUES) throw refused(`there are more than ${MOST_VALUES} values`);
	return after;
}

function text(name: string, value: unknown): string {
	if (typeof value === 'string' && value.length <= LONGEST_VALUE) return value;
	throw refused(`"${name}" is no text of at most ${LONGEST_VALUE} characters`);
}

function refused(why: string): EngineError {
	return new EngineError('BAD_INPUT', `The brand was not changed: ${why}.`);
}

function viewOf(item: Awaited<ReturnType<typeof readItem<BrandValues>>>): BrandView {
	return { version: item?.published ?? 0, values: item?.draft ?? {}, savedAt: iso(item?.draftedAtMs ?? null), savedBy: item?.draftedBy ?? null };
}
