const tags = new Map<string, string | null>();

/** As Intl writes it; 'de_DE.UTF-8' is 'de-DE'. null: Intl has nothing for it. */
export function knownTag(text: string): string | null {
	let tag = tags.get(text);
	if (tag === undefined) {
		tag = lookedUp(text);
		if (tags.size < 1000) tags.set(text, tag);
	}
	return tag;
}

function lookedUp(text: string): string | null {
	try {
		return Intl.NumberFormat.supportedLocalesOf(text.trim().replace(/_/g, '-').replace(/[.@].*$/, ''))[0] ?? null;
	} catch {
		return null;
	}
}
