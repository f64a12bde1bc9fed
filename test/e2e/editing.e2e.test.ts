import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';

import type { Contact } from '../../demo/contacts.mjs';
import { waitForPublication } from '../../demo/n8n-rest.mjs';
import { bringUp, idOf } from './drawing';
import { controls, editedDrawing, EVENTS, firstDrawing, LANES, WORKFLOW, type Lane } from './editing';
import { protocolViolations } from './protocol-queries';
import { Stand } from './stand';

const EACH = 3;
const DUPLICATE = 'e2e-editing-duplicate';
const LONG_AGO_MS = 600_000;

describe('A journey is edited while people wait in it', () => {
	let stand: Stand;
	let people: Record<Lane, Contact[]>;
	let late: Contact;

	beforeAll(async () => {
		stand = await Stand.up();
		const all = await stand.importPeople(LANES.length * EACH + 1, 47);
		people = Object.fromEntries(LANES.map((lane, n) => [lane, all.slice(n * EACH, (n + 1) * EACH)])) as typeof people;
		late = all.at(-1) as Contact;
		await bringUp(stand, firstDrawing());
		await bringUp(stand, controls());
		await begin(LANES.flatMap((lane) => people[lane].map((contact) => ({ contact, lane }))));
		await stand.until('Everybody waits in their lane', async () => (await Promise.all(LANES.map((lane) => waitingAt(idOf(`Wait ${lane}`))))).every((ids) => ids.length === EACH), 120_000);
		stand.workflows.editing = { id: WORKFLOW, content: firstDrawing() };
	});

	afterAll(async () => {
		await stand?.down();
	});

	test('a changed, moved, renamed and deleted step: everybody stands where they stood, those of the deleted one are counted as stranded', async () => {
		await bringUp(stand, editedDrawing());
		tenMinutesPass();

		const gone = await stand.until('Those of the deleted step are stranded', async () => {
			const row = await stand.step('editing', 'Wait deleted');
			return row.stranded === EACH ? row : undefined;
		});
		expect(gone).toMatchObject({ waiting: EACH, held: 0 });
		await stand.until('The others are served', async () => (await stand.journey('editing')).stranded === EACH);
		for (const [name, id] of [['Wait changed', 'Wait changed'], ['Wait moved', 'Wait moved'], ['Pause', 'Wait renamed']] as const) {
			expect(await stand.step('editing', name)).toMatchObject({ stepId: idOf(id), waiting: EACH, due: 0, held: 0 });
		}
		expect(await stand.journey('editing')).toMatchObject({ entered: LANES.length * EACH, active: LANES.length * EACH, held: 0 });
	});

	test('a duplicate that is published beside it takes nobody from it, though its steps bear the same ids', async () => {
		const { id: _, ...content } = editedDrawing();
		await bringUp(stand, { ...content, id: DUPLICATE, name: 'Editing, a copy' });

		for (const name of ['Wait changed', 'Wait moved', 'Pause']) expect(await stand.step('editing', name)).toMatchObject({ waiting: EACH, due: 0 });
		expect(stand.database.count('select 1 from token t join step s on s.place = t.place where s.workflow = ?', DUPLICATE)).toBe(0);
		await unpublish(DUPLICATE);
	});

	test('while it is unpublished nobody moves, and what happens meanwhile is not lost', async () => {
		await unpublish(WORKFLOW);
		await go(people.renamed);
		await begin([{ contact: late, lane: 'renamed' }]);
		expect((await stand.inbox.mails()).filter(({ subject }) => !['Hello', 'Mail behind'].includes(subject))).toEqual([]);

		await publish(WORKFLOW);

		for (const { email } of people.renamed) await stand.mail(email, /^Mail renamed$/);
		await stand.mail(late.email, /^Hello$/);
	});

	test('who is stranded can be moved to a step that there is, or taken out', async () => {
		const [moved, ...out] = await waitingAt(idOf('Wait deleted'));

		expect(await control('move', [Number(moved)])).toMatchObject({ moved: 1, refused: [] });
		expect(await control('exit', out)).toMatchObject({ exited: EACH - 1 });

		expect(await stand.step('editing', 'Wait deleted')).toMatchObject({ waiting: 0, stranded: 0 });
		expect(await stand.journey('editing')).toMatchObject({ stranded: 0, exited: EACH - 1, exitReasons: `their step is gone: ${EACH - 1}` });
		await stand.until('The one who was moved waits there', async () => (await waitingAt(idOf('Wait renamed'))).includes(Number(moved)));
	});

	test('in the end everybody has gone the way as it is drawn now, and nobody was lost or mailed twice', async () => {
		const [moved] = stand.database.rows<{ who: string }>(`select i.value as who from token t join step s on s.place = t.place join identity i on i.profile = t.profile and i.kind = 'user_id'
			where s.workflow = ? and s.step = ? and exists (select 1 from enrollment e where e.id = t.enrollment and e.moved_at is not null)`, WORKFLOW, idOf('Wait renamed'));
		await stand.until('Who came late waits too', async () => (await waitingAt(idOf('Wait renamed'))).length === 2);
		await go([...people.changed, ...people.moved, ...people.deleted, ...people.behind, late]);
		await stand.until('Everybody reaches an end', () => stand.database.count(`select 1 from enrollment where workflow = ? and state = 'active'`, WORKFLOW) === 0, 120_000);

		const mails = await stand.inbox.mails();
		const got = (contact: Contact) => mails.filter(({ to }) => to === contact.email).map(({ subject }) => subject).sort();
		for (const contact of people.changed) expect(got(contact)).toEqual(['Hello', 'Mail changed, in new words']);
		for (const contact of people.moved) expect(got(contact)).toEqual(['Hello', 'Mail moved']);
		for (const contact of people.behind) expect(got(contact)).toEqual(['Hello', 'Mail behind']);
		for (const contact of [...people.renamed, late]) expect(got(contact)).toEqual(['Hello', 'Mail renamed']);
		for (const contact of people.deleted) expect(got(contact)).toEqual(contact.userId === moved?.who ? ['Hello', 'Mail renamed'] : ['Hello']);
		expect(await stand.journey('editing')).toMatchObject({
			entered: LANES.length * EACH + 1, active: 0, completed: LANES.length * EACH + 1 - (EACH - 1), exited: EACH - 1, held: 0, failed: 0, stranded: 0,
		});
		expect(Object.fromEntries((await stand.journey('editing')).goals.map(({ name, count }) => [name, count]))).toEqual({ Through: LANES.length * EACH + 1 - (EACH - 1), 'In Between': EACH });
		const delivered = mails.map(({ headers, to, html }) => ({ message: /^<([^@>]+)@/.exec(headers['message-id'] ?? '')?.[1] ?? '', to, html }));
		expect(protocolViolations(stand.database, delivered, { entryEvent: EVENTS.entry, atRest: true })).toEqual({});
	});

	async function unpublish(id: string): Promise<void> {
		await stand.session.request('POST', `workflows/${id}/deactivate`, {});
	}

	async function publish(id: string): Promise<void> {
		const { versionId } = (await stand.session.request('GET', `workflows/${id}`)) as { versionId: string };
		await stand.session.request('POST', `workflows/${id}/activate`, { versionId });
		await waitForPublication(stand.session, id);
	}

	async function begin(entrants: ReadonlyArray<{ contact: Contact; lane: Lane }>): Promise<void> {
		await stand.send('batch', { batch: entrants.flatMap(({ contact: { userId }, lane }) => [{ type: 'identify', userId, traits: { lane } }, { type: 'track', userId, event: EVENTS.entry }]) });
	}

	async function go(whom: readonly Contact[]): Promise<void> {
		await stand.send('batch', { batch: whom.map(({ userId }) => ({ type: 'track', userId, event: EVENTS.go })) });
	}

	async function waitingAt(step: string): Promise<number[]> {
		return stand.database.rows<{ profile: number }>(`select t.profile from token t join step s on s.place = t.place where s.workflow = ? and s.step = ? and t.state = 'parked' order by t.profile`, WORKFLOW, step).map(({ profile }) => profile);
	}

	async function control(operation: 'move' | 'exit', profileIds: number[]): Promise<object> {
		const response = await fetch(`${stand.n8n.url}/webhook/journeys-e2e-${operation}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ profileIds }) });
		if (!response.ok) throw new Error(`Journey Control: ${operation} answered ${response.status}: ${await response.text()}`);
		return (await response.json()) as object;
	}

	/** A step counts as unserved after five minutes without a beat while n8n is up. Who is served beats again within ten seconds. */
	function tenMinutesPass(): void {
		const database = new DatabaseSync(join(stand.home, '.n8n', 'journeys', 'journeys.sqlite'), { timeout: 10_000 });
		database.prepare('update step set beat_at = beat_at - ?').run(LONG_AGO_MS);
		database.prepare(`update setting set updated_at = updated_at - ? where key = 'leader_since'`).run(LONG_AGO_MS);
		database.close();
	}
});
