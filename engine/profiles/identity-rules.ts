import type { Reader } from '../store';
import type { IdentityOptions } from './identity';

/** What holds for identities at the moment. With a reader within the caller's transaction. */
export type IdentityRules = (reader?: Reader) => Promise<IdentityOptions>;

/** The part of the settings that is about identities. */
export interface IdentitySettings {
	current(reader?: Reader): Promise<{ defaultCountry: string | null; identityLimits: Record<string, number>; blockedIdentities: Record<string, string[]> }>;
}

export function identityRulesOf(settings: IdentitySettings): IdentityRules {
	return async (reader) => {
		const { defaultCountry, identityLimits, blockedIdentities } = await settings.current(reader);
		return {
			...(defaultCountry === null ? {} : { defaultCountry }),
			limits: identityLimits,
			...(Object.keys(blockedIdentities).length === 0 ? {} : { blocked: blockedIdentities }),
		};
	};
}
