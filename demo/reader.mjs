import { chance } from './random.mjs';
import { kindOf } from './story.mjs';
import { oneClickOf, pixelOf, trackedLinksOf } from './mail-links.mjs';

/** Looks like a person's browser: clicks of machines are counted apart. */
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';
const AT_ONCE = 8;

/**
 * Reads the inbox as people would: a seeded share opens a mail, clicks in it soon, clicks in it late, or unsubscribes with
 * one click. What a person does is drawn from (seed, address) and so does not depend on the order in which mails arrive.
 *
 * Records per person, in `people` by address: mails (kind, subject, id, arrivedAtMs), and when the answer of the collector came:
 * openedMs, clickedMs, unsubscribedMs.
 */
export class Reader {
	#inbox;
	#seed;
	#seen = 0;
	#due = [];
	#running = new Set();
	#onMail;
	#onClick;
	/** @type {Map<string, { mails: Array<{ kind: string | undefined, subject: string, id: string, arrivedAtMs: number, html: string }>, opened: number, clickedMs: number | null, lateClick: boolean, unsubscribedMs: number | null }>} */
	people = new Map();
	opened = 0;
	clicked = 0;
	unsubscribed = 0;
	/** Requests the collector did not answer as it should. */
	failures = [];

	/**
	 * @param {object} options
	 * @param {import('./inbox.mjs').Inbox} options.inbox
	 * @param {number} options.seed
	 * @param {(kind: string | undefined, to: string) => void} [options.onMail] Told of every mail once.
	 * @param {(kind: string | undefined, to: string) => void} [options.onClick] Told of every click that was answered.
	 */
	constructor({ inbox, seed, onMail = () => {}, onClick = () => {} }) {
		this.#inbox = inbox;
		this.#seed = seed;
		this.#onMail = onMail;
		this.#onClick = onClick;
	}

	/** Mails that lie in the inbox from an earlier start are not read again. */
	async skipOld() {
		this.#seen = (await this.#inbox.mails()).length;
	}

	/** Takes in new mails and does what is due. Call about once a second. */
	async turn() {
		const mails = await this.#inbox.mails();
		for (const mail of mails.slice(this.#seen)) this.#receive(mail);
		this.#seen = mails.length;
		const now = Date.now();
		const due = this.#due.filter((each) => each.atMs <= now);
		this.#due = this.#due.filter((each) => each.atMs > now);
		for (const { act } of due) {
			while (this.#running.size >= AT_ONCE) await Promise.race(this.#running);
			const doing = act()
				.catch((error) => this.failures.push(error.message))
				.finally(() => this.#running.delete(doing));
			this.#running.add(doing);
		}
		await Promise.all(this.#running);
	}

	/** Nothing is planned any more. */
	get isIdle() {
		return this.#due.length === 0 && this.#running.size === 0;
	}

	person(address) {
		if (!this.people.has(address)) this.people.set(address, { mails: [], opened: 0, clickedMs: null, lateClick: false, unsubscribedMs: null });
		return this.people.get(address);
	}

	#receive(mail) {
		const kind = kindOf(mail.subject);
		const person = this.person(mail.to);
		person.mails.push({ kind, subject: mail.subject, id: mail.id, arrivedAtMs: mail.arrivedAtMs, html: mail.html });
		this.#onMail(kind, mail.to);
		this.#plan(mail, kind, person);
	}

	#plan(mail, kind, person) {
		const random = chance(hash(`${this.#seed}/${mail.to}/${kind}`));
		const does = random.oneOf(kind === 'welcome' ? { click: 0.35, open: 0.25, unsubscribe: 0.02 } : { click: 0.2, open: 0.3 });
		if (does === 'none') return;
		const later = (ms, act) => this.#due.push({ atMs: mail.arrivedAtMs + ms, act });
		// Not at once: a link scanner is what clicks within the first second.
		const readMs = random.between(1_500, 3_500);
		if (does === 'unsubscribe') return later(readMs, () => this.#unsubscribe(mail, person));
		later(readMs, () => this.#open(mail, person));
		if (does === 'click') later(readMs + random.between(500, 1_500), () => this.#click(mail, kind, person));
	}

	async #open(mail, person) {
		const pixel = pixelOf(mail);
		if (!pixel) throw new Error(`"${mail.subject}" holds no open pixel`);
		const response = await get(pixel);
		if (response.status !== 200) throw new Error(`The open pixel answered ${response.status}`);
		person.opened += 1;
		this.opened += 1;
	}

	async #click(mail, kind, person) {
		const [link] = trackedLinksOf(mail);
		if (!link) throw new Error(`"${mail.subject}" holds no tracked link`);
		const response = await get(link);
		if (response.status < 300 || response.status > 399) throw new Error(`The click link answered ${response.status}`);
		if (kind === 'welcome') person.clickedMs = Date.now();
		this.clicked += 1;
		this.#onClick(kind, mail.to);
	}

	async #unsubscribe(mail, person) {
		const address = oneClickOf(mail);
		if (!address) throw new Error(`"${mail.subject}" has no one-click unsubscribe address`);
		const response = await fetch(address, {
			method: 'POST',
			headers: { 'user-agent': BROWSER, 'content-type': 'application/x-www-form-urlencoded' },
			body: 'List-Unsubscribe=One-Click',
		});
		if (!response.ok) throw new Error(`One-click unsubscribe answered ${response.status}`);
		person.unsubscribedMs = Date.now();
		this.unsubscribed += 1;
	}
}

/** Redirects are not followed: the shop of the demo has no pages. */
async function get(url) {
	const response = await fetch(url, { redirect: 'manual', headers: { 'user-agent': BROWSER, accept: '*/*' } });
	await response.arrayBuffer();
	return response;
}

/** FNV-1a. */
function hash(text) {
	let value = 0x811c9dc5;
	for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
	return value;
}
