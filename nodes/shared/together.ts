import type { SendItem } from '../../engine';

/** Bytes that go to the engine in one call; a batch with more goes in several. */
export const MOST_BYTES_A_CALL = 64 * 1024 * 1024;

/**
 * The engine tells what is the same message twice within one call: items to one contact stand together, so that a batch that goes in several is not torn between them.
 * In the order of their first ones.
 */
export function together<Content>(items: ReadonlyArray<SendItem<Content>>): Array<SendItem<Content>> {
	const byContact = new Map<string, Array<SendItem<Content>>>();
	for (const item of items) {
		const key = contactKey(item);
		const theirs = byContact.get(key);
		if (theirs === undefined) byContact.set(key, [item]);
		else theirs.push(item);
	}
	return [...byContact.values()].flat();
}

/** Whether a call with so many bytes ends between these two. */
export function endsHere<Content>(bytes: number, item: SendItem<Content>, next: SendItem<Content> | undefined): boolean {
	// A contact with hundreds of files of their own: memory counts more.
	const most = next !== undefined && contactKey(next) === contactKey(item) ? 2 * MOST_BYTES_A_CALL : MOST_BYTES_A_CALL;
	return bytes >= most;
}

/** People of a journey are told apart by their visits; each stands alone. */
function contactKey<Content>({ index, contact }: SendItem<Content>): string {
	if (contact === undefined) return String(index);
	const { key: _key, ...by } = contact;
	return JSON.stringify(by).toLowerCase();
}
