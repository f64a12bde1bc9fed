import { createHmac } from 'node:crypto';

import type { JourneyConfig } from '../../../engine/journeys/types';
import type { DatabaseKind } from '../databases';
import type { Leg, Person, Sms } from '../journeys/walk';
import type { World } from '../journeys/world';
import { SmsGateway } from '../messages/sms-gateway';
import { KEY, PostOffice, SIGNED_UP } from './post-office';

const TOKEN = 'token-of-the-account';
/** Of ours, as SmsGateway sends. */
export const OURS = '+15005550006';

export interface Told {
	name: string;
	profile: number;
	message: string | null;
	enrollment: number | null;
	properties: Record<string, unknown>;
}

/** An engine whose texts go through a Twilio on a socket of this machine, and whose own listener takes what people answer. */
export class TextTalk {
	private texts = 0;

	private constructor(readonly post: PostOffice, readonly gateway: SmsGateway) {}

	static async open(kind: DatabaseKind): Promise<TextTalk> {
		return new TextTalk(await PostOffice.open(kind, { twilio: { authToken: TOKEN }, http: { callbackKey: KEY } }), await SmsGateway.open());
	}

	async close(): Promise<void> {
		await this.post.close();
		await this.gateway.close();
	}

	get world(): World {
		return this.post.world;
	}

	sms = (name = 'sms') => this.world.walk.step(name, 'sms');

	/** A journey that people enter by this event. */
	async journey(trigger: string, more: Partial<JourneyConfig> = {}): Promise<void> {
		await this.world.walk.register(this.world.walk.step(trigger, 'trigger'), { entry: trigger === 'trigger' ? SIGNED_UP : { kind: 'event', match: { event: trigger } }, ...more });
	}

	/** '': who is known by their numbers alone. */
	async person(name: string, ...phones: string[]): Promise<number> {
		const { profiles: [id] } = await this.world.engine.profiles.upsert([{ identities: [...(name === '' ? [] : [{ kind: 'user_id', value: name }]), ...phones.map((value) => ({ kind: 'phone', value }))] }], { source: 'test' });
		return Number(id);
	}

	async enter(trigger: string, ...people: number[]): Promise<Leg> {
		await this.world.track(trigger === 'trigger' ? 'Signed Up' : trigger, people);
		return await this.world.walk.start(this.world.walk.step(trigger, 'trigger'));
	}

	/** Answers with those who go on, and the newest message. */
	async text(people: readonly Person[], { step = 'sms', ...given }: Partial<Sms> & { step?: string } = {}): Promise<{ people: Person[]; message: string }> {
		const { sent, results } = await this.world.walk.sms(this.sms(step), people, this.gateway.sms(given));
		return { people: sent, message: results.at(-1)?.message ?? '' };
	}

	/** As Twilio calls and signs (https://www.twilio.com/docs/messaging/guides/webhook-request, https://www.twilio.com/docs/usage/security). */
	async answer(from: string, text = 'Yes please', { to = OURS, sid = `SMin${(this.texts += 1)}`, more = {} }: { to?: string; sid?: string; more?: Record<string, string> } = {}): Promise<void> {
		const form = { MessageSid: sid, SmsStatus: 'received', From: from, To: to, Body: text, ...more };
		const signed = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1)).reduce((whole, [name, value]) => whole + name + value, 'https://links.shop.example/callbacks/twilio');
		const { status } = await fetch(`${this.post.url}/callbacks/twilio`, { method: 'POST', headers: { 'x-twilio-signature': createHmac('sha1', TOKEN).update(signed).digest('base64') }, body: new URLSearchParams(form) });
		expect(status).toBeLessThan(300);
	}

	/** As a service without an own reader calls, which tells when it was written. */
	async answerByHttp(from: string, { id = `in-${(this.texts += 1)}`, to = OURS, agoMs = 0 }: { id?: string; to?: string; agoMs?: number } = {}): Promise<void> {
		const timestamp = new Date(this.world.clock.nowMs() - agoMs).toISOString();
		const { status } = await fetch(`${this.post.url}/callbacks/http?key=${KEY}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id, from, to, text: 'Yes', timestamp }) });
		expect(status).toBeLessThan(300);
	}

	async told(): Promise<Told[]> {
		const rows = await this.world.rows<Omit<Told, 'properties'> & { properties: string | Told['properties'] }>("select name, profile, message, enrollment, properties from event where source = 'delivery-report' order by id");
		return rows.map((row) => ({ ...row, enrollment: row.enrollment === null ? null : Number(row.enrollment), properties: typeof row.properties === 'string' ? (JSON.parse(row.properties) as Told['properties']) : row.properties }));
	}

	/** Of each answer: whose it is and which message it is about. */
	async ties(): Promise<Array<[number, string | null]>> {
		return (await this.told()).filter(({ name }) => name === 'SMS Replied').map(({ profile, message }) => [profile, message]);
	}

	async replied(step = 'sms'): Promise<number | undefined> {
		return (await this.world.engine.journeys.status({ workflow: 'wf' })).flatMap(({ steps }) => steps).find((one) => one.step === step)?.messages?.replied;
	}
}
