import { wholeOf, type Download } from '../downloads';
import { imageFileAt, jpegWithin, serveImage, type PictureLimits } from '../images';
import { isEngineError, monotonicMs } from '../kernel';
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
	async function got(url: string, limits: PictureLimits): Promise<Got> {
		try {
			const stored = await own(url);
			if (stored === null) return { kind: 'broken', reason: `The image library has the picture of this message no more. ${REMEDY}.` };
			const bytes = stored ?? (await wholeOf(download(url, { mostBytes: MOST_BYTES, timeoutMs: DOWNLOAD_MS })));
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
			recent.delete(key);
			recent.set(key, entry);
			const oldest = recent.keys().next().value;
			if (recent.size > MOST_RECENT && oldest !== undefined) recent.delete(oldest);
			const result = await entry.got;
			if (result.kind !== 'picture' && recent.get(key) === entry) recent.delete(key);
			return result;
		},
	};
}

function failureOf(error: unknown): Got {
	// What is not about the picture is about this machine: its database is busy.
	if (!isEngineError(error) || (error.code !== 'BAD_INPUT' && error.code !== 'INTERNAL')) return { kind: 'temporary', reason: 'The picture of this message could not be read. It is tried again.' };
	const { host, why, temporary } = error.details;
	if (why === undefined) return { kind: 'broken', reason: `The picture of this message cannot be sent. ${error.message} ${REMEDY}.` };
	const what = `The picture of this message could not be got${host === undefined ? '' : ` from ${String(host)}`}: ${String(why)}`;
	return temporary === true ? { kind: 'temporary', reason: `${what}. It is tried again.` } : { kind: 'broken', reason: `${what}. ${REMEDY}.` };
}
