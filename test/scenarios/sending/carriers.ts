import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';

import type { INodeParameters } from 'n8n-workflow';

import type { CallbackSecrets } from '../../../engine/collector/types';
import type { SendGridConfig, TwilioConfig } from '../../../engine/channels/types';
import type { StepRef } from '../../../engine/journeys/types';
import type { EmailSendRequest, SmsSendRequest } from '../../../engine/messages/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../../engine/channels/http-service';
import { Mailbox, smtp } from '../../engine/messages/mailbox';
import type { Person, Walk } from '../../engine/journeys/walk';
import type { Credentials } from '../../nodes/admin/desk';
import { step as node, type WorkflowJson } from '../failures/story';

export const LINKS = 'https://links.shop.example';
const UNSUBSCRIBE = /https:\/\/links\.shop\.example\/unsubscribe\?t=[\w.-]+/;
const CLICK = /https:\/\/links\.shop\.example\/click\?t=[\w.-]+/;

/** One message that the service has in its hands. */
export interface Taken {
	/** Of the person: `ann` is ann@example.com, and has a number of her own. */
	name: string;
	/** The engine's id. */
	message: string;
	subject: string;
	unsubscribe: string;
	click: string;
}

/** What a send may bring that is not the same in all scenarios. */
export type Given = Pick<EmailSendRequest, 'holding'> & { purpose?: EmailSendRequest['purpose']; connections?: number; timeoutMs?: number; text?: string };

type Outside = EmailSendRequest['items'];
type Sent = Awaited<ReturnType<Walk['email']>>;

/** A sender of ours before a delivery service on a real socket, as scenarios see any of them. */
export interface Carrier {
	readonly channel: 'email' | 'sms';
	/** As they arrived, also those that were never answered. */
	readonly taken: Taken[];
	/** Runs when the service has all of a message and before it says so. What it gives back is what a service over HTTP says instead. */
	beforeAnswer: (taken: Taken) => Promise<Answer | undefined | void> | Answer | undefined | void;
	send(walk: Walk, step: StepRef, people: readonly Person[], given?: Given): Promise<Sent>;
	/** To rows of a sheet. */
	sendOutside(walk: Walk, step: StepRef, items: Array<{ address: string; key: string; row?: Record<string, string> }>, given?: Given): ReturnType<Walk['engine']['messages']['sendEmail']>;
	/** The sender on the canvas; one connection, so that its batch goes person by person. */
	node(name: string): WorkflowJson['nodes'][number];
	readonly credentials: Credentials;
	/** What the collector checks the service's callbacks with. */
	readonly callbacks: CallbackSecrets;
	/** That it arrived after all: by the service's delivery report, or, of a bare mail server, by the person's own click. */
	tellArrived(taken: Taken, call: (url: string, init: RequestInit) => Promise<Response>, nowMs: number): Promise<number>;
	connections(): Promise<number>;
	close(): Promise<void>;
}

const NAMES = ['ann', 'bea', 'cid', 'dan', 'eve', 'berlin', 'york', 'howe', 'kolkata', ...Array.from({ length: 20 }, (_, n) => `p${n}`)];

export const emailOf = (name: string): string => `${name}@example.com`;
/** In no zone of its own: what says where these people are is their attribute. */
export const phoneOf = (name: string): string => `+1212555${String(NAMES.indexOf(name) + 1000)}`;
const nameOfPhone = (phone: string): string => NAMES.find((name) => phoneOf(name) === phone) ?? phone;

export const CARRIERS: ReadonlyArray<[name: string, open: () => Promise<Carrier>]> = [
	['Journey Email by SMTP', async () => new SmtpCarrier(await Mailbox.open())],
	['Journey Email by SendGrid', async () => new SendGridCarrier(await httpService())],
	['Journey SMS by Twilio', async () => new TwilioCarrier(await httpService())],
];

abstract class EmailCarrier {
	readonly channel = 'email';
	readonly taken: Taken[] = [];
	beforeAnswer: Carrier['beforeAnswer'] = () => undefined;
	abstract config(given: Given): EmailSendRequest['provider'];

	async send(walk: Walk, step: StepRef, people: readonly Person[], given: Given = {}): Promise<Sent> {
		return await walk.email(step, people, this.request(step, given));
	}

