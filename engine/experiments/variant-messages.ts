import { sql } from 'kysely';

import type { Reader } from '../store';
import type { Experiment } from './experiment';
import type { PathStatus } from './types';

export type VariantMessages = NonNullable<PathStatus['messages']>;

const NONE: VariantMessages = { sent: 0, delivered: 0, opened: 0, clicked: 0, unsubscribed: 0, complained: 0 };

/** What the ledger has of each variant since the round began, by its name. One statement. */
export async function messagesOfVariants(reader: Reader, { workflow, step, since }: Pick<Experiment, 'workflow' | 'step' | 'since'>): Promise<(name: string) => VariantMessages> {
	const times = (column: string) => sql`sum(case when ${sql.ref(`m.${column}`)} is not null then 1 else 0 end)`;
	const rows = await reader.all<VariantMessages & { variant: string }>(sql<VariantMessages & { variant: string }>`select m.variant, sum(case when m.state = 'sent' then 1 else 0 end) as sent,
			${times('delivered_at')} as delivered, ${times('opened_at')} as opened, ${times('clicked_at')} as clicked, ${times('unsubscribed_at')} as unsubscribed, ${times('complained_at')} as complained
		from message m left join enrollment e on e.id = m.enrollment
		where m.workflow = ${workflow} and m.step = ${step} and m.variant is not null and m.reserved_at >= ${since} and coalesce(e.time_scale, 1) = 1 group by m.variant`);
	const known = new Map(rows.map(({ variant, ...counts }) => [variant, Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)])) as unknown as VariantMessages]));
	return (name) => known.get(name) ?? NONE;
}
