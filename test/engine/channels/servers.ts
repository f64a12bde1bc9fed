import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

import type { OutgoingEmail, SmtpConfig } from '../../../engine/channels';

export interface Received {
	from: string;
	to: string[];
	raw: string;
}

export interface TestServer {
	config: SmtpConfig;
	received: Received[];
	close(): Promise<void>;
}

/** A real SMTP server on a free port. STARTTLS and logins only where a test asks for them. */
export async function smtpServer(options: SMTPServerOptions = {}): Promise<TestServer> {
	const received: Received[] = [];
	const server = new SMTPServer({
		authOptional: true,
		disabledCommands: ['STARTTLS'],
		// Also keeps its warning about the built-in certificate off: that nobody vouches for it is what we test.
		logger: false,
		onData(stream, session, done) {
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				const { mailFrom, rcptTo } = session.envelope;
				received.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map((to) => to.address), raw: Buffer.concat(chunks).toString() });
				done(null);
			});
		},
		...options,
	});
	// Clients that leave in mid-session, or refuse the certificate, are what the tests are about.
	server.on('error', () => {});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const port = (server.server.address() as AddressInfo).port;
	return { config: smtpConfig(port, options.secure ? { secure: true } : {}), received, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** A server that follows a script: `answer` gets each line of the client (null: the connection) and the socket. */
export async function scriptedServer(answer: (line: string | null, socket: Socket) => void): Promise<TestServer> {
	const sockets = new Set<Socket>();
	const server: Server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => sockets.delete(socket));
		let rest = '';
		socket.on('data', (chunk) => {
			const lines = (rest + chunk.toString()).split('\r\n');
			rest = lines.pop() ?? '';
			for (const line of lines) if (!socket.destroyed) answer(line, socket);
		});
		answer(null, socket);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		config: smtpConfig((server.address() as AddressInfo).port),
		received: [],
		close: () => new Promise((resolve) => {
			for (const socket of sockets) socket.destroy();
			server.close(() => resolve());
		}),
	};
}

/** The usual answers, so that a script only says where it differs; the message ends at the line with a dot. */
export function usual(line: string | null, socket: Socket): void {
	if (line === null) socket.write('220 test\r\n');
	else if (/^EHLO/.test(line)) socket.write('250 test\r\n');
	else if (/^(MAIL|RCPT|RSET)/.test(line)) socket.write('250 ok\r\n');
	else if (line === 'DATA') socket.write('354 go\r\n');
	else if (line === '.') socket.write('250 taken\r\n');
	else if (line === 'QUIT') socket.end('221 bye\r\n');
}

export function smtpConfig(port: number, given: Partial<SmtpConfig> = {}): SmtpConfig {
	return { kind: 'smtp', host: '127.0.0.1', port, secure: false, requireTls: false, timeoutMs: 10_000, ...given };
}

export function email(given: Partial<OutgoingEmail> = {}): OutgoingEmail {
	return {
		id: 'bXNnLWlkLTEyMzQ1Njc4OQ',
		to: 'ann.marsh@customer.example',
		from: { name: 'The Shop', address: 'news@shop.example' },
		subject: 'Hello',
		html: '<p>Hello</p>',
		text: 'Hello',
		headers: {},
		...given,
	};
}
