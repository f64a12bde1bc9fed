import { knownTemplates, filledIn, whatsAppProvider } from '../channels/whatsapp';
import type { WhatsAppBody, WhatsAppConfig } from '../channels/types';
import { PREVIEW_LINKS } from '../content';
import { EngineError, randomId } from '../kernel';
import { normaliseIdentity } from '../profiles';
import type { RenderScope } from '../templates';
import { blocksOf } from './content-facts';
import type { MessagesDeps } from './index';
import { chosenProfile, eventOf, previewed, previewOf } from './preview';
import type { MadeOf } from './types';
import { checkMaking, senderOf, whatsAppTexts, withLiquid } from './whatsapp';
import { bodyOf } from './whatsapp-content';
import type { RenderedWhatsApp, WhatsAppContent, WhatsAppPreview, WhatsAppPreviewRequest } from './whatsapp-types';

/**
 * As preview() of a mail: renders as a chosen profile, reads only, and sends to testRecipient or nobody. A template is shown in its own words, where the service can be
 * asked for them. Throws TEMPLATE_INVALID, PROVIDER_FAILED, NOT_FOUND, BAD_INPUT (no sender, no number, a template that the parameters do not fit).
 */
export async function previewWhatsApp(deps: MessagesDeps, given: MadeOf<WhatsAppPreviewRequest>): Promise<WhatsAppPreview> {
	const person = await chosenProfile(deps, given.profileId, 'phone');
	const request = await previewOf(deps, 'whatsapp', given, person);
	await checkMaking('Journey WhatsApp', request, request.provider);
	const scope: RenderScope = {
		profile: person === null ? {} : { ...person.attributes, id: person.id, ...(person.address === null ? {} : { phone: person.address }) },
		journey: request.journey, event: eventOf(request.item), item: request.item, links: PREVIEW_LINKS, ...(await previewed(deps, [...whatsAppTexts(request, request.content), ...blocksOf(request.content)], person?.id ?? null)),
	};
	const message = await rendered(request.content, scope, request.provider);
	const whenClosed = request.whenClosed === undefined || request.content.kind === 'template' ? null : await rendered(request.whenClosed, scope, request.provider);
	return { message, whenClosed, from: senderOf(request, request.provider), profile: person?.id ?? null, sentTo: await sendTest(deps, request, message.body) };
}

async function rendered(content: WhatsAppContent, scope: RenderScope, config: WhatsAppConfig): Promise<RenderedWhatsApp> {
	const made = bodyOf(await withLiquid(content, scope), config);
	if ('missing' in made) throw new EngineError('BAD_INPUT', `${made.missing} for this person. Give what it shows a default, or choose another profile to render as.`);
	return { body: made.body, text: await textOf(made.body, config) };
}

async function textOf(body: WhatsAppBody, config: WhatsAppConfig): Promise<string | null> {
	if (body.kind === 'text' || body.kind === 'interactive') return body.text;
	if (body.kind === 'media') return body.caption;
	const { id, language, body: parameters } = body.template;
	const views = await knownTemplates(config, id);
	const view = views?.find((one) => config.kind === 'twilio' || one.language === language);
	if (view === undefined) return null;
	return filledIn(view.text, new Map(parameters.map(({ name, text }, index) => [name === '' ? (view.parameters[index] ?? '') : name, text])));
}

async function sendTest(deps: MessagesDeps, { testRecipient = '', provider, from }: WhatsAppPreviewRequest, body: WhatsAppBody): Promise<string | null> {
	if (testRecipient === '') return null;
	const { defaultCountry } = await deps.settings.current();
	const found = normaliseIdentity('phone', testRecipient, defaultCountry === null ? {} : { defaultCountry });
	if (!found.ok) throw new EngineError('BAD_INPUT', 'The test recipient is no phone number. Write it in international form, for example +49 170 1234567.');
	const to = found.identity.value;
	const outcome = await whatsAppProvider(provider).send({ id: randomId(deps.random), to, from: senderOf({ from }, provider), body });
	if (outcome.kind !== 'accepted') throw new EngineError('PROVIDER_FAILED', `The test message was not sent: ${outcome.reason}`);
	return to;
}
