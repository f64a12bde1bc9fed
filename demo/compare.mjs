import { kindOf, MEMBER_PLANS } from './story.mjs';

/**
 * What must hold when all journeys have ended, from what the simulated people did (shop, reader), what lies in the inbox, and
 * what the engine counted. Prints the table of counts and each comparison; returns the exit code.
 */
export function compare({ stand, story, contacts, shop, reader, rows }) {
	const row = (name) => rows.find(({ workflowId }) => workflowId === stand.workflows[name].id) ?? {};
	const welcome = row('welcome-series');
	const cart = row('abandoned-cart');
	print(rows);

	const checks = [
		['people who entered the welcome series = people who signed up', welcome.entered, shop.signedUp.size],
		['people who entered the abandoned cart = people with a cart', cart.entered, shop.carts.size],
		['people still under way', sum(rows, 'active'), 0],
		['people held for an error', sum(rows, 'held'), 0],
		['sends that failed', sum(rows, 'failed'), 0],
		['mails the engine sent = mails in the inbox', sum(rows, 'sent'), mailsOf(reader).length],
		['mails opened, as the engine counted = as the readers did', sum(rows, 'opened'), openedMails(reader)],
		['mails clicked, as the engine counted = as the readers did', sum(rows, 'clicked'), reader.clicked],
		['events the shop could not deliver', shop.failures.length, 0],
		['requests of readers that failed', reader.failures.length, 0],
		...perPerson({ story, contacts, shop, reader }),
		goals({ story, contacts, shop, reader, welcome }),
	];
	let failed = 0;
	for (const [title, actual, expected] of checks) {
		const ok = actual === expected;
		if (!ok) failed += 1;
		process.stdout.write(`${ok ? '  ok  ' : '  FAIL'}  ${title}: ${actual}${ok ? '' : `, expected ${expected}`}\n`);
	}
	for (const failure of [...new Set([...shop.failures, ...reader.failures])].slice(0, 5)) process.stdout.write(`        ${failure}\n`);
	process.stdout.write(failed === 0 ? '\nThe journeys did what the people did.\n' : `\n${failed} comparisons failed.\n`);
	return failed === 0 ? 0 : 1;
}

const sum = (rows, key) => rows.reduce((total, each) => total + (each[key] ?? 0), 0);
const mailsOf = (reader) => [...reader.people.values()].flatMap(({ mails }) => mails);
const openedMails = (reader) => [...reader.people.values()].reduce((total, { opened }) => total + opened, 0);

