import { gzipSync } from 'node:zlib';

/** A source of chance that a seed repeats exactly (mulberry32). */
export class Dice {
	constructor(private state: number) {}

	next(): number {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	}

	below(limit: number): number {
		return Math.floor(this.next() * limit);
	}

	of<Value>(list: readonly Value[]): Value {
		const value = list[this.below(list.length)];
		if (value === undefined) throw new Error('Nothing to choose from.');
		return value;
	}

	bytes(size: number): Buffer {
		return Buffer.from(Array.from({ length: size }, () => this.below(256)));
	}
}

/** What goes over one connection: pieces with pauses between them, then the end of the connection by the client where `abort` is set. */
export interface Attack {
	kind: string;
	pieces: Buffer[];
	abort: boolean;
	/** Whether the server can tell that it has all of it, and so answers and hangs up by itself. */
	complete: boolean;
}

const ROUTES = ['v1/batch', 'v1/track', 'v1/identify', 'v1/page', 'v1/screen', 'v1/group', 'v1/alias', 'v1/t', 'v1/i', 'v1/p', 'v1/m', 'v1/b', 'batch', 'track'];
const PATHS = ['/', '//', '/%00', '/%zz/track', '/../../etc/passwd', '/v1/track?%', '/v1/track?t=%E0%A4%A', '/__proto__', '/constructor', '/v1/projects/%E0%A4%A/settings', '/v1/projects//settings',
	'/analytics.js/v1/x/analytics.min.js', '/analytics-next/bundles/..%2f..%2fpackage.json', '/analytics-next/bundles/1.bundle.0123456789abcdef0123.js', '/snippet.js', '/open?t=x', '/click?t=x', '/unsubscribe?t=x',
	'/health', 'http://other.example/v1/track', '*', '/v1/track#x', `/${'a'.repeat(9_000)}`, `/${'a/'.repeat(3_000)}track`];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'post', 'CONNECT', 'NONSENSE'];
const ODD: unknown[] = [null, true, false, 0, -1, 1e308, -0.0000001, '', ' ', '\0', '\ud800', '\uffff', 'a\u0000b', '0', 'null', 'undefined', '__proto__', [], [[]], {}, { '': 1 }, { a: { b: { c: {} } } }, [null, {}, 'x'],
	'x'.repeat(300), 'x'.repeat(5_000), '2026-13-45T99:99:99Z', 'Infinity', 1e15, -1e15, '💥', '%s%n', "'; drop table event; --", '{{7*7}}', { toString: 1 }, { length: -1 }, { toJSON: 'x' }, '\u202e', 9_007_199_254_740_993, 'ﬁ', '１２３'];
const FIELDS = ['type', 'event', 'userId', 'anonymousId', 'messageId', 'properties', 'traits', 'context', 'timestamp', 'sentAt', 'originalTimestamp', 'groupId', 'previousId', 'name', 'category', 'integrations', 'writeKey', 'profileId', 'enrollment', 'message', 'identities', 'batch', '__proto__', 'constructor'];
const HEADERS = ['Content-Encoding: gzip', 'Content-Encoding: br', 'Content-Encoding: deflate', 'Content-Type: \u00ff\u00fe', 'Transfer-Encoding: gzip, chunked', 'Expect: 100-continue', 'Connection: upgrade', 'Upgrade: websocket', 'Sec-GPC: 1', 'Origin: null', 'Origin: \u00e4',
	'X-Forwarded-Host: ]', 'X-Forwarded-Proto: gopher', 'Host: [', 'Cookie: a=b', 'Set-Cookie: a=b', 'Range: bytes=5-', 'If-None-Match: *', 'X-Retry-Count: -1', 'Accept-Encoding: gzip;q=0', 'Authorization: Basic', 'Authorization: Basic \u00e4\u00e4', 'Authorization: Bearer x', ': empty', 'No colon here', 'Bad\0Name: 1'];

