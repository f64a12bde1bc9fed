import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { methodNotAllowed, refusal } from './answers';
import type { CollectorRequest, CollectorResponse } from './types';

/** Its file's name on Segment's own CDN; here it is the package's standalone build, byte for byte. */
export const SDK_ROUTE = 'analytics.min.js';
const STANDALONE = 'standalone.js';
/** Parts that the SDK loads when it needs them. The name holds the content's hash. */
const CHUNK = /^[\w-]+\.bundle\.[0-9a-f]{16,}\.js$/;

export function isSdkChunk(route: string): boolean {
	return CHUNK.test(route);
}

interface SdkFile {
	plain: Uint8Array;
	/** As the package brings it. */
	gzip: Uint8Array | null;
}

/**
 * Segment's browser SDK (@segment/analytics-next), served from the collector's own address: no third party hears of a visit, and
 * blockers of third parties do not stop it. Read from the package on first use and kept (about 300 KB).
 */
export class BrowserSdk {
	private readonly files = new Map<string, Promise<SdkFile>>();
	private names: Promise<ReadonlySet<string>> | undefined;

	async serve(request: CollectorRequest): Promise<CollectorResponse> {
		if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
		const isChunk = isSdkChunk(request.route);
		const file = await this.file(isChunk ? request.route : STANDALONE);
		if (file === null) return refusal(404, 'unknown_file', 'The browser SDK has no such part: the page holds an older version of it. Load the page anew.');
		// The main file keeps its address when the package is updated; a part never changes.
		return script(file, request.headers['accept-encoding'], isChunk ? 'public, max-age=31536000, immutable' : 'public, max-age=3600, stale-while-revalidate=86400');
	}

	private async file(name: string): Promise<SdkFile | null> {
		this.names ??= namesOf(folder());
		if (!(await this.names).has(name)) return null;
		let file = this.files.get(name);
		if (file === undefined) this.files.set(name, (file = read(name)));
		return await file;
	}
}

export function script({ plain, gzip }: SdkFile, accepted: string | undefined, cacheControl: string): CollectorResponse {
	const packed = gzip !== null && /\bgzip\b/.test(accepted ?? '');
	return {
		status: 200,
		headers: {
			'content-type': 'text/javascript; charset=utf-8',
			'cache-control': cacheControl,
			vary: 'Accept-Encoding',
			'x-content-type-options': 'nosniff',
			'cross-origin-resource-policy': 'cross-origin',
			...(packed ? { 'content-encoding': 'gzip' } : {}),
		},
		body: packed ? gzip : plain,
	};
}

function folder(): string {
	return join(dirname(require.resolve('@segment/analytics-next/package.json')), 'dist', 'umd');
}

async function namesOf(path: string): Promise<ReadonlySet<string>> {
	return new Set((await readdir(path)).filter((name) => name === STANDALONE || CHUNK.test(name)));
}

async function read(name: string): Promise<SdkFile> {
	const path = join(folder(), name);
	const plain = await readFile(path);
	const gzip = await readFile(`${path}.gz`).catch(() => null);
	return { plain: new Uint8Array(plain), gzip: gzip === null ? null : new Uint8Array(gzip) };
}
