import type { INodeParameters } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
});
afterEach(async () => await test.close());

const run = async (parameters: INodeParameters, items: Array<Record<string, unknown>> = [{}], more: Partial<DeskOptions> = {}) =>
	await new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters, ...more }).run(items as never);

const byUserId = { identifyBy: 'user_id', identityValue: '={{ $json.id }}' };
const upsert: INodeParameters = { resource: 'profile', operation: 'upsert', ...byUserId, attributesFrom: 'none' };

describe('Profile Engine: attribute operations', () => {
	it('change what is there, and keep the types of expressions', async () => {
		const attributeOperations = {
			values: [
				{ attribute: { __rl: true, mode: 'list', value: 'orders' }, change: 'increment', value: '={{ $json.count }}' }, { attribute: 'tags', change: 'append', value: '={{ $json.tags }}', unique: true },
				{ attribute: 'source', change: 'setOnce', value: '={{ $json.source }}' }, { attribute: 'old', change: 'unset' },
			],
		};
		await test.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'ann' }], attributes: { old: 1 } }], { source: 'test' });

		const done = await run({ ...upsert, attributeOperations }, [{ id: 'ann', count: 2, tags: ['vip', 'new'], source: 'shop' }, { id: 'ann', count: 0.5, tags: ['vip'], source: 'app' }]);

		expect(errorOf(done)).toBeUndefined();
		expect((await test.engine.profiles.get({ kind: 'user_id', value: 'ann' }))?.attributes).toEqual({ orders: 2.5, tags: ['vip', 'new'], source: 'shop' });
	});

	it('say which item they do not fit', async () => {
		const attributeOperations = { values: [{ attribute: 'name', change: 'increment', value: 1 }] };
		await test.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'ann' }], attributes: { name: 'Ann' } }], { source: 'test' });

		const done = await run({ ...upsert, attributeOperations }, [{ id: 'bob' }, { id: 'ann' }]);

		expect(errorOf(done)).toMatchObject({ message: expect.stringContaining('"name" is not a number') as string, context: { itemIndex: 1 } });
	});

	it('tell on the item which identity was left with whom', async () => {
		await test.engine.events.ingest([{ type: 'identify', userId: 'ann', traits: { email: 'family@example.com' } }, { type: 'identify', userId: 'bob' }], { source: 'test' });

		const done = await run({ ...upsert, attributesFrom: 'fields', attributesFields: { values: [{ name: 'email', value: 'family@example.com' }] } }, [{ id: 'bob' }]);

		expect(outputOf(done, SUBJECT)[0]?.json).toMatchObject({ profileId: 2, identitiesLeft: [{ kind: 'email', reason: expect.stringContaining('another user id') as string }] });
	});
});

describe('Profile Engine: Set Attribute Type', () => {
	it('declares a type that rows are then held to, and takes it back', async () => {
		const declare = { resource: 'profile', operation: 'attributeType', attributeName: 'age' };

		const declared = await run({ ...declare, attributeType: 'number' });
		const refused = await run({ ...upsert, attributesFrom: 'fields', attributesFields: { values: [{ name: 'age', value: 'old' }] } }, [{ id: 'ann' }]);
		const back = await run({ ...declare, attributeType: 'any' });
		const nameless = await run({ ...declare, attributeName: ' ' });

		expect(outputOf(declared, SUBJECT)[0]?.json).toEqual({ types: { age: 'number' } });
		expect(errorOf(refused)?.message).toContain('declared as a number');
		expect(outputOf(back, SUBJECT)[0]?.json).toEqual({ types: {} });
		expect(errorOf(nameless)?.message).toContain('1 to 200 characters');
	});
});

