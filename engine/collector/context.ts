import { isJsonObject, type JsonObject } from '../kernel';

const PAGE = ['url', 'path', 'referrer', 'search', 'title'] as const;
const PLACE = ['city', 'region', 'country'] as const;
const DEGREES = ['latitude', 'longitude'] as const;
/** Of a campaign: the five of UTM, and what a site adds to them (utm_id and the like). */
const MOST_UTM = 20;
const LONGEST_UTM_NAME = 100;
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
 * brought the person, their language and zone, the account they acted for. Device, library and network are left out; the IP address is
 * kept only when the settings allow it. null: nothing is.
 */
export function keptContext(context: unknown, { page, ip }: ContextOptions): JsonObject | null {
	const given = isJsonObject(context) ? context : {};
	const kept: JsonObject = {};
	const where = page ? picked(given.page, PAGE) : null;
	if (where !== null) kept.page = where;
	const campaign = campaignOf(given.campaign);
	if (campaign !== null) kept.campaign = campaign;
	const location = locationOf(given.location);
	if (location !== null) kept.location = location;
	for (const name of ['locale', 'timezone', 'groupId'] as const) if (isText(given[name])) kept[name] = given[name];
	if (ip !== null) kept.ip = ip;
	return Object.keys(kept).length === 0 ? null : kept;
}

/** A batch may say once what holds for all of its messages; a message's own word wins. */
export function joinedContext(ofBatch: unknown, ofMessage: unknown): unknown {
	if (!isJsonObject(ofBatch)) return ofMessage;
	return isJsonObject(ofMessage) ? { ...ofBatch, ...ofMessage } : ofBatch;
}

/** The signal "do not sell or share" of the browser, as SDKs pass it on (https://globalprivacycontrol.org). */
export function asksForPrivacy(context: unknown): boolean {
	return isJsonObject(context) && context.gpc === true;
}

/** The address that a server says the person has. */
export function statedIp(context: unknown): string | null {
	return isJsonObject(context) && isText(context.ip) && context.ip.length <= 45 ? context.ip : null;
}

function campaignOf(given: unknown): JsonObject | null {
	if (!isJsonObject(given)) return null;
	return picked(given, Object.keys(given).filter((name) => name !== '' && name.length <= LONGEST_UTM_NAME).slice(0, MOST_UTM));
}

/** Stated by an app, which asked for it; nothing is looked up by address. */
function locationOf(given: unknown): JsonObject | null {
	if (!isJsonObject(given)) return null;
	const degrees = DEGREES.flatMap((name) => (typeof given[name] === 'number' ? [[name, given[name]] as const] : []));
	const place = picked(given, PLACE);
	return place === null && degrees.length === 0 ? null : { ...place, ...Object.fromEntries(degrees) };
}

function picked(given: unknown, names: readonly string[]): JsonObject | null {
	if (!isJsonObject(given)) return null;
	const entries = names.flatMap((name) => (isText(given[name]) ? [[name, given[name]] as const] : []));
	return entries.length === 0 ? null : Object.fromEntries(entries);
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT;
}
