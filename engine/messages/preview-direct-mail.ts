import { PREVIEW_LINKS } from '../content';
import { compilePrintCached } from '../templates';
import { addressFor, printed, sidesOf, textsOf } from './direct-mail';
import type { MessagesDeps } from './index';
import { chosenProfile, eventOf, previewed } from './preview';
import type { ArtworkSource, DirectMailPreview, DirectMailPreviewRequest } from './types';

/** As preview() of a mail: renders as a chosen profile and reads only. Throws TEMPLATE_INVALID, NOT_FOUND. */
export async function previewDirectMail(deps: MessagesDeps, request: DirectMailPreviewRequest): Promise<DirectMailPreview> {
	const compiled = await compilePrintCached(printed(request));
	const person = await chosenProfile(deps, request.profileId, 'email');
	const scope = {
		profile: person === null ? {} : { ...person.attributes, id: person.id },
		journey: { name: 'Preview' }, event: eventOf(request.item), item: request.item, links: PREVIEW_LINKS, ...(await previewed(deps, textsOf(request), person?.id ?? null)),
	};
	const html = compiled.html(scope);
	const found = addressFor(request, compiled, scope);
	return {
		pages: Object.fromEntries(sidesOf(request.content).map(([side, artwork]) => [side, html[side] ?? nameOf(artwork)])),
		mergeVariables: compiled.variables(scope),
		to: 'address' in found ? found.address : null,
		reason: 'reason' in found ? found.reason : null,
		profile: person?.id ?? null,
	};
}

function nameOf(artwork: ArtworkSource): string {
	return artwork.kind === 'template' ? artwork.id : artwork.kind === 'url' ? artwork.url : '';
}
