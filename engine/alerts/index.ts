import { sql } from 'kysely';

import type { Random } from '../kernel';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { forgetOld, listAlerts, openAlerts, raise, resolve } from './book';
import { forgetSilent, listen, next, renew, settle, stillHeld } from './deliveries';
import { isMeasure, judge, Learned } from './judge';
import { states } from './states';
import { addUp, takeTurn } from './tallies';
import type { AlertsApi } from './types';

export type * from './types';

const SLICE = 1000;

export interface Alerts extends AlertsApi {
	/** Adds up what was counted of journeys and judges those; at most so many slices. The engine's timer calls it every second. */
	follow(slices: number): Promise<void>;
	/** Looks at what lasts, and at what is over because time has passed. Every 20 seconds. */
	look(): Promise<void>;
}

/** When a journey calls for attention, and its brake. Counting, alert, pause and news of one crossing are one transaction. */
export function createAlerts({ store, settings, random }: { store: Store; settings: Settings; random: Random }): Alerts {
	const learned = new Learned();
	return {
		list: (options) => store.read((reader) => listAlerts(reader, options)),
		listen: (listener, filter) => listen(store, listener, filter),
		next: (listener, options) => next(store, random, listener, options),
		held: (nonce, deliveries) => stillHeld(store, nonce, deliveries),
		renew: (nonce, leaseMs) => renew(store, nonce, leaseMs),
		settle: (nonce, told) => settle(store, nonce, told),
		follow: async (slices) => {
			for (let slice = 0; slice < slices; slice += 1) {
				if ((await store.read((reader) => reader.first(sql`select 1 as there from journey_tally_new limit 1`))) === undefined) return;
				const { rows } = await store.tx('follow-alerts', async (tx) => {
					await takeTurn(tx);
					const added = await addUp(tx, SLICE);
					await judge(tx, learned, (await settings.current(tx)).alerts, added.journeys);
					return added;
				});
				if (rows < SLICE) return;
			}
		},
		look: async () => {
			await store.tx('look-alerts', async (tx) => {
				await takeTurn(tx);
				const { alerts } = await settings.current(tx);
				const open = await openAlerts(tx);
				await judge(tx, learned, alerts, [...new Set(open.flatMap(({ kind, journey }) => (journey !== null && isMeasure(kind) ? [journey] : [])))]);
				const { crossings, stalledJudged } = await states(tx, await settings.stopSwitch(tx), alerts.stalledMinutes * 60_000);
				await raise(tx, crossings);
				await resolve(tx, open.filter(({ kind, about }) => !isMeasure(kind) && (kind !== 'stalled' || stalledJudged) && !crossings.some((one) => one.kind === kind && one.about === about)));
				await forgetOld(tx);
				await forgetSilent(tx);
			});
		},
	};
}
