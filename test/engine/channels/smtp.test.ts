import { createServer, type AddressInfo } from 'node:net';

import { createSmtpProvider, type EmailProvider, type SendOutcome, type SmtpConfig } from '../../../engine/channels';
import { EngineError } from '../../../engine/kernel';
import { email, scriptedServer, smtpConfig, smtpServer, usual, type TestServer } from './servers';

const open: Array<{ close(): Promise<void> }> = [];

afterEach(async () => {
	for (const thing of open.splice(0).reverse()) await thing.close();
});

async function started(server: Promise<TestServer>): Promise<TestServer> {
	const running = await server;
	open.push(running);
	return running;
}

function provider(config: SmtpConfig): EmailProvider {
	const created = createSmtpProvider(config);
	open.push(created);
	return created;
}

function sendThrough(config: SmtpConfig): Promise<SendOutcome> {
	return provider(config).send(email());
}

/** One header of a raw mail, as its lines stand. */
function header(raw: string, name: string): string[] {
	const head = raw.split('\r\n\r\n')[0]!.split('\r\n');
	const at = head.findIndex((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
	if (at === -1) return [];
	const next = head.findIndex((line, index) => index > at && !/^\s/.test(line));
	return head.slice(at, next === -1 ? undefined : next);
}

function smtpError(message: string, responseCode: number): Error {
	return Object.assign(new Error(message), { responseCode });
}

async function unusedPort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

describe('A mail over SMTP', () => {
	it('is accepted, with the Message-ID at the sender\'s domain as its provider id', async () => {
		const server = await started(smtpServer());

		const outcome = await provider(server.config).send(email({ replyTo: 'help@shop.example', subject: 'Grüße' }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: '<bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>' });
		const [mail] = server.received;
		expect(mail).toMatchObject({ from: 'news@shop.example', to: ['ann.marsh@customer.example'] });
		expect(header(mail!.raw, 'Message-ID')).toEqual(['Message-ID: <bXNnLWlkLTEyMzQ1Njc4OQ@shop.example>']);
		expect(header(mail!.raw, 'From')).toEqual(['From: The Shop <news@shop.example>']);
		expect(header(mail!.raw, 'Reply-To')).toEqual(['Reply-To: help@shop.example']);
		expect(header(mail!.raw, 'Subject')).toEqual(['Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=']);
		expect(mail!.raw).toContain('multipart/alternative');
	});

	it('carries a long List-Unsubscribe on one line, so that DKIM holds', async () => {
		const server = await started(smtpServer());
		const address = `https://t.example/unsubscribe?t=1.${'abcdefghij'.repeat(30)}`;

		await provider(server.config).send(email({ headers: { 'List-Unsubscribe': `<${address}>, <mailto:out@shop.example>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } }));

		const { raw } = server.received[0]!;
		expect(header(raw, 'List-Unsubscribe')).toEqual([`List-Unsubscribe: <${address}>, <mailto:out@shop.example>`]);
		expect(header(raw, 'List-Unsubscribe-Post')).toEqual(['List-Unsubscribe-Post: List-Unsubscribe=One-Click']);
	});

	it('lets no header begin another, replace the sender or add a recipient', async () => {
		const server = await started(smtpServer());

		await provider(server.config).send(email({
			subject: 'a\r\nX-A: 1',
			from: { name: 'Shop\r\nX-B: 1', address: 'news@shop.example' },
			headers: { 'X-Ref': 'a\r\nX-C: 1', 'X-D: 1\r\nX-E': '1', Bcc: 'all@other.example', From: 'x@other.example', 'Message-ID': '<other>' },
		}));

		const { raw, to } = server.received[0]!;
		expect(to).toEqual(['ann.marsh@customer.example']);
		for (const name of ['X-A', 'X-B', 'X-C', 'X-D', 'X-E', 'Bcc']) expect(header(raw, name)).toEqual([]);
		expect(header(raw, 'X-Ref')).toEqual(['X-Ref: a X-C: 1']);
		expect(raw.match(/^From:/gim)).toHaveLength(1);
		expect(raw).not.toContain('other');
	});

	it.each(['ann@a.example, bob@b.example', 'ann@a.example>\r\nRCPT TO:<bob@b.example', 'ann', ''])('goes to nobody when the address is not exactly one: %j', async (to) => {
		const server = await started(smtpServer());

		const outcome = await provider(server.config).send(email({ to }));

		expect(outcome.kind).toBe('permanent');
		expect(server.received).toEqual([]);
	});

	it('goes over TLS from the start, and over STARTTLS where it is required', async () => {
		const direct = await started(smtpServer({ secure: true }));
		const upgraded = await started(smtpServer({ disabledCommands: [], hideSTARTTLS: false }));

		const outcomes = [
			await sendThrough({ ...direct.config, allowSelfSigned: true }),
			await sendThrough({ ...upgraded.config, allowSelfSigned: true, requireTls: true }),
		];

		expect(outcomes.map((outcome) => outcome.kind)).toEqual(['accepted', 'accepted']);
	});

	it('never uses more connections than configured', async () => {
		let now = 0;
		let most = 0;
		const server = await started(smtpServer({
			onConnect(_session, done) {
				most = Math.max(most, ++now);
				done();
			},
			onClose() {
				now--;
			},
		}));
		const smtp = provider({ ...server.config, connections: 3 });

		const outcomes = await Promise.all(Array.from({ length: 40 }, (_, number) => smtp.send(email({ id: `m${number}` }))));

		expect(outcomes.every((outcome) => outcome.kind === 'accepted')).toBe(true);
		expect(server.received).toHaveLength(40);
		expect(most).toBe(3);
	});
});

describe('A mail that the server refuses', () => {
	it('at the recipient is permanent, and its reason does not repeat the address', async () => {
		const server = await started(smtpServer({
			onRcptTo: (address, _session, done) => done(smtpError(`5.1.1 <${address.address}>: Recipient ANN.MARSH unknown`, 550)),
		}));

		const outcome = await sendThrough(server.config);

		expect(outcome.kind).toBe('permanent');
		expect(outcome).toHaveProperty('reason', expect.stringMatching(/refused the recipient\. The server said: 550 5\.1\.1 <\[address\]>: Recipient \[address\] unknown/));
	});

	it('for now, as greylisting does, is transient', async () => {
		const server = await started(smtpServer({ onRcptTo: (_address, _session, done) => done(smtpError('4.7.1 Greylisted, try later', 451)) }));

		expect(await sendThrough(server.config)).toEqual({ kind: 'transient', reason: 'The mail server refused the recipient. The server said: 451 4.7.1 Greylisted, try later' });
	});

	it.each([[554, 'permanent'], [452, 'transient']] as const)('after the message with %s is %s: nothing was taken', async (code, kind) => {
		const server = await started(smtpServer({
			onData(stream, _session, done) {
				stream.resume().on('end', () => done(smtpError('No', code)));
			},
		}));

		expect((await sendThrough(server.config)).kind).toBe(kind);
	});

	it('for its sender concerns the account, not the recipient', async () => {
		const server = await started(smtpServer({ onMailFrom: (_address, _session, done) => done(smtpError('5.7.1 Sender not verified', 550)) }));

		expect((await sendThrough(server.config)).kind).toBe('account');
	});

	it.each([
		['554 5.7.1 <a@b.example>: Relay access denied', 'account'],
		['550 5.4.5 Daily user sending limit exceeded', 'account'],
		['530 5.7.0 Authentication Required', 'account'],
		['503 5.5.1 Bad sequence', 'transient'],
		['550 5.7.1 Blocked as spam', 'permanent'],
	])('at RCPT with "%s" is %s', async (reply, kind) => {
		const server = await started(scriptedServer((line, socket) => (/^RCPT/.test(line ?? '') ? socket.write(`${reply}\r\n`) : usual(line, socket))));

		expect((await sendThrough(server.config)).kind).toBe(kind);
	});

	it('leaves the connection usable for the next', async () => {
		const server = await started(smtpServer({
			onRcptTo: (address, _session, done) => (address.address.startsWith('bad') ? done(smtpError('no', 550)) : done()),
		}));
		const smtp = provider({ ...server.config, connections: 1 });

		const outcomes = [await smtp.send(email({ to: 'bad@a.example' })), await smtp.send(email())];

		expect(outcomes.map((outcome) => outcome.kind)).toEqual(['permanent', 'accepted']);
	});
});

describe('A server that cannot be used', () => {
	it('for a wrong password concerns the account, and the reason holds neither user nor password', async () => {
		const server = await started(smtpServer({
			authOptional: false,
			allowInsecureAuth: true,
			authMethods: ['PLAIN', 'LOGIN'],
			onAuth: (auth, _session, done) => done(smtpError(`Invalid login for ${auth.username} with ${auth.password}`, 535)),
		}));

		const outcome = await sendThrough({ ...server.config, user: 'shop-user', password: 'hunter2' });

		expect(outcome.kind).toBe('account');
		expect(JSON.stringify(outcome)).toMatch(/Check user and password/);
		expect(JSON.stringify(outcome)).not.toMatch(/shop-user|hunter2/);
	});

	it('at a dead port is transient', async () => {
		expect(await sendThrough(smtpConfig(await unusedPort()))).toEqual({ kind: 'transient', reason: 'The mail server cannot be reached (ECONNREFUSED).' });
	});

	it('of an unknown name concerns the account', async () => {
		const outcome = await sendThrough({ ...smtpConfig(25), host: 'no-such-host.invalid' });

		expect(['account', 'transient']).toContain(outcome.kind);
		expect(JSON.stringify(outcome)).toMatch(/name is not known|name could not be looked up/);
	});

	it('without the STARTTLS that is required concerns the account, and gets no mail in the clear', async () => {
		const server = await started(smtpServer());

		const outcome = await sendThrough({ ...server.config, requireTls: true });

		expect(outcome.kind).toBe('account');
		expect(JSON.stringify(outcome)).toMatch(/no encrypted connection/);
		expect(server.received).toEqual([]);
	});

	it.each([['from the start', true], ['by STARTTLS', false]])('with a certificate that nobody vouches for concerns the account: %s', async (_title, secure) => {
		const server = await started(smtpServer({ secure, disabledCommands: [] }));

		const outcome = await sendThrough(server.config);

		expect(outcome.kind).toBe('account');
		expect(JSON.stringify(outcome)).toMatch(/certificate/);
		expect(server.received).toEqual([]);
	});

	it('that speaks no TLS on a TLS port, or no SMTP at all, concerns the account', async () => {
		const plain = await started(smtpServer());
		const web = await started(scriptedServer((line, socket) => line === null && socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));

		expect((await sendThrough({ ...plain.config, secure: true })).kind).toBe('account');
		expect((await sendThrough(web.config)).kind).toBe('account');
	});

	it('that is silent is given up after the time given, certainly unsent', async () => {
		const server = await started(scriptedServer(() => {}));

		expect((await sendThrough({ ...server.config, timeoutMs: 200 })).kind).toBe('transient');
	});
});

describe('A connection that is lost', () => {
	it.each([
		['before the greeting', (line: string | null) => line === null],
		['at MAIL FROM', (line: string | null) => /^MAIL/.test(line ?? '')],
		['at RCPT TO', (line: string | null) => /^RCPT/.test(line ?? '')],
		['at DATA', (line: string | null) => line === 'DATA'],
	])('%s is transient: nothing was handed over', async (_title, drops) => {
		const server = await started(scriptedServer((line, socket) => (drops(line) ? void socket.destroy() : usual(line, socket))));

		const outcome = await sendThrough(server.config);

		expect(outcome.kind).toBe('transient');
	});

	it('after the whole message and before its answer is ambiguous, and is not tried again', async () => {
		let messages = 0;
		const server = await started(scriptedServer((line, socket) => {
			if (line !== '.') return usual(line, socket);
			messages++;
			socket.destroy();
		}));

		const outcome = await sendThrough(server.config);

		expect(outcome.kind).toBe('ambiguous');
		expect(messages).toBe(1);
	});

	it('on a used connection, after the whole message, is ambiguous too', async () => {
		let messages = 0;
		const server = await started(scriptedServer((line, socket) => (line === '.' && ++messages === 2 ? void socket.destroy() : usual(line, socket))));
		const smtp = provider({ ...server.config, connections: 1 });

		const outcomes = [await smtp.send(email()), await smtp.send(email())];

		expect(outcomes.map((outcome) => outcome.kind)).toEqual(['accepted', 'ambiguous']);
		expect(messages).toBe(2);
	});

	it.each([
		['half an answer', (write: (text: string) => void) => write('25')],
		['an answer that is none', (write: (text: string) => void) => write('hello\r\n')],
		['an unfinished refusal', (write: (text: string) => void) => write('550 no')],
	])('after the whole message and %s is ambiguous', async (_title, answer) => {
		const server = await started(scriptedServer((line, socket) => {
			if (line !== '.') return usual(line, socket);
			answer((text) => void socket.end(text));
		}));

		expect((await sendThrough(server.config)).kind).toBe('ambiguous');
	});

	it('in the middle of the message is transient: without its end no server delivers it', async () => {
		let lines = 0;
		const server = await started(scriptedServer((line, socket) => {
			if (line === null || /^(EHLO|MAIL|RCPT|DATA$)/.test(line)) return usual(line, socket);
			if (++lines === 3) socket.resetAndDestroy();
		}));

		const outcome = await provider(server.config).send(email({ html: '<p>x</p>\n'.repeat(2_000_000) }));

		expect(outcome.kind).toBe('transient');
	});

	it('by our own time-out is ambiguous after the message and transient before it', async () => {
		const after = await started(scriptedServer((line, socket) => (line === '.' ? undefined : usual(line, socket))));
		const before = await started(scriptedServer((line, socket) => (line === 'DATA' ? undefined : usual(line, socket))));

		expect((await sendThrough({ ...after.config, timeoutMs: 4_000 })).kind).toBe('ambiguous');
		expect((await sendThrough({ ...before.config, timeoutMs: 500 })).kind).toBe('transient');
	});
});

describe('Verifying and closing', () => {
	it('verifies a server that works', async () => {
		const server = await started(smtpServer());

		await expect(provider(server.config).verify()).resolves.toBeUndefined();
	});

	it('says what to do about one that does not', async () => {
		const server = await started(smtpServer({
			authOptional: false,
			allowInsecureAuth: true,
			onAuth: (_auth, _session, done) => done(smtpError('no', 535)),
		}));

		const error: unknown = await provider({ ...server.config, user: 'u', password: 'hunter2' }).verify().catch((reason: unknown) => reason);

		expect(error).toBeInstanceOf(EngineError);
		expect(error).toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringMatching(/127\.0\.0\.1:\d+: .*Check user and password/) });
		expect(String(error)).not.toContain('hunter2');
	});

	it('finishes what is on its way when it closes, and sends nothing after', async () => {
		let release = (): void => {};
		const taken = new Promise<void>((resolve) => {
			release = resolve;
		});
		let arrived = (): void => {};
		const underWay = new Promise<void>((resolve) => {
			arrived = resolve;
		});
		const server = await started(smtpServer({
			onData(stream, _session, done) {
				stream.resume().on('end', () => {
					arrived();
					void taken.then(() => done(null));
				});
			},
		}));
		const smtp = createSmtpProvider(server.config);
		const sending = smtp.send(email());
		await underWay;

		const closing = smtp.close();
		release();

		expect((await sending).kind).toBe('accepted');
		await closing;
		expect((await smtp.send(email())).kind).toBe('transient');
	});
});
