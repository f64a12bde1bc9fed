import fc from 'fast-check';
import { sql } from 'kysely';

import { EngineError } from '../../../../engine/kernel';
import type { JourneyConfig } from '../../../../engine/journeys/types';
import type { DatabaseKind } from '../../databases';
import type { Mailbox } from '../../messages/mailbox';
import { imported } from '../../transfer/fixture';
import { protocolViolations } from '../protocol-checks';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../world';
import { Canvas, TRIGGERS, TYPES, type TriggerName } from './canvas';

const DEEDS = [
	'start', 'start', 'start', 'start', 'on', 'on', 'on', 'on', 'on', 'finish', 'finish', 'crash', 'fail', 'later', 'later', 'later', 'pump', 'pump', 'pump',
	'signUp', 'signUp', 'signUp', 'enroll', 'enroll', 'click', 'order', 'pay', 'gold', 'birthday', 'appointment', 'sms', 'no', 'yes', 'noChat',
	'merge', 'merge', 'unmerge', 'erase', 'pause', 'resume', 'resume', 'stop', 'go', 'move', 'move', 'exit', 'retry', 'import', 'undo',
] as const;
export interface Deed {
	do: (typeof DEEDS)[number];
	a: number;
	b: number;
}
export const deed: fc.Arbitrary<Deed> = fc.record({ do: fc.constantFrom(...DEEDS), a: fc.nat(1000), b: fc.nat(1000) });

const PEOPLE = 6;
const JUMPS = [1_000, MINUTE_MS, 3 * MINUTE_MS, 11 * MINUTE_MS, HOUR_MS, 7 * HOUR_MS, DAY_MS];
const STEPS = Object.keys(TYPES);

/** What nobody of may be sent anything any more, read before a deed. */
interface Before {
	enrollments: Map<number, { state: string; holdout: number; journey: string }>;
	paused: Set<string>;
	stopped: boolean;
	refused: Map<string, Set<number>>;
}

interface Told {
	channel: 'email' | 'chat';
	step: string;
	message: string;
	enrollment: number;
	profile: number;
}

export class Story {
	private legs: Array<AsyncGenerator<void, void>> = [];
	private readonly told: Told[] = [];
	private heard: Told[] = [];
	private readonly canvases: Canvas[];
	private readonly mailFrom: number;
	private readonly erased: number[] = [];
	private readonly imports: string[] = [];
	private merged = false;
	readonly wrong: string[] = [];

	private constructor(readonly world: World, private readonly mailbox: Mailbox, engines: Array<World['engine']>) {
		this.mailFrom = mailbox.accepted.length;
		this.canvases = engines.map((engine) => new Canvas(engine, mailbox, ({ message, enrollment, profile }) => {
			this.heard.push({ channel: 'chat', step: 'gate', message, enrollment, profile });
		}));
	}

	static async open(kind: DatabaseKind, mailbox: Mailbox): Promise<Story> {
		const world = await World.open(kind);
		const story = new Story(world, mailbox, [world.engine, (await world.another()).engine]);
		await story.publish();
		return story;
	}

	private get canvas(): Canvas {
		return this.canvases[0] as Canvas;
	}

