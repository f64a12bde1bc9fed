import { setTimeout as sleep } from 'node:timers/promises';
import { AFTER_TIME_OUT, EVENTS, ORDER_STEP } from './journey.mjs';

const BATCH = 100;

/** Every third person orders. */
export const orders = (_contact, index) => index % 3 === 0;
/** Of the others, some unsubscribe while they wait for their order: they get no third mail. */
export const optsOut = (_contact, index) => index % 3 === 1 && index % 7 === 0;

/**
 * What the outside world does, whatever happens to n8n meanwhile: everybody begins, and who orders does so once they stand at the wait
 * for it, and so does who unsubscribes by the link of a mail. What was not taken is sent again under the same message id, as an SDK does.
 * @param {Awaited<ReturnType<import('./stand.mjs').openStand>>} stand
 */
export class Outside {
	constructor(stand) {
		this.stand = stand;
		this.toBegin = stand.contacts.map(({ userId }) => userId);
		/** How many may have begun by now. */
		this.allowed = 0;
		this.toOrder = new Set(stand.contacts.filter(orders).map(({ userId }) => userId));
		this.toOptOut = new Map(stand.contacts.filter(optsOut).map(({ userId, email }) => [userId, email]));
		/** Who waited for their order in vain, or unsubscribed behind the third mail, since n8n took no events for as long. */
		this.missed = new Set();
		this.ended = false;
		this.repeated = 0;
	}

	/** Plays until `end()`. */
	async play() {
		while (!this.ended) {
			await this.begin();
			const waiting = this.waiting();
			await this.order(waiting);
			await this.optOut(waiting);
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
		return this.toBegin.length === 0 && this.toOrder.size === 0 && this.toOptOut.size === 0;
	}

	async begin() {
		const begun = this.stand.contacts.length - this.toBegin.length;
		const now = this.toBegin.slice(0, Math.min(BATCH, this.allowed - begun));
		if (await this.send(now, EVENTS.entry)) this.toBegin.splice(0, now.length);
	}

	/** Who stands at the wait for an order. */
	waiting() {
		return this.stand.database.rows(`select i.value as "userId" from token t join step s on s.place = t.place join identity i on i.profile = t.profile and i.kind = 'user_id'
			where s.step = ? and t.state = 'parked' and t.outcome is null and t.watch is not null`, ORDER_STEP).map(({ userId }) => userId);
	}

	async order(waiting) {
		const now = waiting.filter((userId) => this.toOrder.has(userId)).slice(0, BATCH);
		if (await this.send(now, EVENTS.order)) for (const userId of now) this.toOrder.delete(userId);
		// Taken, and n8n died or slept before it could say so.
		for (const userId of this.people('event', 'name', EVENTS.order)) this.toOrder.delete(userId);
		for (const userId of this.people('message', 'step', AFTER_TIME_OUT)) if (this.toOrder.delete(userId)) this.missed.add(userId);
	}

	async optOut(waiting) {
		const now = waiting.filter((userId) => this.toOptOut.has(userId));
		const mails = now.length === 0 ? [] : await this.stand.inbox.mails();
		for (const userId of now) {
			const link = mails.filter(({ to }) => to === this.toOptOut.get(userId)).map(({ html }) => unsubscribeLink(html)).find(Boolean);
			if (link !== undefined && !(await this.stand.unsubscribe(link))) this.repeated += 1;
		}
		for (const userId of this.people('consent', 'state', 'unsubscribed')) this.toOptOut.delete(userId);
		for (const userId of this.people('message', 'step', AFTER_TIME_OUT)) if (this.toOptOut.delete(userId)) this.missed.add(userId);
		// Their call lay in the socket of an n8n that slept, and the mail was on its way before it was read.
		for (const { userId } of this.stand.database.rows(`select i.value as "userId" from message m join consent c on c.profile = m.profile and c.state = 'unsubscribed' and c.changed_at >= m.attempted_at
			join identity i on i.profile = m.profile and i.kind = 'user_id' where m.step = ?`, AFTER_TIME_OUT)) this.missed.add(userId);
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

function unsubscribeLink(html) {
	return /href="([^"]*\/unsubscribe\?[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
}
