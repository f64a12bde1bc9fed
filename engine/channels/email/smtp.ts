import type { SendMailOptions, SMTPPoolOptions, SMTPPoolSentMessageInfo, Transporter } from 'nodemailer';
import { Readable } from 'node:stream';

import { EngineError, isEngineError } from '../../kernel';
import type { EmailProvider, OutgoingEmail, SendOutcome, SmtpConfig } from '../types';
import { redacted } from '../redact';
import { dkimOptions } from './dkim';
import { personalOf, recipientsOf, unsendable } from './recipients';
import { mimeOf } from './mime';
import { messageId } from './smtp-message';
import { explain, isLogin, kindOf, outcomeOf, type BodyState, type CertainKind, type SmtpFailure } from './smtp-outcome';

const DEFAULT_CONNECTIONS = 5;
const DEFAULT_TIMEOUT_MS = 60_000;
/** Connecting, greeting and TLS: a server that needs longer is down. */
const CONNECT_TIMEOUT_MS = 20_000;
/** Below the minute after which busy servers drop idle connections, so that we close first. */
const IDLE_TIMEOUT_MS = 30_000;
/** As much as a socket takes at once. */
const PIECE_BYTES = 65_536;

const CONNECT_ANEW = 'The mail service does not accept the sign-in any more. Open the mail credential and connect it anew';
const RENEWAL_FAILED = 'The sign-in at the mail service could not be renewed. It is tried again by itself; if it goes on, open the mail credential and connect it anew.';

type SmtpTransport = Transporter<SMTPPoolSentMessageInfo, SMTPPoolOptions>;

/** The mail as it goes over the wire, and the streams that its body was read from; our plugin hangs both onto nodemailer's mail. */
interface Watched {
	raw: Buffer | null;
	bodies: Readable[];
}

/**
 * SMTP over a pool of at most `connections` connections, opened at the first send. Each send is tried once: retries
 * are the engine's, which knows whom it would mail twice. Outcomes are told apart by what the server said and by how
 * much of the body nodemailer took from the stream, not by its error alone: that is the same before and after DATA.
 */
export function createSmtpProvider(config: SmtpConfig): EmailProvider {
	const watched = new WeakMap<AbortSignal, Watched>();
	const pending = new Set<Promise<unknown>>();
	let transport: Promise<SmtpTransport> | undefined;
	let closed = false;

	const secrets = [config.user ?? '', config.password ?? '', config.oauth?.accessToken ?? ''].filter((secret) => secret !== '');
	const inWords = (failure: SmtpFailure, kind: CertainKind): string => (config.oauth !== undefined && isLogin(failure) ? CONNECT_ANEW : explain(failure, kind));
	const describer = (failure: SmtpFailure, personal: string[]) => (what: string) =>
		failure.response ? `${what}. The server said: ${redacted(failure.response, personal, secrets)}` : `${what}.`;

	const open = (): Promise<SmtpTransport> => (transport ??= openTransport(config, watched));

	async function attempt(email: OutgoingEmail): Promise<SendOutcome> {
		const refusal = unsendable(email);
		if (refusal !== null) return refusal;
		if (closed) return { kind: 'transient', reason: 'The connection was closed before the message was handed over.' };
		const signal = AbortSignal.timeout(config.timeoutMs ?? DEFAULT_TIMEOUT_MS);
		const watch: Watched = { raw: null, bodies: [] };
		watched.set(signal, watch);
		try {
			watch.raw = await mimeOf(email);
			const info = await (await open()).sendMail(handedOver(email, [email.to], signal));
			const note = await sendCopies(email, signal);
			return { kind: 'accepted', providerId: info.serverMessageId ?? messageId(email), ...(note === null ? {} : { note }) };
		} catch (error) {
			if (isEngineError(error)) return { kind: 'account', reason: error.message };
			const failure = failureOf(error);
			const body: BodyState = watch.bodies.some((stream) => stream.readableEnded) ? 'handedOver' : 'kept';
			return outcomeOf(failure, body, describer(failure, personalOf(email)), inWords);
		}
	}

	/**
	 * CC and BCC, in an envelope of their own and only once the person's mail is taken: in one envelope, a person who is refused for now would
	 * leave the copies to go out with every try. What becomes of copies never changes what became of the mail, and they are never tried again.
	 */
	async function sendCopies(email: OutgoingEmail, signal: AbortSignal): Promise<string | null> {
		const { cc, bcc } = recipientsOf(email);
		const copies = [...cc, ...bcc];
		if (copies.length === 0) return null;
		try {
			const { rejected: { length: refused } } = await (await open()).sendMail(handedOver(email, copies, signal));
			return refused === 0 ? null : `${refused} of ${copies.length} copies (CC, BCC) refused by the mail server`;
		} catch (error) {
			const failure = failureOf(error);
			return describer(failure, copies)('The copies (CC, BCC) may not have left');
		}
	}

	return {
		name: 'smtp',
		send(email) {
			const sending = attempt(email);
			pending.add(sending);
			return sending.finally(() => pending.delete(sending));
		},
		async verify() {
			try {
				await (await open()).verify();
			} catch (error) {
				if (isEngineError(error)) throw new EngineError('PROVIDER_FAILED', error.message);
				const failure = failureOf(error);
				const reason = describer(failure, [])(inWords(failure, kindOf(failure)));
				const { host, port } = config;
				throw new EngineError('PROVIDER_FAILED', `SMTP ${host}:${port}: ${reason}`, { host, port });
			}
		},
		async close() {
			closed = true;
			(await transport?.catch(() => undefined))?.close();
			await Promise.allSettled(pending);
		},
	};
}

