import { silentLog, type Log, type Random } from '../kernel';
import type { DatabaseConfig, Reader, Store, Tx } from '../store';
import { inForce } from './in-force';
import { RESTORED_REASON, StartMarker } from './marker';
import { MOVED_REASON, watchPlace } from './place';
import { noteProving, provesUsers } from './proving';
import { claimSetting, deleteSetting, readSetting, readSettings, writeSetting } from './rows';
import { senderOf } from './sender';
import type { SettingsApi, SettingsValues, StopSwitch, StoredCollector } from './types';
import { SettingsVersions, type AuditSettings } from './versions';

export { capInWords, whatCounts } from './cap-words';
export { DEFAULT_SETTINGS } from './defaults';
export { ALERT_MEASURES, checkMeasures } from './alerts';
export { checkConvertingEvent, checkRules } from './conversions';
export { RESTORED_REASON } from './marker';
export { MOVED_REASON } from './place';
export { provesUsers } from './proving';
export { claimSetting, readSetting } from './rows';
export type * from './types';
export { settingsIn } from './versions';

const SECRET = 'signing-secret';
const INSTANCE = 'instance';
const STOP = 'stop-switch';
const COLLECTOR = 'collector:';
const SECRET_BYTES = 32;

export const COPIED_REASON =
	'This database belonged to another n8n instance: it was copied, restored or is shared. Sending is stopped so that nobody is written to twice. Make sure that the other instance no longer sends, then resume sending here.';

const REASONS = { copied: COPIED_REASON, restored: RESTORED_REASON, moved: MOVED_REASON };
type Cause = keyof typeof REASONS;
const CAUSES = Object.keys(REASONS) as Cause[];

interface StoredStop {
	stopped: boolean;
	reason: string | null;
	atMs: number;
	/** Set by the instance guard. */
	copied: boolean;
	/** Set by the marker. */
	restored?: boolean;
	/** Set when the database is in another place. */
	moved?: boolean;
}

/** Methods that take a reader or tx see and join the caller's transaction; on SQLite a second one inside the first would wait for ever. */
export interface Settings {
	/** Everything that is set, defaults included; kept per process and read again when somebody has changed it. Not to be modified. */
	current(reader?: Reader): Promise<SettingsValues>;
	/** What Profile Engine: Settings does. */
	readonly api: SettingsApi;
	/** 32 random bytes, made once for the life of the database; every link in a mail is signed with it. */
	signingSecret(): Promise<Uint8Array>;
	/** Call at every start. copied: the database is another instance's, and all sending is stopped until somebody resumes it. */
	claimInstance(instanceId: string): Promise<{ copied: boolean }>;
	/**
	 * Call at every start, after claimInstance, with the marker's file (marker.ts): stops all sending when the database is older than it.
	 * `beat` is to be called about every 20 seconds.
	 */
	watchRestores(file: string): Promise<{ restored: boolean; beat(): Promise<{ restored: boolean }> }>;
	/** Call at every start, after watchRestores: stops all sending when the database was restored, copied or moved to another place (place.ts). */
	watchPlace(database: DatabaseConfig): Promise<{ moved: boolean }>;
	stopSwitch(reader?: Reader): Promise<StopSwitch>;
	stop(reason: string): Promise<void>;
	/** Also makes the database this instance's own. */
	resume(): Promise<void>;
	/** provesUsers: its site has a secret to prove user ids with. Default false. */
	saveCollector(collector: Omit<StoredCollector, 'configuredAtMs'>, provesUsers?: boolean): Promise<void>;
	removeCollector(workflow: string): Promise<void>;
	/** Newest first. */
	collectors(): Promise<{ collectors: StoredCollector[]; /** See proving.ts. */ provesUsers: boolean; nowMs: number }>;
	/** Where links in mails point (base URL without trailing slash); null while no route is known: marketing is then refused. */
	trackingAddress(reader?: Reader): Promise<string | null>;
}

