import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeContacts } from '../../demo/contacts.mjs';
import { importContacts } from '../../demo/import-contacts.mjs';
import { stopAll } from '../../demo/processes.mjs';
import { standUp, WRITE_KEY } from '../../demo/stand-up.mjs';
import { startN8n } from '../../demo/start-n8n.mjs';
import { root } from '../../scripts/setup/places.mjs';
import { JourneysDatabase } from '../e2e/journeys-database.ts';
import { chaosJourney } from './journey.mjs';

/** Mails leave at any hour and as often as the journey says. */
const UNGUARDED = { caps: [], quietHours: null };

/**
 * A real n8n with the pack as a community install lays it, an inbox, the contacts as test people, and the journey published, in a folder
 * of its own below the system's temporary one.
 * @param {{ contacts: number, seed: number, daySeconds: number, serviceUrl: string }} options
 */
export async function openStand({ contacts: count, seed, daySeconds, serviceUrl }) {
	const home = mkdtempSync(join(tmpdir(), 'journeys-chaos-'));
	const journeys = join(home, 'workflows');
	mkdirSync(journeys);
	for (const file of ['collector.json', 'import-contacts.json']) cpSync(join(root, 'workflows', file), join(journeys, file));
	writeFileSync(join(journeys, 'chaos.json'), JSON.stringify(chaosJourney({ serviceUrl, daySeconds })));
	const up = await standUp({ home, journeys, settings: UNGUARDED });
	const contacts = makeContacts(count, seed);
	await importContacts(up.n8n, up.workflows['import-contacts'].content, contacts);
	const database = new JourneysDatabase(join(home, '.n8n', 'journeys', 'journeys.sqlite'));
	const stand = {
		home, contacts, database, inbox: up.inbox, n8n: up.n8n, startedMs: Date.now(),
		/** The same folder and ports again; comes back as soon as n8n answers, before all its workflows are up. */
		async restart() {
			stand.startedMs = Date.now();
			stand.n8n = await startN8n({ userFolder: home, port: up.ports.editor });
		},
		/** Calls of Segment's, to the collector's own listener. Answers with whether they were taken: while n8n is dead nobody does. */
		async track(events) {
			try {
				const response = await fetch(`${up.collectorUrl}/v1/batch`, {
					method: 'POST', signal: AbortSignal.timeout(10_000),
					headers: { authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`, 'content-type': 'application/json' },
					body: JSON.stringify({ batch: events }),
				});
				return response.ok;
			} catch {
				return false;
			}
		},
		/** One click, as a mail program does it. Answers with whether it was taken. */
		async unsubscribe(url) {
			try {
				const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(10_000), headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' });
				return response.ok;
			} catch {
				return false;
			}
		},
		/** The folder stays: whether something was off is known only when both runs can be compared. */
		async close() {
			database.close();
			await stopAll();
		},
	};
	return stand;
}
