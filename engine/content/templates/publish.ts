import { canonicalJson, EngineError } from '../../kernel';
import type { Tx } from '../../store';
import type { Block } from '../../templates';
import { compileBlock, compileContent, problemsOf } from './contents';
import { point, readItems, readVersions, versionOf, writeVersion, type Item, type Version } from './items';
import { kindOf } from './kind';
import { aroundFor, blocksNamed, shownBy, type Shown } from './shown';
import type { InLanguages, TemplateContent, TemplateProblem } from './types';

type Draft = InLanguages<unknown>;

/** What keeps a draft from being published, with the blocks there are. */
export async function problemsIn(item: Pick<Item<Draft>, 'kind' | 'channel' | 'draft'>, shown: Shown): Promise<TemplateProblem[]> {
	const found = await Promise.all(Object.entries(item.draft.languages).map(([language, content]) => problemsOf(language, async () => {
		const around = aroundFor(shown, language);
		if (item.kind === 'template') sameKind(item.draft, language);
		if (item.kind === 'block') await compileBlock(content as Block, around);
		else await compileContent(item.channel ?? '', content as TemplateContent, around);
	})));
	return found.flat();
}

/** What the guards ask (may it leave at any time, where does it go) must be the same whoever gets which language. Throws TEMPLATE_INVALID. */
function sameKind({ languages, defaultLanguage }: Draft, language: string): void {
	const [own, first] = [languages[language], languages[defaultLanguage]].map(kindOf);
	if (own !== first) throw new EngineError('TEMPLATE_INVALID', `It is another kind of message in ${language} than in ${defaultLanguage}. Make it the same in all languages, or a template of its own.`);
}

/** The next version of the draft, or an older one again. Answers with its number. Throws TEMPLATE_INVALID, NOT_FOUND. */
export async function publishItem(tx: Tx, item: Item<Draft>, shown: Shown, { version, by }: { version?: number; by: string }): Promise<number> {
	if (version !== undefined) {
		await versionOf(tx, item, version);
		await point(tx, item.id, version, by);
		return version;
	}
	// A block may be the one that is being published: what it says itself must not show itself.
	const [problem] = await problemsIn(item, shown);
	if (problem !== undefined) {
		throw new EngineError('TEMPLATE_INVALID', `The ${item.kind} "${item.key}" (${problem.language}) is not published. ${problem.message}`, { ...(problem.field === null ? {} : { field: problem.field }), ...(problem.line === null ? {} : { line: problem.line }) });
	}
	return await makeVersion(tx, item, { content: item.draft, ...(item.kind === 'block' ? { blocks: {}, brand: null } : shownBy(item.draft.languages, shown)) }, by);
}

/** Publishing the same again makes no version of it. */
async function makeVersion(tx: Tx, item: Item<Draft>, content: Version<Draft>, by: string): Promise<number> {
	const [newest] = await readVersions<Draft>(tx, item.id);
	const same = newest !== undefined && canonicalJson({ content: newest.content, blocks: newest.blocks, brand: newest.brand }) === canonicalJson(content);
	const version = same ? newest.version : (newest?.version ?? 0) + 1;
	if (!same) await writeVersion(tx, item.id, version, content, by);
	await point(tx, item.id, version, by);
	return version;
}

/** Published templates whose version shows something else than there is now, of this block or of the brand. */
export async function templatesBehind(tx: Tx, shown: Shown, of: { block: string } | 'brand'): Promise<Array<Item<Draft>>> {
	const items = await readItems<Draft>(tx, 'template');
	return items.filter(({ live }) => {
		if (live === null) return false;
		const now = shownBy(live.content.languages, shown);
		if (of === 'brand') return (now.brand?.version ?? null) !== (live.brand?.version ?? null);
		return blocksNamed(live.content.languages, shown.blocks).has(of.block) && live.blocks[of.block]?.version !== now.blocks[of.block]?.version;
	});
}

/** As they were published, with what there is now. Throws TEMPLATE_INVALID: then nothing of it is done. */
export async function republish(tx: Tx, items: ReadonlyArray<Item<Draft>>, shown: Shown, by: string): Promise<string[]> {
	for (const item of items) {
		if (item.live === null) continue;
		const { content } = item.live;
		const [problem] = await problemsIn({ ...item, draft: content }, shown);
		if (problem !== undefined) throw new EngineError('TEMPLATE_INVALID', `The template "${item.key}" (${problem.language}) cannot be published again with it, so nothing was published. ${problem.message}`);
		await makeVersion(tx, item, { content, ...shownBy(content.languages, shown) }, by);
	}
	return items.map(({ key }) => key);
}
