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