/** To whom, for nodemailer; the mail itself is ready, and comes from our plugin. An address that is told as one is not looked through for several. */
function handedOver(email: OutgoingEmail, to: readonly string[], signal: AbortSignal): SendMailOptions {
	const [from, ...receivers] = [email.from.address, ...to].map((address) => ({ name: '', address }));
	return { envelope: { from, to: receivers }, messageId: messageId(email), text: '', baseBoundary: 'none', signal };
}

/** What is left of a long mail when the connection breaks tells that its end was not handed over. */
function inPieces(raw: Buffer): Readable {
	let at = 0;
	return new Readable({
		highWaterMark: PIECE_BYTES,
		read() {
			this.push(raw.subarray(at, (at += PIECE_BYTES)));
			if (at >= raw.length) this.push(null);
		},
	});
}

function authOf({ user, password = '', oauth }: SmtpConfig): Pick<SMTPPoolOptions, 'auth'> {
	if (!user) return {};
	if (oauth === undefined) return { auth: { user, pass: password } };
	if (oauth.accessToken === null) throw new EngineError('BAD_INPUT', oauth.why === 'over' ? `${CONNECT_ANEW}.` : RENEWAL_FAILED);
	return { auth: { type: 'OAUTH2', user, accessToken: oauth.accessToken } };
}

async function openTransport(config: SmtpConfig, watched: WeakMap<AbortSignal, Watched>): Promise<SmtpTransport> {
	const { createTransport } = await import('nodemailer');
	const timeoutMs = config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
	const connectMs = Math.min(timeoutMs, CONNECT_TIMEOUT_MS);
	const transport = createTransport({
		pool: true,
		host: config.host,
		port: config.port,
		secure: config.secure,
		requireTLS: config.requireTls && !config.secure,
		...(config.dkim ? { dkim: dkimOptions(config.dkim) } : {}),
		...authOf(config),
		tls: { rejectUnauthorized: !config.allowSelfSigned },
		maxConnections: config.connections ?? DEFAULT_CONNECTIONS,
		// nodemailer would queue a message again when its connection closes; whether that is safe is for the ledger to say.
		maxRequeues: 0,
		connectionTimeout: connectMs,
		greetingTimeout: connectMs,
		dnsTimeout: connectMs,
		socketTimeout: timeoutMs,
		idleTimeout: IDLE_TIMEOUT_MS,
	});
	transport.use('stream', (mail, next) => {
		const watch = mail.data.signal ? watched.get(mail.data.signal) : undefined;
		const raw = watch?.raw ?? null;
		if (watch === undefined || raw === null) return next(new Error('A mail was handed over without its text.'));
		const createReadStream = mail.message.createReadStream.bind(mail.message);
		mail.message.createReadStream = (options) => {
			const pieces = inPieces(raw);
			// What is ready needs none of nodemailer's pipelines, unless it is signed on its way through them.
			if (config.dkim !== undefined) mail.message.setRaw(pieces);
			const stream = config.dkim === undefined ? pieces : createReadStream(options);
			watch.bodies.push(stream);
			return stream;
		};
		next();
	});
	// Without a listener an 'error' of an idle connection would end the process; sends get their own.
	transport.on('error', () => {});
	return transport;
}

function failureOf(error: unknown): SmtpFailure {
	const { code, originalCode, command, responseCode, response } = (error ?? {}) as SmtpFailure;
	return {
		...(typeof code === 'string' ? { code } : {}),
		...(typeof originalCode === 'string' ? { originalCode } : {}),
		...(typeof command === 'string' ? { command } : {}),
		...(typeof responseCode === 'number' ? { responseCode } : {}),
		...(typeof response === 'string' ? { response } : {}),
	};
}
