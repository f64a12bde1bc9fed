import { recipientMark } from '../../../engine/channels/email/recipients';
import type { PostmarkConfig } from '../../../engine/channels/types';
import type { JourneyConfig } from '../../../engine/journeys/types';
import { httpService, type Answer, type Service } from '../channels/http-service';
import type { DatabaseKind } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Mail } from '../journeys/walk';
import { World } from '../journeys/world';

export const KEY = 'a-long-key-of-our-choice';
export const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

export interface Sent {
	id: string;
	profile: number;
	provider_id: string;
}

/** An engine whose mails go through a Postmark on a socket of this machine, and whose own listener takes what it tells. */
export class PostOffice {
	private constructor(readonly world: World, readonly service: Service, readonly url: string) {}

	static async open(kind: DatabaseKind, callbacks: Record<string, Record<string, string>> = { postmark: { callbackKey: KEY } }): Promise<PostOffice> {
		const world = await World.open(kind);
		let calls = 0;
		const service = await httpService((): Answer => ({ status: 200, json: { To: 'a', SubmittedAt: '2026-03-02T09:00:00Z', MessageID: `pm-${(calls += 1)}`, ErrorCode: 0, Message: 'OK' } }));
		const { port } = await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: 0, host: '127.0.0.1', callbacks });
		await world.engine.settings.set({ caps: [], quietHours: null });
		return new PostOffice(world, service, `http://127.0.0.1:${port}`);
	}

	/** With a journey that two people may enter. */
	static async withTwo(kind: DatabaseKind, callbacks?: Record<string, Record<string, string>>): Promise<{ post: PostOffice; ann: number; ben: number }> {
		const post = await PostOffice.open(kind, callbacks);
		await post.publish();
		const [ann = 0, ben = 0] = await post.world.people(2);
		return { post, ann, ben };
	}

	/** Closes, and asks whether all was left as PROTOCOL.md wants it. */
	async leave(): Promise<void> {
		const found = await protocolViolations(this.world.engine.store, [], { entryEvent: 'Signed Up', atRest: false });
		await this.close();
		expect(found).toEqual({});
	}

	async close(): Promise<void> {
		await this.world.close();
		await this.service.close();
	}

	trigger = () => this.world.walk.step('trigger', 'trigger');
	email = () => this.world.walk.step('email', 'email');

	async publish(more: Partial<JourneyConfig> = {}): Promise<void> {
		await this.world.walk.register(this.trigger(), { entry: SIGNED_UP, ...more });
	}

	provider(): PostmarkConfig {
		return { kind: 'postmark', serverToken: 'a-server-token', baseUrl: this.service.url, timeoutMs: 5_000 };
	}

	mail(given: Partial<Mail> = {}): Mail {
		return {
			purpose: 'marketing', topic: '', from: { name: 'The Shop', address: 'news@shop.example' }, content: { subject: 'Hello', body: { kind: 'html', source: '<p>Hi <a href="https://shop.example/a">there</a></p>' } },
			provider: this.provider(), trackOpens: true, trackClicks: true, ...given,
		};
	}

	/** They enter and get a mail; answers with their messages, in the order of the people, and the leg, which has not ended. */
	async send(people: readonly number[], given: Partial<Mail> = {}): Promise<{ sent: Sent[]; leg: Leg }> {
		await this.world.track('Signed Up', people);
		const leg = await this.world.walk.start(this.trigger());
		const { sent, notSent } = await this.world.walk.email(this.email(), leg.people, this.mail(given));
		const rows = await this.world.rows<Sent>('select id, profile, provider_id from message order by reserved_at, profile');
		return { sent: people.flatMap((profile) => rows.filter((row) => row.profile === profile).slice(-1)), leg: { ...leg, people: [...sent, ...notSent] } };
	}

	sendTo = async (...people: number[]): Promise<Sent[]> => (await this.send(people)).sent;
	stateOf = async (message: Sent) => (await this.world.rows<{ state: string; reason: string | null }>(`select state, reason from message where id = '${message.id}'`))[0];
	/** `more`: ", column = value". */
	put = async (message: Sent, state: string, more = '') => await this.world.change(`update message set state = '${state}'${more} where id = '${message.id}'`);

	/** What Postmark calls, with its documented fields; the time is the clock's unless another is given. */
	async tell(events: object | readonly object[], headers: Record<string, string> = { authorization: basic(KEY) }): Promise<Response> {
		return await fetch(`${this.url}/callbacks/postmark`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(events) });
	}

	private at(agoMs = 0): string {
		return new Date(this.world.clock.nowMs() - agoMs).toISOString();
	}

	private base(message: Sent, to: string) {
		return { MessageID: message.provider_id, ServerID: 23, MessageStream: 'outbound', Tag: 'welcome', Metadata: { journeys_message: message.id, journeys_recipient: recipientMark(addressOf(message)) }, Recipient: to, Email: to };
	}

	delivery = (message: Sent, to = addressOf(message), agoMs = 0) => ({ ...this.base(message, to), RecordType: 'Delivery', DeliveredAt: this.at(agoMs), Details: 'smtp;250 OK' });
	bounce = (message: Sent, type = 'HardBounce', to = addressOf(message), agoMs = 0) => ({
		...this.base(message, to), RecordType: 'Bounce', ID: 42 + message.profile, Type: type, TypeCode: 1, Name: type, Description: 'The server was unable to deliver your message', Details: 'smtp;550', BouncedAt: this.at(agoMs), Inactive: true,
	});
	complaint = (message: Sent, to = addressOf(message)) => ({ ...this.base(message, to), RecordType: 'SpamComplaint', ID: 900 + message.profile, Type: 'SpamComplaint', TypeCode: 100001, BouncedAt: this.at() });
	open = (message: Sent, more: object = {}) => ({ ...this.base(message, addressOf(message)), RecordType: 'Open', FirstOpen: true, ReceivedAt: this.at(), UserAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15', ...more });
	click = (message: Sent, link: string, more: object = {}) => ({ ...this.base(message, addressOf(message)), RecordType: 'Click', ClickLocation: 'HTML', OriginalLink: link, ReceivedAt: this.at(), UserAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', ...more });
	subscription = (message: Sent, suppressed: boolean, more: object = {}) => ({
		...this.base(message, addressOf(message)), RecordType: 'SubscriptionChange', ChangedAt: this.at(), Origin: 'Recipient', SuppressSending: suppressed, SuppressionReason: suppressed ? 'ManualSuppression' : null, ...more,
	});

	async status(step = 'email') {
		return (await this.world.engine.journeys.status({ workflow: 'wf' }))[0]?.steps.find((one) => one.step === step)?.messages;
	}

	async events(): Promise<Array<{ name: string; profile: number; message: string | null; properties: Record<string, unknown>; historical: number }>> {
		const rows = await this.world.rows<{ name: string; profile: number; message: string | null; properties: string | Record<string, unknown>; historical: number }>("select name, profile, message, properties, historical from event where source = 'delivery-report' or source = 'tracking' order by id");
		return rows.map((row) => ({ ...row, properties: typeof row.properties === 'string' ? (JSON.parse(row.properties) as Record<string, unknown>) : row.properties }));
	}

	async names(): Promise<string[]> {
		return (await this.events()).map(({ name }) => name);
	}

	async suppressed(): Promise<Array<[string, string, string]>> {
		return (await this.world.engine.suppression.list()).map(({ channel, address, reason }) => [channel, address, reason]);
	}

	/** Of the last mail that the service was given. */
	lastHtml(): string {
		const mails = [this.service.calls.at(-1)?.json].flat() as Array<{ HtmlBody?: string } | undefined>;
		return mails.at(-1)?.HtmlBody ?? '';
	}
}

/** As World.people makes them, the first of the database. */
export function addressOf({ profile }: Pick<Sent, 'profile'>): string {
	return `p${profile - 1}@customer.example`;
}

export function basic(password: string, user = 'postmark'): string {
	return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
