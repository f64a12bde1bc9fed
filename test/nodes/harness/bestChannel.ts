import { createHmac } from 'node:crypto';

import { sql } from 'kysely';
import type { INodeParameters, INodeType, IRun } from 'n8n-workflow';

import { JourneyBestChannel } from '../../../nodes/JourneyBestChannel/JourneyBestChannel.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { JourneySms } from '../../../nodes/JourneySms/JourneySms.node';
import { httpService, type Answer, type Service } from '../../engine/channels/http-service';
import type { DatabaseKind } from '../../engine/databases';
import { defaulted, giveCredentials } from '../admin/desk';
import { createWorld, eventually, flowNodes, PREFIX, type World } from './journey';
import { outputOf, type Canvas, type Edge, type NodeSpec, type TestN8n } from './n8n';

const KEY = 'a-long-key-of-our-choice';
const TOKEN = 'secret-token';
const SENDERS: Record<string, INodeType> = { [`${PREFIX}journeyBestChannel`]: new JourneyBestChannel(), [`${PREFIX}journeyEmail`]: new JourneyEmail(), [`${PREFIX}journeySms`]: new JourneySms() };

export const REACHED = 0;
export const NOT_REACHED = 1;
export const EMAIL = 2;
export const SMS = 3;
/** As everybody draws it: each sender behind its channel, all of its outputs back. */
export const LOOPS: Edge[] = [['Best', 'Reached', REACHED], ['Best', 'Not Reached', NOT_REACHED], ['Best', 'Mail', EMAIL], ['Mail', 'Best', 0], ['Mail', 'Best', 1], ['Best', 'Text', SMS], ['Text', 'Best', 0], ['Text', 'Best', 1]];

/** A journey with a Journey Best Channel in n8n's own engine; its mails go to a Postmark, its texts to a Twilio, both on sockets of this machine. */
export class BestStage {
	private constructor(readonly world: World, readonly post: Service, readonly twilio: Service) {}

