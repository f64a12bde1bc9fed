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
import type { CallbackReader } from './types';

export { CALLBACK_PROVIDERS, type CallbackProvider } from './providers';

/** What reads a provider's callbacks, of whatever secrets; who calls it gives those that providers.ts names. */
export type AnyCallbackReader = CallbackReader<never>;

const READERS: readonly AnyCallbackReader[] = [sesCallbacks, brevoCallbacks, mailgunCallbacks, metaCallbacks, postmarkCallbacks, resendCallbacks, sendGridCallbacks, sparkPostCallbacks, lobCallbacks, ...Object.values(SMS_CALLBACKS), ...Object.values(CHAT_CALLBACKS)];

const BY_PROVIDER: ReadonlyMap<string, AnyCallbackReader> = new Map(READERS.map((reader) => [reader.provider, reader]));

/** undefined: no provider of this name sends callbacks that are understood. */
export function callbackReader(provider: string): AnyCallbackReader | undefined {
	return BY_PROVIDER.get(provider);
}
