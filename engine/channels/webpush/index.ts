import { createProviderPool } from '../pool';
import type { OutgoingWebPush, VapidConfig, WebPushProvider } from './types';
import { createVapidProvider } from './vapid';

export { makeVapidKeys, MOST_WEB_PUSH_BYTES } from './encrypted';
export { pushEndpoint } from './endpoint';

const pool = createProviderPool<VapidConfig, OutgoingWebPush>((config) => createVapidProvider(config));

/** See ProviderPool. */
export const webPushProvider = (config: VapidConfig): WebPushProvider => pool.of(config);

export const closeWebPushProviders = (): Promise<void> => pool.closeAll();
