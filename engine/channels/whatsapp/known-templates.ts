import { canonicalJson, hashId, monotonicMs } from '../../kernel';
import { templatesNamed } from './templates';
import type { WhatsAppConfig, WhatsAppTemplateView } from './types';

/** Templates are edited rarely, and a send a second must not ask a second. */
const KEPT_MS = 5 * 60_000;
/** After a failure, and where there is none: somebody is about to mend it. */
const UNKNOWN_KEPT_MS = 15_000;
const CAPACITY = 200;

interface Kept {
	untilMs: number;
	views: Promise<WhatsAppTemplateView[] | null>;
}

const kept = new Map<string, Kept>();

/** As templatesNamed, remembered for minutes; null also where the service cannot be asked now. Never throws. */
export async function knownTemplates(config: WhatsAppConfig, id: string): Promise<WhatsAppTemplateView[] | null> {
	const key = hashId(canonicalJson(config), id);
	const known = kept.get(key);
	if (known !== undefined && known.untilMs > monotonicMs()) return await known.views;
	const fresh: Kept = { untilMs: monotonicMs() + KEPT_MS, views: templatesNamed(config, id).catch(() => null) };
	kept.delete(key);
	kept.set(key, fresh);
	const oldest = kept.keys().next().value;
	if (kept.size > CAPACITY && oldest !== undefined) kept.delete(oldest);
	const views = await fresh.views;
	if (views === null || views.length === 0) fresh.untilMs = monotonicMs() + UNKNOWN_KEPT_MS;
	return views;
}
