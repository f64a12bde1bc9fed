import type { JsonObject } from '../../kernel';
import type { Settings } from '../../settings';
import type { Reader, Store } from '../../store';
import { textsIn, type Surroundings } from '../../templates';
import { readItem, type Item } from './items';
import { languageFor } from './languages';
import { aroundFor, readShown, shownBy } from './shown';
import type { InLanguages, PreviewAs, VersionOf } from './types';

/** The published version of a template, ready to be sent. */
export interface LiveTemplate {
	/** The template's number: a key may be another's some day. */
	id: number;
	key: string;
	version: number;
	defaultLanguage: string;
	/** With what surrounds it; the same object each time, since what is compiled is found by it. */
	contentFor(spoken: string | null): { language: string; content: object };
	/** Of every language, the same objects. */
	contents(): object[];
}

/** A template as it was rendered for a test. */
export interface TestedTemplate {
	id: number;
	key: string;
	channel: string;
	version: VersionOf;
	language: string;
	/** With everything filled in. */
	content: JsonObject;
}

/** What senders ask. */
export interface Live {
	/** Rendered as the preview is. Throws TEMPLATE_INVALID, NOT_FOUND. */
	tested(as: PreviewAs): Promise<TestedTemplate>;
	/** Or why there is none to send, as a sentence that says what to do. */
	template(reader: Reader, channel: string, key: string): Promise<LiveTemplate | { missing: string }>;
	/** The content of a step with the published blocks, the brand and what the settings say of zone, currency and language. */
	around<Content>(reader: Reader, content: Content): Promise<Content>;
}

/** Versions kept ready. */
const CAPACITY = 50;

export function createLive({ settings }: { store: Store; settings: Pick<Settings, 'current'> }): Omit<Live, 'tested'> {
	const kept = new Map<string, LiveTemplate>();

	async function local(reader: Reader): Promise<Surroundings> {
		const { zone, currency, languages } = await settings.current(reader);
		return { zone, currency, fallbackLanguage: languages[0] ?? 'en' };
	}

	return {
		template: async (reader, channel, key) => {
			const item = await readItem<InLanguages<object>>(reader, 'template', key);
			if (item === null) return { missing: `There is no template "${key}"` };
			if (item.channel !== channel) return { missing: `The template "${key}" is one of the channel ${String(item.channel)}` };
			if (item.published === null || item.live === null) return { missing: `The template "${key}" is not published` };
			const around = await local(reader);
			const name = JSON.stringify([item.id, item.published, around]);
			const found = kept.get(name) ?? ready(item, item.published, around);
			kept.delete(name);
			kept.set(name, found);
			const oldest = kept.keys().next().value;
			if (kept.size > CAPACITY && oldest !== undefined) kept.delete(oldest);
			return found;
		},
		around: async (reader, content) => {
			if (typeof content !== 'object' || content === null) return content;
			const shows = textsIn(content as never).some(({ text }) => /\{%-?\s*render\b|\bbrand\b/.test(text));
			const { language: _own, ...shown } = shows ? aroundFor(shownBy(content, await readShown(reader)), 'en') : ({} as Surroundings);
			return { ...content, around: { ...(await local(reader)), ...shown } };
		},
	};
}

function ready({ id, key, live }: Item<InLanguages<object>>, version: number, local: Surroundings): LiveTemplate {
	const { content: { defaultLanguage, languages } = { defaultLanguage: 'en', languages: {} }, blocks = {}, brand = null } = live ?? {};
	const contents = new Map<string, object>();
	function contentIn(language: string): object {
		const content = contents.get(language) ?? { ...languages[language], around: { ...local, ...aroundFor({ blocks, brand }, language) } };
		contents.set(language, content);
		return content;
	}
	return {
		id, key, version, defaultLanguage,
		contentFor: (spoken) => {
			const language = languageFor(Object.keys(languages), spoken, defaultLanguage);
			return { language, content: contentIn(language) };
		},
		contents: () => Object.keys(languages).map(contentIn),
	};
}
