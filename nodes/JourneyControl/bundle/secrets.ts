/** Names of fields and headers that hold what nobody else may know. 'key' alone names too much; a write key lets anybody send events. */
const SECRET = /pass(?:word|phrase)|secret|token|authori[sz]ation|api[-_ ]?key|write[-_ ]?keys?\b|private[-_ ]?key|cookie/i;

/**
 * Settings of a node without what was typed into fields that hold secrets, and into headers and the like whose name says so. Expressions stay:
 * they say where a secret comes from, not what it is. What is left empty has to be filled in after the import.
 */
export function withoutSecrets(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutSecrets);
	if (typeof value !== 'object' || value === null) return value;
	const named = 'name' in value && typeof value.name === 'string' && SECRET.test(value.name);
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => {
		const isSecret = SECRET.test(key) || (named && key === 'value');
		if (!isSecret) return [key, withoutSecrets(inner)];
		if (typeof inner === 'string') return [key, inner.startsWith('=') ? inner : ''];
		return [key, SECRET.test(key) && typeof inner === 'object' && inner !== null ? emptied(inner) : inner];
	}));
}

/** Every text below, apart from expressions and from what a person calls the entry by. */
function emptied(value: unknown): unknown {
	if (typeof value === 'string') return value.startsWith('=') ? value : '';
	if (Array.isArray(value)) return value.map(emptied);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'name' || key === 'source' ? inner : emptied(inner)]));
}
