import { sql, type RawBuilder } from 'kysely';

import { messageEvent, messageEvents } from '../../events';
import { isByPerson } from '../../journeys';
import type { Reader } from '../../store';

/** To be shown a message on a page says nothing of the person; a tap is told by one event as opening and click. */
const ENGAGED: ReadonlySet<string> = new Set([...messageEvents('clicked'), ...messageEvents('opened'), ...messageEvents('replied')].filter((name) => name !== messageEvent('onsite', 'opened')));

/** Of events that name no message, such as a reply to nothing in particular. Names that two channels share are neither's. */
function channelBy(name: string, channels: readonly string[]): string | undefined {
	const found = channels.filter((channel) => (['clicked', 'opened', 'replied'] as const).some((news) => messageEvent(channel, news) === name));
	return found.length === 1 ? found[0] : undefined;
}

/** An answer that does not say to what, which other channels than mail have: each is one, as before anybody guessed. */
function isGuess({ dialect }: Reader): RawBuilder<boolean> {
	return sql<boolean>`(ev.message is not null and m.channel <> 'email' and ${dialect.jsonText(sql.ref('ev.properties'), ['match'])} = 'latest')`;
}

interface Counted {
	profile: number;
	name: string;
	channel: string | null;
	n: number;
}

/**
 * How often each of these people has opened, clicked or answered by each channel since then: of each message each of these once, never a machine's. One statement,
 * along the index of each person's events.
 */
export async function engagement(reader: Reader, profiles: readonly number[], channels: readonly string[], sinceMs: number): Promise<(profile: number, channel: string) => number> {
	const counts = new Map<string, number>();
	if (profiles.length > 0) {
		const rows = await reader.all<Counted>(sql<Counted>`select ev.profile, ev.name, m.channel, count(distinct case when ${isGuess(reader)} then cast(ev.id as text) else coalesce(ev.message, cast(ev.id as text)) end) as n from event ev left join message m on m.id = ev.message
			where ${reader.dialect.anyOf(sql`ev.profile`, [...new Set(profiles)])} and ${reader.dialect.anyOf(sql`ev.name`, [...ENGAGED])} and ev.occurred_at >= ${sinceMs} and ev.historical < 2
			and ${isByPerson(reader.dialect, 'ev')} group by 1, 2, 3`);
		for (const { profile, name, channel, n } of rows) {
			const key = `${profile} ${channel ?? channelBy(name, channels) ?? ''}`;
			counts.set(key, (counts.get(key) ?? 0) + Number(n));
		}
	}
	return (profile, channel) => counts.get(`${profile} ${channel}`) ?? 0;
}
