import { EngineError } from '../../kernel';
import type { Store } from '../../store';
import { problemsOf } from './contents';
import { readItem, readItems } from './items';
import { saveTemplate } from './save';
import type { LanguageVersions, TemplatesApi } from './types';
import { viewOf } from './view';

export type Templates = TemplatesApi;

/** Who changed it, where nobody says. */
const UNNAMED = 'api';

export function createTemplates({ store }: { store: Store }): Templates {
	async function found(key: string) {
		const item = await store.read((reader) => readItem<LanguageVersions>(reader, 'template', key));
		return item === null ? null : viewOf(item);
	}

	return {
		save: async (template, { by = UNNAMED } = {}) => {
			await store.tx('template-save', (tx) => saveTemplate(tx, template, by));
			const view = await found(template.key.trim());
			if (view === null) throw new EngineError('CONFLICT', `The template "${template.key}" was deleted while it was being saved. Save it again.`);
			const problems = await Promise.all(Object.entries(view.languages).map(([language, content]) => problemsOf(view.channel, language, content)));
			return { ...view, problems: problems.flat() };
		},
		get: found,
		list: async ({ channel, published } = {}) => {
			const items = await store.read((reader) => readItems<LanguageVersions>(reader, 'template'));
			return items.filter((item) => (channel === undefined || item.channel === channel) && (published !== true || item.published !== null)).map(viewOf);
		},
	};
}
