import { createProviderPool } from '../pool';
import { createLobProvider } from './lob';
import type { DirectMailConfig, DirectMailProvider, OutgoingMailpiece } from './types';

const pool = createProviderPool<DirectMailConfig, OutgoingMailpiece>(createDirectMailProvider);

/** See ProviderPool. */
export const directMailProvider = (config: DirectMailConfig): DirectMailProvider => pool.of(config);

export const closeDirectMailProviders = (): Promise<void> => pool.closeAll();

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. */
export function createDirectMailProvider(config: DirectMailConfig): DirectMailProvider {
	switch (config.kind) {
		case 'lob':
			return createLobProvider(config);
	}
}

export { isTestKey, NOTHING_PRINTED } from './lob';
export { normalisedAddress, POSTAL_FIELDS, postalAddress, type PostalFields } from './postal';
