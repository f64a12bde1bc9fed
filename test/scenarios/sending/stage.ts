import type { JourneyConfig } from '../../../engine/journeys/types';
import type { MessageView } from '../../../engine/messages/types';
import type { SettingsPatch } from '../../../engine/settings';
import type { DatabaseKind } from '../../engine/databases';
import type { Leg } from '../../engine/journeys/walk';
import { World } from '../../engine/journeys/world';
import { emailOf, LINKS, phoneOf, type Carrier } from './carriers';

const FREE: SettingsPatch = { caps: [], quietHours: null };

/** Whole sends of one carrier: an engine with its listener on a socket, a clock that is moved, people who have said yes. */
export class Stage {
	private constructor(readonly world: World, readonly carrier: Carrier, private readonly listener: string) {}

	static async open(kind: DatabaseKind, open: () => Promise<Carrier>, { startMs, settings = FREE, journey = {} }: { startMs?: number; settings?: SettingsPatch; journey?: Partial<JourneyConfig> } = {}): Promise<Stage> {
		const carrier = await open();
		const world = await World.open(kind, startMs === undefined ? {} : { startMs });
		const { port } = await world.engine.collector.configure({ workflow: 'collector', writeKeys: { wk_12345678: 'shop' }, publicUrl: LINKS, port: 0, host: '127.0.0.1', callbacks: carrier.callbacks });
		await world.engine.settings.set(settings);
		const stage = new Stage(world, carrier, `http://127.0.0.1:${port}`);
		await world.walk.register(stage.trigger(), { entry: { kind: 'event', match: { event: 'Published' } }, ...journey });
		return stage;
	}

	async close(): Promise<void> {
		await this.world.close();
		await this.carrier.close();
	}

	trigger = () => this.world.walk.step('trigger', 'trigger');
	step = (name = 'News') => ({ ...this.world.walk.step(name, this.carrier.channel), name });

	/** Who may be written to by both channels; answers with their profile ids. */
	async meet(people: Record<string, Record<string, string>>): Promise<number[]> {
		const names = Object.keys(people);
		const { profiles } = await this.world.engine.profiles.upsert(names.map((name) => ({
			identities: [{ kind: 'email', value: emailOf(name) }, { kind: 'phone', value: phoneOf(name) }], attributes: people[name] ?? {},
		})), { source: 'shop' });
		const ids = profiles.map(Number);
		await this.world.engine.consent.set(ids.flatMap((profile) => (['email', 'sms'] as const).map((channel) => ({ profile, channel, topic: '', state: 'subscribed' as const, source: 'form' }))));
		return ids;
	}

	/** They enter, and the execution of their leg begins. */
	async enter(...profiles: number[]): Promise<Leg> {
		await this.world.track('Published', profiles);
		return await this.world.walk.start(this.trigger());
	}

	/** A call to the address that is known in public, as it arrives at the listener. */
	call = async (url: string, init: RequestInit): Promise<Response> => await fetch(url.replace(LINKS, this.listener), init);

	/** RFC 8058: what a mail program sends for its unsubscribe button. */
	async unsubscribe(url: string): Promise<number> {
		return (await this.call(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' })).status;
	}

	/** The oldest first. */
	async ledger(profile?: number): Promise<MessageView[]> {
		return (await this.world.engine.messages.list({ limit: 1000, ...(profile === undefined ? {} : { profile }) })).reverse();
	}

	get arrived(): string[] {
		return this.carrier.taken.map(({ name, subject }) => `${subject} to ${name}`);
	}
}
