import type { INodeParameters } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
	await test.engine.profiles.upsert(
		['pro', 'free', 'pro'].map((plan, n) => ({ identities: [{ kind: 'email', value: `p${n}@example.com` }], attributes: { plan, n } })),
		{ source: 'test' },
	);
});
afterEach(async () => await test.close());

const byName = (name: string) => ({ mode: 'name', value: name, __rl: true });
const run = async (parameters: INodeParameters, items: object[] = [{}]) => await new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters }).run(items as never[]);
const rows = async (parameters: INodeParameters, items: object[] = [{}]) => {
	const done = await run(parameters, items);
	expect(errorOf(done)).toBeUndefined();
	return outputOf(done, SUBJECT).map(({ json }) => json);
};
const segment = (operation: string, more: INodeParameters = {}): INodeParameters => ({ resource: 'segment', operation, ...more });
const list = (operation: string, more: INodeParameters = {}): INodeParameters => ({ resource: 'list', operation, ...more });
const save = (name: string, rule: object): INodeParameters => segment('save', { segmentName: name, ruleFrom: 'json', ruleJson: JSON.stringify(rule) });
const PRO = { attribute: 'plan', operator: 'equals', value: 'pro' };

describe('Profile Engine: Segment', () => {
	it('previews a rule that is not saved: how many, who, and in words', async () => {
		const [preview] = await rows(segment('preview', { ruleFrom: 'json', ruleJson: JSON.stringify(PRO), sample: 1 }));

		expect(preview).toMatchObject({ count: 2, sentence: 'People whose plan is "pro".' });
		expect(preview?.sample).toEqual([{ profileId: expect.any(Number) as number, attributes: expect.objectContaining({ plan: 'pro' }) as object }]);
	});

	it('gets one and all, with rule and sentence', async () => {
		await rows(save('Pro', PRO));
		await rows(save('In Pro', { segment: 'Pro' }));

		expect(await rows(segment('get', { segment: byName('In Pro') }))).toMatchObject([{ name: 'In Pro', rule: { segment: 'Pro' }, sentence: 'People who are in the segment "Pro".', members: 2, building: null }]);
		expect(await rows(segment('getMany', { returnAll: true }))).toMatchObject([{ name: 'In Pro' }, { name: 'Pro', members: 2 }]);
	});

	it('deletes and renames what nobody uses, and says who uses it else', async () => {
		await rows(save('Pro', PRO));
		await rows(save('In Pro', { segment: 'Pro' }));

		const refused = await run(segment('delete', { segment: byName('Pro') }));
		expect(errorOf(refused)?.message).toContain('used by the segment "In Pro"');
		expect(await rows(segment('rename', { segment: byName('In Pro'), newName: 'Pros' }))).toMatchObject([{ name: 'Pros', members: 2 }]);
		expect(await rows(segment('delete', { segment: byName('Pros') }))).toEqual([{ deleted: true, segment: 'Pros' }]);
		expect(await rows(segment('delete', { segment: byName('Pro') }))).toEqual([{ deleted: true, segment: 'Pro' }]);
	});

	it('builds every kind of condition from the panel, in two levels', async () => {
		await test.engine.lists.create('Press');
		await rows(save('Pro', PRO));
		const conditions = {
			attribute: [{ attribute: byName('plan'), operator: 'equals', value: { mode: 'list', value: 'pro', __rl: true } }],
			event: [
				{ event: byName('Order'), happened: 'never', within: 30, withinUnit: 'days' }, { event: byName('Order'), happened: 'sum', path: byName('total'), measured: 'less', value: '49.90' },
				{ event: byName('Order'), happened: 'last', path: byName('shop'), operator: 'notEquals', value: 'Ulm', when: 'between', from: '2026-01-01' },
			],
			segment: [{ segment: byName('Pro') }],
			consent: [{ channel: 'email', state: 'none' }],
			doNotSell: [{}, { said: 'no' }],
			message: [{ message: 'opened', happened: 'never', within: 1, withinUnit: 'weeks' }],
			random: [{ percent: 100, salt: 'x' }],
		};
		const none = {
			list: [{ list: byName('Press') }], stage: [{ in: 'lead, customer' }], near: [{ of: 'attribute', attribute: byName('home'), lat: 52.5, lon: 13.4, km: 10 }],
			anniversary: [{ attribute: byName('born'), inDays: 7, forDays: 1, zone: 'Europe/Berlin' }], group: [{ attribute: 'industry', operator: 'equals', value: 'Software' }],
			doNotSell: [{ said: 'yes' }],
		};

		const [saved] = await rows(segment('save', { segmentName: 'All', ruleFrom: 'builder', combineGroups: 'all', rule: { group: [{ combine: 'all', conditions }, { combine: 'none', conditions: none }] } }));

		expect(saved).toMatchObject({ members: 2 });
		expect(saved?.rule).toMatchObject({ all: [{ all: expect.arrayContaining([{ segment: 'Pro' }, { doNotSell: false }, { attribute: 'plan', operator: 'equals', value: 'pro' }]) as object }, { none: expect.arrayContaining([{ list: 'Press' }, { doNotSell: true }]) as object }] });
	});

	it('takes no answer about do-not-sell for one: an expression may give anything', async () => {
		const rule = { group: [{ combine: 'all', conditions: { doNotSell: [{ said: '={{ $json.unknown }}' }] } }] };

		const failed = await run(segment('count', { ruleFrom: 'builder', rule }));

		expect(errorOf(failed)?.message).toContain('says neither yes nor no');
	});

	it('says which score model a condition of the panel refers to in vain', async () => {
		const rule = { group: [{ combine: 'all', conditions: { score: [{ model: byName('Leads'), measured: 'greater', points: 10 }] } }] };

		const failed = await run(segment('count', { ruleFrom: 'builder', rule }));

		expect(errorOf(failed)?.message).toContain('the score model "Leads", which does not exist');
	});
});

