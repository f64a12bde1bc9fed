import { sql } from 'kysely';

import type { Reader } from '../../../engine/store';
import { DATABASES } from '../databases';
import { personColumns } from '../profiles/person-columns';
import { openEngine } from '../transfer/fixture';

/** Tables that say nothing of a person which another one does not say: appointments, and ids that led to somebody else's. */
const NOTHING_TO_TELL = new Set(['segment_recheck', 'stage_recheck', 'profile_alias', 'profile_apart']);

/** Why columns of the other tables are not in the copy. */
const REASONS: ReadonlyArray<[reason: string, ...columns: string[]]> = [
	['told as yes or no', 'web_push_subscription.proven', 'assignment.outcome', 'do_not_sell.active', 'enrollment.holdout', 'event.historical', 'import_consent.proved', 'import_person.created', 'import_person.merged', 'onsite_message.any_browser', 'onsite_message.open', 'onsite_message.recall'],
	['whether an import alone said so, which its undoing asks; who said it is told as the source', 'consent.by_import', 'do_not_sell.by_import', 'preference.by_import',
		'import_consent.before_by_import', 'import_do_not_sell.made', 'import_event.said', 'import_preference.before_by_import', 'import_suppression.made'],
	['hashes of values, by which undoing sees whether one is still the same; the names are told', 'import_person.after'],
	['numbers and hashes by which rows find each other; the rows they lead to are told', 'assignment.person', 'assignment.run', 'consent_request.id', 'channel_choice.id', 'channel_choice.out_trail', 'coupon.code_key', 'coupon.enrollment', 'coupon.id', 'coupon.message', 'broadcast_person.occurs_at', 'enroll_request.enrollment', 'enroll_request.id', 'enroll_request.nth', 'enrollment.entry_event', 'goal.event', 'goal.id', 'import_event.event', 'message.item_key', 'message.sent_to', 'message.template', 'message.token', 'message.trail',
		'profile_merge.event_no_offset', 'refusal.event', 'token.id', 'token.outcome_event', 'token.parent', 'token.trail', 'token.awaits_rule', 'token.join_round', 'token.rounds', 'token.watch', 'token.watch_from', 'token.since_no'],
	['what a message cost whoever sent it; how long it was is told', 'message.cost'],
	['the journey is told by its enrollment or by the workflow', 'goal.journey', 'message.journey', 'token.journey'],
	['who works on the row, how often and until when', 'enrollment.open_tokens', 'message.attempt_nonce', 'message.attempt_until', 'token.called', 'token.epoch', 'token.failures', 'token.hop', 'token.last_step',
		'token.lease_until', 'token.lone', 'token.nonce', 'token.since_at', 'token.watch_at', 'score.due_at', 'score.version'],
	['how the row gets to its trigger; the event, with its times, is told', 'collected_event.at', 'collected_event.batch', 'collected_event.bytes', 'collected_event.workflow'],
	['a hash of the endpoint, which is told, and the secrets that messages to the browser are encrypted with', 'web_push_subscription.auth', 'web_push_subscription.id', 'web_push_subscription.p256dh'],
	['of the pool, before anybody had the code', 'coupon.added_at'],
	['the end of a number of ours', 'message.sent_from'],
	['which of two codes of a merged person messages go on to show', 'coupon.shown'],
	['how fast the clock of a test person runs', 'enrollment.time_scale'],
	['told in words: the steps that were passed', 'enrollment.way'],
	['when the engine looks at the row again; the time that is meant is told', 'date_entry.due_at', 'token.late_after', 'token.leg_at'],
];

/** Columns by which rows find each other. */
const LINKS: Readonly<Record<string, number | string>> = { segment: 71, account: 72, import: 'imp', execution: 73, pool: 74, left_out: '["zz-left-out"]' };

interface Column {
	name: string;
	type: string;
}

async function columnsOf(reader: Reader, table: string): Promise<Column[]> {
	return reader.dialect.name === 'sqlite'
		? await reader.all(sql<Column>`select name, type from pragma_table_info(${table})`)
		: await reader.all(sql<Column>`select column_name as name, data_type as type from information_schema.columns where table_schema = current_schema() and table_name = ${table}`);
}

/** SQLite keeps JSON as text: known by name. */
const JSON_COLUMNS = new Set(['attributes', 'properties', 'detail', 'payload', 'before', 'after', 'identities', 'seen', 'undo', 'left_out', 'chances', 'wish', 'merges', 'said', 'parts', 'entered_by', 'proof', 'before_proof', 'left_channels', 'tried']);
/** Text on PostgreSQL too. */
const JSON_TEXT = new Set(['score_change.why', 'collected_event.event', 'onsite_message.content', 'onsite_message.rules']);
const PLAIN = new Set(['import_consent.before', 'import_do_not_sell.before', 'import_event.said']);

