import { createEngine, type Engine } from '../../../engine';
import { STARTERS } from '../../../engine/content/templates/starters';
import { ManualClock } from '../../../engine/kernel';
import { emptyDatabase, TEST_START_MS } from '../databases';

describe('The starters', () => {
	let engine: Engine;
	let drop: () => Promise<void>;

	beforeAll(async () => {
		const own = await emptyDatabase('sqlite');
		engine = await createEngine({ database: own.database, clock: new ManualClock(TEST_START_MS) });
		drop = own.drop;
	});
	afterAll(async () => {
		await engine.close();
		await drop();
	});

	it.each(STARTERS.map(({ key, purpose }) => [key, purpose] as const))('%s can be published, has nothing wrong with the brand set, and stays below half of what Gmail shows', async (key, purpose) => {
		await engine.brand.set({ name: 'Lamp Shop', url: 'https://shop.ch/', logo: 'https://shop.ch/logo.png', address: 'Main Street 1, Bern', colors: { main: '#0f766e' }, fonts: { text: 'Georgia, serif' } });
		await engine.templates.createFromStarter(key, `my-${key}`);

		const { findings, bytes } = await engine.templates.check({ key: `my-${key}`, purpose });
		await engine.templates.publish(`my-${key}`);
		const { html = '', text = '' } = await engine.templates.preview({ key: `my-${key}` });

		expect(findings.filter(({ rule }) => rule !== 'placeholder-link').map(({ rule, where }) => `${rule} ${where}`)).toEqual([]);
		expect(findings.map(({ where }) => where).filter((where) => where !== null && !where.includes('shop.example.org'))).toEqual([]);
		expect(bytes.en).toBeLessThan(51 * 1024);
		expect(html).toContain('prefers-color-scheme: dark');
		expect(text).toContain('Hello Ann,');
		expect(text).not.toMatch(/\{\{|undefined|\bNaN\b/);
	});

	it('write over no template that there is', async () => {
		await expect(engine.templates.createFromStarter('welcome', 'my-welcome')).rejects.toThrow('There is a template "my-welcome" already');
		await expect(engine.templates.createFromStarter('nope', 'x')).rejects.toThrow('There is no starter "nope"');
	});
});
