import type { RenderedEmail } from '../../../templates';
import { PREVIEW_LINKS } from '../preview';
import { found, SOURCES, type Found } from './finding';
import { checkLinks } from './links';
import type { Markup } from './markup';

/** Gmail shows the first 102 kB of a mail and a link to the rest, in which the unsubscribe link mostly stands. */
export const CLIPPED_AT = 102 * 1024;
/** A share of it from which on a few more products clip the mail. */
const NEARLY = 0.85;
/** Letters below which a mail with pictures says nothing without them. */
const FEWEST_LETTERS = 40;

export interface CheckedMail {
	rendered: RenderedEmail;
	markup: Markup;
	/** Of the HTML as it is sent, tracking included. */
	bytes: number;
	purpose: 'marketing' | 'transactional';
	/** Whether it is written as plain text. */
	plain: boolean;
	/** Whether a preheader is filled in. */
	preheader: boolean;
}

export function checkMail({ rendered, markup, bytes, purpose, plain, preheader }: CheckedMail): Found[] {
	const body = (rule: string, severity: Found['severity'], source: string | null, message: string, remedy: string, where: string | null = null): Found => found(severity, rule, { field: 'body', source, where }, message, remedy);
	const kb = Math.ceil(bytes / 1024);
	const findings: Found[] = [...checkLinks(markup.links)];
	for (const { src, alt, decorative } of markup.images) {
		if (alt === null && !decorative) findings.push(body('missing-alt', 'error', SOURCES.alt, 'A picture has no description', 'Give it alt="…", or alt="" if it only decorates', src));
		if (src.trim() === '') findings.push(body('missing-image', 'error', null, 'A picture has no address', 'Write its address. Where it comes from data, save test data that has it, or show the picture only where there is one', alt));
		else if (!/^(?:https?:|cid:|data:)/i.test(src.trim())) findings.push(body('missing-image', 'error', null, 'The address of a picture is none that mail programs load', 'Begin it with https://', src));
	}
	if (bytes > CLIPPED_AT) findings.push(body('too-large', 'error', null, `The mail has ${kb} kB; Gmail clips what is beyond 102 kB`, 'Show less, take spaces and comments out, or use simpler sections', `${kb} kB`));
	else if (bytes > CLIPPED_AT * NEARLY) findings.push(body('nearly-too-large', 'warning', null, `The mail has ${kb} kB; Gmail clips what is beyond 102 kB, and somebody with more data gets a longer one`, 'Show less, or limit loops', `${kb} kB`));
	const shown = markup.links.map(({ href }) => href ?? '').join(' ') + rendered.text;
	if (purpose === 'marketing' && !shown.includes(PREVIEW_LINKS.unsubscribeUrl) && !shown.includes(PREVIEW_LINKS.preferencesUrl)) {
		findings.push(body('missing-unsubscribe', 'error', SOURCES.senders, 'Nothing in the mail says how to unsubscribe', 'Add a link to {{ links.unsubscribeUrl }}, for example in a footer block'));
	}
	if (rendered.text.trim() === '') findings.push(body('missing-text', 'warning', null, 'The plain-text part is empty', 'Put text into the mail, not only pictures'));
	if (markup.images.length > 0 && (markup.text.match(/\p{L}/gu) ?? []).length < FEWEST_LETTERS) findings.push(body('images-only', 'warning', null, 'The mail says nothing while its pictures are not loaded', 'Write what it is about as text'));
	if (plain) return findings;
	if (!preheader && !markup.hiddenStart) findings.push(found('hint', 'missing-preheader', { field: 'preheader' }, 'There is no preheader: inboxes show the first words of the mail after the subject', 'Fill in Preheader with what adds to the subject'));
	if (markup.language === null) findings.push(body('missing-language', 'hint', SOURCES.language, 'The HTML does not say which language it is in, which screen readers go by', 'Write lang="…" into <html> or <mjml>'));
	if (!markup.colorScheme) findings.push(body('no-dark-mode', 'hint', SOURCES.darkMode, 'The mail does not say how it looks in the dark: some mail programs turn its colours over', 'Add <meta name="color-scheme" content="light dark"> to the head (in MJML inside <mj-raw>), and look at it in the dark'));
	return findings;
}
