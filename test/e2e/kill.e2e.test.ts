import { MOST_TURNS } from '../../engine/messages/calls';
import type { Contact } from '../../demo/contacts.mjs';
import type { Mail } from '../../demo/inbox.mjs';
import { kindOf } from '../../demo/story.mjs';
import { protocolViolations } from './protocol-queries';
import { Stand } from './stand';

const PEOPLE = 400;
const KILLS = 2;
const BATCHES_IN_FLIGHT = 2;
const CONNECTIONS = 5;
/** Two days of waiting are then 30 seconds: long enough to restart n8n between the two mails, also on a slow machine. */
const DAY_SECONDS = 15;

describe('n8n is killed twice in the middle of a batch', () => {
	let stand: Stand;
	let people: Contact[];

	beforeAll(async () => {
		stand = await Stand.up({
			adapt: (node) => {
				if (node.type.endsWith('.journeyTrigger')) node.parameters.options = { ...node.parameters.options, virtualDaySeconds: DAY_SECONDS };
			},
		});
		people = await stand.importPeople(PEOPLE, 23);
	});

	afterAll(async () => {
		await stand?.down();
	});

	test('every contact reaches the end, none gets a mail twice, and the database holds what the protocol says', async () => {
		for (let from = 0; from < PEOPLE; from += 100) {
			const batch = people.slice(from, from + 100).map(({ userId }) => ({ type: 'track', userId, event: 'Signed Up' }));
			await stand.send('batch', { batch });
		}
		expect(stand.database.count('select 1 from enrollment')).toBe(PEOPLE);

		await killInTheMiddleOf('welcome');
		expect(await violations()).toEqual({});
		await stand.restartN8n();

		await killInTheMiddleOf('reminder');
		expect(await violations()).toEqual({});
		await stand.restartN8n();

		await stand.until('Every contact reaches the end', () => stand.database.count(`select 1 from enrollment where state = 'active'`) === 0, 420_000);

		const mails = await stand.inbox.mails();
		expect(repeated(mails)).toEqual([]);
		expect(await violations({ atRest: true })).toEqual({});
		expect(stand.database.rows('select state, end_reason, count(*) as people from enrollment group by state, end_reason')).toEqual([
			{ state: 'completed', end_reason: expect.any(String) as string, people: PEOPLE },
		]);

		// A message is unknown when its process died between the call and the confirmation: it may lie in the inbox, once. All
		// others are there exactly once; nobody went without a mail unnoticed.
		const unknown = new Set(stand.database.rows<{ id: string }>(`select id from message where state = 'unknown'`).map(({ id }) => id));
		const sent = stand.database.rows<{ id: string }>(`select id from message where state = 'sent'`).map(({ id }) => id);
		const arrived = new Set(mails.map(messageOf));
		expect(sent.filter((id) => !arrived.has(id))).toEqual([]);
		expect([...arrived].filter((id) => !sent.includes(id) && !unknown.has(id))).toEqual([]);
		expect(sent.length + unknown.size).toBe(2 * PEOPLE);
		// No more than what was under way at the kills: of each step's two batches, one attempt of some turns of five connections.
		expect(unknown.size).toBeLessThanOrEqual(KILLS * BATCHES_IN_FLIGHT * MOST_TURNS * CONNECTIONS);

		const status = await stand.journey('welcome-series');
		expect(status).toMatchObject({ entered: PEOPLE, active: 0, completed: PEOPLE, held: 0, failed: 0, stranded: 0, sent: sent.length });
	});

	/** SIGKILL to the whole process group of n8n once a part, and not all, of these mails is in the inbox. */
	async function killInTheMiddleOf(kind: string): Promise<void> {
		const count = async () => (await stand.inbox.mails()).filter(({ subject }) => kindOf(subject) === kind).length;
		await stand.until(`A part of the ${kind} mails arrives`, async () => (await count()) >= PEOPLE / 10, 240_000);
		await stand.n8n.kill();
		expect(await count()).toBeLessThan(PEOPLE);
	}

	async function violations({ atRest = false } = {}): Promise<Record<string, object[]>> {
		return protocolViolations(stand.database, (await stand.inbox.mails()).map((mail) => ({ message: messageOf(mail), to: mail.to, html: mail.html })), {
			entryEvent: 'Signed Up',
			atRest,
		});
	}
});

/** Each person and kind of mail that lies in the inbox more than once. */
function repeated(mails: readonly Mail[]): string[] {
	const keys = mails.map((mail) => `${mail.to}: ${kindOf(mail.subject)}`);
	return keys.filter((key, index) => keys.indexOf(key) !== index);
}

/** The ledger's id of a mail that lies in the inbox. */
function messageOf(mail: Mail): string {
	const id = /^<([^@>]+)@/.exec(mail.headers['message-id'] ?? '')?.[1];
	if (id === undefined) throw new Error(`The mail to ${mail.to} carries no message id of ours.`);
	return id;
}
