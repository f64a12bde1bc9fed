import { createHmac } from 'node:crypto';

import type { MetaConfig } from '../../../engine/channels/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../channels/http-service';
import type { DatabaseKind } from '../databases';
import type { Leg, WhatsApp } from '../journeys/walk';
import { World } from '../journeys/world';

export const BERLIN = '+4915112345678';
export const SEOUL = '+821012345678';
export const NUMBER = '106540352242922';
const SECRET = 'secret-of-the-app';
const source = { source: 'test' };

/** What the service was given of one message. */
export interface Given {
	to: string;
	type: string;
	text?: { body: string };
	interactive?: object;
	template?: { name: string; language: { code: string }; components?: unknown[] };
	biz_opaque_callback_data: string;
}

/** An engine whose WhatsApp messages go to a Cloud API on a socket of this machine, and whose collector takes what that tells. */
export class MetaNumber {
	/** As the account has them, by GET. */
	templates: object[] = [];
	private inbound = 0;

	private constructor(readonly world: World, readonly service: Service) {}

	static async open(kind: DatabaseKind): Promise<MetaNumber> {
		const world = await World.open(kind);
		const number = new MetaNumber(world, await httpService());
		number.answerWith((call) => ({ status: 200, json: { messaging_product: 'whatsapp', messages: [{ id: `wamid.${(call.json as Given).biz_opaque_callback_data}` }] } }));
		await world.walk.register(number.trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c', callbacks: { meta: { appSecret: SECRET, verifyToken: 'v' } } });
		return number;
	}

	async close(): Promise<void> {
		await this.world.close();
		await this.service.close();
	}

	trigger = () => this.world.walk.step('trigger', 'trigger');
	step = (name = 'whatsapp') => this.world.walk.step(name, 'whatsapp');

	/** Templates are answered as ever. */
	answerWith(answer: (call: ServiceCall) => Answer): void {
		this.service.answer = (call) => (call.method === 'GET' ? { status: 200, json: { data: this.templates } } : answer(call));
	}

	get sent(): Given[] {
		return this.service.calls.filter(({ method }) => method === 'POST').map(({ json }) => json as Given);
	}

	config(given: Partial<MetaConfig> = {}): MetaConfig {
		return { kind: 'meta', accessToken: 'token-of-the-app', phoneNumberId: NUMBER, version: 'v23.0', baseUrl: this.service.url, connections: 5, timeoutMs: 10_000, ...given };
	}

	message(given: Partial<WhatsApp> = {}): WhatsApp {
		return { purpose: 'marketing', topic: '', content: { kind: 'text', text: 'Hello {{ profile.firstName }}' }, from: '', trackClicks: false, provider: this.config(), ...given };
	}

	/** Somebody who has signed up for WhatsApp. */
	async person(phone: string, attributes: Record<string, string> = {}): Promise<number> {
		const profile = await this.stranger(phone, attributes);
		await this.world.engine.consent.set([{ profile, channel: 'whatsapp', topic: '', state: 'subscribed', source: 'form' }]);
		return profile;
	}

	async stranger(phone: string, attributes: Record<string, string> = {}): Promise<number> {
		const { profiles: [id] } = await this.world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: `u${phone}` }, { kind: 'phone', value: phone }], attributes: { firstName: 'Anna', ...attributes } }], source);
		return Number(id);
	}

	async enter(...profiles: number[]): Promise<Leg> {
		await this.world.track('Signed Up', profiles);
		return await this.world.walk.start(this.trigger());
	}

	/** As Meta calls; the time is the clock's. */
	async tell(value: object, field = 'messages'): Promise<number> {
		const body = Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field, value: { messaging_product: 'whatsapp', metadata: { display_phone_number: '15550783881', phone_number_id: NUMBER }, ...value } }] }] }));
		const headers = { 'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}` };
		return (await this.world.engine.collector.handle({ route: 'callbacks/meta', method: 'POST', query: {}, headers, body, ip: '192.0.2.1' })).status;
	}

	/** A person writes, or presses; `agoMs`: and the call came late. */
	async writes(phone: string, given: object = { type: 'text', text: { body: 'Hi' } }, { agoMs = 0, phoneNumberId = NUMBER } = {}): Promise<void> {
		this.inbound += 1;
		await this.tell({ metadata: { display_phone_number: phoneNumberId === NUMBER ? '15550783881' : '15550000000', phone_number_id: phoneNumberId }, messages: [{ from: phone.replace('+', ''), id: `wamid.in${this.inbound}`, timestamp: String(this.seconds(agoMs)), ...given }] });
	}

	async status(state: string, message: string, more: object = {}): Promise<void> {
		await this.tell({ statuses: [{ id: `wamid.${message}`, status: state, timestamp: String(this.seconds()), recipient_id: BERLIN.slice(1), biz_opaque_callback_data: message, ...more }] });
	}

	private seconds(agoMs = 0): number {
		return Math.floor((this.world.clock.nowMs() - agoMs) / 1000);
	}

	async ledger() {
		return await this.world.rows<{ channel: string; state: string; guard: string | null; reason: string | null; provider: string | null; provider_id: string | null }>('select channel, state, guard, reason, provider, provider_id from message order by reserved_at, id');
	}

	async windows() {
		return await this.world.rows<{ address: string; sender: string }>('select address, sender from service_window order by address, sender');
	}

	async events(): Promise<Array<{ name: string; properties: Record<string, unknown> }>> {
		const rows = await this.world.rows<{ name: string; properties: string | Record<string, unknown> }>("select name, properties from event where source in ('delivery-report', 'tracking') order by id");
		return rows.map(({ name, properties }) => ({ name, properties: typeof properties === 'string' ? (JSON.parse(properties) as Record<string, unknown>) : properties }));
	}
}
