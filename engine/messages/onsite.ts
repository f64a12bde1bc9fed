import type { Provider } from '../channels/types';
import { EngineError } from '../kernel';
import { queueIn } from '../onsite';
import type { OnSiteContent, QueuedMessage } from '../onsite/types';
import { asksForCoupons, compileMessage, sourcesOf, variablesIn } from '../templates';
import type { RenderScope } from '../templates/types';
import { brokenBy } from './broken';
import type { Linking, LocalDelivery, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { blocksOf, scopeOf } from './content-facts';
import type { Addressed } from './guards';
import { filledContent } from './onsite-content';
import { pageLinks } from './page-links';
import type { OnSiteSendRequest } from './types';

const PROVIDER = 'on-site';
/** What of Liquid says something of one person. */
const PERSONAL: ReadonlySet<string> = new Set(['profile', 'event', 'item', 'links', 'journey', 'products']);

export const onSiteChannel: MessageChannel<OnSiteSendRequest, QueuedMessage> = {
	name: 'onsite',
	words: { message: 'on-site message', marketing: 'marketing messages', contact: 'contact email', contactField: 'Contact Email' },
	connections: 500,
	contactBy: 'email',
	provider: () => taking(new Map()),
	local,
	check: async (request) => {
		for (const content of [request.content, ...request.items.flatMap((item) => (item.content === undefined ? [] : [item.content]))]) {
			await checkOnSite(request, content);
		}
		if (request.items.some((item) => item.content === undefined)) await compileMessage('onsite', request.content);
	},
	texts: (request, item) => sourcesOf(contentOf(request, item)),
	render,
};

/** What the provider took waits in memory for the transaction that writes it down as sent: delivering is a row beside the ledger's. */
function local(): LocalDelivery<QueuedMessage> {
	const taken = new Map<string, QueuedMessage>();
	return { provider: taking(taken), deliver: (tx, messages) => queueIn(tx, messages.flatMap((id) => taken.get(id) ?? [])) };
}

function taking(taken: Map<string, QueuedMessage>): Provider<QueuedMessage> {
	return {
		name: PROVIDER,
		send: (message) => {
			taken.set(message.message, message);
			return Promise.resolve({ kind: 'accepted', providerId: message.message });
		},
		verify: () => Promise.resolve(),
		close: () => Promise.resolve(),
	};
}

/** Of a step, or of one that is only looked at. */
interface Drawn {
	step: { name: string };
	showing: OnSiteSendRequest['showing'];
}

/** Throws BAD_INPUT for what could be shown to nobody, or to the wrong one; TEMPLATE_INVALID. */
export async function checkOnSite(drawn: Drawn, content: OnSiteContent): Promise<void> {
	refuseUnfit(drawn, content);
	if (drawn.showing.anyBrowser && (await isPersonal(content))) throw unfit(drawn, 'what is shown in any browser must not hold personal data. Take profile, event, item, journey, links, products and coupons out of its texts, or turn Any Browser off.');
}

/** As long as conversions count at most (engine/experiments): 366 days. */
const LONGEST_EXPIRY_HOURS = 366 * 24;

function refuseUnfit({ step, showing }: Drawn, content: OnSiteContent): void {
	const refuse = (what: string): never => {
		throw unfit({ step }, what);
	};
	const { form, survey } = content;
	if (content.headline.trim() === '' && content.text.trim() === '' && form === undefined && survey === undefined && (content.imageUrl ?? '') === '') refuse('the message is empty. Write a headline or a text.');
	if (!(showing.expiresAfterHours <= LONGEST_EXPIRY_HOURS)) refuse(`the message would be shown for longer than a year. Set Expires After to ${LONGEST_EXPIRY_HOURS} hours (366 days) or less.`);
	if (showing.kind === 'inline' && showing.slot.trim() === '') refuse('an inline message needs the name of its place on the page (data-journeys-slot).');
	if (form !== undefined && !form.fields.some((field) => field !== 'firstName')) refuse('the sign-up form asks for neither an email address nor a phone number. Choose one.');
	if (survey !== undefined && survey.question.trim() === '') refuse('the survey has no question.');
	if (survey?.scale === 'choice' && survey.choices.length < 2) refuse('the survey needs two answers to choose from at least.');
}

/** By what Liquid itself finds: a brace within quotes would hide a variable from any pattern. Throws TEMPLATE_INVALID. */
async function isPersonal(content: OnSiteContent): Promise<boolean> {
	const texts = sourcesOf(content);
	if (asksForCoupons([...texts, ...blocksOf(content)])) return true;
	const asked = await Promise.all(texts.map((text) => variablesIn(text, 'text', 'text', content.around)));
	return asked.flat().some(({ path: [root = ''] }) => PERSONAL.has(root));
}

function unfit({ step }: Pick<Drawn, 'step'>, what: string): EngineError {
	return new EngineError('BAD_INPUT', `"${step.name}": ${what} Nothing was sent.`);
}

async function render(request: OnSiteSendRequest, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<QueuedMessage>> {
	const content = contentOf(request, person.work.item);
	const pages = pageLinks(sourcesOf(content), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	try {
		const filled = await filledFor(content, scopeOf(facts, person, pages.links));
		return 'broken' in filled ? { kind: 'broken', reason: `${filled.broken} Correct the step, then use Journey Control: Retry Held.` } : { kind: 'ready', message: { message: person.work.message, content: filled.content, showing: request.showing } };
	} catch (error) {
		return brokenBy(error, onSiteChannel.words.message);
	}
}

/** For a manual run. A send goes on: whoever signs up by a form that is already live would be lost, and what they agreed to can be put right. Throws BAD_INPUT. */
export function refuseUnproven({ step }: Pick<Drawn, 'step'>, { form }: OnSiteContent): void {
	if (form !== undefined && form.consentText.trim() === '') throw unfit({ step }, 'the sign-up form has no consent text: nothing would prove what people agreed to. Write it into Consent Text.');
}

export async function filledFor(content: OnSiteContent, scope: RenderScope): Promise<{ content: OnSiteContent } | { broken: string }> {
	return filledContent((await compileMessage('onsite', content)).render(scope));
}
