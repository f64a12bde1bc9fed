import { chatProvider, chatRules, plainOf } from '../channels/chat';
import type { OutgoingChat } from '../channels/types';
import { PREVIEW_LINKS } from '../content';
import { EngineError, randomId } from '../kernel';
import { normaliseIdentity } from '../profiles';
import { sourcesOf } from '../templates';
import { chatAddressKind, checkContent, outgoing, renderChat } from './chat';
import { blocksOf } from './content-facts';
import type { MessagesDeps } from './index';
import { chosenProfile, eventOf, previewed, previewOf } from './preview';
import type { ChatPreview, ChatPreviewRequest, MadeOf } from './types';

/**
 * As preview() of a mail: renders as a chosen profile, reads only, and sends to testRecipient or nobody. Links stay as they are written. Throws TEMPLATE_INVALID,
 * PROVIDER_FAILED, NOT_FOUND, BAD_INPUT (what the service would not take, a recipient that is none).
 */
export async function previewChat(deps: MessagesDeps, given: MadeOf<ChatPreviewRequest>): Promise<ChatPreview> {
	const { service } = given;
	const kind = chatAddressKind(service);
	const person = await chosenProfile(deps, given.profileId, kind);
	const request = await previewOf(deps, 'chat', given, person);
	const { content } = request;
	checkContent('The message', service, content);
	const rendered = await renderChat(content, {
		profile: person === null ? {} : { ...person.attributes, id: person.id, ...(kind === 'phone' && person.address !== null ? { phone: person.address } : {}) },
		journey: request.journey, event: eventOf(request.item), item: request.item, links: PREVIEW_LINKS, ...(await previewed(deps, [...sourcesOf(content), ...blocksOf(content)], person?.id ?? null)),
	});
	const message = outgoing({ ...request, provider: { kind: service } }, content, rendered, { id: randomId(deps.random), to: person?.address ?? '', linked: (url) => url });
	if (typeof message === 'string') throw new EngineError('BAD_INPUT', message);
	const text = chatRules(service).written(message);
	return {
		text, characters: plainOf(message.text).length, imageUrl: message.imageUrl ?? null, buttons: message.buttons, kakao: message.kakao === undefined ? null : { templateId: message.kakao.templateId, variables: { ...message.kakao.variables } },
		reachable: person !== null && person.address !== null, profile: person?.id ?? null, sentTo: await sendTest(deps, request, message),
	};
}

async function sendTest(deps: MessagesDeps, { testRecipient = '', provider, service }: ChatPreviewRequest, message: OutgoingChat): Promise<string | null> {
	if (testRecipient === '' || provider === undefined) return null;
	const { defaultCountry } = await deps.settings.current();
	const found = normaliseIdentity(chatAddressKind(service), testRecipient, defaultCountry === null ? {} : { defaultCountry });
	if (!found.ok) throw new EngineError('BAD_INPUT', `The test recipient cannot be written to. ${found.reason}`);
	const outcome = await chatProvider(provider).send({ ...message, to: found.identity.value });
	if (outcome.kind !== 'accepted') throw new EngineError('PROVIDER_FAILED', `The test message was not sent: ${outcome.reason}`);
	return found.identity.value;
}
