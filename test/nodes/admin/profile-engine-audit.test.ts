import type { INodeParameters } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf } from '../harness/n8n';
import { Desk } from './desk';
import { TOUR, type Stop } from './tour';
import { openWorld } from './world';
import type { World } from './world';

const BY = 'n8n workflow workflow-1, node "Subject"';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

const audit = async () => (await world.engine.privacy.audit({ limit: 1000 })).entries;

/** Runs an operation and answers with what the audit log says of it. */
async function entriesOf(pair: string, { before, parameters, item }: Stop, items = [item ?? { json: {} }], renamed?: string) {
	const [resource, operation] = pair.split(': ');
	await before?.(world);
	const last = (await audit())[0]?.id ?? 0;
	const desk = new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters: { resource, operation, ...parameters?.(world) } });
	if (renamed !== undefined) desk.node.name = renamed;
	const run = await desk.run(items);
	expect(errorOf(run)).toBeUndefined();
	return (await audit()).filter(({ id }) => id > last);
}

/** What the tour's own run of the operation leaves in the log; nothing where it changes nothing, or one person of many. */
const ACTIONS: Record<string, string[]> = {
	'consent: doNotSell': ['consent.doNotSell'], 'consent: set': ['consent.set'], 'consent: setPreferences': ['preferences.set'],
	'event: export': ['export.events'], 'event: import': ['import.events'],
	'group: delete': ['group.delete'],
	'list: add': ['list.add'], 'list: copy': ['list.copy'], 'list: delete': ['list.delete'], 'list: move': ['list.move'], 'list: remove': ['list.remove'],
	'profile: attributeType': ['attributeType.set'], 'profile: erase': ['person.erase'], 'profile: export': ['export.profiles'], 'profile: exportPerson': ['person.export'], 'profile: import': ['import.profiles'],
	'profile: merge': ['profiles.merge'], 'profile: undoImport': ['import.undo'], 'profile: unmerge': ['profiles.unmerge'],
	'scoreModel: delete': ['scoreModel.delete'], 'scoreModel: save': ['scoreModel.save'],
	'segment: delete': ['segment.delete'], 'segment: rename': ['segment.rename'], 'segment: save': ['segment.save'],
	'settings: restore': ['settings.restore'], 'settings: set': ['settings.set'],
	'stage: define': ['stage.define'], 'stage: set': ['stage.set'],
	'suppression: add': ['suppression.add'], 'suppression: import': ['suppression.add'], 'suppression: remove': ['suppression.remove'],
};

describe('The audit log', () => {
	it.each(Object.entries(TOUR))('says which workflow and node did %s, where it is noted', async (pair, stop) => {
		const entries = await entriesOf(pair, stop);

		expect(entries.map(({ action, who }) => [action, who])).toEqual((ACTIONS[pair] ?? []).map((action) => [action, BY]));
	});

	const both = [{ json: { email: 'ada@example.com', key: 'acme' } }, { json: { email: 'ben@example.com', key: 'beta' } }];
	const each: INodeParameters = { identifyBy: 'email', identityValue: '={{ $json.email }}' };
	it.each<[string, INodeParameters, ...string[]]>([
		['consent: request', { ...each, textVersion: 'form 3' }, 'consent.set'],
		['group: addMembers', { ...each, groupKey: 'gamma' }, 'group.addMembers'],
		['group: upsert', { groupKey: '={{ $json.key }}' }, 'group.upsert'],
		['profile: upsert', { ...each, attributesFrom: 'fields', attributesFields: { values: [{ name: 'phone', value: '+4917012345678' }] } }, 'profile.upsert', 'profiles.merge'],
	])('says it of %s for several people', async (pair, parameters, ...actions) => {
		await world.engine.settings.set({ identityLimits: { user_id: 1 } });
		await world.engine.profiles.upsert([{ identities: [{ kind: 'phone', value: '+4917012345678' }] }], { source: 'test' });

		const entries = await entriesOf(pair, { parameters: () => parameters, shows: {} }, both);

		expect(entries.map((entry) => [entry.action, entry.who])).toEqual(actions.map((action) => [action, BY]));
	});

	it('says it of members who leave', async () => {
		await world.engine.groups.addMembers([{ key: 'acme', member: { kind: 'email', value: 'ben@example.com' } }]);

		const entries = await entriesOf('group: removeMembers', { parameters: () => ({ ...each, groupKey: 'acme' }), shows: {} }, both);

		expect(entries.map(({ action, who }) => [action, who])).toEqual([['group.removeMembers', BY]]);
	});

	it.each<[string, INodeParameters]>([
		['consent: set', { options: { source: 'ticket 4711' } }], ['consent: doNotSell', { source: 'ticket 4711' }], ['suppression: remove', { source: 'ticket 4711' }],
	])('keeps what was chosen as the source of %s', async (pair, chosen) => {
		const stop = TOUR[pair] as Stop;

		const entries = await entriesOf(pair, { ...stop, parameters: (of) => ({ ...stop.parameters?.(of), ...chosen }) });

		expect(entries.map(({ who }) => who)).toEqual(['ticket 4711']);
	});

	it('has in it no address that stands in the name of a node, and no more than fits', async () => {
		const stop = TOUR['suppression: add'] as Stop;

		const [named] = await entriesOf('suppression: add', stop, undefined, 'No mail to ada@example.com\n');
		const [long] = await entriesOf('suppression: add', { ...stop, parameters: () => ({ address: 'another@example.com' }) }, undefined, `${'x'.repeat(163)}${'😀'.repeat(40)}`);

		expect(named?.who).toBe('n8n workflow workflow-1, node "No mail to … "');
		expect(long?.who).toBe(`n8n workflow workflow-1, node "${'x'.repeat(163)}😀😀…"`);
		expect(long?.who.length).toBeLessThanOrEqual(200);
	});
});
