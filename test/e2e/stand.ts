import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeContacts, type Contact } from '../../demo/contacts.mjs';
import { importContacts } from '../../demo/import-contacts.mjs';
import type { Inbox, Mail } from '../../demo/inbox.mjs';
import { waitForPublication, setUpOwner, type Session } from '../../demo/n8n-rest.mjs';
import { stopAll, waitUntil } from '../../demo/processes.mjs';
import { standUp, WRITE_KEY } from '../../demo/stand-up.mjs';
import { startN8n, type RunningN8n } from '../../demo/start-n8n.mjs';
import { journeyRows, type JourneyRow } from '../../demo/live.mjs';
import { JourneysDatabase } from './journeys-database';

export { WRITE_KEY };

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	parameters: Record<string, unknown> & { options?: Record<string, unknown> };
}

export interface Workflow {
	id: string;
	name: string;
	nodes: WorkflowNode[];
}

/** A row of Journey Control: Status, one item a step. */
export interface StepRow {
	workflowId: string;
	stepId: string;
	step: string;
	waiting: number;
	due: number;
	held: number;
	stranded: number;
	passedBy: string;
	sent: number;
	failed: number;
	unknown: number;
	deferred: number;
	problem: string | null;
}

export interface StandOptions {
	adapt?: (node: WorkflowNode, workflow: string) => void;
	env?: Record<string, string>;
	beside?: (made: { home: string; tarball: string }) => Promise<void>;
}

/** jest's NODE_ENV is `test`, with which n8n ends at once and without a word. */
export const N8N_ENVIRONMENT = { NODE_ENV: 'production' };

/** Tests run at any hour of the day, and mail the same person as often as they need to. */
const UNGUARDED = { caps: [], quietHours: null };

const projectRoot = join(__dirname, '..', '..');

/**
 * A real n8n with the pack laid as a community install lays it, a real inbox, and the journeys of workflows/ and workflows/demo/ published, in a
 * folder of its own below the system's temporary one. One a test file; nothing is shared with the demo.
 */
export class Stand {
	private reading: JourneysDatabase | undefined;

	private constructor(
		readonly home: string,
		readonly ports: { editor: number; smtp: number; inbox: number; collector: number },
		readonly workflows: Record<string, { id: string; content: Workflow }>,
		readonly owner: { email: string; password: string },
		public inbox: Inbox,
		public n8n: RunningN8n,
		public session: Session,
		private readonly env: Record<string, string>,
	) {}

	/**
	 * `adapt` may change each node of the journeys before they are imported, for example to shorten the virtual day;
	 * `env` is more environment for n8n; `beside` starts other processes that it needs, once it answers.
	 */
	static async up({ adapt, env = {}, beside }: StandOptions = {}): Promise<Stand> {
		const home = mkdtempSync(join(tmpdir(), 'journeys-e2e-'));
		try {
			const environment = { ...N8N_ENVIRONMENT, ...env };
			const up = await standUp({ home, journeys: copyOfJourneys(home, adapt), env: environment, settings: UNGUARDED, ...(beside === undefined ? {} : { beside }) });
			return new Stand(home, up.ports as Stand['ports'], up.workflows as Stand['workflows'], up.owner, up.inbox as unknown as Inbox, up.n8n as unknown as RunningN8n, up.session, environment);
		} catch (error) {
			await stopAll();
			throw error;
		}
	}

	/** Stops everything; the folder is kept when JOURNEYS_E2E_KEEP is set, to look at a failure. */
	async down(): Promise<void> {
		this.reading?.close();
		await stopAll();
		if (process.env.JOURNEYS_E2E_KEEP === undefined) rmSync(this.home, { recursive: true, force: true });
	}

	/** After a kill or a stop: the same folder, the same ports, all workflows up again. */
	async restartN8n(): Promise<void> {
		this.n8n = await startN8n({ userFolder: this.home, port: this.ports.editor, env: this.env });
		this.session = await setUpOwner(this.n8n);
		for (const { id, content } of Object.values(this.workflows)) await waitForPublication(this.session, id, content.name);
	}

