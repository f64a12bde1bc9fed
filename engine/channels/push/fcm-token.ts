import { monotonicMs } from '../../kernel';
import type { HttpClient } from '../http';
import { fieldsOf, textOf } from '../callbacks/reading';
import type { DeviceOutcome } from './each-device';
import { privateKeyOf, refusalOf } from './http-provider';
import type { FcmConfig } from './types';

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_SECONDS = 3_600;
/** Sooner than it expires: a token must last as long as a call. */
const EARLY_MS = 5 * 60_000;

export type AccessToken = { token: string } | { failed: Exclude<DeviceOutcome, { kind: 'accepted' }> };

export interface AccessTokens {
	/** The same for everybody until it is about to expire; who asks while one is fetched waits for that. Never throws. */
	current(): Promise<AccessToken>;
	/** The service did not take it. */
	forget(): void;
}

/** Access tokens of a service account (https://developers.google.com/identity/protocols/oauth2/service-account#httprest). Nothing of a message has left while one is fetched. */
export function createAccessTokens(client: HttpClient, config: Pick<FcmConfig, 'clientEmail' | 'privateKey' | 'tokenUrl'>): AccessTokens {
	const url = config.tokenUrl ?? TOKEN_URL;
	let kept: { token: string; untilMs: number } | undefined;
	let fetching: Promise<AccessToken> | undefined;

	async function fetchToken(): Promise<AccessToken> {
		let assertion: string;
		try {
			const { default: jwt } = await import('jsonwebtoken');
			assertion = jwt.sign({ scope: SCOPE }, privateKeyOf(config.privateKey), { algorithm: 'RS256', issuer: config.clientEmail, audience: url, expiresIn: ASSERTION_SECONDS });
		} catch {
			return { failed: { kind: 'account', reason: 'The service account has no usable private key. Paste the whole JSON file of the service account into the credential.' } };
		}
		const result = await client.call({ method: 'POST', path: url, body: new URLSearchParams({ grant_type: GRANT, assertion }) });
		const body = fieldsOf(result.kind === 'answer' ? result.body : undefined);
		const token = textOf(body.access_token);
		if (result.kind === 'answer' && result.status === 200 && token !== null) {
			const seconds = typeof body.expires_in === 'number' ? body.expires_in : 0;
			kept = { token, untilMs: monotonicMs() + Math.max(0, seconds * 1000 - EARLY_MS) };
			return { token };
		}
		const said = textOf(body.error_description) ?? textOf(body.error) ?? undefined;
		const refused = result.kind === 'answer' && result.status < 500 && result.status !== 429 && result.status !== 408;
		// No message is under way yet: what would be ambiguous of one may be tried again.
		const outcome = refusalOf(client, result, {
			sorted: refused ? { kind: 'account', what: 'Google refused the service account. Check that it was not deleted and that its key is the one in the credential' } : undefined,
			said, personal: [], idempotent: true,
		});
		return { failed: outcome };
	}

	return {
		current: async () => {
			if (kept !== undefined && kept.untilMs > monotonicMs()) return { token: kept.token };
			fetching ??= fetchToken().finally(() => {
				fetching = undefined;
			});
			return await fetching;
		},
		forget: () => {
			kept = undefined;
		},
	};
}
