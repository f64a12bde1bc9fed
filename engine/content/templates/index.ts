import { EngineError, isJsonObject, type JsonObject } from '../../kernel';
import type { ProfilesApi } from '../../profiles/types';
import type { Settings } from '../../settings';
import type { Reader, Store } from '../../store';
import { textsIn, type RenderScope, type Surroundings } from '../../templates';
import type { AuditContent } from './audit';
import { createBlocks } from './blocks';
import { createBrand } from './brand';
import { changesBetween } from './compare';
import { itemOf, lockContents, point, readItem, readItems, readVersions, removeItem, versionOf, writeSamples } from './items';
import { checkTemplate } from './lint';
import { createLive, type Live } from './live';
import { preview, tested } from './preview';
import { problemsIn, publishItem } from './publish';
import { removeLanguage, saveTemplate } from './save';
import { readShown } from './shown';
import { mailOf, starterOf, STARTERS } from './starters';
import type { BlocksApi, BrandApi, InLanguages, TemplatesApi, TemplateSample, VersionOf } from './types';
import { noteUse, usersOf } from './use';
import { versionViewOf, viewOf } from './view';

export { kindOf } from './kind';
export { PREVIEW_LINKS } from './preview';
export type { LiveTemplate, Live, TestedTemplate } from './live';

export interface ContentDeps {
	store: Store;
	settings: Pick<Settings, 'current'>;
	profiles: Pick<ProfilesApi, 'attributes' | 'get'>;
	audit: AuditContent;
	/** What the texts of a content show of the library: images, samples of coupons, products of a person. Absent: nothing. */
	library?: (texts: readonly string[], profile: number | null) => Promise<Pick<RenderScope, 'library' | 'products'>>;
}

/** Of a content with its blocks, for a preview or a check. */
export async function shownOfLibrary({ library }: Pick<ContentDeps, 'library'>, content: object, around: Surroundings, profile: number | null): Promise<Pick<RenderScope, 'library' | 'products'>> {
	const blocks = Object.values(around.blocks ?? {}).map(({ source }) => source);
	return (await library?.([...textsIn(content as JsonObject).map(({ text }) => text), ...blocks], profile)) ?? {};
}

export interface Templates {
	templates: TemplatesApi;
	blocks: BlocksApi;
	brand: BrandApi;
	/** For senders. */
	live: Live;
}

type Draft = InLanguages<unknown>;

/** Who changed it, where nobody says. */
const UNNAMED = 'api';
const MOST_SAMPLES = 20;

