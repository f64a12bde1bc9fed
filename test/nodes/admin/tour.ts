import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { World } from './world';

/** One run of an operation of Profile Engine in the world of world.ts. */
export interface Stop {
	/** Besides resource and operation; everything else has its default. */
	parameters?: (world: World) => INodeParameters;
	/** Done before. */
	before?: (world: World) => Promise<unknown>;
	/** Default: one empty item. */
	item?: INodeExecutionData;
	/** What the first item that comes out shows at least. */
	shows: object;
	/** The answer is a file as well. */
	file?: true;
}

const person = (email = 'ada@example.com') => (): INodeParameters => ({ identifyBy: 'email', identityValue: email });
const named = (value: string) => ({ __rl: true, mode: 'name', value });
const csv = (text: string): INodeExecutionData => ({ json: {}, binary: { data: { data: Buffer.from(text).toString('base64'), mimeType: 'text/csv', fileName: 'rows.csv' } } });
const both = (one: (world: World) => INodeParameters, other: (world: World) => INodeParameters) => (world: World): INodeParameters => ({ ...one(world), ...other(world) });
const these = (parameters: INodeParameters) => (): INodeParameters => parameters;

/** Every operation of Profile Engine with the least that a person must fill in. */
export const TOUR: Record<string, Stop> = {
	'auditLog: getMany': { shows: { action: 'import.profiles', profileId: null } },

	'consent: doNotSell': { parameters: person(), shows: { profileId: 1 } },
	'consent: get': { parameters: person(), shows: { profileId: 1, consents: [{ channel: 'email', state: 'subscribed' }] } },
	'consent: history': { parameters: person(), shows: { channel: 'email', state: 'subscribed', textVersion: 'form 3' } },
	'consent: link': { parameters: person(), shows: { preferencesUrl: expect.stringContaining('/preferences?t=') as string } },
	'consent: request': { parameters: both(person(), these({ textVersion: 'form 3' })), shows: { profileId: 1, consentState: 'subscribed' } },
	'consent: set': { parameters: person(), shows: { profileId: 1 } },
	'consent: setPreferences': { parameters: both(person(), these({ preferences: { maxPerWeek: 2 } })), shows: { profileId: 1 } },

	'event: catalog': { shows: { name: 'Order Completed', count: 1 } },
	'event: export': { shows: { rows: 2 }, file: true },
	'event: getMany': { parameters: person(), shows: { profileId: 1, name: 'Order Completed' } },
	'event: import': { item: csv('email,event,timestamp\nada@example.com,Read,2026-03-01T10:00:00Z\n'), shows: { events: 1, rejectedCount: 0 } },
	'event: track': { parameters: both(person(), these({ event: 'Read' })), shows: { profileId: 1 } },
	'event: trackReply': { item: { json: { headers: { from: 'From: Ada <ada@example.com>' }, text: 'Yes' } }, shows: { kind: 'replied', outcome: 'taken' } },

	'group: addMembers': { parameters: both(person('ben@example.com'), these({ groupKey: 'acme' })), shows: { profileId: 2 } },
	'group: delete': { parameters: these({ groupKey: 'acme' }), shows: { deleted: true, groupKey: 'acme', members: 1 } },
	'group: get': { parameters: these({ groupKey: 'acme' }), shows: { groupKey: 'acme', members: 1 } },
	'group: list': { shows: { groupKey: 'acme', members: 1 } },
	'group: members': { parameters: these({ groupKey: 'acme' }), shows: { profileId: 1 } },
	'group: removeMembers': { parameters: both(person(), these({ groupKey: 'acme' })), shows: { profileId: 1 } },
	'group: upsert': { parameters: these({ groupKey: 'beta' }), shows: { groupKey: 'beta' } },

	'list: add': { parameters: both(person('ben@example.com'), these({ list: named('Press') })), shows: { profileId: 2 } },
	'list: copy': { parameters: these({ from: named('Pro'), list: named('Pro in March') }), shows: { list: 'Pro in March', changed: 1 } },
	'list: create': { parameters: these({ listName: 'VIP' }), shows: { name: 'VIP', members: 0 } },
	'list: delete': { parameters: these({ list: named('Press') }), shows: { list: 'Press', deleted: true } },
	'list: getMany': { shows: { name: 'Press', members: 1 } },
	'list: members': { parameters: these({ list: named('Press') }), shows: { profileId: 1 } },
	'list: move': { parameters: these({ from: named('Press'), list: named('Archive') }), shows: { list: 'Archive', changed: 1 } },
	'list: remove': { parameters: both(person(), these({ list: named('Press') })), shows: { profileId: 1 } },

	'profile: attributeType': { parameters: these({ attributeName: 'age', attributeType: 'number' }), shows: { types: { age: 'number' } } },
	'profile: erase': { parameters: person(), shows: { erased: true, profileId: 1 } },
	'profile: export': { shows: { rows: 4 }, file: true },
	'profile: exportPerson': { parameters: person(), shows: { profileId: 1 }, file: true },
	'profile: get': { parameters: person(), shows: { profileId: 1, attributes: { plan: 'pro' }, segments: ['Pro'], lists: ['Press'] } },
	'profile: import': { item: csv('email,plan\ndora@example.com,pro\n'), shows: { created: 1, rejectedCount: 0 } },
	'profile: importProgress': { shows: { state: 'done', created: 1 } },
	'profile: merge': { parameters: both(person(), ({ visitor }) => ({ otherIdentifyBy: 'profileId', otherIdentityValue: visitor })), shows: { profileId: 1, mergedProfileId: 3 } },
	'profile: undoImport': { parameters: ({ importId }) => ({ importId }), shows: { removed: 1 } },
	'profile: unmerge': {
		before: async ({ engine, ada, visitor }) => await engine.profiles.merge({ profileId: ada }, { profileId: visitor }),
		parameters: person(), shows: { profileId: 1, restoredProfileId: 3 },
	},
	'profile: upsert': { parameters: person('eva@example.com'), shows: { profileId: 5 } },

	'scoreModel: delete': { parameters: these({ scoreModel: named('Leads') }), shows: { name: 'Leads', deleted: true } },
	'scoreModel: explain': { parameters: both(person(), these({ scoreModel: named('Leads') })), shows: { profileId: 1, total: 40, bucket: 'warm' } },
	'scoreModel: get': { parameters: these({ scoreModel: named('Leads') }), shows: { name: 'Leads', version: 1 } },
	'scoreModel: getAll': { shows: { name: 'Leads', version: 1 } },
	'scoreModel: history': { parameters: person(), shows: { profileId: 1, kind: 'stage', to: 'lead' } },
	'scoreModel: recalculate': { parameters: these({ scoreModel: named('Leads') }), shows: { name: 'Leads', building: false } },
	'scoreModel: save': { parameters: these({ modelName: 'Fit', rules: { attribute: [{ name: 'Pro', points: 5, group: 'fit', attribute: named('plan'), operator: 'equals', value: 'pro' }] } }), shows: { name: 'Fit', version: 1, rules: [{ name: 'Pro', points: 5 }] } },

	'segment: count': { parameters: these({ segment: named('Pro') }), shows: { segment: 'Pro', count: 1 } },
	'segment: delete': { parameters: these({ segment: named('Pro') }), shows: { segment: 'Pro', deleted: true } },
	'segment: get': { parameters: these({ segment: named('Pro') }), shows: { name: 'Pro', members: 1, sentence: 'People whose plan is "pro".' } },
	'segment: getMany': { shows: { name: 'Pro', members: 1 } },
	'segment: members': { parameters: these({ segment: named('Pro') }), shows: { profileId: 1 } },
	'segment: preview': { parameters: these({ segment: named('Pro') }), shows: { count: 1, sample: [{ profileId: 1 }] } },
	'segment: rename': { parameters: these({ segment: named('Pro'), newName: 'Paying' }), shows: { name: 'Paying', members: 1 } },
	'segment: save': {
		parameters: these({ segmentName: 'Bern', rule: { group: [{ combine: 'all', conditions: { attribute: [{ attribute: named('address.city'), operator: 'equals', value: 'Bern' }] } }] } }),
		shows: { name: 'Bern', members: 1 },
	},

	'settings: get': { shows: { version: 1, settings: { zone: 'Europe/Berlin' } } },
	'settings: history': { shows: { version: 1, changed: ['zone'] } },
	'settings: restore': { parameters: these({ settingsVersion: 0 }), shows: { version: 2, settings: { zone: 'UTC' } } },
	'settings: set': { parameters: these({ placeGroup: { currency: 'EUR' } }), shows: { version: 2, settings: { zone: 'Europe/Berlin', currency: 'EUR' } } },

	'stage: define': { shows: { people: expect.arrayContaining([{ stage: 'lead', people: 1 }]) as object } },
	'stage: get': { parameters: person(), shows: { profileId: 1, stage: 'lead' } },
	'stage: set': { parameters: both(person(), these({ stage: named('customer') })), shows: { profileId: 1, stage: 'customer', stageBefore: 'lead', moved: true } },

	'suppression: add': { parameters: these({ address: 'no@example.com' }), shows: { suppressed: true } },
	'suppression: check': { parameters: these({ address: 'gone@example.com' }), shows: { suppressed: true, suppressionReason: 'hard-bounce' } },
	'suppression: getMany': { shows: { address: 'gone@example.com', reason: 'hard-bounce' } },
	'suppression: import': { item: csv('email\nno@example.com\n'), shows: { rows: 1, added: 1 } },
	'suppression: remove': { parameters: these({ address: 'gone@example.com' }), shows: { suppressed: false } },
};
