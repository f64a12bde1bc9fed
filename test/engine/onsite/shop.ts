import { createHmac } from 'node:crypto';

import type { JsonObject } from '../../../engine/kernel';
import type { OnSiteSendRequest } from '../../../engine/messages/types';
import type { Decision, OnSiteContent, OnSiteShowing } from '../../../engine/onsite/types';
import { World } from '../journeys/world';
import type { Leg } from '../journeys/walk';
import type { DatabaseKind } from '../databases';

export const WRITE_KEY = 'wk_a-long-key';
export const USER_SECRET = 'a secret of the site and of nobody else';

export const SHOWING: OnSiteShowing = {
	kind: 'modal', slot: '', rules: { trigger: { on: 'load' }, urls: [], notUrls: [] }, priority: 50, mostShows: 3, gapHours: 0, expiresAfterHours: 48, recall: true, anyBrowser: false,
	style: { accent: '', theme: 'auto', position: 'end' },
};
export const CONTENT: OnSiteContent = { headline: 'Hello {{ profile.firstName }}', text: 'Welcome back.', buttons: [{ label: 'Shop', url: 'https://shop.example/{{ profile.plan }}' }] };

export interface Answer {
	status: number;
	body: JsonObject & { onSite?: Decision };
}

/** A shop whose pages show messages: people, journeys to them, and the calls of their browsers. */
export class Shop {
	private constructor(readonly world: World) {}

	static async open(kind: DatabaseKind, options: Parameters<typeof World.open>[1] = {}): Promise<Shop> {
		const shop = new Shop(await World.open(kind, options));
		const { engine, walk } = shop.world;
		await walk.register(shop.trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime', exitOn: { event: 'Bought' } });
		await engine.settings.set({ quietHours: null, caps: [] });
		await engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c', userSecret: USER_SECRET });
		return shop;
	}

	get trigger() {
		return this.world.walk.step('trigger', 'trigger');
	}

	step(name = 'onsite') {
		return this.world.walk.step(name, 'onSite');
	}

	/** Somebody known by their browser, and by what else is given. */
	async visitor(anonymousId: string, more: { userId?: string; email?: string; attributes?: JsonObject } = {}): Promise<number> {
		const identities = [{ kind: 'anonymous_id', value: anonymousId }, ...(more.userId === undefined ? [] : [{ kind: 'user_id', value: more.userId }]), ...(more.email === undefined ? [] : [{ kind: 'email', value: more.email }])];
		const { profiles } = await this.world.engine.profiles.upsert([{ identities, attributes: { firstName: 'Ada', plan: 'pro', ...more.attributes } }], { source: 'test' });
		return Number(profiles[0]);
	}

	async enter(...profiles: number[]): Promise<Leg> {
		await this.world.track('Signed Up', profiles);
		return await this.world.walk.start(this.trigger);
	}

	message(showing: Partial<OnSiteShowing> = {}, content: Partial<OnSiteContent> = {}, more: Partial<OnSiteSendRequest> = {}): Omit<OnSiteSendRequest, 'step' | 'items'> {
		return { purpose: 'marketing', topic: '', content: { ...CONTENT, ...content }, showing: { ...SHOWING, ...showing }, provider: { kind: 'onSite' }, ...more };
	}

	async send(leg: Leg, request = this.message(), step = this.step()) {
		return await this.world.engine.messages.sendOnSite({ ...request, step, items: leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) });
	}

	/** Enters, sends and comes to the journey's end. */
	async queue(profile: number, showing: Partial<OnSiteShowing> = {}, content: Partial<OnSiteContent> = {}, more: Partial<OnSiteSendRequest> = {}) {
		const leg = await this.enter(profile);
		const results = await this.send(leg, this.message(showing, content, more), this.step(`onsite ${(this.sent += 1)}`));
		await this.world.walk.settle(leg);
		return results;
	}

	private sent = 0;

	async call(route: string, body: JsonObject, headers: Record<string, string> = {}): Promise<Answer> {
		const answer = await this.world.engine.collector.handle({ method: 'POST', route, query: {}, headers, body: new Uint8Array(Buffer.from(JSON.stringify({ writeKey: WRITE_KEY, ...body }))) });
		return { status: answer.status, body: JSON.parse(String(answer.body)) as Answer['body'] };
	}

	async visit(anonymousId: string, page: JsonObject = {}, more: JsonObject = {}): Promise<Decision> {
		const { body } = await this.call('onsite', { do: 'decide', anonymousId, page: { url: 'https://shop.example/', ...page }, ...more });
		return body.onSite as Decision;
	}

	/** As the site's server proves it. */
	signed(userId: string, secret = USER_SECRET): JsonObject {
		return { userId, userToken: createHmac('sha256', secret).update(userId).digest('hex') };
	}

	async events(name: string): Promise<Array<{ profile: number; properties: JsonObject; message: string | null }>> {
		const rows = await this.world.rows<{ profile: number; properties: JsonObject | string; message: string | null }>(`select profile, properties, message from event where name = '${name}' order by id`);
		return rows.map((row) => ({ ...row, properties: typeof row.properties === 'string' ? (JSON.parse(row.properties) as JsonObject) : row.properties }));
	}

	async queued(): Promise<Array<{ message: string; profile: number; open: number; shows: number }>> {
		return await this.world.rows('select message, profile, open, shows from onsite_message order by queued_at, message');
	}

	async close(): Promise<void> {
		await this.world.close();
	}
}
