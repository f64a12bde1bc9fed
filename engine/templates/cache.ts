import { canonicalJson, hashId } from '../kernel';
import { compileEmail } from './compile';
import { compileText } from './compile-text';

/** Contents kept compiled, of each kind. One takes some hundred KB; a busy instance sends from a few dozen at a time. */
const CAPACITY = 50;

/** compileEmail, remembered by content: batches of the same step compile once. The least recently used goes first. */
export const compileEmailCached = remembered(compileEmail);

/** The same for compileText. */
export const compileTextCached = remembered(compileText);

function remembered<Content extends object, Compiled>(compile: (content: Content) => Promise<Compiled>): (content: Content) => Promise<Compiled> {
	const compiled = new Map<string, Promise<Compiled>>();
	// A batch asks with the same object for each of its people: then not even a key is made.
	const byObject = new WeakMap<Content, Promise<Compiled>>();
	const byContent = (content: Content): Promise<Compiled> => {
		const key = hashId(canonicalJson(content));
		const known = compiled.get(key);
		if (known !== undefined) {
			compiled.delete(key);
			compiled.set(key, known);
			return known;
		}
		const fresh = compile(content);
		compiled.set(key, fresh);
		// A content that is wrong is not kept: its error is cheap to find again, and a passing fault must not stay.
		fresh.catch(() => compiled.get(key) === fresh && compiled.delete(key));
		const oldest = compiled.keys().next().value;
		if (compiled.size > CAPACITY && oldest !== undefined) compiled.delete(oldest);
		return fresh;
	};
	return (content) => {
		const same = byObject.get(content);
		if (same !== undefined) return same;
		const found = byContent(content);
		byObject.set(content, found);
		found.catch(() => byObject.delete(content));
		return found;
	};
}
