import type { OnSiteContent } from '../onsite/types';
import { cleanText } from '../profiles';
import { isWebAddress } from '../templates';

/** As the person is to see what was rendered. broken: it would lead somewhere that is no web address. Buttons without a label, and an image whose address is empty, are left out. */
export function filledContent(rendered: OnSiteContent): { content: OnSiteContent } | { broken: string } {
	const [headline, text, imageUrl, imageAlt] = [rendered.headline, rendered.text, rendered.imageUrl ?? '', rendered.imageAlt ?? ''].map(cleanText);
	const buttons = rendered.buttons.map(({ label, url }) => ({ label: cleanText(label), url: cleanText(url) })).filter(({ label }) => label !== '');
	const form = rendered.form === undefined ? undefined : { ...rendered.form, consentText: cleanText(rendered.form.consentText), submitLabel: cleanText(rendered.form.submitLabel), thanks: cleanText(rendered.form.thanks) };
	const survey = rendered.survey === undefined ? undefined : cleanSurvey(rendered.survey);
	if (imageUrl !== '' && !isWebAddress(imageUrl)) return { broken: 'The address of the image is no http or https address for this person.' };
	const wrong = buttons.find(({ url }) => url !== '' && !isWebAddress(url));
	if (wrong !== undefined) return { broken: 'The link of a button is no http or https address for this person.' };
	return { content: { headline, text, ...(imageUrl === '' ? {} : { imageUrl, imageAlt }), buttons, ...(form === undefined ? {} : { form }), ...(survey === undefined ? {} : { survey }) } };
}

function cleanSurvey({ scale, question, choices, lowLabel, highLabel, followUp, thanks }: NonNullable<OnSiteContent['survey']>): NonNullable<OnSiteContent['survey']> {
	return { scale, question: cleanText(question), choices: choices.map(cleanText), lowLabel: cleanText(lowLabel), highLabel: cleanText(highLabel), followUp: cleanText(followUp), thanks: cleanText(thanks) };
}
