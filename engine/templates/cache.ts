import { canonicalJson, hashId } from '../kernel';
import { compileEmail } from './compile';
import type { CompiledEmail, EmailContent } from './types';

/** Contents kept compiled. One takes some hundred KB; a busy instance sends from a few dozen at a time. */
const CAPACITY = 50;

const compiled = new Map<string, Promise<CompiledEmail>>();

/** compileEmail, remembered by content: batches of the same step compile once. The least recently used goes first. */
export function compileEmailCached(content: EmailContent): Promise<CompiledEmail> {
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
