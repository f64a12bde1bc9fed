import { DatabaseSync } from 'node:sqlite';

import { PRAGMAS } from '../../engine/store/sqlite/pragmas';
import { attributesOf, emailOf } from './rows';

/** People a second when their rows alone are inserted, with an e-mail address each, `batch` a transaction, into a database with the engine's schema. */
export function rawPeople(file: string, people: number, batch: number): number {
	const database = new DatabaseSync(file);
	database.exec(PRAGMAS);
	const profile = database.prepare('insert into profile (id, created_at, updated_at, attributes) values (?, ?, ?, ?)');
	const identity = database.prepare("insert into identity (kind, value, profile, created_at) values ('email', ?, ?, ?)");
	const nowMs = Math.round(performance.timeOrigin + performance.now());
	const startedMs = performance.now();
	for (let from = 0; from < people; from += batch) {
		database.exec('begin immediate');
		for (let n = from; n < Math.min(people, from + batch); n += 1) {
			profile.run(n + 1, nowMs, nowMs, JSON.stringify({ email: emailOf(n), ...attributesOf(n) }));
			identity.run(emailOf(n), n + 1, nowMs);
		}
		database.exec('commit');
	}
	const speed = people / ((performance.now() - startedMs) / 1000);
	database.close();
	return speed;
}