describe('Profile Engine: Merge and Unmerge', () => {
	it('make one person of two, and two of one again', async () => {
		await test.engine.events.ingest([{ type: 'track', event: 'Seen', anonymousId: 'browser' }, { type: 'track', event: 'Bought', userId: 'ann' }], { source: 'test' });

		const merged = await run({ resource: 'profile', operation: 'merge', ...byUserId, otherIdentifyBy: 'profileId', otherIdentityValue: '={{ $json.other }}' }, [{ id: 'ann', other: 1 }]);
		const found = await run({ resource: 'profile', operation: 'get', identifyBy: 'profileId', identityValue: '1', simple: false });
		const unmerged = await run({ resource: 'profile', operation: 'unmerge', ...byUserId }, [{ id: 'ann' }]);

		expect(outputOf(merged, SUBJECT)).toMatchObject([{ json: { profileId: 2, mergedProfileId: 1 }, pairedItem: { item: 0 } }]);
		expect(outputOf(found, SUBJECT)[0]?.json).toMatchObject({ profileId: 2, mergedIds: [1] });
		expect(outputOf(unmerged, SUBJECT)[0]?.json).toEqual({ profileId: 2, restoredProfileId: 1 });
		expect((await test.engine.profiles.get({ profileId: 1 }))?.events).toMatchObject([{ name: 'Seen' }]);
	});

	it('takes either of them by any identity', async () => {
		await test.engine.events.ingest([{ type: 'identify', anonymousId: 'browser' }, { type: 'identify', userId: 'ann' }], { source: 'test' });
		await test.engine.profiles.upsert([{ identities: [{ kind: 'shopify_customer', value: '123' }] }], { source: 'test' });
		const other = { otherIdentifyBy: 'other', otherIdentityKind: 'shopify_customer', otherIdentityValue: '={{ $json.customer }}' };
		const merge: INodeParameters = { resource: 'profile', operation: 'merge', identifyBy: 'anonymous_id', identityValue: '={{ $json.browser }}', ...other };

		const merged = await run(merge, [{ browser: 'browser', customer: '123' }]);
		const kept = await run({ ...merge, otherIdentifyBy: 'user_id', otherIdentityValue: 'ann', keep: 'one' }, [{ browser: 'browser' }]);

		expect(outputOf(merged, SUBJECT)[0]?.json).toEqual({ profileId: 1, mergedProfileId: 3 });
		expect(outputOf(kept, SUBJECT)[0]?.json).toEqual({ profileId: 1, mergedProfileId: 2 });
	});

	it('say which of the two nobody is, or pass the item by', async () => {
		await test.engine.events.ingest([{ type: 'identify', userId: 'ann' }], { source: 'test' });
		const merge: INodeParameters = { resource: 'profile', operation: 'merge', ...byUserId, otherIdentifyBy: 'email', otherIdentityValue: '={{ $json.email }}' };

		const noOther = await run(merge, [{ id: 'ann', email: 'nobody@example.com' }]);
		const noFirst = await run(merge, [{ id: 'ghost', email: 'nobody@example.com' }]);
		const passed = await run({ ...merge, whenNotFound: 'nothing' }, [{ id: 'ann', email: 'nobody@example.com' }]);
		const empty = await run(merge, [{ id: 'ann' }]);

		expect(errorOf(noOther)).toMatchObject({ message: 'No profile has this email (the other person)', context: { itemIndex: 0 } });
		expect(errorOf(noFirst)?.message).toBe('No profile has this user id');
		expect([errorOf(passed), outputOf(passed, SUBJECT)]).toEqual([undefined, []]);
		expect(errorOf(empty)).toMatchObject({ message: expect.stringContaining('who the other person is') as string, description: expect.stringContaining("'Value of the Other'") as string });
	});

	it('name the attributes that one profile has no room for', async () => {
		const large = (name: string) => Array.from({ length: 5 }, (_none, n) => ({ identities: [{ kind: 'user_id', value: 'ann' }], attributes: { [`${name}${n}`]: 'y'.repeat(30 * 1024) } }));
		await test.engine.profiles.upsert(large('own'), { source: 'test' });
		await test.engine.profiles.upsert(large('theirs').map(({ attributes }) => ({ identities: [{ kind: 'email', value: 'ann@example.com' }], attributes })), { source: 'test' });

		const merged = await run({ resource: 'profile', operation: 'merge', ...byUserId, otherIdentifyBy: 'email', otherIdentityValue: 'ann@example.com' }, [{ id: 'ann' }]);

		expect(outputOf(merged, SUBJECT)[0]?.json).toEqual({ profileId: 1, mergedProfileId: 2, leftOut: ['theirs3', 'theirs4'] });
	});

	it('refuse two people, with the reason', async () => {
		await test.engine.events.ingest([{ type: 'identify', userId: 'ann' }, { type: 'identify', userId: 'bob' }], { source: 'test' });

		const done = await run({ resource: 'profile', operation: 'merge', ...byUserId, otherIdentifyBy: 'profileId', otherIdentityValue: 2 }, [{ id: 'ann' }]);

		expect(errorOf(done)?.message).toContain('different user ids');
	});
});

