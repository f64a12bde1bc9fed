import { sql, type RawBuilder } from 'kysely';

import { EngineError } from '../../kernel';
import { currentProfiles } from '../../profiles';
import type { Reader } from '../../store';
import { placesOf } from '../place';
import type { PeopleReach } from '../types';

/** Rows of `token t` that are meant. A name may stand for several steps that the engine has seen under it. */
export async function reachSql(reader: Reader, { workflow, step, people }: PeopleReach): Promise<RawBuilder<boolean>> {
	const conditions = [sql<boolean>`t.place in ${placesOf(workflow)}`];
	if (step !== undefined) {
		const rows = await reader.all<{ place: string }>(sql<{ place: string }>`select place from step where workflow = ${workflow} and (step = ${step} or name = ${step})`);
		if (rows.length === 0) throw new EngineError('NOT_FOUND', `The engine knows no step "${step.slice(0, 100)}" of this workflow. Choose one from the list, or check its name.`);
		conditions.push(reader.dialect.anyOf(sql`t.place`, rows.map(({ place }) => place)));
	}
	if (people !== undefined) {
		if (people.some((id) => !Number.isSafeInteger(id))) throw new EngineError('BAD_INPUT', 'A profile id is a whole number. Nothing was changed.');
		// By way of the enrollments, which have an index by person; tokens have none.
		const profiles = [...new Set((await currentProfiles(reader, people)).values())];
		conditions.push(sql<boolean>`t.enrollment in (select e.id from enrollment e where ${reader.dialect.anyOf(sql`e.profile`, profiles)} and e.state = 'active')`);
	}
	return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}