describe.each(DATABASES)('the export of a person on %s', (kind) => {
	it('holds every column of every table that holds something of them, or there is a reason', async () => {
		const { engine, close } = await openEngine(kind);
		const { profiles } = await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'zz-identity' }], attributes: { zz: 'zz-profile' } }], { source: 'test' });
		const profile = Number(profiles[0]);
		const tables = [...new Set((await engine.store.read((reader) => personColumns(reader))).map(({ table }) => table))].filter((table) => !['profile', 'identity'].includes(table) && !NOTHING_TO_TELL.has(table));
		/** What was put into each column: as it is, or, for a number, as the time it may be. */
		const marks = new Map<string, string[]>();
		let next = 1_000_000_000_000;
		const valueOf = ({ name, type }: Column, table: string): unknown => {
			const column = `${table}.${name}`;
			if (name === 'profile' || name === 'into_profile') return profile;
			if (Object.hasOwn(LINKS, name)) return LINKS[name];
			if (column === 'score.model') return 'zz-model';
			const text = `zz:${column}:`;
			if (table === 'import_preference' && JSON_COLUMNS.has(name)) {
				next += 1_000_001;
				marks.set(column, [new Date(next).toISOString()]);
				return JSON.stringify({ max_per_week: 2, paused_until: next });
			}
			if ((JSON_COLUMNS.has(name) && !PLAIN.has(column)) || type === 'jsonb' || JSON_TEXT.has(column)) {
				marks.set(column, [text]);
				if (name === 'parts') return JSON.stringify([[text, 1]]);
				if (name === 'merges' || name === 'left_channels') return JSON.stringify([text]);
				if (name === 'tried') return JSON.stringify([{ channel: text, reason: text }]);
				return JSON.stringify(name === 'undo' ? { profile: { profile: { attributes: { zz: text } } } } : name === 'identities' || column === 'import_person.said' ? [{ kind: 'zz', value: text }] : { zz: text });
			}
			if (type.toLowerCase() === 'text') {
				marks.set(column, [text]);
				return text;
			}
			next += 1_000_001;
			marks.set(column, [String(next), new Date(next).toISOString()]);
			// Not due: the score is told as it is stored.
			return column === 'score.due_at' ? 9_000_000_000_000 : next;
		};
		await engine.scores.saveModel({ name: 'zz-model', rules: [{ name: 'Pro', group: 'fit', when: { attribute: 'plan', operator: 'equals', value: 'pro' }, points: 1 }] });
		await engine.store.tx('fill', async (tx) => {
			await tx.run(sql`insert into segment (id, name, kind, rule, created_at, updated_at) values (71, 'zz-segment', 'rule', '{}', 0, 0)`);
			await tx.run(sql`insert into account (id, key, attributes, created_at, updated_at) values (72, 'zz-account', '{}', 0, 0)`);
			await tx.run(sql`insert into import (id, about, source, dry_run, state, report, line, started_at, touched_at) values ('imp', 'profiles', 'zz-import', 0, 'done', '{}', 0, 0, 0)`);
			await tx.run(sql`insert into execution (id, workflow, execution, many, carries, first_at, last_at) values (73, 'zz-workflow', 'zz-execution', 0, 0, 0, 0)`);
			await tx.run(sql`insert into coupon_pool (id, name, low_at, created_at, updated_at) values (74, 'zz-pool', 0, 0, 0)`);
			await tx.run(sql`delete from score`);
			for (const table of tables) {
				const columns = (await columnsOf(tx, table)).filter(({ name }) => !(name === 'id' && ['audit', 'event', 'enrollment', 'consent_history', 'segment_change', 'score_change', 'profile_merge', 'assignment', 'collected_event'].includes(table)));
				await tx.run(sql`insert into ${sql.table(table)} (${sql.join(columns.map(({ name }) => sql.ref(name)))}) values (${sql.join(columns.map((column) => sql`${valueOf(column, table)}`))})`);
			}
		});

		const text = JSON.stringify(await engine.privacy.exportPerson({ profileId: profile }, { source: 'test' }));

		expect(tables.length).toBeGreaterThan(20);
		expect(['zz-segment', 'zz-account', 'zz-import', 'zz-execution', 'zz-pool', 'zz-left-out'].filter((link) => !text.includes(link))).toEqual([]);
		const untold = [...marks].filter(([, values]) => !values.some((value) => text.includes(value))).map(([column]) => column);
		expect(untold.sort()).toEqual(REASONS.flatMap(([, ...columns]) => columns).sort());
		await close();
	});
});
