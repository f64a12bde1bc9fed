import { EngineError, isChannel, type Channel } from '../../kernel';
import type { Tx } from '../../store';
import { checkedBlock, checkedContent } from './contents';
import { itemOf, lockContents, readItem, writeDraft } from './items';
import { checkedKey, checkedLanguage, checkedName } from './named';
import type { BlockSave, InLanguages, TemplateSave } from './types';

/** One language of the draft. Throws BAD_INPUT, CONFLICT. */
export async function saveTemplate(tx: Tx, given: TemplateSave, by: string): Promise<void> {
	const key = checkedKey(given.key, 'template');
	await lockContents(tx);
	const before = await readItem<InLanguages<unknown>>(tx, 'template', key);
	const channel = channelOf(given, before?.channel ?? null);
	await writeDraft(tx, { kind: 'template', key, name: checkedName(given.name ?? before?.name ?? key), channel, draft: changed(given, before?.draft, checkedContent(channel, given.content)), by });
}

export async function saveBlock(tx: Tx, given: BlockSave, by: string): Promise<void> {
	const key = checkedKey(given.key, 'block');
	await lockContents(tx);
	const before = await readItem<InLanguages<unknown>>(tx, 'block', key);
	await writeDraft(tx, { kind: 'block', key, name: checkedName(given.name ?? before?.name ?? key), channel: null, draft: changed(given, before?.draft, checkedBlock(given.content)), by });
}

function changed(given: { key: string; language?: string; defaultLanguage?: string }, before: InLanguages<unknown> | undefined, content: unknown): InLanguages<unknown> {
	const asked = given.defaultLanguage === undefined ? undefined : checkedLanguage(given.defaultLanguage);
	const language = given.language === undefined ? (before?.defaultLanguage ?? asked ?? 'en') : checkedLanguage(given.language);
	const languages = { ...before?.languages, [language]: content };
	const defaultLanguage = asked ?? before?.defaultLanguage ?? language;
	if (languages[defaultLanguage] === undefined) throw new EngineError('BAD_INPUT', `"${given.key}" has no content in ${defaultLanguage}, so that cannot be its default language. Save the content in ${defaultLanguage} first.`);
	return { defaultLanguage, languages };
}

function channelOf({ key, channel }: TemplateSave, before: string | null): Channel {
	const found = channel ?? before;
	if (!isChannel(found)) throw new EngineError('BAD_INPUT', `Say for which channel the new template "${key}" is.`);
	if (before !== null && found !== before) throw new EngineError('CONFLICT', `The template "${key}" is one of the channel ${before}. Choose another key for ${found}.`);
	return found;
}

/** Throws BAD_INPUT, NOT_FOUND. */
export async function removeLanguage(tx: Tx, key: string, language: string, by: string): Promise<void> {
	await lockContents(tx);
	const { name, channel, draft } = await itemOf<InLanguages<unknown>>(tx, 'template', key);
	const tag = checkedLanguage(language);
	if (tag === draft.defaultLanguage) throw new EngineError('BAD_INPUT', `${tag} is the default language of the template "${key}": whoever speaks none of its languages gets it. Make another one the default first.`);
	const { [tag]: _gone, ...languages } = draft.languages;
	await writeDraft(tx, { kind: 'template', key: key.trim(), name, channel, draft: { ...draft, languages }, by });
}
