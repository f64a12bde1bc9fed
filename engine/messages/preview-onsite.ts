import { PREVIEW_LINKS } from '../content';
import { EngineError } from '../kernel';
import { sourcesOf } from '../templates';
import { blocksOf } from './content-facts';
import type { MessagesDeps } from './index';
import { checkOnSite, filledFor, refuseUnproven } from './onsite';
import { chosenProfile, eventOf, previewed, previewOf } from './preview';
import type { MadeOf, OnSitePreview, OnSitePreviewRequest } from './types';

/** As preview() of a mail: renders as a chosen profile and reads only; nothing is queued for anybody. Throws TEMPLATE_INVALID, NOT_FOUND, BAD_INPUT (a link that is no web address; with `showing` what no send would take, and a sign-up form without a consent text). */
export async function previewOnSite(deps: MessagesDeps, given: MadeOf<OnSitePreviewRequest>): Promise<OnSitePreview> {
	const { profileId, item } = given;
	const person = await chosenProfile(deps, profileId, 'email');
	const { content, journey } = await previewOf(deps, 'onsite', given, person);
	const step = { name: 'This step' };
	if (given.showing !== undefined) await checkOnSite({ step, showing: given.showing }, content);
	const { unsubscribeUrl: _mailsOnly, ...links } = PREVIEW_LINKS;
	const filled = await filledFor(content, { profile: person === null ? {} : { ...person.attributes, id: person.id }, journey, event: eventOf(item), item, links, ...(await previewed(deps, [...sourcesOf(content), ...blocksOf(content)], person?.id ?? null)) });
	if ('broken' in filled) throw new EngineError('BAD_INPUT', filled.broken);
	if (given.showing !== undefined) refuseUnproven({ step }, filled.content);
	return { content: filled.content, profile: person?.id ?? null };
}
