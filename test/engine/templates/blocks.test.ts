import { compileEmail, type Block, type EmailContent, type RenderScope } from '../../../engine/templates';

const scope: RenderScope = { profile: { name: 'Ann' }, journey: {}, event: null, item: { products: [{ name: 'Lamp', price: 2 }, { name: 'Desk', price: 3 }] }, links: { unsubscribeUrl: 'https://n8n.example/u' } };
const BLOCKS: Record<string, Block> = {
	header: { format: 'mjml', source: '<mj-section><mj-column><mj-image src="{{ brand.logo }}" alt="{{ brand.name }}" /></mj-column></mj-section>' },
	row: { format: 'mjml', source: '<mj-section><mj-column><mj-text>{{ product.name }}: {{ product.price }}{{ mark }}</mj-text></mj-column></mj-section>' },
	greeting: { format: 'text', source: 'Hello {{ profile.name }}' },
	legal: { format: 'html', source: '<p>{% render "greeting" %}, {{ brand.address }} <a href="{{ links.unsubscribeUrl }}">Out</a></p>' },
	a: { format: 'text', source: 'a {% render "b" %}' },
	b: { format: 'text', source: 'b\n{% render "a" %}' },
	broken: { format: 'html', source: '<p>\n{{ x | nothing }}</p>' },
};
const around = { blocks: BLOCKS, brand: { name: 'Shop & Co', logo: 'https://shop.example/logo.png', address: 'Main St 1' } };
const made = async (body: EmailContent['body'], rest: Partial<EmailContent> = {}) => (await compileEmail({ subject: 'x', ...rest, body, around })).render(scope);
const html = (source: string): EmailContent['body'] => ({ kind: 'html', source });

describe('Shared blocks', () => {
	it('bring whole sections into MJML, once or for each of a list, with what they are given', async () => {
		const { html: mail, text } = await made({ kind: 'mjml', source: "<mjml><mj-body>\n{% render 'header' %}\n{% render 'row' for item.products as product, mark: '!' %}\n</mj-body></mjml>" });

		expect(mail).toContain('src="https://shop.example/logo.png"');
		expect(mail).toContain('alt="Shop &amp; Co"');
		expect(text.match(/\w+: \d!/g)).toEqual(['Lamp: 2!', 'Desk: 3!']);
	});

	it('see person, links and brand, and may show blocks themselves', async () => {
		const { html: mail } = await made(html("<main>{% render 'legal' %}</main>"), { subject: "{% render 'greeting' %}" });

		expect(mail).toContain('<p>Hello Ann, Main St 1 <a href="https://n8n.example/u">Out</a></p>');
		expect((await made(html('x'), { subject: "{% render 'greeting' %}" })).subject).toBe('Hello Ann');
	});

	it('that show each other are refused, by their names', async () => {
		await expect(made({ kind: 'text', source: "\n{% render 'a' %}" })).rejects.toThrow('Body, line 2: In the block "b", line 2: The blocks a → b → a show each other. Take one of them out.');
	});

	it('that are not there, or of another format, are refused where they stand', async () => {
		await expect(made(html("<p>\n\n{% render 'nope' %}</p>"))).rejects.toThrow('Body, line 3: There is no block "nope"');
		await expect(made(html("{% render 'header' %}"))).rejects.toThrow('written in MJML, which cannot stand in HTML');
		await expect(made(html('{% render header %}'))).rejects.toThrow('with its key in quotes');
	});

	it('name themselves and their line when they are wrong, and leave the lines of the mail as they were', async () => {
		await expect(made(html("<p>{% render 'broken' %}</p>"))).rejects.toThrow(/^Body, line 2: In the block "broken": Liquid: undefined filter: nothing/);
		await expect(made(html("<p>{% render 'legal' %}</p>\n{% render 'greeting' %}\n{{ y | nothing }}"))).rejects.toThrow(/^Body, line 3: Liquid: undefined filter: nothing/);
	});
});
