import { Client } from 'pg';

import type { JourneyEntry } from '../../../engine/journeys/types';
import { Mailbox } from '../messages/mailbox';
import { HOUR_MS, World } from '../journeys/world';

/** In the order in which they are to be locked. */
const TABLES = ['profile', 'enrollment', 'token'] as const;
type Table = (typeof TABLES)[number];

interface Transaction {
	name: string;
	/** Tables whose rows it locked or changed, in the order of the first time. */
	locked: Table[];
	/** Statements that lock rows of a table without saying in which order. */
	unordered: string[];
}

/** Locks that PostgreSQL takes by this statement; inserted rows are nobody else's yet. */
function lockedBy(text: string): Table | null {
	const statement = text.replaceAll(/\s+/g, ' ').trim().toLowerCase();
	const [, changed] = /^(?:update|delete from) (\w+)/.exec(statement) ?? [];
	const [, selected] = / from (\w+).* for (?:no key )?update/.exec(statement) ?? [];
	return TABLES.find((table) => table === (changed ?? selected)) ?? null;
}

/** What each transaction of the engine locked, by the name that the engine gave it. */
class LockLog {
	readonly transactions: Transaction[] = [];
	private point = '';
	private readonly open = new Map<object, Transaction>();
	private readonly spy: jest.SpyInstance;

	constructor() {
		const query = Client.prototype.query as unknown as (this: object, ...given: unknown[]) => unknown;
		const note = (client: object, text: unknown) => this.note(client, typeof text === 'string' ? text : '');
		this.spy = jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: object, ...given: unknown[]) {
			note(this, given[0]);
			return query.apply(this, given) as never;
		} as never);
	}

	readonly atPoint = (point: string): void => {
		this.point = point;
	};

	of(name: string): Transaction[] {
		return this.transactions.filter((one) => one.name === name);
	}

	end(): void {
		this.spy.mockRestore();
	}

	private note(client: object, text: string): void {
		if (text === 'begin') {
			this.open.set(client, { name: '', locked: [], unordered: [] });
			return;
		}
		const transaction = this.open.get(client);
		if (transaction === undefined) return;
		if (text === 'commit') {
			this.transactions.push({ ...transaction, name: this.point.replace(':before-commit', '') });
			this.open.delete(client);
			return;
		}
		const table = lockedBy(text);
		if (table === null) return;
		if (!transaction.locked.includes(table)) transaction.locked.push(table);
		// Who skips what others hold waits for nobody.
		if (/ for (?:no key )?update/i.test(text) && !/order by (?:\w+\.)?id|skip locked/i.test(text)) transaction.unordered.push(text);
	}
}

describe('the locks of the engine on postgres', () => {
	let log: LockLog;
	let world: World;
	let mailbox: Mailbox;
	let people: number[];

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'waitForEvent');

	/** Everything that happens to people of a journey, one call after the other. */
	beforeAll(async () => {
		log = new LockLog();
		mailbox = await Mailbox.open();
		world = await World.open('postgres', { atPoint: log.atPoint });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });
		people = await world.people(6);
		const [ann = 0, bea = 0, cid = 0, dan = 0] = people;
		await world.track('Signed Up', people);
		const leg = await world.walk.start(trigger());
		const [passed = []] = await world.walk.route(trigger(), leg.people);
		const reached = await world.walk.goal(world.walk.step('goal', 'goal'), passed, { name: 'Seen' });
		const { sent } = await world.walk.email(world.walk.step('email', 'email'), reached, mailbox.mail());
		await world.walk.park(wait(), sent, HOUR_MS, { event: 'Clicked' });
		await world.walk.settle(leg);
		await world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }]);
		await world.track('Ordered', [ann]);
		await world.track('Clicked', [bea]);
		const woken = await world.walk.start(wait());
		await world.walk.exit(world.walk.step('exit', 'exit'), woken.people, 'Not a fit');
		const [guest = null] = (await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'guest' }] }], { source: 'test' })).profiles;
		await world.track('Signed Up', [Number(guest)]);
		await world.engine.profiles.merge({ profileId: cid }, { profileId: Number(guest) });
		await world.engine.privacy.erasePerson({ profileId: dan }, { source: 'test' });
		world.clock.advance(HOUR_MS);
		await world.walk.settle(await world.walk.start(wait()), { kind: 'failed', reason: 'broken' });
		await comeByTime([ann, bea]);
	});

	/** Ways in that no event of theirs is: by name, by a date, by a broadcast at one moment and at each person's hour, by an answer that did not come. */
	async function comeByTime(known: readonly number[]): Promise<void> {
		const enter = async (step: string, entry: JourneyEntry) => await world.walk.register(world.walk.step(step, 'trigger'), { entry });
		const at = new Date(world.clock.nowMs() + HOUR_MS).toISOString();
		const everybody = { rule: { all: [] } };
		await enter('named', { kind: 'enroll' });
		await enter('date', { kind: 'date', attribute: 'renews', yearly: false, offsetDays: 0, at: at.slice(11, 16) });
		await enter('cast', { kind: 'schedule', when: { at }, people: everybody, localTime: false, ratePerMinute: 10 });
		await enter('cast-there', { kind: 'schedule', when: { at }, people: everybody, localTime: true });
		await enter('silent', { kind: 'message', happened: 'notOpened', withinMs: HOUR_MS });
		await world.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'named' }, people: known.map((profileId) => ({ profileId, data: { word: 'x' } })), requestId: 'r' });
		await world.engine.profiles.upsert(known.map((profileId) => ({ profileId, attributes: { renews: at.slice(0, 10) } })), { source: 'test' });
		const leg = await world.walk.start(world.walk.step('named', 'trigger'));
		await world.walk.email(world.walk.step('email', 'email'), leg.people, mailbox.mail());
		await world.engine.tick();
		world.clock.advance(HOUR_MS);
		await world.engine.tick();
	}
	afterAll(async () => {
		log.end();
		await world.close();
		await mailbox.close();
	});

	it('rule 3: are taken in one order by every transaction: profiles, then enrollments, then tokens, each by id', () => {
		const wrong = log.transactions.filter(({ locked, unordered }) => unordered.length > 0 || locked.some((table, n) => TABLES.indexOf(table) < TABLES.indexOf(locked[n - 1] ?? 'profile')));

		expect(wrong).toEqual([]);
		expect(log.transactions.some(({ locked }) => locked.length === TABLES.length)).toBe(true);
	});

	it.each(['ingest', 'park', 'reserve', 'attempt', 'confirm', 'set-consent', 'exit', 'merge', 'erase'])('rule 3: begin with the profiles in "%s"', (name) => {
		const transactions = log.of(name);

		expect(transactions).not.toEqual([]);
		expect(transactions.filter(({ locked }) => locked[0] !== 'profile')).toEqual([]);
	});

	it.each(['enroll', 'date-build', 'date-entries', 'broadcast-slice', 'broadcast-turns', 'silence-entries'])('rule 3: begin with the profiles in "%s"', (name) => {
		// The last look of each finds nobody any more.
		const transactions = log.of(name).filter(({ locked }) => locked.length > 0);

		expect(transactions).not.toEqual([]);
		expect(transactions.filter(({ locked }) => locked[0] !== 'profile')).toEqual([]);
	});

	it.each(['park', 'settle', 'exit'])('rule 3: reach the enrollments before the tokens in "%s"', (name) => {
		const transactions = log.of(name).filter(({ locked }) => locked.includes('token'));

		expect(transactions).not.toEqual([]);
		expect(transactions.filter(({ locked }) => !locked.includes('enrollment'))).toEqual([]);
	});
});
