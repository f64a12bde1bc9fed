import { normaliseAddress, suppressedOf } from '../consent';
import type { EmailAttachment, OutgoingEmail } from '../channels/types';
import { EngineError, isEngineError } from '../kernel';
import type { Reader } from '../store';
import { keptFiles, type KeptFile } from './files';
import type { Addressed } from './guards';
import type { AnySendItem, EmailSendRequest, MailExtras, MailFile } from './types';

/** Files of one mail together, before they are encoded: a third more on the wire, where most services stop at 20 to 25 MB. */
export const MOST_FILE_BYTES = 10 * 1024 * 1024;

const MOST_COPIES = 50;

/** Set by the mail itself, by what it passes on its way, or by what unsubscribing rests on. */
const RESERVED = /^(from|to|cc|bcc|sender|reply-to|subject|date|message-id|mime-version|return-path|received|dkim-signature|authentication-results|arc-.*|content-.*|list-unsubscribe(-post)?)$/i;
const HEADER_NAME = /^[!-9;-~]+$/;

/** What is wrong with the batch as it was drawn. Throws BAD_INPUT before anything is reserved, with the item where it is about one. */
export function checkExtras({ step, items, files = [] }: Pick<EmailSendRequest, 'step' | 'files'> & { items: readonly AnySendItem[] }): void {
	for (const { index, extras } of items) {
		for (const name of Object.keys(extras?.headers ?? {})) checkHeader(step.name, name);
		const bytes = (extras?.attachments ?? []).reduce((sum, { file }) => sum + (files[file]?.byteLength ?? 0), 0);
		if (bytes > MOST_FILE_BYTES) {
			throw new EngineError('BAD_INPUT', `The files of item ${index} at "${step.name}" have ${megabytes(bytes)} MB; a mail carries at most ${megabytes(MOST_FILE_BYTES)} MB. Put larger ones where people can get them, and a link into the mail.`, { item: index });
		}
	}
}

function checkHeader(step: string, name: string): void {
	if (!HEADER_NAME.test(name)) throw new EngineError('BAD_INPUT', `"${step}" has a header without a usable name. Names have letters, digits and hyphens, such as X-Campaign; nothing was sent.`);
	if (RESERVED.test(name)) throw new EngineError('BAD_INPUT', `"${step}" sets the header ${name}, which the mail sets itself. Use the field of that name, or take the header out; nothing was sent.`);
}

function megabytes(bytes: number): string {
	return (bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, '');
}

/** Read in the transaction that decides to attempt; empty where no mail of the chunk carries anything of it. */
export interface ExtraFacts {
	/** Copies that must not be written to, as the suppression list names them. */
	suppressed: ReadonlyMap<string, string>;
	/** Message -> its files, kept since it first waited. */
	kept: ReadonlyMap<string, readonly KeptFile[]>;
}

/** One statement for all files and three for all copies; none where there are neither. */
export async function readExtraFacts(reader: Reader, going: readonly Addressed[]): Promise<ExtraFacts> {
	const copies = going.flatMap(({ work: { item } }) => copiesOf(item.extras).flatMap((one) => normalised(one) ?? []));
	const suppressed = copies.length === 0 ? new Map<string, string>() : await suppressedOf(reader, 'email', copies);
	const kept = new Map<string, KeptFile[]>();
	for (const file of await keptFiles(reader, going.flatMap(({ work }) => ((work.item.extras?.missingFiles ?? []).length === 0 ? [] : [work.message])))) {
		kept.set(file.message, [...(kept.get(file.message) ?? []), file]);
	}
	return { suppressed, kept };
}

export type Extras = { mail: Pick<OutgoingEmail, 'cc' | 'bcc' | 'attachments'>; headers: Record<string, string>; note: string | null } | { broken: string };

