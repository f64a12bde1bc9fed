import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { compileEmail, decorateHtml, type Decoration, type EmailContent, type RenderScope } from '../../../engine/templates';
import { plainTextConverter, tidyText } from '../../../engine/templates/plain-text';
import { DEFAULT_HTML, DEFAULT_MJML } from '../../../nodes/JourneyEmail/defaultTemplate';

/*
 * Links, pixel and text part are prepared once for a template. Here they are held against what reading each finished mail gives, which
 * takes ten times as long and knows no template.
 */

const UNSUBSCRIBE = 'https://n8n.example/unsubscribe?t=1&x=2';
const PEOPLE: RenderScope[] = [
	scope({ firstName: 'Ann', plan: 'pro', email: 'ann@example.com' }, [{ name: 'Lamp & Son', url: 'https://shop.example/p?a=1&b=2', price: 19.5 }, { name: '<b>Bold</b> "quoted"', url: '/relative', price: 1 }]),
	scope({ firstName: 'Zoë \u0001https://evil.example\u0002\u0003', email: 'z@example.com' }, []),
	scope({}, [{ name: 'Only', url: 'mailto:x@y.example', price: 0 }, { name: 'It\'s', url: 'https://shop.example/"><script>', price: 2 }]),
];

function scope(profile: Record<string, string>, products: Array<Record<string, string | number>>): RenderScope {
	return { profile, journey: { name: 'Cart' }, event: { name: 'Cart', properties: { products } }, item: { html: '<a href="https://raw.example/">raw</a>' }, links: { unsubscribeUrl: UNSUBSCRIBE } };
}

const html = (source: string): [string, EmailContent] => [source.slice(0, 70), { subject: 'x', body: { kind: 'html', source } }];
const LOOP = '{% for p in event.properties.products %}<p><a href="{{ p.url }}">{{ p.name }}</a> {{ p.price }}</p>{% else %}<p>Nothing</p>{% endfor %}';

const CONTENTS: Array<[string, EmailContent]> = [
	['what a fresh node starts with', { subject: 'x', preheader: 'Hello {{ profile.firstName }}', body: { kind: 'mjml', source: DEFAULT_MJML } }],
	html(DEFAULT_HTML),
	html(LOOP),
	html(`<body>${LOOP}<a href='https://a.example/?q={{ profile.firstName | url_encode }}&amp;x="1"'>a</a><A HREF=https://b.example/>b</A></body>`),
	html('{% if profile.plan == "pro" %}<a href="https://pro.example/">Pro</a>{% else %}<a href="https://free.example/">Free</a>{% endif %}<a href="{{ links.unsubscribeUrl }}">Out</a>'),
	html('<a href="{% if profile.plan %}https://pro.example/{% else %}#top{% endif %}">x</a>'),
	html('<p>{{ profile.firstName | escape }} {{ profile.firstName | newline_to_br }} {{ profile.email | default: "a & b" }}</p>'),
	html('<!--[if mso]><v:roundrect href="https://a.example/{{ profile.plan }}"></v:roundrect><![endif]--><a href="https://a.example/{{ profile.plan }}" data-no-track>y</a>'),
	html('<p>Two &#123;&#123; braces }} and {{ profile.plan }}</p>'),
	// What only each finished mail shows.
	html('<p>{{ item.html | raw }}</p><a href="https://a.example/">a</a>'),
	html('{% capture link %}<a href="https://c.example/">c</a>{% endcapture %}{{ link | raw }}'),
	html('<a {% if profile.plan %}href="https://pro.example/"{% else %}href="https://free.example/"{% endif %}>x</a>'),
	html('{% cycle "<a href=https://cycle.example/>1</a>", "2" %}'),
	html('{% raw %}<a href="https://verbatim.example/">{{ x }}</a>{% endraw %}'),
	html('<p>a\u0001https://own.example\u0002</p>'),
	['text', { subject: 'x', body: { kind: 'text', source: 'See https://a.example/ {{ profile.firstName }}' } }],
	...shipped(),
];

/** Every mail of the journeys that come with the package. */
function shipped(): Array<[string, EmailContent]> {
	const folder = join(__dirname, '..', '..', '..', 'workflows');
	return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json')).flatMap((file) => {
		const { nodes } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { nodes: Array<{ name: string; parameters: { mjml?: string; subject?: string } }> };
		return nodes.flatMap(({ name, parameters }): Array<[string, EmailContent]> => (parameters.mjml === undefined ? [] : [[`${file}: ${name}`, { subject: 'x', body: { kind: 'mjml', source: parameters.mjml } }]]));
	});
}

const decoration = (): Decoration & { seen: string[] } => {
	const seen: string[] = [];
	return { seen, openUrl: 'https://t.example/o?t=1&x=2', clickUrl: (url, index) => (seen.push(url), `https://t.example/c?i=${index}&u=${encodeURIComponent(url)}`), untracked: [UNSUBSCRIBE] };
};

it('has mails of the package to look at', () => {
	expect(shipped().length).toBeGreaterThan(3);
});

it.each(CONTENTS)('%s: the same links, pixel and text as by reading each mail', async (_name, content) => {
	const compiled = await compileEmail(content);
	const toText = await plainTextConverter();
	for (const person of PEOPLE) {
		const [prepared, read] = [decoration(), decoration()];
		const plain = await compiled.render(person);
		const decorated = await compiled.render(person, prepared);

		expect(links(decorated.html)).toEqual(links(decorateHtml(plain.html, read)));
		expect(prepared.seen).toEqual(read.seen);
		expect(decorated.html.split('<img src="https://t.example/o').length - 1).toBe(1);
		expect(decorated.text).toBe(plain.text);
		if (content.body.kind !== 'text') expect(words(decorated.text)).toEqual(words(tidyText(toText(plain.html))));
	}
});

it.each(CONTENTS.filter(([name, { body }]) => body.kind !== 'text' && !name.includes('\u0001')))('%s: leaves no mark of its own and takes none of a person\'s', async (_name, content) => {
	for (const person of PEOPLE) {
		const { html: made } = await (await compileEmail(content)).render(person, decoration());
		expect(made).not.toMatch(/[\u0001-\u0003]/);
		expect(made).not.toMatch(/u=https%3A%2F%2Fevil/);
	}
});

/** Byte for byte but for the quotes around an address, which are all made double. */
function links(source: string): string {
	return source.replace(/href\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s>]+))/gi, (_all, single?: string, double?: string, bare?: string) => `href="${(single ?? double ?? bare ?? '').replace(/"/g, '&quot;')}"`);
}

function words(text: string): string[] {
	// Characters of control are no text; the HTML parser shows them as such or not at all.
	return text.replace(/[\u0001-\u0003\ufffd]/g, '').split(/\s+/).filter((word) => word !== '');
}
