import { DatabaseSync } from 'node:sqlite';
import { setImmediate as soon } from 'node:timers/promises';

import { DATABASES, type DatabaseKind } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg } from '../journeys/walk';
import { HOUR_MS, World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';
import { tableLines } from './tables';

/** What the driver throws when somebody else holds what the transaction needs. */
const BUSY: Record<DatabaseKind, object> = { sqlite: { errcode: 5 }, postgres: { code: '40P01' } };

describe.each(DATABASES)('what fails at its commit on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let leg: Leg;
	/** Throws at the next times this point is reached. */
	let failing: { point: string; times: number; error: Error } | null = null;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const email = () => world.walk.step('email', 'email');
	const wait = () => world.walk.step('wait', 'waitForEvent');

	beforeEach(async () => {
		failing = null;
		mailbox = await Mailbox.open();
		world = await World.open(kind, { atPoint: (point) => {
			if (failing?.point !== point || failing.times === 0) return;
			failing.times -= 1;
			throw failing.error;
		} });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', await world.people(3));
		// The secret that signs links is made at the first need, once and for all.
		await world.engine.collector.configure({ writeKeys: { key: 'site' }, publicUrl: 'https://n8n.example/webhook/journeys', port: null, workflow: 'collector' });
		await world.engine.preferences.links([{ kind: 'user_id', value: 'u0' }], { expiresInDays: 1 });
		leg = await world.walk.start(trigger());
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	const fail = (name: string, times: number, about: object = {}) => (failing = { point: `${name}:before-commit`, times, error: Object.assign(new Error('the disk is gone'), about) });

	const calls: Array<[name: string, call: () => Promise<unknown>]> = [
		['park', () => world.walk.park(wait(), leg.people, HOUR_MS, { event: 'Clicked' })],
		['settle', () => world.walk.settle(leg)],
		['route', () => world.walk.route(trigger(), leg.people)],
		['goal', () => world.walk.goal(world.walk.step('goal', 'goal'), leg.people, { name: 'Seen' })],
		['exit', () => world.walk.exit(world.walk.step('exit', 'exit'), leg.people, 'Not a fit')],
		['reserve', () => world.walk.email(email(), leg.people, mailbox.mail())],
	];

	it.each(calls)('rule 24: a %s that fails leaves nothing of itself, and does all of it when it is repeated', async (name, call) => {
		const before = await tableLines(world.engine.store);
		fail(name, 1);

		await expect(call()).rejects.toThrow('the disk is gone');
		const after = await tableLines(world.engine.store);
		await call();

		expect(after).toEqual(before);
		expect(await tableLines(world.engine.store)).not.toEqual(before);
	});

	it.each(calls)('rule 24: a %s that meets a busy database is tried again by itself, and is done once', async (name, call) => {
		fail(name, 2, BUSY[kind]);

		await call();

		expect(failing?.times).toBe(0);
		const [tokens, goals, messages] = [await world.tokens(), await world.rows('select id from goal'), await world.messages()];
		expect([tokens.filter(({ step }) => step === 'wait').length, goals.length, messages.length]).toEqual([name === 'park' ? 3 : 0, name === 'goal' ? 3 : 0, name === 'reserve' ? 3 : 0]);
		expect(mailbox.accepted).toHaveLength(name === 'reserve' ? 3 : 0);
	});

	it('rule 24: a confirmation that meets a busy database is written all the same: everybody is sent to once and goes on', async () => {
		fail('confirm', 3, BUSY[kind]);

		const { results } = await world.walk.email(email(), leg.people, mailbox.mail());

		expect(failing?.times).toBe(0);
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect((await world.messages()).map(({ state, attempts }) => [state, attempts])).toEqual([['sent', 1], ['sent', 1], ['sent', 1]]);
		expect(mailbox.accepted).toHaveLength(3);
	});

	it('rule 24: a confirmation that fails for good leaves the attempt as it was, which is unknown after its deadline and never sent again', async () => {
		fail('confirm', 1);
		await expect(world.walk.email(email(), leg.people, mailbox.mail())).rejects.toThrow('the disk is gone');
		const left = (await world.messages()).map(({ state }) => state);
		world.clock.advance(HOUR_MS);

		const replay = await world.walk.start(trigger());
		const { results } = await world.walk.email(email(), replay.people, mailbox.mail());

		expect(left).toEqual(['attempting', 'attempting', 'attempting']);
		expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'unknown']);
		expect(mailbox.accepted).toHaveLength(3);
	});

	it('rules 15, 24: what was found unknown by a process that died before anybody went on stays unknown, and is not sent by the next one', async () => {
		fail('confirm', 1);
		await expect(world.walk.email(email(), leg.people, mailbox.mail())).rejects.toThrow('the disk is gone');
		world.clock.advance(HOUR_MS);
		const second = await world.walk.start(trigger());
		fail('confirm', 1);
		await expect(world.walk.email(email(), second.people, mailbox.mail())).rejects.toThrow('the disk is gone');
		const left = (await world.messages()).map(({ state }) => state);
		world.clock.advance(HOUR_MS);

		const third = await world.walk.start(trigger());
		const { results } = await world.walk.email(email(), third.people, mailbox.mail());

		expect(left).toEqual(['unknown', 'unknown', 'unknown']);
		expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'unknown']);
		expect(mailbox.accepted).toHaveLength(3);
	});
});

it('rule 24: a settle that finds the embedded database locked by another process waits without blocking, and is done once it is free', async () => {
	const world = await World.open('sqlite');
	const trigger = world.walk.step('trigger', 'trigger');
	await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
	await world.track('Signed Up', await world.people(2));
	const leg = await world.walk.start(trigger);
	const other = new DatabaseSync(world.database.kind === 'sqlite' ? world.database.file : '');
	other.exec('begin immediate');

	let ended = false;
	const settling = world.walk.settle(leg).finally(() => (ended = true));
	// The first try is made before this comes back, and has failed.
	for (let turn = 0; turn < 3; turn += 1) await soon();
	const whileLocked = ended;
	other.exec('commit');
	other.close();
	const result = await settling;
	const enrollments = await world.enrollments();
	await world.close();

	expect(whileLocked).toBe(false);
	expect(result).toEqual({ settled: 2, released: 0, held: 0, away: 0 });
	expect(enrollments.map(({ state }) => state)).toEqual(['completed', 'completed']);
});
