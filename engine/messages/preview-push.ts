import { bytesOf, platformOf, pushPayload, pushProvider } from '../channels/push';
import { PREVIEW_LINKS } from '../content';
import { devicesOf } from '../devices';
import { EngineError, randomId, type JsonObject } from '../kernel';
import { sourcesOf, type RenderScope } from '../templates';
import { blocksOf } from './content-facts';
import type { MessagesDeps } from './index';
import { chosenProfile, eventOf, previewed, previewOf } from './preview';
import { checkData, platformServed, pushTrouble, renderPush } from './push';
import type { MadeOf, PushPreview, PushPreviewRequest, WebPushPreviewRequest } from './types';
import { checkWebPush, renderWebPush, webPushTrouble } from './web-push';

interface Shown<Request> {
	request: Request;
	scope: RenderScope;
	profile: number | null;
	devices: number;
}

/** As preview() of a mail: renders as a chosen profile, reads only, sends to testDevice or nobody. Links stay as they are written. Throws TEMPLATE_INVALID, PROVIDER_FAILED, NOT_FOUND, BAD_INPUT. */
export async function previewPush(deps: MessagesDeps, given: MadeOf<PushPreviewRequest>): Promise<PushPreview> {
	const { provider } = given;
	const { request, scope, ...about } = await shown<PushPreviewRequest>(deps, 'push', given, [platformServed(provider)]);
	checkData('This step', request.content.data);
	const rendered = await renderPush(request, scope, request.content, (url) => url);
	const sentTo = await sendTest(deps, request, rendered);
	const trouble = pushTrouble(provider, { ...rendered, id: randomId(deps.random), devices: [] });
	const notification = pushPayload(provider, { ...rendered, id: '', devices: [] }) as JsonObject;
	return { notification, bytes: bytesOf(notification), ...about, sentTo, trouble };
}

async function sendTest(deps: MessagesDeps, { provider, testDevice = '' }: PushPreviewRequest, rendered: Awaited<ReturnType<typeof renderPush>>): Promise<string | null> {
	if (testDevice === '') return null;
	const served = platformServed(provider);
	if (served !== 'user_id' && platformOf(testDevice) !== served) throw new EngineError('BAD_INPUT', 'The test device is no token of this provider. Copy it from the app, as the SDK of this provider gives it.');
	const outcome = await pushProvider(provider).send({ ...rendered, id: randomId(deps.random), devices: [testDevice] });
	if (outcome.kind !== 'accepted') throw new EngineError('PROVIDER_FAILED', `The test notification was not sent: ${outcome.reason}`);
	return testDevice;
}

/** The same for a browser. There is no test send: a browser is reached only by whom subscribed in it, so choose a test person with one. */
export async function previewWebPush(deps: MessagesDeps, given: MadeOf<WebPushPreviewRequest>): Promise<PushPreview> {
	const { request, scope, ...about } = await shown<WebPushPreviewRequest>(deps, 'webpush', given);
	checkWebPush('This step', request.content);
	const { payload } = await renderWebPush(scope, request.content, null, false);
	return { notification: payload, bytes: bytesOf(payload), ...about, sentTo: null, trouble: webPushTrouble(payload) };
}

async function shown<Request extends Pick<PushPreviewRequest, 'profileId' | 'item'> & { content: object }>(deps: MessagesDeps, channel: string, given: MadeOf<Request>, platforms?: readonly string[]): Promise<Shown<Request>> {
	const { profileId, item } = given as Pick<PushPreviewRequest, 'profileId' | 'item'>;
	const person = await chosenProfile(deps, profileId, 'email');
	const request = await previewOf(deps, channel, given, person);
	const id = person?.id ?? null;
	const devices = id === null ? [] : ((await deps.store.read((reader) => devicesOf(reader, channel, [id], platforms))).get(id) ?? []);
	const texts = [...sourcesOf(request.content), ...blocksOf(request.content)];
	return {
		request, profile: id, devices: devices.filter(({ unproven }) => unproven === undefined).length,
		scope: { profile: person === null ? {} : { ...person.attributes, id: person.id }, journey: request.journey, event: eventOf(item), item, links: PREVIEW_LINKS, ...(await previewed(deps, texts, id)) },
	};
}
