import { canonicalJson, hashId } from '../kernel';
import { compileEmail } from './compile';
import type { CompiledEmail, EmailContent } from './types';

/** Contents kept compiled. One takes some hundred KB; a busy instance sends from a few dozen at a time. */
const CAPACITY = 50;

const compiled = new Map<string, Promise<CompiledEmail>>();

/** compileEmail, remembered by content: batches of the same step compile once. The least recently used goes first. */
export function compileEmailCached(content: EmailContent): Promise<CompiledEmail> {
	const same = byObject.get(content);
	if (same !== undefined) return same;
	const found = compiledOf(content);
	byObject.set(content, found);
	found.catch(() => byObject.delete(content));
	return found;
}

/** A batch asks with the same object for each of its people: then not even a key is made. */
const byObject = new WeakMap<EmailContent, Promise<CompiledEmail>>();

function compiledOf(content: EmailContent): Promise<CompiledEmail> {
	const key = hashId(canonicalJson(content));
	const known = compiled.get(key);
	if (known !== undefined) {
		compiled.delete(key);
		compiled.set(key, known);
		return known;
	}
	const fresh = compileEmail(content);
	compiled.set(key, fresh);
	// A content that is wrong is not kept: its error is cheap to find again, and a passing fault must not stay.
	fresh.catch(() => compiled.get(key) === fresh && compiled.delete(key));
	const oldest = compiled.keys().next().value;
	if (compiled.size > CAPACITY && oldest !== undefined) compiled.delete(oldest);
	return fresh;
}
