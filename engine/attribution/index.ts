import { conversions, type AttributionDeps } from './conversions';
import { creditedTo } from './credited';
import { lift } from './lift';
import type { AttributionApi, CreditedConversion } from './types';

export type * from './types';

export interface Attribution extends AttributionApi {
	/** The newest conversions of a person that Settings name, with the messages they are credited to. */
	creditedTo(profile: number): Promise<CreditedConversion[]>;
}

/** Which messages get credit for what people did afterwards, and whether a journey made them do it. Nothing is stored: it is worked out from events, goals and the ledger. */
export function createAttribution(deps: AttributionDeps): Attribution {
	return {
		conversions: (query) => conversions(deps, query),
		lift: (query) => lift(deps, query),
		creditedTo: (profile) => creditedTo(deps, profile),
	};
}
