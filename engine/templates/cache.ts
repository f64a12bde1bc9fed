import { canonicalJson, hashId, type JsonObject } from '../kernel';
import { compileEmail } from './compile';
import { compileFields } from './compile-fields';
import { SHAPES, type Shaped } from './shapes';
import type { CompiledFields } from './types';

/** Contents kept compiled, of each kind. One takes some hundred KB; a busy instance sends from a few dozen at a time. */
const CAPACITY = 50;

/** compileEmail, remembered by content: batches of the same step compile once. The least recently used goes first. */
export const compileEmailCached = remembered(compileEmail);

const compilers = new Map(Object.entries(SHAPES).map(([channel, shape]) => [channel, remembered((content: JsonObject) => compileFields(content, shape))]));

/** The same for the contents of the other channels, which come out in the shape that they have, without what surrounds them. Throws TEMPLATE_INVALID with details {field, line}. */
export function compileMessage<Content extends object>(channel: Shaped, content: Content): Promise<CompiledFields<Content>> {
	const compile = compilers.get(channel);
	if (compile === undefined) throw new Error(`no shape of ${channel}`);
	return compile(content as JsonObject) as unknown as Promise<CompiledFields<Content>>;
}

function remembered<Content extends object, Compiled>(compile: (content: Content) => Promise<Compiled>): (content: Content) => Promise<Compiled> {
	/** A batch asks with the same object for each of its people: then not even a key is made. */
	const byObject = new WeakMap<Content, Promise<Compiled>>();
	const byKey = new Map<string, Promise<Compiled>>();

	function compiledOf(content: Content): Promise<Compiled> {
		const key = hashId(canonicalJson(content));
		const known = byKey.get(key);
		if (known !== undefined) {
			byKey.delete(key);
			byKey.set(key, known);
			return known;
		}
		const fresh = compile(content);
		byKey.set(key, fresh);
		// A content that is wrong is not kept: its error is cheap to find again, and a passing fault must not stay.
		fresh.catch(() => byKey.get(key) === fresh && byKey.delete(key));
		const oldest = byKey.keys().next().value;
		if (byKey.size > CAPACITY && oldest !== undefined) byKey.delete(oldest);
		return fresh;
	}

	return (content) => {
		const same = byObject.get(content);
		if (same !== undefined) return same;
		const found = compiledOf(content);
		byObject.set(content, found);
		found.catch(() => byObject.delete(content));
		return found;
	};
}
