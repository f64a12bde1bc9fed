import type { Reader, Tx } from '../store';
import { readSetting, writeSetting } from './rows';

/** Workflows whose collector was last published with a secret to prove user ids with. The secret itself is nowhere stored. */
const PROVING = 'user-proof';

/** Whether any collector can tell who proved a user id. One statement. */
export async function provesUsers(reader: Reader): Promise<boolean> {
	return ((await readSetting<{ workflows: string[] }>(reader, PROVING))?.workflows ?? []).length > 0;
}

/**
 * A collector that is taken away keeps its mark until another is published: publishing one anew takes it away for a moment, in which devices that nobody proved would be sent to.
 * `there`: all collectors, this one among them.
 */
export async function noteProving(tx: Tx, workflow: string, proves: boolean, there: readonly string[]): Promise<void> {
	const before = (await readSetting<{ workflows: string[] }>(tx, PROVING))?.workflows ?? [];
	const now = [...before.filter((one) => one !== workflow && there.includes(one)), ...(proves ? [workflow] : [])];
	if (now.length > 0 || before.length > 0) await writeSetting(tx, PROVING, { workflows: now });
}