export function createSettings({ store, random, audit, log = silentLog }: { store: Store; random: Random; audit?: AuditSettings; log?: Log }): Settings {
	const versions = new SettingsVersions(store, audit ?? (() => Promise.resolve()));
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

	async function stopItself(tx: Tx, cause: Cause): Promise<void> {
		const before = await readSetting<StoredStop>(tx, STOP);
		const causes = causesOf(before);
		// A copy and a restored database are in another place by nature.
		if (causes.includes(cause) || (cause === 'moved' && causes.length > 0)) return;
		// A reason somebody gave is kept readable: resuming answers to all.
		const earlier = before?.stopped === true && before.reason !== null ? ` It was already stopped: ${before.reason}` : '';
		await writeSetting(tx, STOP, stopBy([...causes, cause], REASONS[cause] + earlier, tx.nowMs));
	}

	async function newestFirst(reader: Reader): Promise<StoredCollector[]> {
		const collectors = await readSettings<StoredCollector>(reader, COLLECTOR);
		return collectors.sort((a, b) => b.configuredAtMs - a.configuredAtMs);
	}

	async function addressOf(view: Reader): Promise<string | null> {
		const collector = (await newestFirst(view))[0];
		// The setting says where links lead, not whether anybody answers there: without a collector there is no route.
		return collector === undefined ? null : ((await versions.current(view)).values.publicUrl ?? collector.publicUrl);
	}

	return {
		current: (reader) => reading(reader, async (view) => (await versions.current(view)).values),
		api: {
			get: () => versions.get(),
			set: (patch, options) => versions.set(patch, options),
			history: (options) => versions.history(options),
			restore: (version, options) => versions.restore(version, options),
			inForce: () => store.read(async (reader) => inForce((await versions.current(reader)).values, await addressOf(reader))),
			sender: (channel, key) => store.read(async (reader) => senderOf((await versions.current(reader)).values, channel, key)),
		},
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
				await stopItself(tx, 'copied');
				return { copied: true };
			});
		},
		watchRestores: async (file) => {
			const marker = new StartMarker({ store, random, log, stop: (tx) => stopItself(tx, 'restored') }, file);
			return { ...(await marker.start()), beat: () => marker.beat() };
		},
		watchPlace: async (database) => {
			const { moved } = await watchPlace(store, database, (tx) => stopItself(tx, 'moved'));
			if (moved) log.error('The journeys database was restored, copied or moved to another place; all sending is stopped. Look at Journey Control: Sending.');
			return { moved };
		},
		stopSwitch: (reader) =>
			reading(reader, async (view) => {
				const stored = await readSetting<StoredStop>(view, STOP);
				return { stopped: stored?.stopped ?? false, reason: stored?.reason ?? null, atMs: stored?.atMs ?? null };
			}),
		stop: (reason) =>
			store.tx('stop-sending', async (tx) => {
				const before = await readSetting<StoredStop>(tx, STOP);
				const causes = causesOf(before);
				await writeSetting(tx, STOP, stopBy(causes, [...causes.map((cause) => REASONS[cause]), reason].join(' '), tx.nowMs));
			}),
		resume: () =>
			store.tx('resume-sending', async (tx) => {
				const stop: StoredStop = { stopped: false, reason: null, atMs: tx.nowMs, copied: false, restored: false, moved: false };
				await writeSetting(tx, STOP, stop);
				if (instance !== undefined) await writeSetting(tx, INSTANCE, { id: instance });
			}),
		saveCollector: (collector, proves = false) =>
			store.tx('save-collector', async (tx) => {
				await writeSetting(tx, COLLECTOR + collector.workflow, { ...collector, configuredAtMs: tx.nowMs });
				await noteProving(tx, collector.workflow, proves, (await readSettings<StoredCollector>(tx, COLLECTOR)).map(({ workflow }) => workflow));
			}),
		removeCollector: (workflow) => store.tx('remove-collector', (tx) => deleteSetting(tx, COLLECTOR + workflow)),
		collectors: () => store.read(async (reader) => ({ collectors: await newestFirst(reader), provesUsers: await provesUsers(reader), nowMs: reader.nowMs })),
		trackingAddress: (reader) => reading(reader, addressOf),
	};
}

/** Why sending is stopped by itself; none when it is not, or by somebody. */
function causesOf(stop: StoredStop | null): Cause[] {
	return stop?.stopped === true ? CAUSES.filter((cause) => stop[cause] === true) : [];
}

function stopBy(causes: Cause[], reason: string, atMs: number): StoredStop {
	return { stopped: true, reason, atMs, copied: causes.includes('copied'), restored: causes.includes('restored'), moved: causes.includes('moved') };
}
