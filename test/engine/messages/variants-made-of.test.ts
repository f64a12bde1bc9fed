import type { SendVariants } from '../../../engine';
import { DATABASES } from '../databases';
import { MINUTE_MS } from '../journeys/world';
import { ab, SUBJECTS, VariedStage } from './varied';

const BODY = { kind: 'text', source: 'marker:{{ profile.id }}: word:{{ item.word }}:' };

describe.each(DATABASES)('what a message of a variant is made of, on %s', (kind) => {
	let stage: VariedStage;
	afterEach(async () => {
		await stage.close();
	});

	async function published(key: string, content: object): Promise<void> {
		await stage.world.engine.templates.save({ key, channel: 'email', content: content as never });
		await stage.world.engine.templates.publish(key);
	}
	const send = async (variants: SendVariants, given = {}) => await stage.world.walk.email(stage.step(), stage.leg.people, stage.mail(variants, given));
	/** The subject of each mail, by the variant that the ledger has of it. */
	const subjects = async () => Object.fromEntries((await stage.ledger()).map(({ profile, variant }) => [String(variant), stage.subjectOf(profile)]));

	it('is its template in place of that of the step, and the other variant is that of the step', async () => {
		stage = await VariedStage.open(kind);
		await published('own', { subject: 'Of the step', body: BODY });
		await published('other', { subject: 'Of the variant', body: BODY });
		const { content: _content, ...mail } = stage.mail(ab({}, { template: 'other' }));

		await stage.world.engine.messages.sendEmail({ ...mail, template: 'own', step: stage.step(), items: stage.leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) });

		expect(await subjects()).toEqual({ A: 'Of the step', B: 'Of the variant' });
		const templates = (await stage.world.engine.messages.list({ limit: 100 })).map(({ variant, template }) => `${variant} ${template?.key}`);
		expect(new Set(templates)).toEqual(new Set(['A own', 'B other']));
	});

	it('of several factors is the template of one, changed by what another has of its own', async () => {
		stage = await VariedStage.open(kind, 40);
		await published('long', { subject: 'Long', body: BODY });

		await send({ ...SUBJECTS, factors: [
			{ name: 'Subject', alternatives: [{ name: 'Own', parts: {} }, { name: 'Hi', parts: { content: { subject: 'Hi' } } }] },
			{ name: 'Body', alternatives: [{ name: 'Short', parts: {} }, { name: 'Long', parts: { template: 'long' } }] },
		] });

		const { 'Subject Own, Body Short': own, ...others } = await subjects();
		expect(own).toMatch(/^Hello \d+$/);
		expect(others).toEqual({ 'Subject Own, Body Long': 'Long', 'Subject Hi, Body Short': 'Hi', 'Subject Hi, Body Long': 'Hi' });
	});

	it('shows blocks and the brand that nothing but the variant names', async () => {
		stage = await VariedStage.open(kind);
		await stage.world.engine.blocks.save({ key: 'footer', content: { format: 'text', source: 'The foot' } });
		await stage.world.engine.blocks.publish('footer');
		await stage.world.engine.brand.set({ name: 'The Brand' } as never);
		const shown = ab({ content: { body: BODY } }, { content: { body: { kind: 'text', source: 'marker:{{ profile.id }}: {% render "footer" %} of {{ brand.name }}' } } });

		const { results } = await send(shown);

		expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['sent']));
		for (const { profile, variant } of await stage.ledger()) expect(stage.rawOf(profile).includes('The foot of The Brand')).toBe(variant === 'B');
	});

	it('leaves what each item brings of its own as it is, but for what the variant changes', async () => {
		stage = await VariedStage.open(kind);
		const items = stage.leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json, content: { subject: `Own ${stamp.profile}`, body: { kind: 'text' as const, source: `marker:${stamp.profile}: own body` } } }));

		await stage.world.engine.messages.sendEmail({ ...stage.mail(ab({}, { content: { subject: 'Changed' } })), step: stage.step(), items });

		for (const { profile, variant } of await stage.ledger()) expect([stage.subjectOf(profile), stage.rawOf(profile).includes(`marker:${profile}: own body`)]).toEqual([variant === 'A' ? `Own ${profile}` : 'Changed', true]);
	});

	it('stays in the ledger with its template when it is tried again, and of the step\'s own content there is none', async () => {
		stage = await VariedStage.open(kind);
		await published('other', { subject: 'Of the variant', body: BODY });
		await stage.mailbox.die();
		await send(ab({}, { template: 'other' }));
		await stage.world.walk.settle(stage.leg);
		await stage.mailbox.revive();
		stage.world.clock.advance(MINUTE_MS);
		const again = await stage.world.walk.start(stage.step());

		await stage.world.walk.email(stage.step(), again.people, stage.mail(ab({}, { template: 'other' })));
		const listed = await stage.world.engine.messages.list({ state: 'sent', limit: 100 });

		expect(new Set(listed.map(({ variant, template }) => `${variant} ${template?.key ?? 'none'}`))).toEqual(new Set(['A none', 'B other']));
	});

	it('decides outside of a journey which rows are the same: those that differ in what only a variant\'s template shows are two', async () => {
		stage = await VariedStage.open(kind, 1);
		await published('worded', { subject: 'Word {{ item.word }}', body: { kind: 'text', source: 'marker:{{ profile.id }}:' } });
		const row = (index: number, word: string) => ({ index, contact: { email: 'x@customer.example', key: `k${index}` }, item: { word } });
		const plain = stage.mail(ab({}, { template: 'worded' }), { content: { subject: 'Plain', body: { kind: 'text', source: 'marker:{{ profile.id }}:' } } });

		const results = await stage.world.engine.messages.sendEmail({ ...plain, step: stage.step(), items: [row(0, 'one'), row(1, 'two'), row(2, 'one')] });

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'alreadySent']);
		expect(stage.mailbox.accepted).toHaveLength(2);
	});

	it('is one of those that are left for who waits when theirs was taken out, in the ledger too', async () => {
		stage = await VariedStage.open(kind);
		const three = (names: readonly string[]): SendVariants => ({ ...SUBJECTS, factors: [{ name: '', alternatives: names.map((name) => ({ name, parts: { content: { subject: `Of ${name}` } } })) }] });
		await stage.mailbox.die();
		await send(three(['A', 'B', 'C']));
		const before = await stage.ledger();
		await stage.world.walk.settle(stage.leg);
		await stage.mailbox.revive();
		stage.world.clock.advance(MINUTE_MS);
		const again = await stage.world.walk.start(stage.step());

		await stage.world.walk.email(stage.step(), again.people, stage.mail(three(['A', 'B'])));

		const after = await stage.ledger();
		expect(before.map(({ variant }) => variant)).toContain('C');
		expect(new Set(after.map(({ variant, state }) => `${variant} ${state}`))).toEqual(new Set(['A sent', 'B sent']));
		expect(after.filter((_one, n) => before[n]?.variant !== 'C').map(({ variant }) => variant)).toEqual(before.map(({ variant }) => variant).filter((variant) => variant !== 'C'));
		for (const { profile, variant } of after) expect(stage.subjectOf(profile)).toBe(`Of ${variant}`);
	});

	it('is what it was for a message that has left, whatever has been taken out since, and nobody is drawn for it again', async () => {
		stage = await VariedStage.open(kind, 1);
		const rows = Array.from({ length: 8 }, (_, index) => ({ index, contact: { email: `x${index}@customer.example`, key: `k${index}` }, item: {} }));
		const bare = { ...stage.mail(SUBJECTS), step: stage.step(), items: rows };
		await stage.world.engine.messages.sendEmail(bare);
		const [before, drawn] = [await stage.ledger(), await stage.world.rows('select id, path, message from assignment order by id')];

		const repeated = await stage.world.engine.messages.sendEmail({ ...bare, variants: { ...SUBJECTS, factors: [{ name: '', alternatives: [{ name: 'A', parts: {} }, { name: 'Another', parts: {} }, { name: 'Third', parts: {} }] }] } });

		expect(new Set(before.map(({ variant }) => variant))).toEqual(new Set(['A', 'B']));
		expect(repeated.map(({ outcome }) => outcome)).toEqual(rows.map(() => 'sent'));
		expect(await stage.ledger()).toEqual(before);
		expect(await stage.world.rows('select id, path, message from assignment order by id')).toEqual(drawn);
	});

	it('is the same for who waits when the metric is another one: only who comes new is drawn for the new round', async () => {
		stage = await VariedStage.open(kind);
		await stage.mailbox.die();
		await send(SUBJECTS);
		const before = await stage.ledger();
		await stage.world.walk.settle(stage.leg);
		await stage.mailbox.revive();
		stage.world.clock.advance(MINUTE_MS);
		await stage.world.engine.experiments.restart(stage.step());
		const again = await stage.world.walk.start(stage.step());

		await stage.world.walk.email(stage.step(), again.people, stage.mail({ ...SUBJECTS, metric: { kind: 'own', happened: 'opened' } }));

		expect((await stage.ledger()).map(({ variant, state }) => [variant, state])).toEqual(before.map(({ variant }) => [variant, 'sent']));
	});
});
