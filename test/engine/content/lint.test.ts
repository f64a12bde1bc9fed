import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createEngine, type Engine, type JsonObject, type LintFinding, type LintReport } from '../../../engine';
import { reachLinks } from '../../../engine/content/templates/lint/reach';
import { checkSubject } from '../../../engine/content/templates/lint/subject';
import { ManualClock } from '../../../engine/kernel';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';

describe.each(DATABASES)('The check of templates, on %s', (kind) => {
	let engine: Engine;
	let drop: () => Promise<void>;

	beforeEach(async () => {
		const own = await emptyDatabase(kind);
		engine = await createEngine({ database: own.database, clock: new ManualClock(TEST_START_MS) });
		drop = own.drop;
		await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ann@example.com' }], attributes: { first_name: 'Ann', address: { city: 'Bern' } } }], { source: 't' });
	});
	afterEach(async () => {
		await engine.close();
		await drop();
	});

	const GOOD = '<html lang="en"><head><meta name="color-scheme" content="light dark"></head><body><p>Hello {{ profile.first_name }}, here is what we thought of for you this week.</p><a href="https://shop.ch/">Shop</a> <a href="{{ links.unsubscribeUrl }}">Out</a></body></html>';

	async function checked(html: string, { subject = 'Our news', preheader = 'What is new', ...request }: { subject?: string; preheader?: string; purpose?: 'transactional' } = {}): Promise<LintReport> {
		await engine.templates.save({ key: 't', channel: 'email', content: { subject, preheader, body: { kind: 'html', source: html } } });
		return await engine.templates.check({ key: 't', ...request });
	}

	const rules = ({ findings }: LintReport) => findings.map(({ severity, rule, where }: LintFinding) => `${severity} ${rule}${where === null ? '' : `: ${where}`}`);

	it('finds nothing wrong with a mail that has everything', async () => {
		const report = await checked(GOOD);

		expect(report).toMatchObject({ errors: 0, warnings: 0, hints: 0, findings: [] });
		expect(report.bytes.en).toBeGreaterThan(GOOD.length);
	});

	it.each<[string, string, string[]]>([
		['a picture without a description', '<img src="https://shop.ch/a.png"><img src="https://shop.ch/b.png" alt=""><img src="https://shop.ch/c.gif" width="1" height="1">', ['error missing-alt: https://shop.ch/a.png']],
		['a picture without an address', '<img src="{{ item.picture }}" alt="Lamp">', ['error missing-image: Lamp']],
		['links that lead nowhere', '<a href="">a</a><a href="#">b</a><a href="#top">c</a><a href="javascript:void(0)">d</a><a name="top"></a><a href="{{ item.url }}">e</a>', ['error broken-link: a (no address)', 'error broken-link: b (#)', 'error broken-link: d (javascript:void(0))', 'error broken-link: e (no address)']],
		['links that mail programs do not open', '<a href="/shop">a</a><a href="www.shop.ch">b</a><a href="mailto:a@shop.ch">c</a><a href="tel:+411">d</a>', ['error broken-link: a (/shop)', 'error broken-link: b (www.shop.ch)']],
		['links to placeholders', '<a href="https://www.example.com/x">a</a><a href="https://your-domain/x">b</a><a href="http://localhost:3000/">c</a><a href="https://">d</a>', ['error placeholder-link: a (https://www.example.com/x)', 'error placeholder-link: b (https://your-domain/x)', 'error placeholder-link: c (http://localhost:3000/)', 'error placeholder-link: d (https://)']],
		['a link with nothing to click, and one without encryption', '<a href="https://shop.ch/a"> </a><a href="https://shop.ch/b"><img src="https://shop.ch/b.png" alt="Lamp"></a><a href="http://shop.ch/">c</a>', ['warning empty-link: https://shop.ch/a', 'hint insecure-link: c (http://shop.ch/)']],
	])('finds %s', async (_what, part, expected) => {
		expect(rules(await checked(GOOD.replace('</body>', `${part}</body>`)))).toEqual(expected);
	});

	it('finds a marketing mail that does not say how to unsubscribe, and lets a bill be', async () => {
		const without = GOOD.replace(/<a href="\{\{ links.unsubscribeUrl.*?<\/a>/, '');

		expect(rules(await checked(without))).toEqual(['error missing-unsubscribe']);
		expect(rules(await checked(without, { purpose: 'transactional' }))).toEqual([]);
		expect(rules(await checked(GOOD.replace('links.unsubscribeUrl', 'links.preferencesUrl')))).toEqual([]);
	});

	it('finds a mail that Gmail clips, by its size as it is sent', async () => {
		const links = (count: number) => Array.from({ length: count }, (_none, n) => `<a href="https://shop.ch/${n}">x</a>`).join('');

		// 20 kB as it is written, 122 kB with its links tracked.
		expect(rules(await checked(GOOD.replace('</body>', `${links(590)}</body>`)))).toEqual([expect.stringMatching(/^error too-large: 1\d\d kB$/)]);
		expect(rules(await checked(GOOD.replace('</body>', `${'<p>x</p>'.repeat(11_500)}</body>`)))).toEqual([expect.stringMatching(/^warning nearly-too-large/)]);
	});

	it('finds what mail programs miss: preheader, language, dark mode, text', async () => {
		expect(rules(await checked('<body><img src="https://shop.ch/a.png" alt="Sale"><a href="{{ links.unsubscribeUrl }}">Out</a></body>', { preheader: '' }))).toEqual(['warning images-only', 'hint missing-preheader', 'hint missing-language', 'hint no-dark-mode']);
	});

	it('finds variables that nobody has a value for, in subject, body and blocks', async () => {
		await engine.brand.set({ name: 'Shop' });
		await engine.blocks.save({ key: 'sign', content: { format: 'html', source: '<i>\n{{ brand.nmae }}</i>' } });
		await engine.blocks.publish('sign');
		const source = GOOD.replace('</body>', "{{ first_name }}{{ profile.firstName }}\n{{ profile.address.city }}{{ profile.email }}{{ event.total }}{{ event.properties.total }}{{ item.any }}{{ links.signOutUrl }}{{ brand.name }}{% for p in item.products %}{{ p.name }}{{ forloop.index }}{% endfor %}{% assign x = 1 %}{{ x }}{% render 'sign' %}</body>");

		const { findings } = await checked(source, { subject: 'Hi {{ profile.nick }}' });

		expect(findings.filter(({ rule }) => rule === 'unknown-variable').map(({ severity, field, where }) => `${severity} ${field}: ${where}`).sort()).toEqual([
			'error body: event.total, line 2', 'error body: first_name, line 1', 'error body: links.signOutUrl, line 2', 'warning body: brand.nmae, block "sign", line 2', 'warning body: profile.firstName, line 1', 'warning subject: profile.nick, line 1',
		]);
		expect(findings.find(({ where }) => where?.startsWith('profile.firstName'))?.remedy).toContain('there is "first_name"');
		expect(findings.find(({ where }) => where?.startsWith('first_name'))?.remedy).toBe('Write profile.first_name');
	});

	it('looks at each language with each of the test data, and tells once what all show', async () => {
		await engine.templates.save({ key: 't', channel: 'email', content: { subject: 'News', preheader: 'x', body: { kind: 'html', source: GOOD.replace('</body>', '{% if item.sale %}<img src="https://shop.ch/sale.png">{% endif %}</body>') } } });
		await engine.templates.save({ key: 't', language: 'de', content: { subject: 'Neuigkeiten', preheader: 'x', body: { kind: 'html', source: '{{ x | nothing }}' } } });
		for (const sale of [true, false, true]) await engine.templates.saveSample('t', `sample ${Math.random()}`, { profile: { first_name: 'Ann' }, item: { sale } });

		const report = await engine.templates.check({ key: 't' });

		expect(report.findings.map(({ language, rule, where }) => `${language} ${rule} ${where}`)).toEqual(['de not-valid line 1', 'en missing-alt https://shop.ch/sale.png']);
	});

	it('knows of other channels whether they can be made and what their variables are', async () => {
		await engine.templates.save({ key: 's', channel: 'sms', content: { text: 'Hi {{ name }}' } });

		expect(rules(await engine.templates.check({ key: 's' }))).toEqual(['error unknown-variable: name, line 1']);
	});

	it.each<[channel: 'push' | 'webpush' | 'chat' | 'onsite', content: JsonObject, expected: string[]]>([
		['push', { title: 'Hi', body: 'x', link: 'shop://orders', image: 'https://shop.ch/a.png' }, []],
		['push', { title: 'Hi', body: 'x', link: 'www.shop.ch', image: 'a.png' }, ['error broken-link: www.shop.ch', 'error missing-image: a.png']],
		['webpush', { title: 'Hi', body: 'x', actions: [{ title: 'Buy', link: 'https://www.example.com/x' }] }, ['error placeholder-link: https://www.example.com/x']],
		['chat', { format: 'plain', text: 'Hi {{ links.chatStart }}', buttons: [{ label: 'Buy', url: '{{ item.url }}' }, { label: 'Look', url: '#' }] }, ['error broken-link: #']],
		['onsite', { headline: 'Hi', text: '', imageUrl: 'https://shop.ch/a.png', buttons: [{ label: 'Close', url: '' }, { label: 'Buy', url: '/sale' }] }, ['error broken-link: /sale', 'warning missing-alt: https://shop.ch/a.png']],
		['onsite', { headline: 'Join', text: '', buttons: [], form: { fields: ['email'], consentText: ' ', topics: [], submitLabel: '', thanks: '' } }, ['error missing-consent-text']],
		['onsite', { headline: 'Join', text: '', buttons: [], form: { fields: ['email'], consentText: 'I want news', topics: [], submitLabel: '', thanks: '' } }, []],
	])('finds where links and pictures of other channels lead nowhere, and a form without a consent text (%s)', async (channel, content, expected) => {
		await engine.templates.save({ key: 'c', channel, content });

		expect(rules(await engine.templates.check({ key: 'c' }))).toEqual(expected);
	});

	it('asks the links of other channels, too, and of private networks none', async () => {
		await engine.templates.save({ key: 'c', channel: 'push', content: { title: 'Hi', body: 'x', link: 'http://169.254.169.254/latest' } });

		expect(rules(await engine.templates.check({ key: 'c', checkLinks: true }))).toEqual(['hint insecure-link: http://169.254.169.254/latest', 'warning private-link: http://169.254.169.254/latest']);
	});
});

describe('A subject', () => {
	it.each<[string, string[]]>([
		['Your order of Monday is on its way', []],
		['NASA and the EU', []],
		['BIG SUMMER SALE', ['subject-capitals']],
		['Sale!!! Now', ['subject-exclamation']],
		['Do you want more? Come now!', ['subject-exclamation']],
		['Re: your order', ['subject-deceptive']],
		['You have won $$$', ['subject-spam-words']],
		['S A L E today', []],
		['G R A T I S today', ['subject-spaced']],
		['🎉🎉🎉🎉 News', ['subject-emoji']],
		['', ['empty-subject']],
		['x'.repeat(71), ['subject-long']],
	])('%s', (subject, expected) => {
		expect(checkSubject(subject).map(({ rule }) => rule)).toEqual(expected);
	});
});

describe('The addresses of links', () => {
	it('are asked by HEAD on a real server; what a program may not see is a hint, what is gone an error', async () => {
		const asked: string[] = [];
		const server = createServer((request, response) => {
			asked.push(`${request.method} ${request.url}`);
			if (request.url === '/slow') return;
			response.statusCode = { '/ok': 200, '/moved': 301, '/gone': 404, '/robots': 403 }[request.url ?? ''] ?? 500;
			response.end();
		}).listen(0, '127.0.0.1');
		await new Promise((resolve) => server.once('listening', resolve));
		const { port } = server.address() as AddressInfo;
		const at = (path: string) => `http://127.0.0.1:${port}${path}`;

		const findings = await reachLinks([...['/ok', '/moved', '/gone', '/robots', '/slow'].map(at), 'http://127.0.0.1:1/'], () => true);
		const before = asked.length;
		const refused = await reachLinks([at('/ok'), `http://localhost:${port}/ok`, `http://[::ffff:127.0.0.1]:${port}/`, `http://2130706433:${port}/`, 'http://169.254.169.254/latest/meta-data', 'http://[64:ff9b:1::a00:1]/', 'http://[fec0::1]/']);
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));

		expect(Object.fromEntries(findings.map(({ rule, where }) => [where, rule]))).toEqual({ [at('/gone')]: 'dead-link', [at('/robots')]: 'unsure-link', [at('/slow')]: 'dead-link', 'http://127.0.0.1:1/': 'dead-link' });
		expect(asked.sort()).toEqual(['HEAD /gone', 'HEAD /moved', 'HEAD /ok', 'HEAD /robots', 'HEAD /slow']);
		expect(refused.map(({ rule }) => rule)).toEqual(Array.from({ length: 7 }, () => 'private-link'));
		expect(asked).toHaveLength(before);
	}, 20_000);
});
