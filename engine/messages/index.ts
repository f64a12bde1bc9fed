import { checkSenderDomain, emailProvider } from '../channels/email';
import { knowReceiptAccount } from '../channels/push';
import { listTemplates } from '../channels/whatsapp';
import type { Consent } from '../consent';
import type { Live } from '../content';
import type { Random } from '../kernel';
import type { Products } from '../products';
import type { ProfilesApi } from '../profiles/types';
import type { EventSink } from '../reports';
import type { Segments, SegmentTracker } from '../segments';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { compileEmailCached } from '../templates';
import { bestChannel, tryBestChannel } from './best';
import { chatChannel } from './chat';
import { directMailChannel } from './direct-mail';
import { gateEnter, gateLeave, gateOpen, gateTurn } from './gate';
import { estimateSms } from './estimate/estimate-sms';
import { foresee, foreseeUnknown } from './guards';
import { limitsInWords } from './limits';
import { listMessages } from './list';
import { onSiteChannel } from './onsite';
import type { Pictures } from './pictures';
import { preview } from './preview';
import { previewChat } from './preview-chat';
import { previewPush, previewWebPush } from './preview-push';
import { previewOnSite } from './preview-onsite';
import { previewDirectMail } from './preview-direct-mail';
import { previewSms } from './preview-sms';
import { inEachVariant } from './preview-variants';
import { previewWhatsApp } from './preview-whatsapp';
import { pushChannel } from './push';
import { emailChannel } from './render';
import { send } from './send';
import { sendTest } from './send-test';
import { sendWebPush } from './send-web-push';
import { smsChannel } from './sms';
import { sweep } from './sweep';
import type { MessagesApi } from './types';
import { warmUpStates } from './warm-up';
import { whatsAppChannel } from './whatsapp';

export type * from './types';
export { bestChannelKeeper, choicesOf } from './best';
export { messagesKeeper } from './keeper';
export { previewContent } from './content-facts';
export { createPictures } from './pictures';

export interface MessagesDeps {
	store: Store;
	random: Random;
	settings: Settings;
	profiles: Pick<ProfilesApi, 'get' | 'upsert'>;
	/** Told of what was sent, failed or skipped. */
	segments: Pick<SegmentTracker, 'refresh'>;
	/** For what is known of a message at once: that its address is dead. */
	events: EventSink;
	/** For what is known of a person at once: that they have told the service to stop. */
	consent: Pick<Consent, 'setIn'>;
	/** Published templates, and what surrounds the contents of steps. */
	content: Live;
	/** For lists of products in messages. */
	products: Pick<Products, 'blocks'>;
	/** For messages of services that take files alone. */
	pictures: Pictures;
	/** Who is meant by a rule, to foresee what they would get. */
	audience: Pick<Segments, 'count' | 'people'>;
	/** Named points for crash tests. */
	onPoint: (point: string) => void;
}

export interface Messages extends MessagesApi {
	/** Attempts past their deadline whose person has moved on become `unknown` (PROTOCOL, check 12). Called by the engine's timer. */
	sweep(): Promise<number>;
	/** Resolves when no send is under way: what a provider has taken must still be confirmed before the store closes. */
	idle(): Promise<void>;
}

export function createMessages(deps: MessagesDeps): Messages {
	const sending = new Set<Promise<unknown>>();
	function awaited<Result>(sent: Promise<Result>): Promise<Result> {
		const over: Promise<unknown> = sent.catch(() => undefined);
		sending.add(over);
		void over.then(() => sending.delete(over));
		return sent;
	}
	return {
		sendEmail: (request) => awaited(send(deps, emailChannel, request)),
		sendSms: (request) => awaited(send(deps, smsChannel, request)),
		sendWhatsApp: (request) => awaited(send(deps, whatsAppChannel, request)),
		sendChat: (request) => awaited(send(deps, chatChannel, request)),
		sendPush: (request) => awaited(send(deps, pushChannel, request)),
		sendWebPush: (request) => awaited(sendWebPush(deps, request)),
		sendOnSite: (request) => awaited(send(deps, onSiteChannel, request)),
		sendDirectMail: (request) => awaited(send(deps, directMailChannel, request)),
		gateEnter: (step, items) => gateEnter(deps.store, step, items),
		gateOpen: (request, items) => gateOpen(deps, request, items),
		gateTurn: (request, turn) => awaited(gateTurn(deps, request, turn)),
		gateLeave: (step, items) => gateLeave(deps, step, items),
		sendTest: (request) => awaited(sendTest(deps, request)),
		bestChannel: (request, items) => bestChannel(deps, request, items),
		tryBestChannel: (request, people) => tryBestChannel(deps, request, people),
		idle: async () => {
			await Promise.all(sending);
		},
		preview: (request) => inEachVariant(request, (one) => preview(deps, one)),
		previewChat: (request) => inEachVariant(request, (one) => previewChat(deps, one)),
		previewSms: (request) => inEachVariant(request, (one) => previewSms(deps, one)),
		estimateSms: (request, signal) => estimateSms(deps, request, signal),
		previewWhatsApp: (request) => inEachVariant(request, (one) => previewWhatsApp(deps, one)),
		whatsAppTemplates: (config) => listTemplates(config),
		previewPush: (request) => inEachVariant(request, (one) => previewPush(deps, one)),
		previewWebPush: (request) => inEachVariant(request, (one) => previewWebPush(deps, one)),
		previewOnSite: (request) => inEachVariant(request, (one) => previewOnSite(deps, one)),
		previewDirectMail: (request) => inEachVariant(request, (one) => previewDirectMail(deps, one)),
		check: async (content) => {
			await compileEmailCached(content);
		},
		foreseeUnknown: (request) => deps.store.read(async (reader) => foreseeUnknown(reader, request, await deps.settings.current(reader))),
		foresee: (request) => deps.store.read(async (reader) => foresee(reader, request, await deps.settings.current(reader))),
		limits: async (of) => limitsInWords(await deps.settings.current(), of, (await deps.store.read((reader) => Promise.resolve(reader.nowMs)))),
		warmUps: () => deps.store.read(async (reader) => warmUpStates(reader, await deps.settings.current(reader))),
		list: (query) => listMessages(deps.store, query),
		verifyProvider: async (config) => {
			await emailProvider(config).verify();
		},
		askReceiptsBy: (config) => Promise.resolve(knowReceiptAccount(config)),
		checkSenderDomain: (request) => checkSenderDomain(request),
		sweep: () => sweep(deps.store, deps.segments),
	};
}
