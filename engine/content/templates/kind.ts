/** What of a content the guards go by: of WhatsApp whether it is approved and may leave at any time, of direct mail the piece, which says where it may go. 'free' of all others. */
export function kindOf(content: unknown): 'template' | 'postcard' | 'letter' | 'free' {
	const { kind } = content as { kind?: unknown };
	return kind === 'template' || kind === 'postcard' || kind === 'letter' ? kind : 'free';
}
