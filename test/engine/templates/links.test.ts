import fc from 'fast-check';
import { parseDocument, DomUtils } from 'htmlparser2';

import { compileEmail, decorateHtml } from '../../../engine/templates';
import { signToken, verifyToken } from '../../../engine/tracking';

const click = (url: string, index: number) => `https://t.example/c?t=${index}-${encodeURIComponent(url)}`;

/** The addresses that a mail program would follow, in order. */
function hrefs(html: string): string[] {
	return DomUtils.findAll((node) => node.name === 'a' || node.name === 'area', parseDocument(html).children)
		.map((node) => node.attribs['href'])
		.filter((href) => href !== undefined);
}

describe('Links in a mail', () => {
	it('are rewritten in <a> and <area>, counted from 0, and everything else stays byte for byte', () => {
		const html = '<p>1 < 2 &amp; 3<A class=x HREF=\'https://a.example/?x=1&amp;y=2\'>a</A><area href=https://b.example/ alt></p><link href="https://c.example">';
		const seen: Array<[string, number]> = [];

		const result = decorateHtml(html, { clickUrl: (url, index) => (seen.push([url, index]), `https://t/?i=${index}&z="`) });

		expect(seen).toEqual([['https://a.example/?x=1&y=2', 0], ['https://b.example/', 1]]);
		expect(result).toBe('<p>1 < 2 &amp; 3<A class=x href="https://t/?i=0&amp;z=&quot;">a</A><area href="https://t/?i=1&amp;z=&quot;" alt></p><link href="https://c.example">');
	});

	it.each([
		['mailto', '<a href="mailto:a@b.example">x</a>'],
		['tel', '<a href="tel:+4930">x</a>'],
		['an anchor', '<a href="#top">x</a>'],
		['no address', '<a name="top">x</a>'],
		['a relative address', '<a href="/shop">x</a>'],
		['data-no-track after the address', '<a href="https://a.example" data-no-track>x</a>'],
		['data-no-track before the address', '<a data-no-track="1" href="https://a.example">x</a>'],
		['a link in a comment', '<!-- <a href="https://a.example">x</a> -->'],
		['a link in a style', '<style>a[href="https://a.example"]{color:red}</style>'],
		['an address in the text', '<p>href="https://a.example"</p>'],
	])('are left alone: %s', (_title, html) => {
		expect(decorateHtml(html, { clickUrl: click })).toBe(html);
	});

	it('are left alone when they unsubscribe, however the address is written', () => {
		const html = '<a href="https://u.example/?t=1&amp;x=2">a</a><a href=" https://u.example/?t=1&x=2 ">b</a><a href="https://a.example/">c</a>';

		const result = decorateHtml(html, { clickUrl: () => 'https://t/', untracked: ['https://u.example/?t=1&x=2'] });

		expect(result).toBe(html.replace('https://a.example/', 'https://t/'));
	});

	it('are rewritten inside Outlook\'s conditional comments', () => {
		const html = '<!--[if mso]><v:roundrect href="https://a.example/"><a href="https://b.example/">x</a></v:roundrect><![endif]--><!--[if !mso]><!--><a href="https://c.example/">x</a><!--<![endif]-->';

		const result = decorateHtml(html, { clickUrl: (_url, index) => `https://t/${index}` });

		expect(result).toBe(html.replace('https://a.example/', 'https://t/0').replace('https://b.example/', 'https://t/1').replace('https://c.example/', 'https://t/2'));
	});

	it('are left alone when they are too long to be carried, and work up to there', () => {
		const address = (length: number) => `https://a.example/${'x'.repeat(length - 18)}`;
		const html = `<a href="${address(8_001)}">x</a>`;
		const sign = (url: string, index: number) => signToken({ k: 'c', m: 'm'.repeat(22), u: url, l: index }, 'a secret of enough bytes');

		expect(decorateHtml(html, { clickUrl: click })).toBe(html);
		const [token] = hrefs(decorateHtml(`<a href="${address(8_000)}">x</a>`, { clickUrl: sign }));
		expect(verifyToken(token!, 'a secret of enough bytes')).toMatchObject({ u: address(8_000) });
	});

	it('are found in what MJML makes', async () => {
		const email = await compileEmail({
			subject: 'x',
			body: { kind: 'mjml', source: '<mjml><mj-body><mj-section><mj-column><mj-button href="https://a.example/?a=1&amp;b=2">A</mj-button><mj-image src="https://i.example/i.png" href="https://b.example/" /><mj-text><a href="{{ links.u }}">c</a></mj-text></mj-column></mj-section></mj-body></mjml>' },
		});
		const { html } = await email.render({ profile: {}, journey: {}, event: null, item: {}, links: { u: 'https://c.example/?x=1&y=2' } });
		const seen: string[] = [];

		const result = decorateHtml(html, { openUrl: 'https://t.example/o', clickUrl: (url, index) => (seen.push(url), `https://t.example/${index}`) });

		expect(seen).toEqual(['https://a.example/?a=1&b=2', 'https://b.example/', 'https://c.example/?x=1&y=2']);
		expect(hrefs(result)).toEqual(['https://t.example/0', 'https://t.example/1', 'https://t.example/2']);
		expect(result).toContain('src="https://i.example/i.png"');
	});

	it('are, all of them and no others, those that lead to http(s)', () => {
		const web = fc.webUrl({ withQueryParameters: true, withFragments: true });
		const target = fc.oneof(
			{ weight: 3, arbitrary: web },
			fc.constantFrom('mailto:x@y.example', 'tel:1', '#a', '', 'ftp://f.example', 'HTTPS://UPPER.example/', 'javascript:0', '//p.example'),
		);
		const quote = fc.constantFrom('"', '\'');
		const piece = fc.oneof(
			fc.tuple(target, quote, fc.constantFrom('a', 'A', 'area')).map(([url, q, tag]) => `<${tag} title=">" href=${q}${escaped(url)}${q} id=x>t</${tag}>`),
			target.map((url) => `<a\n href = "${escaped(url)}"\n>`),
			fc.string().map((text) => text.replace(/</g, '&lt;')),
			fc.constantFrom('<p>', '</p>', '<br/>', '</a>', '<!-- <a href="https://no.example"> -->', '<img alt="<a href=https://no.example>">', '<b <i>', '< a>', '&amp;'),
		);
		fc.assert(fc.property(fc.array(piece).map((pieces) => pieces.join('')), (html) => {
			const expected = hrefs(html).filter((href) => /^https?:\/\//i.test(href));
			const seen: string[] = [];

			const result = decorateHtml(html, { clickUrl: (url, index) => (seen.push(url), click(url, index)) });

			expect(seen).toEqual(expected);
			expect(hrefs(result)).toEqual(hrefs(html).map(counting((href, index) => click(href, index))));
		}), { numRuns: 500 });
	});
});

describe('The open pixel', () => {
	it('stands right before </body>', () => {
		const result = decorateHtml('<html><body><!-- </body> --><p>x</p></BODY></html>', { openUrl: 'https://t.example/o?t=1&x=2' });

		expect(result).toMatch(/<p>x<\/p><img src="https:\/\/t\.example\/o\?t=1&amp;x=2" [^>]*><\/BODY><\/html>$/);
	});

	it('stands before </html> when the body is not closed, and at the end of a fragment', () => {
		expect(decorateHtml('<html><p>x</p></html>', { openUrl: 'https://o' })).toMatch(/<\/p><img [^>]*><\/html>$/);
		expect(decorateHtml('<p>x</p>', { openUrl: 'https://o' })).toMatch(/^<p>x<\/p><img [^>]*>$/);
	});

	it('is left out, as are click links, when nothing is tracked', () => {
		const html = '<body><a href="https://a.example">x</a></body>';

		expect(decorateHtml(html, {})).toBe(html);
	});
});

function escaped(url: string): string {
	return url.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}

/** Applies to the http(s) addresses only, with their number among themselves. */
function counting(rewrite: (href: string, index: number) => string): (href: string) => string {
	let index = 0;
	return (href) => (/^https?:\/\//i.test(href) ? rewrite(href, index++) : href);
}
