import { EngineError, type Channel, type JsonObject } from '../../kernel';
import { spokenLanguage } from '../../preferences';
import { compileEmailCached, compileMessage, isShaped, type EmailContent, type RenderScope, type TextContent } from '../../templates';
import { shownOfLibrary, type ContentDeps } from './index';
import { itemOf, versionOf, type Version } from './items';
import { languageFor } from './languages';
import type { TestedTemplate } from './live';
import { checkedLanguage } from './named';
import { aroundFor, readShown } from './shown';
import type { InLanguages, PreviewAs, TemplatePreview, TemplateSample } from './types';

/** Links in a preview lead nowhere: a test mail must not be able to unsubscribe the person it was rendered as. */
export const PREVIEW_LINKS = {
	unsubscribeUrl: 'https://example.com/unsubscribe-in-real-mails', preferencesUrl: 'https://example.com/preferences-in-real-mails',
	confirmUrl: 'https://example.com/confirm-in-real-mails', chatStart: 'a-token-in-real-messages',
};

type Draft = InLanguages<object>;

/** Renders the draft or a version as a person, or with test data; records nothing. Throws TEMPLATE_INVALID, NOT_FOUND. */
export async function preview(deps: ContentDeps, as: PreviewAs): Promise<TemplatePreview> {
	return (await rendered(deps, as)).shown;
}

/** The same as a content of its channel. */
export async function tested(deps: ContentDeps, as: PreviewAs): Promise<TestedTemplate> {
	const { id, shown, content } = await rendered(deps, as);
	const { key, channel, version, language, subject = '', html = '', text = '', mediaUrls = [], fields = {} } = shown;
	const about = { id, key, channel, version, language };
	if (channel === 'sms') return { ...about, content: { text, mediaUrls } };
	if (channel !== 'email') return { ...about, content: fields };
	const { kind } = (content as unknown as EmailContent).body;
	return { ...about, content: { subject, body: kind === 'text' ? { kind, source: text } : { kind: 'html', source: html } } };
}

async function rendered(deps: ContentDeps, as: PreviewAs): Promise<{ id: number; shown: TemplatePreview; content: object }> {
	const { item, version, local } = await deps.store.read(async (reader) => {
		const found = await itemOf<Draft>(reader, 'template', as.key);
		const { zone, currency, languages } = await deps.settings.current(reader);
		const of: Version<Draft> = as.version === undefined ? { content: found.draft, ...(await readShown(reader)) } : await versionOf<Draft>(reader, found, as.version);
		return { item: found, version: of, local: { zone, currency, fallbackLanguage: languages[0] ?? 'en' } };
	});
	const seen = await whoSees(deps, as, item.samples as TemplateSample[]);
	const { languages, defaultLanguage } = version.content;
	const wanted = as.language === undefined ? null : checkedLanguage(as.language);
	if (wanted !== null && languages[wanted] === undefined) throw new EngineError('NOT_FOUND', `The template "${item.key}" has no content in ${wanted}. It has ${Object.keys(languages).sort().join(', ')}.`);
	const language = wanted ?? languageFor(Object.keys(languages), seen.language, defaultLanguage);
	const content = { ...languages[language], around: { ...local, ...aroundFor(version, language) } };
	const scope: RenderScope = { profile: seen.profile, journey: { name: 'Preview' }, event: seen.event, item: as.item ?? seen.item, links: PREVIEW_LINKS, ...(await shownOfLibrary(deps, languages[language] ?? {}, content.around, seen.id)) };
	const shown = { key: item.key, version: as.version ?? null, language, channel: item.channel as Channel, profile: seen.id, sample: seen.sample };
	return { id: item.id, content, shown: { ...shown, ...(await inChannel(item.channel, content, scope)) } };
}

async function inChannel(channel: string | null, content: object, scope: RenderScope): Promise<Partial<TemplatePreview>> {
	if (channel === 'email') return await (await compileEmailCached(content as EmailContent)).render(scope);
	if (channel === 'sms') {
		const { text, mediaUrls = [] } = (await compileMessage('sms', content as TextContent)).render(scope);
		return { text, mediaUrls: mediaUrls.filter((url) => url !== '') };
	}
	if (channel === null || !isShaped(channel)) throw new EngineError('BAD_INPUT', `Messages of the channel ${String(channel)} are made of no template.`);
	return { fields: (await compileMessage<object>(channel, content)).render(scope) as JsonObject };
}

interface Seen {
	id: number | null;
	sample: string | null;
	profile: JsonObject;
	event: JsonObject | null;
	item: JsonObject;
	language: string | null;
}

/** Throws NOT_FOUND. */
async function whoSees({ profiles }: ContentDeps, { profileId, sample, key }: PreviewAs, samples: readonly TemplateSample[]): Promise<Seen> {
	if (profileId !== undefined) {
		const person = await profiles.get({ profileId });
		if (person === null) throw new EngineError('NOT_FOUND', `There is no profile ${profileId} to render the template "${key}" as. Choose another one, or test data.`);
		const first = (kind: string) => person.identities.find((identity) => identity.kind === kind)?.value;
		const [email, phone] = [first('email'), first('phone')];
		const profile = { ...(email === undefined ? {} : { email }), ...(phone === undefined ? {} : { phone }), ...person.attributes, id: person.id };
		return { id: person.id, sample: null, profile, event: null, item: {}, language: person.preferences.language ?? spokenLanguage(person.attributes) };
	}
	const found = sample === undefined || sample === '' ? samples[0] : samples.find(({ name }) => name === sample);
	if (found === undefined && sample !== undefined && sample !== '') throw new EngineError('NOT_FOUND', `The template "${key}" has no test data "${sample}". It has ${samples.map(({ name }) => name).join(', ') || 'none'}.`);
	const { profile = {}, event = null, item = {} } = found ?? {};
	return { id: null, sample: found?.name ?? null, profile, event, item, language: spokenLanguage(profile) };
}
