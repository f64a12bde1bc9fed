import { sql } from 'kysely';

import { createEngine, type Engine } from '../../../engine';
import { ManualClock, silentLog, type JsonObject } from '../../../engine/kernel';
import { openStore, type DatabaseConfig } from '../../../engine/store';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';

describe.each(DATABASES)('Templates, on %s', (kind) => {
	let engine: Engine;
	let clock: ManualClock;
	let database: DatabaseConfig;
	let drop: () => Promise<void>;

	beforeEach(async () => {
		const own = await emptyDatabase(kind);
		database = own.database;
		clock = new ManualClock(TEST_START_MS);
		engine = await createEngine({ database: own.database, clock });
		drop = own.drop;
	});
	afterEach(async () => {
		await engine.close();
		await drop();
	});

	const html = (source: string, subject = 'Hi') => ({ subject, body: { kind: 'html' as const, source } });
	const saved = async (key: string, source: string, rest: object = {}) => await engine.templates.save({ key, channel: 'email', content: html(source), ...rest }, { by: 'ann' });

	it('are drafts until they are published, then versions that never change', async () => {
		await saved('welcome', '<p>One</p>');
		expect(await engine.templates.get('welcome')).toMatchObject({ state: 'draft', published: null, savedBy: 'ann' });

		await engine.templates.publish('welcome', { by: 'ben' });
		await saved('welcome', '<p>Two</p>');

		expect(await engine.templates.get('welcome')).toMatchObject({ state: 'changed', published: 1, publishedBy: 'ben', publishedAt: '2026-03-02T09:00:00.000Z' });
		await engine.templates.publish('welcome', { by: 'cy' });
		expect(await engine.templates.versions('welcome')).toMatchObject([{ version: 2, by: 'cy', published: true }, { version: 1, by: 'ben', published: false }]);
		expect(await engine.templates.compare('welcome', 1, 2)).toEqual([{ language: 'en', field: 'body.source', before: '<p>One</p>', after: '<p>Two</p>' }]);
		expect((await engine.templates.preview({ key: 'welcome', version: 1 })).html).toContain('One');
	});

	it('go back by publishing an older version, and make none for what was published already', async () => {
		await saved('a', '<p>One</p>');
		await engine.templates.publish('a');
		await saved('a', '<p>Two</p>');
		await engine.templates.publish('a');

		expect(await engine.templates.publish('a', { version: 1 })).toMatchObject({ published: 1, state: 'changed' });
		expect(await engine.templates.publish('a')).toMatchObject({ published: 2, state: 'published' });
		expect(await engine.templates.versions('a')).toHaveLength(2);
		await expect(engine.templates.publish('a', { version: 7 })).rejects.toThrow('has no version 7');
	});

	it('are not published while one of their languages cannot be made', async () => {
		await saved('a', '<p>Fine</p>');
		const { problems } = await saved('a', '<p>{{ x | nothing }}</p>', { language: 'de' });

		expect(problems).toMatchObject([{ language: 'de', field: 'body', line: 1 }]);
		await expect(engine.templates.publish('a')).rejects.toThrow('The template "a" (de) is not published. Body, line 1: Liquid: undefined filter');
		expect(await engine.templates.get('a')).toMatchObject({ published: null });
	});

	it.each([['nb', 'no-NO'], ['no', 'nb']])('in %s are for whoever speaks %s: both say Norwegian Bokmål', async (language, locale) => {
		await saved('a', 'en', { language: 'en', defaultLanguage: 'en' });
		await saved('a', 'norsk', { language });
		const { profiles: [profileId] } = await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'kari' }], attributes: { locale } }], { source: 'test' });

		expect((await engine.templates.preview({ key: 'a', profileId: Number(profileId) })).html).toContain('norsk');
	});

	it.each<[JsonObject, string]>([
		[{ language: 'German', locale: 'de_AT' }, 'de'], [{ language: 'Deutsch', locale: 'de_DE@euro' }, 'de'], [{ language: 'de', locale: 'en-US' }, 'de'], [{ language: 'xx', locale: 'de' }, 'de'],
		[{ language: 'German' }, 'en'], [{ language: 'German', locale: 'C' }, 'en'], [{ language: 7, locale: 'de' }, 'de'], [{ locale: 'de_DE@euro' }, 'de'],
	])('are in the language that the attributes %j name: what names none says nothing', async (profile, language) => {
		await saved('a', 'en', { language: 'en', defaultLanguage: 'en' });
		await saved('a', 'de', { language: 'de' });
		await engine.templates.saveSample('a', 'one', { profile });

		expect((await engine.templates.preview({ key: 'a' })).language).toBe(language);
	});

	it('are shown in the language of whoever sees them: exactly, by its language alone, in another region, else the default', async () => {
		await saved('a', 'en', { language: 'en', defaultLanguage: 'en' });
		for (const language of ['de', 'pt-br', 'zh-Hans']) await saved('a', language, { language });
		const seen = async (locale: string | undefined) => {
			await engine.templates.saveSample('a', 'one', { profile: locale === undefined ? {} : { locale } });
			return (await engine.templates.preview({ key: 'a' })).language;
		};

		const asked = ['de', 'de-AT', 'de_CH.UTF-8', 'pt-BR', 'pt-PT', 'zh-Hant-TW', 'zh-CN', 'fr', 'nonsense!', undefined];
		const got: Record<string, string> = {};
		for (const locale of asked) got[String(locale)] = await seen(locale);

		expect(got).toEqual({ de: 'de', 'de-AT': 'de', 'de_CH.UTF-8': 'de', 'pt-BR': 'pt-BR', 'pt-PT': 'pt-BR', 'zh-Hant-TW': 'en', 'zh-CN': 'zh-Hans', fr: 'en', 'nonsense!': 'en', undefined: 'en' });
	});

	it('keep blocks and brand as they were when they were published, and take new ones when published again', async () => {
		await engine.brand.set({ name: 'Shop', colors: { main: '#123456' } });
		await engine.blocks.save({ key: 'footer', content: { format: 'html', source: '<i>{{ brand.name }} old</i>' } });
		await engine.blocks.publish('footer');
		await saved('a', "<p>{% render 'footer' %}</p>");
		await engine.templates.publish('a');
		await saved('other', '<p>No footer</p>');
		await engine.templates.publish('other');

		await engine.blocks.save({ key: 'footer', content: { format: 'html', source: '<i>{{ brand.name }} new</i>' } });
		expect(await engine.blocks.publish('footer')).toMatchObject({ published: 2, behind: ['a'], republished: [] });
		expect((await engine.templates.preview({ key: 'a', version: 1 })).html).toContain('Shop old');

		await saved('a', '<p>A draft that nobody has looked at</p>');
		expect(await engine.brand.set({ name: 'Store' }, { republish: true })).toMatchObject({ version: 2, values: { name: 'Store', colors: { main: '#123456' } }, republished: ['a'] });
		expect((await engine.templates.preview({ key: 'a', version: 2 })).html).toContain('Store new');
		expect(await engine.templates.get('a')).toMatchObject({ published: 2, state: 'changed' });
		expect((await engine.templates.versions('a'))[0]).toMatchObject({ blocks: { footer: 2 }, brand: 2 });
		expect(await engine.templates.versions('other')).toHaveLength(1);
	});

	it('refuse blocks that show each other, by the one that closes the loop', async () => {
		await engine.blocks.save({ key: 'a', content: { format: 'html', source: 'a' } });
		await engine.blocks.publish('a');
		await engine.blocks.save({ key: 'b', content: { format: 'html', source: "b {% render 'a' %}" } });
		await engine.blocks.publish('b');
		await engine.blocks.save({ key: 'a', content: { format: 'html', source: "a {% render 'b' %}" } });

		await expect(engine.blocks.publish('a')).rejects.toThrow('"a" is not published: it shows itself');
	});

	it('are not published again with a block that one of them cannot show: then the block is not published either', async () => {
		await engine.blocks.save({ key: 'part', content: { format: 'text', source: 'x' } });
		await engine.blocks.publish('part');
		await engine.templates.save({ key: 't', channel: 'sms', content: { text: "{% render 'part' %}" } });
		await engine.templates.publish('t');
		await engine.blocks.save({ key: 'part', content: { format: 'html', source: '<b>x</b>' } });

		await expect(engine.blocks.publish('part', { republish: true })).rejects.toThrow('"t" (en) cannot be published again');
		expect(await engine.blocks.get('part')).toMatchObject({ published: 1 });
	});

	it('are not deleted while a published step sends them, nor blocks while something shows them', async () => {
		const step = { workflow: 'wf', step: 's1', name: 'Mail', type: 'email' };
		await engine.blocks.save({ key: 'footer', content: { format: 'html', source: 'x' } });
		await engine.blocks.publish('footer');
		await saved('a', "{% render 'footer' %}");
		await engine.templates.uses(step, ['a']);

		await expect(engine.templates.delete('a')).rejects.toThrow('is sent by the step "s1" of the workflow wf');
		await expect(engine.blocks.delete('footer')).rejects.toThrow('is shown by the template "a"');
		await engine.templates.uses(step, []);
		await engine.templates.delete('a');
		await engine.blocks.delete('footer');

		expect(await engine.templates.get('a')).toBeNull();
		expect(await saved('a', 'again')).toMatchObject({ state: 'draft' });
	});

	it('are not deleted while a variant of a step sends them, and may be when the step has told that it no longer does', async () => {
		const step = { workflow: 'wf', step: 's1', name: 'Mail', type: 'email' };
		for (const key of ['a', 'b', 'c']) await saved(key, 'x');
		await engine.templates.uses(step, ['a', 'b', 'b']);
		await engine.templates.uses({ ...step, step: 's2' }, ['b']);

		await expect(engine.templates.delete('a')).rejects.toThrow('is sent by the step "s1" of the workflow wf. ');
		await expect(engine.templates.delete('b')).rejects.toThrow('is sent by the step "s1" of the workflow wf, the step "s2" of the workflow wf. ');
		await engine.templates.delete('c');
		await engine.templates.uses(step, ['a']);

		await expect(engine.templates.delete('b')).rejects.toThrow('is sent by the step "s2" of the workflow wf. ');
		await expect(engine.templates.delete('a')).rejects.toThrow('is sent by the step "s1"');
	});

	it('are not deleted while a step sends them that told so before it could tell of several, until it tells anew', async () => {
		const step = { workflow: 'wf', step: 's1', name: 'Mail', type: 'email' };
		for (const key of ['a', 'b']) await saved(key, 'x');
		const store = await openStore({ database, clock, log: silentLog });
		await store.tx('old', (tx) => tx.run(sql`insert into template_use (workflow, step, key, at) values ('wf', 's1', 'a', ${tx.nowMs})`));
		await store.close();

		await expect(engine.templates.delete('a')).rejects.toThrow('is sent by the step "s1" of the workflow wf. ');
		await engine.templates.uses(step, ['b']);

		await engine.templates.delete('a');
		await expect(engine.templates.delete('b')).rejects.toThrow('is sent by the step "s1"');
	});

	it('may be deleted when the step that sent them was unpublished, five minutes after it was last heard of', async () => {
		await saved('a', 'x');
		await engine.templates.uses({ workflow: 'wf', step: 's1', name: 'Mail', type: 'email' }, ['a']);
		clock.advance(5 * 60_000 + 1);

		await engine.templates.delete('a');

		expect(await engine.templates.list()).toEqual([]);
	});

	it('lose a language only when it is not the default one', async () => {
		await saved('a', 'en', { language: 'en' });
		await saved('a', 'de', { language: 'de' });

		expect(Object.keys((await engine.templates.removeLanguage('a', 'de')).languages)).toEqual(['en']);
		await expect(engine.templates.removeLanguage('a', 'en')).rejects.toThrow('default language');
	});

	it('are previewed as a person, with money, dates and language as theirs', async () => {
		await engine.settings.set({ currency: 'EUR' });
		const { profiles: [id] } = await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ann@example.com' }], attributes: { name: 'Ann', locale: 'de-AT', timezone: 'Asia/Tokyo', at: '2026-03-02T20:00:00Z' } }], { source: 't' });
		await saved('a', '<p>en</p>', { language: 'en' });
		await saved('a', "<p>{{ profile.name }} {{ profile.email }} {{ 5 | money }} {{ profile.at | date: 'day' }}</p>", { language: 'de' });

		const shown = await engine.templates.preview({ key: 'a', profileId: Number(id) });

		expect(shown).toMatchObject({ language: 'de', profile: id, subject: 'Hi' });
		expect(shown.html?.replace(/\u00a0/g, ' ')).toContain('<p>Ann ann@example.com € 5,00 3. März</p>');
	});

	it('hold contents of every other channel as fields, whatever their shape', async () => {
		await engine.templates.save({ key: 'p', channel: 'push', content: { title: 'Hi {{ profile.name }}', buttons: [{ text: '{{ 2 | plural: one: "# offer", other: "# offers" }}' }], badge: 3 } });
		await engine.templates.saveSample('p', 'Ann', { profile: { name: 'Ann' } });

		expect((await engine.templates.preview({ key: 'p' })).fields).toEqual({ title: 'Hi Ann', buttons: [{ text: '2 offers' }], badge: 3 });
		expect((await engine.templates.save({ key: 'p', content: { title: '{{ x' } })).problems).toMatchObject([{ field: 'title', line: 1 }]);
	});

	it('write who changed what into the audit log', async () => {
		await saved('a', 'x');
		await engine.templates.publish('a', { by: 'ann' });
		await engine.templates.unpublish('a', { by: 'ben' });
		await engine.templates.delete('a', { by: 'cy' });

		const { entries } = await engine.privacy.audit({ limit: 10 });
		expect(entries.map(({ action, who }) => [action, who])).toEqual([['template.delete', 'cy'], ['template.unpublish', 'ben'], ['template.publish', 'ann']]);
	});

	it('of the brand refuse what Liquid cannot say and addresses that are none', async () => {
		await expect(engine.brand.set({ 'my colour': 'x' })).rejects.toThrow('no name that Liquid can say');
		await expect(engine.brand.set({ logo: 'javascript:alert(1)' })).rejects.toThrow('no web address');
		expect(await engine.brand.get()).toMatchObject({ version: 0, values: {} });
	});
});
