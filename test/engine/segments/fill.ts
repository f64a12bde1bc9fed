import { sql } from 'kysely';

import type { Store } from '../../../engine/store';
import { lastOpen, type Person } from './naive';

const TABLES = ['profile', 'event', 'segment_member', 'segment_recheck', 'segment_change', 'consent', 'message', 'score', 'stage', 'account', 'account_member', 'do_not_sell'];

/** Writes people straight into the tables, instead of everybody who is there; gives them ids. */
export async function fill(store: Store, people: Person[]): Promise<Person[]> {
	people.forEach((person, n) => (person.id = n * 3 + 1));
	await store.tx('fill', async (tx) => {
		for (const table of TABLES) await tx.run(sql`delete from ${sql.table(table)}`);
		const insert = async (table: string, columns: Record<string, 'text' | 'integer' | 'real' | 'json'>, rows: object[]): Promise<void> => {
			if (rows.length === 0) return;
			const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
			await tx.run(sql`insert into ${sql.table(table)} (${names}) select ${names} from ${tx.dialect.rows(rows, columns, 'r')}`);
		};
		await insert('profile', { id: 'integer', created_at: 'integer', updated_at: 'integer', attributes: 'json' }, people.map(({ id, attributes }) => ({ id, created_at: 0, updated_at: 0, attributes })));
		await insert(
			'event', { profile: 'integer', event_no: 'integer', name: 'text', source: 'text', occurred_at: 'integer', received_at: 'integer', properties: 'json', enrollment: 'integer' },
			people.flatMap(({ id, events }) => events.map((event, n) => ({ profile: id, event_no: n + 1, name: event.name, source: 't', occurred_at: event.atMs, received_at: event.atMs, properties: event.properties, enrollment: event.enrollment }))),
		);
		const lists = await tx.all<{ id: number; name: string }>(sql<{ id: number; name: string }>`select id, name from segment where kind = 'list'`);
		await insert(
			'segment_member', { segment: 'integer', profile: 'integer', entered_at: 'integer' },
			people.flatMap(({ id, lists: names }) => lists.filter(({ name }) => names.includes(name)).map((list) => ({ segment: list.id, profile: id, entered_at: 0 }))),
		);
		await insert(
			'consent', { profile: 'integer', channel: 'text', topic: 'text', state: 'text', source: 'text', changed_at: 'integer' },
			people.flatMap(({ id, consents }) => consents.map((consent) => ({ profile: id, ...consent, source: 't', changed_at: 0 }))),
		);
		// Half of those who did not ask have asked once and taken it back.
		await insert(
			'do_not_sell', { profile: 'integer', active: 'integer', source: 'text', changed_at: 'integer' },
			people.flatMap(({ id, doNotSell }, n) => (doNotSell || n % 2 === 0 ? [{ profile: id, active: doNotSell ? 1 : 0, source: 't', changed_at: 0 }] : [])),
		);
		await insert(
			'message',
			{
				id: 'text', token: 'text', step: 'text', trail: 'text', item_key: 'text', workflow: 'text', profile: 'integer', channel: 'text', purpose: 'text', topic: 'text', state: 'text',
				reserved_at: 'integer', attempted_at: 'integer', ended_at: 'integer', opened_at: 'integer', last_opened_at: 'integer', clicked_at: 'integer', unsubscribed_at: 'integer', delivered_at: 'integer',
				bounced_at: 'integer', complained_at: 'integer', replied_at: 'integer', guard: 'text', enrollment: 'integer',
			},
			people.flatMap(({ id, messages }) => messages.map((message, n) => ({
				id: `m${id} ${n}`, token: '', step: message.step, trail: `${id} ${n}`, item_key: '', workflow: message.workflow, profile: id, channel: message.channel, purpose: 'marketing', topic: '', state: message.state,
				reserved_at: message.atMs, attempted_at: message.state === 'skipped' ? null : message.atMs, ended_at: message.atMs, opened_at: message.openedMs, clicked_at: message.clickedMs,
				last_opened_at: lastOpen(message),
				unsubscribed_at: message.unsubscribedMs, delivered_at: message.deliveredMs, bounced_at: message.bouncedMs, complained_at: message.complainedMs, replied_at: message.repliedMs, guard: message.guard, enrollment: message.enrollment,
			}))),
		);
		await insert(
			'score', { profile: 'integer', model: 'text', value: 'real', fit: 'real', engagement: 'real', grade: 'text', bucket: 'text', updated_at: 'integer', parts: 'text' },
			people.flatMap(({ id, scores }) => scores.map((score) => ({ profile: id, ...score, fit: 0, engagement: 0, updated_at: 0, parts: '[]' }))),
		);
		await insert('stage', { profile: 'integer', stage: 'text', since: 'integer' }, people.flatMap(({ id, stage }) => (stage === null ? [] : [{ profile: id, stage, since: 0 }])));
		const accounts = people.flatMap(({ id, groups }) => groups.map((attributes, n) => ({ id: id * 10 + n, key: `${id} ${n}`, attributes, created_at: 0, updated_at: 0, profile: id })));
		await insert('account', { id: 'integer', key: 'text', attributes: 'json', created_at: 'integer', updated_at: 'integer' }, accounts);
		await insert('account_member', { account: 'integer', profile: 'integer', joined_at: 'integer' }, accounts.map(({ id, profile }) => ({ account: id, profile, joined_at: 0 })));
	});
	return people;
}
