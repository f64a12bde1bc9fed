import { lookup as resolve } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

import { isPublicAddress } from '../../../downloads';
import { found, type Found } from './finding';

const TIMEOUT_MS = 5_000;
const MOST_LINKS = 50;
const AT_ONCE = 5;

/** Answers of servers that do not like to be asked by programs; people may get in. */
const UNFRIENDLY = new Set([401, 403, 405, 406, 429, 501, 503, 999]);

/** Asks each address by HEAD whether it is there: 50 at most, five at a time, no redirect followed, public addresses only: a template must not be a way to ask around in the operator's own network. `allowed` says which those are. */
export async function reachLinks(addresses: readonly string[], allowed: (address: string) => boolean = isPublicAddress): Promise<Found[]> {
	const findings: Found[] = [];
	const left = addresses.slice(0, MOST_LINKS);
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		for (let address = left.shift(); address !== undefined; address = left.shift()) {
			const finding = findingOf(address, await statusOf(address, allowed));
			if (finding !== null) findings.push(finding);
		}
	}));
	if (addresses.length > MOST_LINKS) findings.push(found('hint', 'links-not-asked', {}, `Only the first ${MOST_LINKS} of ${addresses.length} links were asked`, 'Ask for the others by hand'));
	return findings;
}

function findingOf(address: string, answer: number | 'silent' | 'private'): Found | null {
	const where = { field: 'body', where: address };
	if (answer === 'private') return found('warning', 'private-link', where, 'A link leads into a private network, which readers cannot reach; it was not asked', 'Write a public address');
	if (answer === 'silent') return found('error', 'dead-link', where, 'Nobody answers at the address of a link', 'Check the spelling, and that the page is up');
	if (answer < 400) return null;
	if (UNFRIENDLY.has(answer)) return found('hint', 'unsure-link', where, `The page of a link answered ${answer} to a program; it may open for people`, 'Open it once yourself');
	return found('error', 'dead-link', where, `The page of a link answers ${answer}`, 'Correct the address');
}

function statusOf(address: string, allowed: (address: string) => boolean): Promise<number | 'silent' | 'private'> {
	const url = new URL(address);
	const host = url.hostname.replace(/^\[|\]$/g, '');
	// A host that is an address is never looked up.
	if (isIP(host) !== 0 && !allowed(host)) return Promise.resolve('private');
	return new Promise((resolved) => {
		let refused = false;
		/** Within the connection itself, so that a name that answers differently the second time leads nowhere else. */
		const lookup: LookupFunction = (name, options, callback) => {
			resolve(name, { ...options, all: true }, (error, found) => {
				const usable = (found ?? []).filter((one) => allowed(one.address));
				refused = error === null && usable.length === 0;
				const first = usable[0];
				if (error !== null || first === undefined) callback(error ?? new Error('not a public address'), '', 4);
				else if (options.all === true) callback(null, usable);
				else callback(null, first.address, first.family);
			});
		};
		const ask = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method: 'HEAD', lookup, timeout: TIMEOUT_MS, headers: { 'user-agent': 'n8n-nodes-journeys link check' } });
		const over = setTimeout(() => ask.destroy(new Error('time is up')), TIMEOUT_MS);
		const end = (answer: number | 'silent' | 'private'): void => {
			clearTimeout(over);
			resolved(answer);
		};
		ask.on('response', (response) => {
			response.resume();
			ask.destroy();
			end(response.statusCode ?? 0);
		});
		ask.on('timeout', () => ask.destroy(new Error('time is up')));
		ask.on('error', () => end(refused ? 'private' : 'silent'));
		ask.end();
	});
}
