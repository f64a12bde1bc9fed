import type { AddressInfo } from 'node:net';

import { SMTPServer } from 'smtp-server';

import type { SmtpConfig } from '../../../engine/channels/types';
import type { Mail } from '../journeys/walk';

/** One acceptance by the provider: what PROTOCOL.md calls provider_log. */
export interface Accepted {
	message: string;
	to: string;
	raw: string;
}

export interface MailboxOptions {
	/** An SMTP reply code to refuse this recipient with. */
	refuse?: (to: string) => number | undefined | Promise<number | undefined>;
	/** Runs when the whole mail has been received and before it is accepted. */
	beforeAccept?: (to: string, raw: string) => Promise<void> | void;
}

/** A real SMTP server that logs what it accepted before it says so. */
export class Mailbox {
	readonly accepted: Accepted[] = [];
	connections = 0;
	private server!: SMTPServer;
	port = 0;

	private constructor(public options: MailboxOptions) {}

	static async open(options: MailboxOptions = {}): Promise<Mailbox> {
		const box = new Mailbox(options);
		await box.listen(0);
		return box;
	}

	private async listen(port: number): Promise<void> {
		this.server = new SMTPServer({
			authOptional: true,
			disabledCommands: ['STARTTLS'],
			closeTimeout: 100,
			onConnect: (_session, done) => {
				this.connections += 1;
				done();
			},
			onRcptTo: ({ address }, _session, done) => {
				void Promise.resolve(this.options.refuse?.(address)).then((responseCode) => {
					done(responseCode === undefined ? null : Object.assign(new Error('refused'), { responseCode }));
				});
			},
			onData: (stream, session, done) => {
				const chunks: Buffer[] = [];
				stream.on('data', (chunk: Buffer) => chunks.push(chunk));
				stream.on('end', () => {
					const raw = Buffer.concat(chunks).toString();
					const to = session.envelope.rcptTo[0]?.address ?? '';
					void Promise.resolve(this.options.beforeAccept?.(to, raw)).then(() => {
						this.accepted.push({ message: /^Message-ID: <([^@>]+)@/im.exec(raw)?.[1] ?? '', to, raw });
						done(null);
					});
				});
			},
		});
		// A client that was killed in mid-session is what some tests are about.
		this.server.on('error', () => undefined);
		await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
		this.port = (this.server.server.address() as AddressInfo).port;
	}

	/** Nobody answers at the port until `revive`. */
	async die(): Promise<void> {
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}

	async revive(): Promise<void> {
		await this.listen(this.port);
	}

	async close(): Promise<void> {
		await this.die();
	}

	/** Connections that are open now. */
	async openConnections(): Promise<number> {
		return await new Promise((resolve) => this.server.server.getConnections((_error, count) => resolve(count)));
	}

	mail(given: Partial<Mail> = {}): Mail {
		return {
			purpose: 'transactional', topic: '', from: { name: 'The Shop', address: 'news@shop.example' },
			content: { subject: 'Hello {{ profile.number }}', body: { kind: 'html', source: '<p>marker:{{ profile.id }}: item:{{ item.word }}:</p>' } },
			provider: smtp(this.port), trackOpens: false, trackClicks: false, ...given,
		};
	}
}

export function smtp(port: number, given: Partial<SmtpConfig> = {}): SmtpConfig {
	return { kind: 'smtp', host: '127.0.0.1', port, secure: false, requireTls: false, timeoutMs: 10_000, connections: 5, ...given };
}
