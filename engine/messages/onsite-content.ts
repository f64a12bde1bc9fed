import type { OnSiteContent } from '../onsite/types';
import { cleanText } from '../profiles';
import { isWebAddress } from '../templates';

/** All texts with Liquid, in the order in which filledContent takes them back. */
export function textsOf({ headline, text, imageUrl = '', imageAlt = '', buttons, form, survey }: OnSiteContent): string[] {
	return [
		headline, text, imageUrl, imageAlt, ...buttons.flatMap(({ label, url }) => [label, url]),
		...(form === undefined ? [] : [form.consentText, form.submitLabel, form.thanks]),
		...(survey === undefined ? [] : [survey.question, survey.lowLabel, survey.highLabel, survey.followUp, survey.thanks, ...survey.choices]),
	];
}

/** The content with its texts replaced by these. broken: it would lead somewhere that is no web address. Buttons without a label, and an image whose address is empty, are left out. */
export function filledContent(content: OnSiteContent, texts: readonly string[]): { content: OnSiteContent } | { broken: string } {
	let at = 0;
	const next = (): string => cleanText(texts[at++] ?? '');
	const [headline, text, imageUrl, imageAlt] = [next(), next(), next(), next()];
	const buttons = content.buttons.map(() => ({ label: next(), url: next() })).filter(({ label }) => label !== '');
	const form = content.form === undefined ? undefined : { ...content.form, consentText: next(), submitLabel: next(), thanks: next() };
	const survey = content.survey === undefined ? undefined : { ...content.survey, question: next(), lowLabel: next(), highLabel: next(), followUp: next(), thanks: next(), choices: content.survey.choices.map(() => next()) };
	if (imageUrl !== '' && !isWebAddress(imageUrl)) return { broken: 'The address of the image is no http or https address for this person.' };
	const wrong = buttons.find(({ url }) => url !== '' && !isWebAddress(url));
	if (wrong !== undefined) return { broken: 'The link of a button is no http or https address for this person.' };
	return { content: { headline, text, ...(imageUrl === '' ? {} : { imageUrl, imageAlt }), buttons, ...(form === undefined ? {} : { form }), ...(survey === undefined ? {} : { survey }) } };
}
