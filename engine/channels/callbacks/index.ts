import { CHAT_CALLBACKS } from '../chat/callbacks';
import { lobCallbacks } from '../directmail/lob-callbacks';
import { brevoCallbacks } from '../email/brevo-callbacks';
import { mailgunCallbacks } from '../email/mailgun-callbacks';
import { postmarkCallbacks } from '../email/postmark-callbacks';
import { resendCallbacks } from '../email/resend-callbacks';
import { sendGridCallbacks } from '../email/sendgrid-callbacks';
import { sesCallbacks } from '../email/ses-callbacks';
import { sparkPostCallbacks } from '../email/sparkpost-callbacks';
import { SMS_CALLBACKS } from '../sms/callbacks';
import { metaCallbacks } from '../whatsapp/meta-callbacks';
import { CALLBACK_PROVIDERS } from './providers';
import type { CallbackReader, CallbackRequest, CallbackResult } from './types';

export { CALLBACK_PROVIDERS, type CallbackProvider } from './providers';

/** What reads a provider's callbacks, of whatever secrets; who calls it gives those that providers.ts names. */
export type AnyCallbackReader = CallbackReader<never>;

const READERS: readonly AnyCallbackReader[] = [sesCallbacks, brevoCallbacks, mailgunCallbacks, metaCallbacks, postmarkCallbacks, resendCallbacks, sendGridCallbacks, sparkPostCallbacks, lobCallbacks, ...Object.values(SMS_CALLBACKS), ...Object.values(CHAT_CALLBACKS)];

const BY_PROVIDER: ReadonlyMap<string, AnyCallbackReader> = new Map(READERS.map((reader) => [reader.provider, withEverySecret(reader)]));

/** A secret that is not there is an empty one, which every reader refuses. */
function withEverySecret(reader: AnyCallbackReader): AnyCallbackReader {
	const fields = Object.entries(CALLBACK_PROVIDERS.find(({ name }) => name === reader.provider)?.secrets ?? {});
	const read = (request: CallbackRequest, given: Readonly<Record<string, unknown>>, nowMs: number): Promise<CallbackResult> =>
		reader.read(request, { ...given, ...Object.fromEntries(fields.map(([name, field]) => [name, given[name] ?? (typeof field === 'string' ? '' : [])])) } as never, nowMs);
	return { provider: reader.provider, read };
}

/** undefined: no provider of this name sends callbacks that are understood. */
export function callbackReader(provider: string): AnyCallbackReader | undefined {
	return BY_PROVIDER.get(provider);
}
