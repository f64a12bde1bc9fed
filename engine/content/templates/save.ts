import { EngineError, isChannel, type Channel } from '../../kernel';
import type { Tx } from '../../store';
import { checkedContent } from './contents';
import { lockItem, readItem, writeDraft } from './items';
import { checkedKey, checkedLanguage, checkedName } from './named';
import type { LanguageVersions, TemplateSave } from './types';

/** One language of the draft. Throws BAD_INPUT, CONFLICT. */
export async function saveTemplate(tx: Tx, given: TemplateSave, by: string): Promise<void> {
	const key = checkedKey(given.key, 'template');
	await lockItem(tx, 'template', key);
	const before = await readItem<LanguageVersions>(tx, 'template', key);
	const channel = channelOf(given, before?.channel ?? null);
	const content = checkedContent(channel, given.content);
	const asked = given.defaultLanguage === undefined ? undefined : checkedLanguage(given.defaultLanguage);
	const language = given.language === undefined ? (before?.draft.defaultLanguage ?? asked ?? 'en') : checkedLanguage(given.language);
	const languages = { ...before?.draft.languages, [language]: content };
	const defaultLanguage = asked ?? before?.draft.defaultLanguage ?? language;
	if (languages[defaultLanguage] === undefined) throw new EngineError('BAD_INPUT', `The template "${key}" has no content in ${defaultLanguage}, so that cannot be its default language. Save the content in ${defaultLanguage} first.`);
	await writeDraft(tx, { kind: 'template', key, name: checkedName(given.name ?? before?.name ?? key), channel, draft: { defaultLanguage, languages }, by });
}

function channelOf({ key, channel }: TemplateSave, before: string | null): Channel {
	const found = channel ?? before;
	if (!isChannel(found)) throw new EngineError('BAD_INPUT', `Say for which channel the new template "${key}" is.`);
	if (before !== null && found !== before) throw new EngineError('CONFLICT', `The template "${key}" is one of the channel ${before}. Choose another key for ${found}.`);
	return found;
}
