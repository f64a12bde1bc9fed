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
	await test.engine.events.ingest([
		{ type: 'identify', userId: 'ada', traits: { company: { size: 500 } } },
		{ type: 'track', userId: 'ada', event: 'Page Viewed', properties: { path: '/pricing' } },
		{ type: 'track', userId: 'ada', event: 'Page Viewed', properties: { path: '/about' } },
		{ type: 'identify', userId: 'ben' },
	], { source: 't' });
});
afterEach(async () => await test.close());

const desk = (parameters: INodeParameters, more: Partial<DeskOptions> = {}) => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters, ...more });
const model = (operation: string, parameters: INodeParameters = {}) => desk({ resource: 'scoreModel', operation, ...parameters });
const stage = (operation: string, parameters: INodeParameters = {}) => desk({ resource: 'stage', operation, ...parameters });
const byUser = { identifyBy: 'user_id', identityValue: '={{ $json.user }}' };

const rules = {
	attribute: [{ name: '', points: 45, group: 'fit', attribute: { mode: 'name', value: 'company.size' }, operator: 'greater', value: '100' }],
	event: [{
		name: 'Pricing', points: 20, group: 'engagement', event: { mode: 'name', value: 'Page Viewed' }, mode: 'perOccurrence', mostPoints: 60, halfLifeDays: 14,
		filters: { filter: [{ path: { mode: 'name', value: 'path' }, operator: 'equals', value: '/pricing' }] },
	}],
};

async function saved(): Promise<void> {
	const run = await model('save', { modelName: 'Leads', modelFrom: 'builder', rules }).run([{}]);
	expect(errorOf(run)).toBeUndefined();
}

describe('Profile Engine: Score Model', () => {
	it('creates one from the builder, with the default buckets and grades', async () => {
		const run = await model('save', { modelName: 'Leads', modelFrom: 'builder', rules }).run([{}]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT)[0]?.json).toMatchObject({
			name: 'Leads', version: 1, building: false, bucketBy: 'total', buckets: [{ name: 'cold' }, { name: 'warm', from: 30 }, { name: 'hot', from: 70 }],
			rules: [
				{ name: 'company.size', points: 45, group: 'fit', when: { attribute: 'company.size', operator: 'greater', value: 100 } },
				{ name: 'Pricing', points: 20, mode: 'perOccurrence', cap: { points: 60 }, decay: { halfLifeDays: 14 }, when: { event: 'Page Viewed', filters: [{ path: 'path', operator: 'equals', value: '/pricing' }] } },
			],
		});
	});

	it('takes any rule as JSON, and says what is wrong with one', async () => {
		const json = { rules: [{ name: 'Quiet', group: 'engagement', points: -10, when: { none: [{ event: 'Page Viewed', withinSeconds: 60 }] } }] };
		const good = await model('save', { modelName: 'Quiet', modelFrom: 'json', modelJson: JSON.stringify(json) }).run([{}]);
		const bad = await model('save', { modelName: 'Quiet', modelFrom: 'json', modelJson: '{ "rules": [' }).run([{}]);
		const worse = await model('save', { modelName: 'Quiet', modelFrom: 'json', modelJson: '{ "rules": [ { "name": "x" } ] }' }).run([{}]);

		expect(errorOf(good)).toBeUndefined();
		expect(errorOf(bad)?.message).toContain('not valid JSON');
		expect(errorOf(worse)?.message).toContain('needs a group');
	});

	it('gives rules without a name one that is told apart, and takes back what Get gave', async () => {
		const event = rules.event.map((rule) => ({ ...rule, name: '' }));
		const twice = await model('save', { modelName: 'Leads', modelFrom: 'builder', rules: { event: [...event, ...event] } }).run([{}]);
		const got = outputOf(await model('get', { scoreModel: 'Leads', includeVersions: true }).run([{}]), SUBJECT)[0]?.json;

		const again = await model('save', { modelName: 'Leads', modelFrom: 'json', modelJson: JSON.stringify({ ...got, bucketBy: 'engagement' }) }).run([{}]);

		expect(errorOf(twice)).toBeUndefined();
		expect(errorOf(again)).toBeUndefined();
		expect(outputOf(again, SUBJECT)[0]?.json).toMatchObject({ version: 2, bucketBy: 'engagement', warnings: [], rules: [{ name: 'Page Viewed' }, { name: 'Page Viewed 2' }] });
	});

	it('explains a score, rule by rule', async () => {
		await saved();
		const run = await model('explain', { scoreModel: 'Leads', ...byUser }).run([{ user: 'ada' }]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT)[0]?.json).toMatchObject({
			total: 65, fit: 45, engagement: 20, bucket: 'warm', grade: 'C',
			summary: '65 points, 45 for fit and 20 for engagement: bucket "warm", grade C. 5 more and it is "hot".', nextBucket: { bucket: 'hot', missing: 5 },
			parts: [{ rule: 'company.size', points: 45, sentence: '+45: it is so.' }, { rule: 'Pricing', points: 20, occurrences: 1 }],
		});
	});

	it('gets one with its versions, all of them, and the history of a person', async () => {
		await saved();
		await model('save', { modelName: 'Leads', modelFrom: 'builder', rules: { event: rules.event } }).run([{}]);

		const one = await model('get', { scoreModel: 'Leads', includeVersions: true }).run([{}]);
		const all = await model('getAll').run([{}]);
		const history = await model('history', { historyOf: 'both', scoreModel: 'Leads', changesOf: 'bucket', ...byUser }).run([{ user: 'ada' }]);
		const missing = await model('get', { scoreModel: 'Nope' }).run([{}]);

		expect(outputOf(one, SUBJECT)[0]?.json).toMatchObject({ version: 2, versions: [{ version: 2 }, { version: 1 }] });
		expect(outputOf(all, SUBJECT).map(({ json }) => json.name)).toEqual(['Leads']);
		expect(outputOf(history, SUBJECT).map(({ json }) => [json.from, json.to, json.cause])).toEqual([['warm', 'cold', 'model'], [null, 'warm', 'model']]);
		expect(errorOf(missing)?.message).toContain('There is no score model "Nope"');
	});

	it('is scored again on demand, and goes with its scores', async () => {
		await saved();
		const again = await model('recalculate', { scoreModel: 'Leads' }).run([{}]);
		const deleted = await model('delete', { scoreModel: 'Leads' }).run([{}]);

		expect(outputOf(again, SUBJECT)[0]?.json).toMatchObject({ name: 'Leads', building: false });
		expect(outputOf(deleted, SUBJECT)[0]?.json).toEqual({ name: 'Leads', deleted: true, people: 2 });
		expect(await test.engine.scores.models()).toEqual([]);
	});
});

