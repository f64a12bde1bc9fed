import { wholeOf, type Download } from '../downloads';
import { imageFileAt, jpegWithin, serveImage, type PictureLimits } from '../images';
import { isEngineError, monotonicMs, type EngineError } from '../kernel';
import type { Store } from '../store';

/** broken: nobody gets this picture until somebody changes it or its address. temporary: it may be there the next time. Reasons name its host at most. */
export type Got = { kind: 'picture'; jpeg: Uint8Array } | { kind: 'broken' | 'temporary'; reason: string };

/** Pictures of messages as the files that a service takes. */
export interface Pictures {
	/** From the image library without a call where the address is ours, else from the internet, public addresses alone. Never throws. */
	get(url: string, limits: PictureLimits): Promise<Got>;
}

export interface PicturesDeps {
	store: Store;
	download: Download;
	/** Of the collector; null while there is none. */
	address(): Promise<string | null>;
	/** Default: the process's own, which only ever grows. */
	nowMs?(): number;
}

const MOST_BYTES = 10 * 1024 * 1024;
const DOWNLOAD_MS = 30_000;
const REMEDY = 'Correct the address in Media URLs, or the picture, then use Journey Control: Retry Held';
/** A picture that was changed at its address is seen after so long; steps that send to one person at a time do not get it each time. */
const RECENT_MS = 5 * 60_000;
/** Of some 200 KB each. */
const MOST_RECENT = 20;
/**
 * A host that has let so many calls pass in a row is not called for so long: else a thousand people with a picture of their own each would wait DOWNLOAD_MS one after the other. It is less than the
 * minute after which they are tried again, and one picture that hangs keeps nobody from another of its host.
 */
const IN_VAIN = 4;
const SILENT_MS = 30_000;
const MOST_SILENT = 100;

export function createPictures({ store, download, address, nowMs = monotonicMs }: PicturesDeps): Pictures {
	/** One at a time: several large pictures at once would be some GB of memory. */
	let turn: Promise<unknown> = Promise.resolve();
	function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
		const result = turn.then(work);
		turn = result.catch(() => undefined);
		return result;
	}
	/** undefined: the address is none of ours. null: it is, and nothing is there. */
	async function own(url: string): Promise<Uint8Array | null | undefined> {
		const base = await address();
		const file = base === null ? null : imageFileAt(url, base);
		if (file === null) return undefined;
		return await store.read(async (reader) => (await serveImage(reader, file, undefined))?.content ?? null);
	}
	/** Hosts that have not answered since they let a call pass. */
	const silent = new Map<string, { calls: number; error: EngineError; untilMs: number }>();
	async function downloaded(url: string): Promise<Uint8Array> {
		const host = URL.canParse(url) ? new URL(url).host : '';
		const before = silent.get(host);
		if (before !== undefined && before.calls >= IN_VAIN && before.untilMs > nowMs()) throw before.error;
		try {
			const bytes = await wholeOf(download(url, { mostBytes: MOST_BYTES, timeoutMs: DOWNLOAD_MS }));
			silent.delete(host);
			return bytes;
		} catch (error) {
			if (isEngineError(error) && error.details.silent === true) kept(silent, host, { calls: (silent.get(host)?.calls ?? 0) + 1, error, untilMs: nowMs() + SILENT_MS }, MOST_SILENT);
			else silent.delete(host);
			throw error;
		}
	}
	async function got(url: string, limits: PictureLimits): Promise<Got> {
		try {
			const stored = await own(url);
			if (stored === null) return { kind: 'broken', reason: `The image library has the picture of this message no more. ${REMEDY}.` };
			const bytes = stored ?? (await downloaded(url));
			return { kind: 'picture', jpeg: await inTurn(() => jpegWithin(bytes, limits)) };
		} catch (error) {
			return failureOf(error);
		}
	}
	/** What is under way stands here, too, so that two batches get it once. */
	const recent = new Map<string, { got: Promise<Got>; untilMs: number }>();
	return {
		get: async (url, limits) => {
			const key = `${limits.bytes} ${limits.width} ${limits.height} ${url}`;
			const before = recent.get(key);
			if (before !== undefined && before.untilMs > nowMs()) return await before.got;
			const entry = { got: got(url, limits), untilMs: nowMs() + RECENT_MS };
			kept(recent, key, entry, MOST_RECENT);
			const result = await entry.got;
			if (result.kind !== 'picture' && recent.get(key) === entry) recent.delete(key);
			return result;
		},
	};
}

/** The newest ones. */
function kept<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
	map.delete(key);
	map.set(key, value);
	const oldest = map.keys().next().value;
	if (map.size > most && oldest !== undefined) map.delete(oldest);
}

function failureOf(error: unknown): Got {
	// What is not about the picture is about this machine: its database is busy.
	if (!isEngineError(error) || (error.code !== 'BAD_INPUT' && error.code !== 'INTERNAL')) return { kind: 'temporary', reason: 'The picture of this message could not be read. It is tried again.' };
	const { host, why, temporary } = error.details;
	if (why === undefined) return { kind: 'broken', reason: `The picture of this message cannot be sent. ${error.message} ${REMEDY}.` };
	const what = `The picture of this message could not be got${host === undefined ? '' : ` from ${String(host)}`}: ${String(why)}`;
	return temporary === true ? { kind: 'temporary', reason: `${what}. It is tried again.` } : { kind: 'broken', reason: `${what}. ${REMEDY}.` };
}
