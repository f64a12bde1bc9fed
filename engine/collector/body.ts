import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { refusal } from './answers';
import type { CollectorRequest, CollectorResponse } from './types';

/** Segment's limits: 500 KB a batch, 32 KB a message; beyond either it answers 400, and its libraries do not retry a 400. */
export const BATCH_LIMIT_BYTES = 500 * 1024;
export const MESSAGE_LIMIT_BYTES = 32 * 1024;
/** A callback of 1,000 events is under 1 MB; a reply comes with its mail and the files in it, which are left. As much as n8n itself takes (N8N_PAYLOAD_SIZE_MAX). */
export const CALLBACK_LIMIT_BYTES = 16 * 1024 * 1024;

const unzip = promisify(gunzip);

/** bytes: of the unpacked body. */
export type Body = { value: unknown; bytes: number } | { refused: CollectorResponse };

/** Made once: making one costs as much as decoding a small event. */
const decoder = new TextDecoder('utf-8', { fatal: true });

export async function readJson(request: CollectorRequest, limitBytes: number): Promise<Body> {
	let bytes: Uint8Array = request.body;
	// By its magic number, not by the header: n8n's webhook has already unpacked the body but leaves the header as it was.
	if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
		try {
			// The limit also stops a small body that unpacks into gigabytes.
			bytes = await unzip(bytes, { maxOutputLength: limitBytes });
		} catch (error) {
			const tooLarge = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
			return { refused: tooLarge ? tooLargeFor(limitBytes) : refusal(400, 'invalid_gzip', 'The body starts like gzip but cannot be unpacked. Send it again complete, or without Content-Encoding.') };
		}
	}
	if (bytes.byteLength > limitBytes) return { refused: tooLargeFor(limitBytes) };
	let text: string;
	try {
		text = decoder.decode(bytes);
	} catch {
		// Read leniently, two people whose ids differ only in broken letters would become one.
		return { refused: refusal(400, 'not_utf8', 'The body is not valid UTF-8. Send JSON encoded as UTF-8.') };
	}
	try {
		return { value: JSON.parse(text) as unknown, bytes: bytes.byteLength };
	} catch {
		return { refused: await malformed(text, request.headers['content-encoding']) };
	}
}

export function tooLargeFor(limitBytes: number): CollectorResponse {
	const what = limitBytes === BATCH_LIMIT_BYTES ? 'A batch' : limitBytes === CALLBACK_LIMIT_BYTES ? 'A callback' : 'A message';
	return refusal(400, 'too_large', `${what} may have at most ${limitBytes / 1024} KB. Send less at a time.`);
}

async function malformed(text: string, encoding: string | undefined): Promise<CollectorResponse> {
	if (text.trim() === '') return refusal(400, 'empty_body', 'The body is empty. Send JSON with Content-Type: application/json.');
	if (encoding !== undefined && !/^(identity|gzip)$/i.test(encoding) && !/^\s*[[{]/.test(text)) {
		return refusal(415, 'unsupported_encoding', 'Only gzip or no Content-Encoding is understood.');
	}
	const found = await place(text);
	if (found === null) return refusal(400, 'malformed_json', 'The body is not valid JSON, and nested too deeply to say where.');
	return refusal(400, 'malformed_json', `The body is not valid JSON: ${found.problem} at line ${found.line}, column ${found.column}.`);
}

/**
 * V8's own message names a position only sometimes, and quotes the body. The parser that can tell is loaded only when one is wrong.
 * null: it runs out of stack, as on half a megabyte of opening brackets.
 */
async function place(text: string): Promise<{ line: number; column: number; problem: string } | null> {
	const { parse, printParseErrorCode } = await import('jsonc-parser');
	const errors: Array<{ error: number; offset: number; length: number }> = [];
	try {
		parse(text, errors, { disallowComments: true, allowTrailingComma: false });
	} catch (error) {
		if (error instanceof RangeError) return null;
		throw error;
	}
	const [first] = errors;
	const offset = first?.offset ?? text.length;
	const before = text.slice(0, offset).split('\n');
	const problem = first === undefined ? 'it ends or goes on unexpectedly' : spaced(printParseErrorCode(first.error));
	return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, problem };
}

/** 'CommaExpected' -> 'comma expected'. */
function spaced(code: string): string {
	return code.replace(/(?<=.)([A-Z])/g, ' $1').toLowerCase();
}