	async sendOutside(walk: Walk, step: StepRef, items: Array<{ address: string; key: string; row?: Record<string, string> }>, given: Given = {}) {
		return await walk.engine.messages.sendEmail({ ...this.request(step, given), step, items: items.map(({ address, key, row }, index): Outside[number] => ({ index, contact: { email: address, key }, item: row ?? { email: address } })) });
	}

	private request(step: StepRef, given: Given) {
		const { purpose = 'marketing', holding, text = '' } = given;
		return {
			purpose, topic: '', from: { name: 'The Shop', address: 'news@shop.example' }, trackOpens: true, trackClicks: true, provider: this.config(given), ...(holding === undefined ? {} : { holding }),
			content: { subject: step.name, body: { kind: 'html' as const, source: bodyOf(text) } },
		};
	}
}

function bodyOf(text: string): string {
	return `<p>${text} <a href="https://shop.example/tea">Tea</a> <a href="{{ links.unsubscribeUrl }}">Out</a></p>`;
}

const MAIL: INodeParameters = { purpose: 'marketing', fromName: 'The Shop', fromAddress: 'news@shop.example', contentSource: 'html', html: bodyOf('') };

class SmtpCarrier extends EmailCarrier implements Carrier {
	constructor(private readonly mailbox: Mailbox) {
		super();
		mailbox.options = { beforeAccept: async (_to, raw) => {
			const taken = takenOfMime(raw);
			this.taken.push(taken);
			await this.beforeAnswer(taken);
		} };
	}

	config({ connections = 5, timeoutMs = 10_000 }: Given) {
		return smtp(this.mailbox.port, { connections, timeoutMs });
	}

	node(name: string) {
		return node(name, 'journeyEmail', { ...MAIL, subject: name });
	}

	readonly callbacks = {};
	get credentials(): Credentials {
		return { journeySmtpApi: { preset: 'custom', host: '127.0.0.1', port: this.mailbox.port, security: 'none', fromName: 'The Shop', fromAddress: 'news@shop.example', connections: 1 } };
	}

