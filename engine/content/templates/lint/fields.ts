import { compileMessage, isShaped, textsIn, type RenderScope, type Surroundings } from '../../../templates';
import { isJsonObject, type JsonObject } from '../../../kernel';
import type { TemplateContent } from '../types';
import { found, SOURCES, type Found } from './finding';
import { checkLinks } from './links';

/** Fields that hold an address, by the last part of their path. */
const LINK = /(?:^|\.)(?:link|url)$/;
const PICTURE = /^(?:image|icon|imageUrl|mediaUrls\[\d+\])$/;
/** An address that an app opens. */
const OF_AN_APP = /^(?!https?:)[a-z][a-z0-9+.-]*:\/\//i;

export interface CheckedFields {
	findings: Found[];
	/** As it comes out, for whoever asks whether they are there. */
	links: Array<{ href: string; text: string }>;
}

/** Of a channel that is no mail: where its links and pictures lead with this data. Empty ones are left out of the message. */
export async function checkFields(channel: string, content: TemplateContent, around: Surroundings, scope: RenderScope): Promise<CheckedFields> {
	if (!isShaped(channel)) return { findings: [], links: [] };
	const rendered = (await compileMessage<object>(channel, { ...content, around })).render(scope) as JsonObject;
	const texts = textsIn(rendered).filter(({ text }) => text.trim() !== '');
	const links = texts.filter(({ path, text }) => LINK.test(path) && !(channel === 'push' && OF_AN_APP.test(text))).map(({ path, text }) => ({ href: text, text: path }));
	const pictures = texts.filter(({ path }) => PICTURE.test(path));
	const findings = [
		...links.flatMap((link) => checkLinks([link]).map((finding) => ({ ...finding, field: link.text, where: link.href }))),
		...pictures.flatMap(({ path, text }) => (/^https?:\/\//i.test(text.trim()) ? [] : [found('error', 'missing-image', { field: path, where: text }, 'The address of a picture is none that is loaded', 'Begin it with https://')])),
	];
	const lacksAlt = channel === 'onsite' && pictures.length > 0 && !texts.some(({ path }) => path === 'imageAlt');
	if (lacksAlt) findings.push(found('warning', 'missing-alt', { field: 'imageAlt', where: pictures[0]?.text ?? null, source: SOURCES.alt }, 'The picture has no description', 'Fill in Image Alt Text, unless it only decorates'));
	if (lacksConsent(rendered)) findings.push(found('error', 'missing-consent-text', { field: 'form' }, 'The sign-up form has no consent text: nothing would prove what people agreed to', 'Fill in Consent Text'));
	return { findings, links };
}

function lacksConsent({ form }: JsonObject): boolean {
	return isJsonObject(form) && String(form.consentText ?? '').trim() === '';
}
