import { sql } from 'kysely';

import { drawVariants, previewVariants } from '../../../engine/experiments';
import type { ExperimentStatus, VariantTest } from '../../../engine/experiments/types';
import { DATABASES } from '../databases';
import { DAY_MS, World } from '../journeys/world';

const STEP = { workflow: 'wf', step: 'email', name: 'The mail', type: 'email' };
const AB: VariantTest = { factors: [{ name: '', alternatives: [{ name: 'A', share: 25 }, { name: 'B' }] }], metric: { kind: 'own', happened: 'clicked' }, windowMs: DAY_MS, minimumPeople: 20 };
const FACTORS: VariantTest = {
	...AB, factors: [{ name: 'Subject', alternatives: [{ name: 'A' }, { name: 'B' }] }, { name: 'Time', alternatives: [{ name: 'A', share: 30 }, { name: 'B', share: 70 }] }],
};

describe.each(DATABASES)('variants of a sender on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(async () => {
		await world.close();
	});

	/** Draws for a message of each of these people, which is sent at once unless another state is wanted. */
	async function draw(profiles: readonly number[], test = AB, { state = 'sent', run = '1', channel = 'email' } = {}): Promise<string[]> {
		return await world.engine.store.tx('reserve', async (tx) => {
			const wishes = profiles.map((profile) => ({ message: `m${profile}-${run}`, profile, enrollment: null }));
			const drawn = await drawVariants(tx, STEP, test, wishes);
			const rows = wishes.map(({ message, profile }) => ({ message, profile, variant: drawn.get(message) ?? null }));
			await tx.run(sql`insert into message (id, token, step, trail, item_key, workflow, profile, channel, provider, purpose, topic, state, reserved_at, attempted_at, variant)
				select r.message, '', 'email', '', r.message, 'wf', r.profile, cast(${channel} as text), 'twilio', 'marketing', '', cast(${state} as text), ${tx.nowMs}, ${tx.nowMs}, r.variant from ${tx.dialect.rows(rows, { message: 'text', profile: 'integer', variant: 'text' }, 'r')}`);
			return wishes.map(({ message }) => String(drawn.get(message)));
		});
	}
	const happened = async (profiles: readonly number[], what: string, run = '1') => await world.change(`update message set ${what}_at = ${world.clock.nowMs()} where id in (${profiles.map((profile) => `'m${profile}-${run}'`).join(', ')})`);
	async function mature(): Promise<ExperimentStatus> {
		world.clock.advance(DAY_MS + 1);
		await world.engine.tick();
		const [status] = await world.engine.experiments.status({ workflow: 'wf', step: 'email' });
		if (status === undefined) throw new Error('no test');
		return status;
	}
	const where = (people: readonly number[], drawn: readonly string[], wanted: (name: string) => boolean) => people.filter((_one, n) => wanted(drawn[n] ?? ''));

	it('are given in their shares, one without a share taking what the others leave', async () => {
		const people = await world.people(800);

		const drawn = await draw(people);

		const part = drawn.filter((name) => name === 'A').length / people.length;
		// Three deviations of a fair draw.
		expect(part).toBeGreaterThan(0.2);
		expect(part).toBeLessThan(0.3);
		expect(new Set(drawn)).toEqual(new Set(['A', 'B']));
	});

	it('of several factors are drawn apart from each other, each in its own shares', async () => {
		const people = await world.people(1000);

		const drawn = await draw(people, FACTORS);

		const count = (word: string) => drawn.filter((name) => name.includes(word)).length / people.length;
		const both = drawn.filter((name) => name === 'Subject A, Time A').length / people.length;
		expect(new Set(drawn)).toEqual(new Set(['Subject A, Time A', 'Subject A, Time B', 'Subject B, Time A', 'Subject B, Time B']));
		expect(Math.abs(count('Subject A') - 0.5)).toBeLessThan(0.05);
		expect(Math.abs(count('Time A') - 0.3)).toBeLessThan(0.05);
		expect(Math.abs(both - count('Subject A') * count('Time A'))).toBeLessThan(0.03);
	});

	it('stay with the person: in later messages, and when another one is added', async () => {
		const people = await world.people(60);
		const first = await draw(people);

		const second = await draw(people, AB, { run: '2' });
		const third = await draw(people, { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }, { name: 'C' }] }] }, { run: '3' });
		const seen = await world.engine.store.read((reader) => previewVariants(reader, STEP, AB, [...people.slice(0, 3), null]));

		expect(second).toEqual(first);
		expect(third).toEqual(first);
		expect(seen.slice(0, 3)).toEqual(first.slice(0, 3));
		expect(['A', 'B']).toContain(seen[3]);
	});

	it('are measured by answers that name no message, which are to the last one that went there', async () => {
		const people = await world.people(6);
		const [one = 0, later = 0, other = 0, named = 0, before = 0, failed = 0] = people;
		const test: VariantTest = { ...AB, metric: { kind: 'own', happened: 'replied' } };
		await draw(people, test, { channel: 'sms' });
		const answer = async (profileId: number, provider: string, more: object = {}) => await world.engine.events.ingest([{ type: 'track', event: 'SMS Replied', profileId, properties: { provider, channel: 'sms', text: 'Yes' }, ...more }], { source: 'test', own: true });
		const another = async (profile: number, state: string, inMs: number) => await world.change(`insert into message (id, token, step, trail, item_key, workflow, profile, channel, provider, purpose, topic, state, reserved_at, attempted_at)
			values ('late-${profile}', '', 'x', '', 'late-${profile}', 'wf', ${profile}, 'sms', 'twilio', 'marketing', '', '${state}', ${world.clock.nowMs() + inMs}, ${world.clock.nowMs() + inMs})`);
		await another(later, 'sent', 1000);
		await another(before, 'sent', 3000);
		await another(failed, 'failed', 1000);
		world.clock.advance(2000);
		await answer(one, 'twilio');
		await answer(later, 'twilio');
		await answer(other, 'vonage');
		await answer(named, 'twilio', { message: `m${named}-1` });
		await answer(before, 'twilio');
		await answer(failed, 'twilio');
		await mature();

		const rows = await world.rows<{ profile: number; outcome: number }>('select profile, outcome from assignment order by profile');
		expect(rows.map(({ outcome }) => Number(outcome))).toEqual([1, 0, 0, 1, 1, 1]);
	});

	it.each<[string, VariantTest]>([
		['', FACTORS], [', with half an emoji in its goal', { ...FACTORS, metric: { kind: 'own', happened: 'converted', goal: 'Bought \ud83d' } }],
	])('are only read where everybody has one and the sender is set as before%s', async (_what, test) => {
		const people = await world.people(5);
		await draw(people, test);
		let written = 0;

		await world.engine.store.tx('reserve', async (tx) => {
			const counting = new Proxy(tx, { get: (target, key) => {
				written += key === 'run' ? 1 : 0;
				return Reflect.get(target, key) as unknown;
			} });
			await drawVariants(counting, STEP, test, people.map((profile) => ({ message: `n${profile}`, profile, enrollment: null })));
		});

		expect(written).toBe(0);
	});

	it('that were taken out are drawn anew among those that are left, and renamed ones keep their people', async () => {
		const people = await world.people(60);
		const three: VariantTest = { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }, { name: 'C' }] }] };
		const first = await draw(people, three);

		const renamed = await draw(people, { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }, { name: 'See' }] }] }, { run: '2' });
		const without = await draw(people, { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }] }] }, { run: '3' });
		const again = await draw(people, { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }] }] }, { run: '4' });

		expect(renamed).toEqual(first.map((name) => (name === 'C' ? 'See' : name)));
		const left = where(people, first, (name) => name === 'C');
		expect(left.length).toBeGreaterThan(5);
		expect(without.filter((_name, n) => first[n] !== 'C')).toEqual(first.filter((name) => name !== 'C'));
		expect(new Set(without.filter((_name, n) => first[n] === 'C'))).toEqual(new Set(['A', 'B']));
		expect(again).toEqual(without);
	});

	it('count by what became of their message within its time, and not at all where it never left', async () => {
		const people = await world.people(40);
		const drawn = await draw(people.slice(0, 30));
		await draw(people.slice(30), AB, { state: 'skipped' });
		await happened(where(people.slice(0, 30), drawn, (name) => name === 'A'), 'clicked');

		const { paths, metric } = await mature();
		await happened(where(people.slice(0, 30), drawn, (name) => name === 'B'), 'clicked');
		const later = await mature();

		const of = (name: string) => drawn.filter((one) => one === name).length;
		expect(metric).toEqual({ kind: 'own', happened: 'clicked' });
		expect(paths).toMatchObject([
			{ name: 'A', matured: of('A'), conversions: of('A'), rate: 1, messages: { sent: of('A'), clicked: of('A') } },
			{ name: 'B', matured: of('B'), conversions: 0, rate: 0, messages: { sent: of('B'), clicked: 0 } },
		]);
		expect(later.paths[1]).toMatchObject({ conversions: 0, messages: { clicked: of('B') } });
	});

	it('have the same time to be answered in, whenever they left: a day more is waited where one may be held', async () => {
		const people = await world.people(12);
		const timed: VariantTest = { ...AB, heldMs: DAY_MS };
		const drawn = await draw(people, timed);
		const [early, late] = [people.slice(0, 6), people.slice(6)];
		await world.change(`update message set attempted_at = attempted_at + ${DAY_MS / 2} where id in (${late.map((profile) => `'m${profile}-1'`).join(', ')})`);
		world.clock.advance(DAY_MS + 1);
		await world.engine.tick();
		const [before] = await world.engine.experiments.status({ workflow: 'wf', step: 'email' });
		await happened(people, 'clicked');

		const { paths } = await mature();

		expect(before?.paths.map(({ matured }) => matured)).toEqual([0, 0]);
		const of = (among: readonly number[], name: string) => among.filter((profile) => drawn[people.indexOf(profile)] === name).length;
		expect(paths.map(({ matured, conversions }) => [matured, conversions])).toEqual([[of(people, 'A'), of(late, 'A')], [of(people, 'B'), of(late, 'B')]]);
		expect(early).toHaveLength(6);
	});

	it('that win are sent to whoever is written to anew, those too who had another', async () => {
		const people = await world.people(260);
		const fair: VariantTest = { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }] }] };
		const drawn = await draw(people.slice(0, 200), fair);
		await happened(where(people, drawn, (name) => name === 'B'), 'clicked');
		const { winner, paths } = await mature();

		const after = await draw(people, fair, { run: '2' });
		const kept = await draw(people, { ...fair, sendToWinner: false }, { run: '3' });

		expect(winner).toMatchObject({ name: 'B' });
		expect(paths).toMatchObject([{ name: 'A', allocation: 0 }, { name: 'B', allocation: 1 }]);
		expect(new Set(after)).toEqual(new Set(['B']));
		expect(kept.slice(0, 200)).toEqual(drawn);
	});

	it.each(['unsubscribed', 'complained'])('never win when more people leave or complain after them (%s), unless nobody asks or it was after their time', async (what) => {
		const people = await world.people(200);
		const fair: VariantTest = { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }] }], heldMs: DAY_MS };
		const judged = async (test: VariantTest, run: string, objectedAfterMs: number): Promise<ExperimentStatus> => {
			const liked = where(people, await draw(people, test, { run }), (name) => name === 'B');
			await happened(liked, 'clicked', run);
			world.clock.advance(objectedAfterMs);
			await happened(liked.filter((_one, n) => n % 2 === 0), what, run);
			await mature();
			const status = await mature();
			await world.engine.experiments.restart(STEP);
			return status;
		};

		const guarded = await judged(fair, '1', 0);
		const unguarded = await judged({ ...fair, guarded: false }, '2', 0);
		const late = await judged(fair, '3', DAY_MS + 1);

		expect(guarded.winner).toBeNull();
		expect(guarded.paths).toMatchObject([{ name: 'A', harmful: false }, { name: 'B', harmful: true }]);
		expect(guarded.paths[1]?.messages?.[what as 'complained']).toBeGreaterThan(30);
		expect(guarded.paths[1]?.evidence).toBeGreaterThan(guarded.paths[1]?.needed ?? Infinity);
		expect([unguarded, late].map(({ winner, paths }) => [winner?.name, paths.map(({ harmful }) => harmful)])).toEqual([['B', [false, false]], ['B', [false, false]]]);
	});

	it('of several factors have a winner each, and of the others people keep what they had', async () => {
		const people = await world.people(300);
		const drawn = await draw(people, FACTORS);
		await happened(where(people, drawn, (name) => name.includes('Subject B')), 'clicked');
		const { factors, winner } = await mature();

		const after = await draw(people, FACTORS, { run: '2' });

		expect(winner).toBeNull();
		expect(factors).toMatchObject([
			{ name: 'Subject', winner: { name: 'B' }, alternatives: [{ name: 'A', rate: 0 }, { name: 'B', rate: 1 }] },
			{ name: 'Time', winner: null, alternatives: [{ name: 'A' }, { name: 'B' }] },
		]);
		expect(after).toEqual(drawn.map((name) => name.replace('Subject A', 'Subject B')));
		const [again] = await world.engine.experiments.status({ workflow: 'wf', step: 'email' });
		expect(again?.factors?.[0]?.alternatives[1]?.evidence).toBe(factors?.[0]?.alternatives[1]?.evidence);
	});

	it('begin anew when the metric is another one, or by hand: all are drawn again, and nothing of before counts', async () => {
		const people = await world.people(100);
		const fair: VariantTest = { ...AB, factors: [{ name: '', alternatives: [{ name: 'A' }, { name: 'B' }] }] };
		const drawn = await draw(people, fair);
		await happened(where(people, drawn, (name) => name === 'B'), 'clicked');
		const { winner } = await mature();

		const opened = await draw(people, { ...fair, metric: { kind: 'own', happened: 'opened' } }, { run: '2' });
		const [second] = await world.engine.experiments.status({ workflow: 'wf', step: 'email' });
		await world.engine.experiments.restart(STEP);
		const third = await draw(people, { ...fair, metric: { kind: 'own', happened: 'opened' } }, { run: '3' });

		expect(winner).toMatchObject({ name: 'B' });
		expect(second).toMatchObject({ round: 2, winner: null, paths: [{ name: 'A', matured: 0 }, { name: 'B', matured: 0 }] });
		expect(second?.paths.map(({ name, messages }) => messages?.sent === opened.filter((one) => one === name).length)).toEqual([true, true]);
		expect(new Set([opened, drawn, third].map((one) => one.join(''))).size).toBe(3);
	});

	it('leave test people out of what they are judged by', async () => {
		const people = await world.people(4, { test: true });
		const drawn = await draw(people);
		await happened(people, 'clicked');

		const { paths } = await mature();

		expect(drawn).toHaveLength(4);
		expect(paths.map(({ people: drawnFor, matured }) => [drawnFor, matured])).toEqual([[0, 0], [0, 0]]);
	});

	it('of a new round are judged by their new message', async () => {
		const people = await world.people(30);
		await draw(people);
		await mature();
		await world.engine.experiments.restart(STEP);
		const drawn = await draw(people, AB, { run: '2' });
		await happened(people, 'clicked', '2');

		const { paths } = await mature();

		expect(paths.map(({ matured, conversions }) => [matured, conversions])).toEqual(['A', 'B'].map((name) => drawn.filter((one) => one === name).length).map((count) => [count, count]));
	});

	it('count by the first message of a person of whom a batch has two', async () => {
		const [profile = 0] = await world.people(1);
		const messages = ['first', 'second'];
		const drawn = await world.engine.store.tx('reserve', async (tx) => await drawVariants(tx, STEP, AB, messages.map((message) => ({ message, profile, enrollment: null }))));
		for (const message of messages) await world.change(`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, reserved_at, attempted_at) values ('${message}', '', 'email', '', '${message}', 'wf', ${profile}, 'email', 'marketing', '', 'sent', ${world.clock.nowMs()}, ${world.clock.nowMs()})`);
		await world.change(`update message set clicked_at = ${world.clock.nowMs()} where id = 'first'`);

		const { paths } = await mature();

		expect(drawn.get('first')).toBe(drawn.get('second'));
		expect(paths.reduce((total, { matured, conversions }) => total + 10 * matured + conversions, 0)).toBe(11);
	});

	it('are measured by goals of the same run, of the name that is asked for, reached after the message left', async () => {
		const people = await world.people(5);
		await draw(people, { ...AB, metric: { kind: 'own', happened: 'converted', goal: 'Order' } });
		const now = world.clock.nowMs();
		await world.change(`update message set enrollment = 1000 + profile, attempted_at = ${now + 500}`);
		const goal = async (profile: number | undefined, name: string, atMs: number, run = 1000) => await world.change(`insert into goal (id, enrollment, journey, workflow, step, profile, name, reached_at) values ('g${profile}', ${run + Number(profile)}, 'j', 'wf', 'goal', ${profile}, '${name}', ${atMs})`);
		await goal(people[0], 'Order', now + 1000);
		await goal(people[1], 'Another', now + 1000);
		await goal(people[2], 'Order', now + 1000, 2000);
		await goal(people[3], 'Order', now + 100);
		world.clock.advance(2000);
		await mature();

		const rows = await world.rows<{ outcome: number }>('select outcome from assignment order by profile');
		expect(rows.map(({ outcome }) => Number(outcome))).toEqual([1, 0, 0, 0, 0]);
	});

	it('of several factors keep a winner once it is found, whatever those do who were written to before', async () => {
		const people = await world.people(600);
		const first = await draw(people.slice(0, 300), FACTORS);
		await happened(where(people.slice(0, 300), first, (name) => name.includes('Subject B')), 'clicked');
		world.clock.advance(DAY_MS / 2);
		const second = await draw(people.slice(300), FACTORS);
		await happened(where(people.slice(300), second, (name) => name.includes('Subject A')), 'clicked');
		world.clock.advance(DAY_MS / 2 + 1);
		await world.engine.tick();
		const [found] = await world.engine.experiments.status(STEP);

		const { factors } = await mature();

		expect(found?.factors?.[0]).toMatchObject({ winner: { name: 'B' }, alternatives: [{ rate: 0 }, { rate: 1 }] });
		expect(factors?.[0]?.winner).toEqual(found?.factors?.[0]?.winner);
		expect(factors?.[0]?.alternatives.every(({ rate }) => rate !== 0 && rate !== 1)).toBe(true);
	});

	it('of one factor go on being compared when another one has its winner, and the guard is asked of each factor', async () => {
		const people = await world.people(600);
		const first = await draw(people.slice(0, 300), FACTORS);
		await happened(where(people, first, (name) => name.includes('Subject A')), 'clicked');
		const { factors: found } = await mature();
		const second = await draw(people.slice(300), FACTORS);
		const liked = where(people.slice(300), second, (name) => name.includes('Time A'));
		await happened(liked, 'clicked');
		await happened(liked.filter((_one, n) => n % 2 === 0), 'complained');

		const { factors } = await mature();

		expect(found?.map(({ winner }) => winner?.name)).toEqual(['A', undefined]);
		expect(new Set(second)).toEqual(new Set(['Subject A, Time A', 'Subject A, Time B']));
		expect(factors?.[1]).toMatchObject({ winner: null, alternatives: [{ name: 'A', harmful: true }, { name: 'B', harmful: false }] });
		expect(factors?.[1]?.alternatives[0]?.evidence).toBeGreaterThan(factors?.[1]?.alternatives[0]?.needed ?? Infinity);
	});
});
