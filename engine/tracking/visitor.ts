/*
 * Who opens and clicks: a person, or a machine that looks first. All rules are here. A request by itself is told by its method and headers
 * (visitorOf); what looks like a person's is held for some seconds and told by what comes with it (judge).
 */

/** What is known of a request for a link or a picture in a mail. */
export interface VisitFacts {
	method: string;
	/** Lower-cased names. */
	headers: Readonly<Record<string, string>>;
}

/**
 * person: counts. machine: a known proxy, scanner or previewer. prefetch: a program looks ahead (HEAD, or it says so itself);
 * nobody has seen or clicked anything yet.
 */
export type Visitor = 'person' | 'machine' | 'prefetch';

/** Sec-Purpose: https://wicg.github.io/nav-speculation/prefetch.html; the others are what browsers sent before it. */
const PURPOSE_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const LOOKS_AHEAD = /prefetch|prerender|preview/i;

/**
 * User agents that name themselves. A person is taken for a machine only by a name no browser carries:
 * Gmail's and Yahoo's picture proxies, the previews of chat programs, mail gateways' link scanners, crawlers, scripts.
 */
const MACHINES = [
	/GoogleImageProxy|YahooMailProxy|ggpht\.com/i,
	// Apple Mail's privacy proxy loads every picture, seen or not, and names nothing but this.
	/^Mozilla\/5\.0$/,
	// Gmail's look-ahead: an Edge 12 that no Windows sends any more.
	/Chrome\/42\.0\.2311\.135 Safari\/537\.36 Edge\/12\.246/,
	/Slackbot|Slack-ImgProxy|facebookexternalhit|Twitterbot|LinkedInBot|WhatsApp\/|TelegramBot|Discordbot|SkypeUriPreview|BingPreview/i,
	/Barracuda|Proofpoint|Mimecast|MessageLabs|Cloudmark|SpamAssassin|SafeLinks|GoogleSafeBrowsing|Google-Safety|TrendMicro|FortiGuard/i,
	/(?:bot|crawler|spider|scanner)\b/i,
	/HeadlessChrome|PhantomJS/i,
	/^(?:curl|wget|python-requests|python-urllib|aiohttp|okhttp|axios|Go-http-client|Java|libwww-perl|node-fetch|Apache-HttpClient)\b/i,
];

export function visitorOf({ method, headers }: VisitFacts): Visitor {
	if (method.toUpperCase() === 'HEAD') return 'prefetch';
	if (PURPOSE_HEADERS.some((name) => LOOKS_AHEAD.test(headers[name] ?? ''))) return 'prefetch';
	const agent = headers['user-agent'] ?? '';
	return MACHINES.some((pattern) => pattern.test(agent)) ? 'machine' : 'person';
}

/** One request for something in a mail. `target`: what it was for, the same for the same link. */
export interface Visit {
	kind: 'open' | 'click' | 'page';
	target: string;
	visitor: Visitor;
	atMs: number;
}

/** No mailbox shows a mail, and nobody opens it and clicks, within this time of its being handed over. Only servers are as fast. */
const TOO_SOON_MS = 1_000;
/** Scanners follow all links of a mail at once; a person needs longer to come back and click the next. */
const TOGETHER_MS = 1_500;
/** A visit is judged when its message was left alone for as long: then all that came with it is known. */
export const QUIET_MS = 3_000;
/** Or when it has waited as long, however many come after it. */
export const LONGEST_WAIT_MS = 10_000;

/** Each visit's visitor, by what came with it. `visits`: all of one message's within the last seconds. `sentAtMs`: when it was handed to its provider; null: not known. */
export function judge(visits: readonly Visit[], sentAtMs: number | null): Visitor[] {
	const followed = visits.filter(({ kind, visitor }) => kind !== 'open' && visitor === 'person');
	return visits.map((visit) => {
		if (visit.visitor !== 'person') return visit.visitor;
		if (sentAtMs !== null && visit.atMs - sentAtMs < TOO_SOON_MS) return 'machine';
		const near = followed.filter(({ atMs }) => Math.abs(atMs - visit.atMs) <= TOGETHER_MS);
		// A person who clicks loads the picture too: only two different links at once are a machine's.
		return new Set(near.map(({ target }) => target)).size > 1 ? 'machine' : 'person';
	});
}
