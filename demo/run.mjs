import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, scratch } from '../scripts/setup/places.mjs';
import { main, say, step } from '../scripts/setup/progress.mjs';
import { compare } from './compare.mjs';
import { makeContacts } from './contacts.mjs';
import { importContacts } from './import-contacts.mjs';
import { claimHome, emptyHome, freshHome } from './homes.mjs';
import { journeyRows, liveLine, totals } from './live.mjs';
import { stopAll } from './processes.mjs';
import { Reader } from './reader.mjs';
import { planVisits, Shop } from './shop.mjs';
import { standUp, WRITE_KEY, writeState } from './stand-up.mjs';
import { verifyStory } from './story.mjs';

/** `npm run demo` after the set-up; runs under Node 24. See README.md for the flags. */
const { values: flags } = parseArgs({
	options: {
		check: { type: 'boolean', default: false },
		fresh: { type: 'boolean', default: false },
		journeys: { type: 'string', default: join(root, 'workflows') },
		contacts: { type: 'string', default: '1000' },
		seed: { type: 'string', default: '7' },
		'time-limit': { type: 'string', default: '600' },
		'editor-port': { type: 'string', default: process.env.DEMO_EDITOR_PORT },
		'inbox-port': { type: 'string', default: process.env.DEMO_INBOX_PORT },
		'smtp-port': { type: 'string', default: process.env.DEMO_SMTP_PORT },
		'collector-port': { type: 'string', default: process.env.DEMO_COLLECTOR_PORT },
	},
});

let stoppingSinceMs = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);

/** One Ctrl-C reaches us up to three times (terminal, npm, scripts/demo.mjs); a later second one does not wait. */
async function stop() {
	if (stoppingSinceMs > 0) {
		if (Date.now() - stoppingSinceMs > 2_000) process.exit(130);
		return;
	}
	stoppingSinceMs = Date.now();
	say('Stopping n8n and the inbox …');
	await stopAll();
	say('Stopped.');
	process.exit(flags.check ? 130 : 0);
}

await main(async () => {
	try {
		return await (flags.check ? check() : live());
	} catch (error) {
		// What was under way fails when we stop n8n; that is no news, and stop() ends the process.
		if (stoppingSinceMs > 0) await new Promise(() => {});
		throw error;
	} finally {
		if (stoppingSinceMs === 0) await stopAll();
	}
});

function ports() {
	const port = (name) => (flags[`${name}-port`] ? Number(flags[`${name}-port`]) : undefined);
	const wishes = { editor: port('editor'), inbox: port('inbox'), smtp: port('smtp'), collector: port('collector') };
	return Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined));
}

async function begin(home) {
	const stand = await standUp({ home, ports: ports(), journeys: flags.journeys });
	const story = verifyStory(stand.workflows);
	const contacts = makeContacts(Number(flags.contacts), Number(flags.seed));
	await step(
		`Import ${contacts.length} contacts from a CSV, as test people`,
		async () => {
			const report = await importContacts(stand.n8n, stand.workflows['import-contacts'].content, contacts);
			stand.state.imported = contacts.length;
			writeState(home, stand.state);
			return `${report.created} created, ${report.updated} updated`;
		},
		{ done: () => stand.state.imported === contacts.length, why: 'imported by an earlier start' },
	);
	return { stand, story, contacts };
}

function people({ stand, story, contacts }, { seed, spreadMs }) {
	const shop = new Shop({ collectorUrl: stand.collectorUrl, writeKey: WRITE_KEY, seed });
	const inTimeMs = story.reminderMs * 0.4;
	let visits = planVisits(contacts, { seed, spreadMs, inTimeMs });
	const visitOf = (address) => visits.find(({ contact }) => contact.email === address);
	const reader = new Reader({
		inbox: stand.inbox,
		seed,
		onMail: (kind, to) => {
			const visit = visitOf(to);
			if (kind === 'cart' && visit?.order === 'afterReminder') shop.later(1_500, () => shop.order(visit.contact, visit.value));
		},
		onClick: (kind, to) => {
			const visit = visitOf(to);
			// Who follows the second mail into the shop buys there, unless they had a cart of their own.
			if (visit && kind !== 'welcome' && visit.cartMs === null) shop.later(2_500, () => shop.order(visit.contact, visit.value));
		},
	});
	const replan = (options) => {
		visits = planVisits(contacts, { ...options, inTimeMs });
		shop.open(visits);
	};
	return { shop, visits, reader, replan };
}

