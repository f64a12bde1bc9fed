import type { JsonObject, JsonValue } from '../kernel';
import { EngineError, isJsonObject } from '../kernel';
import type { LiveTemplate, TestedTemplate } from '../content';
import { normaliseIdentity } from '../profiles';
import { addressKindOf, type AddressKind } from './addressed';
import { chatAddressKind, chatChannel } from './chat';
import { directMailChannel } from './direct-mail';
import type { MessagesDeps } from './index';
import { onSiteChannel } from './onsite';
import { pushChannel } from './push';
import { emailChannel } from './render';
import { send } from './send';
import { vapidProvider } from './send-web-push';
import { smsChannel } from './sms';
import type { SendItem, SendResult, TestSendRequest, TestSendResult } from './types';
import { webPushChannel } from './web-push';
import { whatsAppChannel } from './whatsapp';

const MARK = '[Test] ';
/** What people see first of a message of the channel. */
const MARKED: Readonly<Partial<Record<string, string>>> = { email: 'subject', push: 'title', webpush: 'title', sms: 'text', chat: 'text', whatsapp: 'text', onsite: 'headline' };

/**
 * What the preview shows, through the pipeline of all messages: the rendered content is the content of the message, so codes are samples and links those of a preview, whoever it goes to. Who gets
 * it is a test person or on the list; whether they may be written to at all the guards say (suppression, the kill switch).
 */
export async function sendTest(deps: MessagesDeps, request: TestSendRequest): Promise<TestSendResult> {
	const tested = await deps.content.tested(request.as);
	const { channel } = request.by;
	if (tested.channel !== channel) throw new EngineError('BAD_INPUT', `The template "${tested.key}" is one of the channel ${tested.channel}, and the test goes by ${channel}. Choose that channel; nothing was sent.`);
	const contact = await recipient(deps, request);
	const content = marked(channel, literal(tested.content) as JsonObject, request.mark ?? true);
	const [result] = await sentBy(deps, request, content, { index: 0, item: {}, contact: { ...contact, key: request.key } }, asLive(tested, content));
	const { outcome, reason, message, profile } = result ?? { outcome: 'dropped', reason: null, message: null, profile: null };
	return { outcome, reason, message, profile, template: tested.key, version: tested.version, language: tested.language, channel };
}

async function sentBy(deps: MessagesDeps, { step, by }: TestSendRequest, content: JsonObject, item: SendItem<never>, template: LiveTemplate): Promise<SendResult[]> {
	// Its shape is the channel's: it was rendered by it.
	const base = { step, items: [item], purpose: 'test' as const, topic: '', content: content as never };
	switch (by.channel) {
		case 'email':
			return await send(deps, emailChannel, { ...base, ...by, trackOpens: false, trackClicks: false }, template);
		case 'sms':
			return await send(deps, smsChannel, { ...base, ...by, trackClicks: false }, template);
		case 'whatsapp':
			return await send(deps, whatsAppChannel, { ...base, ...by, trackClicks: false }, template);
		case 'chat':
			return await send(deps, chatChannel, { ...base, ...by, trackClicks: false }, template);
		case 'push':
			return await send(deps, pushChannel, { ...base, ...by, trackClicks: false, priority: 'high' }, template);
		case 'webpush':
			return await send(deps, webPushChannel, { ...base, provider: await vapidProvider(deps, by), trackClicks: false, urgency: 'normal' }, template);
		case 'onsite':
			return await send(deps, onSiteChannel, { ...base, ...by, provider: { kind: 'onSite' } }, template);
		case 'directmail':
			return await send(deps, directMailChannel, { ...base, ...by }, template);
	}
}

/** Throws BAD_INPUT for whoever is neither. */
async function recipient({ profiles, settings }: MessagesDeps, { to, by }: TestSendRequest): Promise<{ profile: number } | Partial<Record<AddressKind, string>>> {
	if ('profile' in to) {
		const person = await profiles.get({ profileId: to.profile });
		if (person === null) throw new EngineError('NOT_FOUND', `There is no profile ${to.profile} to send the test to.`);
		if (!person.test) throw refused('This person is no test person');
		return { profile: person.id };
	}
	const kind = by.channel === 'chat' ? chatAddressKind(by.provider.kind) : addressKindOf({ channel: by.channel });
	if (kind === undefined) throw new EngineError('BAD_INPUT', `A message of the channel ${by.channel} goes to no address. Choose a test person by their profile ID; nothing was sent.`);
	const { testAddresses, defaultCountry } = await settings.current();
	const found = normaliseIdentity(kind, to.address, defaultCountry === null ? {} : { defaultCountry });
	if (!found.ok) throw new EngineError('BAD_INPUT', `The test cannot be sent to this address. ${found.reason}`);
	const { identity } = found;
	if (isListed(testAddresses, identity.value, (address) => normaliseIdentity(kind, address, defaultCountry === null ? {} : { defaultCountry }))) return { [kind]: identity.value };
	if ((await profiles.get(identity))?.test === true) return { [kind]: identity.value };
	throw refused('This address is neither on the list nor that of a test person');
}

function isListed(addresses: readonly string[], wanted: string, normalised: (address: string) => ReturnType<typeof normaliseIdentity>): boolean {
	return addresses.some((address) => {
		const one = normalised(address);
		return one.ok && one.identity.value === wanted;
	});
}

function refused(what: string): EngineError {
	return new EngineError('BAD_INPUT', `${what}, so no test goes there. Mark somebody as a test person (Profile Engine: Profile), or add the address under Test Addresses in Profile Engine: Settings.`);
}

/** Text that Liquid leaves as it is: what was rendered for somebody may hold braces. */
export function literal(value: JsonValue): JsonValue {
	if (typeof value === 'string') return value.replace(/\{[{%]/g, (open) => `{{ "${open}" }}`);
	if (Array.isArray(value)) return value.map(literal);
	return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, literal(inner)])) : value;
}

function marked(channel: string, content: JsonObject, mark: boolean): JsonObject {
	const field = mark ? MARKED[channel] : undefined;
	const text = field === undefined ? undefined : content[field];
	return field === undefined || typeof text !== 'string' || text === '' ? content : { ...content, [field]: `${MARK}${text}` };
}

/** In the ledger it is the template that was tested. */
function asLive({ id, key, version, language }: TestedTemplate, content: object): LiveTemplate {
	return { id, key, version: version ?? 0, defaultLanguage: language, contentFor: () => ({ language, content }), contents: () => [content] };
}
