import { lookup as lookupAll } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';

import { EngineError, isEngineError } from '../kernel';
import { isPublicAddress } from './public-address';

export { openPublicProxy, type PublicProxy } from './proxy';
export { isPublicAddress } from './public-address';

export interface DownloadOptions {
	/** What is longer is broken off. */
	mostBytes: number;
	/** For the whole of it. */
	timeoutMs: number;
}

/**
 * The bytes behind a URL, piece by piece. Throws BAD_INPUT, which never quotes the URL beyond its host: it may hold a key. Its details say `why` in a few words, of which `host`
 * (absent: the URL is none), whether that may pass by itself (`temporary`), and whether the host let the whole time pass without an answer (`silent`).
 */
export type Download = (url: string, options: DownloadOptions) => AsyncIterable<Uint8Array>;

const MOST_REDIRECTS = 3;

/**
 * Files from URLs that a user or an item gave. Only public addresses are called, at the connection itself, so that neither a name that leads inwards nor one that changes its mind
 * between two look-ups, nor a redirect, reaches what is behind the firewall: the cloud's metadata service would give its keys away.
 */
export function createDownload(isAllowed: (address: string) => boolean = isPublicAddress): Download {
	function refuseInner(host: string): void {
		if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 && !isAllowed(host)) throw notPublic(host);
	}
	return async function* download(url, { mostBytes, timeoutMs }) {
		const parsed = parse(url);
		refuseInner(parsed.hostname);
		const { default: axios } = await import('axios');
		let trouble: EngineError | undefined;
		let [size, answered] = [0, false];
		try {
			const response = await axios.get<Readable>(parsed.href, {
				responseType: 'stream', maxRedirects: MOST_REDIRECTS, proxy: false, signal: AbortSignal.timeout(timeoutMs), headers: { accept: '*/*' },
				beforeRedirect: ({ hostname, protocol }: Record<string, unknown>) => {
					try {
						parse(`${String(protocol)}//${String(hostname)}/`);
						refuseInner(String(hostname));
					} catch (error) {
						throw (trouble = error as EngineError);
					}
				},
				lookup: async (host: string) => {
					const found = (await lookupAll(host, { all: true })).filter(({ address }) => isAllowed(address));
					if (found.length === 0) throw (trouble = notPublic(host));
					return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 as const : 4 as const }));
				},
			});
			answered = true;
			for await (const piece of response.data as AsyncIterable<Uint8Array>) {
				size += piece.byteLength;
				const most = `${Math.round(mostBytes / 1024 / 1024)} MB`;
				if (size > mostBytes) throw new EngineError('BAD_INPUT', `The file at ${parsed.host} has more than ${most}, which is the most that is taken.`, { host: parsed.host, why: `it has more than ${most}`, temporary: false });
				yield piece;
			}
		} catch (error) {
			if (trouble !== undefined) throw trouble;
			if (isEngineError(error)) throw error;
			const why = reasonOf(error, timeoutMs);
			throw new EngineError('BAD_INPUT', `The file could not be got from ${parsed.host}: ${why}. Nothing of it was taken. Look whether the address opens in a browser that is not signed in, or fetch it with an HTTP Request node and hand it over as binary data.`, { host: parsed.host, why, temporary: isTemporary(error), silent: !answered && isTimeout(error) });
		}
	};
}

function parse(url: string): URL {
	const parsed = URL.canParse(url) ? new URL(url) : null;
	if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) throw new EngineError('BAD_INPUT', 'This is no web address. It begins with https:// or http://.', { why: 'it is no web address', temporary: false });
	return parsed;
}

function notPublic(host: string): EngineError {
	return new EngineError('BAD_INPUT', `${host} is an address of a private network, which is not called for a URL. Fetch the file with an HTTP Request node and hand it over as binary data.`, { host, why: 'it is an address of a private network, which is not called', temporary: false });
}

function reasonOf(error: unknown, timeoutMs: number): string {
	const { response, code } = error as { response?: { status?: number }; code?: string };
	if (response?.status !== undefined) return `it answered ${response.status}`;
	if (isTimeout(error)) return `it took longer than ${Math.round(timeoutMs / 1000)} seconds`;
	return code ?? 'the connection failed';
}

function isTimeout(error: unknown): boolean {
	const { code, name } = error as { code?: string; name?: string };
	return code === 'ERR_CANCELED' || name === 'TimeoutError' || name === 'AbortError';
}

/** What somebody has to change: a name that does not exist, a certificate that nobody vouches for, redirects without an end. Whatever else befalls a connection may pass. */
const LASTING = /^(ENOTFOUND$|EPROTO$|ERR_FR_|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH$|INVALID_CA$|ERR_INVALID_)/;

function isTemporary(error: unknown): boolean {
	const { response, code = '' } = error as { response?: { status?: number }; code?: string };
	const { status } = response ?? {};
	return status === undefined ? !LASTING.test(code) : status >= 500 || status === 408 || status === 425 || status === 429;
}

/** All of it. Throws as the download does. */
export async function wholeOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	for await (const piece of pieces) chunks.push(piece);
	return Buffer.concat(chunks);
}
