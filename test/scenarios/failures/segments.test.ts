import { sql } from 'kysely';

import { createCompiler } from '../../../engine/store/compile';
import type { Query, Tx } from '../../../engine/store';
import { DATABASES } from '../../engine/databases';
import { errorOf } from '../../nodes/harness/n8n';
import { drawn, step, Story, type WorkflowJson } from './story';

/**
 * A plan that reads a table from end to end, or searches it by something that many people share. Small, however many people there are: lists
 * that a statement is given or makes of them, tables of one row, the journeys and what they say of their goals and exits.
 */
const READS_ALL: RegExp = /^SCAN (?!json_each|CONSTANT|\d+-ROW VALUES|(?:r|q|looked|event_last|journey|j USING INDEX sqlite_autoindex_journey_1)\b)|^SEARCH (?!\w+ USING (?:COVERING )?INDEX (?:journey_goal_event|journey_exit_by|sqlite_autoindex_journey_1) ).*\((?!.*(?:profile|rowid|value|key|entry_kind|message_id|name)=\?)/;

/** Its plans are those of the embedded database; what PostgreSQL chooses hangs on its statistics. */
describe('the cost of a segment', () => {
	let story: Story;
	afterEach(() => story.end());

	it('failure 11: what one person does costs the same with a hundred and with five thousand others, and reads no table from end to end', async () => {
		const costs: Array<{ statements: number; scans: string[] }> = [];
		for (const others of [100, 5_000]) {
			story = await Story.begin('sqlite');
			await story.engine.segments.save({ name: 'Berliners', rule: { attribute: 'city', operator: 'equals', value: 'Berlin' }, wait: true });
			await story.engine.segments.save({ name: 'Regulars', rule: { all: [{ segment: 'Berliners' }, { event: 'Ordered', count: { operator: 'atLeast', value: 3 }, withinSeconds: 30 * 86_400 }] }, wait: true });
			const names = Array.from({ length: others }, (_, n) => `p${n}`);
			for (let from = 0; from < others; from += 500) {
				await story.meet(Object.fromEntries(names.slice(from, from + 500).map((name) => [name, { city: 'Berlin' }])));
				await story.happens('Ordered', ...names.slice(from, from + 500));
			}
			await story.meet({ ann: { city: 'Berlin' } });
			await story.happens('Ordered', 'ann');
			await story.happens('Ordered', 'ann');

			costs.push(await watched(story, () => story.happens('Ordered', 'ann')));
			expect(await story.engine.segments.count({ name: 'Regulars' })).toBe(1);
			if (others === 100) await story.end();
		}

		expect(costs[1]?.statements).toBe(costs[0]?.statements);
		expect(costs[0]?.statements).toBeGreaterThan(5);
		expect(costs.flatMap(({ scans }) => scans)).toEqual([]);
	}, 120_000);
});

describe.each(DATABASES)('segments, on %s', (kind) => {
	let story: Story;
	afterEach(() => story.end());

	it('failure 12: an attribute that is cleared leaves "exists"; a later event that does not match takes nobody out; "never did" holds for who never did', async () => {
		story = await Story.begin(kind);
		const save = (name: string, rule: Parameters<typeof story.engine.segments.save>[0]['rule']) => story.engine.segments.save({ name, rule, wait: true });
		await save('Has a Plan', { attribute: 'plan', operator: 'exists' });
		await save('Bought Much', { event: 'Ordered', filters: [{ path: 'total', operator: 'greater', value: 100 }] });
		await save('Never Ordered', { event: 'Ordered', count: { operator: 'exactly', value: 0 } });
		const members = async () => Object.fromEntries(await Promise.all(['Has a Plan', 'Bought Much', 'Never Ordered'].map(async (name) => [name, (await story.engine.segments.members(name)).map(({ attributes }) => attributes.name).sort()])));
		await story.meet({ ann: { name: 'ann', plan: 'pro' }, bea: { name: 'bea', plan: 'plus' }, cid: { name: 'cid' } });
		const before = await members();

		await story.meet({ ann: { plan: null }, bea: { plan: '' } });
		await story.world.happens('Ordered', ['ann@example.com', 'bea@example.com'], { total: 250 });
		await story.world.happens('Ordered', ['ann@example.com'], { total: 5 });
		await story.world.happens('Looked', ['bea@example.com']);

		expect(before).toEqual({ 'Has a Plan': ['ann', 'bea'], 'Bought Much': [], 'Never Ordered': ['ann', 'bea', 'cid'] });
		expect(await members()).toEqual({ 'Has a Plan': [], 'Bought Much': ['ann', 'bea'], 'Never Ordered': ['cid'] });
	});

	it('failure 12: a database that fails is no "no": nobody goes by Out, the people are held and go the right way later', async () => {
		// The trigger has let her pass; it is the filter whose answer cannot be stored.
		let routes = 0;
		story = await Story.begin(kind, { atPoint: (point) => {
			if (point !== 'route:before-commit') return;
			routes += 1;
			if (routes === 2) throw new Error('disk I/O error');
		} });
		const gate: WorkflowJson = {
			id: 'gate',
			nodes: [
				step('Signed Up', 'journeyTrigger', { event: 'Signed Up' }),
				step('Berliner?', 'segmentFilter', { by: 'rule', rule: { group: [{ combine: 'all', conditions: { attribute: [{ attribute: 'city', operator: 'equals', value: 'Berlin' }] } }] } }),
				step('In', 'journeyGoal', { goal: 'In' }), step('Out', 'journeyGoal', { goal: 'Out' }),
			],
			connections: drawn([['Signed Up', 'Berliner?'], ['Berliner?', 'In'], ['Berliner?', 'Out', 1]]),
		};
		const n8n = await story.publish(gate);
		await story.meet({ ann: { city: 'Berlin' } });
		await story.happens('Signed Up', 'ann');
		await story.until(async () => (await story.standing('gate', 'Signed Up')).held === 1);
		const meanwhile = (await story.journey('gate')).goals;
		const [failed] = n8n.runs;

		await story.engine.journeys.retryHeld({ workflow: 'gate' });
		await story.until(async () => (await story.journey('gate')).completed === 1);

		expect(failed && errorOf(failed)).toBeDefined();
		expect(failed?.data.resultData.lastNodeExecuted).toBe('Berliner?');
		expect(meanwhile).toEqual([]);
		expect((await story.journey('gate')).goals).toMatchObject([{ name: 'In', count: 1 }]);
	});
});

const compile = createCompiler('sqlite');

/** The statement as it stands, with its parameters in their places. */
function explained(query: Query<never>) {
	const { sql: text, parameters } = compile(query);
	const parts = text.split('?').map((part, n) => (n < parameters.length ? sql`${sql.raw(part)}${parameters[n]}` : sql.raw(part)));
	return sql<{ detail: string }>`explain query plan ${sql.join(parts, sql.raw(''))}`;
}

/** Statements within transactions, and those of their plans that read a whole table of people. */
async function watched(story: Story, work: () => Promise<unknown>): Promise<{ statements: number; scans: string[] }> {
	const { store } = story.engine;
	const plain = store.tx;
	const scans: string[] = [];
	let statements = 0;
	store.tx = (name, inside) => plain(name, async (tx) => {
		const look = <Answer>(run: (query: Query<never>) => Promise<Answer>) => async (query: Query<never>): Promise<Answer> => {
			statements += 1;
			const plan = await tx.all(explained(query));
			scans.push(...plan.flatMap(({ detail }) => (READS_ALL.test(detail) ? [`${name}: ${detail}`] : [])));
			return await run(query);
		};
		return await inside({ ...tx, all: look(tx.all), first: look(tx.first), run: look(tx.run) } as Tx);
	});
	try {
		await work();
	} finally {
		store.tx = plain;
	}
	return { statements, scans };
}