describe('Profile Engine: Stage', () => {
	it('moves people in one batch and tells which moves are refused, and why', async () => {
		await stage('set', { ...byUser, stage: 'customer' }).run([{ user: 'ada' }]);

		const run = await stage('set', { ...byUser, stage: '={{ $json.to }}', whenRefused: 'tell' }).run([{ user: 'ada', to: 'lead' }, { user: 'ben', to: 'lead' }, { user: 'nobody', to: 'lead' }]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT).map(({ json }) => [json.stage, json.stageBefore, json.moved, json.reason === undefined])).toEqual([
			['customer', 'customer', false, false], ['lead', null, true, true], [null, null, false, false],
		]);
	});

	it('stops with the reason of a refused move unless told otherwise', async () => {
		await stage('set', { ...byUser, stage: 'customer' }).run([{ user: 'ada' }]);
		const stops = await stage('set', { ...byUser, stage: 'lead' }).run([{ user: 'ben' }, { user: 'ada' }]);

		expect(errorOf(stops)).toMatchObject({ message: expect.stringContaining('a move back to "lead" is not allowed') as string, context: { itemIndex: 1 } });
		expect(await test.engine.scores.stageOf([{ kind: 'user_id', value: 'ben' }])).toMatchObject([{ stage: 'lead' }]);
	});

	it('defines the list by builder and by JSON, and gets it with its people', async () => {
		await test.engine.segments.save({ name: 'Large', rule: { attribute: 'company.size', operator: 'greater', value: 100 } });
		const built = await stage('define', {
			stagesFrom: 'builder', stages: { stage: [{ name: 'new' }, { name: 'fit', segment: { mode: 'name', value: 'Large' } }] }, moves: { move: [{ from: 'fit', to: 'new' }] },
		}).run([{}]);
		const list = await stage('get', { stageOf: 'list' }).run([{}]);
		const person = await stage('get', { stageOf: 'person', ...byUser }).run([{ user: 'ada' }, { user: 'ben' }]);
		const json = await stage('define', { stagesFrom: 'json', stagesJson: '{ "stages": [ { "name": "fit" }, { "name": "new" } ] }' }).run([{}]);

		expect(errorOf(built)).toBeUndefined();
		expect(outputOf(list, SUBJECT)[0]?.json).toMatchObject({ people: [{ stage: 'new', people: 0 }, { stage: 'fit', people: 1 }], alsoAllowed: [{ from: 'fit', to: 'new' }] });
		expect(outputOf(person, SUBJECT).map(({ json: { stage: at } }) => at)).toEqual(['fit', null]);
		expect(errorOf(json)).toBeUndefined();
	});
});