/** Both simulators, several times a second, until `until` says so. */
async function simulate({ shop, reader }, until, everyMs = 250) {
	for (let turn = 0; !(await until()); turn += 1) {
		shop.turn();
		if (turn % 4 === 0) await reader.turn();
		await new Promise((resolve) => setTimeout(resolve, everyMs));
	}
}

async function live() {
	const home = join(scratch, 'n8n-home');
	claimHome(home);
	if (flags.fresh) emptyHome(home);
	const begun = await begin(home);
	const { stand, contacts } = begun;
	const start = (stand.state.starts ?? 0) + 1;
	writeState(home, { ...stand.state, starts: start });
	say('');
	say(`Editor      ${stand.n8n.url}   (sign in as ${stand.owner.email}, password ${stand.owner.password})`);
	say(`Inbox       ${stand.inbox.url}`);
	say(`Collector   ${stand.collectorUrl}   (write key ${WRITE_KEY})`);
	say('A shop simulator sends the events of its visitors to the collector. Ctrl-C stops everything.');
	say('');
	// Later starts are later days: the same people come back, with other plans; also when all have come to the end.
	let day = Number(flags.seed) + start * 1_000;
	const spreadMs = Math.max(20_000, contacts.length * 60);
	const simulated = people(begun, { seed: day, spreadMs });
	await simulated.reader.skipOld();
	simulated.shop.open(simulated.visits);
	const nextDay = () => {
		say('Everybody has reached an end; a new day begins in the shop.');
		simulated.replan({ seed: ++day, spreadMs });
	};
	let nextLineMs = 0;
	await simulate(simulated, async () => {
		if (Date.now() >= nextLineMs) {
			nextLineMs = Date.now() + 4_000;
			const now = totals(await journeyRows(stand.n8n));
			say(liveLine(now));
			if (simulated.shop.isIdle && now.waiting === 0) nextDay();
		}
		return !stand.n8n.isAlive();
	});
	throw new Error(`n8n ended by itself; see ${stand.n8n.logFile}.`);
}

async function check() {
	const home = freshHome('check');
	const begun = await begin(home);
	const { stand, contacts } = begun;
	const simulated = people(begun, { seed: Number(flags.seed), spreadMs: Math.max(5_000, contacts.length * 15) });
	simulated.shop.open(simulated.visits);
	const limitMs = Number(flags['time-limit']) * 1000;
	const startedMs = Date.now();
	let rows = [];
	let nextLookMs = 0;
	let quietLooks = 0;
	await simulate(simulated, async () => {
		if (Date.now() - startedMs > limitMs) {
			throw new Error(`The journeys did not finish within ${flags['time-limit']} s (--time-limit). Last: ${liveLine(totals(rows))}. n8n's log: ${stand.n8n.logFile}`);
		}
		if (!stand.n8n.isAlive()) throw new Error(`n8n ended by itself; see ${stand.n8n.logFile}.`);
		if (Date.now() < nextLookMs) return false;
		nextLookMs = Date.now() + 3_000;
		rows = await journeyRows(stand.n8n);
		const now = totals(rows);
		say(liveLine(now));
		const isDone = simulated.shop.isIdle && simulated.reader.isIdle && now.entered >= simulated.shop.signedUp.size && now.waiting === 0;
		quietLooks = isDone ? quietLooks + 1 : 0;
		// Twice in a row: what the shop's client still buffers, and late mails, show at the second look.
		return quietLooks >= 2;
	});
	await simulated.shop.close();
	await simulated.reader.turn();
	rows = await journeyRows(stand.n8n);
	const code = compare({ ...begun, ...simulated, rows });
	await stopAll();
	if (code === 0) rmSync(home, { recursive: true, force: true });
	else say(`n8n's folder, its log and the mails are kept in ${home}.`);
	return code;
}
