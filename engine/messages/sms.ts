import { smartEncoded, smsProvider, takesMedia } from '../channels/sms';
import type { OutgoingSms } from '../channels/types';
import { EngineError } from '../kernel';
import { countryOfPhone } from '../profiles';
import { compileMessage, sourcesOf } from '../templates';
import type { RenderScope, TextContent } from '../templates/types';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { scopeOf } from './content-facts';
import type { Addressed } from './guards';
import { messageLinks, type MessageLinks } from './message-links';
import { pageLinks } from './page-links';
import { withTrackedLinks } from './tracked-links';
import type { SmsMaking, SmsSenders, SmsSendRequest } from './types';

export const smsChannel: MessageChannel<SmsSendRequest, OutgoingSms> = {
	name: 'sms',
	words: { message: 'text message', marketing: 'marketing messages', contact: 'contact phone', contactField: 'Contact Phone' },
	connections: 10,
	provider: smsProvider,
	check: async (request) => {
		const withMedia = [request.content, ...request.items.map(({ content }) => content)].some((content) => content?.mediaUrls?.some((url) => url.trim() !== '') === true);
		if (withMedia && !takesMedia(request.provider.kind)) throw new EngineError('BAD_INPUT', `"${request.step.name}" has media, which its provider cannot send. Take Media URLs out, or choose a provider with MMS; nothing was sent.`);
		if (request.items.some((item) => item.content === undefined)) await compileMessage('sms', whole(request, request.content));
	},
	texts: (request, item) => sourcesOf(whole(request, contentOf(request, item))),
	render,
	answeredAt: ({ senders }, to) => senderTo(to, senders) ?? '',
};

/** With the line that says how to leave, which only marketing has to. */
export function whole({ purpose, unsubscribeHint = '' }: Pick<SmsMaking, 'purpose' | 'unsubscribeHint'>, content: TextContent): TextContent {
	if (purpose !== 'marketing' || unsubscribeHint.trim() === '') return content;
	const known = hinted.get(content);
	if (known?.hint === unsubscribeHint) return known.whole;
	const made = { ...content, text: content.text.trim() === '' ? unsubscribeHint : `${content.text.trimEnd()}\n${unsubscribeHint}` };
	hinted.set(content, { hint: unsubscribeHint, whole: made });
	return made;
}

/** The same object for each person of a batch: what is compiled is found by it. */
const hinted = new WeakMap<TextContent, { hint: string; whole: TextContent }>();

/** undefined: there is none for this number. */
export function senderTo(to: string | null, senders: SmsSenders): string | undefined {
	const country = to === null ? null : countryOfPhone(to);
	const own = country === null ? undefined : senders.byCountry[country];
	return own ?? (senders.default === '' ? undefined : senders.default);
}

async function render(request: SmsSendRequest, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<OutgoingSms>> {
	const { work, to } = person;
	const from = senderTo(to, request.senders);
	if (from === undefined) return { kind: 'broken', reason: `There is no sender for numbers in ${countryOfPhone(to) ?? 'an unknown country'}. Add it to Senders per Country of this step or fill in Sender, then use Journey Control: Retry Held.` };
	const links = messageLinks(linking, work.message);
	const pages = pageLinks(smsChannel.texts(request, work.item), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	try {
		const rendered = await renderText(whole(request, contentOf(request, work.item)), scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links }));
		if (rendered.text === '' && rendered.mediaUrls.length === 0) return { kind: 'broken', reason: 'The text is empty for this person. Give what it shows a default, then use Journey Control: Retry Held.' };
		const text = textOf(request, rendered.text, links, Object.values(pages.links));
		return { kind: 'ready', message: { id: work.message, to, from, text, mediaUrls: rendered.mediaUrls, ...callbackOf(request, linking, work.message) } };
	} catch (error) {
		return brokenBy(error, smsChannel.words.message);
	}
}

/** Media that is empty for this person is left out. Throws TEMPLATE_INVALID. */
export async function renderText(content: TextContent, scope: RenderScope): Promise<{ text: string; mediaUrls: string[] }> {
	const { text, mediaUrls = [] } = (await compileMessage('sms', content)).render(scope);
	return { text, mediaUrls: mediaUrls.filter((url) => url !== '') };
}

/** Where the service reports what became of it. The message's id stands in the address: not every service gives back an id of ours. */
function callbackOf({ provider }: SmsSendRequest, { address }: Linking, message: string): Pick<OutgoingSms, 'callbackUrl'> {
	return address === null ? {} : { callbackUrl: `${address}/callbacks/${provider.kind}?message=${encodeURIComponent(message)}` };
}

function textOf(request: SmsMaking, rendered: string, links: MessageLinks | null, pages: readonly string[]): string {
	const text = request.smartEncoding === true ? smartEncoded(rendered) : rendered;
	if (links === null || !request.trackClicks) return text;
	return withTrackedLinks(text, links, pages);
}
