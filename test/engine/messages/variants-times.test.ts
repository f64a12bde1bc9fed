import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { ab, VariedStage } from './varied';

/** Both of the same time: who is drawn for which makes no difference. The tests begin at 09:00 UTC. */
const at = (time: string) => ab({ at: time }, { at: time });

describe.each(DATABASES)('the time of day of a variant, on %s', (kind) => {
	let stage: VariedStage;
	afterEach(async () => {
		await stage.close();
	});

	const untils = async () => (await stage.world.rows<{ deferred_until: number | null }>('select deferred_until from message')).map(({ deferred_until: until }) => (until === null ? null : new Date(Number(until)).toISOString()));

	it('is tomorrow\'s for who comes more than half an hour after it', async () => {
		stage = await VariedStage.open(kind, 2);

		const { results } = await stage.world.walk.email(stage.step(), stage.leg.people, stage.mail(at('08:29')));

		expect(results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(await untils()).toEqual(['2026-03-03T08:29:00.000Z', '2026-03-03T08:29:00.000Z']);
		// The window of a day, and the day that somebody may have waited.
		expect(new Set((await stage.world.rows<{ after: number }>('select matures_at - assigned_at as after from assignment')).map(({ after }) => Number(after)))).toEqual(new Set([2 * DAY_MS]));
	});

	it('is waited for once: whom a dead server keeps back then is sent to when it is there again, not a day later', async () => {
		stage = await VariedStage.open(kind, 2);
		await stage.world.walk.email(stage.step(), stage.leg.people, stage.mail(at('18:00')));
		await stage.world.walk.settle(stage.leg);
		await stage.mailbox.die();
		stage.world.clock.advance(9 * HOUR_MS);
		const due = await stage.world.walk.start(stage.step());
		const dead = await stage.world.walk.email(stage.step(), due.people, stage.mail(at('18:00')));
		await stage.world.walk.settle(due);
		await stage.mailbox.revive();
		stage.world.clock.advance(45 * MINUTE_MS);
		const again = await stage.world.walk.start(stage.step());

		const { results } = await stage.world.walk.email(stage.step(), again.people, stage.mail(at('18:00')));

		expect(dead.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
	});

	it('is no part of how long a message may be held: quiet hours behind it begin to count then', async () => {
		stage = await VariedStage.open(kind, 1);
		await stage.world.engine.settings.set({ quietHours: { from: '22:00', to: '08:00' }, guardedPurposes: 'all' });
		const mail = stage.mail(at('23:00'), { holding: { whenQuiet: 'hold', atMostHours: 12 } });
		await stage.world.walk.email(stage.step(), stage.leg.people, mail);
		await stage.world.walk.settle(stage.leg);
		stage.world.clock.advance(14 * HOUR_MS);
		const due = await stage.world.walk.start(stage.step());

		const { results } = await stage.world.walk.email(stage.step(), due.people, mail);

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('quiet hours') as string }]);
		expect(await untils()).toEqual(['2026-03-03T08:00:00.000Z']);
	});

	it('comes for a test person by their own clock, and their message is none of the figures', async () => {
		stage = await VariedStage.open(kind, 1, { test: true });
		await stage.world.change('update enrollment set time_scale = 0.01, started_at = entered_at');

		await stage.world.walk.email(stage.step(), stage.leg.people, stage.mail(at('18:00')));
		const waits = await untils();
		const begunMs = stage.world.clock.nowMs();
		await stage.world.walk.settle(stage.leg);
		stage.world.clock.advance((9 * HOUR_MS) / 100);
		const due = await stage.world.walk.start(stage.step());
		const { results } = await stage.world.walk.email(stage.step(), due.people, stage.mail(at('18:00')));

		expect(waits).toEqual([new Date(begunMs + (9 * HOUR_MS) / 100).toISOString()]);
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent']);
		const [status] = await stage.world.engine.experiments.status({ workflow: 'wf' });
		expect(status?.paths.map(({ messages }) => messages?.sent)).toEqual([0, 0]);
	});
});
