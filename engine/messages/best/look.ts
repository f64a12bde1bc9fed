import { sql } from 'kysely';

import type { Reader } from '../../store';
import type { MessagesDeps } from '../index';
import { SAME } from '../same-message';
import { checkBestChannel } from './check';
import { fateOf, messagesOf, type Fate } from './delivery';
import { firstOf, objections, orders } from './reachable';
import type { BestChannelAnswer, BestChannelLook, BestChannelRequest } from './types';

/** Without a visit there is nobody to wait: what has left has reached the person. */
const AT_ONCE = { deliveryWithinMs: null };

export async function tryBestChannel({ store, settings }: Pick<MessagesDeps, 'store' | 'settings'>, request: BestChannelRequest, people: readonly BestChannelLook[]): Promise<BestChannelAnswer[]> {
	checkBestChannel(request);
	return await store.read(async (reader) => {
		const fates = await fatesOf(reader, request, people);
		const profiles = [...new Set(people.flatMap(({ profile }) => profile ?? []))];
		const order = await orders(reader, request, profiles);
		const objection = await objections(reader, request, await settings.current(reader), new Map(request.channels.map(({ channel }) => [channel, new Set(profiles)])));
		return people.map(({ profile, without = [], after }, n): BestChannelAnswer => {
			const fate = fates[n];
			if (after !== undefined && fate?.kind === 'reached') return { reached: true, channel: after.channel, passed: [] };
			const tried = after === undefined || fate?.kind !== 'next' ? [] : [{ channel: after.channel, reason: fate.reason }];
			const all = profile === null ? request.channels.map(({ channel }) => channel) : order(profile);
			const { channel, passed } = firstOf(all.filter((one) => !without.includes(one) && one !== after?.channel), (one) => (profile === null ? null : objection(profile, one)));
			return { reached: false, channel, passed: [...tried, ...passed] };
		});
	});
}

/** Of those who come back from a sender. The item says which message it is, the ledger what became of it: only one of no journey, and of this workflow, can be theirs. */
async function fatesOf(reader: Reader, request: BestChannelRequest, people: readonly BestChannelLook[]): Promise<Array<Fate | null>> {
	const ids = people.flatMap(({ after }) => after?.message ?? []);
	const own = ids.length === 0 ? [] : await reader.all<{ id: string }>(sql<{ id: string }>`select id from message where ${reader.dialect.anyOf(sql`id`, ids)} and enrollment is null and ${reader.dialect.unsearched(sql`workflow`)} = ${request.step.workflow}`);
	const messages = new Map((await messagesOf(reader, [], own.map(({ id }) => id))).map((message) => [message.id, message]));
	return people.map(({ after }) => {
		if (after === undefined) return null;
		const message = messages.get(after.message ?? '') ?? null;
		// The other row of the same person has it.
		return fateOf(message, message?.reason === SAME, { ...request, ...AT_ONCE }, false);
	});
}
