import type { SendVariants } from '../../../engine';
import { DATABASES } from '../databases';
import { reply } from '../channels/email/inbound-mails';
import { DAY_MS, MINUTE_MS } from '../journeys/world';
import { addressOf, PostOffice, type Sent } from './post-office';

describe.each(DATABASES)('what became of a message, as it is shown, on %s', (kind) => {
	let post: PostOffice;
	let ann: number;
	beforeEach(async () => {
		post = await PostOffice.open(kind);
		await post.publish();
		[ann] = (await post.world.people(1, { test: true })) as [number];
	});
	afterEach(() => post.close());

	const variants: SendVariants = { factors: [{ name: '', alternatives: [{ name: 'A', parts: {} }, { name: 'B', parts: { content: { subject: 'Other' } } }] }], metric: { kind: 'own', happened: 'clicked' }, windowMs: DAY_MS };

	/** A minute between one thing and the next; answers with when each was, by its name. */
	async function inTurn(happens: Record<string, (message: Sent) => Promise<unknown>>): Promise<Record<string, string>> {
		const [message] = (await post.send([ann], { variants })).sent as [Sent];
		const times: Record<string, string> = {};
		for (const [name, happen] of Object.entries(happens)) {
			post.world.clock.advance(MINUTE_MS);
			times[name] = new Date(post.world.clock.nowMs()).toISOString();
			await happen(message);
		}
		return times;
	}

	const answered = (message: Sent) => post.world.engine.collector.takeMails([{ raw: Buffer.from(reply({ from: addressOf(message), to: 'replies@inbound.example', answered: `${message.id}@shop.example` })) }]);

	it('tells when it was delivered, opened, clicked, answered and marked as spam, and of which variant it is', async () => {
		const times = await inTurn({
			deliveredAt: (message) => post.tell(post.delivery(message)), openedAt: (message) => post.tell(post.open(message)), clickedAt: (message) => post.tell(post.click(message, 'https://shop.example/a')),
			repliedAt: answered, complainedAt: (message) => post.tell(post.complaint(message)),
		});

		const [listed] = await post.world.engine.messages.list({ profile: ann });
		const { entries } = await post.world.engine.insights.timeline({ workflow: 'wf' });

		expect(listed).toMatchObject({ state: 'sent', bouncedAt: null, variant: expect.stringMatching(/^[AB]$/) as string, ...times });
		expect(entries.filter(({ kind: what }) => what === 'message').map(({ text, at }) => [text, at])).toEqual([
			[`email (variant ${listed?.variant}) sent`, listed?.endedAt], ['delivered', times.deliveredAt], ['opened', times.openedAt], ['clicked', times.clickedAt], ['replied to', times.repliedAt], ['marked as spam', times.complainedAt],
		]);
	});

	it('tells when it came back; an answer of a machine is none', async () => {
		const times = await inTurn({
			auto: (message) => post.world.engine.collector.takeMails([{ raw: Buffer.from(reply({ from: addressOf(message), to: 'replies@inbound.example', answered: `${message.id}@shop.example` }, 'Away', { 'Auto-Submitted': 'auto-replied' })) }]),
			bouncedAt: (message) => post.tell(post.bounce(message)),
		});

		const { entries } = await post.world.engine.insights.timeline({ workflow: 'wf' });

		expect(await post.world.engine.messages.list({ profile: ann })).toMatchObject([{ state: 'sent', bouncedAt: times.bouncedAt, deliveredAt: null, openedAt: null, clickedAt: null, repliedAt: null, complainedAt: null }]);
		expect(entries.filter(({ kind: what }) => what === 'message').map(({ text }) => text).slice(1)).toEqual(['bounced']);
	});
});