	get collectorUrl(): string {
		return `http://127.0.0.1:${this.ports.collector}`;
	}

	/** As test people, by the workflow "Import Contacts". */
	async importPeople(count: number, seed: number): Promise<Contact[]> {
		const contacts = makeContacts(count, seed);
		await importContacts(this.n8n, this.workflow('import-contacts').content, contacts);
		return contacts;
	}

	workflow(name: string): { id: string; content: Workflow } {
		const found = this.workflows[name];
		if (found === undefined) throw new Error(`There is no ${name}.json in workflows/ or workflows/demo/.`);
		return found;
	}

	/** One of Segment's calls, to the collector's own listener. Throws when it is not taken. */
	async send(route: 'identify' | 'track' | 'batch', body: object): Promise<void> {
		const response = await fetch(`${this.collectorUrl}/v1/${route}`, {
			method: 'POST',
			headers: { authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`, 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`The collector answered ${route} with ${response.status}: ${await response.text()}`);
	}

	/** The mails of one person so far, the oldest first. */
	async mailsTo(address: string): Promise<Mail[]> {
		return (await this.inbox.mails()).filter((mail) => mail.to === address);
	}

	async mail(address: string, subject: RegExp, timeoutMs = 60_000): Promise<Mail> {
		return await this.until(`A mail ${subject} to ${address}`, async () => (await this.mailsTo(address)).find((mail) => subject.test(mail.subject)), timeoutMs);
	}

	/** Asks until the answer is neither false nor undefined, and gives it. Fails with the end of n8n's log when n8n has ended. */
	async until<Answer>(what: string, check: () => Answer | Promise<Answer>, timeoutMs = 60_000): Promise<NonNullable<Answer>> {
		const asked = async () => {
			if (!this.n8n.isAlive()) throw new Error(`${what}: n8n ended by itself. The end of its log:\n${this.n8n.log().slice(-3_000)}`);
			return await check();
		};
		return (await waitUntil(what, asked, { timeoutMs, everyMs: 250 })) as NonNullable<Answer>;
	}

	/** The journeys' own database, read beside the running engine. */
	get database(): JourneysDatabase {
		return (this.reading ??= new JourneysDatabase(join(this.home, '.n8n', 'journeys', 'journeys.sqlite')));
	}

	/** Journey Control's Status of one journey, as a person reads it. */
	async journey(name: string): Promise<JourneyRow> {
		const row = (await journeyRows(this.n8n)).find(({ workflowId }) => workflowId === this.workflow(name).id);
		if (row === undefined) throw new Error(`Journey Control does not know the journey of ${name}.json.`);
		return row;
	}

	/** Journey Control's Status of one step of a journey. */
	async step(name: string, step: string): Promise<StepRow> {
		const response = await fetch(`${this.n8n.url}/webhook/journeys-e2e-steps`, { signal: AbortSignal.timeout(30_000) });
		if (!response.ok) throw new Error(`The webhook of Journey Control's steps answered ${response.status}: ${await response.text()}`);
		const row = ((await response.json()) as StepRow[]).find((each) => each.workflowId === this.workflow(name).id && each.step === step);
		if (row === undefined) throw new Error(`Journey Control does not know the step ${step}.`);
		return row;
	}
}

function copyOfJourneys(home: string, adapt: ((node: WorkflowNode, workflow: string) => void) | undefined): string {
	const copy = join(home, 'journeys');
	mkdirSync(copy);
	for (const source of [join(projectRoot, 'workflows'), join(projectRoot, 'workflows', 'demo'), join(__dirname, 'workflows')]) {
		for (const file of readdirSync(source).filter((name) => name.endsWith('.json'))) {
			const workflow = JSON.parse(readFileSync(join(source, file), 'utf8')) as Workflow;
			for (const node of workflow.nodes) adapt?.(node, workflow.id);
			writeFileSync(join(copy, file), JSON.stringify(workflow));
		}
	}
	return copy;
}
