import { Analytics } from '@segment/analytics-node';
import { chance } from './random.mjs';
import { EVENTS } from './story.mjs';

/** @typedef {{ contact: import('./contacts.mjs').Contact, signUpMs: number, cartMs: number | null, order: 'inTime' | 'afterReminder' | 'none', value: number }} Visitor */

/**
 * What each person is going to do, drawn from the seed.
 * @param {import('./contacts.mjs').Contact[]} contacts
 * @param {{ seed: number, spreadMs: number, inTimeMs: number }} options
 *   `spreadMs`: the sign-ups are spread over this time. `inTimeMs`: an order within this time after the cart is early enough
 *   that no reminder may follow.
 * @returns {Array<Visitor & { orderMs: number | null }>}
 */
export function planVisits(contacts, { seed, spreadMs, inTimeMs }) {
	const random = chance(seed);
	return contacts.map((contact) => {
		const signUpMs = random.between(0, spreadMs);
		const hasCart = random.next() < 0.4;
		const cartMs = hasCart ? signUpMs + random.between(1_000, 5_000) : null;
		const order = hasCart ? random.oneOf({ inTime: 0.5, afterReminder: 0.25 }) : 'none';
		const orderMs = order === 'inTime' ? cartMs + random.between(200, Math.max(300, inTimeMs)) : null;
		return { contact, signUpMs, cartMs, order, orderMs, value: random.between(900, 19_900) / 100 };
	});
}

/**
 * A web shop that reports what its visitors do with Segment's own client for Node, pointed at our collector.
 * `done` counts what the client was given and the collector took; an event that fails for good is in `failures`.
 */
export class Shop {
	#client;
	#random;
	#queue = [];
	#startedMs = Date.now();
	signedUp = new Map();
	carts = new Map();
	/** By address: when it was ordered, and when the collector had taken the order (null until then). */
	orders = new Map();
	failures = [];

	/** @param {{ collectorUrl: string, writeKey: string, seed: number }} options `collectorUrl`: the collector's own listener. */
	constructor({ collectorUrl, writeKey, seed }) {
		this.#random = chance(seed + 1);
		this.#client = new Analytics({ host: collectorUrl, writeKey, flushAt: 50, flushInterval: 300, maxRetries: 5 });
		this.#client.on('error', (error) => this.failures.push(`${error.code}: ${error.reason?.message ?? error.reason ?? ''}`));
	}

	/** A new day with these visits. @param {ReturnType<typeof planVisits>} visits */
	open(visits) {
		this.signedUp.clear();
		this.carts.clear();
		this.orders.clear();
		this.#startedMs = Date.now();
		for (const visit of visits) {
			this.#at(visit.signUpMs, () => this.signUp(visit.contact));
			if (visit.cartMs !== null) this.#at(visit.cartMs, () => this.addToCart(visit.contact, visit.value));
			if (visit.orderMs !== null) this.#at(visit.orderMs, () => this.order(visit.contact, visit.value));
		}
		this.#queue.sort((one, other) => one.atMs - other.atMs);
	}

	#at(afterMs, act) {
		this.#queue.push({ atMs: this.#startedMs + afterMs, act });
	}

	/** Something a visitor does in so many milliseconds from now. */
	later(inMs, act) {
		this.#queue.push({ atMs: Date.now() + inMs, act });
		this.#queue.sort((one, other) => one.atMs - other.atMs);
	}

	/** Does what is due. Call several times a second. */
	turn() {
		const now = Date.now();
		while (this.#queue.length > 0 && this.#queue[0].atMs <= now) this.#queue.shift().act();
	}

	get isIdle() {
		return this.#queue.length === 0;
	}

	signUp({ userId, email, firstName, plan, language }) {
		this.#client.identify({ userId, traits: { email, first_name: firstName, plan, language } });
		this.#client.track({ userId, event: EVENTS.signedUp, properties: { source: this.#random.pick(['organic', 'ad', 'friend']) } });
		this.signedUp.set(email, Date.now());
	}

	addToCart({ userId, email }, price) {
		const product = this.#random.pick(PRODUCTS);
		this.#client.track({ userId, event: EVENTS.cart, properties: { ...product, price, currency: 'EUR', quantity: 1 } });
		this.carts.set(email, Date.now());
	}

	/** Each visitor orders once a day. */
	order({ userId, email }, total) {
		if (this.orders.has(email)) return;
		const order = { atMs: Date.now(), takenMs: null };
		this.orders.set(email, order);
		const properties = { order_id: `order-${userId}-${order.atMs}`, total, currency: 'EUR' };
		this.#client.track({ userId, event: EVENTS.ordered, properties }, (error) => {
			if (!error) order.takenMs = Date.now();
		});
	}

	/** Sends what is still buffered. */
	async close() {
		await this.#client.closeAndFlush({ timeout: 10_000 });
	}
}

const PRODUCTS = [
	{ product_id: 'tea-01', name: 'Sencha, 100 g', category: 'Tea' },
	{ product_id: 'cup-02', name: 'Glass cup', category: 'Cups' },
	{ product_id: 'pot-03', name: 'Cast iron pot', category: 'Pots' },
	{ product_id: 'set-04', name: 'Starter set', category: 'Sets' },
];