describe('Profile Engine: people who were unmerged', () => {
	it('stay apart on the canvas too, until Merge makes them one', async () => {
		await test.engine.events.ingest([{ type: 'track', event: 'Seen', anonymousId: 'browser' }, { type: 'identify', userId: 'ann' }], { source: 'test' });
		await test.engine.events.ingest([{ type: 'identify', userId: 'ann', anonymousId: 'browser' }], { source: 'test' });
		await run({ resource: 'profile', operation: 'unmerge', ...byUserId }, [{ id: 'ann' }]);

		await test.engine.events.ingest([{ type: 'identify', userId: 'ann', anonymousId: 'browser' }], { source: 'test' });
		const apart = await run({ resource: 'profile', operation: 'get', ...byUserId, simple: false }, [{ id: 'ann' }]);
		const updated = await run(upsert, [{ id: 'ann' }]);
		const merged = await run({ resource: 'profile', operation: 'merge', ...byUserId, otherIdentifyBy: 'profileId', otherIdentityValue: '1' }, [{ id: 'ann' }]);
		const together = await run({ resource: 'profile', operation: 'get', ...byUserId, simple: false }, [{ id: 'ann' }]);

		expect(outputOf(apart, SUBJECT)[0]?.json).toMatchObject({ profileId: 2, apart: [1], merges: [{ from: 1, into: 2, undoneAt: expect.any(String) as string }] });
		expect(outputOf(updated, SUBJECT)[0]?.json).toMatchObject({ profileId: 2 });
		expect(outputOf(merged, SUBJECT)[0]?.json).toEqual({ profileId: 2, mergedProfileId: 1 });
		expect(outputOf(together, SUBJECT)[0]?.json).toMatchObject({ apart: [], mergedIds: [1] });
	});
});

describe('Profile Engine: Get', () => {
	const get: INodeParameters = { resource: 'profile', operation: 'get', ...byUserId };
	beforeEach(async () => {
		await test.engine.events.ingest([{ type: 'identify', userId: 'ann', traits: { email: 'ann@example.com', country: 'AT' } }, { type: 'track', event: 'Visit', userId: 'ann', properties: { shop: { lat: 48.2, lon: 16.4 } } }], { source: 'test' });
	});

	it('gives who they are and where they stand, and leaves what they did to who asks for it', async () => {
		const [simple] = outputOf(await run(get, [{ id: 'ann' }]), SUBJECT);
		const [whole] = outputOf(await run({ ...get, simple: false }, [{ id: 'ann' }]), SUBJECT);

		expect(Object.keys(simple?.json ?? {}).sort()).toEqual(['attributes', 'country', 'createdAt', 'identities', 'lists', 'profileId', 'scores', 'segments', 'stage', 'test', 'updatedAt', 'zone']);
		expect(whole?.json).toMatchObject({
			events: [{ name: 'Visit' }], messages: [], enrollments: [], consents: [], suppressed: [], preferences: { language: null }, doNotSell: false, groups: [], merges: [], apart: [],
			zone: 'Europe/Vienna', zoneFrom: 'country', country: 'AT', countryFrom: 'country', location: null,
		});
	});

	it.each([
		['as text, of a workflow made before there were lists', { locationEvent: 'Visit', locationProperty: 'shop' }],
		['chosen from the lists', { locationEvent: { __rl: true, mode: 'list', value: 'Visit' }, locationProperty: { __rl: true, mode: 'name', value: 'shop' } }],
	])('finds the location in the event that is named: %s', async (_how, options) => {
		const [found] = outputOf(await run({ ...get, options }, [{ id: 'ann' }]), SUBJECT);

		expect(found?.json.location).toMatchObject({ lat: 48.2, lon: 16.4, event: 'Visit' });
	});
});

describe('Profile Engine: test people', () => {
	it('are flagged, also those who were there before; without the option everybody keeps their flag', async () => {
		const flags = async () => [(await test.engine.profiles.get({ kind: 'user_id', value: 'ann' }))?.test, (await test.engine.profiles.get({ kind: 'user_id', value: 'bob' }))?.test];
		await run(upsert, [{ id: 'ann' }]);

		await run({ ...upsert, options: { test: true } }, [{ id: 'ann' }, { id: 'bob' }]);
		await run({ ...upsert, options: { source: 'crm' } }, [{ id: 'ann' }]);
		const on = await flags();
		await run({ ...upsert, options: { test: false } }, [{ id: 'ann' }]);

		expect([on, await flags()]).toEqual([[true, true], [false, true]]);
	});
});

