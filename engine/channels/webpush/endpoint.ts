/** The push services of Chrome and what is built on it, Firefox, Edge and Safari. */
const SERVICES = /^(?:(?:fcm|android|jmt17)\.google(?:apis)?\.com|(?:[a-z0-9-]+\.)*push\.services\.mozilla\.com|(?:[a-z0-9-]+\.)+notify\.windows\.com|(?:[a-z0-9-]+\.)*push\.apple\.com)$/;
const LONGEST = 2_048;

/**
 * Where a subscription leads, which any web page may send us: only to push services that are known, else it could have this machine call any address, also of a
 * private network. `extraHosts`: further ones, as host or host:port, which may speak plain HTTP as well. null: not to be called.
 */
export function pushEndpoint(endpoint: string, extraHosts: readonly string[] = []): URL | null {
	if (endpoint.length > LONGEST || !URL.canParse(endpoint)) return null;
	const url = new URL(endpoint);
	if (url.username !== '' || url.password !== '') return null;
	if (extraHosts.includes(url.host) && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
	return url.protocol === 'https:' && url.port === '' && SERVICES.test(url.hostname) ? url : null;
}
