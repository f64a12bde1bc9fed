import type { OptIn } from '../consent';
import type { IdentityRules, Profiles } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Settings } from '../settings';
import type { Store } from '../store';
import type { EventSink } from '../tracking';
import { act } from './act';
import { decide, inboxOf } from './decide';
import { isProven } from './proof';
import { tidyIn } from './queue';
import { tidySignUps } from './sign-up-limits';
import type { ActFacts, ActResult, Browser, Decision, Inbox, OnSiteAct, PageState } from './types';

export type * from './types';
export { onSiteKeeper } from './keeper';
export { isProven };
export { queueIn } from './queue';

/**
 * Messages on the person's own pages. Queued (open) -> shown so and so often -> over: dismissed, clicked, answered, or expired. The ledger has each as sent when it is
 * queued, as opened when it is first shown.
 */
export interface OnSite {
	decide(browser: Browser, page: PageState): Promise<Decision>;
	inbox(browser: Browser, opened: boolean): Promise<Inbox>;
	act(token: string, given: OnSiteAct, facts: ActFacts): Promise<ActResult>;
	/** Removes what expired weeks ago, and counts of sign-ups that are over; fewer than a batch: none is left. */
	tidy(): Promise<number>;
}

export interface OnSiteParts {
	store: Store;
	settings: Pick<Settings, 'signingSecret' | 'stopSwitch'>;
	events: EventSink;
	segments: Pick<SegmentTracker, 'refresh'>;
	profiles: Pick<Profiles, 'upsert'>;
	optIn: Pick<OptIn, 'request'>;
	identityOptions: IdentityRules;
}

export function createOnSite(parts: OnSiteParts): OnSite {
	return {
		decide: (browser, page) => decide(parts, browser, page),
		inbox: (browser, opened) => inboxOf(parts, browser, opened),
		act: (token, given, facts) => act(parts, token, given, facts),
		tidy: () =>
			parts.store.tx('onsite-tidy', async (tx) => {
				await tidySignUps(tx);
				return await tidyIn(tx);
			}),
	};
}
