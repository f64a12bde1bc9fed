import { setTimeout as sleep } from 'node:timers/promises';
import { AFTER_TIME_OUT, EVENTS, ORDER_STEP } from './journey.mjs';

const BATCH = 100;

/** Every third person orders. */
export const orders = (_contact, index) => index % 3 === 0;

/**
 * What the outside world does, whatever happens to n8n meanwhile: everybody begins, and who orders does so once they stand at the wait
 * for it. What was not taken is sent again under the same message id, as an SDK does.
 * @param {Awaited<ReturnType<import('./stand.mjs').openStand>>} stand
 */
export class Outside {
	constructor(stand) {
		this.stand = stand;
		this.toBegin = stand.contacts.map(({ userId }) => userId);
		/** How many may have begun by now. */
		this.allowed = 0;
		this.toOrder = new Set(stand.contacts.filter(orders).map(({ userId }) => userId));
		/** Who waited for their order in vain, since n8n took no events for as long. */
		this.missed = new Set();
		this.ended = false;
		this.repeated = 0;
	}

	/** Plays until `end()`. */
	async play() {
		while (!this.ended) {
			await this.begin();
			await this.order();
			await sleep(400);
		}
	}

	/** Another part of everybody may begin; 1: all. */
	letBegin(share) {
		this.allowed = Math.min(this.stand.contacts.length, this.allowed + Math.ceil(this.stand.contacts.length * share));
	}

	end() {
		this.ended = true;
	}

	get isDone() {
		return this.toBegin.length === 0 && this.toOrder.size === 0;
	}

	async begin() {
		const begun = this.stand.contacts.length - this.toBegin.length;
		const now = this.toBegin.slice(0, Math.min(BATCH, this.allowed - begun));
		if (await this.send(now, EVENTS.entry)) this.toBegin.splice(0, now.length);
	}

	async order() {
		const waiting = this.stand.database.rows(`select i.value as "userId" from token t join identity i on i.profile = t.profile and i.kind = 'user_id'
			where t.step = ? and t.state = 'parked' and t.outcome is null and t.watch is not null`, ORDER_STEP).map(({ userId }) => userId);
		const now = waiting.filter((userId) => this.toOrder.has(userId)).slice(0, BATCH);
		if (await this.send(now, EVENTS.order)) for (const userId of now) this.toOrder.delete(userId);
		// Taken, and n8n died or slept before it could say so.
		for (const userId of this.people('event', 'name', EVENTS.order)) this.toOrder.delete(userId);
		for (const userId of this.people('message', 'step', AFTER_TIME_OUT)) if (this.toOrder.delete(userId)) this.missed.add(userId);
	}

	/** Who has a row of this kind. */
	people(table, column, value) {
		return this.stand.database.rows(`select i.value as "userId" from ${table} t join identity i on i.profile = t.profile and i.kind = 'user_id' where t.${column} = ?`, value).map(({ userId }) => userId);
	}

	async send(userIds, event) {
		if (userIds.length === 0) return false;
		const taken = await this.stand.track(userIds.map((userId) => ({ type: 'track', userId, event, messageId: `${event} ${userId}` })));
		if (!taken) this.repeated += 1;
		return taken;
	}
}