/** What this mail carries; or why it must not leave: it would come without a file that belongs to it. */
export function extrasFor(files: readonly Uint8Array[], { work, to }: Pick<Addressed, 'to'> & { work: Pick<Addressed['work'], 'item' | 'message'> }, facts: ExtraFacts): Extras {
	const extras = work.item.extras ?? {};
	const attachments = attachmentsOf(files, extras, facts.kept.get(work.message) ?? []);
	if (attachments === null) {
		const names = (extras.missingFiles ?? []).map((name) => `'${name}'`).join(', ');
		return { broken: `This person's item has no file ${names}. Files do not pass a wait or another park: make or get them after it, right before this step. Then use Journey Control: Retry Held.` };
	}
	const cc = usable(extras.cc ?? [], to, facts.suppressed, new Set());
	const bcc = usable(extras.bcc ?? [], to, facts.suppressed, cc.seen);
	if (cc.invalid + bcc.invalid > 0) return { broken: 'CC or BCC holds something that is not an email address. Correct it in the step or in the data it comes from, then use Journey Control: Retry Held.' };
	if (cc.seen.size > MOST_COPIES) return { broken: `This mail has more than ${MOST_COPIES} copies (CC and BCC). Send to a list of people by a journey of its own.` };
	const out = [...cc.suppressed, ...bcc.suppressed];
	return {
		mail: { ...(cc.addresses.length === 0 ? {} : { cc: cc.addresses }), ...(bcc.addresses.length === 0 ? {} : { bcc: bcc.addresses }), ...(attachments.length === 0 ? {} : { attachments }) },
		headers: extras.headers ?? {},
		note: out.length === 0 ? null : `${out.length} ${out.length === 1 ? 'copy' : 'copies'} left out (CC, BCC): suppressed, ${[...new Set(out)].join(', ')}`,
	};
}

/** For a preview: why no mail of a journey would leave with these, as far as that does not depend on who is suppressed. null: it would. */
export function troubleWith(extras: MailExtras, files: readonly Uint8Array[]): string | null {
	const item = { index: 0, item: {}, extras };
	try {
		checkExtras({ step: { workflow: '', step: '', name: 'This step', type: '' }, items: [item], files: [...files] });
	} catch (error) {
		if (!isEngineError(error)) throw error;
		return error.message;
	}
	const made = extrasFor(files, { work: { item, message: '' }, to: '' }, { suppressed: new Map(), kept: new Map() });
	return 'broken' in made ? made.broken : null;
}

function attachmentsOf(files: readonly Uint8Array[], extras: MailExtras, kept: readonly KeptFile[]): EmailAttachment[] | null {
	if ((extras.missingFiles ?? []).length > 0) return kept.length === 0 ? null : kept.map(({ message: _message, ...file }) => file);
	return (extras.attachments ?? []).map((one) => withBytes(files, one));
}

export function withBytes(files: readonly Uint8Array[], { file, ...about }: MailFile): EmailAttachment {
	return { ...about, content: files[file] ?? new Uint8Array() };
}

interface Copies {
	addresses: string[];
	/** Reasons of those left out. */
	suppressed: string[];
	invalid: number;
	seen: Set<string>;
}

/** Each address once, and never the person's own. */
function usable(given: readonly string[], to: string, suppressed: ReadonlyMap<string, string>, seen: Set<string>): Copies {
	const copies: Copies = { addresses: [], suppressed: [], invalid: 0, seen };
	for (const one of given) {
		const address = normalised(one);
		if (address === null) copies.invalid += 1;
		else if (address !== normalised(to) && !seen.has(address)) {
			seen.add(address);
			const reason = suppressed.get(address);
			if (reason === undefined) copies.addresses.push(address);
			else copies.suppressed.push(reason);
		}
	}
	return copies;
}

function copiesOf(extras: MailExtras | undefined): string[] {
	return [...(extras?.cc ?? []), ...(extras?.bcc ?? [])];
}

function normalised(address: string): string | null {
	const found = normaliseAddress('email', address);
	return 'address' in found ? found.address : null;
}