/** Each check counts the people for whom it does not hold. */
function perPerson({ story, contacts, shop, reader }) {
	const known = new Map(contacts.map((contact) => [contact.email, contact]));
	const addresses = [...reader.people.keys()];
	const broken = (title, holds) => {
		const people = contacts.filter((contact) => !holds(contact, reader.person(contact.email)));
		const example = people.length > 0 ? ` (for example ${people[0].email})` : '';
		return [`${title}${example}`, people.length, 0];
	};
	const has = (person, kind) => person.mails.some((mail) => mail.kind === kind);
	// The wait begins after the cart was sent; so an order that the collector had by then plus the waiting time was early.
	const orderedEarly = (email) => {
		const takenMs = shop.orders.get(email)?.takenMs ?? Infinity;
		return takenMs < (shop.carts.get(email) ?? 0) + story.reminderMs;
	};
	return [
		['mails to strangers', addresses.filter((address) => !known.has(address)).length, 0],
		['mails of no known kind', mailsOf(reader).filter(({ subject }) => !kindOf(subject)).length, 0],
		broken('people who got the same mail twice', (_, { mails }) => new Set(mails.map(({ kind }) => kind)).size === mails.length),
		broken("people whose mail names somebody else", ({ firstName }, { mails }) => mails.every(({ html }) => html.includes(escaped(firstName)) || html.includes(firstName))),
		broken('people who signed up and got no welcome', ({ email }, person) => !shop.signedUp.has(email) || has(person, 'welcome')),
		broken('people who clicked in time and got the mail for those who did not', (_, person) => {
			if (person.clickedMs === null) return true;
			const welcome = person.mails.find(({ kind }) => kind === 'welcome');
			const isInTime = person.clickedMs - welcome.arrivedAtMs < story.clickWindowMs - DELIVERY_MS;
			return !isInTime || !has(person, 'reminder');
		}),
		broken('people who never clicked and got a mail for those who did', (_, person) => person.clickedMs !== null || (!has(person, 'members') && !has(person, 'curious'))),
		broken("people who got the members' mail without their plan, or the other one with it", ({ plan }, person) => {
			return !has(person, MEMBER_PLANS.includes(plan) ? 'curious' : 'members');
		}),
		broken('people who stayed and got no second mail', ({ email }, person) => {
			const left = person.unsubscribedMs !== null || (story.orderEndsWelcome && shop.orders.has(email));
			return left || !shop.signedUp.has(email) || secondMailOf(person) !== undefined;
		}),
		broken('people who ordered in time and got a reminder of the cart', ({ email }, person) => !orderedEarly(email) || !has(person, 'cart')),
		broken('people who left their cart and got no reminder', ({ email }, person) => {
			const leftIt = shop.carts.has(email) && !(shop.orders.has(email) && !has(person, 'cart'));
			return !leftIt || person.unsubscribedMs !== null || has(person, 'cart');
		}),
		broken('people who got a mail after they unsubscribed', (_, { mails, unsubscribedMs }) => {
			return unsubscribedMs === null || mails.every(({ arrivedAtMs }) => arrivedAtMs <= unsubscribedMs + DELIVERY_MS);
		}),
	];
}

const secondMailOf = (person) => person.mails.find(({ kind }) => ['members', 'curious', 'reminder'].includes(kind));

/**
 * The goal counts orders after the second mail and within its window. Who ordered close to one of these edges, or never got the
 * second mail, may or may not count; everybody else is certain.
 */
function goals({ story, contacts, shop, reader, welcome }) {
	let certain = 0;
	let possible = 0;
	for (const { email } of contacts) {
		const order = shop.orders.get(email);
		if (order === undefined) continue;
		const second = secondMailOf(reader.person(email));
		const afterMs = second ? order.atMs - second.arrivedAtMs : 0;
		if (second && afterMs > DELIVERY_MS && order.takenMs !== null && order.takenMs - second.arrivedAtMs < story.orderWindowMs - EDGE_MS) certain += 1;
		if (!second || (afterMs > -EDGE_MS && afterMs < story.orderWindowMs + EDGE_MS)) possible += 1;
	}
	const count = (welcome.goals ?? []).reduce((total, goal) => total + goal.count, 0);
	return [`first orders counted as a goal (between ${certain} and ${possible}: ${count})`, count >= certain && count <= possible, true];
}

/** A step may take this long under load between its resume and the mail that is seen here. */
const EDGE_MS = 15_000;

/** How long after its cause something may be seen here: an attempt under way, the poll of the inbox, the shop's buffer. */
const DELIVERY_MS = 2_000;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll("'", '&#39;');

function print(rows) {
	const columns = ['journey', 'entered', 'completed', 'exited', 'active', 'held', 'sent', 'skipped', 'failed', 'opened', 'clicked', 'goals'];
	const cells = rows.map((row) => columns.map((column) => (column === 'goals' ? row.goals.map(({ name, count, value }) => `${name} ${count} (${value})`).join(', ') : String(row[column] ?? ''))));
	const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => row[index].length)));
	const line = (row) => row.map((cell, index) => (index === 0 || index === columns.length - 1 ? cell.padEnd(widths[index]) : cell.padStart(widths[index]))).join('  ');
	process.stdout.write(`\n${[columns, ...cells].map(line).join('\n')}\n\n`);
}
