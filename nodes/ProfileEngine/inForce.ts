import type { INodeProperties } from 'n8n-workflow';

import { settingsInForceField } from '../shared/fields';

const of = (resource: string, ...operation: string[]) => ({ show: { resource: [resource], operation } });

/** What is set for all and decides what these operations do. */
export const inForceFields: INodeProperties[] = [
	settingsInForceField(['languages', 'publicUrl', 'storeIps', 'topics'], of('consent', 'set', 'setPreferences', 'link', 'request')),
	settingsInForceField(['defaultCountry', 'identityLimits', 'blockedIdentities', 'retention'], of('event', 'track', 'import')),
	settingsInForceField(['mailReplies'], of('event', 'trackReply')),
	settingsInForceField(['defaultCountry', 'identityLimits', 'blockedIdentities'], of('profile', 'upsert', 'import', 'merge')),
	settingsInForceField(['zone'], of('profile', 'get')),
	settingsInForceField(['executionDays'], of('profile', 'erase')),
	settingsInForceField(['zone'], of('segment', 'save', 'count', 'preview')),
	settingsInForceField(['defaultCountry'], of('suppression', 'add', 'check', 'import', 'remove')),
];
