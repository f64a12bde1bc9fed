import { emailProvider } from '../channels/email';
import type { Random } from '../kernel';
import type { ProfilesApi } from '../profiles/types';
import type { EventSink } from '../reports';
import type { SegmentTracker } from '../segments';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { compileEmailCached } from '../templates';
import { gateEnter, gateLeave, gateOpen, gateTurn } from './gate';
import { foresee } from './guards';
import { limitsInWords } from './limits';
import { listMessages } from './list';
import { preview } from './preview';
import { sendEmail } from './send';
import { sweep } from './sweep';
import type { MessagesApi } from './types';

export type * from './types';
export { messagesKeeper } from './keeper';

export interface MessagesDeps {
	store: Store;
	random: Random;
	settings: Settings;
	profiles: Pick<ProfilesApi, 'upsert'>;
	/** Told of what was sent, failed or skipped. */
	segments: Pick<SegmentTracker, 'refresh'>;
	/** For what is known of a message at once: that its address is dead. */
	events: EventSink;
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
		sendEmail: (request) => awaited(sendEmail(deps, request)),
		gateEnter: (step, items) => gateEnter(deps.store, step, items),
		gateOpen: (request, items) => gateOpen(deps, request, items),
		gateTurn: (request, turn) => awaited(gateTurn(deps, request, turn)),
		gateLeave: (step, items) => gateLeave(deps, step, items),
		idle: async () => {
			await Promise.all(sending);
		},
		preview: (request) => preview(deps, request),
		check: async (content) => {
			await compileEmailCached(content);
		},
		foresee: (request) => deps.store.read(async (reader) => foresee(reader, request, await deps.settings.current(reader))),
		limits: async (of) => limitsInWords(await deps.settings.current(), of),
		list: (query) => listMessages(deps.store, query),
		verifyProvider: async (config) => {
			await emailProvider(config).verify();
		},
		sweep: () => sweep(deps.store, deps.segments),
	};
}
