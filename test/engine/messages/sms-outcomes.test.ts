import { randomBytes } from 'node:crypto';

import { DATABASES } from '../databases';
import type { World } from '../journeys/world';
import type { SmsGateway } from './sms-gateway';
import { BERLIN, SEOUL, SmsStage } from './sms-stage';

describe.each(DATABASES)('text messages and what becomes of them, on %s', (kind) => {
	let stage: SmsStage;
	let world: World;
	let gateway: SmsGateway;
	beforeEach(async () => {
		stage = await SmsStage.open(kind);
		({ world, gateway } = stage);
	});
	afterEach(() => stage.close());

	it('keep in the ledger how many segments they had and what they cost by the prices of the step, of which a step has the sum of what left', async () => {
		const [german, korean, wrong, lost] = [await stage.person(BERLIN, { text: 'x'.repeat(161) }), await stage.person(SEOUL, { text: '안녕' }), await stage.person('+14155551001', { text: 'Hi' }), await stage.person('+14155551002', { text: 'Hi' })];
		gateway.answerWith((to) => (to === '+14155551001' ? { status: 400, json: { code: 21211, message: 'Invalid' } } : to === '+14155551002' ? { status: 500, json: {} } : { status: 201, json: { sid: `SM${to}` } }));
		const leg = await stage.enter(german, korean, wrong, lost);

		await world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: '{{ profile.text }}' }, prices: { DE: '0.0755', US: '0.01' } }));

		const lines = await world.engine.messages.list({});
		expect(Object.fromEntries(lines.map(({ profile, state, segments, cost }) => [profile, [state, segments, cost]]))).toEqual({
			[german]: ['sent', 2, '0.151'], [korean]: ['sent', 1, null], [wrong]: ['failed', 1, '0.01'], [lost]: ['unknown', 1, '0.01'],
		});
		const [status] = await world.engine.journeys.status({});
		expect(status?.steps.find((one) => one.step === 'sms')?.messages).toMatchObject({ sent: 2, failed: 1, unknown: 1, segments: 4, cost: '0.161' });
	});

	it('add up to their cost in a currency of small units, too', async () => {
		const leg = await stage.enter(await stage.person(BERLIN), await stage.person(SEOUL));
		await world.walk.sms(stage.step(), leg.people, gateway.sms({ prices: { '*': '900' } }));
		await world.change('update message set cost = 9000000000000001');

		const [status] = await world.engine.journeys.status({});

		expect(status?.steps.find((one) => one.step === 'sms')?.messages).toMatchObject({ sent: 2, cost: '18000000000.000002' });
	});

	it('with a picture and no text have no segments, and cost nothing by the price of one', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));

		await world.walk.sms(stage.step(), leg.people, gateway.sms({ content: { text: '', mediaUrls: ['https://cdn.example/1.jpg'] }, prices: { DE: '0.0755' } }));

		expect(await world.engine.messages.list({})).toMatchObject([{ state: 'sent', segments: 0, cost: '0' }]);
	});

	it('that are tried again have the segments and the price of the last text that was made', async () => {
		const leg = await stage.enter(await stage.person(BERLIN), await stage.person(SEOUL));
		gateway.answerWith({ status: 429, json: {}, headers: { 'retry-after': '1' } });
		await world.walk.sms(stage.step(), leg.people, gateway.sms({ prices: { '*': '0.05' } }));
		await world.walk.settle(leg);
		gateway.answerWith((to) => ({ status: 201, json: { sid: `SM${to}` } }));
		world.clock.advance(1_000);
		const again = await world.walk.start(stage.step());

		// A price that was taken out of the step, and a text that cannot be made any more.
		await world.walk.sms(stage.step(), again.people, gateway.sms({ content: { text: `{% if profile.phone == '${BERLIN}' %}${'x'.repeat(161)}{% endif %}` } }));

		expect((await world.engine.messages.list({})).map(({ state, segments, cost }) => [state, segments, cost]).sort()).toEqual([['reserved', 1, '0.05'], ['sent', 2, null]]);
	});

	it('have no cost without prices, and are counted once that were tried twice', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));
		gateway.answerWith({ status: 429, json: {}, headers: { 'retry-after': '1' } });
		await world.walk.sms(stage.step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		const waiting = (await world.engine.journeys.status({}))[0]?.steps.find((one) => one.step === 'sms')?.messages;
		gateway.answerWith({ status: 201, json: { sid: 'SM1' } });
		world.clock.advance(1_000);
		const again = await world.walk.start(stage.step());

		await world.walk.sms(stage.step(), again.people, gateway.sms({ content: { text: 'x'.repeat(400) } }));

		expect(waiting).toMatchObject({ deferred: 1, segments: 0, cost: null });
		expect(await world.engine.messages.list({})).toMatchObject([{ state: 'sent', segments: 3, cost: null }]);
	});

	it('come again when the service says, but never at once, however often it says 0', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));
		gateway.answerWith({ status: 429, json: {}, headers: { 'retry-after': '0' } });
		await world.walk.sms(stage.step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		const pauses: number[] = [];
		for (let n = 0; n < 9; n += 1) {
			const [row] = await world.rows<{ deferred_until: number }>('select deferred_until from message');
			pauses.push(Number(row?.deferred_until) - world.clock.nowMs());
			world.clock.advance(pauses.at(-1) ?? 0);
			const again = await world.walk.start(stage.step());
			await world.walk.sms(stage.step(), again.people, gateway.sms());
			await world.walk.settle(again);
		}

		expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
		expect(gateway.sent).toHaveLength(10);
	});

	it('that the service refuses fail with the reason, without the number; one that is lost is unknown and never sent again', async () => {
		const [refused, lost] = [await stage.person(BERLIN), await stage.person(SEOUL)];
		gateway.answerWith((to) => (to === SEOUL ? 'drop' : { status: 400, json: { code: 21610, message: `Attempt to send to unsubscribed recipient ${to}`, status: 400 } }));
		const leg = await stage.enter(refused, lost);

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms());
		await world.walk.sms(stage.step(), leg.people, gateway.sms());

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'unknown']);
		const reasons = (await stage.ledger()).map(({ reason }) => reason ?? '').join(' | ');
		expect(reasons).toContain('answered STOP');
		expect(reasons).not.toMatch(/4915112345678|821012345678/);
		expect(gateway.sent).toHaveLength(2);
	});

	it('are sent, and so are the others of their batch, where an answer has an id that no index holds', async () => {
		const [long, usual] = [await stage.person(BERLIN), await stage.person(SEOUL)];
		const id = randomBytes(9_000).toString('base64url');
		gateway.answerWith((to) => ({ status: 201, json: { sid: to === SEOUL ? 'SM1' : id } }));
		const leg = await stage.enter(long, usual);

		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms());

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect((await world.rows<{ provider_id: string | null }>('select provider_id from message order by profile')).map(({ provider_id }) => provider_id)).toEqual([null, 'SM1']);
	});

	it('that the service refuses for somebody who has answered STOP take SMS away from them at once, and from nobody else', async () => {
		await stage.isReachable();
		const [left, stays] = [await stage.person(BERLIN), await stage.person(SEOUL)];
		await Promise.all([stage.wants(left), stage.wants(stays)]);
		gateway.answerWith((to) => (to === SEOUL ? { status: 400, json: { code: 21612, message: 'No way', status: 400 } } : { status: 400, json: { code: 21610, message: 'Attempt to send to unsubscribed recipient', status: 400 } }));
		const leg = await stage.enter(left, stays);

		const { results, notSent } = await world.walk.sms(stage.step('a'), leg.people, stage.marketing());
		world.clock.advance(60_000);
		const again = await world.walk.sms(stage.step('b'), notSent, gateway.sms());

		expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
		expect(again.results.map(({ outcome }) => outcome)).toEqual(['skipped', 'failed']);
		expect(gateway.sent.map(({ to }) => to).sort()).toEqual([BERLIN, SEOUL, SEOUL]);
		expect(await world.rows("select profile, state, source from consent where channel = 'sms' and topic = '' order by profile")).toEqual([{ profile: left, state: 'unsubscribed', source: 'twilio' }, { profile: stays, state: 'subscribed', source: 'form' }]);
		const history = await world.rows<{ seen: string | { message: string } }>(`select seen from consent_history where profile = ${left} and state = 'unsubscribed'`);
		expect(history.map(({ seen }) => (typeof seen === 'string' ? (JSON.parse(seen) as { message: string }) : seen))).toEqual([{ message: results.find(({ profile }) => profile === left)?.message }]);
		expect(await world.engine.messages.foresee({ profiles: [left], channel: 'sms', purpose: 'marketing', topic: '' })).toMatchObject([{ verdict: 'skip', guard: 'consent' }]);
		expect(await world.engine.suppression.list()).toEqual([]);
	});

	it('that the service refuses for somebody who has answered STOP end journeys that people leave by it, once however many texts say so', async () => {
		await world.walk.register(stage.trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime', exits: { consent: [{ channel: 'sms' }] } });
		const id = await stage.person(BERLIN);
		gateway.answerWith({ status: 400, json: { code: 21610, message: 'Attempt to send to unsubscribed recipient', status: 400 } });
		const legs = [await stage.enter(id), await stage.enter(id)];

		const sends = await Promise.all(legs.map(async (leg, n) => await world.walk.sms(stage.step(`s${n}`), leg.people, gateway.sms())));

		expect(sends.flatMap(({ results }) => results.map(({ outcome }) => outcome)).sort()).not.toContain('sent');
		expect(await world.rows('select state from enrollment where ended_at is null')).toEqual([]);
		expect(await world.rows(`select state, source from consent_history where profile = ${id}`)).toEqual([{ state: 'unsubscribed', source: 'twilio' }]);
	});

	it('wait when the service takes no more, and are sent when it does', async () => {
		const leg = await stage.enter(await stage.person(BERLIN));
		gateway.answerWith({ status: 429, json: { code: 20429, message: 'Too Many Requests', status: 429 }, headers: { 'retry-after': '120' } });
		const { results } = await world.walk.sms(stage.step(), leg.people, gateway.sms());
		await world.walk.settle(leg);
		gateway.answerWith({ status: 201, json: { sid: 'SM1' } });
		world.clock.advance(119_000);
		const early = await world.walk.start(stage.step());
		world.clock.advance(1_000);
		const later = await world.walk.start(stage.step());

		const again = await world.walk.sms(stage.step(), later.people, gateway.sms());

		expect(results).toMatchObject([{ outcome: 'parked' }]);
		expect(early.people).toEqual([]);
		expect(again.results).toMatchObject([{ outcome: 'sent' }]);
	});
});