describe('Profile Engine: List', () => {
	it('creates a list, adds and removes people of all items in one call, and shows who is on it', async () => {
		await rows(list('create', { listName: 'Press' }));
		const person = { list: byName('Press'), identifyBy: 'email', identityValue: '={{ $json.email }}' };

		const added = await rows(list('add', person), [{ email: 'p0@example.com' }, { email: 'P1@example.com' }]);
		await rows(list('remove', person), [{ email: 'p0@example.com' }]);

		expect(added).toMatchObject([{ email: 'p0@example.com', profileId: expect.any(Number) as number }, { email: 'P1@example.com' }]);
		expect(await rows(list('members', { list: byName('Press'), returnAll: true }))).toMatchObject([{ attributes: { n: 1 } }]);
		expect(await rows(list('getMany', { returnAll: true }))).toMatchObject([{ name: 'Press', members: 1 }]);
	});

	it('copies a segment to a new list, moves it on, and deletes', async () => {
		await rows(save('Pro', PRO));

		const copied = await rows(list('copy', { from: byName('Pro'), list: byName('Pro in March') }));
		const moved = await rows(list('move', { from: byName('Pro in March'), list: byName('Archive') }));
		const deleted = await rows(list('delete', { list: byName('Pro in March') }));

		expect(copied).toEqual([{ list: 'Pro in March', changed: 2, unchanged: 0, rejected: 0 }]);
		expect(moved).toEqual([{ list: 'Archive', changed: 2, unchanged: 0, rejected: 0 }]);
		expect(deleted).toEqual([{ deleted: true, list: 'Pro in March' }]);
		expect(await test.engine.segments.count({ name: 'Pro' })).toBe(2);
	});

	it('says which item names nobody', async () => {
		await rows(list('create', { listName: 'Press' }));

		const failed = await run(list('add', { list: byName('Press'), identifyBy: 'email', identityValue: '={{ $json.email }}' }), [{ email: 'p0@example.com' }, { email: 'nobody@example.com' }]);

		expect(errorOf(failed)).toMatchObject({ message: 'No profile has this email.', context: { itemIndex: 1 } });
		expect(await test.engine.lists.members('Press')).toHaveLength(1);
	});
});

describe('Profile Engine: members for a third party', () => {
	const LEAVE_OUT = 'leaveOutDoNotSell';

	beforeEach(async () => {
		await rows(save('Everybody', { attribute: 'plan', operator: 'exists' }));
		await rows(list('create', { listName: 'Press' }));
		await rows(list('add', { list: byName('Press'), identifyBy: 'email', identityValue: '={{ $json.email }}' }), [0, 1, 2].map((n) => ({ email: `p${n}@example.com` })));
		await rows({ resource: 'consent', operation: 'doNotSell', identifyBy: 'email', identityValue: 'p0@example.com' });
	});

	it.each([['segment', 'Everybody'], ['list', 'Press']])('leave out of a %s who asked not to be sold or shared, when that is switched on, and fill the limit with others', async (resource, name) => {
		const members = (more: INodeParameters): INodeParameters => ({ resource, operation: 'members', [resource]: byName(name), ...more });
		const found = async (more: INodeParameters) => (await rows(members(more))).map(({ attributes }) => (attributes as { n: number }).n);

		expect(await found({ returnAll: true })).toEqual([0, 1, 2]);
		expect(await found({ returnAll: true, [LEAVE_OUT]: true })).toEqual([1, 2]);
		expect(await found({ limit: 1, [LEAVE_OUT]: true })).toEqual([1]);
		expect(await found({ returnAll: true, [LEAVE_OUT]: '={{ "True" }}' })).toEqual([1, 2]);
		expect(errorOf(await run(members({ returnAll: true, [LEAVE_OUT]: '={{ $json.unknown }}' })))?.message).toBe("'Leave Out Who Said Do Not Sell' is neither true nor false");
	});

	it('leave out of a group likewise', async () => {
		const byEmail = { groupKey: 'acme', identifyBy: 'email', identityValue: '={{ $json.email }}' };
		await rows({ resource: 'group', operation: 'addMembers', ...byEmail }, [0, 1].map((n) => ({ email: `p${n}@example.com` })));
		const found = async (more: INodeParameters) => (await rows({ resource: 'group', operation: 'members', groupKey: 'acme', returnAll: true, ...more })).map(({ attributes }) => (attributes as { n: number }).n);

		expect([await found({}), await found({ [LEAVE_OUT]: true })]).toEqual([[0, 1], [1]]);
	});

	it('are found by a condition, too: live, and in words', async () => {
		const [saved] = await rows(save('Audience', { all: [{ segment: 'Everybody' }, { doNotSell: false }] }));
		await rows({ resource: 'consent', operation: 'doNotSell', identifyBy: 'email', identityValue: 'p2@example.com' });

		expect(saved).toMatchObject({ members: 2, sentence: 'People who are in the segment "Everybody" and who did not ask not to be sold or shared.' });
		expect(await rows(segment('members', { segment: byName('Audience'), returnAll: true }))).toMatchObject([{ attributes: { n: 1 } }]);
	});
});
