import { PREVIEW_LINKS } from '../content';
import { compiled, filledFor } from './onsite';
import { EngineError } from '../kernel';
import type { MessagesDeps } from './index';
import { textsOf } from './onsite-content';
import { chosenProfile, eventOf, previewed } from './preview';
import type { OnSitePreview, OnSitePreviewRequest } from './types';

/** As preview() of a mail: renders as a chosen profile and reads only; nothing is queued for anybody. Throws TEMPLATE_INVALID, NOT_FOUND, BAD_INPUT (a link that is no web address). */
export async function previewOnSite(deps: MessagesDeps, { profileId, item, content }: OnSitePreviewRequest): Promise<OnSitePreview> {
	await compiled(content);
	const person = await chosenProfile(deps, profileId, 'email');
	const { unsubscribeUrl: _mailsOnly, ...links } = PREVIEW_LINKS;
	const filled = await filledFor(content, { profile: person === null ? {} : { ...person.attributes, id: person.id }, journey: { name: 'Preview' }, event: eventOf(item), item, links, ...(await previewed(deps, textsOf(content), person?.id ?? null)) });
	if ('broken' in filled) throw new EngineError('BAD_INPUT', filled.broken);
	return { content: filled.content, profile: person?.id ?? null };
}
