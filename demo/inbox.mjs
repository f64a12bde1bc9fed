import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { demoInbox, node24, node24Environment } from '../scripts/setup/places.mjs';
import { answers, freePort, startGroup, waitUntil } from './processes.mjs';

/**
 * @typedef {object} Mail
 * @property {string} id MailDev's own.
 * @property {string} subject
 * @property {string} to The first recipient's address, lower-cased, from the SMTP envelope.
 * @property {Record<string, string>} headers Lower-cased names.
 * @property {string} html @property {string} text
 * @property {number} arrivedAtMs When this inbox handed it over first; by the reader's clock.
 *
 * @typedef {import('./processes.mjs').Group & { url: string, smtpPort: number, webPort: number, mails: () => Promise<Mail[]> }} Inbox
 *   `mails()` answers with all mails received so far, in order of arrival; each call fetches only the new ones.
 */

/**
 * Starts MailDev: a real SMTP server on 127.0.0.1 without a password or TLS, and a web page that shows the mails.
 * @param {object} options
 * @param {string} options.folder Where mails (and the log) are kept; mails of an earlier start are shown again.
 * @param {number} [options.smtpPort] Default: a free one. @param {number} [options.webPort] Default: a free one.
 * @returns {Promise<Inbox>}
 */
export async function startInbox({ folder, smtpPort, webPort }) {
	const mailFolder = join(folder, 'mails');
	mkdirSync(mailFolder, { recursive: true });
	const smtp = smtpPort ?? (await freePort());
	const web = webPort ?? (await freePort());
	const program = join(demoInbox, 'node_modules', 'maildev', 'bin', 'maildev');
	const args = ['--smtp', smtp, '--web', web, '--ip', '127.0.0.1', '--mail-directory', mailFolder, '--silent'].map(String);
	const group = startGroup(node24, [program, ...args], { cwd: folder, env: withoutMailDev(node24Environment()), logFile: join(folder, 'inbox.log') });
	const url = `http://127.0.0.1:${web}`;
	await waitUntil('The inbox starts', () => answers(`${url}/healthz`), { group });
	return { ...group, url, smtpPort: smtp, webPort: web, mails: reader(url) };
}

const withoutMailDev = (env) => Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MAILDEV_')));

/** MailDev lists mails in order of arrival and can skip some: a poll costs what is new, not the whole inbox. */
function reader(url) {
	/** @type {Mail[]} */
	let known = [];
	return async () => {
		const skip = Math.max(0, known.length - 1);
		let list = await list_(url, skip);
		// Somebody deleted mails on the web page: the positions moved, so start again.
		if (known.length > 0 && list[0]?.id !== known.at(-1).id) {
			const byId = new Map(known.map((mail) => [mail.id, mail]));
			list = await list_(url, 0);
			known = list.map((raw) => byId.get(raw.id) ?? mailOf(raw));
		} else {
			known.push(...list.slice(known.length > 0 ? 1 : 0).map(mailOf));
		}
		return known;
	};
}

async function list_(url, skip) {
	const response = await fetch(`${url}/email?skip=${skip}`);
	if (!response.ok) throw new Error(`The inbox answered ${response.status}.`);
	return await response.json();
}

function mailOf(raw) {
	const envelope = raw.envelope.to?.[0];
	return {
		id: raw.id,
		subject: raw.subject ?? '',
		to: (typeof envelope === 'string' ? envelope : (envelope?.address ?? '')).toLowerCase(),
		headers: raw.headers ?? {},
		html: raw.html ?? '',
		text: raw.text ?? '',
		arrivedAtMs: Date.now(),
	};
}
