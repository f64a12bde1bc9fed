import { Client } from 'pg';

import { postgresUrl } from '../engine/postgres-server';
import { Stand } from './stand';

const PEOPLE = 60;
const DAY_SECONDS = 5;

/** The same journeys, not edited, with people, events and messages in PostgreSQL: one environment variable. */
describe('the pack on PostgreSQL', () => {
	let stand: Stand;
	let database: Client;

	beforeAll(async () => {
		const url = await postgresUrl();
		database = new Client({ connectionString: url });
		await database.connect();
		stand = await Stand.up({
			env: { JOURNEYS_DATABASE_URL: url },
			adapt: (node) => {
				if (node.type.endsWith('.journeyTrigger')) node.parameters.options = { ...node.parameters.options, virtualDaySeconds: DAY_SECONDS };
			},
		});
	});

	afterAll(async () => {
		await stand?.down();
		await database?.end();
	});

	test('takes contacts and events, survives a SIGKILL, and sends everyone each mail once', async () => {
		const people = await stand.importPeople(PEOPLE, 31);
		await stand.send('batch', { batch: people.map(({ userId }) => ({ type: 'track', userId, event: 'Signed Up' })) });
		await stand.until('A part of the welcome mails arrives', async () => (await stand.inbox.mails()).length >= 5);
		await stand.n8n.kill();
		await stand.restartN8n();

		await stand.until('Every contact reaches the end', async () => (await count(`select 1 from enrollment where state = 'active'`)) === 0, 300_000);

		const mails = (await stand.inbox.mails()).map(({ to, subject }) => `${to}: ${subject}`);
		expect(mails.filter((mail, index) => mails.indexOf(mail) !== index)).toEqual([]);
		const unknown = await count(`select 1 from message where state = 'unknown'`);
		expect(await count(`select 1 from enrollment where state = 'completed'`)).toBe(PEOPLE);
		expect((await count(`select 1 from message where state = 'sent'`)) + unknown).toBe(2 * PEOPLE);
		expect(mails.length).toBeGreaterThanOrEqual(2 * PEOPLE - unknown);
		expect(await stand.journey('welcome-series')).toMatchObject({ entered: PEOPLE, active: 0, completed: PEOPLE, held: 0, stranded: 0 });
	});

	async function count(query: string): Promise<number> {
		const { rows } = await database.query<{ n: string }>(`select count(*) as n from (${query}) as counted`);
		return Number(rows[0]?.n);
	}
});