const KINDS: Record<string, (dice: Dice, authorization: string) => Omit<Attack, 'kind'>> = {
	bytes: (dice) => partly(dice.bytes(1 + dice.below(600))),
	garbageBody: (dice, key) => whole(post(dice.of(ROUTES), dice.bytes(dice.below(2_000)), key)),
	brokenJson: (dice, key) => whole(post(dice.of(ROUTES), broken(dice, JSON.stringify(batchOf(dice))), key)),
	wrongTypes: (dice, key) => whole(post(dice.of(ROUTES), Buffer.from(JSON.stringify(dice.next() < 0.5 ? batchOf(dice) : messageOf(dice))), key)),
	oddWhole: (dice, key) => whole(post(dice.of(ROUTES), Buffer.from(JSON.stringify(dice.of(ODD))), key)),
	deep: (dice, key) => whole(post(dice.of(ROUTES), deep(dice), key)),
	gzip: (dice, key) => whole(post(dice.of(ROUTES), packed(dice), key, ['Content-Encoding: gzip'])),
	large: (dice, key) => whole(post(dice.of(ROUTES), Buffer.alloc(32_000 + dice.below(600_000), dice.of(['[', 'x', ' ', '{"a":', '\0'])), key)),
	headers: (dice, key) => partly(post(dice.of(ROUTES), Buffer.from(JSON.stringify(messageOf(dice))), dice.next() < 0.5 ? key : 'Authorization: Basic !!', Array.from({ length: 1 + dice.below(4) }, () => dice.of(HEADERS)))),
	manyHeaders: (dice, key) => whole(post('v1/track', Buffer.from('{}'), key, Array.from({ length: dice.below(3_000) }, (_none, n) => `X-${n}: ${'y'.repeat(dice.below(30))}`))),
	lengths: (dice) => partly(Buffer.from(`POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: ${dice.of(['-1', '1e9', '99999999999999999999', '0x10', 'abc', '5, 6', '', '18446744073709551616'])}\r\n${dice.next() < 0.3 ? 'Transfer-Encoding: chunked\r\n' : ''}\r\n{}`)),
	chunks: (dice, key) => partly(Buffer.concat([Buffer.from(`POST /v1/track HTTP/1.1\r\nHost: x\r\n${key}\r\nTransfer-Encoding: chunked\r\n\r\n`), Buffer.from(dice.of(['ffffffffff\r\n', '-1\r\n{}\r\n', '2\r\n{}\r\n0\r\n\r\n', 'zz\r\n', '2;ext=\0\r\n{}\r\n0\r\n', '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'])), dice.bytes(dice.below(20))])),
	paths: (dice, key) => partly(Buffer.from(`${dice.of(METHODS)} ${dice.of(PATHS)} HTTP/1.1\r\nHost: x\r\n${key}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`)),
	versions: (dice) => partly(Buffer.from(`POST /v1/track HTTP/${dice.of(['0.9', '1.0', '2.0', '9.9', '', 'x'])}\r\n\r\n`)),
	slow: (dice, key) => ({ pieces: cut(dice, post(dice.of(ROUTES), Buffer.from(JSON.stringify(messageOf(dice))), key)), abort: false, complete: true }),
	aborted: (dice, key) => {
		const request = post(dice.of(ROUTES), Buffer.from(JSON.stringify(batchOf(dice))), key);
		return { pieces: cut(dice, request.subarray(0, 1 + dice.below(request.byteLength))), abort: true, complete: false };
	},
};

/** The n-th malformed request of a seed. */
export function attackOf(seed: number, writeKey: string): Attack {
	const dice = new Dice(seed);
	const kind = dice.of(Object.keys(KINDS));
	const make = KINDS[kind];
	if (make === undefined) throw new Error(`No kind ${kind}.`);
	return { kind, ...make(dice, `Authorization: Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`) };
}

function whole(request: Buffer): Omit<Attack, 'kind'> {
	return { pieces: [request], abort: false, complete: true };
}

function partly(request: Buffer): Omit<Attack, 'kind'> {
	return { pieces: [request], abort: false, complete: false };
}

