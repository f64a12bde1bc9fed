import { postmarkCallbacks } from '../email/postmark-callbacks';
import type { CallbackReader } from './types';

export { CALLBACK_PROVIDERS, type CallbackProvider } from './providers';

/** What reads a provider's callbacks, of whatever secrets; who calls it gives those that providers.ts names. */
export type AnyCallbackReader = CallbackReader<never>;

const READERS: readonly AnyCallbackReader[] = [postmarkCallbacks];

const BY_PROVIDER: ReadonlyMap<string, AnyCallbackReader> = new Map(READERS.map((reader) => [reader.provider, reader]));

/** undefined: no provider of this name sends callbacks that are understood. */
export function callbackReader(provider: string): AnyCallbackReader | undefined {
	return BY_PROVIDER.get(provider);
}
