import { EngineError } from '../../../engine/kernel';
import { compileEmail, compileEmailCached, type EmailContent, type RenderScope } from '../../../engine/templates';

function scope(given: Partial<RenderScope> = {}): RenderScope {
	return { profile: {}, journey: {}, event: null, item: {}, links: {}, ...given };
}

function mjml(column: string): string {
	return `<mjml><mj-body><mj-section><mj-column>${column}</mj-column></mj-section></mj-body></mjml>`;
}

async function render(content: Partial<EmailContent> & Pick<EmailContent, 'body'>, given: Partial<RenderScope> = {}) {
	return (await compileEmail({ subject: 'Hello', ...content })).render(scope(given));
}

async function failure(content: Partial<EmailContent> & Pick<EmailContent, 'body'>, given?: Partial<RenderScope>): Promise<EngineError> {
	const error: unknown = await render(content, given).then(() => null, (reason: unknown) => reason);
	expect(error).toBeInstanceOf(EngineError);
	expect((error as EngineError).code).toBe('TEMPLATE_INVALID');
	return error as EngineError;
}

describe('Liquid in MJML', () => {
	const conditional = `<mjml>
<mj-body>
	{% if profile.vip %}
	<mj-section><mj-column><mj-text>For our best</mj-text></mj-column></mj-section>
	{% else %}
	<mj-section><mj-column><mj-text>For everyone</mj-text></mj-column></mj-section>
	{% endif %}
</mj-body></mjml>`;

	it.each([[true, 'For our best', 'For everyone'], [false, 'For everyone', 'For our best']])('chooses whole sections: vip %s', async (vip, shown, hidden) => {
		const { html } = await render({ body: { kind: 'mjml', source: conditional } }, { profile: { vip } });

		expect(html).toContain(shown);
		expect(html).not.toContain(hidden);
		expect(html).not.toMatch(/jlq|\{%|\{\{/);
	});

	it('keeps Outlook\'s tables whole when sections are chosen or repeated', async () => {
		const source = `<mjml><mj-body>{% for p in event.items %}{% if p.show %}<mj-section><mj-column>{% if p.a < 2 %}<mj-text>{{ p.name }}</mj-text>{% endif %}</mj-column></mj-section>{% endif %}{% endfor %}</mj-body></mjml>`;

		const { html } = await render({ body: { kind: 'mjml', source } }, { event: { items: [{ show: true, a: 1, name: 'one' }, { show: false, a: 1, name: 'no' }, { show: true, a: 3, name: 'no' }] } });

		const outlook = html.replace(/<!--\[if mso \| IE\]>|<!\[endif\]-->/g, '');
		for (const tag of ['table', 'tr', 'td', 'div']) {
			expect(outlook.match(new RegExp(`<${tag}\\b`, 'g'))?.length).toBe(outlook.match(new RegExp(`</${tag}>`, 'g'))?.length);
		}
		expect(html).toContain('one');
		expect(html).not.toContain('no<');
	});

	it('repeats texts, table rows and columns', async () => {
		const source = `<mjml><mj-body><mj-section>{% for x in item.list %}<mj-column>{% for y in x %}<mj-text>c{{ y }}</mj-text>{% endfor %}<mj-table>{% for y in x %}<tr><td>r{{ y }}</td></tr>{% endfor %}</mj-table></mj-column>{% endfor %}</mj-section></mj-body></mjml>`;

		const { text } = await render({ body: { kind: 'mjml', source } }, { item: { list: [[1, 2], [3]] } });

		expect(text.match(/[cr]\d/g)).toEqual(['c1', 'c2', 'r1', 'r2', 'c3', 'r3']);
	});

	it('stands in attributes, quotes and comparisons included', async () => {
		const source = mjml('<mj-button href="{{ links.shop | append: "?a=1&b=2" }}" background-color="{% if profile.age < 18 %}green{% else %}{{ profile.color | default: \'red\' }}{% endif %}" align="{{ profile.align }}">Go</mj-button>');

		const { html } = await render({ body: { kind: 'mjml', source } }, { links: { shop: 'https://shop.example/' }, profile: { age: 17, align: 'left' } });

		expect(html).toContain('href="https://shop.example/?a=1&amp;b=2"');
		expect(html).toContain('bgcolor="green"');
		expect(html).toContain('align="left"');
	});

	it('sets variables before and inside the MJML, and keeps raw blocks and comments', async () => {
		const source = `{% assign shop = "Corner" %}\n<mjml>{% assign b = 2 %}<mj-head>{% comment %} <mj-oops> < & {% endcomment %}<mj-title>{{ shop }}</mj-title></mj-head><mj-body>{% capture c %}<b>{{ shop }}</b>{% endcapture %}<mj-section><mj-column><mj-text>{{ shop }} {{ b }} {{ c | raw }} {% raw %}{{ x }}{% endraw %}</mj-text></mj-column></mj-section></mj-body></mjml>`;

		const { html } = await render({ body: { kind: 'mjml', source } });

		expect(html).toContain('<title>Corner</title>');
		expect(html).toContain('Corner 2 <b>Corner</b> {{ x }}');
	});

	it('works beside styles that MJML writes into the elements', async () => {
		const source = `<mjml><mj-head><mj-style inline="inline">.big td { color: {{ profile.color }} }</mj-style></mj-head><mj-body><mj-section css-class="big"><mj-column><mj-table>{% for x in item.list %}<tr><td>{{ x }}</td></tr>{% endfor %}</mj-table></mj-column></mj-section></mj-body></mjml>`;

		const { html } = await render({ body: { kind: 'mjml', source } }, { profile: { color: 'teal' }, item: { list: [1, 2] } });

		expect(html).toMatch(/<td style="color: teal;?">1<\/td><\/tr><tr><td style="color: teal;?">2<\/td>/);
	});
});

describe('Values of a contact', () => {
	const script = '<script>alert("x")</script>\'&';

	it.each([
		['MJML', { kind: 'mjml' as const, source: mjml('<mj-text>{{ profile.name }}</mj-text><mj-button href="{{ profile.name }}">x</mj-button>') }],
		['HTML', { kind: 'html' as const, source: '<p title="{{ profile.name }}">{{ profile.name }}{% echo profile.name %}{% cycle profile.name %}{{ profile.name | upcase }}{{ profile.name | newline_to_br }}</p>' }],
		['text', { kind: 'text' as const, source: 'Hi {{ profile.name }}' }],
	])('cannot bring markup into the mail: %s', async (_title, body) => {
		const { html } = await render({ body, preheader: '{{ profile.name }}' }, { profile: { name: script } });

		expect(html).not.toMatch(/<script|<SCRIPT/);
		expect(html).not.toContain('"x"');
		expect(html).toContain('&lt;script&gt;');
	});

	it('stand as they are after the raw filter, and are escaped once after escape', async () => {
		const { html } = await render({ body: { kind: 'html', source: '{{ profile.a | raw }}|{{ profile.a | escape }}|{{ profile.a | escape | newline_to_br }}' } }, { profile: { a: '<b>&\n' } });

		expect(html).toBe('<b>&\n|&lt;b&gt;&amp;\n|&lt;b&gt;&amp;<br />\n');
	});

	it('are not escaped in the subject and in plain text', async () => {
		const { subject, text } = await render({ subject: 'Dear {{ profile.name }}', body: { kind: 'text', source: 'Hi {{ profile.name }}' } }, { profile: { name: 'Tom & "Jo"' } });

		expect(subject).toBe('Dear Tom & "Jo"');
		expect(text).toBe('Hi Tom & "Jo"');
	});

	it('cannot begin another header from the subject', async () => {
		const { subject } = await render({ subject: ' {{ profile.name }}\n!', body: { kind: 'text', source: 'x' } }, { profile: { name: 'A\r\nBcc: all@example.com\u2028\0' } });

		expect(subject).toBe('A Bcc: all@example.com !');
	});

	it('are empty when they are missing', async () => {
		const { subject, text } = await render({ subject: 'Hi {{ profile.first.name }}!', body: { kind: 'text', source: '[{{ event.properties.total }}{{ nothing }}]' } });

		expect(subject).toBe('Hi !');
		expect(text).toBe('[]');
	});

	it('are only the contact\'s own: nothing of JavaScript is reached', async () => {
		const { text } = await render({ body: { kind: 'text', source: '[{{ profile.constructor.name }}{{ profile.__proto__ }}{{ profile.toString }}]' } });

		expect(text).toBe('[]');
	});
});

describe('The preheader', () => {
	it.each([
		['MJML', { kind: 'mjml' as const, source: mjml('<mj-text>Body</mj-text>').replace('<mj-body>', '<mj-head><mj-preview>Old</mj-preview></mj-head><mj-body>') }],
		['HTML', { kind: 'html' as const, source: '<html><!-- <body> --><body class="{% if 1 > 0 %}x{% endif %}"><p>Body</p></body></html>' }],
		['text', { kind: 'text' as const, source: 'Body' }],
	])('is the first, hidden text of the body and not part of the plain text: %s', async (_title, body) => {
		const { html, text } = await render({ preheader: 'For {{ profile.name }}\n', body }, { profile: { name: '<A>' } });

		expect(html).toMatch(/<body[^>]*><div data-preheader="" style="display:none[^>]*>For &lt;A&gt;&#847;/);
		expect(html).not.toContain('Old');
		expect(text).toBe('Body');
	});

	it('leaves nothing behind when it is empty for a contact', async () => {
		const { html } = await render({ preheader: '{{ profile.name }}', body: { kind: 'html', source: '<body><p>x</p></body>' } });

		expect(html).toBe('<body><p>x</p></body>');
	});
});

describe('The plain text', () => {
	it('is made from the mail, with its links readable', async () => {
		const source = mjml('<mj-text><h1>Welcome</h1><p>See <a href="https://shop.example/a?x=1&amp;y=2">our shop</a> or <a href="https://b.example">https://b.example</a></p></mj-text><mj-image src="https://i.example/i.png" alt="A red bag" href="https://shop.example/bag"/><mj-divider/>');

		const { text } = await render({ body: { kind: 'mjml', source } });

		expect(text).toContain('Welcome');
		expect(text).toContain('our shop <https://shop.example/a?x=1&y=2> or https://b.example');
		expect(text).toContain('A red bag <https://shop.example/bag>');
		expect(text).not.toContain('i.png');
	});

	it('as content becomes a page with its addresses as links and nothing else', async () => {
		const { html, text } = await render({ body: { kind: 'text', source: 'a < b\r\nSee https://shop.example/?x=1&y=2.' } });

		expect(text).toBe('a < b\nSee https://shop.example/?x=1&y=2.');
		expect(html).toContain('a &lt; b\nSee <a href="https://shop.example/?x=1&amp;y=2">https://shop.example/?x=1&amp;y=2</a>.');
	});
});

describe('A template that is wrong', () => {
	it.each<[string, Partial<EmailContent> & Pick<EmailContent, 'body'>, string, number, RegExp]>([
		['an unclosed condition', { body: { kind: 'mjml', source: mjml('\n<mj-text>\n{% if x %}a</mj-text>') } }, 'body', 3, /not closed/],
		['an unclosed output', { body: { kind: 'html', source: '<p>\n{{ a </p>' } }, 'body', 2, /not closed/],
		['an unknown filter', { body: { kind: 'html', source: '<p>\n\n{{ a | shout }}</p>' } }, 'body', 3, /undefined filter: shout/],
		['an unknown tag', { body: { kind: 'text', source: 'a\n{% dance %}' } }, 'body', 2, /tag "dance" not found/],
		['an unknown filter in the subject', { subject: '{{ a | shout }}', body: { kind: 'text', source: 'x' } }, 'subject', 1, /^Subject, line 1: .*shout/],
		['an unclosed condition in the preheader', { preheader: '{% if a %}', body: { kind: 'text', source: 'x' } }, 'preheader', 1, /^Preheader, line 1/],
		['an unknown element', { body: { kind: 'mjml', source: mjml('\n<mj-texxt>a</mj-texxt>') } }, 'body', 2, /mj-texxt/],
		['an unknown attribute', { body: { kind: 'mjml', source: mjml('{% if\n x %}\n<mj-text colour="red">a</mj-text>{% endif %}') } }, 'body', 3, /colour/],
		['a wrong value', { body: { kind: 'mjml', source: mjml('<mj-text font-size="big">a</mj-text>') } }, 'body', 1, /font-size/],
		['an element in the wrong place', { body: { kind: 'mjml', source: '<mjml><mj-body>\n<mj-text>a</mj-text></mj-body></mjml>' } }, 'body', 2, /mj-text cannot be used inside mj-body/],
		['an element never closed', { body: { kind: 'mjml', source: '<mjml><mj-body>\n<mj-section>\n<mj-column><mj-text>a</mj-text></mj-section></mj-body></mjml>' } }, 'body', 3, /<mj-column> is never closed/],
		['a text never closed', { body: { kind: 'mjml', source: '<mjml><mj-body><mj-section><mj-column>\n<mj-text>a</mj-column></mj-section></mj-body></mjml>' } }, 'body', 2, /<mj-text> is never closed/],
		['text where MJML drops it', { body: { kind: 'mjml', source: '<mjml><mj-body><mj-section>\n<mj-column>Hello</mj-column></mj-section></mj-body></mjml>' } }, 'body', 2, /"Hello" stands directly in <mj-column>/],
		['a condition around the head', { body: { kind: 'mjml', source: '<mjml>\n{% if a %}<mj-head></mj-head>{% endif %}<mj-body></mj-body></mjml>' } }, 'body', 2, /\{% if a %\} stands directly in <mjml>/],
		['a condition around a style', { body: { kind: 'mjml', source: '<mjml><mj-head>\n\n{% if a %}<mj-style>a{}</mj-style>{% endif %}</mj-head><mj-body></mj-body></mjml>' } }, 'body', 3, /stands directly in <mj-head>/],
		['Liquid for a size', { body: { kind: 'mjml', source: mjml('<mj-text font-size="{{ profile.size }}">a</mj-text>') } }, 'body', 1, /font-size.*profile\.size.*computes with sizes/],
		['Liquid between attributes', { body: { kind: 'mjml', source: mjml('<mj-text {% if a %}color="red"{% endif %}>a</mj-text>') } }, 'body', 1, /inside an attribute's value/],
		['a file taken in by MJML', { body: { kind: 'mjml', source: mjml('\n<mj-include path="./secret.mjml" />') } }, 'body', 2, /mj-include is not available/],
		['a file taken in by Liquid', { body: { kind: 'html', source: '<p>\n{% include "package.json" %}</p>' } }, 'body', 2, /"include" is not available/],
		['a file rendered by Liquid', { body: { kind: 'text', source: '{% render "package.json" %}' } }, 'body', 1, /There is no block "package.json"/],
		['HTML chosen as MJML', { body: { kind: 'mjml', source: '<p>a</p>' } }, 'body', 1, /MJML/],
		['no MJML at all', { body: { kind: 'mjml', source: '{{ x }}' } }, 'body', 1, /no MJML element/],
		['an empty subject', { subject: '  ', body: { kind: 'text', source: 'x' } }, 'subject', 1, /subject is empty/],
		['an empty body', { body: { kind: 'mjml', source: '\n' } }, 'body', 1, /body is empty/],
		['a body of a megabyte', { body: { kind: 'text', source: 'x'.repeat(1_000_001) } }, 'body', 1, /1000001 characters/],
	])('is refused with its field and line: %s', async (_title, content, field, line, message) => {
		const error = await failure(content);

		expect(error.details).toEqual({ field, line });
		expect(error.message).toMatch(message);
		expect(error.message).not.toMatch(/jlq|\/(work|home|usr|tmp)\//);
	});

	it('names the source\'s line when it fails for a contact, and none of the contact\'s values', async () => {
		const source = mjml('\n<mj-text>\n{{ "2026-01-01" | date: "%Y", profile.zone }}</mj-text>');

		const error = await failure({ body: { kind: 'mjml', source } }, { profile: { zone: 'Secret/Place' } });

		expect(error.details).toEqual({ field: 'body', line: 3 });
		expect(error.message).toContain('date: "%Y", profile.zone');
		expect(error.message + String(error.cause)).not.toContain('Secret');
	});

	it.each([
		['an endless loop of loops', '{% for a in (1..3000) %}{% for b in (1..3000) %}{% for c in (1..1000) %}x{% endfor %}{% endfor %}{% endfor %}'],
		['a range without end', '{% for a in (1..100000000000) %}x{% endfor %}'],
		['a text that doubles', '{% assign a = "xxxxxxxxxxxxxxxx" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}'],
	])('cannot hang the engine: %s', async (_title, source) => {
		const startedAt = performance.now();

		const error = await failure({ body: { kind: 'text', source } });

		expect(error.message).toMatch(/more time or memory/);
		expect(performance.now() - startedAt).toBeLessThan(10_000);
	});
});

describe('Compiled contents', () => {
	it('are kept by content, whatever object it comes in', async () => {
		const content = (): EmailContent => ({ subject: 'a', body: { kind: 'text', source: 'b' } });

		expect(await compileEmailCached(content())).toBe(await compileEmailCached(content()));
		expect(await compileEmailCached({ ...content(), subject: 'c' })).not.toBe(await compileEmailCached(content()));
	});

	it('are dropped when fifty others were used since', async () => {
		const content = (subject: string): EmailContent => ({ subject, body: { kind: 'text', source: 'x' } });
		const [first, used] = [await compileEmailCached(content('first')), await compileEmailCached(content('used'))];

		for (let number = 0; number < 50; number++) {
			await compileEmailCached(content(`other ${number}`));
			await compileEmailCached(content('used'));
		}

		expect(await compileEmailCached(content('used'))).toBe(used);
		expect(await compileEmailCached(content('first'))).not.toBe(first);
	});

	it('render each contact alone: nothing of one reaches the next', async () => {
		const email = await compileEmail({ subject: '{{ profile.name }}', body: { kind: 'html', source: '{% if profile.name %}{% assign n = profile.name %}{% endif %}{{ n }}{% increment c %}{% cycle "a", "b" %}' } });

		const [ann, nobody] = await Promise.all([email.render(scope({ profile: { name: 'Ann' } })), email.render(scope())]);

		expect(ann.html).toBe('Ann0a');
		expect(nobody.html).toBe('0a');
	});
});
