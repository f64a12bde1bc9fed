const PLACEHOLDER = /\{\{\s*([\w.-]+)\s*\}\}/g;

/** Names of what stands in double braces, each once, in the order in which they come. */
export function placeholdersIn(text: string): string[] {
	return [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name))];
}

/** With the values in their place. */
export function filledIn(text: string, values: ReadonlyMap<string, string>): string {
	return text.replace(PLACEHOLDER, (whole, name: string) => values.get(name) ?? whole);
}
