import '../../nodes/harness/environment';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IConnections, INode, INodeParameters, INodeType } from 'n8n-workflow';

import type { CollectorResponse, JourneyStatus, LocalEngine, MessageView, SettingsPatch } from '../../../engine';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { JourneySms } from '../../../nodes/JourneySms/JourneySms.node';
import type { DatabaseKind } from '../../engine/databases';
import { Mailbox, type MailboxOptions } from '../../engine/messages/mailbox';
import { QUIET_MS } from '../../../engine/tracking/visitor';
import { defaulted, giveCredentials, type Credentials } from '../../nodes/admin/desk';
import { foreignNodes } from '../../nodes/harness/foreignNodes';
import { createWorld, eventually, flowNodes, PREFIX, type World, type WorldOptions } from '../../nodes/harness/journey';
import type { Edge, TestN8n } from '../../nodes/harness/n8n';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const SENDERS: Record<string, INodeType> = { [`${PREFIX}journeyEmail`]: new JourneyEmail(), [`${PREFIX}journeySms`]: new JourneySms() };
const OURS: Record<string, INodeType> = { ...flowNodes, ...SENDERS };
const KNOWN: Record<string, INodeType> = { ...foreignNodes, ...OURS };
const LINKS = 'https://links.shop.example';
const WRITE_KEY = 'wk_12345678';

/** A workflow as n8n exports it. */
export interface WorkflowJson {
	id: string;
	nodes: Array<Pick<INode, 'id' | 'name' | 'type' | 'parameters'> & Partial<INode>>;
	connections: IConnections;
}

export const named = (value: string) => ({ __rl: true, mode: 'name', value });

/** A node of ours as n8n exports it; its id follows from its name unless it is given. */
export function step(name: string, type: string, parameters: INodeParameters = {}, id = `id-${name}`): WorkflowJson['nodes'][number] {
	return { id, name, type: `${PREFIX}${type}`, parameters };
}

export function mail(name: string, subject = name): WorkflowJson['nodes'][number] {
	return step(name, 'journeyEmail', { purpose: 'marketing', fromName: 'The Shop', fromAddress: 'news@shop.example', contentSource: 'html', subject, html: `<p>${name}</p><p><a href="https://shop.example/tea">Tea</a> <a href="{{ links.unsubscribeUrl }}">Out</a></p>` });
}

/** Connections drawn as [from, to] or [from, to, output of from]. */
export function drawn(edges: Array<[string, string] | [string, string, number]>): IConnections {
	const connections: IConnections = {};
	for (const [from, to, output = 0] of edges) {
		const main = ((connections[from] ??= {}).main ??= []);
		while (main.length <= output) main.push([]);
		main[output]?.push({ node: to, type: 'main', index: 0 });
	}
	return connections;
}

/**
 * People, a shop with its journeys in n8n's own engine, a mail server and a clock that moves when the story says so: weeks pass in
 * milliseconds. Email addresses are `<name>@example.com`.
 */
export class Story {
	private readonly running: TestN8n[] = [];

	private constructor(
		readonly world: World,
		readonly mailbox: Mailbox,
	) {}

	static async begin(kind: DatabaseKind, options: { mailbox?: MailboxOptions; settings?: SettingsPatch } & Omit<WorldOptions, 'kind'> = {}): Promise<Story> {
		const story = new Story(await createWorld(SENDERS, { ...options, kind }), await Mailbox.open(options.mailbox));
		await story.engine.collector.configure({ workflow: 'collector', writeKeys: { [WRITE_KEY]: 'shop' }, publicUrl: LINKS, port: null, host: '127.0.0.1' });
		if (options.settings !== undefined) await story.engine.settings.set(options.settings);
		return story;
	}

	async end(): Promise<void> {
		for (const n8n of this.running) await n8n.close();
		await eventually(() => this.running.every((n8n) => !n8n.isRunning));
		await this.world.close();
		await this.mailbox.close();
	}

	get engine(): LocalEngine {
		return this.world.engine;
	}

