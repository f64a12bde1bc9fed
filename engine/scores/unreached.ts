import { sql } from 'kysely';

import type { Reader } from '../store';

/** A build under way: people after `cursor` and up to `last_id` have still what a version before `version` made of them. */
export interface Build {
	name: string;
	cursor: number;
	last_id: number;
	version: number;
}

/** All builds under way, by what is built; removals (remove.ts) are none. */
export async function readBuilds(reader: Reader): Promise<Map<string, Build>> {
	return new Map((await reader.all(sql<Build>`select name, cursor, last_id, version from score_build where cause = 'model'`)).map((build) => [build.name, build]));
}

/**
 * Whether what is found out about this person now may come of the new version alone. Then it starts no journey: a lower limit for
 * hot would else write to whoever of those between the two limits happens to do anything while the build is on its way, and to nobody
 * after it. `writtenBy`: the version their score was last written by; null: not scored yet.
 */
export function isUnreached(build: Build | undefined, profile: number, writtenBy: number | null): boolean {
	return build !== undefined && profile > build.cursor && profile <= build.last_id && (writtenBy ?? -1) < build.version;
}
