import type { MediaUploads } from '../channels/sms';
import type { OutgoingSms, SendOutcome } from '../channels/types';
import type { Pictures } from './pictures';

/** missing: the service has to be given something first. broken: that will not work until somebody changes it. */
export type Uploading<Message> = { kind: 'ready'; message: Message } | { kind: 'missing' } | { kind: 'broken'; reason: string } | { kind: 'outcome'; outcome: Extract<SendOutcome, { kind: 'transient' | 'account' }> };

/**
 * What a service wants itself before a message with it can leave, of one batch. It is handed over while no message is attempted: then whoever opts out meanwhile gets nothing, a process that dies
 * leaves nobody's message unknown, and an upload that is lost or made twice is no message sent twice.
 */
export interface Uploads<Message> {
	/** Whether the message can leave, with what was handed over for it. What is missing is remembered for settle(). */
	of(message: Message): Uploading<Message>;
	/** Gets and hands over what is missing; of() knows what became of it. Never throws. */
	settle(): Promise<void>;
}

type Made = { kind: 'id'; id: string } | Extract<Uploading<never>, { kind: 'broken' | 'outcome' }>;

const AT_ONCE = 4;

/** The first picture of each message, as a file of the service. `foreseen`: addresses that are wanted for sure. */
export function smsUploads(pictures: Pictures, media: MediaUploads, foreseen: readonly string[]): Uploads<OutgoingSms> {
	const made = new Map<string, Made>();
	const wanted = new Set(foreseen);

	async function make(url: string): Promise<Made> {
		const got = await pictures.get(url, media.limits);
		if (got.kind !== 'picture') return got.kind === 'broken' ? { kind: 'broken', reason: got.reason } : { kind: 'outcome', outcome: { kind: 'transient', reason: got.reason } };
		const uploaded = await media.upload(got.jpeg);
		if (uploaded.kind === 'uploaded') return { kind: 'id', id: uploaded.id };
		return uploaded.kind === 'refused' ? { kind: 'broken', reason: uploaded.reason } : { kind: 'outcome', outcome: uploaded };
	}

	return {
		of: (message) => {
			const [url] = message.mediaUrls;
			if (url === undefined) return { kind: 'ready', message };
			const one = made.get(url);
			if (one !== undefined && (one.kind !== 'id' || !media.isGone(one.id))) return one.kind === 'id' ? { kind: 'ready', message: { ...message, mediaId: one.id } } : one;
			wanted.add(url);
			return { kind: 'missing' };
		},
		settle: async () => {
			const left = [...wanted];
			wanted.clear();
			await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, async () => {
				for (let url = left.shift(); url !== undefined; url = left.shift()) made.set(url, await make(url));
			}));
		},
	};
}
