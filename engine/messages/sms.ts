import { mediaUploads, smartEncoded, smsCost, smsProvider, smsSegments, takesSender } from '../channels/sms';
import type { OutgoingSms } from '../channels/types';
import { countryOfPhone } from '../profiles';
import { compileMessage, isWebAddress, sourcesOf } from '../templates';
import type { RenderScope, TextContent } from '../templates/types';
import { brokenBy } from './broken';
import type { Billed, Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { scopeOf } from './content-facts';
import type { Addressed } from './guards';
import { messageLinks, type MessageLinks } from './message-links';
import { pageLinks } from './page-links';
import { withTrackedLinks } from './tracked-links';
import type { SmsMaking, SmsSenders, SmsSendRequest } from './types';
import { smsUploads } from './uploads';

export const smsChannel: MessageChannel<SmsSendRequest, OutgoingSms> = {
	name: 'sms',
	words: { message: 'text message', marketing: 'marketing messages', contact: 'contact phone', contactField: 'Contact Phone' },
	connections: 10,
	provider: smsProvider,
	uploads: ({ provider, content }, pictures) => {
		const media = mediaUploads(provider);
		return media === undefined ? null : smsUploads(pictures, media, foreseen(content));
	},
	check: async (request) => {
		if (request.items.some((item) => item.content === undefined)) await compileMessage('sms', whole(request, request.content));
	},
	texts: (request, item) => sourcesOf(whole(request, contentOf(request, item))),
	render,
	answeredAt: ({ senders, provider }, to) => (takesSender(provider) ? (senderTo(to, senders) ?? '') : ''),
};

/** The picture that everybody gets, known before anything is rendered. */
function foreseen({ mediaUrls = [] }: TextContent): string[] {
	const [first = ''] = mediaUrls.map((url) => url.trim());
	return first === '' || first.includes('{') ? [] : [first];
}

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
	const written = await writeSms(request, person, linking, facts);
	if ('broken' in written) return { kind: 'broken', reason: written.broken };
	return { kind: 'ready', billed: billedFor(request, person.to, written.text), message: { id: person.work.message, to: person.to, ...written, ...callbackOf(request, linking, person.work.message) } };
}

/** An MMS may have no text; what its media costs nobody says here. */
function billedFor({ prices = {} }: SmsMaking, to: string, text: string): Billed {
	const segments = text === '' ? 0 : smsSegments(text).segments;
	return { segments, cost: smsCost(segments, countryOfPhone(to), prices) };
}

/** One person's message as it goes on the air; or why there is none. */
export async function writeSms(making: SmsMaking, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Pick<OutgoingSms, 'from' | 'text' | 'mediaUrls'> | { broken: string }> {
	const { work, to } = person;
	const from = senderTo(to, making.senders);
	if (from === undefined) return { broken: noSender(to) };
	const links = messageLinks(linking, work.message);
	const content = whole(making, contentOf(making, work.item));
	const pages = pageLinks(sourcesOf(content), person, linking, facts);
	if ('broken' in pages) return pages;
	try {
		const rendered = await renderText(content, scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links }));
		const fault = faultOf(rendered);
		if (fault !== null) return { broken: fault };
		return { from, text: textOf(making, rendered.text, links, Object.values(pages.links)), mediaUrls: rendered.mediaUrls };
	} catch (error) {
		return { broken: brokenBy(error, smsChannel.words.message).reason };
	}
}

function noSender(to: string): string {
	return `There is no sender for numbers in ${countryOfPhone(to) ?? 'an unknown country'}. Add it to Senders per Country of this step or fill in Sender, then use Journey Control: Retry Held.`;
}

function faultOf({ text, mediaUrls }: { text: string; mediaUrls: readonly string[] }): string | null {
	if (text === '' && mediaUrls.length === 0) return 'The text is empty for this person. Give what it shows a default, then use Journey Control: Retry Held.';
	return mediaUrls.every((url) => isWebAddress(url) && URL.canParse(url)) ? null : 'A media URL is no http or https address for this person. Correct it, or what it shows of them, then use Journey Control: Retry Held.';
}

/** For a preview: why this would not leave for the number. `to` null: the person has none, which guards say. */
export function smsTrouble(senders: SmsSenders, to: string | null, rendered: { text: string; mediaUrls: readonly string[] }): string | null {
	return to !== null && senderTo(to, senders) === undefined ? noSender(to) : faultOf(rendered);
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

function textOf(making: SmsMaking, rendered: string, links: MessageLinks | null, pages: readonly string[]): string {
	const text = making.smartEncoding === true ? smartEncoded(rendered) : rendered;
	if (links === null || !making.trackClicks) return text;
	return withTrackedLinks(text, links, pages);
}
