import type { MadeOf, EmailSendRequest, SendVariants } from '../../../engine';
import { httpService } from '../channels/http-service';
import { DATABASES } from '../databases';
import type { Leg, Mail } from '../journeys/walk';
import { HOUR_MS, MINUTE_MS, type World } from '../journeys/world';
import type { Mailbox } from './mailbox';
import { SmsGateway } from './sms-gateway';
import { ab, SUBJECTS, VariedStage, type VariedOptions } from './varied';

describe.each(DATABASES)('a sender with variants, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let profiles: number[];
	let leg: Leg;

	let stage: VariedStage;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const mail = (variants: SendVariants | undefined, given: Partial<Mail> = {}): Mail => mailbox.mail({ ...(variants === undefined ? {} : { variants }), ...given });
	const ledger = () => stage.ledger();
	const subjectOf = (profile: number) => stage.subjectOf(profile);
	const fromOf = (profile: number) => stage.fromOf(profile);

	async function open(people = 12, options: VariedOptions = {}): Promise<void> {
		stage = await VariedStage.open(kind, people, options);
		({ world, mailbox, profiles, leg } = stage);
	}
	afterEach(async () => {
		await stage.close();
	});

	it('gives each person one, which the ledger keeps, Liquid shows, and subject and sender are of', async () => {
		await open();

		const { results } = await world.walk.email(step(), leg.people, mail(SUBJECTS));

		expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 12 }, () => 'sent'));
		const rows = await ledger();
		expect(new Set(rows.map(({ variant }) => variant))).toEqual(new Set(['A', 'B']));
		for (const { profile, variant } of rows) {
			expect([subjectOf(profile), fromOf(profile)]).toEqual(variant === 'A' ? [`First ${profiles.indexOf(profile)}`, 'The Shop <news@shop.example>'] : ['Second B', 'Ann of the Shop <news@shop.example>']);
		}
		const [listed] = await world.engine.messages.list({ profile: Number(rows[0]?.profile) });
		expect(listed?.variant).toBe(rows[0]?.variant);
		const told = await world.engine.insights.explain({ who: { profileId: Number(rows[0]?.profile) }, workflow: 'wf' });
		expect(told.messages[0]?.variant).toBe(rows[0]?.variant);
		expect(told.text).toContain(`"The email" (variant ${rows[0]?.variant}) was sent`);
	});

	it('sends each person what they were drawn for, also where the variants\' names have half an emoji in them', async () => {
		await open();
		const named = (name: string, subject: string) => ({ name: `${name}\ud83d`, parts: { content: { subject } } });

		await world.walk.email(step(), leg.people, mail({ ...SUBJECTS, factors: [{ name: '', alternatives: [named('A', 'First'), named('B', 'Second')] }] }));

		const rows = await ledger();
		expect(new Set(rows.map(({ profile, variant }) => `${variant?.slice(0, 1)} ${subjectOf(profile)}`))).toEqual(new Set(['A First', 'B Second']));
	});

	it('gives the same one on a replay, after a dead server, and when its list has changed meanwhile (rule 13)', async () => {
		await open();
		await mailbox.die();
		await world.walk.email(step(), leg.people, mail(SUBJECTS));
		const before = await ledger();
		await world.walk.settle(leg);
		await mailbox.revive();
		world.clock.advance(MINUTE_MS);
		const again = await world.walk.start(step());
		const [whole] = SUBJECTS.factors;
		const longer: SendVariants = { ...SUBJECTS, factors: [{ name: '', alternatives: [...(whole?.alternatives ?? []), { name: 'C', share: 90, parts: { content: { subject: 'Third' } } }] }] };

		await world.walk.email(step(), again.people, mail(longer));
		world.clock.advance(90_000);
		const replay = await world.walk.start(step());
		await world.walk.email(step(), replay.people, mail(longer));

		expect(before.map(({ state }) => state)).toEqual(Array.from({ length: 12 }, () => 'deferred'));
		expect(replay.people).toHaveLength(12);
		expect((await ledger()).map(({ id, variant, state }) => [id, variant, state])).toEqual(before.map(({ id, variant }) => [id, variant, 'sent']));
		expect(mailbox.accepted).toHaveLength(12);
		for (const { profile, variant } of before) expect(subjectOf(profile)).toBe(variant === 'A' ? `First ${profiles.indexOf(profile)}` : 'Second B');
	});

	it('gives the same one to a process that takes over from one which died after the reserve (rule 14)', async () => {
		let die = true;
		await open(6, { atPoint: (point) => {
			if (die && point === 'attempt:before-commit') throw new Error('the process is gone');
		} });
		await expect(world.walk.email(step(), leg.people, mail(SUBJECTS))).rejects.toThrow();
		const before = await ledger();
		die = false;
		world.clock.advance(90_000);

		const again = await world.walk.start(trigger());
		await world.walk.email(step(), again.people, mail(SUBJECTS));

		expect(before.map(({ state, variant }) => [state, variant !== null])).toEqual(Array.from({ length: 6 }, () => ['reserved', true]));
		expect((await ledger()).map(({ variant }) => variant)).toEqual(before.map(({ variant }) => variant));
		expect(mailbox.accepted).toHaveLength(6);
	});

	it('holds a variant with a time until then where the person is, and sends the others at once', async () => {
		await open(12, { attributes: { timezone: 'America/New_York' } });
		const timed = ab({}, { at: '18:00' });

		const { results } = await world.walk.email(step(), leg.people, mail(timed));
		const rows = await world.rows<{ variant: string; state: string; guard: string | null; reason: string | null; deferred_until: number | null }>('select variant, state, guard, reason, deferred_until from message');
		await world.walk.settle(leg);
		// The tests begin at 09:00 UTC, 04:00 in New York.
		world.clock.advance(19 * HOUR_MS - 9 * HOUR_MS + 4 * HOUR_MS - 1);
		const early = await world.walk.claim(step());
		world.clock.advance(1);
		const due = await world.walk.start(step());
		const later = await world.walk.email(step(), due.people, mail(timed));

		const held = rows.filter(({ variant }) => variant === 'B');
		expect(held.length).toBeGreaterThan(0);
		expect(results.map(({ outcome }) => outcome).filter((outcome) => outcome === 'parked')).toHaveLength(held.length);
		for (const row of held) expect({ ...row, deferred_until: Number(row.deferred_until) }).toMatchObject({ state: 'deferred', guard: 'send time', reason: 'its variant is sent at 18:00 in America/New_York', deferred_until: Date.parse('2026-03-02T23:00:00Z') });
		expect(rows.filter(({ variant }) => variant === 'A').every(({ state }) => state === 'sent')).toBe(true);
		expect(early.people).toEqual([]);
		expect(later.results.map(({ outcome }) => outcome)).toEqual(held.map(() => 'sent'));
		expect(mailbox.accepted).toHaveLength(12);
	});

	it('sends at once to who comes some minutes after the time of their variant', async () => {
		await open(4);
		world.clock.advance(20 * MINUTE_MS);
		await world.track('Signed Up', profiles);
		const late = await world.walk.start(trigger());

		const { results } = await world.walk.email(step(), late.people, mail(ab({ at: '09:00' }, { at: '9:15' })));

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent']);
	});

	it('tells the variant in the addresses of links and with what people do', async () => {
		await open(6);
		await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		const linked = ab({ content: { body: { kind: 'html', source: '<p><a href="https://shop.example/a">marker:{{ profile.id }}:</a></p>' } } }, { content: { body: { kind: 'html', source: '<p><a href="https://shop.example/b">marker:{{ profile.id }}:</a></p>' } } });

		await world.walk.email(step(), leg.people, mail(linked, { purpose: 'marketing', trackClicks: true, utm: { source: 'news', medium: 'email' } }));
		const rows = await ledger();
		const chosen = rows[0];
		const raw = mailbox.accepted.find(({ message }) => message === chosen?.id)?.raw ?? '';
		const html = raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
		const token = /click\?t=([\w.~-]+)/.exec(html)?.[1] ?? '';
		world.clock.advance(MINUTE_MS);
		const clicked = await world.engine.collector.handle({ method: 'GET', route: 'click', query: { t: token }, headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }, body: new Uint8Array() });
		world.clock.advance(MINUTE_MS);
		await world.engine.tick();
		await world.engine.collector.handle({ method: 'POST', route: 'unsubscribe', query: { t: /unsubscribe\?t=([\w.~-]+)/.exec(html)?.[1] ?? '' }, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from('List-Unsubscribe=One-Click') });

		expect(JSON.stringify(clicked)).toContain(`utm_content=${encodeURIComponent(`The email - ${chosen?.variant}`)}`);
		const events = await world.engine.events.list({ profileId: Number(chosen?.profile) });
		expect(events.events.find(({ name }) => name === 'Email Link Clicked')?.properties).toMatchObject({ message: chosen?.id, variant: chosen?.variant });
		expect(events.events.find(({ name }) => name === 'Unsubscribed')?.properties).toMatchObject({ message: chosen?.id, variant: chosen?.variant });
	});

	it('sends a published template as a variant, in the person\'s language, and keeps people where it was taken back', async () => {
		await open(10, { attributes: { language: 'de' } });
		for (const [language, subject] of [['en', 'Made of a template'], ['de', 'Aus einer Vorlage']] as const) await world.engine.templates.save({ key: 'hello', channel: 'email', language, content: { subject, body: { kind: 'text', source: 'marker:{{ profile.id }}:' } } });
		await world.engine.templates.publish('hello');
		const templates = ab({}, { template: 'hello' });

		await world.walk.email(step(), leg.people, mail(templates));
		await world.engine.templates.unpublish('hello');
		await world.track('Signed Up', profiles);
		const second = await world.walk.start(trigger());
		const { results } = await world.walk.email(step(), second.people, mail(templates));

		for (const { profile, variant } of (await ledger()).filter(({ state }) => state === 'sent')) expect(subjectOf(profile)).toBe(variant === 'B' ? 'Aus einer Vorlage' : `Hello ${profiles.indexOf(profile)}`);
		const listed = (await world.engine.messages.list({ state: 'sent' })).map(({ variant, template }) => [variant, template?.key ?? null]);
		expect(listed.every(([variant, key]) => (variant === 'B' ? key === 'hello' : key === null))).toBe(true);
		expect(listed.some(([variant]) => variant === 'B')).toBe(true);
		expect(results.every(({ outcome, reason }) => outcome === 'parked' && /template "hello" is not published/.test(String(reason)))).toBe(true);
	});

	it('has every combination of several factors, and names it in the ledger', async () => {
		await open(40);
		const factors: SendVariants = { ...SUBJECTS, factors: [
			{ name: 'Subject', alternatives: [{ name: 'A', parts: { content: { subject: 'S-a' } } }, { name: 'B', parts: { content: { subject: 'S-b' } } }] },
			{ name: 'Sender', alternatives: [{ name: 'Shop', parts: {} }, { name: 'Ann', parts: { senderName: 'Ann' } }] },
		] };

		await world.walk.email(step(), leg.people, mail(factors));

		const rows = await ledger();
		expect(new Set(rows.map(({ variant }) => variant))).toEqual(new Set(['Subject A, Sender Shop', 'Subject A, Sender Ann', 'Subject B, Sender Shop', 'Subject B, Sender Ann']));
		for (const { profile, variant } of rows) expect(`${subjectOf(profile)} ${fromOf(profile)}`).toBe(`S-${String(variant).includes('Subject A') ? 'a' : 'b'} ${String(variant).includes('Ann') ? 'Ann' : 'The Shop'} <news@shop.example>`);
	});

	it('forgets the variant of who still waits when the step has none any more', async () => {
		await open(3);
		await mailbox.die();
		await world.walk.email(step(), leg.people, mail(SUBJECTS));
		await world.walk.settle(leg);
		await mailbox.revive();
		world.clock.advance(MINUTE_MS);
		const again = await world.walk.start(step());

		await world.walk.email(step(), again.people, mail(undefined));

		expect((await ledger()).map(({ variant, state }) => [variant, state])).toEqual([[null, 'sent'], [null, 'sent'], [null, 'sent']]);
		expect(subjectOf(Number(profiles[0]))).toBe('Hello 0');
	});

	it('works outside a journey, where a person gets the same one by the next row and the next run, and two rows are compared in all variants', async () => {
		await open(1);
		const row = (index: number, address: string, word: string, key: string) => ({ index, contact: { email: address, key }, item: { word } });
		const words = ab({ content: { subject: 'Plain', body: { kind: 'text', source: 'marker:{{ profile.id }}:' } } }, { content: { subject: 'Word {{ item.word }}' } });
		const bare: MadeOf<EmailSendRequest> = { ...mail(words, { content: { subject: 'Hi', body: { kind: 'text', source: 'marker:{{ profile.id }}:' } } }), step: step(), items: [row(0, 'x@customer.example', 'one', 'k0'), row(1, 'y@customer.example', 'two', 'k1'), row(2, 'x@customer.example', 'three', 'k2')] };

		const first = await world.engine.messages.sendEmail(bare);
		const repeated = await world.engine.messages.sendEmail(bare);
		const rows = await world.rows<{ variant: string | null; n: number }>('select variant, profile, count(*) as n from message group by variant, profile');

		expect(first.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect(repeated.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect(mailbox.accepted).toHaveLength(3);
		expect(rows.map(({ n }) => Number(n)).sort()).toEqual([1, 2]);
		expect(rows.map(({ variant }) => variant)).not.toContain(null);
		await expect(world.engine.messages.sendEmail({ ...bare, variants: ab({}, { at: '18:00' }) })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('only people in a journey can wait') as string });
	});

	it.each<[string, SendVariants, string]>([
		['one variant only', { ...SUBJECTS, factors: [{ name: '', alternatives: [{ name: 'A', parts: {} }] }] }, 'There are 1 variants: a test has 2 to 10.'],
		['two of one name', ab({}, {}, { factors: [{ name: '', alternatives: [{ name: 'A', parts: {} }, { name: 'A', parts: {} }] }] }), 'Two variants are named "A".'],
		['shares that do not add up', ab({}, {}, { factors: [{ name: '', alternatives: [{ name: 'A', share: 50, parts: {} }, { name: 'B', share: 40, parts: {} }] }] }), 'add up to 90, not to 100'],
		['nothing left for one', ab({}, {}, { factors: [{ name: '', alternatives: [{ name: 'A', share: 60, parts: {} }, { name: 'B', share: 40, parts: {} }, { name: 'C', parts: {} }] }] }), 'nothing is left for those without one'],
		['a time that is none', ab({}, { at: '25:00' }), '"25:00" is no time of day.'],
		['a subject whose Liquid is broken', ab({}, { content: { subject: '{% if %}' } }), 'Subject, line 1'],
	])('says %s before anything is reserved', async (_what, variants, message) => {
		await open(1);

		await expect(world.walk.email(step(), leg.people, mail(variants))).rejects.toMatchObject({ message: expect.stringContaining(message) as string });
		expect(await ledger()).toEqual([]);
	});

	it('takes the opt-out of somebody whose variant waits for its time', async () => {
		await open(4);
		await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		await world.engine.consent.set(profiles.map((profile) => ({ profile, channel: 'email' as const, topic: '', state: 'subscribed' as const, source: 'test' })));
		const timed = ab({ at: '18:00' }, { at: '18:00' });
		await world.walk.email(step(), leg.people, mail(timed, { purpose: 'marketing' }));
		await world.walk.settle(leg);
		await world.engine.consent.set(profiles.map((profile) => ({ profile, channel: 'email' as const, topic: '', state: 'unsubscribed' as const, source: 'test' })));
		world.clock.advance(9 * HOUR_MS);

		const due = await world.walk.start(step());
		const { results } = await world.walk.email(step(), due.people, mail(timed, { purpose: 'marketing' }));

		expect(results.map(({ outcome }) => outcome)).toEqual(due.people.map(() => 'skipped'));
		expect(mailbox.accepted).toEqual([]);
	});

	it('keeps the message of somebody who is erased countable by its variant, and nothing else of them', async () => {
		await open(2);
		await world.walk.email(step(), leg.people, mail(SUBJECTS));

		await world.engine.privacy.erasePerson({ profileId: Number(profiles[0]) }, { source: 'test' });

		expect((await ledger()).map(({ profile, variant }) => [profile, variant !== null])).toEqual([[0, true], [Number(profiles[1]), true]]);
		expect(await world.rows('select profile from assignment')).toEqual([{ profile: Number(profiles[1]) }]);
		// Whose the mail was, nobody can tell any more: neither can the protocol's query.
		mailbox.accepted.length = 0;
	});

	it('counts nobody who is held out, though they have one, too', async () => {
		await open(4);
		await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		await world.change('update enrollment set holdout = 1');

		const { results } = await world.walk.email(step(), leg.people, mail(SUBJECTS, { purpose: 'marketing' }));

		expect(results.map(({ outcome }) => outcome)).toEqual(['heldOut', 'heldOut', 'heldOut', 'heldOut']);
		expect((await ledger()).map(({ variant }) => variant)).not.toContain(null);
		expect((await world.engine.experiments.status({ workflow: 'wf' }))[0]?.paths.map(({ people }) => people)).toEqual([0, 0]);
		expect(await world.rows('select id from assignment where matures_at is not null')).toEqual([]);
	});

	it('changes nothing for a step without variants, whatever another one of the workflow has', async () => {
		await open(3);
		const other = world.walk.step('other', 'email');

		const { sent } = await world.walk.email(step(), leg.people, mail(SUBJECTS));
		await world.walk.email(other, sent, mail(undefined));

		expect((await world.rows<{ step: string; variant: string | null }>('select step, variant from message')).filter((row) => row.step === 'other').map(({ variant }) => variant)).toEqual([null, null, null]);
		expect(await world.rows('select step from experiment')).toEqual([{ step: 'email' }]);
	});

	it('sends several variants in one call of a service that takes many mails at once', async () => {
		await open(30);
		const service = await httpService((call) => ({ status: 200, json: { data: (call.json as unknown[]).map((_mail, n) => ({ id: `re-${n}` })) } }));

		await world.walk.email(step(), leg.people, mail(SUBJECTS, { provider: { kind: 'resend', apiKey: 're_secret', baseUrl: service.url, connections: 1, timeoutMs: 10_000 } }));
		await service.close();

		expect(service.calls).toHaveLength(1);
		const taken = service.calls[0]?.json as Array<{ subject: string; from: string; tags: Array<{ value: string }> }>;
		const variants = new Map((await ledger()).map(({ id, variant }) => [id, variant]));
		expect(new Set(variants.values())).toEqual(new Set(['A', 'B']));
		for (const { subject, from, tags } of taken) {
			const isA = variants.get(tags[0]?.value ?? '') === 'A';
			expect([subject.startsWith('First '), from.includes('The Shop')]).toEqual([isA, isA]);
		}
	});

	it('does the same for text messages', async () => {
		await open(1);
		const gateway = await SmsGateway.open();
		const { profiles: phones } = await world.engine.profiles.upsert(Array.from({ length: 8 }, (_, n) => ({ identities: [{ kind: 'phone', value: `+1500555002${n}` }] })), { source: 'test' });
		await world.track('Signed Up', phones.map(Number));
		const callers = await world.walk.start(trigger());

		await world.walk.sms(world.walk.step('sms', 'sms'), callers.people, gateway.sms({ variants: ab({ content: { text: 'Short' } }, { content: { text: 'Longer, {{ journey.variant }}' } }) }));
		await gateway.close();

		const counted = (await ledger()).filter(({ variant }) => variant !== null).map(({ variant }) => variant);
		expect(gateway.sent.map(({ text }) => text).sort()).toEqual(counted.map((variant) => (variant === 'A' ? 'Short' : 'Longer, B')).sort());
		expect(new Set(counted).size).toBe(2);
	});
});