describe('Profile Engine: Group', () => {
	const key = { groupKey: '={{ $json.company }}' };

	it('makes, changes, gets and lists groups', async () => {
		const parameters: INodeParameters = {
			resource: 'group', operation: 'upsert', ...key, attributesFrom: 'fields', attributesFields: { values: [{ name: 'industry', value: '={{ $json.industry }}' }] },
			attributeOperations: { values: [{ attribute: 'deals', change: 'increment', value: 1 }] },
		};

		const made = await run(parameters, [{ company: 'acme', industry: 'toys' }, { company: 'beta', industry: 'tools' }, { company: 'acme', industry: 'games' }]);
		const got = await run({ resource: 'group', operation: 'get', ...key }, [{ company: 'acme' }]);
		const listed = await run({ resource: 'group', operation: 'list', returnAll: true });

		expect(outputOf(made, SUBJECT).map(({ json }) => json.groupKey)).toEqual(['acme', 'beta', 'acme']);
		expect(outputOf(got, SUBJECT)[0]?.json).toMatchObject({ groupKey: 'acme', attributes: { industry: 'games', deals: 2 }, members: 0 });
		expect(outputOf(listed, SUBJECT).map(({ json }) => json.groupKey)).toEqual(['acme', 'beta']);
	});

	it('adds, shows and removes members, and says who does not exist', async () => {
		await test.engine.events.ingest([{ type: 'identify', userId: 'ann' }, { type: 'identify', userId: 'bob' }], { source: 'test' });

		const added = await run({ resource: 'group', operation: 'addMembers', ...key, ...byUserId }, [{ company: 'acme', id: 'ann' }, { company: 'acme', id: 'bob' }]);
		await run({ resource: 'group', operation: 'removeMembers', ...key, ...byUserId }, [{ company: 'acme', id: 'bob' }]);
		const members = await run({ resource: 'group', operation: 'members', ...key, returnAll: true }, [{ company: 'acme' }]);
		const ghost = await run({ resource: 'group', operation: 'addMembers', ...key, ...byUserId }, [{ company: 'acme', id: 'ghost' }]);

		expect(outputOf(added, SUBJECT).map(({ json }) => json.profileId)).toEqual([1, 2]);
		expect(outputOf(members, SUBJECT)).toMatchObject([{ json: { profileId: 1, since: expect.any(String) as string } }]);
		expect(errorOf(ghost)?.message).toContain('Nobody has this identity');
	});

	it('deletes a group, by hand without starting a journey, and says when there is none', async () => {
		await test.engine.events.ingest([{ type: 'group', userId: 'ann', groupId: 'acme', traits: { plan: 'pro' } }], { source: 'test' });
		const remove: INodeParameters = { resource: 'group', operation: 'delete', ...key };

		const deleted = await run(remove, [{ company: 'acme' }]);
		const again = await run(remove, [{ company: 'acme' }]);
		const passed = await run(remove, [{ company: 'acme' }, { company: '' }], { onError: 'continueRegularOutput' });

		expect(outputOf(deleted, SUBJECT)).toMatchObject([{ json: { deleted: true, groupKey: 'acme', members: 1 }, pairedItem: { item: 0 } }]);
		expect(errorOf(again)?.message).toContain('no group with the key "acme"');
		expect(outputOf(passed, SUBJECT).map(({ json }) => json.error)).toEqual([expect.stringContaining('no group with the key'), "'Group Key' is empty"]);
		expect((await test.engine.profiles.get({ kind: 'user_id', value: 'ann' }))?.groups).toEqual([]);
	});

	it('says what to do when there is no such group', async () => {
		const done = await run({ resource: 'group', operation: 'get', groupKey: 'nobody' });
		const passed = await run({ resource: 'group', operation: 'members', groupKey: 'nobody' }, [{}], { onError: 'continueRegularOutput' });

		expect(errorOf(done)?.description).toContain('Create or Update');
		expect(outputOf(passed, SUBJECT)[0]?.json.error).toContain('no group with the key');
	});
});
