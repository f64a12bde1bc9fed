import { sql } from 'kysely';

import { EngineError } from '../../kernel';
import type { Dialect } from '../dialect';
import type { Query } from '../store';
import { profiles } from './0001-profiles';
import { journeys } from './0002-journeys';
import { messages } from './0003-messages';
import { identity } from './0004-identity';
import { privacy } from './0005-privacy';
import { segments } from './0006-segments';
import { events } from './0007-events';
import { scores } from './0008-scores';
import { consent } from './0009-consent';
import { settings } from './0010-settings';
import { apart } from './0011-apart';
import { importPreferences } from './0012-import-preferences';
import { stepRules } from './0013-step-rules';
import { scoreBuilds } from './0014-score-builds';
import { consentAddress } from './0015-consent-address';
import { members } from './0016-members';
import { accountChanges } from './0017-account-changes';
import { saidAgain } from './0018-said-again';
import { goneAccounts } from './0019-gone-accounts';
import { eventFloors } from './0020-event-floors';
import { undoneImports } from './0021-undone-imports';
import { experiments } from './0022-experiments';
import { admission } from './0023-admission';
import { exits } from './0024-exits';
import { joins } from './0025-joins';
import { waits } from './0026-waits';
import { entries } from './0027-entries';
import { control } from './0028-control';
import { lastOpens } from './0029-last-opens';
import { consentProof } from './0030-consent-proof';
import { alerts } from './0031-alerts';
import { groupCatalog } from './0032-group-catalog';
import { executions } from './0033-executions';
import { provedImports } from './0034-proved-imports';
import { places } from './0035-places';
import { sentInRun } from './0036-sent-in-run';
import { leaseExpiry } from './0037-lease-expiry';
import { lateChanges } from './0039-late-changes';
import { foreignWaits } from './0040-foreign-waits';
import { figuresAndDrawings } from './0041-figures-and-drawings';
import { deliveryReports } from './0042-delivery-reports';
import { mailFiles } from './0044-mail-files';
import { visits } from './0046-visits';
import { serviceWindows } from './0047-service-windows';
import { webPush } from './0049-web-push';
import { onSite } from './0051-onsite';
import { templates } from './0053-templates';
import { madeOf } from './0054-made-of';
import { images } from './0055-images';
import { coupons } from './0056-coupons';
import { products } from './0057-products';
import { suppressedWhose } from './0058-suppressed-whose';
import { provenDevices } from './0059-proven-devices';
import { signUpsAndReceipts } from './0060-sign-ups-and-receipts';
import { channelChoices } from './0061-channel-choices';
import { variants } from './0063-variants';
import { toldReports } from './0067-told-reports';
import { couponBack } from './0071-coupon-back';
import { templatesOfSteps } from './0072-templates-of-steps';
import { costOfMessages } from './0073-cost-of-messages';
import { sentTo } from './0074-sent-to';
import { attempts } from './0075-attempts';
import type { Migration } from './migration';

const MIGRATIONS: readonly Migration[] = [profiles, journeys, messages, identity, privacy, segments, events, scores, consent, settings, apart, importPreferences, stepRules, scoreBuilds, consentAddress, members, accountChanges, saidAgain, goneAccounts, eventFloors, undoneImports, experiments, admission, exits, joins, waits, entries, control, lastOpens, consentProof, alerts, groupCatalog, executions, provedImports, places, sentInRun, leaseExpiry, lateChanges, foreignWaits, figuresAndDrawings, deliveryReports, mailFiles, visits, serviceWindows, webPush, onSite, templates, madeOf, images, coupons, products, suppressedWhose, provenDevices, signUpsAndReceipts, channelChoices, variants, toldReports, couponBack, templatesOfSteps, costOfMessages, sentTo, attempts];

export interface MigrationRun {
	dialect: Dialect;
	nowMs: number;
	all<Row>(query: Query<Row>): Promise<Row[]>;
	exec(text: string): Promise<void>;
}

/**
 * Brings the schema up to date inside the caller's transaction; answers with its version.
 * Throws DATABASE_NEWER when a newer engine has made a breaking change.
 */
export async function migrate(run: MigrationRun): Promise<number> {
	const { types } = run.dialect;
	await run.exec(`create table if not exists schema_version (version ${types.int} primary key, breaking ${types.int} not null, applied_at ${types.int} not null)`);
	const applied = await run.all<{ version: number; breaking: number }>(
		sql<{ version: number; breaking: number }>`select version, breaking from schema_version order by version`,
	);
	const newest = MIGRATIONS.at(-1)?.version ?? 0;
	const unknown = applied.find((row) => row.version > newest && row.breaking === 1);
	if (unknown !== undefined) {
		throw new EngineError(
			'DATABASE_NEWER',
			`This journeys database has schema ${unknown.version}; this version of n8n-nodes-journeys knows up to ${newest}. Install the newer version of the package again, or restore a backup made before the update.`,
			{ schema: unknown.version, known: newest },
		);
	}
	const done = new Set(applied.map((row) => row.version));
	for (const migration of MIGRATIONS) {
		if (done.has(migration.version)) continue;
		for (const statement of migration.statements(types)) await run.exec(statement);
		await run.all(
			sql`insert into schema_version (version, breaking, applied_at) values (${migration.version}, ${migration.breaking ? 1 : 0}, ${run.nowMs})`,
		);
	}
	return Math.max(newest, ...applied.map((row) => row.version));
}
