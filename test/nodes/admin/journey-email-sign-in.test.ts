import '../harness/environment';

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as tls from 'node:tls';

import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, IWorkflowExecuteAdditionalData, WorkflowExecuteMode } from 'n8n-workflow';
import type { SMTPServerAuthentication } from 'smtp-server';

import { JourneyGmailOAuth2Api } from '../../../credentials/JourneyGmailOAuth2Api.credentials';
import { JourneyMicrosoftOAuth2Api } from '../../../credentials/JourneyMicrosoftOAuth2Api.credentials';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { signInTest } from '../../../nodes/JourneyEmail/signIn';
import { localhostCertificate } from '../../engine/channels/certificate';
import { createWorld, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openInbox } from './inbox';
import type { Inbox } from './inbox';

const TYPE = { gmail: 'journeyGmailOAuth2Api', microsoft: 'journeyMicrosoftOAuth2Api' } as const;
const before = tls.getCACertificates();
const own = localhostCertificate(Date.now());

beforeAll(() => tls.setDefaultCACertificates([...before, own.cert]));
afterAll(() => tls.setDefaultCACertificates(before));

/** A token endpoint as RFC 6749, 6 has it: what it was asked, and what it answers. */
async function tokenServer(answer: () => { status: number; body: object }): Promise<{ url: string; asked: Array<{ body: URLSearchParams; authorization: string | undefined }>; close(): Promise<void> }> {
	const asked: Array<{ body: URLSearchParams; authorization: string | undefined }> = [];
	const server: Server = createServer((request, response) => {
		let text = '';
		request.on('data', (chunk: Buffer) => (text += chunk.toString()));
		request.on('end', () => {
			asked.push({ body: new URLSearchParams(text), authorization: request.headers.authorization });
			const { status, body } = answer();
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe.each(['gmail', 'microsoft'] as const)('Journey Email signed in with %s', (login) => {
	let world: World;
	let inbox: Inbox;
	let logins: Array<Pick<SMTPServerAuthentication, 'method' | 'username' | 'accessToken'>>;
	let tokens: Awaited<ReturnType<typeof tokenServer>>;
	let answer: { status: number; body: object };
	/** What n8n holds of the credential; it writes renewed tokens back. */
	let stored: ICredentialDataDecryptedObject;

	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeyEmail`]: new JourneyEmail() });
		logins = [];
		inbox = await openInbox({
			authOptional: false, disabledCommands: [], hideSTARTTLS: false, allowInsecureAuth: false, authMethods: ['XOAUTH2'], key: own.key, cert: own.cert,
			onAuth: ({ method, username, accessToken }, _session, done) => {
				logins.push({ method, username, accessToken });
				if (accessToken === 'good') done(null, { user: username });
				else done(null, { data: { status: '401', schemes: 'bearer', scope: 'mail' } });
			},
		});
		answer = { status: 200, body: { access_token: 'good', refresh_token: 'second', expires_in: 3599, token_type: 'Bearer' } };
		tokens = await tokenServer(() => answer);
		stored = {
			user: 'hello@shop.example', fromName: 'The Shop', host: `localhost:${inbox.config.port}`, grantType: 'authorizationCode', clientId: 'id', clientSecret: 'client-secret', accessTokenUrl: tokens.url,
			authentication: login === 'gmail' ? 'body' : 'header',
			oauthTokenData: { access_token: 'stale', refresh_token: 'first', expires_in: 3599, token_type: 'Bearer', n8n_expires_at: '1' } as never,
		};
	});
	afterEach(async () => {
		await world.close();
		await inbox.close();
		await tokens.close();
	});

	function desk(): Desk {
		const created = new Desk({ type: 'journeyEmail', node: new JourneyEmail(), parameters: { provider: login, purpose: 'transactional', contactEmail: '={{ $json.email }}', contentSource: 'text', subject: 'Hello', text: 'Hello' } });
		created.node.credentials = { [TYPE[login]]: { id: `${login}-${Math.random()}`, name: 'My mailbox' } };
		const inside = created.n8n as unknown as { additionalData(...given: [WorkflowExecuteMode]): IWorkflowExecuteAdditionalData };
		const whole = inside.additionalData.bind(created.n8n);
		inside.additionalData = (...given) => ({
			...whole(...given), webhookTestBaseUrl: 'http://localhost', webhookWaitingBaseUrl: 'http://localhost', formWaitingBaseUrl: 'http://localhost',
			credentialsHelper: {
				isCredentialUsableByNode: () => true,
				getDecrypted: async () => structuredClone(stored),
				runPreAuthentication: async () => undefined,
				updateCredentialsOauthTokenData: async (_node: unknown, _type: unknown, data: ICredentialDataDecryptedObject) => void (stored = structuredClone(data)),
			} as unknown as IWorkflowExecuteAdditionalData['credentialsHelper'],
		});
		return created;
	}
	const send = (email = 'ann@example.com') => desk().run([{ email }]);

	it('renews a token that has ended, keeps what it got, and logs in with it', async () => {
		const run = await send();
		const again = await send('ben@example.com');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT, 0)[0].json.mail).toMatchObject({ status: 'sent' });
		expect(outputOf(again, SUBJECT, 0)).toHaveLength(1);
		expect(tokens.asked).toHaveLength(1);
		expect(Object.fromEntries(tokens.asked[0].body)).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'first', ...(login === 'gmail' ? { client_id: 'id', client_secret: 'client-secret' } : {}) });
		if (login === 'microsoft') expect(tokens.asked[0].authorization).toBe(`Basic ${Buffer.from('id:client-secret').toString('base64')}`);
		expect(stored.oauthTokenData).toMatchObject({ access_token: 'good', refresh_token: 'second' });
		expect(logins).toEqual([{ method: 'XOAUTH2', username: 'hello@shop.example', accessToken: 'good' }]);
		expect(inbox.received.map(({ from, to }) => [from, to])).toEqual([['hello@shop.example', ['ann@example.com']], ['hello@shop.example', ['ben@example.com']]]);
	});

	it('uses a token that is still good without asking for another', async () => {
		stored.oauthTokenData = { access_token: 'good', refresh_token: 'first', n8n_expires_at: String(Date.now() + 3_600_000) };

		await send();

		expect(tokens.asked).toEqual([]);
		expect(inbox.received).toHaveLength(1);
	});

	it('is tested by a login with the token that n8n holds', async () => {
		const test = async (oauthTokenData: object | undefined) => await signInTest(login).call({} as ICredentialTestFunctions, { id: '1', name: 'x', type: TYPE[login], data: { ...stored, oauthTokenData: oauthTokenData as never } });

		expect(await test({ access_token: 'good' })).toEqual({ status: 'OK', message: 'Connected to localhost' });
		expect(await test({ access_token: 'bad' })).toMatchObject({ status: 'Error', message: expect.stringContaining('connect it anew') as string });
		expect(await test({ access_token: 'stale', n8n_expires_at: '1' })).toEqual({ status: 'OK', message: 'Signed in; the token is renewed with the next mail' });
		expect(await test(undefined)).toMatchObject({ status: 'Error', message: expect.stringContaining('Not connected yet') as string });
	});

	it.each<[string, () => void, RegExp, number]>([
		['that was taken back', () => (answer = { status: 400, body: { error: 'invalid_grant' } }), /does not accept the sign-in any more\. Open the mail credential and connect it anew/, 0],
		['that the mail server refuses', () => (answer = { status: 200, body: { access_token: 'bad', expires_in: 3599 } }), /does not accept the sign-in any more\. Open the mail credential and connect it anew/, 1],
		['that was never made', () => delete stored.oauthTokenData, /connect it anew/, 0],
		['that cannot be renewed for now', () => (answer = { status: 503, body: {} }), /could not be renewed\. It is tried again by itself/, 0],
	])('says what to do about a sign-in %s, sends nothing and repeats no secret', async (_title, change, reason, leastLogins) => {
		change();

		const run = await send();

		const [item] = outputOf(run, SUBJECT, 1);
		expect(item.json.mail).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) as string });
		expect(JSON.stringify(item.json)).not.toMatch(/client-secret|stale|first|"bad"/);
		expect(logins.length).toBeGreaterThanOrEqual(leastLogins);
		expect(inbox.received).toEqual([]);
	});
});

it.each([new JourneyGmailOAuth2Api(), new JourneyMicrosoftOAuth2Api()])('$name asks n8n\'s own sign-in for SMTP, and explains each field', ({ extends: parents, properties }) => {
	expect(parents).toEqual([expect.stringMatching(/^(google|microsoft)OAuth2Api$/)]);
	expect(properties.find(({ name }) => name === 'scope')?.default).toMatch(/^https:\/\/mail\.google\.com\/$|offline_access https:\/\/outlook\.office\.com\/SMTP\.Send$/);
	for (const property of properties) if (property.type !== 'notice') expect(property.description).toBeTruthy();
});