	static async open(kind: DatabaseKind, atPoint?: (point: string) => void): Promise<BestStage> {
		const world = await createWorld(SENDERS, { kind, ...(atPoint === undefined ? {} : { atPoint }) });
		let mails = 0;
		let texts = 0;
		const post = await httpService((): Answer => ({ status: 200, json: { MessageID: `pm-${(mails += 1)}`, ErrorCode: 0, Message: 'OK' } }));
		const twilio = await httpService((): Answer => ({ status: 201, json: { sid: `SM${(texts += 1)}`, status: 'queued' } }));
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null });
		await world.engine.settings.set({ caps: [], quietHours: null });
		await world.engine.journeys.markLeader();
		return new BestStage(world, post, twilio);
	}

	async close(): Promise<void> {
		await this.world.close();
		await this.post.close();
		await this.twilio.close();
	}

	canvas(best: object = {}, edges: Edge[] = [['Start', 'Best'], ...LOOPS], more: NodeSpec[] = []): Canvas {
		const nodes: NodeSpec[] = [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'name', reEntry: 'anyTime', options: { onFailure: 'retry' } } },
			{ name: 'Best', type: `${PREFIX}journeyBestChannel`, parameters: { purpose: 'transactional', waitForDelivery: true, ...best } as never },
			{ name: 'Mail', type: `${PREFIX}journeyEmail`, parameters: { provider: 'postmark', purpose: 'transactional', fromAddress: 'news@shop.example', contentSource: 'html', subject: 'Hello {{ profile.name }}', html: '<p>Hello</p>', contactEmail: '={{ $json.email }}' } },
			{ name: 'Text', type: `${PREFIX}journeySms`, parameters: { purpose: 'transactional', text: 'Hello {{ profile.name }}', contactPhone: '={{ $json.phone }}' } },
			...['Reached', 'Not Reached'].map((name) => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: name } })),
			...more,
		];
		const used = new Set(edges.flatMap(([from, to]) => [from, to]));
		return { nodes: nodes.filter(({ name }) => used.has(name)), edges };
	}

	draw(canvas: Canvas): TestN8n {
		const n8n = this.world.draw(canvas);
		const credentials = { journeyPostmarkApi: { serverToken: 'a-token', baseUrl: this.post.url }, journeyTwilioApi: { accountSid: 'AC1', authToken: TOKEN, from: '+15005550006', baseUrl: this.twilio.url } };
		for (const { name, type } of canvas.nodes) {
			const ours = { ...flowNodes, ...SENDERS }[type];
			const node = n8n.nodeNamed(name);
			if (ours !== undefined) node.parameters = defaulted(ours, node.parameters as INodeParameters, node);
			if (name === 'Mail' || name === 'Text') giveCredentials(n8n, name, credentials);
		}
		return n8n;
	}

	async publish(best: object = {}, canvas = this.canvas(best)): Promise<TestN8n> {
		const n8n = this.draw(canvas);
		await n8n.publish();
		return n8n;
	}

	/** Each with an email address and a phone of their own. Answers with their profile ids. */
	async meet(...names: string[]): Promise<number[]> {
		const { profiles } = await this.world.engine.profiles.upsert(names.map((name, n) => ({
			identities: [{ kind: 'email', value: `${name}@example.com` }, { kind: 'phone', value: `+49151123456${String(70 + n)}` }], attributes: { name },
		})), { source: 'test' });
		return profiles.map(Number);
	}

	async signUp(...names: string[]): Promise<void> {
		await this.world.happens('Signed Up', names.map((name) => `${name}@example.com`));
	}

	get mails(): string[] {
		return this.post.calls.flatMap(({ json }) => [json].flat() as Array<{ To: string }>).map(({ To: to }) => /[\w.]+(?=@)/.exec(to)?.[0] ?? '');
	}

	get texts(): string[] {
		return this.twilio.calls.map(({ form }) => (form.get('Body') ?? '').replace('Hello ', ''));
	}

	async ledger(): Promise<Array<{ id: string; channel: string; state: string; provider_id: string | null }>> {
		return await this.world.engine.store.read((reader) => reader.all(sql<{ id: string; channel: string; state: string; provider_id: string | null }>`select id, channel, state, provider_id from message order by reserved_at, id`));
	}

	/** As the services call: Postmark with its key, Twilio signed. https://www.twilio.com/docs/usage/security */
	async tellDelivered(channel: 'email' | 'sms'): Promise<void> {
		for (const { id, provider_id: providerId } of (await this.ledger()).filter((message) => message.channel === channel)) {
			const form = { MessageSid: providerId ?? '', MessageStatus: 'delivered' };
			const url = `https://shop.example/j/callbacks/twilio?m=${id}`;
			const signature = createHmac('sha1', TOKEN).update(Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1)).reduce((whole, [name, value]) => whole + name + value, url)).digest('base64');
			const secrets = { postmark: { callbackKey: KEY }, twilio: { authToken: TOKEN } };
			const { status } = await this.world.engine.collector.handle(channel === 'email'
				? { method: 'POST', route: 'callbacks/postmark', query: { key: KEY }, headers: {}, body: Buffer.from(JSON.stringify({ RecordType: 'Delivery', MessageID: providerId, DeliveredAt: new Date(this.world.clock.nowMs()).toISOString(), Metadata: { journeys_message: id } })), callback: { workflow: 'collector', secrets, base: null } }
				: { method: 'POST', route: 'callbacks/twilio', query: { m: id }, search: `?m=${id}`, headers: { 'x-twilio-signature': signature }, body: Buffer.from(new URLSearchParams(form).toString()), callback: { workflow: 'collector', secrets, base: 'https://shop.example/j' } } as never);
			if (status >= 300) throw new Error(`The callback of ${channel} was answered with ${status}.`);
		}
	}

	async goals(): Promise<Record<string, number>> {
		const [journey] = await this.world.engine.journeys.status();
		return Object.fromEntries((journey?.goals ?? []).map(({ name, count }) => [name, count]));
	}

	/** People parked until later. */
	async waiting(type = 'bestChannel'): Promise<number> {
		const [journey] = await this.world.engine.journeys.status();
		return journey?.steps.find((step) => step.type === type)?.waiting ?? 0;
	}

	/** n8n is up meanwhile: a jump of the clock alone looks like a pause. */
	async upFor(minutes: number): Promise<void> {
		for (let minute = 0; minute < minutes; minute += 1) {
			this.world.clock.advance(60_000);
			await this.world.engine.journeys.markLeader();
		}
	}

	async until(condition: () => boolean | Promise<boolean>): Promise<void> {
		await eventually(condition);
	}

	/** Items that left the step so far, by name. */
	left(runs: readonly IRun[], output: number): Array<Record<string, unknown>> {
		return runs.flatMap((run) => outputOf(run, 'Best', output)).map(({ json }) => json);
	}
}
