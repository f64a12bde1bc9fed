import { generateKeyPairSync } from 'node:crypto';

import { authenticate } from 'mailauth';

import { createSmtpProvider, type DkimKey, type OutgoingEmail, type SmtpConfig } from '../../../engine/channels';
import { EngineError } from '../../../engine/kernel';
import { email, scriptedServer, smtpServer, usual } from './servers';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const dkim = (given: Partial<DkimKey> = {}): DkimKey => ({ domain: 'shop.example', selector: 'mail2026', privateKey: pem, ...given });
const PUBLISHED = `v=DKIM1; k=rsa; p=${pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;

/** DNS as the domain's owner would have set it: one TXT record, and nothing else. */
function resolver(name: string, type: string): Promise<string[][]> {
	if (name === 'mail2026._domainkey.shop.example' && type === 'TXT') return Promise.resolve([[PUBLISHED]]);
	return Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
}

async function received(given: Partial<OutgoingEmail>, key: DkimKey = dkim()): Promise<string> {
	const server = await smtpServer();
	const smtp = createSmtpProvider({ ...server.config, dkim: key });
	try {
		expect(await smtp.send(email(given))).toMatchObject({ kind: 'accepted' });
		return server.received[0]?.raw ?? '';
	} finally {
		await smtp.close();
		await server.close();
	}
}

async function verified(raw: string) {
	const { dkim: seen } = await authenticate(raw, { resolver, ip: '192.0.2.1', helo: 'mail.shop.example', sender: 'news@shop.example', disableArc: true, disableDmarc: true, disableBimi: true, minBitLength: 1024 });
	return seen.results.map(({ status, signingDomain, signingHeaders }) => ({ result: status.result, domain: signingDomain, aligned: status.aligned, headers: signingHeaders?.keys.toLowerCase().split(':').map((name) => name.trim()) ?? [] }));
}

const marketing: Partial<OutgoingEmail> = {
	subject: 'Grüße', html: `<p>Grüße</p>\n${'<p>x</p>\n'.repeat(3_000)}`, replyTo: 'help@shop.example',
	headers: { 'List-Unsubscribe': `<https://t.example/unsubscribe?t=1.${'abcdefghij'.repeat(30)}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
};

describe('A mail signed with DKIM', () => {
	it('is verified against the key in DNS, for the domain of its sender', async () => {
		const [signature, ...more] = await verified(await received(marketing));

		expect(signature).toMatchObject({ result: 'pass', domain: 'shop.example', aligned: 'shop.example' });
		expect(more).toEqual([]);
	});

	it('signs both headers of one-click unsubscribe, each on one line', async () => {
		const raw = await received(marketing);

		expect((await verified(raw))[0]?.headers).toEqual(expect.arrayContaining(['from', 'to', 'subject', 'list-unsubscribe', 'list-unsubscribe-post']));
		expect(raw).toMatch(/^List-Unsubscribe: <https:\S+>\r$/m);
	});

	it.each([
		['a changed link', (raw: string) => raw.replace('t.example/unsubscribe', 'evil.example/unsubscribe')],
		['a changed answer to one click', (raw: string) => raw.replace('List-Unsubscribe=One-Click', 'List-Unsubscribe=Never')],
		['a changed body', (raw: string) => raw.replace('<p>x</p>', '<p>y</p>')],
	])('no longer verifies after %s', async (_title, change) => {
		const raw = await received(marketing);

		expect(change(raw)).not.toBe(raw);
		expect((await verified(change(raw)))[0]?.result).toMatch(/fail|neutral/);
	});

	it.each([
		['with its lines run together', pem.replaceAll('\n', ' ').trim()],
		['with \\n written out', pem.trim().replaceAll('\n', '\\n')],
		['in the older form', pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
	])('takes a key %s, as it comes out of a password field', async (_title, privateKey) => {
		expect((await verified(await received({}, dkim({ privateKey }))))[0]?.result).toBe('pass');
	});

	it('that breaks off after its body was handed over is ambiguous, as without a signature', async () => {
		const server = await scriptedServer((line, socket) => (line === '.' ? void socket.destroy() : usual(line, socket)));
		const smtp = createSmtpProvider({ ...server.config, dkim: dkim() });

		expect((await smtp.send(email())).kind).toBe('ambiguous');
		await smtp.close();
		await server.close();
	});
});

describe('A mail that cannot be signed', () => {
	const short = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
	const other = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

	it.each([
		['a key that is none', dkim({ privateKey: 'hunter2' }), /private key in the SMTP credential cannot be read\. Paste the whole PEM/],
		['a key that is cut', dkim({ privateKey: pem.slice(0, 400) }), /cannot be read/],
		['a key too short to be believed', dkim({ privateKey: short }), /at least 1024 bits/],
		['a key of another kind', dkim({ privateKey: other }), /no RSA key/],
		['no domain', dkim({ domain: 'shop' }), /domain in the SMTP credential is no domain/],
		['a selector with a line break', dkim({ selector: 'a\r\nb' }), /selector/],
	])('leaves nobody with an unsigned one: %s stops the account', async (_title, key, reason) => {
		const server = await smtpServer();
		const config: SmtpConfig = { ...server.config, dkim: key };
		const smtp = createSmtpProvider(config);

		const outcome = await smtp.send(email());
		const verifying: unknown = await smtp.verify().catch((error: unknown) => error);

		expect(outcome).toEqual({ kind: 'account', reason: expect.stringMatching(reason) as string });
		expect(JSON.stringify(outcome)).not.toMatch(/hunter2|MII/);
		expect(verifying).toBeInstanceOf(EngineError);
		expect(verifying).toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringMatching(reason) as string });
		expect(server.received).toEqual([]);
		await smtp.close();
		await server.close();
	});
});
