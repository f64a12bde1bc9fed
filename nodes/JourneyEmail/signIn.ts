import { NodeOperationError } from 'n8n-workflow';
import type { ICredentialDataDecryptedObject, ICredentialsDecrypted, ICredentialTestFunctions, IExecuteFunctions, INodeCredentialTestResult, INodePropertyOptions } from 'n8n-workflow';

import { createSmtpProvider, smtpPreset } from '../../engine';
import type { SmtpConfig } from '../../engine';

/** Longer than a batch takes: a token that ends in the middle of it would stop the rest. */
const FRESH_FOR_MS = 10 * 60_000;

/** What n8n keeps of a sign-in (n8n-core, request-helpers/oauth). */
interface TokenData {
	access_token?: string;
	/** Milliseconds, as text; there since n8n renewed the token for the first time. */
	n8n_expires_at?: string;
}

export type SignInCredential = ICredentialDataDecryptedObject & { user?: string; fromName?: string; oauthTokenData?: TokenData; host?: string };

/** Providers that are mail servers one signs in at: their credential and the server. */
const SIGN_INS = {
	gmail: { credential: 'journeyGmailOAuth2Api', preset: 'gmail' },
	microsoft: { credential: 'journeyMicrosoftOAuth2Api', preset: 'outlook' },
} as const;
type SignIn = keyof typeof SIGN_INS;

export const SIGN_IN_OPTIONS: INodePropertyOptions[] = [
	{ name: 'Gmail', value: 'gmail', description: 'Gmail or Google Workspace, by signing in with Google' },
	{ name: 'Microsoft 365', value: 'microsoft', description: 'Outlook or Exchange Online, by signing in with Microsoft' },
];

export function signInOf(context: IExecuteFunctions): SignIn | null {
	const provider = context.getNodeParameter('provider', 0, 'smtp');
	return provider === 'gmail' || provider === 'microsoft' ? provider : null;
}

export async function signInCredential(context: IExecuteFunctions, signIn: SignIn): Promise<SignInCredential> {
	const credential = await context.getCredentials<SignInCredential>(SIGN_INS[signIn].credential);
	if ((credential.user ?? '').trim() !== '') return credential;
	throw new NodeOperationError(context.getNode(), 'The credential names no mailbox', { description: "Fill in 'Mailbox' in the credential: the address that you sign in with." });
}

/** The engine's configuration, with a token that is good for a batch. A sign-in that is over stops no execution: the engine lets the people wait and says why. */
export async function signInConfig(context: IExecuteFunctions, signIn: SignIn, credential: SignInCredential, connections: number | undefined): Promise<SmtpConfig> {
	const oauth = await tokenOf(context, SIGN_INS[signIn].credential, credential);
	return { ...serverOf(signIn, credential), ...(connections === undefined ? {} : { connections }), oauth };
}

function serverOf(signIn: SignIn, { user, host: given }: SignInCredential): SmtpConfig {
	const { host, port, secure, requireTls } = smtpPreset(SIGN_INS[signIn].preset) ?? { host: '', port: 587, secure: false, requireTls: true };
	const [ownHost = '', ownPort] = (given ?? '').trim().split(':');
	return { kind: 'smtp', host: ownHost === '' ? host : ownHost, port: ownPort === undefined ? port : Number(ownPort), secure, requireTls, user: (user ?? '').trim() };
}

/** Logs in with the token that n8n holds; here nothing can renew it. */
export function signInTest(signIn: SignIn) {
	return async function (this: ICredentialTestFunctions, credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>): Promise<INodeCredentialTestResult> {
		const data = (credential.data ?? {}) as SignInCredential;
		const accessToken = data.oauthTokenData?.access_token ?? '';
		if (accessToken === '') return { status: 'Error', message: 'Not connected yet: use the button above to sign in.' };
		if (Number(data.oauthTokenData?.n8n_expires_at) < Date.now()) return { status: 'OK', message: 'Signed in; the token is renewed with the next mail' };
		const server = serverOf(signIn, data);
		const provider = createSmtpProvider({ ...server, oauth: { accessToken } });
		try {
			await provider.verify();
			return { status: 'OK', message: `Connected to ${server.host}` };
		} catch (error) {
			return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
		} finally {
			await provider.close();
		}
	};
}

/** n8n renews a token only in its own requests and here, and stores what it gets: Microsoft gives a new refresh token each time. */
async function tokenOf(context: IExecuteFunctions, type: string, { oauthTokenData }: SignInCredential): Promise<NonNullable<SmtpConfig['oauth']>> {
	if ((oauthTokenData?.access_token ?? '') === '') return { accessToken: null, why: 'over' };
	const expiresAtMs = Number(oauthTokenData?.n8n_expires_at);
	if (Number.isFinite(expiresAtMs) && expiresAtMs - FRESH_FOR_MS > Date.now()) return { accessToken: oauthTokenData?.access_token ?? '' };
	try {
		const renewed = (await context.helpers.refreshOAuth2Token.call(context, type)) as TokenData;
		return { accessToken: renewed.access_token ?? '' };
	} catch (error) {
		// n8n says so of a grant that was taken back or has ended; anything else may pass.
		return { accessToken: null, why: /reconnect|not connected/i.test(error instanceof Error ? error.message : '') ? 'over' : 'unreachable' };
	}
}