	private async publish(): Promise<void> {
		const { engine } = this.world;
		await engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		await engine.settings.set({ quietHours: null, caps: [] });
		await engine.segments.save({ name: 'Gold', rule: { attribute: 'plan', operator: 'equals', value: 'gold' }, wait: true });
		const everybody = { rule: { attribute: 'number', operator: 'greaterOrEqual', value: 0 } } as const;
		const common = { fields: ['number'], onFailure: 'retry', retries: 2, exitOn: { event: 'Ordered' }, exits: { consent: [{ channel: 'email' }], afterMs: 20 * DAY_MS }, virtualDaySeconds: 60 } as const;
		const configs: Record<TriggerName, Partial<JourneyConfig> & Pick<JourneyConfig, 'entry'>> = {
			signed: { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime', entryRate: { people: 2, perMs: 7 * MINUTE_MS }, entryCap: { people: 4, perMs: HOUR_MS }, goals: [{ name: 'Paid', match: { event: 'Paid' }, withinMs: 5 * DAY_MS, exit: true }] },
			daily: { entry: { kind: 'schedule', when: { cron: '0 9 * * *' }, people: everybody, localTime: true, ratePerMinute: 1 }, reEntry: 'afterLeaving', holdout: { percent: 50 } },
			birthday: { entry: { kind: 'date', attribute: 'birthday', yearly: true, offsetDays: -1, at: '10:00' }, reEntry: 'anyTime' },
			enrolled: { entry: { kind: 'enroll' }, reEntry: 'anyTime', entryRate: { people: 1, perMs: 5 * MINUTE_MS } },
			silent: { entry: { kind: 'message', happened: 'notOpened', withinMs: 10 * HOUR_MS }, reEntry: 'never' },
			gold: { entry: { kind: 'segment', segment: 'Gold' }, reEntry: 'afterLeaving', minGapMs: HOUR_MS },
		};
		for (const trigger of TRIGGERS) await this.canvas.walk.register(this.canvas.step(trigger), { ...common, exits: { ...common.exits, consent: [...common.exits.consent] }, fields: [...common.fields], name: trigger, ...configs[trigger] });
		await engine.profiles.upsert(Array.from({ length: PEOPLE }, (_, n) => ({ identities: [{ kind: 'email', value: `zz${n}zz@x.org` }], attributes: { number: n, note: `zz${n}zz`, ...(n % 2 === 0 ? { timezone: 'Asia/Tokyo' } : {}) } })), { source: 'test' });
		await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'zz6zz@x.org' }], attributes: { number: 6, note: 'zz6zz' } }], { source: 'test', test: true });
		for (const profile of await this.people()) for (const channel of ['email', 'chat']) await engine.consent.set([{ profile, channel, topic: '', state: 'subscribed', source: 'test' }]);
		await this.serve();
	}

	private async serve(): Promise<void> {
		await this.world.engine.journeys.markLeader();
		for (const step of STEPS) await this.world.engine.journeys.beat(this.canvas.step(step));
	}

	private async people(): Promise<number[]> {
		return (await this.world.rows<{ id: number }>(`select id from profile order by id`)).map(({ id }) => Number(id));
	}

	/** Does it, and asks whether all is well. */
	async tell({ do: what, a, b }: Deed): Promise<void> {
		const before = await this.before();
		try {
			await this.act(what, a, b);
		} catch (error) {
			if (!(error instanceof EngineError) || !['NOT_FOUND', 'CONFLICT', 'BAD_INPUT'].includes(error.code)) throw error;
		}
		await this.check(before, what);
	}

	private async act(what: Deed['do'], a: number, b: number): Promise<void> {
		const { engine, clock } = this.world;
		const people = await this.people();
		const one = people[a % Math.max(1, people.length)];
		const other = people[b % Math.max(1, people.length)];
		const legAt = this.legs.length === 0 ? -1 : a % this.legs.length;
		const leg = this.legs[legAt];
		const trigger = TRIGGERS[a % TRIGGERS.length] as TriggerName;
		const step = STEPS[b % STEPS.length] as string;
		switch (what) {
			case 'start': {
				const begun = await (this.canvases[a % 2] as Canvas).begin(step, 1 + (a % 4), 5 * MINUTE_MS);
				if (begun !== null) this.legs.push(begun);
				return;
			}
			case 'pump': return await this.pump(STEPS.filter((_, n) => (n + a) % 3 !== 0));
			case 'on': if (leg !== undefined && (await leg.next()).done === true) this.legs.splice(legAt, 1); return;
			case 'finish': if (leg !== undefined) for (this.legs.splice(legAt, 1); (await leg.next()).done !== true;); return;
			case 'crash': if (leg !== undefined) this.legs.splice(legAt, 1); return;
			case 'fail': {
				const rows = await this.world.rows<{ nonce: string }>(`select nonce from lease order by nonce`);
				const row = rows[a % Math.max(1, rows.length)];
				if (row !== undefined) await engine.journeys.settle(row.nonce, b % 3 === 0 ? { kind: 'waiting', untilMs: clock.nowMs() + HOUR_MS } : b % 3 === 1 ? { kind: 'failed', reason: 'an error' } : { kind: 'unproven' });
				return;
			}
			case 'later': return await this.later(JUMPS[a % JUMPS.length] as number);
			case 'signUp': if (one !== undefined) await this.world.track('Signed Up', b % 3 === 0 ? people : [one], { properties: { note: `zz${one}` } }); return;
			case 'enroll': if (one !== undefined) await engine.journeys.enroll({ journey: { workflow: 'wf', step: trigger }, people: [{ profileId: one, data: { word: 'given' } }], requestId: `r${b % 20}` }); return;
			case 'click': if (one !== undefined) await this.world.track('Clicked', [one]); return;
			case 'order': if (one !== undefined) await this.world.track('Ordered', [one]); return;
			case 'pay': if (one !== undefined) await this.world.track('Paid', [one]); return;
			case 'gold': if (one !== undefined) await engine.profiles.upsert([{ profileId: one, attributes: { plan: b % 2 === 0 ? 'gold' : 'free' } }], { source: 'test' }); return;
			case 'birthday': if (one !== undefined) await engine.profiles.upsert([{ profileId: one, attributes: { birthday: `1980-03-0${3 + (b % 5)}` } }], { source: 'test' }); return;
			case 'appointment': if (one !== undefined) await engine.profiles.upsert([{ profileId: one, attributes: { appointment: b % 4 === 0 ? null : new Date(clock.nowMs() + (b % 40) * HOUR_MS).toISOString() } }], { source: 'test' }); return;
			case 'sms': if (one !== undefined) await engine.consent.set([{ profile: one, channel: 'sms', topic: '', state: 'subscribed', source: 'test' }]); return;
			case 'no': if (one !== undefined) await engine.consent.set([{ profile: one, channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }]); return;
			case 'noChat': if (one !== undefined) await engine.consent.set([{ profile: one, channel: 'chat', topic: '', state: 'unsubscribed', source: 'test' }]); return;
			case 'yes': if (one !== undefined) await engine.consent.set([{ profile: one, channel: b % 2 === 0 ? 'email' : 'chat', topic: '', state: 'subscribed', source: 'test' }]); return;
			case 'merge':
				if (one === undefined || other === undefined || one === other) return;
				this.merged = true;
				await engine.profiles.merge({ profileId: one }, { profileId: other });
				return;
			case 'unmerge': if (one !== undefined) await engine.profiles.unmerge({ profileId: one }); return;
			case 'erase': if (one !== undefined && b % 5 === 0) await this.erase(one); return;
			case 'pause': await engine.journeys.pause({ workflow: 'wf', ...(b % 3 === 0 ? {} : { journeyStep: trigger }) }, 'a wrong price'); return;
			case 'resume': await engine.journeys.resume({ workflow: 'wf', ...(b % 2 === 0 ? {} : { journeyStep: trigger }) }); return;
			case 'stop': await engine.journeys.stopSending('all of it'); return;
			case 'go': await engine.journeys.resumeSending(); return;
			case 'move': await engine.journeys.move({ workflow: 'wf', to: step, wait: a % 2 === 0 ? 'now' : 'keep', ...(a % 3 === 0 || one === undefined ? { step: STEPS[a % STEPS.length] as string } : { people: [one] }) }); return;
			case 'exit': if (one !== undefined) await engine.journeys.exitPeople({ workflow: 'wf', people: [one], reason: 'by hand' }); return;
			case 'retry': await engine.journeys.retryHeld({ workflow: 'wf' }); return;
			case 'import': {
				const report = await imported(engine.transfer, `email,plan,birthday\nzz${a % 9}zz@x.org,${b % 2 === 0 ? 'gold' : 'free'},1990-03-04\nzz${b % 9}zz@x.org,gold,1991-03-05\n`, { startJourneys: b % 3 === 0, source: `import${this.imports.length}` });
				this.imports.push(report.importId);
				return;
			}
			case 'undo': {
				const id = this.imports[a % Math.max(1, this.imports.length)];
				if (id !== undefined) await engine.transfer.importUndo(id, { source: 'test' });
				return;
			}
		}
	}

	private async later(ms: number): Promise<void> {
		this.world.clock.advance(ms);
		await this.serve();
		await this.world.engine.tick();
	}

	/** Everybody who is due at these steps walks on to where they stand next. */
	private async pump(steps: readonly string[]): Promise<void> {
		for (const step of steps) {
			const leg = await this.canvas.begin(step, 500, 5 * MINUTE_MS);
			if (leg !== null) while ((await leg.next()).done !== true);
		}
	}

	private async erase(profile: number): Promise<void> {
		await this.world.engine.privacy.erasePerson({ profileId: profile }, { source: 'test' });
		this.erased.push(profile);
	}

	private async before(): Promise<Before> {
		const enrollments = await this.world.rows<{ id: number; state: string; holdout: number; journey: string }>('select id, state, holdout, journey from enrollment');
		const paused = await this.world.rows<{ id: string }>('select id from journey where paused_at is not null');
		const refused = await this.world.rows<{ profile: number; channel: string }>(`select profile, channel from consent where topic = '' and state = 'unsubscribed'`);
		const of = (channel: string) => new Set(refused.filter((row) => row.channel === channel).map(({ profile }) => profile));
		return { enrollments: new Map(enrollments.map((row) => [row.id, row])), paused: new Set(paused.map(({ id }) => id)), stopped: (await this.world.engine.journeys.sendingStopped()).stopped, refused: new Map([['email', of('email')], ['chat', of('chat')]]) };
	}

	private async check(before: Before, what: string): Promise<void> {
		const mails = this.mailbox.accepted.slice(this.mailFrom + this.told.filter(({ channel }) => channel === 'email').length);
		const rows = await this.world.rows<{ id: string; profile: number; enrollment: number; step: string }>('select id, profile, enrollment, step from message');
		for (const mail of mails) {
			const row = rows.find(({ id }) => id === mail.message);
			if (row === undefined) this.wrong.push(`a mail without a row: ${mail.message}`);
			this.heard.push({ channel: 'email', step: row?.step ?? '', message: mail.message, enrollment: row?.enrollment ?? 0, profile: row?.profile ?? 0 });
		}
		// A branch that was put into another's path by hand goes along it as well: the operator's doing.
		const moved = new Set((await this.world.rows<{ id: number }>('select id from enrollment where moved_at is not null')).map(({ id }) => id));
		for (const one of this.heard.splice(0)) {
			const enrollment = before.enrollments.get(one.enrollment);
			const at = `${one.channel} of ${one.step} to ${one.profile} in ${one.enrollment}`;
			if (enrollment !== undefined && enrollment.state !== 'active') this.wrong.push(`${at}: after their end`);
			if (enrollment?.holdout === 1) this.wrong.push(`${at}: held out`);
			if (enrollment !== undefined && before.paused.has(enrollment.journey)) this.wrong.push(`${at}: paused`);
			if (before.stopped) this.wrong.push(`${at}: stopped`);
			if (before.refused.get(one.channel)?.has(one.profile) === true) this.wrong.push(`${at}: refused`);
			if (!moved.has(one.enrollment) && this.told.some((earlier) => earlier.enrollment === one.enrollment && earlier.step === one.step)) this.wrong.push(`${at}: twice`);
			this.told.push(one);
		}
		const found = await protocolViolations(this.world.engine.store, this.mailbox.accepted.slice(this.mailFrom), { entryEvent: 'Signed Up', atRest: false });
		// Of people who have become one these ask what was true of one half; an erased person's message has nobody. The seventh takes each message for an email; refusals are looked at above.
		const afterwards = ['9 the wrong person\'s content', '6 lost wake-up'];
		for (const [query, list] of Object.entries(found)) if (!query.startsWith('7') && !((this.merged || this.erased.length > 0) && afterwards.includes(query))) this.wrong.push(`${query}: ${JSON.stringify(list)}`);
		await this.strays();
		if (what === 'erase' || what === 'end') await this.traces();
		if (this.wrong.length > 0) throw new Error(this.wrong.join('\n'));
	}

	/** What belongs together stays together: a token and its enrollment name the same person, who is there; a meeting that waits has its token. */
	private async strays(): Promise<void> {
		const found = {
			'a token of somebody else': await this.world.rows(`select t.id, t.place, t.profile, e.profile as enrolled from token t join enrollment e on e.id = t.enrollment where t.profile <> e.profile`),
			'a token of nobody': await this.world.rows(`select t.id, t.profile from token t left join profile p on p.id = t.profile where p.id is null`),
			'a meeting of nobody': await this.world.rows(`select m.enrollment from meeting m left join enrollment e on e.id = m.enrollment where e.state is null or e.state <> 'active'`),
			'twice in at once': await this.world.rows(`select journey, profile, entry_key from enrollment where state = 'active' group by journey, profile, entry_key having count(*) > 1`),
			'a mark below its leg': await this.world.rows(`select t.id from token t where t.since_no < 0 or t.watch_from < 0`),
			'alone at a join': await this.world.rows(`select t.enrollment from token t where not exists (select 1 from token o where o.enrollment = t.enrollment and not (o.join_round is not null and o.state = 'parked' and o.outcome is null)) `),
		};
		for (const [what, rows] of Object.entries(found)) if (rows.length > 0) this.wrong.push(`${what}: ${JSON.stringify(rows)}`);
	}

	private async traces(): Promise<void> {
		if (this.erased.length === 0) return;
		await this.world.engine.store.read(async (reader) => {
			const columns = reader.dialect.name === 'sqlite'
				? await reader.all<{ t: string; c: string }>(sql<{ t: string; c: string }>`select m.name as t, i.name as c from sqlite_master m join pragma_table_info(m.name) i where m.type = 'table'`)
				: await reader.all<{ t: string; c: string }>(sql<{ t: string; c: string }>`select table_name as t, column_name as c from information_schema.columns where table_schema = current_schema()`);
			for (const profile of this.erased) {
				for (const { t, c } of columns.filter(({ c: name }) => name === 'profile' || name.endsWith('_profile'))) {
					const row = await reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from ${sql.table(t)} where ${sql.ref(c)} = ${profile}`);
					if (row !== undefined && Number(row.n) > 0) this.wrong.push(`${profile} was erased and is still in ${t}.${c}`);
				}
			}
		});
	}

	/** All that was under way dies, everything runs again, and weeks pass: everybody ends. */
	async end(): Promise<void> {
		const before = await this.before();
		this.legs = [];
		const { engine } = this.world;
		await engine.journeys.resume({ workflow: 'wf' });
		await engine.journeys.resumeSending();
		await this.check({ ...before, paused: new Set(), stopped: false }, 'none');
		// Nobody new from here on.
		await this.world.change(`delete from broadcast`);
		await this.world.change(`delete from date_entry`);
		await this.world.change(`delete from silence_entry`);
		await this.world.change(`update journey set listens = null where 1 = 0`).catch(() => undefined);
		for (let round = 0; round < 34; round += 1) {
			await this.later(round < 6 ? 6 * MINUTE_MS : 21 * HOUR_MS);
			const then = await this.before();
			for (let turn = 0; turn < 3; turn += 1) await this.pump(STEPS);
			await this.check(then, 'none');
			if (round % 5 === 4) await engine.journeys.retryHeld({ workflow: 'wf' });
			// The silent ones' own mails are waited for as well.
			await this.world.change(`delete from silence_entry`);
			await engine.journeys.resume({ workflow: 'wf' });
		}
		const left = await this.world.rows<{ reason: string | null }>(`select (select s.step from step s where s.place = t.place) as step, t.state, t.reason, t.due_at - ${this.world.clock.nowMs()} as due, t.outcome, t.awaits, t.join_round, e.journey from token t join enrollment e on e.id = t.enrollment`);
		const stuck = left.filter(({ reason }) => reason === null || !/other way|another way/i.test(reason));
		if (stuck.length > 0) this.wrong.push(`does not end: ${JSON.stringify(stuck)}`);
		await this.check(await this.before(), 'end');
	}

	async close(): Promise<void> {
		await this.world.close();
	}
}