	/** Publishes one of workflows/, or a workflow of the story's own. Again: as another n8n on the same database, or after a restart. `credentials`: of another service than the story's mail server. */
	async publish(given: string | WorkflowJson, smtp: { connections?: number; port?: number; credentials?: Credentials } = {}): Promise<TestN8n> {
		const workflow = typeof given === 'string' ? (JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'workflows', `${given}.json`), 'utf8')) as WorkflowJson) : given;
		const nodes = workflow.nodes.filter(({ type }) => type in KNOWN);
		const n8n = this.world.draw({
			id: workflow.id,
			nodes: nodes.map(({ id, name, type, parameters, typeVersion }) => ({ id, name, type, parameters, ...(typeVersion === undefined ? {} : { typeVersion }) })),
			edges: Object.entries(workflow.connections).flatMap(([from, { main }]) => (main ?? []).flatMap((targets, output) => (targets ?? []).map(({ node }): Edge => [from, node, output]))),
		});
		for (const node of Object.values(n8n.workflow.nodes)) {
			const type = OURS[node.type];
			if (type === undefined) continue;
			node.parameters = defaulted(type, node.parameters, node);
			if (node.type in SENDERS) {
				const credential = { preset: 'custom', host: '127.0.0.1', port: smtp.port ?? this.mailbox.port, security: 'none', fromName: 'The Shop', fromAddress: 'news@shop.example', connections: smtp.connections ?? 5 };
				giveCredentials(n8n, node.name, smtp.credentials ?? { journeySmtpApi: credential });
			}
		}
		this.running.push(n8n);
		await n8n.publish();
		return n8n;
	}

	/** A SIGKILL, as the database sees it: whatever ran never comes back to say how it ended, and its leases run out. */
	async dies(n8n: TestN8n, forMs = 15 * MINUTE_MS): Promise<void> {
		await n8n.close();
		this.pass(forMs);
	}

	pass(ms: number): void {
		this.world.clock.advance(ms);
	}

	at(iso: string): void {
		this.world.clock.set(Date.parse(iso));
	}

	/** Resolves when it has come true; the pumps look every second. */
	async until(condition: () => boolean | Promise<boolean>): Promise<void> {
		await eventually(condition);
	}

	async meet(people: Record<string, Record<string, string | number | null>>): Promise<Record<string, number>> {
		const entries = Object.entries(people);
		const { profiles } = await this.engine.profiles.upsert(entries.map(([name, attributes]) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }], attributes })), { source: 'shop' });
		return Object.fromEntries(entries.map(([name], n) => [name, Number(profiles[n])]));
	}

	/** People do something now. Answers with their profile ids. */
	async happens(event: string, ...names: string[]): Promise<number[]> {
		return await this.world.happens(event, names.map((name) => `${name}@example.com`));
	}

	/** A call of Segment's to the collector, as a site's SDK makes it. */
	async call(route: 'track' | 'identify', body: object): Promise<CollectorResponse> {
		return await this.engine.collector.handle({
			method: 'POST', route, query: {}, headers: { authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`, 'content-type': 'application/json' },
			body: new Uint8Array(Buffer.from(JSON.stringify(body))),
		});
	}

	/** Somebody, or something, asks for a link of a mail. */
	async visit(url: string, method: string, { body = '', agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', type = 'application/x-www-form-urlencoded' } = {}): Promise<CollectorResponse> {
		const { pathname, searchParams } = new URL(url);
		return await this.engine.collector.handle({ method, route: pathname.slice(1), query: Object.fromEntries(searchParams), headers: { 'user-agent': agent, 'content-type': type }, body: new Uint8Array(Buffer.from(body)) });
	}

	/** The seconds after an open or a click have passed in which a machine would show itself by what else it looks at. */
	async settled(): Promise<void> {
		this.pass(QUIET_MS);
		await this.engine.tick();
	}

	/** Subjects of the mails that the server took for this person, in order. */
	mailsTo(name: string): string[] {
		return this.mailbox.accepted.filter(({ to }) => to === `${name}@example.com`).map(({ raw }) => /^Subject: (.*)$/im.exec(raw)?.[1]?.trim() ?? '');
	}

	/** Links of ours in the n-th mail to this person. */
	linksTo(name: string, nth = 0): string[] {
		const raw = this.mailbox.accepted.filter(({ to }) => to === `${name}@example.com`)[nth]?.raw ?? '';
		return [...new Set([...raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=').matchAll(/https:\/\/links\.shop\.example\/\w+\?t=[\w.-]+/g)].map(([url]) => url))];
	}

	linkTo(name: string, route: string, nth = 0): string {
		const found = this.linksTo(name, nth).find((url) => url.startsWith(`${LINKS}/${route}?`));
		if (found === undefined) throw new Error(`Mail ${nth} to ${name} has no link to ${route}.`);
		return found;
	}

	async journey(workflow: string): Promise<JourneyStatus> {
		const [found] = await this.engine.journeys.status({ workflow });
		if (found === undefined) throw new Error(`There is no journey ${workflow}.`);
		return found;
	}

	async standing(workflow: string, name: string): Promise<{ waiting: number; due: number; held: number; stranded: number }> {
		const { waiting = 0, due = 0, held = 0, stranded = 0 } = (await this.journey(workflow)).steps.find((one) => one.name === name) ?? {};
		return { waiting, due, held, stranded };
	}

	async waitingAt(workflow: string, name: string, people: number): Promise<void> {
		await this.until(async () => (await this.standing(workflow, name)).waiting === people);
	}

	/** The ledger of a person, the oldest first. */
	async ledger(profile: number): Promise<MessageView[]> {
		return (await this.engine.messages.list({ profile })).reverse();
	}
}
