import { createProviderPool } from '../pool';
import { createMetaProvider } from './meta';
import { createTwilioWhatsAppProvider } from './twilio';
import type { OutgoingWhatsApp, WhatsAppConfig, WhatsAppProvider } from './types';

const pool = createProviderPool<WhatsAppConfig, OutgoingWhatsApp>(createWhatsAppProvider);

/** See ProviderPool. */
export const whatsAppProvider = (config: WhatsAppConfig): WhatsAppProvider => pool.of(config);

export const closeWhatsAppProviders = (): Promise<void> => pool.closeAll();

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. */
export function createWhatsAppProvider(config: WhatsAppConfig): WhatsAppProvider {
	switch (config.kind) {
		case 'meta':
			return createMetaProvider(config);
		case 'twilio':
			return createTwilioWhatsAppProvider(config);
	}
}

export { metaCallbacks } from './meta-callbacks';
export { knownTemplates } from './known-templates';
export { filledIn } from './placeholders';
export { listTemplates, templatesNamed } from './templates';
