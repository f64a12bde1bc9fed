import { PREVIEW_LINKS } from '../content';
import { compileMessage } from '../templates';
import { blocksOf } from './content-facts';
import { addressFor, pagesOf, postalOf, sidesOf, textsOf } from './direct-mail';
import type { MessagesDeps } from './index';
import { chosenProfile, eventOf, previewed, previewOf } from './preview';
import type { ArtworkSource, DirectMailPreview, DirectMailPreviewRequest, MadeOf } from './types';

/** As preview() of a mail: renders as a chosen profile and reads only. Throws TEMPLATE_INVALID, NOT_FOUND. */
export async function previewDirectMail(deps: MessagesDeps, given: MadeOf<DirectMailPreviewRequest>): Promise<DirectMailPreview> {
	const person = await chosenProfile(deps, given.profileId, 'email');
	const request = await previewOf(deps, 'directmail', given, person);
	const scope = {
		profile: person === null ? {} : { ...person.attributes, id: person.id },
		journey: request.journey, event: eventOf(request.item), item: request.item, links: PREVIEW_LINKS, ...(await previewed(deps, [...textsOf(request), ...blocksOf(request.content)], person?.id ?? null)),
	};
	const rendered = (await compileMessage('directmail', request.content)).render(scope);
	const html = pagesOf(rendered);
	const found = addressFor(request, await compileMessage('postal', postalOf(request)), scope);
	return {
		pages: Object.fromEntries(sidesOf(request.content).map(([side, artwork]) => [side, html[side] ?? nameOf(artwork)])),
		mergeVariables: rendered.mergeVariables ?? {},
		to: 'address' in found ? found.address : null,
		reason: 'reason' in found ? found.reason : null,
		profile: person?.id ?? null,
	};
}

function nameOf(artwork: ArtworkSource): string {
	return artwork.kind === 'template' ? artwork.id : artwork.kind === 'url' ? artwork.url : '';
}
