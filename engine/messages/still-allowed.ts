import { sql } from 'kysely';

import { consentReasonSql, suppressedOf } from '../consent';
import { isOfDevices } from '../devices';
import { ownAddresses, ownOn } from './addressed';
import type { Addressed } from './guards';
import type { MessagesDeps } from './index';
import type { LedgerRequest } from './types';

/**
 * stillAllowed for the turns of one attempt. `people`: those whose turn is still to come, of whom fewer are left each time. Asked in full only when somebody has written since the last
 * answer: between two turns of a fast service nobody has, and the same would be asked for the same.
 */
export function stillAllowing(deps: Pick<MessagesDeps, 'store' | 'settings'>, request: LedgerRequest, nonce: string): (people: readonly Addressed[]) => Promise<ReadonlySet<string>> {
	let last: { state: number; allowed: ReadonlySet<string> } | undefined;
	return async (people) => {
		// Before it is read, so that what is written meanwhile is asked about the next time.
		const state = deps.store.state();
		if (state !== null && state === last?.state) return last.allowed;
		const allowed = await stillAllowed(deps, request, nonce, people);
		last = state === null ? undefined : { state, allowed };
		return allowed;
	};
}

/**
 * Which of these messages of an attempt may still be begun, as what the person, the journey or an operator has said since stands now: consent, suppression, the stop of all
 * sending, the way out of the journey. For those who do not begin at once: the attempt's own transaction has asked all guards.
 * The list is asked as the guards ask it: a bounce keeps back from its address, a complaint or a block at any of theirs from all of them.
 * A few statements for any number, nothing is locked; whoever may not is asked of all guards anew.
 */
async function stillAllowed({ store, settings }: Pick<MessagesDeps, 'store' | 'settings'>, { channel, purpose }: LedgerRequest, nonce: string, people: readonly Addressed[]): Promise<Set<string>> {
	return await store.read(async (reader) => {
		if ((await settings.stopSwitch(reader)).stopped) return new Set();
		const addresses = ({ to, devices = [] }: Addressed): string[] => [to, ...devices.map(({ address }) => address)].filter((address) => address !== '');
		const asked = people.map(({ work: { message, visit } }) => ({ id: message, token: visit?.token.id ?? null, epoch: visit?.token.epoch ?? null }));
		const rows = await reader.all(sql<{ id: string; profile: number }>`select m.id, m.profile from ${reader.dialect.rows(asked, { id: 'text', token: 'text', epoch: 'integer' }, 'a')} join message m on m.id = a.id join profile p on p.id = m.profile
			where m.state = 'attempting' and m.attempt_nonce = ${nonce}
			and (a.token is null or exists (select 1 from token t where t.id = a.token and t.epoch = a.epoch and t.state in ('claimed', 'away')))
			and ${consentReasonSql(reader.dialect, { channel, topicRef: sql`m.topic`, profileRef: sql`p.id`, purpose })} is null`);
		const going = new Map(rows.map(({ id, profile }) => [id, profile]));
		const own = isOfDevices(channel) ? null : await ownAddresses(reader, [...going.values()]);
		const theirs = ({ work: { message } }: Addressed): string[] => (own === null ? [] : ownOn(channel, own.get(going.get(message) ?? 0)));
		const left = people.filter(({ work }) => going.has(work.message));
		const suppressed = await suppressedOf(reader, channel, left.flatMap((person) => [...addresses(person), ...theirs(person)]));
		const isListed = (person: Addressed): boolean => addresses(person).some((address) => suppressed.has(address)) || theirs(person).some((address) => (suppressed.get(address) ?? 'hard-bounce') !== 'hard-bounce');
		return new Set(left.filter((person) => !isListed(person)).map(({ work }) => work.message));
	});
}
