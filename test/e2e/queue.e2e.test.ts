import { sql } from 'kysely';

import type { Contact } from '../../demo/contacts.mjs';
import { importWorkflow, saveCredential } from '../../demo/n8n-rest.mjs';
import { silentLog } from '../../engine/kernel';
import { openStore, type Store } from '../../engine/store';
import { protocolViolations } from '../engine/journeys/protocol-checks';
import { Mailbox } from '../engine/messages/mailbox';
import { mail, named, SETTINGS, step, to, type Drawing, type DrawnNode } from './drawing';
import { QueueMode } from './queue';

const PEOPLE = 40;
const DAY_SECONDS = 5;
const WORKFLOW = 'e2e-queue-mode';
const ENTRY = 'Queue Began';
/** Two batches are under way when the worker dies. */
const BATCH = 20;
const CONNECTIONS = 5;

/**
 * What an installation becomes that outgrew one process. The main process claims and starts executions, which Redis hands to the worker; events come to the
 * webhook process, which runs no trigger. The mails go to a server of the test's own that can hold back an answer: the worker is killed while
 * it waits for one, whatever the machine's speed.
 */
describe('queue mode: a main, a worker and a webhook process of n8n on PostgreSQL and Redis', () => {
	let queue: QueueMode;
	let mailbox: Mailbox;
	let store: Store;
	let people: Contact[];

	beforeAll(async () => {
		mailbox = await Mailbox.open();
		queue = await QueueMode.up({ adapt: ({ type, parameters }) => {
			if (type.endsWith('.journeyTrigger')) parameters.options = { ...parameters.options, virtualDaySeconds: DAY_SECONDS };
		} });
		await bringUpJourney();
		people = await queue.stand.importPeople(PEOPLE, 47);
		store = await openStore({ database: { kind: 'postgres', url: queue.databaseUrl }, log: silentLog });
	});

	afterAll(async () => {
		await store?.close();
		await queue?.down();
		await mailbox?.close();
	});

	test('each contact that an event at the webhook process brings in passes a mail, a wait and a mail once, though the worker is killed in the middle of a batch', async () => {
		const held = holdBackAt(7);

		await queue.send('batch', { batch: people.map(({ userId }) => ({ type: 'track', userId, event: ENTRY, messageId: `began-${userId}` })) });
		await queue.stand.until('A mail waits for the answer of its server', () => held.waiting > 0, 120_000);
		await queue.worker.kill();
		held.letGo();
		expect(await count(`select 1 from enrollment where state = 'active'`)).toBe(PEOPLE);
		expect(await violations(false)).toEqual({});
		await queue.startWorker();
		await queue.stand.until('Every contact reaches the end', async () => (await count(`select 1 from enrollment where state = 'active'`)) === 0, 400_000);

		expect(await rows(`select state, count(*) as people from enrollment group by state`)).toEqual([{ state: 'completed', people: PEOPLE }]);
		const mails = mailbox.accepted.map(({ to: address, raw }) => `${address}: ${/^Subject: (.*)$/im.exec(raw)?.[1]}`);
		expect(mails.filter((one, at) => mails.indexOf(one) !== at)).toEqual([]);
		// Unknown is what the dead worker had given to the mail server, of each batch at most one attempt, whose second is of two turns; the server took some of it.
		const unknown = await count(`select 1 from message where state = 'unknown'`);
		expect(unknown).toBeGreaterThan(0);
		expect(unknown).toBeLessThanOrEqual(2 * 2 * CONNECTIONS);
		expect(await count(`select 1 from message where state = 'sent'`)).toBe(2 * PEOPLE - unknown);
		expect(mails.length).toBeGreaterThanOrEqual(2 * PEOPLE - unknown);
		expect(await count(`select 1 from goal where name = 'Said goodbye'`)).toBe(PEOPLE);
		expect(await violations(true)).toEqual({});
	});

	test('an event that comes to the webhook process twice brings its contact in once', async () => {
		await queue.send('track', { type: 'track', userId: people[0]?.userId, event: ENTRY, messageId: 'began-again' });
		await queue.send('track', { type: 'track', userId: people[0]?.userId, event: ENTRY, messageId: 'began-again' });

		await queue.stand.until('The contact is through again', async () => (await count(`select 1 from enrollment where state = 'completed'`)) === PEOPLE + 1, 120_000);

		expect(await count(`select 1 from enrollment`)).toBe(PEOPLE + 1);
		expect(await count(`select 1 from message where state in ('sent', 'unknown')`)).toBe(2 * (PEOPLE + 1));
	});

	async function bringUpJourney(): Promise<void> {
		const { session } = queue.stand;
		const smtp = await saveCredential(session, { name: 'The test\'s own server', type: 'journeySmtpApi', data: { preset: 'custom', host: '127.0.0.1', port: mailbox.port, security: 'none', user: '', password: '', fromName: 'Queue', fromAddress: 'queue@example.com' } });
		await importWorkflow(session, journey(), { adapt: (node: DrawnNode & { credentials?: object }) => {
			if (node.type.endsWith('.journeyEmail')) node.credentials = { journeySmtpApi: smtp };
		} });
	}

	/** From the n-th mail on the server takes what it is given and says nothing, until it is let go. */
	function holdBackAt(nth: number): { waiting: number; letGo(): void } {
		let letGo = (): void => undefined;
		const answered = new Promise<void>((resolve) => (letGo = resolve));
		let taken = 0;
		const held = { waiting: 0, letGo };
		mailbox.options = { beforeAccept: async () => {
			taken += 1;
			if (taken < nth) return;
			held.waiting += 1;
			await answered;
		} };
		return held;
	}

	async function violations(atRest: boolean): Promise<Record<string, object[]>> {
		return await protocolViolations(store, mailbox.accepted, { entryEvent: ENTRY, atRest });
	}

	async function rows<Row extends object>(text: string): Promise<Row[]> {
		return await store.read((reader) => reader.all<Row>(sql<Row>`${sql.raw(text)}`));
	}

	async function count(text: string): Promise<number> {
		const [row] = await rows<{ n: number }>(`select count(*) as n from (${text}) as counted`);
		return Number(row?.n);
	}
});

/** Began -> Greeting -> A Day -> Goodbye -> Said Goodbye. */
function journey(): Drawing {
	const html = '<p>marker:{{ profile.id }}:</p><p><a href="{{ links.unsubscribeUrl }}">Unsubscribe</a></p>';
	const greeting = (name: string, x: number) => {
		const drawn = mail(name, x, 0);
		return { ...drawn, parameters: { ...drawn.parameters, html } };
	};
	const nodes = [
		step('journeyTrigger', 'Began', 0, 0, { entry: 'event', event: named(ENTRY), reEntry: 'anyTime', exitOnEvent: false, fields: '', carryEvent: false, options: { journeyName: 'Queue Mode', onFailure: 'retry', virtualDaySeconds: DAY_SECONDS, batchSize: BATCH } }),
		greeting('Greeting', 200),
		step('journeyWait', 'A Day', 400, 0, { amount: 1, unit: 'days', options: { batchSize: BATCH } }),
		greeting('Goodbye', 600),
		step('journeyGoal', 'Said Goodbye', 800, 0, { goal: 'Said goodbye', value: '', currency: '' }),
	];
	const connections = { Began: { main: [to('Greeting')] }, Greeting: { main: [to('A Day')] }, 'A Day': { main: [to('Goodbye')] }, Goodbye: { main: [to('Said Goodbye')] } };
	return { id: WORKFLOW, name: 'Queue Mode', nodes, connections, settings: SETTINGS };
}
