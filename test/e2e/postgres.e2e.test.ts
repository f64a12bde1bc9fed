import { Client } from 'pg';

import type { Contact } from '../../demo/contacts.mjs';
import { openService } from '../chaos/service.mjs';
import { postgresUrl } from '../engine/postgres-server';
import { bringUp } from './drawing';
import { Stand } from './stand';
import { ENTRY, meetingJourney, WORKFLOW } from './two-processes';

const PEOPLE = 60;
const DAY_SECONDS = 5;

/**
 * The same journeys, not edited, with people, events and messages in PostgreSQL: one environment variable. Two n8n serve them, which know nothing of
 * each other, with the one encryption key that the processes of an installation share.
 */
describe('the pack on PostgreSQL', () => {
	let stand: Stand;
	let other: Stand;
	let database: Client;
	let service: Awaited<ReturnType<typeof openService>>;
	let people: Contact[];

	beforeAll(async () => {
		const url = await postgresUrl();
		database = new Client({ connectionString: url });
		await database.connect();
		service = await openService();
		const up = async () => await Stand.up({
			env: { JOURNEYS_DATABASE_URL: url, N8N_ENCRYPTION_KEY: 'two-processes-of-one-installation', N8N_INSTANCE_ID: 'e2e-two-processes' },
			adapt: (node) => {
				if (node.type.endsWith('.journeyTrigger')) node.parameters.options = { ...node.parameters.options, virtualDaySeconds: DAY_SECONDS, batchSize: 10 };
			},
		});
		stand = await up();
		other = await up();
		for (const each of [stand, other]) await bringUp(each, meetingJourney({ serviceUrl: service.url, daySeconds: DAY_SECONDS }));
		stand.workflows.meeting = { id: WORKFLOW, content: meetingJourney({ serviceUrl: service.url, daySeconds: DAY_SECONDS }) };
		people = await stand.importPeople(PEOPLE, 31);
	});

	afterAll(async () => {
		await stand?.down();
		await other?.down();
		service?.close();
		await database?.end();
	});

	test('two n8n on one database, one of them killed in the midst: each takes a part, and everyone gets each mail once', async () => {
		await stand.send('batch', { batch: people.map(({ userId }) => ({ type: 'track', userId, event: 'Signed Up' })) });
		await stand.send('batch', { batch: people.map(({ userId }) => ({ type: 'track', userId, event: ENTRY })) });
		await stand.until('Each n8n sends a part of the mails', async () => (await Promise.all([stand, other].map(async ({ inbox }) => (await inbox.mails()).length > 0))).every(Boolean), 120_000);
		await stand.n8n.kill();
		await stand.restartN8n();

		await stand.until('Every contact reaches the end', async () => (await count(`select 1 from enrollment where state = 'active'`)) === 0, 300_000);

		const sent = (await mails()).map(({ to, subject }) => `${to}: ${subject}`);
		expect(sent.filter((mail, index) => sent.indexOf(mail) !== index)).toEqual([]);
		const unknown = await count(`select 1 from message where state = 'unknown' and channel = 'email'`);
		expect(await count(`select 1 from enrollment where state = 'completed'`)).toBe(2 * PEOPLE);
		expect((await count(`select 1 from message where state = 'sent' and channel = 'email'`)) + unknown).toBe(3 * PEOPLE);
		expect(sent.length).toBeGreaterThanOrEqual(3 * PEOPLE - unknown);
		expect(await stand.journey('welcome-series')).toMatchObject({ entered: PEOPLE, active: 0, completed: PEOPLE, held: 0, stranded: 0 });
	});

	test('paths that meet, a split, turns and a gate pass each contact once, whichever n8n has them', async () => {
		expect(await stand.journey('meeting')).toMatchObject({ entered: PEOPLE, active: 0, completed: PEOPLE, held: 0, failed: 0, stranded: 0, sendingStopped: false });
		const passed = async (step: string) => (await stand.step('meeting', step)).passedBy;
		expect(await passed('Meet')).toContain(`0: ${PEOPLE}`);
		const [a = 0, b = 0] = [...(await passed('Split')).matchAll(/\w: (\d+)/g)].map(([, n]) => Number(n));
		expect([a + b, Math.min(a, b) > 0]).toEqual([PEOPLE, true]);
		expect(await count(`select distinct profile from assignment where workflow = '${WORKFLOW}'`)).toBe(PEOPLE);
		expect(await count(`select 1 from assignment where workflow = '${WORKFLOW}'`)).toBe(PEOPLE);
		expect((await stand.journey('meeting')).goals).toMatchObject([{ name: 'Told', count: PEOPLE }]);

		// Who was out when the process died may have been told, once.
		const unknown = await count(`select 1 from message where state = 'unknown' and channel = 'chat'`);
		expect([...service.calls.values()].filter((calls) => calls > 1)).toEqual([]);
		expect((await count(`select 1 from message where state = 'sent' and channel = 'chat'`)) + unknown).toBe(PEOPLE);
		expect(service.calls.size).toBeGreaterThanOrEqual(PEOPLE - unknown);
		expect(unknown).toBeLessThanOrEqual(2);
	});

	async function mails() {
		return (await Promise.all([stand, other].map(async ({ inbox }) => await inbox.mails()))).flat();
	}

	async function count(query: string): Promise<number> {
		const { rows } = await database.query<{ n: string }>(`select count(*) as n from (${query}) as counted`);
		return Number(rows[0]?.n);
	}
});
