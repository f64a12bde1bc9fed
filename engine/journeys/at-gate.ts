import { sql } from 'kysely';

import type { Tx } from '../store';

export interface AtGate {
	id: string;
	workflow: string;
	step: string;
}

/**
 * Which of these tokens stand at a gate (Journey Any Channel) and have not left it by Done: nothing after the gate has run for them, whatever became of
 * their message. So they come again when their execution ends; whoever was out is known by the message, and is not given out a second time.
 */
export async function stillAtGate(tx: Tx, tokens: readonly string[]): Promise<AtGate[]> {
	if (tokens.length === 0) return [];
	const { anyOf, jsonText } = tx.dialect;
	return await tx.all<AtGate>(sql<AtGate>`select t.id, s.workflow, s.step from token t join step s on s.place = t.place join memo m on m.token = t.id and m.step = s.step and m.trail = t.trail
		where ${anyOf(sql`t.id`, tokens)} and m.kind = 'gate' and ${jsonText(sql`m.value`, ['left'])} is null and ${jsonText(sql`m.value`, ['parked'])} is null`);
}
