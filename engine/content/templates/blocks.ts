import { EngineError } from '../../kernel';
import type { Store } from '../../store';
import type { AuditContent } from './audit';
import { itemOf, lockContents, readItem, readItems, readVersions, removeItem, type Item } from './items';
import { problemsIn, publishItem, republish, templatesBehind } from './publish';
import { saveBlock } from './save';
import { blocksNamed, readShown } from './shown';
import type { BlocksApi, InLanguages } from './types';
import { blockViewOf, versionViewOf } from './view';

type Draft = InLanguages<unknown>;

export function createBlocks({ store, audit }: { store: Store; audit: AuditContent }): BlocksApi {
	return {
		save: async (block, { by = 'api' } = {}) => {
			await store.tx('block-save', (tx) => saveBlock(tx, block, by));
			const { item, shown } = await store.read(async (reader) => ({ item: await itemOf<Draft>(reader, 'block', block.key), shown: await readShown(reader) }));
			return { ...blockViewOf(item), problems: await problemsIn(item, shown) };
		},
		get: (key) => store.read(async (reader) => {
			const item = await readItem<Draft>(reader, 'block', key.trim());
			return item === null ? null : blockViewOf(item);
		}),
		list: () => store.read(async (reader) => (await readItems<Draft>(reader, 'block')).map(blockViewOf)),
		publish: (key, { by = 'api', version, republish: again = false } = {}) => store.tx('block-publish', async (tx) => {
			await lockContents(tx);
			const item = await itemOf<Draft>(tx, 'block', key);
			refuseLoop(item, await readShown(tx));
			const made = await publishItem(tx, item, await readShown(tx), { by, ...(version === undefined ? {} : { version }) });
			const shown = await readShown(tx);
			const behind = await templatesBehind(tx, shown, { block: item.key });
			const republished = again ? await republish(tx, behind, shown, by) : [];
			await audit(tx, { action: 'block.publish', who: by, detail: { block: item.key, version: made, ...(again ? { republished } : {}) } });
			return { ...blockViewOf(await itemOf<Draft>(tx, 'block', key)), behind: again ? [] : behind.map((template) => template.key), republished };
		}),
		versions: (key) => store.read(async (reader) => {
			const item = await itemOf<Draft>(reader, 'block', key);
			return (await readVersions<Draft>(reader, item.id)).map((version) => versionViewOf(version, item.published));
		}),
		delete: (key, { by = 'api' } = {}) => store.tx('block-delete', async (tx) => {
			await lockContents(tx);
			const item = await itemOf<Draft>(tx, 'block', key);
			const users = [...(await readItems<Draft>(tx, 'template')), ...(await readItems<Draft>(tx, 'block'))]
				.filter((other) => other.id !== item.id && [other.draft, other.live?.content].some((content) => blocksNamed(content?.languages ?? null, {}).has(item.key)));
			if (users.length > 0) throw new EngineError('CONFLICT', `The block "${item.key}" is shown by ${users.slice(0, 20).map((one) => `the ${one.kind} "${one.key}"`).join(', ')}. Take it out there and publish first.`);
			await removeItem(tx, item.id);
			await audit(tx, { action: 'block.delete', who: by, detail: { block: item.key } });
		}),
	};
}

/** What is published now may show this one, whose draft shows it in turn: the loop is only there once both are. */
function refuseLoop(item: Item<Draft>, { blocks }: Awaited<ReturnType<typeof readShown>>): void {
	const others = Object.fromEntries(Object.entries(blocks).filter(([key]) => key !== item.key));
	if (blocksNamed(item.draft.languages, others).has(item.key)) throw new EngineError('TEMPLATE_INVALID', `The block "${item.key}" is not published: it shows itself, by way of ${[...blocksNamed(item.draft.languages, others)].join(', ')}. Take one of them out.`);
}
