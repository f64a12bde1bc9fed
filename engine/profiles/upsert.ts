import type { Tx } from '../store';
import type { SegmentTracker } from '../segments';
import { applyAttributes, type AttributeChange } from './attributes';
import type { Catalog } from './catalog';
import type { IdentityOptions } from './identity';
import { lockProfiles } from './lock';
import { readPerson } from './person';
import { resolveProfiles, type IdentitySet } from './resolve';
import type { ProfileInput, UpsertOptions, UpsertReport } from './types';

/** People a transaction: large enough that statements are shared, small enough that others get their turn. */
export const BATCH = 500;

/** Finds or makes the people of one batch, sets their attributes and moves their segments; one transaction, constant statements. */
export async function upsertIn(
	tx: Tx,
	parts: { segments: SegmentTracker; catalog: Catalog },
	batch: readonly ProfileInput[],
	options: UpsertOptions & IdentityOptions,
): Promise<UpsertReport> {
	const report: UpsertReport = { created: 0, updated: 0, profiles: batch.map(() => null), rejected: [] };
	const sets: IdentitySet[] = [];
	const rows: Array<{ index: number; attributes: ProfileInput['attributes'] | null }> = [];
	batch.forEach((input, index) => {
		const person = readPerson({ profileId: input.profileId, identities: input.identities ?? [], attributes: input.attributes }, options, true);
		if (!person.ok) return void report.rejected.push({ index, reason: person.reason });
		sets.push(person.set);
		rows.push({ index, attributes: person.attributes });
	});
	if (sets.length === 0) return report;

	const resolved = await resolveProfiles(tx, sets, { create: true, test: options.test ?? false });
	const touched = new Set<number>();
	const changes: AttributeChange[] = [];
	const catalog = parts.catalog.look();
	rows.forEach(({ index, attributes }, n) => {
		const profile = resolved.profiles[n] ?? null;
		if (profile === null) return void report.rejected.push({ index, reason: 'No profile has this profile id.' });
		report.profiles[index] = profile;
		touched.add(profile);
		if (attributes === null || attributes === undefined) return;
		changes.push({ profile, attributes });
		catalog.attributes(attributes);
	});
	await lockProfiles(tx, [...touched]);
	const changed = await applyAttributes(tx, changes);
	await catalog.write(tx);
	await parts.segments.refresh(tx, {
		created: resolved.created,
		events: new Map(),
		attributes: changed.names,
		historical: options.historical ?? false,
	});
	report.created = resolved.created.size;
	report.updated = touched.size - resolved.created.size;
	return report;
}
