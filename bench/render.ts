import { Liquid } from 'liquidjs';

import type { Linking } from '../engine/messages/channel';
import type { Addressed } from '../engine/messages/guards';
import { renderFor } from '../engine/messages/render';
import type { EmailSendRequest } from '../engine/messages/types';
import { liquidFor } from '../engine/templates/liquid';
import { compileMjml } from '../engine/templates/mjml';
import { textSource } from '../engine/templates/plain-text';
import { holdLiquid } from '../engine/templates/placeholders';
import { DEFAULT_MJML, DEFAULT_SUBJECT } from '../nodes/JourneyEmail/defaultTemplate';
import type { BenchResult } from './ingest';
import { CART_MJML, CART_SUBJECT } from './render/cart';

const LINKING: Linking = { address: 'https://n8n.example.com/webhook/journeys', secret: new Uint8Array(32).fill(7) };
/** What the middle ratio is held against. */
const NEEDED_RATIO = 0.5;
const CONTENTS: Record<string, { subject: string; mjml: string }> = { cart: { subject: CART_SUBJECT, mjml: CART_MJML }, welcome: { subject: DEFAULT_SUBJECT, mjml: DEFAULT_MJML } };

/**
 * Mails a second made for a person each (subject, HTML with every link signed and tracked, open pixel, plain text, List-Unsubscribe headers), against bare liquidjs
 * rendering the same compiled templates (subject, HTML, text): nothing tracked, signed, escaped or checked. In turns, one thread. Fails below NEEDED_RATIO.
 *
 * Options: mails (5,000 a round), rounds (5), mail (cart: a loop over five products; welcome: what a fresh Journey Email starts with).
 */
export default async function render(options: Record<string, string> = {}): Promise<BenchResult & { failed?: string }> {
	const mails = Number(options.mails ?? 5_000);
	const rounds = Number(options.rounds ?? 5);
	const name = options.mail ?? 'cart';
	const content = CONTENTS[name];
	if (content === undefined) throw new Error(`There is no mail "${name}": use ${Object.keys(CONTENTS).join(' or ')}.`);
	const ours = oursOf(content);
	const bare = await bareOf(content);
	await ours(500);
	await bare(500);
	const results: Array<{ ours: number; baseline: number; ratio: number }> = [];
	for (let round = 0; round < rounds; round += 1) {
		const [own, base] = [await speed(ours, mails), await speed(bare, mails)];
		results.push({ ours: Math.round(own), baseline: Math.round(base), ratio: Number((own / base).toFixed(3)) });
	}
	results.sort((a, b) => a.ratio - b.ratio);
	const middle = results[Math.floor(rounds / 2)] ?? { ours: 0, baseline: 0, ratio: 0 };
	return {
		bench: `render (${name})`, unit: 'mails/s', ...middle, details: { mails, rounds: results.map(({ ratio }) => ratio).join(' '), 'ratio needed': NEEDED_RATIO },
		...(middle.ratio < NEEDED_RATIO ? { failed: `the ratio is ${middle.ratio}, below ${NEEDED_RATIO}` } : {}),
	};
}

async function speed(make: (mails: number) => Promise<void>, mails: number): Promise<number> {
	const startedMs = performance.now();
	await make(mails);
	return (mails / (performance.now() - startedMs)) * 1000;
}

/** The template shows none of it. */
const NOTHING_OF_THE_LIBRARY = { library: () => undefined as never, products: () => undefined };

function oursOf({ subject, mjml }: { subject: string; mjml: string }): (mails: number) => Promise<void> {
	const request = {
		step: { workflow: 'wf', step: 'mail', name: 'Mail', type: 'email' }, items: [], purpose: 'marketing', topic: 'news', from: { address: 'shop@example.com' },
		content: { subject, body: { kind: 'mjml', source: mjml } }, provider: { kind: 'smtp', host: 'localhost', port: 25, secure: false, requireTls: false }, trackOpens: true, trackClicks: true,
	} as unknown as EmailSendRequest;
	return async (mails) => {
		for (let n = 0; n < mails; n += 1) {
			const person = personOf(n);
			const rendering = await renderFor(request, person, LINKING, { nowMs: 0, requests: new Map(), extras: { suppressed: new Map(), kept: new Map() }, content: NOTHING_OF_THE_LIBRARY });
			if (rendering.kind === 'broken' || !rendering.message.html.includes(`Ann ${n}`)) throw new Error(rendering.kind === 'broken' ? rendering.reason : 'not the person\'s mail');
		}
	};
}

async function bareOf({ subject, mjml }: { subject: string; mjml: string }): Promise<(mails: number) => Promise<void>> {
	const held = holdLiquid(mjml, await liquidFor('html'));
	const html = await compileMjml(held, { dropPreview: false });
	const text = await textSource(held, html);
	if (text === null) throw new Error('The text part of this mail is no template.');
	const liquid = new Liquid();
	const [body, title, plain] = [liquid.parse(held.restore(html).text), liquid.parse(subject), liquid.parse(text.text)];
	return async (mails) => {
		for (let n = 0; n < mails; n += 1) {
			const { profile, journey, event, work } = personOf(n);
			const scope = { profile, journey, event, item: work.item.item, links: { unsubscribeUrl: `https://n8n.example.com/u/${n}` } };
			if (!String(liquid.renderSync(body, scope)).includes(`Ann ${n}`)) throw new Error('not the person\'s mail');
			liquid.renderSync(title, scope);
			liquid.renderSync(plain, scope);
		}
	};
}

function personOf(n: number): Addressed {
	const products = Array.from({ length: 5 }, (_none, k) => ({ name: `Lamp ${k} & Son`, price: 19.5 + k, url: `https://shop.example/p/${k}?size=m&color=red`, image: `https://shop.example/i/${k}.jpg` }));
	return {
		work: { kind: 'work', item: { index: n, item: {} }, message: `m${n}-0123456789abcdef`, visit: null, profile: n } as Addressed['work'],
		to: `ann${n}@example.com`, attempts: 0, language: null,
		profile: { id: n, email: `ann${n}@example.com`, firstName: `Ann ${n}`, plan: n % 2 === 0 ? 'pro' : 'free' },
		journey: { name: 'Cart', enrollment: n, enteredAt: null },
		event: { name: 'Cart Abandoned', properties: { products, total: 107.5 } },
	};
}
