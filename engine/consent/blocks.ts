import { sql, type RawBuilder } from 'kysely';

import type { Dialect } from '../store';
import { OPT_IN_CHANNELS } from './channels';

/** test: sent to people who have agreed to get tests, whatever they subscribed to. */
export type Purpose = 'marketing' | 'transactional' | 'test';

export interface ConsentScope {
	channel: string;
	/** SQL of the topic, normalised ('' for the whole channel). */
	topicRef: RawBuilder<unknown>;
	/** SQL of the profile's id. */
	profileRef: RawBuilder<unknown>;
	/** Default marketing. */
	purpose?: Purpose;
}

/** How each reason in the ledger begins; what follows says what the person chose. */
export const NO_CONSENT = 'no consent';

/**
 * Why the person may not be written to, or null. One implementation for the guards, `allowed` and the tests.
 *
 * Marketing: an opt-out or an unconfirmed opt-in of the whole channel or of this topic blocks; the stricter of the two wins, so a
 * topic's "subscribed" never overrides an opt-out of the channel. No state blocks nothing, except on SMS and WhatsApp, which need a yes
 * to the channel or the topic.
 * Transactional: nothing blocks, except on SMS and WhatsApp an opt-out of the whole channel (carriers and Meta ask for that), and
 * on WhatsApp a person who never signed up for it at all.
 * Ads share the person with a third party: do-not-sell blocks them, whatever the purpose.
 */
export function consentReasonSql(_dialect: Dialect, scope: ConsentScope): RawBuilder<string | null> {
	const reason = chosenReasonSql(scope);
	return scope.channel === 'ads' ? sql<string | null>`case when ${sharableSql(scope.profileRef)} then ${reason} else ${sql.lit(`${NO_CONSENT}: do not sell or share`)} end` : reason;
}

function chosenReasonSql({ channel, topicRef, profileRef, purpose = 'marketing' }: ConsentScope): RawBuilder<string | null> {
	const optIn = (OPT_IN_CHANNELS as readonly string[]).includes(channel);
	const own = sql`from consent where consent.profile = ${profileRef} and consent.channel = ${channel}`;
	const left = sql.lit(`${NO_CONSENT}: unsubscribed from ${channel}`);
	const never = sql.lit(`${NO_CONSENT}: never subscribed to ${channel}`);
	if (purpose === 'test') return sql<string | null>`cast(null as text)`;
	if (purpose === 'transactional') {
		if (!optIn) return sql<string | null>`cast(null as text)`;
		return sql<string | null>`(select case when max(case when consent.topic = '' and consent.state = 'unsubscribed' then 1 else 0 end) = 1 then ${left}
			when ${sql.lit(channel === 'whatsapp' ? 1 : 0)} = 1 and coalesce(max(case when consent.state in ('subscribed', 'pending') then 1 else 0 end), 0) = 0 then ${never} end ${own})`;
	}
	return sql<string | null>`(select case max(case when consent.state = 'unsubscribed' and consent.topic = '' then 4 when consent.state = 'unsubscribed' then 3
		when consent.state = 'pending' then 2 when consent.state = 'subscribed' then 1 else 0 end)
		when 4 then ${left} when 3 then ${sql.lit(`${NO_CONSENT}: unsubscribed from the topic`)} when 2 then ${sql.lit(`${NO_CONSENT}: not confirmed yet`)}
		when 1 then null else ${optIn ? never : sql`null`} end ${own} and consent.topic in ('', ${topicRef}))`;
}

export function consentBlocksSql(dialect: Dialect, scope: ConsentScope): RawBuilder<boolean> {
	return sql<boolean>`(${consentReasonSql(dialect, scope)} is not null)`;
}

/** True when the person asked not to be sold or shared: by the preference centre, by their browser, or by somebody for them. */
export function doNotSellSql(profileRef: RawBuilder<unknown>): RawBuilder<boolean> {
	return sql<boolean>`exists (select 1 from do_not_sell where do_not_sell.profile = ${profileRef} and do_not_sell.active = 1)`;
}

/** True unless they did. For whatever leaves to third parties: audiences, exports to ad networks. */
export function sharableSql(profileRef: RawBuilder<unknown>): RawBuilder<boolean> {
	return sql<boolean>`(not ${doNotSellSql(profileRef)})`;
}
