import { directMailProvider, normalisedAddress, postalAddress } from '../channels/directmail';
import type { Artwork, EmailAttachment, OutgoingMailpiece, PostalAddress } from '../channels/types';
import { countryOf } from '../profiles';
import { compileMessage, sourcesOf, type CompiledFields, type RenderScope } from '../templates';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { scopeOf } from './content-facts';
import { checkMailpiece, MOST_HTML, MOST_VARIABLES } from './check-mailpiece';
import { extrasFor } from './extras';
import type { Addressed } from './guards';
import { messageLinks } from './message-links';
import { pageLinks } from './page-links';
import type { ArtworkSource, DirectMailSendRequest, MailpieceContent, MailpieceMaking } from './types';

type Side = 'front' | 'back' | 'letter';

export const directMailChannel: MessageChannel<DirectMailSendRequest, OutgoingMailpiece> = {
	name: 'directmail',
	words: { message: 'piece of mail', marketing: 'marketing mail by post', contact: 'contact', contactField: 'Contact' },
	connections: 5,
	provider: directMailProvider,
	check: async (request) => {
		checkMailpiece(request);
		await compileMessage('directmail', request.content);
		compiledOf.set(request, await compileMessage('postal', postalOf(request)));
	},
	texts: (request, item) => textsOf({ ...request, content: contentOf(request, item) }),
	ledger: (request) => ({ addressOf: addressing(request), ...(request.files === undefined ? {} : { files: request.files }) }),
	render,
};

/** Made by the check, before anything is reserved: the guards ask for addresses inside a transaction, where nothing can be waited for. */
const compiledOf = new WeakMap<DirectMailSendRequest, CompiledFields<MailpieceMaking['address']>>();

export function sidesOf(content: MailpieceMaking['content']): Array<[Side, ArtworkSource]> {
	return content.kind === 'postcard' ? [['front', content.front], ['back', content.back]] : [['letter', content.letter]];
}

/** The parts of the address, with what surrounds the content. */
export function postalOf({ address, content: { around } }: Pick<MailpieceMaking, 'content' | 'address'>): MailpieceMaking['address'] {
	return around === undefined ? address : { ...address, around } as MailpieceMaking['address'];
}

/** All texts with Liquid. */
export function textsOf({ content, address }: Pick<MailpieceMaking, 'content' | 'address'>): string[] {
	return [...sourcesOf(content), ...sourcesOf(address)];
}

/** HTML as it is printed, by side. */
export function pagesOf(rendered: MailpieceContent): Partial<Record<Side, string>> {
	return Object.fromEntries(sidesOf(rendered).flatMap(([side, artwork]) => (artwork.kind === 'html' ? [[side, artwork.source]] : [])));
}

/** Where a person's piece goes, or in words why nowhere. Throws what Liquid throws. */
export function addressFor(making: Pick<MailpieceMaking, 'content' | 'print' | 'from'>, compiled: CompiledFields<MailpieceMaking['address']>, scope: Omit<RenderScope, 'links'>): { address: PostalAddress } | { reason: string } {
	const found = postalAddress(compiled.render(scope), (country) => countryOf({ attributes: { country } }));
	if ('reason' in found || found.address.country === 'US' || making.content.kind === 'letter') return found;
	if (making.print.postcard.size !== '4x6') return { reason: 'only postcards of 4x6 go to other countries than the US' };
	return making.from === null ? { reason: 'a postcard to another country than the US needs a sender\'s address' } : found;
}

function addressing(request: DirectMailSendRequest) {
	const compiled = compiledOf.get(request);
	return (item: { item: RenderScope['item'] }, person: Pick<RenderScope, 'profile' | 'journey' | 'event'>): { to: string } | { refused: string } => {
		if (compiled === undefined) return { refused: NO_ADDRESS };
		try {
			const found = addressFor(request, compiled, { ...person, item: item.item });
			return 'reason' in found ? { refused: found.reason } : { to: normalisedAddress(found.address) };
		} catch {
			return { refused: NO_ADDRESS };
		}
	};
}

const NO_ADDRESS = 'the postal address could not be made of this person\'s data';

async function render(request: DirectMailSendRequest, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<OutgoingMailpiece>> {
	const { work, to } = person;
	const links = messageLinks(linking, work.message);
	const content = contentOf(request, work.item);
	const pages = pageLinks(textsOf({ ...request, content }), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	const extras = extrasFor(request.files ?? [], person, facts.extras);
	if ('broken' in extras) return { kind: 'broken', reason: extras.broken };
	try {
		const scope = scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links });
		const found = addressFor({ ...request, content }, await compileMessage('postal', postalOf(request)), scope);
		if ('reason' in found) return { kind: 'broken', reason: `There is ${found.reason} any more. Use Journey Control: Retry Held once it is there.` };
		const rendered = (await compileMessage('directmail', content)).render(scope);
		const [html, variables] = [pagesOf(rendered), rendered.mergeVariables ?? {}];
		const tooLong = Object.entries(html).find(([, source]) => source.length > MOST_HTML);
		if (tooLong !== undefined) return { kind: 'broken', reason: `The HTML of the ${tooLong[0]} has ${tooLong[1].length} characters for this person; Lob takes ${MOST_HTML}. Make it shorter, or save it as a template in Lob and give it merge variables. Then use Journey Control: Retry Held.` };
		if (JSON.stringify(variables).length > MOST_VARIABLES) return { kind: 'broken', reason: `The merge variables have more than ${MOST_VARIABLES} characters for this person. Make them shorter, then use Journey Control: Retry Held.` };
		const file = extras.mail.attachments?.[0];
		if (file === undefined && sidesOf(content).some(([, { kind }]) => kind === 'file')) return { kind: 'broken', reason: 'This person\'s item brings no file to print. Make or get it right before this step, then use Journey Control: Retry Held.' };
		return { kind: 'ready', message: {
			id: work.message, to: found.address, address: to, from: request.from, piece: pieceOf({ content, print: request.print }, html, file), mailType: request.print.mailType,
			useType: request.purpose === 'marketing' ? 'marketing' : 'operational', mergeVariables: variables,
		} };
	} catch (error) {
		return brokenBy(error, directMailChannel.words.message);
	}
}

function pieceOf({ content, print }: Pick<DirectMailSendRequest, 'content' | 'print'>, html: Partial<Record<Side, string>>, file: EmailAttachment | undefined): OutgoingMailpiece['piece'] {
	const artwork = (side: Side, source: ArtworkSource): Artwork => {
		if (source.kind === 'html') return { kind: 'html', html: html[side] ?? '' };
		if (source.kind !== 'file') return source;
		return { kind: 'file', content: file?.content ?? new Uint8Array(), fileName: file?.fileName ?? 'file.pdf', contentType: file?.contentType ?? 'application/pdf' };
	};
	if (content.kind === 'postcard') return { kind: 'postcard', ...print.postcard, front: artwork('front', content.front), back: artwork('back', content.back) };
	return { kind: 'letter', ...print.letter, file: artwork('letter', content.letter) };
}
