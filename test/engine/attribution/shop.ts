import { sql } from 'kysely';

import type { JsonObject } from '../../../engine/kernel';
import type { World } from '../journeys/world';

export const WORKFLOW = 'wf';

export interface SentMessage {
	id: string;
	profile: number;
	sentMs: number;
	workflow?: string;
	step?: string;
	journey?: string;
	channel?: string;
	topic?: string;
	template?: number;
	variant?: string;
	purpose?: 'marketing' | 'transactional' | 'test';
	state?: string;
	bounced?: boolean;
	/** A person's, by time. */
	opens?: number[];
	clicks?: number[];
	/** Of `clicks` and `opens`, those whose events retention has deleted; the ledger still knows the first and the last. */
	forgotten?: number[];
	/** Looks of machines. */
	machineOpens?: number[];
}

/** Rows of the ledger as the tracking leaves them, and its events. */
export async function sent(world: Pick<World, 'engine'>, messages: readonly SentMessage[]): Promise<void> {
	const rows = messages.map((message) => {
		const [opens, clicks] = [[...(message.opens ?? []), ...(message.clicks ?? [])], message.clicks ?? []];
		const edge = (times: readonly number[], pick: (...all: number[]) => number) => (times.length === 0 ? null : pick(...times));
		return {
			id: message.id, token: '', step: message.step ?? 'mail', trail: message.id, item_key: message.id, workflow: message.workflow ?? WORKFLOW, journey: message.journey ?? null, profile: message.profile,
			channel: message.channel ?? 'email', purpose: message.purpose ?? 'marketing', topic: message.topic ?? '', state: message.state ?? 'sent', template: message.template ?? null, variant: message.variant ?? null,
			reserved_at: message.sentMs, attempted_at: message.sentMs, ended_at: message.sentMs, bounced_at: message.bounced === true ? message.sentMs : null,
			opened_at: edge(opens, Math.min), last_opened_at: edge(opens, Math.max), clicked_at: edge(clicks, Math.min), last_clicked_at: edge(clicks, Math.max),
		};
	});
	await world.engine.store.tx('test-change', async (tx) => {
		const columns = Object.keys(rows[0] ?? {});
		for (const row of rows) await tx.run(sql`insert into message (${sql.join(columns.map((name) => sql.ref(name)))}) values (${sql.join(Object.values(row))})`);
	});
	const events = messages.flatMap(({ id, profile, channel = 'email', opens = [], clicks = [], forgotten = [], machineOpens = [] }) => {
		const event = (name: string, at: number, properties: JsonObject) => ({ type: 'track' as const, event: name, profileId: profile, message: id, timestamp: at, properties });
		const kept = (times: readonly number[]) => times.filter((at) => !forgotten.includes(at));
		return [
			...kept(clicks).map((at) => event(channel === 'sms' ? 'SMS Link Clicked' : 'Email Link Clicked', at, { message: id })),
			...(channel === 'email' ? [...kept(opens).map((at) => event('Email Opened', at, { machine: false })), ...machineOpens.map((at) => event('Email Opened', at, { machine: true }))] : []),
		];
	});
	for (let n = 0; n < events.length; n += 200) await world.engine.events.ingest(events.slice(n, n + 200), { source: 'test', own: true });
}

/** Somebody orders; `event` is what it is called. */
export async function ordered(world: Pick<World, 'engine'>, orders: ReadonlyArray<{ profile: number; at: number; event?: string; properties?: JsonObject }>, options: { historical?: boolean; inert?: boolean } = {}): Promise<void> {
	const events = orders.map(({ profile, at, event = 'Order Completed', properties = {} }) => ({ type: 'track' as const, event, profileId: profile, timestamp: at, properties }));
	for (let n = 0; n < events.length; n += 200) await world.engine.events.ingest(events.slice(n, n + 200), { source: 'test', ...options });
}

/** Millionths of a decimal text, by another way than the engine's. */
export function units(text: string): bigint {
	const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
	const value = BigInt(whole) * 1_000_000n + BigInt((fraction + '000000').slice(0, 6));
	return text.startsWith('-') ? -value : value;
}