function post(route: string, body: Buffer, authorization: string, headers: string[] = []): Buffer {
	const head = ['POST /' + route + ' HTTP/1.1', 'Host: collector', authorization, 'Connection: close', `Content-Length: ${body.byteLength}`, ...headers].join('\r\n');
	return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body]);
}

function messageOf(dice: Dice): Record<string, unknown> {
	const message: Record<string, unknown> = {
		type: dice.of(['identify', 'track', 'page', 'screen', 'group', 'alias']), userId: `u${dice.below(50)}`, anonymousId: `a${dice.below(50)}`, event: 'Fuzzed',
		messageId: `m${dice.below(1_000_000)}`, properties: { total: 1, list: [1] }, traits: { plan: 'x' }, groupId: 'g1', previousId: `a${dice.below(50)}`,
		context: { page: { url: 'https://x.example/' }, campaign: { source: 'x' } },
	};
	for (let n = dice.below(6); n > 0; n -= 1) message[dice.of(FIELDS)] = dice.of(ODD);
	if (dice.next() < 0.3) message.properties = { [dice.of(['a', 'a.b', '__proto__', 'x'.repeat(250), '\0', '\ud800', ' '])]: dice.of(ODD) };
	if (dice.next() < 0.3) message.traits = { email: dice.of(ODD), phone: dice.of(ODD), [`t${dice.below(20)}`]: dice.of(ODD) };
	if (dice.next() < 0.3) message.context = dice.of([{ page: dice.of(ODD) }, { externalIds: dice.of(ODD) }, { externalIds: [dice.of(ODD), { id: dice.of(ODD), type: dice.of(ODD) }] }, { gpc: dice.of(ODD) }, { campaign: { name: dice.of(ODD) } }, { ip: dice.of(ODD) }]);
	return message;
}

function batchOf(dice: Dice): Record<string, unknown> {
	const batch: Record<string, unknown> = { batch: Array.from({ length: dice.below(8) }, () => (dice.next() < 0.2 ? dice.of(ODD) : messageOf(dice))), sentAt: dice.of(['2026-03-02T09:00:00Z', ...ODD]) };
	if (dice.next() < 0.1) batch.batch = dice.of(ODD);
	return batch;
}

function broken(dice: Dice, text: string): Buffer {
	const bytes = Buffer.from(text);
	for (let n = 1 + dice.below(4); n > 0; n -= 1) bytes[dice.below(bytes.byteLength)] = dice.below(256);
	return bytes.subarray(0, dice.next() < 0.5 ? dice.below(bytes.byteLength) : bytes.byteLength);
}

function deep(dice: Dice): Buffer {
	const levels = dice.of([10, 40, 1_000, 5_000]);
	const [open, close] = dice.of([['[', ']'], ['{"a":', '}']] as const);
	const value = `${open.repeat(levels)}1${close.repeat(levels)}`;
	return Buffer.from(dice.of([value, `{"userId":"u1","event":"Deep","properties":${value}}`, `{"userId":"u1","traits":${value}}`, `{"userId":"u1","event":"E","context":${value}}`, `{"batch":[${value}]}`, `{"batch":${value}}`]));
}

function packed(dice: Dice): Buffer {
	const bytes = gzipSync(dice.next() < 0.1 ? Buffer.alloc(20_000_000, 'x') : Buffer.from(JSON.stringify(batchOf(dice))));
	if (dice.next() < 0.4) return bytes.subarray(0, dice.below(bytes.byteLength));
	if (dice.next() < 0.5) bytes[dice.below(bytes.byteLength)] = dice.below(256);
	return dice.next() < 0.2 ? Buffer.concat([bytes, dice.bytes(10)]) : bytes;
}

function cut(dice: Dice, bytes: Buffer): Buffer[] {
	const pieces: Buffer[] = [];
	for (let from = 0; from < bytes.byteLength && pieces.length < 5; ) {
		const to = pieces.length === 4 ? bytes.byteLength : from + 1 + dice.below(Math.max(1, bytes.byteLength - from));
		pieces.push(bytes.subarray(from, to));
		from = to;
	}
	return pieces;
}
