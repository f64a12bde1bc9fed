import { consentKeeper, createConsent, type Consent } from '../../../engine/consent';
import { systemRandom } from '../../../engine/kernel';
import { auditIn, auditKeeper } from '../../../engine/privacy';
import { profilesKeeper } from '../../../engine/profiles';
import { segmentsKeeper } from '../../../engine/segments';
import { createTransfer, importKeeper, type ImportOptions, type ImportReport, type TransferApi } from '../../../engine/transfer';
import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { emptyDatabase, TEST_START_MS, type DatabaseKind } from '../databases';
import { openWorld as openEvents, type World as EventsWorld } from '../events/fixture';

export interface World extends EventsWorld {
	transfer: TransferApi;
	consent: Consent;
}

/** The domains that an import goes through, with journeys that only listen. */
export async function openWorld(kind: DatabaseKind): Promise<World> {
	const world = await openEvents(kind);
	const { store, segments, events, profiles } = world;
	const consent = createConsent({ store, segments, audit: auditIn });
	const transfer = createTransfer({
		store, random: systemRandom, profiles, events, consent, segments, audit: auditIn, identityOptions: async () => ({}),
		keepers: () => [consentKeeper, segmentsKeeper, importKeeper, auditKeeper, profilesKeeper],
	});
	return { ...world, consent, transfer };
}

/** A whole engine on an empty database with a clock that stands. */
export async function openEngine(kind: DatabaseKind): Promise<{ engine: LocalEngine; clock: ManualClock; close(): Promise<void> }> {
	const { database, drop } = await emptyDatabase(kind);
	const clock = new ManualClock(TEST_START_MS);
	const engine = await createEngine({ database, clock });
	return {
		engine, clock,
		close: async () => {
			await engine.close();
			await drop();
		},
	};
}

/** Imports a whole file in pieces of `chunk` bytes. */
export async function imported(transfer: TransferApi, file: string | Uint8Array, options: Partial<ImportOptions> = {}, chunk = 4096): Promise<ImportReport> {
	const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
	const { importId } = await transfer.importStart({ source: 'import', ...options });
	for (let from = 0; from < bytes.length; from += chunk) await transfer.importChunk(importId, bytes.subarray(from, from + chunk));
	return await transfer.importEnd(importId);
}

/** A whole export as text. */
export async function exported(transfer: TransferApi, options: Parameters<TransferApi['exportStart']>[0]): Promise<string> {
	const { exportId } = await transfer.exportStart(options);
	const decoder = new TextDecoder();
	let text = '';
	for (let done = false; !done; ) {
		const chunk = await transfer.exportChunk(exportId);
		text += decoder.decode(chunk.bytes, { stream: true });
		done = chunk.done;
	}
	await transfer.exportEnd(exportId);
	return text;
}
