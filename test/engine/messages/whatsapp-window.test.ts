import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { BERLIN, MetaNumber, NUMBER, SEOUL } from './meta-number';

const CLOSED = { guard: 'service window', reason: 'service window: the person has not written to this sender within the last 24 hours' };
const instead = { kind: 'template' as const, id: 'back_soon', language: 'en_US', body: [{ text: '{{ profile.firstName }}' }] };

describe.each(DATABASES)('the 24-hour window of WhatsApp, on %s', (kind) => {
	let number: MetaNumber;
	beforeEach(async () => {
		number = await MetaNumber.open(kind);
	});
	afterEach(() => number.close());

	const sendTo = async (...profiles: number[]) => {
		const leg = await number.enter(...profiles);
		return (await number.world.walk.whatsApp(number.step(), leg.people, number.message())).results;
	};

	it('keeps free-form messages from whoever has not written, says why in the ledger, and lets the others get theirs', async () => {
		const [writer, silent] = [await number.person(BERLIN), await number.person(SEOUL)];
		await number.writes(BERLIN);

		const results = await sendTo(writer, silent);

		expect(number.sent.map(({ to, text }) => [to, text?.body])).toEqual([[BERLIN, 'Hello Anna']]);
		expect(results.find(({ profile }) => profile === silent)).toMatchObject({ outcome: 'skipped', reason: CLOSED.reason });
		expect((await number.ledger()).filter(({ state }) => state === 'skipped')).toMatchObject([CLOSED]);
	});

	it('is open for a day, less a minute for the way, from the last thing they sent, whatever it was', async () => {
		const id = await number.person(BERLIN);
		await number.writes(BERLIN, { type: 'text', text: { body: 'Hi' } }, { agoMs: 12 * HOUR_MS });
		await number.writes(BERLIN, { type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '👍' } });
		// What was sent before comes late: it closes nothing.
		await number.writes(BERLIN, { type: 'image', image: {} }, { agoMs: 20 * HOUR_MS });

		number.world.clock.advance(DAY_MS - MINUTE_MS - 1);
		const [open] = await sendTo(id);
		number.world.clock.advance(1);
		const [closed] = await sendTo(id);

		expect([open?.outcome, closed?.outcome]).toEqual(['sent', 'skipped']);
	});

	it('is that of the very number of ours that they wrote to', async () => {
		const id = await number.person(BERLIN);
		await number.writes(BERLIN, { type: 'text', text: { body: 'Hi' } }, { phoneNumberId: '999' });
		const leg = await number.enter(id);

		const first = await number.world.walk.whatsApp(number.step('a'), leg.people, number.message());
		const second = await number.world.walk.whatsApp(number.step('b'), first.notSent, number.message({ from: '999' }));

		expect([first.results[0]?.outcome, second.results[0]?.outcome]).toEqual(['skipped', 'sent']);
		expect(number.service.calls.map(({ path }) => path)).toEqual(['/v23.0/999/messages']);
	});

	it('lets the template go instead of a text whose link the person has nothing to confirm by', async () => {
		const leg = await number.enter(await number.person(SEOUL));

		const { results } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: { kind: 'text', text: 'Confirm: {{ links.confirmUrl }}' }, whenClosed: instead }));

		expect(results).toMatchObject([{ outcome: 'sent' }]);
	});

	it('lets the template go instead where the step says so, and the ledger tells which it was', async () => {
		const [writer, silent] = [await number.person(BERLIN), await number.person(SEOUL)];
		await number.writes(BERLIN);
		const leg = await number.enter(writer, silent);

		const { results } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ whenClosed: instead }));

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(number.sent.map(({ to, type, template }) => [to, type, template?.components]).sort()).toEqual([[BERLIN, 'text', undefined], [SEOUL, 'template', [{ type: 'body', parameters: [{ type: 'text', text: 'Anna' }] }]]]);
		expect((await number.ledger()).map(({ reason }) => reason).sort()).toEqual([null, 'the 24-hour window was closed: the template was sent instead'].sort());
	});

	it('holds nothing back of a template', async () => {
		const id = await number.person(BERLIN);
		const leg = await number.enter(id);

		const { results } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: instead }));

		expect(results).toMatchObject([{ outcome: 'sent' }]);
	});

	it('is judged when a message is about to leave, not when it first wanted to', async () => {
		const id = await number.person(BERLIN);
		await number.writes(BERLIN);
		const leg = await number.enter(id);
		await number.world.engine.journeys.stopSending('a check');
		const waiting = await number.world.walk.whatsApp(number.step(), leg.people, number.message());
		await number.world.walk.settle(leg);
		number.world.clock.advance(DAY_MS);
		await number.world.engine.journeys.resumeSending();
		const later = await number.world.walk.start(number.step());

		const { results } = await number.world.walk.whatsApp(number.step(), later.people, number.message());

		expect(waiting.results).toMatchObject([{ outcome: 'parked' }]);
		expect(results).toMatchObject([{ outcome: 'skipped', reason: CLOSED.reason }]);
		expect(number.sent).toEqual([]);
	});

	it('stays with the phone number when its person becomes one with another, and when that is taken back', async () => {
		const guest = await number.person(SEOUL);
		const { profiles: [member] } = await number.world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'anna@shop.example' }], attributes: { firstName: 'Anna' } }], { source: 'test' });
		const into = Number(member);
		await number.world.engine.consent.set([{ profile: into, channel: 'whatsapp', topic: '', state: 'subscribed', source: 'form' }]);
		await number.writes(SEOUL);
		const foreseen = async (...profiles: number[]) => (await number.world.engine.messages.foresee({ profiles, channel: 'whatsapp', purpose: 'marketing', topic: '', window: { sender: NUMBER, whenClosed: 'skip' } })).map(({ guard }) => guard);

		const before = await foreseen(into, guest);
		const { profile: survivor } = await number.world.engine.profiles.merge({ profileId: into }, { profileId: guest });
		const [sent] = await sendTo(survivor);
		const { restored } = await number.world.engine.profiles.unmerge({ profileId: survivor });
		const after = await foreseen(...[survivor, restored].sort((a, b) => a - b));

		expect(sent).toMatchObject({ outcome: 'sent' });
		expect(number.sent.map(({ to }) => to)).toEqual([SEOUL]);
		expect([...before].sort()).toEqual(['address', null]);
		expect([...after].sort()).toEqual(['address', null]);
	});

	it('is told to a person who asks for their data, is gone with them, and of strangers is never kept', async () => {
		const id = await number.person(BERLIN);
		await number.writes(BERLIN);
		await number.writes('+12125550199');
		const kept = await number.windows();

		const copy = await number.world.engine.privacy.exportPerson({ profileId: id }, { source: 'test' });
		await number.world.engine.privacy.erasePerson({ profileId: id }, { source: 'test' });

		expect(kept).toEqual([{ address: BERLIN, sender: NUMBER }, { address: BERLIN, sender: '15550783881' }]);
		expect(JSON.stringify(copy)).toContain(`"sender":"${NUMBER}"`);
		expect(await number.windows()).toEqual([]);
	});

	it('is forgotten when it has been closed for good', async () => {
		await number.person(BERLIN);
		await number.writes(BERLIN);
		number.world.clock.advance(DAY_MS + MINUTE_MS);

		await number.world.engine.tick();

		expect(await number.windows()).toEqual([]);
	});

	it('says nothing of consent: who never signed up gets no message, and who wrote STOP none either', async () => {
		const [stranger, left] = [await number.stranger(BERLIN), await number.person(SEOUL)];
		await number.writes(BERLIN);
		await number.writes(SEOUL, { type: 'text', text: { body: 'STOP' } });

		const results = await sendTo(stranger, left);

		expect(results.map(({ reason }) => reason).sort()).toEqual(['no consent: never subscribed to whatsapp', 'no consent: unsubscribed from whatsapp']);
		expect(number.sent).toEqual([]);
	});

	it('and a STOP find whoever is stored by another way to write the same number', async () => {
		const [mexico, brazil] = [await number.person('+525512345678'), await number.person('+5541988776655')];
		await number.writes('+5215512345678');
		await number.writes('+554188776655', { type: 'text', text: { body: 'STOP' } });

		const results = await sendTo(mexico, brazil);

		expect(number.sent.map(({ to }) => to)).toEqual(['+525512345678']);
		expect(results.find(({ profile }) => profile === brazil)).toMatchObject({ outcome: 'skipped', reason: 'no consent: unsubscribed from whatsapp' });
	});

	it('is foreseen by a preview', async () => {
		const id = await number.person(BERLIN);
		const ask = async () => (await number.world.engine.messages.foresee({ profiles: [id], channel: 'whatsapp', purpose: 'marketing', topic: '', window: { sender: NUMBER, whenClosed: 'skip' } }))[0];

		const before = await ask();
		await number.writes(BERLIN);

		expect(before).toMatchObject({ verdict: 'skip', ...CLOSED });
		expect(await ask()).toMatchObject({ verdict: 'send' });
	});
});
