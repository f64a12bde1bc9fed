import { canonicalJson, iso, type Channel } from '../../kernel';
import type { Item } from './items';
import type { LanguageVersions, TemplateState, TemplateView } from './types';

export function viewOf(item: Item<LanguageVersions>): TemplateView {
	return {
		key: item.key, name: item.name, channel: item.channel as Channel, state: stateOf(item), published: item.published, publishedAt: iso(item.publishedAtMs), publishedBy: item.publishedBy,
		savedAt: iso(item.draftedAtMs), savedBy: item.draftedBy, createdAt: iso(item.createdAtMs), defaultLanguage: item.draft.defaultLanguage, languages: item.draft.languages,
	};
}

export function stateOf({ draft, live }: Pick<Item<LanguageVersions>, 'draft' | 'live'>): TemplateState {
	if (live === null) return 'draft';
	const { defaultLanguage, languages } = live;
	return canonicalJson({ defaultLanguage, languages }) === canonicalJson({ defaultLanguage: draft.defaultLanguage, languages: draft.languages }) ? 'published' : 'changed';
}
