import { isJsonObject, type JsonObject } from '../kernel';

const PAGE = ['url', 'path', 'referrer', 'search', 'title'] as const;
const CAMPAIGN = ['name', 'source', 'medium', 'term', 'content'] as const;
/** An address longer than this is a data URL or an attack; Segment's own limit for a whole message is 32 KB. */
const LONGEST_TEXT = 2_048;

export interface ContextOptions {
	/** Whether the page's address and title are kept: a page call has them among its properties. */
	page: boolean;
	/** The sender's IP address, where it may be stored; null: none is. */
	ip: string | null;
}

/**
 * What is worth keeping of a message's context (https://segment.com/docs/connections/spec/common/#context): where it happened, what
 * brought the person, their language and zone. Device, library and network are left out; the IP address is kept only when the
 * settings allow it. null: nothing is.
 */
export function keptContext(context: unknown, { page, ip }: ContextOptions): JsonObject | null {
	const given = isJsonObject(context) ? context : {};
	const kept: JsonObject = {};
	const where = page ? picked(given.page, PAGE) : null;
	if (where !== null) kept.page = where;
	const campaign = picked(given.campaign, CAMPAIGN);
	if (campaign !== null) kept.campaign = campaign;
	for (const name of ['locale', 'timezone'] as const) if (isText(given[name])) kept[name] = given[name];
	if (ip !== null) kept.ip = ip;
	return Object.keys(kept).length === 0 ? null : kept;
}

/** The signal "do not sell or share" of the browser, as SDKs pass it on (https://globalprivacycontrol.org). */
export function asksForPrivacy(context: unknown): boolean {
	return isJsonObject(context) && context.gpc === true;
}

/** The address that a server says the person has. */
export function statedIp(context: unknown): string | null {
	return isJsonObject(context) && isText(context.ip) && context.ip.length <= 45 ? context.ip : null;
}

function picked(given: unknown, names: readonly string[]): JsonObject | null {
	if (!isJsonObject(given)) return null;
	const entries = names.flatMap((name) => (isText(given[name]) ? [[name, given[name]] as const] : []));
	return entries.length === 0 ? null : Object.fromEntries(entries);
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT;
}
