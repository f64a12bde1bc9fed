import { keywordOf } from '../sms/keywords';
import type { DeliveryReport } from '../callbacks/types';

export interface ChatInbound {
	/** Stable, and unique among those of the service. */
	id: string;
	/** Who wrote, as the service knows them. */
	address: string;
	text: string;
	atMs: number | null;
	/** Of the message that it answers, where the service says: its own id, and ours. */
	providerId?: string | null;
	message?: string | null;
}

const START = /^\/start(?:@\w+)?(?:\s+(\S+))?$/;
const STOP = /^\/stop(?:@\w+)?$/i;
/** As tracking/start-token.ts writes them: the only text that does in a service without links that carry something. */
const TOKEN = /^j[0-9a-z]+_[0-9a-z]+_[\w-]{24}$/;

/** What somebody wrote to a bot: a start, an opt-out or the way back when it is such a word and nothing else, else an answer. Whoever writes is somebody from now on. */
export function inboundChat({ id, address, text, atMs, providerId = null, message = null }: ChatInbound): DeliveryReport[] {
	const written = text.trim();
	const about = { message, providerId, address, atMs };
	const start = START.exec(written);
	if (start !== null) return [started({ id, address, atMs, payload: start[1] ?? null })];
	if (TOKEN.test(written)) return [started({ id, address, atMs, payload: written })];
	const known = started({ id: `${id}:known`, address, atMs, payload: null, quiet: true });
	const keyword = STOP.test(written) ? 'stop' : keywordOf(written);
	if (keyword === 'stop') return [known, { ...about, kind: 'unsubscribed', id: `in:${id}` }];
	if (keyword === 'start') return [known, { ...about, kind: 'resubscribed', id: `in:${id}` }];
	return [known, { ...about, kind: 'replied', id: `in:${id}`, text, ...(keyword === 'help' ? { keyword } : {}) }];
}

const LONGEST_PAYLOAD = 200;

export function started({ id, address, atMs, payload, quiet = false, blockStands = false }: { id: string; address: string; atMs: number | null; payload: string | null; quiet?: boolean; blockStands?: boolean }): DeliveryReport {
	return { kind: 'started', message: null, providerId: null, address, atMs, id: `start:${id}`, started: { payload: payload === null || payload === '' ? null : payload.slice(0, LONGEST_PAYLOAD), ...(quiet ? { quiet } : {}), ...(blockStands ? { blockStands } : {}) } };
}

/** The person has shut this address; what they want of other services nobody knows. */
export function blocked({ id, address, atMs, category = 'blocked' }: { id: string; address: string; atMs: number | null; category?: string }): DeliveryReport {
	return { kind: 'bounced', message: null, providerId: null, address, atMs, id: `block:${id}`, bounce: { type: 'hard', category } };
}
