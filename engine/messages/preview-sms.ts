import { mediaUploads, smartEncoded, smsCost, smsProvider, smsSegments } from '../channels/sms';
import type { OutgoingSms, SmsConfig } from '../channels/types';
import { PREVIEW_LINKS } from '../content';
import { EngineError, randomId } from '../kernel';
import { countryOfPhone, normaliseIdentity } from '../profiles';
import { sourcesOf } from '../templates';
import { blocksOf } from './content-facts';
import type { MessagesDeps } from './index';
import { chosenProfile, eventOf, previewOf, previewed } from './preview';
import { renderText, senderTo, smsTrouble, whole } from './sms';
import type { MadeOf, SmsPreview, SmsPreviewRequest } from './types';
import { smsUploads } from './uploads';

/**
 * As preview() of a mail: renders as a chosen profile, reads only, and sends to testRecipient or nobody. Links stay as they are written, so that
 * segments and cost are those of an untracked message. Throws TEMPLATE_INVALID, PROVIDER_FAILED, NOT_FOUND, BAD_INPUT (no sender, no number).
 */
export async function previewSms(deps: MessagesDeps, given: MadeOf<SmsPreviewRequest>): Promise<SmsPreview> {
	const person = await chosenProfile(deps, given.profileId, 'phone');
	const request = await previewOf(deps, 'sms', given, person);
	const content = whole(request, request.content);
	const rendered = await renderText(content, {
		profile: person === null ? {} : { ...person.attributes, id: person.id, ...(person.address === null ? {} : { phone: person.address }) },
		journey: request.journey, event: eventOf(request.item), item: request.item, links: PREVIEW_LINKS, ...(await previewed(deps, [...sourcesOf(content), ...blocksOf(content)], person?.id ?? null)),
	});
	const text = request.smartEncoding === true ? smartEncoded(rendered.text) : rendered.text;
	const segments = smsSegments(text);
	const country = person?.address === null || person === null ? null : countryOfPhone(person.address);
	const sentTo = await sendTest(deps, request, { text, mediaUrls: rendered.mediaUrls });
	return {
		...segments, text, mediaUrls: rendered.mediaUrls, country, from: senderTo(person?.address ?? null, request.senders) ?? null,
		cost: smsCost(segments.segments, country, request.prices ?? {}), profile: person?.id ?? null, sentTo, trouble: smsTrouble(request.senders, person?.address ?? null, rendered),
	};
}

async function sendTest(deps: MessagesDeps, { testRecipient = '', provider, senders }: SmsPreviewRequest, message: { text: string; mediaUrls: string[] }): Promise<string | null> {
	if (testRecipient === '' || provider === undefined) return null;
	const { defaultCountry } = await deps.settings.current();
	const found = normaliseIdentity('phone', testRecipient, defaultCountry === null ? {} : { defaultCountry });
	if (!found.ok) throw new EngineError('BAD_INPUT', 'The test recipient is no phone number. Write it in international form, for example +49 170 1234567.');
	const to = found.identity.value;
	const from = senderTo(to, senders);
	if (from === undefined) throw new EngineError('BAD_INPUT', `There is no sender for the test recipient's country (${countryOfPhone(to) ?? 'unknown'}). Fill in Sender, or add the country to Senders per Country.`);
	const outcome = await smsProvider(provider).send(await withUploads(deps, provider, { id: randomId(deps.random), to, from, ...message }));
	if (outcome.kind !== 'accepted') throw new EngineError('PROVIDER_FAILED', `The test message was not sent: ${outcome.reason}`);
	return to;
}

async function withUploads({ pictures }: Pick<MessagesDeps, 'pictures'>, provider: SmsConfig, message: OutgoingSms): Promise<OutgoingSms> {
	const media = mediaUploads(provider);
	if (media === undefined) return message;
	const uploads = smsUploads(pictures, media, message.mediaUrls.slice(0, 1));
	await uploads.settle();
	const upload = uploads.of(message);
	if (upload.kind === 'ready') return upload.message;
	throw new EngineError('PROVIDER_FAILED', `The test message was not sent: ${upload.kind === 'broken' ? upload.reason : upload.kind === 'outcome' ? upload.outcome.reason : 'its picture is gone from the service'}`);
}
