import { isJsonObject, type JsonObject, type JsonValue } from '../kernel';

/** Of a campaign: the five of UTM, and what a site adds to them (utm_id and the like). */
const MOST_UTM = 20;
const LONGEST_UTM_NAME = 100;
/** An address longer than this is a data URL or an attack; Segment's own limit for a whole message is 32 KB. */
const LONGEST_TEXT = 2_048;
/** Characters of all that is kept of one context. One of a batch is stored with each of its messages, up to 8,000 in a request: what it may hold is not what a message may. */
const MOST_TEXT = 8 * 1024;
const LONGEST_IP = 45;
/** Names that an answer tells were not kept. */
const MOST_TOLD = 20;
const LONGEST_TOLD = 60;

export interface ContextOptions {
	/** Whether the page's address and title are kept: a page call has them among its properties. */
	page: boolean;
	/** The sender's IP address, where it may be stored; null: none is. */
	ip: string | null;
	/** Collects the names of what is not kept (`context.network`), so that the answer can tell. Absent: nobody asks. */
	leftOut?: Set<string>;
}

type Part = 'text' | 'named' | { texts?: readonly string[]; numbers?: readonly string[]; booleans?: readonly string[] };

/**
 * What is worth keeping of a message's context (https://segment.com/docs/connections/spec/common/#context), in the order in which it counts when there is too much:
 * what brought the person, where it happened, the account they acted for, their place, language and zone, and in what they did it: an app of which
 * version, on what kind of device and system, told by which library. Left out, for what cannot be taken back once it stands in every event: what names
 * one device (its id, advertising id, its name, which on phones is their owner's) or helps to know it again (userAgent, screen, network); what
 * rules want of the first, userAgentData says without that.
 */
const KEPT: ReadonlyMap<string, Part> = new Map<string, Part>([
	['campaign', 'named'],
	['page', { texts: ['url', 'path', 'referrer', 'search', 'title'] }],
	['referrer', { texts: ['type', 'name', 'url', 'link', 'id'] }],
	['groupId', 'text'],
	['location', { texts: ['city', 'region', 'country'], numbers: ['latitude', 'longitude'] }],
	['locale', 'text'],
	['timezone', 'text'],
	['app', { texts: ['name', 'version', 'build', 'namespace'] }],
	['device', { texts: ['type', 'manufacturer', 'model', 'version'] }],
	['os', { texts: ['name', 'version'] }],
	['userAgentData', { texts: ['platform'], booleans: ['mobile'] }],
	['library', { texts: ['name', 'version'] }],
]);
/** Heeded, and not among the properties for it: they become identities, the mark of who is not to be sold, and the proof of whose a device is. */
const HEEDED: ReadonlySet<string> = new Set(['externalIds', 'gpc', 'userToken']);
/** The same of a part: where a push message goes is kept with the person, and nowhere else. */
const HEEDED_IN_PART: ReadonlySet<string> = new Set(['device.token']);

/** null: nothing is kept. The IP address only when the settings allow it. */
export function keptContext(context: unknown, { page, ip, leftOut }: ContextOptions): JsonObject | null {
	const given = isJsonObject(context) ? context : {};
	const kept: JsonObject = {};
	let room = MOST_TEXT;
	let any = false;
	for (const [name, part] of KEPT) {
		const value = given[name];
		if (value === undefined || value === null || (name === 'page' && !page)) continue;
		const found = keptOf(name, value, part, room, leftOut);
		if (found === null) continue;
		kept[name] = found.value;
		room -= found.size;
		any = true;
	}
	if (leftOut !== undefined) for (const name in given) if (!KEPT.has(name) && !HEEDED.has(name) && !(name === 'ip' && ip !== null)) tell(leftOut, name);
	if (ip !== null) kept.ip = ip;
	return any || ip !== null ? kept : null;
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
	return isJsonObject(context) && isText(context.ip) && context.ip.length <= LONGEST_IP ? context.ip : null;
}

/** What of one part is kept, and how many characters that are; null: nothing of it can be, or it has no room. */
function keptOf(name: string, value: JsonValue, part: Part, room: number, leftOut: Set<string> | undefined): { value: JsonValue; size: number } | null {
	if (part === 'text') {
		const fits = isText(value) && value.length <= room;
		if (!fits) tell(leftOut, name);
		return fits ? { value, size: value.length } : null;
	}
	if (!isJsonObject(value)) {
		tell(leftOut, name);
		return null;
	}
	const kept: JsonObject = {};
	let size = 0;
	let named = 0;
	for (const key in value) {
		const one = value[key];
		// Libraries send what they do not know as "" or null.
		if (one === undefined || one === null || one === '') continue;
		const length = typeof one === 'string' ? one.length : 8;
		if (!(part === 'named' ? isText(one) && key !== '' && key.length <= LONGEST_UTM_NAME && named < MOST_UTM : isWanted(part, key, one)) || size + length > room) {
			if (!HEEDED_IN_PART.has(`${name}.${key}`)) tell(leftOut, `${name}.${key}`);
			continue;
		}
		kept[key] = one;
		size += length + (part === 'named' ? key.length : 0);
		named += 1;
	}
	return named === 0 ? null : { value: kept, size };
}

function isWanted(part: Exclude<Part, string>, key: string, value: JsonValue): boolean {
	switch (typeof value) {
		case 'string': return value.length <= LONGEST_TEXT && part.texts?.includes(key) === true;
		case 'number': return part.numbers?.includes(key) === true;
		case 'boolean': return part.booleans?.includes(key) === true;
		default: return false;
	}
}

function tell(leftOut: Set<string> | undefined, name: string): void {
	if (leftOut !== undefined && leftOut.size < MOST_TOLD && name.length <= LONGEST_TOLD) leftOut.add(`context.${name}`);
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT;
}
