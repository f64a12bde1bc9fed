/** An & that begins no entity as XML writes it, with a semicolon: `?a=1&copy=2` of a careless link is not meant. */
const BARE = /&(?!(?:#\d+|#x[\da-f]+|[a-z][\da-z]*);)/gi;

/** Characters for entities by number and by HTML's names (https://html.spec.whatwg.org/#named-character-references), each once: what comes out is not read again. Unknown ones stay as they are written. */
export async function entityDecoder(): Promise<(written: string) => string> {
	const { Parser } = await import('htmlparser2');
	let value = '';
	return (written) => {
		if (!written.includes('&')) return written;
		value = '';
		// In an attribute, where HTML takes no beginning of a name for the whole one (`&notit;`) and no < for a tag.
		new Parser({ onattribute: (_name, decoded) => (value = decoded) }).end(`<i a="${written.replaceAll(BARE, '&amp;').replaceAll('"', '&quot;')}">`);
		return value;
	};
}
