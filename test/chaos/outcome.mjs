import { protocolViolations } from '../e2e/protocol-queries.ts';
import { EVENTS, WORKFLOW } from './journey.mjs';

/** How the reason begins for which they are held, for SQL. */
export const DIVERGED = 'diverged%';
const SHOWN = 12;

/** The ledger's id of a mail that lies in the inbox. */
function messageOf(mail) {
	return /^<([^@>]+)@/.exec(mail.headers['message-id'] ?? '')?.[1] ?? `no id, to ${mail.to}`;
}

/**
 * How it ended for everybody, one line for each mail, each path of a split, each end and each goal, in words that do not change between two runs. At which step
 * somebody ended is none of them: legs end in either order. Who is held as diverged is left out and counted. `unknown` may have arrived: the person went on as if it had.
 */
export async function outcomeOf({ database, inbox }, { atRest }) {
	const mails = await inbox.mails();
	const delivered = mails.map((mail) => ({ message: messageOf(mail), to: mail.to, html: mail.html }));
	const diverged = new Set(database.rows(`select i.value as who from token t join identity i on i.profile = t.profile and i.kind = 'user_id' where t.state = 'held' and t.reason like ?`, DIVERGED).map(({ who }) => who));
	const people = (text) => database.rows(text, WORKFLOW).filter(({ who }) => !diverged.has(who));
	const messages = people(`select i.value as who, m.step, m.trail, m.state, m.reason from message m join identity i on i.profile = m.profile and i.kind = 'user_id' where m.workflow = ?`);
	const ends = people(`select i.value as who, e.state, e.end_reason from enrollment e join identity i on i.profile = e.profile and i.kind = 'user_id' where e.workflow = ?`);
	// Where the split put them is written down in a table of its own, once a person.
	const paths = people(`select i.value as who, a.step, p.name from assignment a join experiment_path p on p.workflow = a.workflow and p.step = a.step and p.path = a.path
		join identity i on i.profile = a.profile and i.kind = 'user_id' where a.workflow = ?`);
	const goals = people(`select i.value as who, g.step, g.name from goal g join identity i on i.profile = g.profile and i.kind = 'user_id' where g.workflow = ?`);
	return {
		lines: [
			...messages.map(({ who, step, trail, state, reason }) => `${who} ${step} by ${trail || 'the start'}: ${state === 'unknown' ? 'sent' : [state, reason].filter(Boolean).join(' ')}`),
			...ends.map(({ who, state, end_reason }) => `${who} ends ${state}: ${end_reason}`),
			...paths.map(({ who, step, name }) => `${who} put on ${name} at ${step}`),
			...goals.map(({ who, step, name }) => `${who} goal ${name} at ${step}`),
		].sort(),
		mails: mails.length,
		twice: repeated(mails.map(({ to, subject }) => `${to}: ${subject}`)),
		lost: lostMails(database, new Set(delivered.map(({ message }) => message))),
		unknown: database.count(`select 1 from message where state = 'unknown'`),
		optedOut: database.count(`select distinct profile from consent where state = 'unsubscribed'`),
		/** Left out of the lines. */
		diverged,
		active: database.count(`select 1 from enrollment where workflow = ? and state = 'active'`, WORKFLOW),
		ended: database.count(`select 1 from enrollment where workflow = ? and state <> 'active'`, WORKFLOW),
		held: database.rows(`select reason, count(*) as people from token where state = 'held' and reason not like ? group by reason`, DIVERGED),
		passages: database.rows('select step, output, people from passage where workflow = ? order by step, output', WORKFLOW).map(({ step, output, people: n }) => `${step} ${output}: ${n}`),
		violations: protocolViolations(database, delivered, { entryEvent: EVENTS.entry, atRest }),
	};
}

function repeated(keys) {
	const seen = new Set();
	return keys.filter((key) => seen.size === seen.add(key).size);
}

/** Mails that the ledger calls sent and that lie in no inbox. */
function lostMails(database, arrived) {
	return database.rows(`select id from message where state = 'sent'`).map(({ id }) => id).filter((id) => !arrived.has(id));
}

/** What is in one list and not in the other, as often as it is; at most the first dozen of each. */
export function difference(expected, found) {
	const missing = without(expected, found);
	const added = without(found, expected);
	return { missing: missing.slice(0, SHOWN), added: added.slice(0, SHOWN), count: missing.length + added.length };
}

function without(lines, taken) {
	const rest = new Map();
	for (const line of taken) rest.set(line, (rest.get(line) ?? 0) + 1);
	return lines.filter((line) => {
		const left = rest.get(line) ?? 0;
		if (left > 0) rest.set(line, left - 1);
		return left === 0;
	});
}
