import type { Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import type { Tx } from '../store';
import type { SegmentTracker } from '../segments';
import type { AttributeOperation } from './attribute-operations';
import { coerceAll, declaredTypes } from './attribute-types';
import { applyAttributes, type AttributeChange } from './attributes';
import type { Catalog } from './catalog';
import type { IdentityOptions } from './identity';
import { leftInWords } from './left';
import type { Merging } from './merge';
import { readPerson } from './person';
import { resolveProfiles, type IdentitySet } from './resolve';
import { admitOnce } from './set-once';
import type { SaidListener } from './said';
import { setTest } from './test-people';
import type { ProfileInput, UpsertOptions, UpsertReport } from './types';

/** People a transaction: large enough that statements are shared, small enough that others get their turn. */
export const BATCH = 500;

/** As UpsertOptions, for the engine's own domains. */
export interface UpsertInOptions extends UpsertOptions {
	/** Of a row's attributes as JSON. Default 32 KB. */
	largestBytes?: number;
	/**
	 * Stores what else the caller knows of the people of the batch (by index; null where refused), who are locked, before segments look at
	 * them for the first time. Answers with whose consent that changed.
	 */
	beforeSegments?: (profiles: ReadonlyArray<number | null>) => Promise<ReadonlySet<number>>;
}

/** What a batch did within its transaction. */
export interface UpsertedIn extends UpsertReport {
	/** Those made just now. */
	createdIds: ReadonlySet<number>;
}

export interface UpsertParts {
	segments: SegmentTracker;
	catalog: Catalog;
	/** Absent: nobody is merged. */
	merging?: Merging;
	/** Ends what people run on a virtual clock. */
	endVirtual?: (tx: Tx, profiles: readonly number[]) => Promise<unknown>;
	/** Told what each row says, also where it changes nothing. */
	said?: SaidListener;
}

/** Finds, makes or merges the people of one batch, changes their attributes and moves their segments; one transaction, constant statements. */
export async function upsertIn(
	tx: Tx,
	parts: UpsertParts,
	batch: readonly ProfileInput[],
	options: UpsertInOptions & IdentityOptions,
): Promise<UpsertedIn> {
	const report: UpsertedIn = { created: 0, updated: 0, profiles: batch.map(() => null), rejected: [], createdIds: new Set() };
	const rows = await readRows(tx, batch, options, report);
	if (rows.length === 0) return report;

	const resolved = await resolveProfiles(tx, rows.map(({ set }) => set), {
		create: true, test: options.setTest ?? options.test ?? false, identity: options, source: options.source, ...(parts.merging === undefined ? {} : { merging: parts.merging }),
	});
	if (resolved.left.length > 0) report.left = leftInWords(resolved.left, (n) => rows[n]?.index ?? 0, options);
	const touched = new Set<number>();
	const changes: Array<AttributeChange & { index: number }> = [];
	const catalog = parts.catalog.look();
	rows.forEach(({ index, attributes, operations }, n) => {
		const profile = resolved.profiles[n] ?? null;
		if (profile === null) return void report.rejected.push({ index, reason: 'No profile has this profile id.' });
		report.profiles[index] = profile;
		touched.add(profile);
		if (attributes === null && operations.length === 0) return;
		changes.push({ index, profile, attributes: attributes ?? {}, operations });
		catalog.attributes(attributes ?? {});
		for (const { attribute, value } of operations) if (value !== undefined) catalog.attributes({ [attribute]: value });
	});
	const types = changes.some(({ operations = [] }) => operations.length > 0) ? await declaredTypes(tx) : undefined;
	const changed = await applyAttributes(tx, changes, types);
	for (const { index, reason } of changed.refused) report.rejected.push({ index: changes[index]?.index ?? 0, reason });
	if (changed.left.length > 0) report.left = [...(report.left ?? []), ...changed.left.map(({ index, reason }) => ({ index: changes[index]?.index ?? 0, kind: 'attribute', reason }))];
	if (options.setTest !== undefined) {
		const refused = new Set(report.rejected.map(({ index }) => index));
		const flagged = await setTest(tx, rows.flatMap(({ index }) => (refused.has(index) ? [] : (report.profiles[index] ?? []))), options.setTest);
		if (!options.setTest) await parts.endVirtual?.(tx, flagged);
	}
	await parts.said?.(tx, rows.flatMap(({ index, set, attributes }) => {
		const profile = report.profiles[index] ?? null;
		return profile === null || resolved.created.has(profile) ? [] : [{ profile, identities: set.identities, attributes: attributes ?? {} }];
	}));
	await catalog.write(tx);
	const consents = (await options.beforeSegments?.(report.profiles)) ?? new Set<number>();
	await parts.segments.refresh(tx, {
		created: resolved.created,
		events: new Map(),
		attributes: changed.names,
		steps: changed.steps,
		...(resolved.merged.size > 0 ? { looked: resolved.merged } : {}),
		...(consents.size > 0 ? { consents } : {}),
		historical: options.historical ?? false,
	});
	report.created = resolved.created.size;
	report.createdIds = resolved.created;
	report.updated = touched.size - [...resolved.created].filter((id) => touched.has(id)).length;
	return report;
}

interface Row {
	index: number;
	set: IdentitySet;
	attributes: JsonObject | null;
	operations: AttributeOperation[];
	once: Identity[];
}

/** Rows that can be taken; the others go into the report. */
async function readRows(tx: Tx, batch: readonly ProfileInput[], options: UpsertInOptions & IdentityOptions, report: UpsertedIn): Promise<Row[]> {
	const types = batch.some(({ attributes }) => attributes !== undefined && attributes !== null) ? await declaredTypes(tx) : new Map<string, never>();
	const rows: Row[] = [];
	batch.forEach((input, index) => {
		const person = readPerson({ profileId: input.profileId, identities: input.identities ?? [], attributes: input.attributes, operations: input.operations }, options, true, options.largestBytes);
		if (!person.ok) return void report.rejected.push({ index, reason: person.reason });
		const coerced = person.attributes === null ? null : coerceAll(person.attributes, types);
		const [refused] = coerced?.refused ?? [];
		if (refused !== undefined) return void report.rejected.push({ index, reason: refused.reason });
		rows.push({ index, set: person.set, attributes: coerced?.attributes ?? null, operations: person.operations, once: person.once });
	});
	await admitOnce(tx, rows);
	return rows;
}
