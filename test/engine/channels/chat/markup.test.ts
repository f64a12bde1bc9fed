import fc from 'fast-check';

import { chatText, plainOf } from '../../../../engine/channels/chat';
import { markdownValue } from '../../../../engine/templates/liquid-filters';
import type { ChatNode } from '../../../../engine/channels/types';

const read = (source: string, linked = (url: string) => url): ChatNode[] => {
	const text = chatText('markdown', source, linked);
	return text.kind === 'nodes' ? text.nodes : [];
};

describe('a chat text', () => {
	it('has marks where somebody meant one', () => {
		expect(read('a **b _c_** ~~d~~ `e*f`')).toEqual([
			{ kind: 'text', text: 'a ' }, { kind: 'bold', children: [{ kind: 'text', text: 'b ' }, { kind: 'italic', children: [{ kind: 'text', text: 'c' }] }] }, { kind: 'text', text: ' ' },
			{ kind: 'strike', children: [{ kind: 'text', text: 'd' }] }, { kind: 'text', text: ' ' }, { kind: 'code', text: 'e*f' },
		]);
	});

	it.each(['snake_case_name', '2 * 3 * 4', '** not bold', 'no `end', '[no](address)', '[no', 'a ** b', '5 * 4'])('has none in %s', (source) => {
		expect(read(source)).toEqual([{ kind: 'text', text: source }]);
	});

	it('has links, which end where the sentence does, and each is led once', () => {
		const led: string[] = [];
		const nodes = read('[**Shop**](https://shop.example/a_(b)?c=1), https://b.example/x_y_z. (https://c.example)', (url) => {
			led.push(url);
			return `${url}#led`;
		});

		expect(led).toEqual(['https://shop.example/a_(b)?c=1', 'https://b.example/x_y_z', 'https://c.example']);
		expect(nodes).toEqual([
			{ kind: 'link', url: 'https://shop.example/a_(b)?c=1#led', children: [{ kind: 'bold', children: [{ kind: 'text', text: 'Shop' }] }] }, { kind: 'text', text: ', ' },
			{ kind: 'link', url: 'https://b.example/x_y_z#led', children: null }, { kind: 'text', text: '. (' }, { kind: 'link', url: 'https://c.example#led', children: null }, { kind: 'text', text: ')' },
		]);
	});

	it('of HTML has its addresses led, between tags and in them', () => {
		expect(chatText('html', '<a href="https://a.example/?b=1&amp;c=2">x</a> https://d.example/?e&amp;f.', (url) => `https://led.example/?${url.length}&`)).toEqual({ kind: 'html', html: '<a href="https://led.example/?26&amp;">x</a> https://led.example/?22&amp;.' });
	});

	it('shows any value of a person as it is, wherever it stands', () => {
		fc.assert(fc.property(fc.string({ unit: fc.constantFrom('*', '_', '~', '`', '[', ']', '(', ')', '\\', 'a', ' ', '<', '&', '.', 'https://x.example/') }), (value) => {
			const nodes = read(`**Dear ${markdownValue(value)}!** bye`);

			expect(plainOf({ kind: 'nodes', nodes })).toBe(`Dear ${value}! bye`);
			expect(nodes[0]?.kind).toBe('bold');
			expect(JSON.stringify(nodes)).not.toMatch(/"(italic|strike|code)"|"children":\[\]/);
			for (const [before, after, kind] of [['*Dear ', '!*', 'italic'], ['_Dear ', '!_', 'italic'], ['~~Dear ', '!~~', 'strike'], ['`Dear ', '!`', 'code'], ['[Dear ', '!](https://y.example/)', 'link']] as const) {
				const one = read(`${before}${markdownValue(value)}${after}`);
				expect([one.length, one[0]?.kind, plainOf({ kind: 'nodes', nodes: one })]).toEqual([1, kind, `Dear ${value}!`]);
			}
		}), { numRuns: 500 });
	});
});