export function createTemplates(deps: ContentDeps): Templates {
	const { store, audit } = deps;
	const view = async (reader: Reader, key: string) => viewOf(await itemOf<Draft>(reader, 'template', key));
	const contentOf = async (reader: Reader, key: string, version: VersionOf): Promise<Draft> => {
		const item = await itemOf<Draft>(reader, 'template', key);
		return version === null ? item.draft : (await versionOf<Draft>(reader, item, version)).content;
	};

	const templates: TemplatesApi = {
		save: async (template, { by = UNNAMED } = {}) => {
			await store.tx('template-save', (tx) => saveTemplate(tx, template, by));
			const { item, shown } = await store.read(async (reader) => ({ item: await itemOf<Draft>(reader, 'template', template.key), shown: await readShown(reader) }));
			return { ...viewOf(item), problems: await problemsIn(item, shown) };
		},
		get: (key) => store.read(async (reader) => {
			const item = await readItem<Draft>(reader, 'template', key.trim());
			return item === null ? null : viewOf(item);
		}),
		list: async ({ channel, published } = {}) => {
			const items = await store.read((reader) => readItems<Draft>(reader, 'template'));
			return items.filter((item) => (channel === undefined || item.channel === channel) && (published !== true || item.published !== null)).map(viewOf);
		},
		publish: (key, { by = UNNAMED, version } = {}) => store.tx('template-publish', async (tx) => {
			await lockContents(tx);
			const item = await itemOf<Draft>(tx, 'template', key);
			const made = await publishItem(tx, item, await readShown(tx), { by, ...(version === undefined ? {} : { version }) });
			await audit(tx, { action: 'template.publish', who: by, detail: { template: item.key, version: made } });
			return await view(tx, key);
		}),
		unpublish: (key, { by = UNNAMED } = {}) => store.tx('template-unpublish', async (tx) => {
			await lockContents(tx);
			const item = await itemOf<Draft>(tx, 'template', key);
			await point(tx, item.id, null, by);
			await audit(tx, { action: 'template.unpublish', who: by, detail: { template: item.key } });
			return { ...(await view(tx, key)), usedBy: await usersOf(tx, item.key) };
		}),
		versions: (key) => store.read(async (reader) => {
			const item = await itemOf<Draft>(reader, 'template', key);
			return (await readVersions<Draft>(reader, item.id)).map((version) => versionViewOf(version, item.published));
		}),
		compare: (key, before, after) => store.read(async (reader) => changesBetween(await contentOf(reader, key, before), await contentOf(reader, key, after))),
		delete: (key, { by = UNNAMED } = {}) => store.tx('template-delete', async (tx) => {
			await lockContents(tx);
			const item = await itemOf<Draft>(tx, 'template', key);
			const users = await usersOf(tx, item.key);
			if (users.length > 0) throw new EngineError('CONFLICT', `The template "${item.key}" is sent by ${users.slice(0, 20).join(', ')}${users.length > 20 ? ` and ${users.length - 20} more` : ''}. Choose another one there and publish the workflow first.`);
			await removeItem(tx, item.id);
			await audit(tx, { action: 'template.delete', who: by, detail: { template: item.key } });
		}),
		removeLanguage: (key, language, { by = UNNAMED } = {}) => store.tx('template-save', async (tx) => {
			await removeLanguage(tx, key, language, by);
			return await view(tx, key);
		}),
		saveSample: (key, name, sample) => store.tx('template-sample', async (tx) => {
			await lockContents(tx);
			const item = await itemOf<Draft>(tx, 'template', key);
			const others = (item.samples as TemplateSample[]).filter((one) => one.name !== name);
			const samples = sample === null ? others : [...others, { ...sample, name }];
			if (name.trim() === '' || name.length > 100 || (sample !== null && !isJsonObject(sample.profile))) throw new EngineError('BAD_INPUT', 'Test data has a name of at most 100 characters, and a profile: an object of attributes.');
			if (samples.length > MOST_SAMPLES) throw new EngineError('BAD_INPUT', `A template has at most ${MOST_SAMPLES} sets of test data. Take one away first.`);
			await writeSamples(tx, item.id, samples);
			return await view(tx, key);
		}),
		preview: (as) => preview(deps, as),
		check: (request) => checkTemplate(deps, request),
		starters: () => Promise.resolve(STARTERS.map(({ key, name, description, purpose }) => ({ key, name, description, purpose }))),
		createFromStarter: (starter, key, { by = UNNAMED } = {}) => store.tx('template-save', async (tx) => {
			const chosen = starterOf(starter);
			if ((await readItem(tx, 'template', key.trim())) !== null) throw new EngineError('CONFLICT', `There is a template "${key}" already. Choose another key, so that it is not written over.`);
			await saveTemplate(tx, { key, name: chosen.name, channel: 'email', language: 'en', content: mailOf(chosen) }, by);
			await writeSamples(tx, (await itemOf(tx, 'template', key)).id, [{ item: {}, ...chosen.sample, name: 'Example' }]);
			return await view(tx, key);
		}),
		uses: (step, keys) => store.tx('template-use', (tx) => noteUse(tx, step, keys)),
	};
	return { templates, blocks: createBlocks(deps), brand: createBrand(deps), live: { ...createLive(deps), tested: (as) => tested(deps, as) } };
}
