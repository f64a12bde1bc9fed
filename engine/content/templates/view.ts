import { canonicalJson, iso, type Channel } from '../../kernel';
import type { Block } from '../../templates';
import type { Item, StoredVersion } from './items';
import type { BlockView, InLanguages, TemplateContent, TemplateSample, TemplateState, TemplateView, VersionView } from './types';

export function viewOf(item: Item<InLanguages<unknown>>): TemplateView {
	return { ...common(item as Item<InLanguages<TemplateContent>>), channel: item.channel as Channel, samples: item.samples as TemplateSample[] };
}

export function blockViewOf(item: Item<InLanguages<unknown>>): BlockView {
	return common(item as Item<InLanguages<Block>>);
}

function common<Content>(item: Item<InLanguages<Content>>) {
	return {
		key: item.key, name: item.name, state: stateOf(item), published: item.published, publishedAt: iso(item.publishedAtMs), publishedBy: item.publishedBy,
		savedAt: iso(item.draftedAtMs), savedBy: item.draftedBy, createdAt: iso(item.createdAtMs), defaultLanguage: item.draft.defaultLanguage, languages: item.draft.languages,
	};
}

function stateOf({ draft, live }: Pick<Item<InLanguages<unknown>>, 'draft' | 'live'>): TemplateState {
	if (live === null) return 'draft';
	return canonicalJson(live.content) === canonicalJson(draft) ? 'published' : 'changed';
}

export function versionViewOf({ version, madeAtMs, madeBy, content, blocks, brand }: StoredVersion<InLanguages<unknown>>, published: number | null): VersionView {
	return {
		version, at: iso(madeAtMs), by: madeBy, published: version === published, languages: Object.keys(content.languages).sort(),
		blocks: Object.fromEntries(Object.entries(blocks).map(([key, block]) => [key, block.version])), brand: brand?.version ?? null,
	};
}