	async tellArrived({ click }: Taken, call: (url: string, init: RequestInit) => Promise<Response>): Promise<number> {
		return (await call(click, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' } })).status;
	}

	connections = () => this.mailbox.openConnections();
	close = () => this.mailbox.close();
}

function takenOfMime(raw: string): Taken {
	const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(raw)?.[1]?.trim() ?? '';
	return { name: header('To').replace('@example.com', ''), message: /^<?([^@>]+)@/.exec(header('Message-ID'))?.[1] ?? '', subject: header('Subject'), ...linksIn(raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=')) };
}

function linksIn(text: string): Pick<Taken, 'unsubscribe' | 'click'> {
	return { unsubscribe: UNSUBSCRIBE.exec(text)?.[0] ?? '', click: CLICK.exec(text)?.[0] ?? '' };
}

/** A service whose answer is kept back as long as a scenario wants. */
function answering(service: Service, carrier: Pick<Carrier, 'taken' | 'beforeAnswer'>, takenOf: (call: ServiceCall) => Taken, answer: (taken: Taken) => Answer): void {
	service.answer = async (call) => {
		const taken = takenOf(call);
		carrier.taken.push(taken);
		return (await carrier.beforeAnswer(taken)) ?? answer(taken);
	};
}

interface SendGridMail {
	personalizations: Array<{ to: Array<{ email: string }>; custom_args: Record<string, string> }>;
	subject: string;
	content: Array<{ type: string; value: string }>;
}

class SendGridCarrier extends EmailCarrier implements Carrier {
	private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	private readonly marks = new Map<string, Record<string, string>>();

	constructor(private readonly service: Service) {
		super();
		answering(service, this, ({ json }) => {
			const { personalizations: [personal], subject, content } = json as SendGridMail;
			const message = personal?.custom_args.journeys_message ?? '';
			this.marks.set(message, personal?.custom_args ?? {});
			return { name: (personal?.to[0]?.email ?? '').replace('@example.com', ''), message, subject, ...linksIn(content.map(({ value }) => value).join('\n')) };
		}, ({ message }) => ({ status: 202, headers: { 'x-message-id': `sg-${message}` } }));
	}

	config({ connections = 5, timeoutMs = 10_000 }: Given): SendGridConfig {
		return { kind: 'sendgrid', apiKey: 'a-key', region: 'global', baseUrl: this.service.url, connections, timeoutMs };
	}

	node(name: string) {
		return node(name, 'journeyEmail', { ...MAIL, provider: 'sendgrid', subject: name });
	}

	get credentials(): Credentials {
		return { journeySendGridApi: { apiKey: 'a-key', region: 'global', baseUrl: this.service.url, connections: 1 } };
	}

	get callbacks(): CallbackSecrets {
		return { sendgrid: { verificationKey: this.keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64') } };
	}

	async tellArrived({ message, name }: Taken, call: (url: string, init: RequestInit) => Promise<Response>, nowMs: number): Promise<number> {
		const timestamp = String(Math.floor(nowMs / 1000));
		const body = JSON.stringify([{ event: 'delivered', email: emailOf(name), timestamp: Number(timestamp), sg_event_id: `ev-${message}`, sg_message_id: `sg-${message}.filter0001.1.1`, response: '250 OK', ...this.marks.get(message) }]);
		const signature = createSign('sha256').update(timestamp + body).sign(this.keys.privateKey, 'base64');
		return (await call(`${LINKS}/callbacks/sendgrid`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-twilio-email-event-webhook-signature': signature, 'x-twilio-email-event-webhook-timestamp': timestamp } })).status;
	}

	connections = () => this.service.connections();
	close = () => this.service.close();
}

const TOKEN = 'token-of-the-account';
const SMS_TEXT = '{{ links.unsubscribeUrl }} https://shop.example/tea';

class TwilioCarrier implements Carrier {
	readonly channel = 'sms';
	readonly taken: Taken[] = [];
	beforeAnswer: Carrier['beforeAnswer'] = () => undefined;
	readonly callbacks = { twilio: { authToken: TOKEN } };

	constructor(private readonly service: Service) {
		answering(service, this, ({ form }) => ({
			name: nameOfPhone(form.get('To') ?? ''), message: new URL(form.get('StatusCallback') ?? LINKS).searchParams.get('message') ?? '', subject: (form.get('Body') ?? '').split(':')[0] ?? '', ...linksIn(form.get('Body') ?? ''),
		}), ({ message }) => ({ status: 201, json: { sid: `SM-${message}`, status: 'queued' } }));
	}

	async send(walk: Walk, step: StepRef, people: readonly Person[], given: Given = {}): Promise<Sent> {
		return await walk.sms(step, people, this.request(step, given));
	}

	async sendOutside(walk: Walk, step: StepRef, items: Array<{ address: string; key: string; row?: Record<string, string> }>, given: Given = {}) {
		return await walk.engine.messages.sendSms({ ...this.request(step, given), step, items: items.map(({ address, key, row }, index) => ({ index, contact: { phone: address, key }, item: row ?? { phone: address } })) });
	}

	private request({ name }: StepRef, { purpose = 'marketing', holding, connections = 5, timeoutMs = 10_000, text = '' }: Given): Omit<SmsSendRequest, 'step' | 'items'> {
		const provider: TwilioConfig = { kind: 'twilio', accountSid: 'AC1', authToken: TOKEN, baseUrl: this.service.url, connections, timeoutMs };
		return { purpose, topic: '', content: { text: `${name}: ${text} ${SMS_TEXT}` }, senders: { default: '+15005550006', byCountry: {} }, trackClicks: true, provider, ...(holding === undefined ? {} : { holding }) };
	}

	node(name: string) {
		return node(name, 'journeySms', { provider: 'twilio', purpose: 'marketing', from: '+15005550006', contentSource: 'text', text: `${name}: ${SMS_TEXT}`, options: { connections: 1 } });
	}

	get credentials(): Credentials {
		return { journeyTwilioApi: { accountSid: 'AC1', authToken: TOKEN, baseUrl: this.service.url } };
	}

	async tellArrived({ message, name }: Taken, call: (url: string, init: RequestInit) => Promise<Response>): Promise<number> {
		const url = `${LINKS}/callbacks/twilio?message=${encodeURIComponent(message)}`;
		const form = new URLSearchParams({ MessageSid: `SM-${message}`, MessageStatus: 'delivered', To: phoneOf(name), From: '+15005550006' });
		const signature = createHmac('sha1', TOKEN).update(url + [...form.keys()].sort().map((field) => field + form.get(field)).join('')).digest('base64');
		return (await call(url, { method: 'POST', body: form.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature } })).status;
	}

	connections = () => this.service.connections();
	close = () => this.service.close();
}
