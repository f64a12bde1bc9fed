import { sql } from 'kysely';

import { lastEventNoSql } from '../../../engine/profiles';
import type { Reader } from '../../../engine/store';
import { personColumns } from './person-columns';

/** Rows that name a profile which is none: 0 is nobody (erased), the audit log and the history remember ids that are gone. */
const MAY_NAME_GONE = new Set(['profile.id', 'profile_alias.id', 'profile_merge.into_profile', 'profile_merge.from_profile', 'profile_apart.one_profile', 'profile_apart.other_profile', 'audit.profile', 'import_person.profile']);

/** What must hold after every change of who is who: the rows that break it, by rule. */
export async function brokenInvariants(reader: Reader): Promise<Record<string, object[]>> {
	const found: Record<string, object[]> = {
		'one user id a profile': await reader.all<object>(sql<object>`select profile from identity where kind = 'user_id' group by profile having count(*) > 1`),
		'somebody for every identity': await reader.all<object>(sql<object>`select kind, value from identity i where not exists (select 1 from profile p where p.id = i.profile)`),
		'an identity for everybody': await reader.all<object>(sql<object>`select p.id from profile p where not exists (select 1 from identity i where i.profile = p.id)`),
		'event numbers without gaps': await reader.all<object>(sql<object>`select p.id, p.event_no, count(e.id) as events, max(e.event_no) as newest from profile p left join event e on e.profile = p.id
			group by p.id, p.event_no having coalesce(max(e.event_no), 0) <> count(e.id) or coalesce(min(e.event_no), 1) <> 1 or p.event_no > count(e.id)`),
		'aliases lead to profiles at once': await reader.all<object>(sql<object>`select a.id, a.profile from profile_alias a where a.profile is not null and not exists (select 1 from profile p where p.id = a.profile)`),
		'no alias is a profile': await reader.all<object>(sql<object>`select a.id from profile_alias a join profile p on p.id = a.id`),
		'tokens with their enrollment': await reader.all<object>(sql<object>`select t.id from token t join enrollment e on e.id = t.enrollment where t.profile <> e.profile`),
		'numbers of tokens within those of events': await reader.all<object>(sql<object>`select t.id, t.watch_from, t.since_no, ${lastEventNoSql('p')} as last from token t join profile p on p.id = t.profile
			where t.watch_from > ${lastEventNoSql('p')} or t.since_no > ${lastEventNoSql('p')} or t.watch_from < 0 or t.since_no < 0`),
		'pairs apart in both directions': await reader.all<object>(sql<object>`select a.one_profile, a.other_profile from profile_apart a
			where not exists (select 1 from profile_apart b where b.one_profile = a.other_profile and b.other_profile = a.one_profile) or a.one_profile = a.other_profile`),
		'merged events within those of the person': await reader.all<object>(sql<object>`select m.enrollment, m.above, m.upto, ${lastEventNoSql('p')} as last from merged_events m
			join enrollment e on e.id = m.enrollment and e.state = 'active' join profile p on p.id = e.profile where m.above < 0 or m.upto <= m.above or m.upto > ${lastEventNoSql('p')}`),
	};
	for (const { table, column } of await personColumns(reader)) {
		if (MAY_NAME_GONE.has(`${table}.${column}`)) continue;
		found[`no orphan in ${table}.${column}`] = await reader.all<object>(sql<object>`select ${sql.ref(column)} as profile from ${sql.table(table)} t
			where ${sql.ref(column)} is not null and ${sql.ref(column)} <> 0 and not exists (select 1 from profile p where p.id = t.${sql.ref(column)})`);
	}
	return Object.fromEntries(Object.entries(found).filter(([, rows]) => rows.length > 0));
}
