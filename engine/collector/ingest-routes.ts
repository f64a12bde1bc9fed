/**
 * Routes that take events, with the short names that the browser SDK and mobile libraries use, and `import`, where Segment's libraries for Ruby,
 * Java and Android post their batches.
 */
const INGEST: Readonly<Record<string, string>> = {
	identify: 'identify', track: 'track', page: 'page', screen: 'screen', group: 'group', alias: 'alias', batch: 'batch', import: 'batch',
	i: 'identify', t: 'track', p: 'page', s: 'screen', g: 'group', a: 'alias', b: 'batch',
};

/** The call that a route takes, or 'batch'; null: the route is another one. */
export function ingestTypeOf(route: string): string | null {
	return Object.hasOwn(INGEST, route) ? (INGEST[route] ?? null) : null;
}
