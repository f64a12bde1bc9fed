import type { Random } from '../kernel';
import type { Reader, Store, Tx } from '../store';
import { claimSetting, deleteSetting, readSetting, readSettings, writeSetting } from './rows';
import type { StopSwitch, StoredCollector } from './types';

export type { StopSwitch, StoredCollector } from './types';

const SECRET = 'signing-secret';
const INSTANCE = 'instance';
const STOP = 'stop-switch';
const COLLECTOR = 'collector:';
const SECRET_BYTES = 32;

export const COPIED_REASON =
	'This database belonged to another n8n instance: it was copied, restored or is shared. Sending is stopped so that nobody is written to twice. Make sure that the other instance no longer sends, then resume sending here.';

interface StoredStop {
	stopped: boolean;
	reason: string | null;
	atMs: number;
	/** Set by the instance guard. */
	copied: boolean;
}

/** Methods that take a reader or tx see and join the caller's transaction; on SQLite a second one inside the first would wait for ever. */
export interface Settings {
	/** 32 random bytes, made once for the life of the database; every link in a mail is signed with it. */
	signingSecret(): Promise<Uint8Array>;
	/** Call at every start. copied: the database is another instance's, and all sending is stopped until somebody resumes it. */
	claimInstance(instanceId: string): Promise<{ copied: boolean }>;
	stopSwitch(reader?: Reader): Promise<StopSwitch>;
	stop(reason: string): Promise<void>;
	/** Also makes the database this instance's own. */
	resume(): Promise<void>;
	saveCollector(collector: Omit<StoredCollector, 'configuredAtMs'>): Promise<void>;
	removeCollector(workflow: string): Promise<void>;
	/** Newest first. */
	collectors(): Promise<{ collectors: StoredCollector[]; nowMs: number }>;
	/** Where links in mails point (base URL without trailing slash); null while no route is known: marketing is then refused. */
	trackingAddress(reader?: Reader): Promise<string | null>;
}

export function createSettings({ store, random }: { store: Store; random: Random }): Settings {
	let secret: Promise<Uint8Array> | undefined;
	let instance: string | undefined;

	function reading<Result>(reader: Reader | undefined, work: (reader: Reader) => Promise<Result>): Promise<Result> {
		return reader === undefined ? store.read(work) : work(reader);
	}

	async function claimSecret(): Promise<Uint8Array> {
		const made = Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
		const stored = await store.tx('signing-secret', (tx) => claimSetting(tx, SECRET, { bytes: made }));
		return new Uint8Array(Buffer.from(stored.bytes, 'base64url'));
	}

	async function stopCopied(tx: Tx): Promise<void> {
		const before = await readSetting<StoredStop>(tx, STOP);
		if (before?.stopped === true && before.copied) return;
		// A reason somebody gave is kept readable: resuming answers to both.
		const earlier = before?.stopped === true && before.reason !== null ? ` It was already stopped: ${before.reason}` : '';
		const stop: StoredStop = { stopped: true, reason: COPIED_REASON + earlier, atMs: tx.nowMs, copied: true };
		await writeSetting(tx, STOP, stop);
	}

	async function newestFirst(reader: Reader): Promise<StoredCollector[]> {
		const collectors = await readSettings<StoredCollector>(reader, COLLECTOR);
		return collectors.sort((a, b) => b.configuredAtMs - a.configuredAtMs);
	}

	return {
		signingSecret: async () => {
			secret ??= claimSecret();
			try {
				return await secret;
			} catch (error) {
				secret = undefined;
				throw error;
			}
		},
		claimInstance: (instanceId) => {
			instance = instanceId;
			return store.tx('claim-instance', async (tx) => {
				const stored = await claimSetting(tx, INSTANCE, { id: instanceId });
				if (stored.id === instanceId) return { copied: false };
				await stopCopied(tx);
				return { copied: true };
			});
		},
		stopSwitch: (reader) =>
			reading(reader, async (view) => {
				const stored = await readSetting<StoredStop>(view, STOP);
				return { stopped: stored?.stopped ?? false, reason: stored?.reason ?? null, atMs: stored?.atMs ?? null };
			}),
		stop: (reason) =>
			store.tx('stop-sending', async (tx) => {
				const before = await readSetting<StoredStop>(tx, STOP);
				const copied = before?.stopped === true && before.copied;
				const stop: StoredStop = { stopped: true, reason: copied ? `${COPIED_REASON} ${reason}` : reason, atMs: tx.nowMs, copied };
				await writeSetting(tx, STOP, stop);
			}),
		resume: () =>
			store.tx('resume-sending', async (tx) => {
				const stop: StoredStop = { stopped: false, reason: null, atMs: tx.nowMs, copied: false };
				await writeSetting(tx, STOP, stop);
				if (instance !== undefined) await writeSetting(tx, INSTANCE, { id: instance });
			}),
		saveCollector: (collector) =>
			store.tx('save-collector', (tx) => writeSetting(tx, COLLECTOR + collector.workflow, { ...collector, configuredAtMs: tx.nowMs })),
		removeCollector: (workflow) => store.tx('remove-collector', (tx) => deleteSetting(tx, COLLECTOR + workflow)),
		collectors: () => store.read(async (reader) => ({ collectors: await newestFirst(reader), nowMs: reader.nowMs })),
		trackingAddress: (reader) => reading(reader, async (view) => (await newestFirst(view))[0]?.publicUrl ?? null),
	};
}
